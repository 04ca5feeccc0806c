-- Messages that were handed in beside the logs, and where logs begin.

CREATE TABLE intake (
    draft_id BLOB PRIMARY KEY,
    room_id TEXT NOT NULL,
    sender TEXT NOT NULL,
    post TEXT NOT NULL,
    refused TEXT                           -- the code of the refusal it met; NULL: it waits
) STRICT, WITHOUT ROWID;
CREATE INDEX waiting ON intake (draft_id) WHERE refused IS NULL;
CREATE INDEX refused ON intake (draft_id) WHERE refused IS NOT NULL;

-- Of entries below it, only stubs of those that were claimed are left.
ALTER TABLE rooms ADD COLUMN oldest INTEGER NOT NULL DEFAULT 1;
