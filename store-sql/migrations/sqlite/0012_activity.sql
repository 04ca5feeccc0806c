-- When a room's last message was written; when the room was made, if it has none.
ALTER TABLE rooms ADD COLUMN active_at INTEGER NOT NULL DEFAULT 0;
UPDATE rooms SET active_at = coalesce(
    (SELECT at FROM entries WHERE room = pk AND message = 1 ORDER BY seq DESC LIMIT 1), created_at);
-- The sender is there so that unread messages are counted without looking at them.
DROP INDEX history;
CREATE INDEX history ON entries (room, seq, sender) WHERE message = 1;
