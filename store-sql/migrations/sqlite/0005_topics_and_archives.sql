-- What is talked about in a room, if anybody said so, and whether nothing is written there any more.
ALTER TABLE rooms ADD COLUMN topic TEXT;
ALTER TABLE rooms ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;
