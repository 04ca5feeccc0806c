-- Whether something is left to be done for the deletion of an account.
ALTER TABLE chat_accounts ADD COLUMN unfinished INTEGER NOT NULL DEFAULT 0;
CREATE INDEX chat_accounts_unfinished ON chat_accounts (user_id) WHERE unfinished;
