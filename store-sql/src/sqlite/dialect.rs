//! What SQLite says otherwise than Postgres, in statements that are else the same: all of it, and nothing more.

/// The elements of a JSON array, as texts: a table `asked` of one column `value`.
macro_rules! texts {
    ($array:literal) => {
        concat!("json_each(", $array, ") AS asked")
    };
}

/// The elements of a JSON array, as arrays: a table `asked` of one column `value`.
macro_rules! tuples {
    ($array:literal) => {
        concat!("json_each(", $array, ") AS asked")
    };
}

/// Joins what is asked for with where it is found, in this order: SQLite does not reorder a cross join.
macro_rules! look_up {
    () => {
        " CROSS JOIN "
    };
}

/// Names the index to be used, where SQLite would take another.
macro_rules! by_index {
    ($index:literal) => {
        concat!(" INDEXED BY ", $index, " ")
    };
}

/// The greater of two values.
macro_rules! greater {
    ($a:literal, $b:literal) => {
        concat!("max(", $a, ", ", $b, ")")
    };
}

/// The lesser of two values.
macro_rules! lesser {
    ($a:literal, $b:literal) => {
        concat!("min(", $a, ", ", $b, ")")
    };
}

/// The bytes that a text names in hexadecimal.
macro_rules! unhex {
    ($text:literal) => {
        concat!("unhex(", $text, ")")
    };
}

/// A guest's membership that nobody holds; an index has its words.
macro_rules! unheld {
    () => {
        "held = 0"
    };
}

/// Keeps others from changing the room. SQLite has one writer.
macro_rules! to_change {
    () => {
        ""
    };
}

/// Keeps others from changing the room and from writing anything that belongs to it.
macro_rules! to_sweep {
    () => {
        ""
    };
}

/// Keeps others from sweeping the room.
macro_rules! to_refer {
    () => {
        ""
    };
}

pub(super) use {by_index, greater, lesser, look_up, texts, to_change, to_refer, to_sweep, tuples, unheld, unhex};
