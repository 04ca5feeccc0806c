//! Mutants of the example server.

use super::{COPIES, FILES, HOSTILE, LOG, PAGE, PAGES, PLACE, POLICY, REPLACED};
use crate::mutants::Mutant;

pub(super) const MUTANTS: &[Mutant] = &[
    // Promise 12: a log that cannot be written ends nothing.
    Mutant {
        name: "tell of a log that cannot be written",
        file: "examples/server/src/log.rs",
        find: ".log_internal_errors(false)",
        replace: ".log_internal_errors(true)",
        caught_by: LOG,
    },
    // Promise 1: what comes after a copy does not get into it when it is put back.
    Mutant {
        name: "put a copy beside the old log",
        file: "store-sql/src/sqlite/backup.rs",
        find: "for old in [\"-wal\", \"-shm\"] {",
        replace: "for old in [\"-shm\"] {",
        caught_by: COPIES,
    },
    // Promise 1: nothing is acked into a file that nobody finds again.
    Mutant {
        name: "write on to a database that was taken away",
        file: "store-sql/src/sqlite/place.rs",
        find: "if id(&self.file) != self.file_id {",
        replace: "if false {",
        caught_by: PLACE,
    },
    // The same for a Postgres that was made anew, put back, or is another one by its name.
    Mutant {
        name: "take any Postgres for the one that was opened",
        file: "store-sql/src/postgres/identity.rs",
        find: "let is_another = found.as_ref() != Some(&self.opened);",
        replace: "let is_another = false;",
        caught_by: REPLACED,
    },
    // Promise 2: what a client has seen under a seq means nothing else in a copy.
    Mutant {
        name: "leave the rooms of a copy their epochs",
        file: "store-sql/src/postgres/identity.rs",
        find: "if noted.is_some_and(|noted| noted != place) {",
        replace: "if false {",
        caught_by: REPLACED,
    },
    // A database is not given up for a copy that is torn.
    Mutant {
        name: "put a torn copy back",
        file: "store-sql/src/sqlite/backup.rs",
        find: "(result, _) if result != \"ok\"",
        replace: "(result, _) if result.is_empty()",
        caught_by: COPIES,
    },
    // Promise 12: one address does not keep all others out.
    Mutant {
        name: "give one address all connections",
        file: "adapter-axum/src/serve/options.rs",
        find: "most.min(self.max_connections / 4)",
        replace: "most.min(self.max_connections)",
        caught_by: FILES,
    },
    // Promise 12: who says beforehand that it is too much is not waited for.
    Mutant {
        name: "wait for a body that is announced as too long",
        file: "adapter-axum/src/checks/body.rs",
        find: "if request.body().size_hint().lower() > limits::MAX_BODY_BYTES as u64 {",
        replace: "if false {",
        caught_by: HOSTILE,
    },
    // Promise 12: what a stranger may not know of answers as what does not exist.
    Mutant {
        name: "tell strangers of private rooms",
        file: "chat-model/src/policy.rs",
        find: "RoomKind::Private if join(question, false).is_err() => Refusal::room_not_found(),",
        replace: "",
        caught_by: HOSTILE,
    },
    Mutant {
        name: "list private rooms for everybody",
        file: "chat-model/src/policy.rs",
        find: "Outside::ListPrivate if !caller.admin =>",
        replace: "Outside::ListPrivate if !caller.admin && caller.is_guest() =>",
        caught_by: POLICY,
    },
    // The page: text that somebody wrote is never a script.
    Mutant {
        name: "let the page have scripts inline",
        file: "chat-web/src/site.rs",
        find: "script-src 'self';",
        replace: "script-src 'self' 'unsafe-inline';",
        caught_by: PAGE,
    },
    // The page: what is named after its content is asked for once.
    Mutant {
        name: "have the page's files asked for each time",
        file: "chat-web/src/site.rs",
        find: "self.path.starts_with(\"/assets/\")",
        replace: "self.path.is_empty()",
        caught_by: PAGE,
    },
    // The page: nobody gets what they say they cannot read.
    Mutant {
        name: "compress in a way that is refused",
        file: "chat-web/src/site.rs",
        find: "&& weight != Some(0.0)",
        replace: "",
        caught_by: PAGE,
    },
    // The pages of the contracts: each example shows its own.
    Mutant {
        name: "show the page of another example",
        file: "examples/pages/src/lib.rs",
        find: "/pages/{name}/index.html",
        replace: "/pages/invite-rooms/index.html",
        caught_by: PAGES,
    },
    // The pages of the contracts: no text becomes a script.
    Mutant {
        name: "let the pages of examples make scripts of texts",
        file: "examples/pages/src/lib.rs",
        find: "\"'none'\"",
        replace: "\"'none' 'allow-duplicates'\"",
        caught_by: PAGES,
    },
];
