-- By which words public rooms are found. A row's text is a folded name or topic, from the beginning of one of its words to its end.

-- Whether the rows of room_words are those of the room: a room of an earlier version has none until a store is opened.
ALTER TABLE rooms ADD COLUMN in_words BOOLEAN NOT NULL DEFAULT false;
CREATE INDEX rooms_without_words ON rooms (room_id) WHERE NOT in_words AND kind = 'public' AND epoch <> 0;

CREATE TABLE room_words (
    rank BIGINT NOT NULL,
    word TEXT COLLATE "C" NOT NULL,
    room_id TEXT COLLATE "C" NOT NULL,
    shared BIGINT NOT NULL,
    PRIMARY KEY (rank, word, room_id)
);
CREATE INDEX room_words_of ON room_words (room_id);
