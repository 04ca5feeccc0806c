-- The entry that pinned a message, while it is pinned. A message's state says who pinned it and when, too.
ALTER TABLE message_states ADD COLUMN pin BIGINT;
UPDATE message_states SET pin = (SELECT max(seq) FROM entries
    WHERE entries.room = message_states.room AND target = message_states.seq AND body LIKE '{"kind":"pinned",%')
    WHERE CAST(state AS JSONB) ->> 'pinned' = 'true';
UPDATE message_states SET state = CAST(jsonb_set(CAST(state AS JSONB), '{pin}', (
    SELECT jsonb_build_object('seq', seq, 'by', sender, 'at', at) FROM entries
    WHERE entries.room = message_states.room AND entries.seq = message_states.pin)) AS TEXT) WHERE pin IS NOT NULL;
CREATE INDEX pins ON message_states (room, pin) WHERE pin IS NOT NULL;
