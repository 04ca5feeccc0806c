-- The users who may not come into a room, and those who may not write there until a time.
CREATE INDEX IF NOT EXISTS banned ON members (room, user_id) WHERE banned;
CREATE INDEX IF NOT EXISTS muted ON members (room, user_id, muted_until) WHERE muted_until IS NOT NULL;
