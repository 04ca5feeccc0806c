//! Mutants of what guests may do.

use super::{GUEST, GUESTS_ROOMS, MAKERS, SESSION, SQLITE_REMOVALS};
use crate::mutants::Mutant;

pub(super) const MUTANTS: &[Mutant] = &[
    // Nobody is many by being a guest again and again.
    Mutant {
        name: "make guests without end",
        file: "chat-core/src/sessions/guests.rs",
        find: "if allowance.take(now) {",
        replace: "if allowance.take(now) || self.most_made > 0 {",
        caught_by: SESSION,
    },
    Mutant {
        name: "let any number of guests be there",
        file: "chat-core/src/sessions/guests.rs",
        find: "if count >= most {",
        replace: "if count == u32::MAX {",
        caught_by: SESSION,
    },
    Mutant {
        name: "let a banned guest in as another one",
        file: "chat-core/src/sessions/bans.rs",
        find: "any(|(_, until)| now < *until)",
        replace: "any(|(_, until)| now < Moment(0).min(*until))",
        caught_by: SESSION,
    },
    Mutant {
        name: "let guests in as soon as one of two is unbanned",
        file: "chat-core/src/sessions/bans.rs",
        find: "banned.retain(|(known, _)| known != user);",
        replace: "banned.retain(|(known, _)| known != user && known == user);",
        caught_by: SESSION,
    },
    // Who bans many in rooms of their own ends no bans elsewhere.
    Mutant {
        name: "let one room have all bans",
        file: "chat-core/src/sessions/bans.rs",
        find: "if here.len() > limits::GUEST_BANS_OF_ROOM {",
        replace: "if here.len() > limits::GUEST_BANS {",
        caught_by: SESSION,
    },
    Mutant {
        name: "forget from where a guest came who has gone",
        file: "chat-core/src/sessions/guests.rs",
        find: "sessions.chain(known)",
        replace: "sessions.chain(known.filter(|_| false))",
        caught_by: SESSION,
    },
    Mutant {
        name: "let a guest make as many rooms as a user",
        file: "chat-core/src/service/quota.rs",
        find: "if caller.is_guest() { limits.guest_rooms_per_day }",
        replace: "if false { limits.guest_rooms_per_day }",
        caught_by: MAKERS,
    },
    // Guests who may make no room take nobody's place.
    Mutant {
        name: "keep the day of who has made no room",
        file: "chat-core/src/service/quota.rs",
        find: "if day.made == 0 {",
        replace: "if day.made == 7 {",
        caught_by: MAKERS,
    },
    // A guest's token is taken as it was given alone, and not for ever.
    Mutant {
        name: "take a token that was cut off",
        file: "chat-core/src/guest.rs",
        find: "self.mac(said).verify_slice(",
        replace: "self.mac(said).verify_truncated_left(",
        caught_by: GUEST,
    },
    Mutant {
        name: "know guests for ever",
        file: "chat-core/src/guest.rs",
        find: "> limits::GUEST_TOKEN_DAYS",
        replace: "> i64::MAX - limits::GUEST_TOKEN_DAYS",
        caught_by: GUEST,
    },
    // Rooms of guests come last, and end when nobody was in them for long.
    Mutant {
        name: "end a guest's room though somebody is in it",
        file: "chat-core/src/service/guests_rooms.rs",
        find: ".filter(|record| record.members == 0)",
        replace: "",
        caught_by: GUESTS_ROOMS,
    },
    Mutant {
        name: "end a guest's room a moment too soon",
        file: "chat-core/src/service/guests_rooms.rs",
        find: "age >= self.node.limits.guest_room_ms",
        replace: "age + 2 >= self.node.limits.guest_room_ms",
        caught_by: GUESTS_ROOMS,
    },
    Mutant {
        name: "list rooms of guests anew on each page",
        file: "chat-core/src/service/guests_rooms.rs",
        find: "known.filter(is_listed)",
        replace: "known.filter(is_listed).filter(|_| limit == 0)",
        caught_by: GUESTS_ROOMS,
    },
    Mutant {
        name: "list from behind a guest's private room",
        file: "chat-core/src/service/guests_rooms.rs",
        find: "record.meta.kind == kind && record.meta.is_guests()",
        replace: "record.meta.is_guests()",
        caught_by: GUESTS_ROOMS,
    },
    Mutant {
        name: "remove a room though somebody has joined meanwhile",
        file: "store-sql/src/statements/rooms.rs",
        find: "AND (epoch = $2 AND head = $3 OR $2 = 0)",
        replace: "AND (epoch = $2 AND head >= $3 - $3 OR $2 = 0)",
        caught_by: SQLITE_REMOVALS,
    },
];
