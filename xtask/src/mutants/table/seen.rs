//! When users were last connected: what is kept, and who is told.

use super::{LAST_SEEN, MEMORY_SEEN, NODE_SEEN, SEEN, SQLITE_SEEN, UNWRITTEN_SEEN};
use crate::mutants::Mutant;

pub(super) const MUTANTS: &[Mutant] = &[
    // The latest time stays.
    Mutant {
        name: "keep the time that was given last, in memory",
        file: "chat-core/src/memory/names.rs",
        find: "known.last_seen = known.last_seen.max(Some(at));",
        replace: "known.last_seen = Some(at);",
        caught_by: MEMORY_SEEN,
    },
    Mutant {
        name: "keep the time that was given last, in SQLite",
        file: "store-sql/src/statements/last_seen.rs",
        find: " AND (seen_at IS NULL OR seen_at < CAST(value ->> 1 AS BIGINT))",
        replace: "",
        caught_by: SQLITE_SEEN,
    },
    Mutant {
        name: "write the time that came last",
        file: "chat-core/src/seen.rs",
        find: "*place.get_mut() = at.max(*place.get())",
        replace: "*place.get_mut() = at",
        caught_by: SEEN,
    },
    // To the minute.
    Mutant {
        name: "write when users were last connected to the millisecond",
        file: "chat-core/src/seen.rs",
        find: "user.clone(), at.minute());",
        replace: "user.clone(), at);",
        caught_by: LAST_SEEN,
    },
    Mutant {
        name: "tell live when users were last connected to the millisecond",
        file: "chat-model/src/room/mod.rs",
        find: "is_told.then(|| gone.minute());",
        replace: "is_told.then_some(gone);",
        caught_by: LAST_SEEN,
    },
    Mutant {
        name: "tell live when the grace period ended for when somebody was last connected",
        file: "chat-model/src/room/mod.rs",
        find: "Timestamp(now.wall.0.saturating_sub(grace));",
        replace: "Timestamp(now.wall.0.saturating_sub(0 * grace));",
        caught_by: LAST_SEEN,
    },
    // Who hides it is seen by nobody, and sees nobody.
    Mutant {
        name: "show when somebody was last connected who hides it",
        file: "chat-core/src/service/last_seen.rs",
        find: "!hidden.contains(user) && !hidden.contains(&caller.user)",
        replace: "!hidden.contains(&caller.user)",
        caught_by: LAST_SEEN,
    },
    Mutant {
        name: "show when others were last connected to whom hides it",
        file: "chat-core/src/service/last_seen.rs",
        find: "!hidden.contains(user) && !hidden.contains(&caller.user)",
        replace: "!hidden.contains(user)",
        caught_by: LAST_SEEN,
    },
    Mutant {
        name: "tell live when somebody was last connected who hides it",
        file: "chat-model/src/room/mod.rs",
        find: "let is_told = !hides && self.shows_last_seen()",
        replace: "let is_told = self.shows_last_seen()",
        caught_by: LAST_SEEN,
    },
    Mutant {
        name: "tell rooms nothing when somebody hides when they were last connected",
        file: "chat-core/src/service/errands.rs",
        find: "host.tell(Mail::Hides { user: user.clone(), last_seen: hides.last_seen });",
        replace: "let _ = host;",
        caught_by: LAST_SEEN,
    },
    Mutant {
        name: "hide on one node alone when somebody was last connected",
        file: "chat-model/src/room/presence/mod.rs",
        find: "present.hides = hides.unwrap_or(present.hides);",
        replace: "let _ = hides;",
        caught_by: NODE_SEEN,
    },
    // Those alone are told who may show something to the others.
    Mutant {
        name: "show in a blocked direct room when the other one was last connected",
        file: "chat-model/src/room/serve.rs",
        find: "self.may(caller, Action::Signal, at)?;\n                let is_told",
        replace: "self.may(caller, Action::Read, at)?;\n                let is_told",
        caught_by: LAST_SEEN,
    },
    Mutant {
        name: "tell live in a blocked direct room when the other one was last connected",
        file: "chat-model/src/room/mod.rs",
        find: " && !self.facts.has_block();",
        replace: ";",
        caught_by: LAST_SEEN,
    },
    Mutant {
        name: "tell in a large room when others were last connected",
        file: "chat-model/src/room/serve.rs",
        find: "self.tells_presence && self.members <= limits::MAX_SEEN_BY",
        replace: "self.tells_presence && self.members <= limits::MAX_SEEN_BY + 1",
        caught_by: LAST_SEEN,
    },
    Mutant {
        name: "tell of those who are present when they were last connected",
        file: "chat-model/src/room/serve.rs",
        find: "is_told && !self.presence.is_present(user)",
        replace: "is_told",
        caught_by: LAST_SEEN,
    },
    // It is written whatever becomes of a node or a store, and erased.
    Mutant {
        name: "note of nobody who stays that they are connected",
        file: "chat-core/src/upkeep/mod.rs",
        find: "engine.note_connected(turn);",
        replace: "let _ = turn;",
        caught_by: LAST_SEEN,
    },
    Mutant {
        name: "write nothing at a shutdown",
        file: "chat-core/src/shutdown.rs",
        find: "engine.write_seen()).await);",
        replace: "async {}).await);",
        caught_by: LAST_SEEN,
    },
    Mutant {
        name: "forget what could not be written",
        file: "chat-core/src/service/last_seen.rs",
        find: "seen.put_back(batch);",
        replace: "drop(batch);",
        caught_by: UNWRITTEN_SEEN,
    },
    Mutant {
        name: "write later of whom nothing is to be kept",
        file: "chat-core/src/service/last_seen.rs",
        find: "self.node.sessions.seen.forget(user);",
        replace: "",
        caught_by: LAST_SEEN,
    },
];
