-- Whether others see how far a user has read, and the user sees it of others.
ALTER TABLE chat_accounts ADD COLUMN shows_reads BOOLEAN NOT NULL DEFAULT true;
