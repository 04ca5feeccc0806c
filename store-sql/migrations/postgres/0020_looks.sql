-- What usernames look like: no two users take names that look alike. A look is text that code makes of a name.

-- The form of an account's rows in chat_looks: an account of an earlier version has none until a store is opened.
ALTER TABLE chat_accounts ADD COLUMN looks BIGINT NOT NULL DEFAULT 0;
CREATE INDEX chat_accounts_by_looks ON chat_accounts (looks, user_id);

CREATE TABLE chat_looks (
    look TEXT COLLATE "C" NOT NULL,
    place BIGINT NOT NULL,                 -- above 0 for names that looked like another one when that was not yet refused
    user_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (look, place)
);
CREATE INDEX chat_looks_of ON chat_looks (user_id);
