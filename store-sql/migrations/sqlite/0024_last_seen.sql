-- When a user was last connected; and whether others see it, and the user sees it of others.
ALTER TABLE profiles ADD COLUMN seen_at INTEGER;
ALTER TABLE chat_accounts ADD COLUMN shows_last_seen INTEGER NOT NULL DEFAULT 1;
