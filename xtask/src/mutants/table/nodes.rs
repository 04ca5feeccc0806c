//! Mutants of what nodes tell each other.

use super::{NODE, NODES, PEERS, PRESENCE, SIMULATOR, STALE};
use crate::mutants::Mutant;

pub(super) const MUTANTS: &[Mutant] = &[
    // A newer node is understood as far as that goes.
    Mutant {
        name: "read nothing of a message that has an errand of a newer node",
        file: "chat-model/src/node.rs",
        find: "        #[serde(deserialize_with = \"those_known\")]\n",
        replace: "",
        caught_by: NODE,
    },
    // Promise 12, between nodes: a message has a bound.
    Mutant {
        name: "put into one message what is too much for it",
        file: "chat-model/src/node.rs",
        find: "last.len() < most && size <= NODE_MESSAGE_BYTES",
        replace: "last.len() < most",
        caught_by: NODE,
    },
    // What is told several times is done once, whatever becomes of the bus meanwhile.
    Mutant {
        name: "do again what was done for a node that fell silent",
        file: "chat-core/src/peers.rs",
        find: "                peer.is_silent = true;\n",
        replace: "                peer.is_silent = true;\n                peer.done.clear();\n",
        caught_by: NODES,
    },
    Mutant {
        name: "take in an answer that is for another node",
        file: "chat-core/src/upkeep/nodes.rs",
        find: "presence.to.is_none_or(|to| to == node.lease)",
        replace: "presence.to.is_none_or(|to| to != Lease { node: 0, incarnation: 0 })",
        caught_by: NODES,
    },
    Mutant {
        name: "answer a node that asks to all nodes",
        file: "chat-model/src/room/peers.rs",
        find: "self.tell_parts(&all, Some(node), effects);",
        replace: "self.tell_parts(&all, Some(node).filter(|_| false), effects);",
        caught_by: PEERS,
    },
    // A room answers soon after it was opened.
    Mutant {
        name: "wait for a node that has closed the room",
        file: "chat-model/src/room/peers.rs",
        find: "if is_nobody || (is_new &&",
        replace: "if (is_nobody && is_new) || (is_new &&",
        caught_by: PEERS,
    },
    // Promise 10: silence is told from a long pause.
    Mutant {
        name: "take a node for dead that seldom says that it lives",
        file: "chat-core/src/chat/builder.rs",
        find: "self.limits.reconciled()",
        replace: "self.limits",
        caught_by: NODES,
    },
    // Promise 10: what was told late does not undo what was told before.
    Mutant {
        name: "take an older version of a part for the newest",
        file: "chat-model/src/room/peers.rs",
        find: "if version <= *known {",
        replace: "if false {",
        caught_by: PEERS,
    },
    // Promise 10: what got lost between nodes is told again.
    Mutant {
        name: "never compare presence with other nodes",
        file: "chat-core/src/upkeep/nodes.rs",
        find: "if node.peers.has_any() {",
        replace: "if false {",
        caught_by: NODES,
    },
    // Promise 10: a node that died takes its users along.
    Mutant {
        name: "keep the users of a node that fell silent",
        file: "chat-core/src/upkeep/nodes.rs",
        find: "if !silent.is_empty() {",
        replace: "if false {",
        caught_by: NODES,
    },
    // Promise 10: who was on a node that died may come back elsewhere within the grace period, without noise.
    Mutant {
        name: "give no grace period to users of a node that fell silent",
        file: "chat-model/src/room/presence/mod.rs",
        find: "elsewhere.expected = elsewhere.expected.max(Some(until));",
        replace: "",
        caught_by: NODES,
    },
    // A room that is opened shows from its first answer on who is present elsewhere.
    Mutant {
        name: "answer before other nodes have said who is present there",
        file: "chat-model/src/room/cycle.rs",
        find: "self.waits_for_peers() || ",
        replace: "",
        caught_by: PEERS,
    },
    // A guest's name is nobody else's, even if nodes do not hear each other.
    Mutant {
        name: "let a namesake in who is known from the log alone",
        file: "chat-model/src/room/commit.rs",
        find: "        if !is_own {\n            self.expect_guest",
        replace: "        if false {\n            self.expect_guest",
        caught_by: NODES,
    },
    // Who is connected on another node keeps their name.
    Mutant {
        name: "take out a guest who is connected elsewhere",
        file: "chat-model/src/room/presence/present.rs",
        find: "elsewhere.nodes.iter().all(|there| there.gone)",
        replace: "elsewhere.nodes.iter().all(|there| there.gone || !there.away)",
        caught_by: NODES,
    },
    // A guest whose connection is gone is back under their name at once, on any node.
    Mutant {
        name: "tell late that a guest is gone",
        file: "chat-model/src/room/peers.rs",
        find: "let soon = now.moment.max(told.unwrap_or_default());",
        replace: "let soon = now.moment.after(1_000).max(told.unwrap_or_default());",
        caught_by: PEERS,
    },
    Mutant {
        name: "tell late that a guest is back",
        file: "chat-model/src/room/serve.rs",
        find: "if was_gone && caller",
        replace: "if !was_gone && caller",
        caught_by: PEERS,
    },
    // However many guests leave, what waits for the other nodes is not dropped.
    Mutant {
        name: "tell of each guest who is gone by itself",
        file: "chat-model/src/room/peers.rs",
        find: "told.after(limits::HURRY_MS)",
        replace: "told.after(limits::HURRY_MS * 0)",
        caught_by: PEERS,
    },
    // Sessions that began after their user's were ended are left alone, however late that is heard.
    Mutant {
        name: "end sessions that began later",
        file: "chat-core/src/service/errands.rs",
        find: "self.node.moment().0.saturating_sub(age_ms)",
        replace: "self.node.moment().0.max(age_ms)",
        caught_by: NODES,
    },
    // What is told several times is done once.
    Mutant {
        name: "do an errand each time it is told",
        file: "chat-core/src/peers.rs",
        find: "!is_old && peer.done.insert(errand.id)",
        replace: "!is_old && (peer.done.insert(errand.id) || true)",
        caught_by: NODES,
    },
    // What is told once may be lost.
    Mutant {
        name: "tell an errand once",
        file: "chat-core/src/peers.rs",
        find: "        state.errands.push_back(waiting);\n",
        replace: "",
        caught_by: NODES,
    },
    // Who comes back from being away, after a pause, is told of.
    Mutant {
        name: "forget in the grace period that a user was told to be away",
        file: "chat-model/src/room/presence/present.rs",
        find: "let away = if devices.peek().is_none() { self.told_away }",
        replace: "let away = if devices.peek().is_none() { std::mem::take(&mut self.told_away) }",
        caught_by: PRESENCE,
    },
    // A node that drains is gone for the others at once.
    Mutant {
        name: "go away without a word",
        file: "chat-core/src/shutdown.rs",
        find: "    drop(tokio::time::timeout_at(end.max(Instant::now()) + LEAVE_WITHIN, node.peers.leave()).await);\n",
        replace: "",
        caught_by: NODES,
    },
    // Promise 3: a node hears at once that another has written.
    Mutant {
        name: "tell other nodes what they have told",
        file: "chat-core/src/host/task.rs",
        find: "if is_own && let Some((who, kind)) = signal.told() {",
        replace: "if let Some((who, kind)) = signal.told() {",
        caught_by: NODES,
    },
    // Nobody gets by a node that has not heard of it what has been taken from them.
    Mutant {
        name: "delete a room for whoever could before",
        file: "chat-core/src/service/rooms.rs",
        find: "allowed = self.still(caller, room, Inquiry::Delete, allowed, record.head).await?;",
        replace: "allowed.head = record.head;",
        caught_by: STALE,
    },
    Mutant {
        name: "answer from the store by an older judgement",
        file: "chat-core/src/service/questions.rs",
        find: "if as_of <= allowed.head {",
        replace: "if as_of <= allowed.head || as_of > 0 {",
        caught_by: STALE,
    },
    Mutant {
        name: "judge again without having read on",
        file: "chat-core/src/service/questions.rs",
        find: "        self.registry.post(room, Mail::Hint(Hint { room: room.clone(), epoch, head })).await?;",
        replace: "        let _ = |room| Mail::Hint(Hint { room, epoch, head });",
        caught_by: STALE,
    },
    Mutant {
        name: "take a message for as old as its first text",
        file: "chat-core/src/service/questions.rs",
        find: ".map(|message| message.state.as_of)",
        replace: ".map(|message| message.entry.seq)",
        caught_by: STALE,
    },
    Mutant {
        name: "list members by an older judgement",
        file: "chat-core/src/service/questions.rs",
        find: "self.still(caller, room, Inquiry::Read, allowed, head).await?;",
        replace: "let _ = (allowed, head);",
        caught_by: STALE,
    },
    Mutant {
        name: "list the banned by an older judgement",
        file: "chat-core/src/service/restrictions.rs",
        find: "self.still(caller, room, Inquiry::Restrictions, allowed, head).await?;",
        replace: "let _ = (allowed, head);",
        caught_by: STALE,
    },
    Mutant {
        name: "show a private room by an older judgement",
        file: "chat-core/src/service/rooms.rs",
        find: "self.still(caller, room, inquiry, allowed, record.head).await?;",
        replace: "let _ = (inquiry, allowed);",
        caught_by: STALE,
    },
    Mutant {
        name: "preview announcements by an older judgement",
        file: "chat-core/src/service/announcements.rs",
        find: "Ok(allowed) => self.still(caller, &room, Inquiry::Read, allowed, shown).await,",
        replace: "Ok(allowed) if shown > 0 => Ok(allowed),",
        caught_by: STALE,
    },
    Mutant {
        name: "open a direct room by an older judgement",
        file: "chat-core/src/service/direct.rs",
        find: "self.still(caller, &room, Inquiry::Signal, allowed, record.head).await?;",
        replace: "let _ = (allowed, record);",
        caught_by: STALE,
    },
    Mutant {
        name: "show a room by a code that was revoked on another node",
        file: "chat-core/src/service/invites.rs",
        find: "self.still(caller, room, Inquiry::Invite(key), allowed, record.head).await?;",
        replace: "let _ = (allowed, key);",
        caught_by: STALE,
    },
    // A retry tells no secret to who may not know it any more.
    Mutant {
        name: "tell a code again to whoever made it",
        file: "chat-core/src/service/invites.rs",
        find: "if invite.key != key {",
        replace: "if false {",
        caught_by: STALE,
    },
    // Promise 10: a node that is dead for good.
    Mutant {
        name: "show users of a dead node as present",
        file: "chat-model/src/room/peers.rs",
        find: "        self.presence.lose_node(node, users, since",
        replace: "        let users = users.take(0);\n        self.presence.lose_node(node, users, since",
        caught_by: SIMULATOR,
    },
    // Promise 7: nothing is left out where a subscription begins.
    Mutant {
        name: "leave out what was written before another node heard of a direct room",
        file: "chat-core/src/service/errands.rs",
        find: "service.subscribe(sessions, &room, after).await",
        replace: "service.subscribe(sessions, &room, None).await",
        caught_by: NODES,
    },
    Mutant {
        name: "have a session begin behind what follows",
        file: "chat-core/src/host/mail.rs",
        find: "Resumption::Recovered => after.unwrap_or(head),",
        replace: "Resumption::Recovered => head,",
        caught_by: NODES,
    },
];
