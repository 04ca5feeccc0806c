//! Mutants of the fan-out: byte logs, flushers and outlets.

use super::{BOUNDS, FANOUT, METERS, ORDERS, ROOMS, SESSION, SHARED, SIMULATOR};
use crate::mutants::Mutant;

pub(super) const MUTANTS: &[Mutant] = &[
    // Promise 7: who falls off the byte log reads the store.
    Mutant {
        name: "skip what the byte log no longer has",
        file: "chat-core/src/fanout/outlet/state.rs",
        find: "self.subscriptions[at].place = Place::Behind;",
        replace: "self.subscriptions[at].place = Place::Live(snapshot.from);",
        caught_by: SIMULATOR,
    },
    // Promise 7: a frame that was begun is finished.
    Mutant {
        name: "drop the rest of a frame",
        file: "chat-core/src/fanout/outlet/state.rs",
        find: "for rest in snapshot.bytes(from, frame_end) {",
        replace: "for rest in snapshot.bytes(frame_end, frame_end) {",
        caught_by: SIMULATOR,
    },
    // Promise 7: an answer waits for a flush that comes after it, and not for one that may have passed.
    Mutant {
        name: "count only what is committed as new",
        file: "chat-core/src/fanout/fan.rs",
        find: "        self.version.fetch_add(1, Ordering::AcqRel);\n",
        replace: "",
        caught_by: FANOUT,
    },
    // Promise 7: a flusher that is about to rest looks whether something was added meanwhile.
    Mutant {
        name: "rest without another look",
        file: "chat-core/src/fanout/fan.rs",
        find: "        if self.version.load(Ordering::Acquire) != version {",
        replace: "        if self.version.load(Ordering::Acquire) < version {",
        caught_by: ORDERS,
    },
    // Promise 3: what flushers write does not overtake what the session's task has taken.
    Mutant {
        name: "let flushers write while what was taken is on its way",
        file: "chat-core/src/fanout/outlet/mod.rs",
        find: "= (self.is_direct(), false);",
        replace: "= (false, false);",
        caught_by: SHARED,
    },
    // Promise 7: a session that was passed over is not forgotten.
    Mutant {
        name: "forget whom a flusher passed over",
        file: "chat-core/src/fanout/outlet/mod.rs",
        find: "state.passed_over = true;",
        replace: "state.passed_over = false;",
        caught_by: SHARED,
    },
    // Privacy: what a deleted message said is told to nobody who comes after.
    Mutant {
        name: "keep deleted messages in the byte log",
        file: "chat-core/src/fanout/fan.rs",
        find: "log.erase(message)",
        replace: "log.erase(message - 1)",
        caught_by: ROOMS,
    },
    // Privacy: nor is an edit of it.
    Mutant {
        name: "erase the message and not its edits",
        file: "chat-core/src/fanout/fan.rs",
        find: "entry.body.erased_with(seq))",
        replace: "entry.body.is_message().then_some(seq))",
        caught_by: FANOUT,
    },
    // Privacy: nor from a snapshot that was made before the deletion.
    Mutant {
        name: "hand out old snapshots after a deletion",
        file: "chat-core/src/fanout/outlet/state.rs",
        find: "if snapshot.erasures == fan.erasures.count() {",
        replace: "if snapshot.erasures <= fan.erasures.count() {",
        caught_by: FANOUT,
    },
    // Privacy: nor from a page of the store.
    Mutant {
        name: "hand out old pages after a deletion",
        file: "chat-core/src/fanout/outlet/state.rs",
        find: "if page.erasures != behind.fan.erasures.count() {",
        replace: "if page.erasures > behind.fan.erasures.count() {",
        caught_by: FANOUT,
    },
    // Liveness: a codec's panic changes nothing.
    Mutant {
        name: "move the head before the codec has spoken",
        file: "chat-core/src/fanout/fan.rs",
        find: "        let frames = event.map(|event| state.encode(event));\n        state.head = state.head.max(seq);",
        replace: "        state.head = state.head.max(seq);\n        let frames = event.map(|event| state.encode(event));",
        caught_by: FANOUT,
    },
    // Liveness: one session's socket does not end a flusher, or a host.
    Mutant {
        name: "let a writer's panic through",
        file: "chat-core/src/fanout/outlet/state.rs",
        find: "Err(_) => Err(io::Error::other(\"the writer panicked\")),",
        replace: "Err(panic) => std::panic::resume_unwind(panic),",
        caught_by: FANOUT,
    },
    // Promise 8: what waits for a session is bounded.
    Mutant {
        name: "let answers pile up",
        file: "chat-core/src/fanout/outlet/outbox.rs",
        find: "    limits::{FRAME_OVERHEAD, OUTBOX_BYTES},\n};",
        replace: "    limits::FRAME_OVERHEAD,\n};\nconst OUTBOX_BYTES: usize = usize::MAX;",
        caught_by: SIMULATOR,
    },
    // Promise 8: so is what waits for all sessions together.
    Mutant {
        name: "let all clients together leave what they like",
        file: "chat-core/src/fanout/unread.rs",
        find: "            self.exceeded.notify_one();\n",
        replace: "",
        caught_by: SESSION,
    },
    Mutant {
        name: "forget what a task has taken and not written",
        file: "chat-core/src/fanout/outlet/outbox.rs",
        find: "self.debt.set(self.cost + self.taken);",
        replace: "self.debt.set(self.cost);",
        caught_by: SESSION,
    },
    // Promise 9: nothing above a kick, a ban or a leave.
    Mutant {
        name: "deliver after a kick",
        file: "chat-core/src/fanout/fan.rs",
        find: "let ended = revoked.and_then(",
        replace: "let ended = revoked.filter(|_| false).and_then(",
        caught_by: SIMULATOR,
    },
    // Promise 7: whoever stood at the end of the byte log has missed what the host has.
    Mutant {
        name: "skip entries without a gap",
        file: "chat-core/src/fanout/byte_log.rs",
        find: "        self.end += 1;\n        self.base = self.end;",
        replace: "        self.base = self.end;",
        caught_by: ROOMS,
    },
    // Liveness: what a codec cannot say to one session ends that session alone.
    Mutant {
        name: "let a codec's panic through",
        file: "chat-core/src/fanout/outlet/mod.rs",
        find: "let written = catch_unwind(AssertUnwindSafe(|| write(&self.wire)));",
        replace: "let written = Ok::<T, ()>(write(&self.wire));",
        caught_by: SESSION,
    },
    // Figures are exact: signals are no entries, and what nobody takes any more does not wait.
    Mutant {
        name: "count signals as deliveries",
        file: "chat-core/src/fanout/byte_log.rs",
        find: "if seq > self.head {\n            self.entries",
        replace: "if seq > 0 {\n            self.entries",
        caught_by: METERS,
    },
    Mutant {
        name: "count what was given up",
        file: "chat-core/src/fanout/outlet/outbox.rs",
        find: "        self.count();\n        self.seal();",
        replace: "        self.seal();",
        caught_by: SESSION,
    },
    // Promise 12: what waits for a gate, a room or the host takes its place before.
    Mutant {
        name: "keep no place for a subscription that waits",
        file: "chat-core/src/fanout/outlet/mod.rs",
        find: "state.undecided.push(room.clone());",
        replace: "",
        caught_by: BOUNDS,
    },
];
