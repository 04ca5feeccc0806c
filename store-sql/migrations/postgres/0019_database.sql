-- Which database this is: an id that no other has but its copies, and the number that this table had on its server when the
-- database was last opened. A copy has another number.
CREATE TABLE chat_database (id TEXT NOT NULL, place BIGINT);
INSERT INTO chat_database (id) VALUES (CAST(gen_random_uuid() AS TEXT));
