-- Messages that were handed in beside the logs, and where logs begin.

CREATE TABLE intake (
    draft_id BYTEA PRIMARY KEY,
    room_id TEXT COLLATE "C" NOT NULL,
    sender TEXT COLLATE "C" NOT NULL,
    post TEXT COLLATE "C" NOT NULL,
    refused TEXT COLLATE "C"               -- the code of the refusal it met; NULL: it waits
);
CREATE INDEX waiting ON intake (draft_id) WHERE refused IS NULL;
CREATE INDEX refused ON intake (draft_id) WHERE refused IS NOT NULL;

-- Of entries below it, only stubs of those that were claimed are left.
ALTER TABLE rooms ADD COLUMN oldest BIGINT NOT NULL DEFAULT 1;
