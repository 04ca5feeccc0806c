//! What Postgres says otherwise than SQLite, in statements that are else the same: all of it, and nothing more.
//!
//! What only one of the two has is not here: an append is one statement of each one's own (`insert`), and so is what a
//! connection is set to (`options`).

/// The elements of a JSON array, as texts: a table `asked` of one column `value`.
macro_rules! texts {
    ($array:literal) => {
        concat!("jsonb_array_elements_text(CAST(", $array, " AS JSONB)) AS asked (value)")
    };
}

/// The elements of a JSON array, as arrays: a table `asked` of one column `value`.
macro_rules! tuples {
    ($array:literal) => {
        concat!("jsonb_array_elements(CAST(", $array, " AS JSONB)) AS asked (value)")
    };
}

/// Joins what is asked for with where it is found.
macro_rules! look_up {
    () => {
        " JOIN "
    };
}

/// Postgres chooses by its statistics.
macro_rules! by_index {
    ($index:literal) => {
        ""
    };
}

/// The greater of two values.
macro_rules! greater {
    ($a:literal, $b:literal) => {
        concat!("greatest(", $a, ", ", $b, ")")
    };
}

/// The lesser of two values.
macro_rules! lesser {
    ($a:literal, $b:literal) => {
        concat!("least(", $a, ", ", $b, ")")
    };
}

/// The bytes that a text names in hexadecimal.
macro_rules! unhex {
    ($text:literal) => {
        concat!("decode(", $text, ", 'hex')")
    };
}

/// A guest's membership that nobody holds; an index has its words.
macro_rules! unheld {
    () => {
        "NOT held"
    };
}

/// Keeps others from changing the room, as an append's own statement does.
macro_rules! to_change {
    () => {
        " FOR NO KEY UPDATE"
    };
}

/// Keeps others from changing the room and from writing anything that belongs to it.
macro_rules! to_sweep {
    () => {
        " FOR UPDATE"
    };
}

/// Keeps others from sweeping the room, but neither from changing it nor from doing the same.
macro_rules! to_refer {
    () => {
        " FOR KEY SHARE"
    };
}

pub(super) use {by_index, greater, lesser, look_up, texts, to_change, to_refer, to_sweep, tuples, unheld, unhex};
