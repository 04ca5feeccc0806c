-- In direct rooms: whom a user blocks, and whether the other one blocks them.
ALTER TABLE members ADD COLUMN blocks TEXT COLLATE "C";
ALTER TABLE members ADD COLUMN blocked BOOLEAN NOT NULL DEFAULT false;
CREATE INDEX blocks ON members (user_id, blocks) WHERE blocks IS NOT NULL;
