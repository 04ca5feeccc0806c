-- Logs, what is projected from them, read cursors and profiles: the same tables as SQLite's.
--
-- Ids are compared by their bytes (collation "C"). Rows name their room by `pk`, which is never used again: the row of a
-- deleted room stays, with epoch 0, and keeps its id reserved. There are no foreign keys: whoever writes what belongs to
-- a room has locked the room's row.

-- An append changes its room's row and none of the indexed columns; the space left in each page keeps the row's versions
-- together, where they are tidied up without a vacuum.
CREATE TABLE rooms (
    pk BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    room_id TEXT COLLATE "C" NOT NULL UNIQUE,
    epoch BIGINT NOT NULL,                 -- 0: deleted
    head BIGINT NOT NULL DEFAULT 0,
    told BIGINT NOT NULL DEFAULT 0,
    members BIGINT NOT NULL DEFAULT 0,
    format BIGINT NOT NULL DEFAULT 1,      -- the newest format of a body in the log
    kind TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    history TEXT COLLATE "C" NOT NULL,
    creator TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    unswept SMALLINT NOT NULL DEFAULT 0    -- 1: deleted, but rows of it may be left
) WITH (fillfactor = 50);
CREATE INDEX public_rooms ON rooms (room_id) WHERE kind = 'public' AND epoch <> 0;
CREATE INDEX unswept_rooms ON rooms (room_id) WHERE unswept = 1;

CREATE TABLE entries (
    room BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    draft_id BYTEA NOT NULL,
    at BIGINT NOT NULL,
    sender TEXT COLLATE "C" NOT NULL,
    client_id TEXT COLLATE "C",
    digest BYTEA,
    told BOOLEAN NOT NULL,
    after_seq BIGINT NOT NULL,
    message SMALLINT NOT NULL,             -- 1: part of the history
    target BIGINT,                         -- the message it edits, deletes, reacts to, pins
    body TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX log ON entries (room, seq);
CREATE INDEX history ON entries (room, seq) WHERE message = 1;
CREATE UNIQUE INDEX claims ON entries (room, sender, client_id) WHERE client_id IS NOT NULL;
CREATE INDEX targets ON entries (room, target, seq) WHERE target IS NOT NULL;

-- What came of messages that something came of.
CREATE TABLE message_states (
    room BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (room, seq)
);

-- Whom messages mention, as they now stand.
CREATE TABLE mentions (
    room BIGINT NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (room, user_id, seq)
);
CREATE INDEX mentioning ON mentions (room, seq);

-- Everyone a log names, members or not.
CREATE TABLE members (
    room BIGINT NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C",                 -- NULL: not a member
    since BIGINT,
    guest BOOLEAN NOT NULL,
    held BOOLEAN,                          -- of a guest who is a member: whether any node holds the membership
    banned BOOLEAN NOT NULL,
    invited BOOLEAN NOT NULL,
    demoted BOOLEAN NOT NULL,
    muted_until BIGINT,
    as_of BIGINT NOT NULL,
    PRIMARY KEY (room, user_id)
);
CREATE INDEX members_by_id ON members (room, user_id) WHERE role IS NOT NULL;
CREATE INDEX roster ON members (room, since) WHERE role IS NOT NULL;
CREATE INDEX memberships ON members (user_id, room) WHERE role IS NOT NULL;
CREATE INDEX unheld ON members (room, user_id) WHERE NOT held;

-- The nodes that hold guests' memberships, and in which life.
CREATE TABLE leases (
    room BIGINT NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    node BIGINT NOT NULL,
    incarnation BIGINT NOT NULL,
    PRIMARY KEY (room, user_id, node)
);
CREATE INDEX lives ON leases (node, incarnation);

CREATE TABLE reads (
    room BIGINT NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (room, user_id)
);

CREATE TABLE profiles (
    user_id TEXT COLLATE "C" PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL
);
