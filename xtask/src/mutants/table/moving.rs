//! Mutants of rooms that are moved from store to store.

use super::{FILE, FILE_OF_ACCOUNTS, MEMORY, SQLITE};
use crate::mutants::Mutant;

pub(super) const MUTANTS: &[Mutant] = &[
    // Accounts that are moved are as they were.
    Mutant {
        name: "make administrators of nobody who is moved",
        file: "chat-export/src/account.rs",
        find: "            admin: self.admin,",
        replace: "            admin: false,",
        caught_by: FILE_OF_ACCOUNTS,
    },
    // Moving: a file that was altered is refused.
    Mutant {
        name: "compare counts and no checksum",
        file: "chat-export/src/reader.rs",
        find: "if *said != found {",
        replace: "if said.counts != found.counts {",
        caught_by: FILE,
    },
    // Moving: what the store gives back is compared with what it was given.
    Mutant {
        name: "import without looking again",
        file: "chat-export/src/import.rs",
        find: "if found == expected {",
        replace: "if found.counts.rooms == expected.counts.rooms {",
        caught_by: FILE,
    },
    // Moving: a room that changes while it is read is not exported.
    Mutant {
        name: "export what changes meanwhile",
        file: "chat-export/src/export.rs",
        find: "if now.as_ref() == Some(record) { Ok(()) }",
        replace: "if now.is_some() { Ok(()) }",
        caught_by: FILE,
    },
    // Moving: who joined since a log's beginning is counted once.
    Mutant {
        name: "count members before and after the beginning",
        file: "chat-export/src/export.rs",
        find: "record.members.checked_add_signed(-change);",
        replace: "record.members.checked_add_signed(0 * change);",
        caught_by: MEMORY,
    },
    // Moving: nobody holds a guest's membership that was moved.
    Mutant {
        name: "take restored guests for held",
        file: "chat-core/src/memory/room.rs",
        find: "|membership| membership.held = false",
        replace: "|_| ()",
        caught_by: MEMORY,
    },
    // Promise 4, after a move: a client id that was used stays used.
    Mutant {
        name: "restore no stubs",
        file: "store-sql/src/statements/moving.rs",
        find: "if self.stubs.is_empty() {",
        replace: "if !self.stubs.is_empty() {",
        caught_by: SQLITE,
    },
];
