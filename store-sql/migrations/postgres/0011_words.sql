-- By which words users are found. A row's text is a user's folded name, from the beginning of one of its words to its end.

ALTER TABLE chat_accounts ADD COLUMN findable BOOLEAN NOT NULL DEFAULT true;
-- Whether the rows of chat_words are those of the account: an account of an earlier version has none until a store is opened.
ALTER TABLE chat_accounts ADD COLUMN in_words BOOLEAN NOT NULL DEFAULT false;
CREATE INDEX chat_accounts_without_words ON chat_accounts (user_id) WHERE NOT in_words;

CREATE TABLE chat_words (
    rank BIGINT NOT NULL,                              -- 0 for the whole name, which is found first
    word TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    shared BIGINT NOT NULL,                            -- so many bytes of it begin an earlier word of the name
    PRIMARY KEY (rank, word, user_id)
);
CREATE INDEX chat_words_of ON chat_words (user_id);
