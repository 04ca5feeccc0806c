//! Mutants of who is present in a room, and of what is told of it.

use super::{PRESENCE, ROOM, ROOMS, SIGNALS, SIMULATOR};
use crate::mutants::Mutant;

pub(super) const MUTANTS: &[Mutant] = &[
    // Promise 10: who is gone does not stay.
    Mutant {
        name: "let no grace period end",
        file: "chat-model/src/room/presence/mod.rs",
        find: "        if is_last {\n            self.ending",
        replace: "        if false {\n            self.ending",
        caught_by: SIMULATOR,
    },
    // Promise 10: who came back within the grace period has not gone.
    Mutant {
        name: "end a grace period that was cut short",
        file: "chat-model/src/room/presence/mod.rs",
        find: "            present.until = None;\n            if !present",
        replace: "            if !present",
        caught_by: SIMULATOR,
    },
    // Promise 10: who is on another node has not gone.
    Mutant {
        name: "take out whom another node holds",
        file: "chat-model/src/room/judge.rs",
        find: "!self.presence.is_present(guest) && !membership.held",
        replace: "!self.presence.is_present(guest)",
        caught_by: SIMULATOR,
    },
    // Promise 10: a guest whom nobody would take out is not let in.
    Mutant {
        name: "take in guests whom the store cannot hold",
        file: "chat-model/src/room/judge.rs",
        find: "if command.caller.is_guest() && !self.takes_guests {",
        replace: "if false {",
        caught_by: ROOM,
    },
    // Whoever takes another name goes by it with everybody at once.
    Mutant {
        name: "tell nobody that a user who is present has another name",
        file: "chat-model/src/room/presence/mod.rs",
        find: "present.is_renamed = true;",
        replace: "",
        caught_by: PRESENCE,
    },
    Mutant {
        name: "tell nobody that a user who was here has another name",
        file: "chat-model/src/room/facts.rs",
        find: "    fact.as_of > 0\n}",
        replace: "    false\n}",
        caught_by: ROOM,
    },
    Mutant {
        name: "tell a room of any user that they have another name",
        file: "chat-model/src/room/facts.rs",
        find: "    fact.as_of > 0\n}",
        replace: "    true\n}",
        caught_by: ROOM,
    },
    // Promise 10: presence is a state, and comes to be right again.
    Mutant {
        name: "drop presence as typing is dropped",
        file: "chat-model/src/room/signals.rs",
        find: "(who, presence), usize::MAX)",
        replace: "(who, presence), limits::MAX_TYPING)",
        caught_by: SIGNALS,
    },
    // Promise 10: an inbox has one reader, who is told nothing of themselves.
    Mutant {
        name: "tell presence in inboxes",
        file: "chat-model/src/room/mod.rs",
        find: "record.meta.kind != RoomKind::Inbox && ",
        replace: "",
        caught_by: ROOMS,
    },
    // Promise 10: who is connected is not taken out for their name.
    Mutant {
        name: "take out a guest who is connected for a namesake",
        file: "chat-model/src/room/presence/present.rs",
        find: "user.is_guest() && self.sessions.is_empty() && self.elsewhere",
        replace: "user.is_guest() && self.elsewhere",
        caught_by: ROOM,
    },
    // Promise 10: who comes back before the other joins stays.
    Mutant {
        name: "take out a guest who is just coming back",
        file: "chat-model/src/room/drafting.rs",
        find: "(!self.room.batch.iter().any(is_back)).then_some(gone)",
        replace: "(!self.room.batch.iter().any(is_back) || true).then_some(gone)",
        caught_by: ROOM,
    },
    // Promise 10: nor is a guest of whom another node tells, though the store has failed to hold them.
    Mutant {
        name: "take out a guest of whom another node tells",
        file: "chat-model/src/room/judge.rs",
        find: "!self.presence.is_present(guest) && !membership.held",
        replace: "!self.presence.is_here(guest) && !membership.held",
        caught_by: ROOM,
    },
    // Promise 10: a read cursor goes forward.
    Mutant {
        name: "tell how far somebody has read backwards",
        file: "chat-model/src/room/presence/mod.rs",
        find: "        seq == present.read\n",
        replace: "        seq <= present.read\n",
        caught_by: ROOM,
    },
    // A client that does not know all who are present is told how many there are.
    Mutant {
        name: "do not tell the count after a leave that a client cannot count",
        file: "chat-model/src/room/presence/mod.rs",
        find: "self.was_list_cut |= listing.len() < self.users.len();",
        replace: "",
        caught_by: ROOMS,
    },
    // Presence says how many are present.
    Mutant {
        name: "say that nobody is present",
        file: "chat-model/src/room/mod.rs",
        find: "Effect::Signal { signal, is_own, online }",
        replace: "Effect::Signal { signal, is_own, online: online - online }",
        caught_by: ROOMS,
    },
    Mutant {
        name: "count only those who are present on this node",
        file: "chat-model/src/room/mod.rs",
        find: "self.presence.len() as u64 } else { 0 }",
        replace: "self.presence.count_here() as u64 } else { 0 }",
        caught_by: SIMULATOR,
    },
];
