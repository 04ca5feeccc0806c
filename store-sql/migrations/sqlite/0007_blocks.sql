-- In direct rooms: whom a user blocks, and whether the other one blocks them.
ALTER TABLE members ADD COLUMN blocks TEXT;
ALTER TABLE members ADD COLUMN blocked INTEGER NOT NULL DEFAULT 0;
CREATE INDEX blocks ON members (user_id, blocks) WHERE blocks IS NOT NULL;
