-- Whether a message was deleted, and so counts as unread no more. The index has it, so that unread messages are counted
-- without looking at them.
ALTER TABLE entries ADD COLUMN deleted SMALLINT NOT NULL DEFAULT 0;
UPDATE entries SET deleted = 1 WHERE message = 1 AND (room, seq) IN
    (SELECT room, seq FROM message_states WHERE CAST(state AS JSON) ->> 'deleted_at' IS NOT NULL);
DROP INDEX history;
CREATE INDEX history ON entries (room, seq) INCLUDE (sender, deleted) WHERE message = 1;
