-- Who has the code of a pass may register. That there is an administrator is found by an index.

CREATE TABLE chat_passes (
    id BYTEA PRIMARY KEY,
    secret BYTEA NOT NULL UNIQUE,           -- a hash
    creator TEXT,
    created_at BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    uses BIGINT NOT NULL                  -- that are left
);
CREATE INDEX chat_passes_by_expiry ON chat_passes (expires);

CREATE INDEX chat_administrators ON chat_accounts (user_id) WHERE admin;
