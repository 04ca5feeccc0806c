-- Users of the server's own, where they are logged in, and links that set a password.
--
-- The names begin with `chat_`, as a host may have tables of accounts of its own.

CREATE TABLE chat_accounts (
    user_id TEXT COLLATE "C" PRIMARY KEY,
    username TEXT COLLATE "C" NOT NULL,                -- as it is shown
    username_key TEXT COLLATE "C" NOT NULL UNIQUE,     -- as it is compared
    email TEXT COLLATE "C",
    email_key TEXT COLLATE "C" UNIQUE,
    password TEXT COLLATE "C",                         -- a hash
    admin BOOLEAN NOT NULL,
    standing TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    revision BIGINT NOT NULL
);

CREATE TABLE chat_devices (
    id BYTEA PRIMARY KEY,
    user_id TEXT COLLATE "C" NOT NULL,
    begun_at BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    user_agent TEXT COLLATE "C",
    family BYTEA NOT NULL,                  -- hashes of secrets
    newest BYTEA NOT NULL
);
CREATE INDEX chat_devices_of ON chat_devices (user_id, last_seen DESC, id);
CREATE INDEX chat_devices_by_expiry ON chat_devices (expires);

CREATE TABLE chat_links (
    user_id TEXT COLLATE "C" PRIMARY KEY,
    secret BYTEA NOT NULL UNIQUE,           -- a hash
    expires BIGINT NOT NULL
);
CREATE INDEX chat_links_by_expiry ON chat_links (expires);

-- How often devices were ended: one row.
CREATE TABLE chat_revocations (
    id BIGINT PRIMARY KEY,
    count BIGINT NOT NULL
);
INSERT INTO chat_revocations (id, count) VALUES (1, 0);
