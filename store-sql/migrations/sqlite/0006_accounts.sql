-- Users of the server's own, where they are logged in, and links that set a password.
--
-- The names begin with `chat_`, as a host may have tables of accounts of its own.

CREATE TABLE chat_accounts (
    user_id TEXT PRIMARY KEY,
    username TEXT NOT NULL,                -- as it is shown
    username_key TEXT NOT NULL UNIQUE,     -- as it is compared
    email TEXT,
    email_key TEXT UNIQUE,
    password TEXT,                         -- a hash
    admin INTEGER NOT NULL,
    standing TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE chat_devices (
    id BLOB PRIMARY KEY,
    user_id TEXT NOT NULL,
    begun_at INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    user_agent TEXT,
    family BLOB NOT NULL,                  -- hashes of secrets
    newest BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX chat_devices_of ON chat_devices (user_id, last_seen DESC, id);
CREATE INDEX chat_devices_by_expiry ON chat_devices (expires);

CREATE TABLE chat_links (
    user_id TEXT PRIMARY KEY,
    secret BLOB NOT NULL UNIQUE,           -- a hash
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX chat_links_by_expiry ON chat_links (expires);

-- How often devices were ended: one row.
CREATE TABLE chat_revocations (
    id INTEGER PRIMARY KEY,
    count INTEGER NOT NULL
) STRICT;
INSERT INTO chat_revocations (id, count) VALUES (1, 0);
