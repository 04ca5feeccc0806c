//! Mutants of what people do with each other.

use super::{
    BROADCASTS, DIRECT, MEMORY_DELETED, OWN_ROOMS, OWNERS, PEOPLE, POLICY, RESTRICTIONS, SQLITE_DELETED, SQLITE_OTHERS,
    SQLITE_RESTRICTIONS, SQLITE_ROOMS_OF,
};
use crate::mutants::Mutant;

pub(super) const MUTANTS: &[Mutant] = &[
    // A room with members keeps an owner.
    Mutant {
        name: "let the last owner leave",
        file: "chat-model/src/policy.rs",
        find: "            member(question)?;\n            keeps_an_owner(question)",
        replace: "            member(question).map(drop)",
        caught_by: POLICY,
    },
    Mutant {
        name: "forget that the last owner steps down",
        file: "chat-model/src/room/judge.rs",
        find: "Action::Command(Op::SetRole { role, .. }) if *role < Role::Owner => subject,",
        replace: "Action::Command(Op::SetRole { role, .. }) if *role < Role::Member => subject,",
        caught_by: OWNERS,
    },
    Mutant {
        name: "judge two owners who leave at one time by one state",
        file: "chat-model/src/room/judge.rs",
        find: "if self.assumed.changes_members() {",
        replace: "if false {",
        caught_by: OWNERS,
    },
    Mutant {
        name: "count guests as owners",
        file: "chat-core/src/memory/room.rs",
        find: "if !membership.guest {\n                self.by_rank",
        replace: "{\n                self.by_rank",
        caught_by: OWNERS,
    },
    Mutant {
        name: "remember the seniors of an earlier head",
        file: "chat-model/src/room/facts.rs",
        find: "        self.messages.clear();\n        self.seniors = None;\n",
        replace: "        self.messages.clear();\n",
        caught_by: OWNERS,
    },
    // Who is written to for the first time is told where.
    Mutant {
        name: "open a direct room and tell nobody",
        file: "chat-core/src/service/direct.rs",
        find: "for user in [other, &caller.user] {",
        replace: "for user in [other, &caller.user].into_iter().filter(|user| *user != other) {",
        caught_by: DIRECT,
    },
    Mutant {
        name: "note an opened room under no client id",
        file: "chat-core/src/service/direct.rs",
        find: "ClientId::parse(format!(\"opened-{room}\")).ok()",
        replace: "ClientId::parse(format!(\"opened-{room}\")).ok().filter(|_| false)",
        caught_by: DIRECT,
    },
    // There are the users whom the host says there are.
    Mutant {
        name: "write to guests as if they were users",
        file: "chat-core/src/service/direct.rs",
        find: "if user.is_guest() {",
        replace: "if user.is_guest() && self.people.is_none() {",
        caught_by: DIRECT,
    },
    // A retry gets its first answer whatever the limits say now.
    Mutant {
        name: "refuse the retry of a direct message",
        file: "chat-core/src/service/call.rs",
        find: "if !matches!(call, Call::DirectMessage { .. } | Call::Broadcast { .. }) =>",
        replace: "if !matches!(call, Call::Broadcast { .. }) =>",
        caught_by: DIRECT,
    },
    Mutant {
        name: "let direct messages overtake each other",
        file: "chat-core/src/session/lanes.rs",
        find: "            | Call::DirectMessage { user, .. }\n",
        replace: "",
        caught_by: DIRECT,
    },
    Mutant {
        name: "let nobody pin in a direct room",
        file: "chat-model/src/policy.rs",
        find: "Op::Pin { .. } | Op::Unpin { .. } if question.room.kind == RoomKind::Direct => writer(question),",
        replace: "Op::Pin { .. } | Op::Unpin { .. } if question.room.kind == RoomKind::Inbox => writer(question),",
        caught_by: POLICY,
    },
    // A block holds at its place in the log, whoever has heard of it, and whatever is tried.
    Mutant {
        name: "let the blocked write",
        file: "chat-model/src/policy.rs",
        find: "if question.member.is_blocked() {",
        replace: "if question.member.blocks.is_some() {",
        caught_by: POLICY,
    },
    Mutant {
        name: "open a room to the blocked",
        file: "chat-model/src/room/judge.rs",
        find: "if member.is_blocked() {",
        replace: "if member.is_blocked() && member.membership.is_some() {",
        caught_by: DIRECT,
    },
    Mutant {
        name: "open a room again to the blocked",
        file: "chat-core/src/service/direct.rs",
        find: "self.inquire(caller, &room, Inquiry::Signal)",
        replace: "self.inquire(caller, &room, Inquiry::Read)",
        caught_by: DIRECT,
    },
    Mutant {
        name: "tell who is blocked",
        file: "chat-model/src/room/commit.rs",
        find: "Body::Blocked { user } => (sender, Notice::Blocked { user: user.clone() }),",
        replace: "Body::Blocked { user } => (user, Notice::Blocked { user: user.clone() }),",
        caught_by: DIRECT,
    },
    Mutant {
        name: "keep a block to one of the two",
        file: "chat-model/src/entry.rs",
        find: "self.subject(sender).into_iter().chain(blocker)",
        replace: "self.subject(sender).into_iter().chain(blocker.filter(|_| false))",
        caught_by: DIRECT,
    },
    // No guest goes by a user's name.
    Mutant {
        name: "let guests take users' names on the wire",
        file: "chat-core/src/session/mod.rs",
        find: "filter(|_| token.is_none() && self.service.checks_guest_names())",
        replace: "filter(|_| token.is_some() && self.service.checks_guest_names())",
        caught_by: PEOPLE,
    },
    Mutant {
        name: "let a guest act before their name was checked",
        file: "chat-core/src/session/mod.rs",
        find: "        Some((Lane::All, Box::pin(work)))\n    }\n\n    fn come_as_guest(",
        replace: "        Some((Lane::Own, Box::pin(work)))\n    }\n\n    fn come_as_guest(",
        caught_by: PEOPLE,
    },
    // What is over is neither shown nor counted, and what is told is everybody's.
    Mutant {
        name: "show what is over",
        file: "chat-core/src/service/questions.rs",
        find: "page.items.retain(|message| !message.has_expired(now));",
        replace: "page.items.retain(|message| !message.has_expired(now) || message.entry.seq > 0);",
        caught_by: BROADCASTS,
    },
    Mutant {
        name: "take a page of what is over for the end",
        file: "chat-core/src/service/questions.rs",
        find: "page.items.is_empty() && pages > 0",
        replace: "page.items.is_empty() && pages > limits::EXPIRED_PAGES",
        caught_by: BROADCASTS,
    },
    Mutant {
        name: "count what is over",
        file: "chat-core/src/service/announcements.rs",
        find: " && !message.has_expired(now)",
        replace: "",
        caught_by: BROADCASTS,
    },
    Mutant {
        name: "list announcements on a page that ends before them",
        file: "chat-core/src/service/rooms.rs",
        find: "page.begins_before(place) && end.as_ref().is_none_or(|end| page.precedes(place, end))",
        replace: "end.as_ref().is_none_or(|end| page.precedes(place, end))",
        caught_by: BROADCASTS,
    },
    Mutant {
        name: "subscribe a client again that wants no announcements",
        file: "chat-core/src/session/mod.rs",
        find: "!self.is_told_announcements.swap(true, Ordering::Relaxed)",
        replace: "!self.is_told_announcements.load(Ordering::Relaxed)",
        caught_by: BROADCASTS,
    },
    Mutant {
        name: "tell everybody who hears announcements",
        file: "chat-model/src/room/mod.rs",
        find: " && record.room != RoomId::announcements()",
        replace: "",
        caught_by: BROADCASTS,
    },
    // A user searches as often as they may, and a guest not at all.
    Mutant {
        name: "search without end",
        file: "chat-core/src/service/questions.rs",
        find: "self.node.sessions.searches.count(&caller.user, self.node.moment())?;",
        replace: "",
        caught_by: PEOPLE,
    },
    Mutant {
        name: "have guests search for users",
        file: "chat-model/src/policy.rs",
        find: "Outside::Search if caller.is_guest() =>",
        replace: "Outside::Search if caller.is_guest() && caller.admin =>",
        caught_by: PEOPLE,
    },
    // A user's rooms come by activity, and show what may be read alone.
    Mutant {
        name: "show a member what was said before their join",
        file: "chat-core/src/service/rooms.rs",
        find: "room.last.take_if(|last| last.seq <= floor);",
        replace: "room.last.take_if(|_| floor == u64::MAX);",
        caught_by: OWN_ROOMS,
    },
    Mutant {
        name: "show the last message to whom the policy does not let read",
        file: "chat-core/src/service/rooms.rs",
        find: "if self.node.policy.authorize(&question).is_err() {",
        replace: "if self.node.policy.authorize(&question).is_err() && caller.admin {",
        caught_by: OWN_ROOMS,
    },
    Mutant {
        name: "have a page by activity hold the room it begins behind",
        file: "chat-model/src/activity.rs",
        find: "Self::ByActivity(after) => after.as_ref().is_none_or(|after| after < place),",
        replace: "Self::ByActivity(after) => after.as_ref().is_none_or(|after| after <= place),",
        caught_by: OWN_ROOMS,
    },
    Mutant {
        name: "forget when something was last written",
        file: "chat-model/src/plan.rs",
        find: "            self.last_message = Some((seq, step.at));\n",
        replace: "",
        caught_by: OWN_ROOMS,
    },
    Mutant {
        name: "have a database list the room again that a page begins behind",
        file: "store-sql/src/statements/lists.rs",
        find: "active_at = $4 AND room_id > $5",
        replace: "active_at = $4 AND room_id >= $5",
        caught_by: SQLITE_ROOMS_OF,
    },
    // Deleted messages count neither as unread nor as mentions.
    Mutant {
        name: "have a database count deleted messages as unread",
        file: "store-sql/src/statements/lists.rs",
        find: "WHERE sender <> $1 AND deleted = 0) AS unread",
        replace: "WHERE sender <> $1 AND deleted < 2) AS unread",
        caught_by: SQLITE_DELETED,
    },
    Mutant {
        name: "forget in a database that a message was deleted",
        file: "store-sql/src/statements/erase.rs",
        find: "SET deleted = 1 WHERE",
        replace: "SET deleted = 0 WHERE",
        caught_by: SQLITE_DELETED,
    },
    Mutant {
        name: "count deleted messages as unread in memory",
        file: "chat-core/src/memory/room.rs",
        find: "entry.sender != *user && !self.is_deleted(seq)",
        replace: "entry.sender != *user",
        caught_by: MEMORY_DELETED,
    },
    Mutant {
        name: "take the caller for the other one of a direct room",
        file: "store-sql/src/statements/lists.rs",
        find: "kind = 'direct' AND user_id <> $2",
        replace: "kind = 'direct' AND user_id = $2",
        caught_by: SQLITE_OTHERS,
    },
    // Moderators see who is banned or muted now, and nobody else does.
    Mutant {
        name: "show members who is banned",
        file: "chat-model/src/policy.rs",
        find: "Action::Invites | Action::Restrictions => at_least(question, Role::Moderator),",
        replace: "Action::Invites => at_least(question, Role::Moderator),\n            Action::Restrictions => member(question).map(drop),",
        caught_by: POLICY,
    },
    Mutant {
        name: "list mutes that have ended",
        file: "chat-model/src/restriction.rs",
        find: "is_some_and(|until| until > at)",
        replace: "is_some_and(|until| until >= at)",
        caught_by: RESTRICTIONS,
    },
    Mutant {
        name: "say that the last to say anything of a user has banned them",
        file: "chat-model/src/restriction.rs",
        find: "            _ => None,\n        }\n    }\n}\n\n/// A user whom",
        replace: "            _ => Some(None),\n        }\n    }\n}\n\n/// A user whom",
        caught_by: RESTRICTIONS,
    },
    Mutant {
        name: "have a database list the muted whose time has passed",
        file: "store-sql/src/statements/lists.rs",
        find: "\"muted_until > $4\"",
        replace: "\"(muted_until > $4 OR muted_until IS NOT NULL)\"",
        caught_by: SQLITE_RESTRICTIONS,
    },
];
