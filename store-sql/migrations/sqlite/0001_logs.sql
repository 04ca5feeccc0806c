-- Logs, what is projected from them, read cursors and profiles.
--
-- Ids are compared by their bytes (SQLite's BINARY collation). Rows name their room by `pk`, which is never used again:
-- the row of a deleted room stays, with epoch 0, and keeps its id reserved.

CREATE TABLE rooms (
    pk INTEGER PRIMARY KEY,
    room_id TEXT NOT NULL UNIQUE,
    epoch INTEGER NOT NULL,                -- 0: deleted
    head INTEGER NOT NULL DEFAULT 0,
    told INTEGER NOT NULL DEFAULT 0,
    members INTEGER NOT NULL DEFAULT 0,
    format INTEGER NOT NULL DEFAULT 1,     -- the newest format of a body in the log
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    history TEXT NOT NULL,
    creator TEXT,
    created_at INTEGER NOT NULL,
    unswept INTEGER NOT NULL DEFAULT 0     -- deleted, but rows of it may be left
) STRICT;
CREATE INDEX public_rooms ON rooms (room_id) WHERE kind = 'public' AND epoch <> 0;
CREATE INDEX unswept_rooms ON rooms (room_id) WHERE unswept = 1;

-- Rows lie in the order in which they were committed, whatever their room: an append then dirties few pages, however
-- many rooms it serves. Order within a room is the indexes' matter.
CREATE TABLE entries (
    id INTEGER PRIMARY KEY,
    room INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    draft_id BLOB NOT NULL,
    at INTEGER NOT NULL,
    sender TEXT NOT NULL,
    client_id TEXT,
    digest BLOB,
    told INTEGER NOT NULL,
    after_seq INTEGER NOT NULL,
    message INTEGER NOT NULL,              -- 1: part of the history
    target INTEGER,                        -- the message it edits, deletes, reacts to, pins
    body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX log ON entries (room, seq);
CREATE INDEX history ON entries (room, seq) WHERE message = 1;
CREATE UNIQUE INDEX claims ON entries (room, sender, client_id) WHERE client_id IS NOT NULL;
CREATE INDEX targets ON entries (room, target, seq) WHERE target IS NOT NULL;

-- What came of messages that something came of.
CREATE TABLE message_states (
    room INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (room, seq)
) STRICT, WITHOUT ROWID;

-- Whom messages mention, as they now stand.
CREATE TABLE mentions (
    room INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (room, user_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX mentioning ON mentions (room, seq);

-- Everyone a log names, members or not.
CREATE TABLE members (
    room INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    role TEXT,                             -- NULL: not a member
    since INTEGER,
    guest INTEGER NOT NULL,
    held INTEGER,                          -- of a guest who is a member: whether any node holds the membership
    banned INTEGER NOT NULL,
    invited INTEGER NOT NULL,
    demoted INTEGER NOT NULL,
    muted_until INTEGER,
    as_of INTEGER NOT NULL,
    PRIMARY KEY (room, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_by_id ON members (room, user_id) WHERE role IS NOT NULL;
CREATE INDEX roster ON members (room, since) WHERE role IS NOT NULL;
CREATE INDEX memberships ON members (user_id, room) WHERE role IS NOT NULL;
CREATE INDEX unheld ON members (held) WHERE held = 0;

-- The nodes that hold guests' memberships, and in which life.
CREATE TABLE leases (
    room INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    node INTEGER NOT NULL,
    incarnation INTEGER NOT NULL,
    PRIMARY KEY (room, user_id, node)
) STRICT, WITHOUT ROWID;
CREATE INDEX lives ON leases (node, incarnation);

CREATE TABLE reads (
    room INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (room, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE profiles (
    user_id TEXT PRIMARY KEY,
    name TEXT NOT NULL
) STRICT, WITHOUT ROWID;
