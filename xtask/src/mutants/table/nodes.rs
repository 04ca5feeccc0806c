//! Mutants of what nodes tell each other.

use super::{NODE, NODES, PEERS, PRESENCE, SIMULATOR};
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
    // Promise 10: a node that is dead for good.
    Mutant {
        name: "show users of a dead node as present",
        file: "chat-model/src/room/peers.rs",
        find: "        self.presence.lose_node(node, users, since",
        replace: "        let users = users.take(0);\n        self.presence.lose_node(node, users, since",
        caught_by: SIMULATOR,
    },
];
