-- Who users are at a provider: its issuer and its subject, with a space between them. An identity has one account.
ALTER TABLE chat_accounts ADD COLUMN identity TEXT COLLATE "C";
CREATE UNIQUE INDEX chat_accounts_by_identity ON chat_accounts (identity) WHERE identity IS NOT NULL;
