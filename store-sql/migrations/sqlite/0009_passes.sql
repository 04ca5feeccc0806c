-- Who has the code of a pass may register. That there is an administrator is found by an index.

CREATE TABLE chat_passes (
    id BLOB PRIMARY KEY,
    secret BLOB NOT NULL UNIQUE,           -- a hash
    creator TEXT,
    created_at INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    uses INTEGER NOT NULL                  -- that are left
) STRICT, WITHOUT ROWID;
CREATE INDEX chat_passes_by_expiry ON chat_passes (expires);

CREATE INDEX chat_administrators ON chat_accounts (user_id) WHERE admin;
