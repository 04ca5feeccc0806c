-- How long, in milliseconds, a member waits between two messages.
ALTER TABLE rooms ADD COLUMN slow_mode_ms BIGINT NOT NULL DEFAULT 0;
