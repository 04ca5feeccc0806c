//! Mutants of the Socket.IO adapter.

use super::SOCKETIO;
use crate::mutants::Mutant;

pub(super) const MUTANTS: &[Mutant] = &[
    // Promise 7: what has not arrived is told again.
    Mutant {
        name: "take for arrived what was only sent",
        file: "adapter-socketio/src/rooms.rs",
        find: "place.settle(arrivals.arrived());\n            (room",
        replace: "place.settle(u64::MAX);\n            (room",
        caught_by: SOCKETIO,
    },
    // Nothing is told twice.
    Mutant {
        name: "tell again what was told",
        file: "adapter-socketio/src/rooms.rs",
        find: "if seq <= place.told {",
        replace: "if seq < place.told {",
        caught_by: SOCKETIO,
    },
    // Promise 8: a client that polls and never comes back leaves little waiting.
    Mutant {
        name: "put down without end for who never asks",
        file: "adapter-socketio/src/polling.rs",
        find: "if state.waiting.is_empty() || state.phase == Phase::Closed {",
        replace: "if true || state.phase == Phase::Closed {",
        caught_by: SOCKETIO,
    },
    // Promise 8: who posts faster than it is worked off waits.
    Mutant {
        name: "take bodies without end",
        file: "adapter-socketio/src/polling.rs",
        find: "Phase::Open | Phase::Upgrading if state.posted.is_empty() => {",
        replace: "Phase::Open | Phase::Upgrading if true => {",
        caught_by: SOCKETIO,
    },
    // Promise 8: what is kept for who does not come back is bounded.
    Mutant {
        name: "keep for everybody who ever left",
        file: "adapter-socketio/src/kept.rs",
        find: " || self.order.len() > limits::KEPT",
        replace: "",
        caught_by: SOCKETIO,
    },
    // What is kept of a user is that user's.
    Mutant {
        name: "give what is kept to whoever names its id",
        file: "adapter-socketio/src/kept.rs",
        find: "user.is_none_or(|user| held.caller.user == *user)",
        replace: "true",
        caught_by: SOCKETIO,
    },
    // A client that leaves begins anew when it connects again.
    Mutant {
        name: "keep for a client that said that it leaves",
        file: "adapter-socketio/src/space.rs",
        find: "!ended.unwrap_or(false) && !self.has_left()",
        replace: "!ended.unwrap_or(false)",
        caught_by: SOCKETIO,
    },
    // Promise 8: what one user leaves behind is bounded.
    Mutant {
        name: "keep for one user as much as for all",
        file: "adapter-socketio/src/kept.rs",
        find: "of_user.len() > limits::KEPT_PER_USER",
        replace: "false",
        caught_by: SOCKETIO,
    },
    // Promise 8: a connection is in a few namespaces.
    Mutant {
        name: "let a client into namespaces without end",
        file: "adapter-socketio/src/connection.rs",
        find: "_ if self.spaces.len() >= limits::MAX_NAMESPACES",
        replace: "_ if false",
        caught_by: SOCKETIO,
    },
    // Promise 7: what is not taken up yet is not lost with the next connection.
    Mutant {
        name: "forget what was recalled when the connection is lost again",
        file: "adapter-socketio/src/rooms.rs",
        find: "place.standing != Standing::Refused)",
        replace: "place.standing == Standing::Subscribed)",
        caught_by: SOCKETIO,
    },
    // Promise 7: each of a user's clients is told what it has missed itself.
    Mutant {
        name: "take the place of another program of the user",
        file: "adapter-socketio/src/kept.rs",
        find: " || state.programs.get(&key) != Some(&1)",
        replace: "",
        caught_by: SOCKETIO,
    },
    // Who is there is not dropped.
    Mutant {
        name: "drop a client whose answer is not read yet",
        file: "adapter-socketio/src/connection.rs",
        find: "Some(received) => self.take(received).await,",
        replace: "Some(_) => Err(Stuck),",
        caught_by: SOCKETIO,
    },
    // A silent client is dropped.
    Mutant {
        name: "ask silent clients again and again",
        file: "adapter-socketio/src/beat.rs",
        find: "return Due::Dead;",
        replace: "return Due::Ping;",
        caught_by: SOCKETIO,
    },
    // Promise 7: who comes back is told the rest, although the old connection takes nothing.
    Mutant {
        name: "wait for the old connection to take a batch",
        file: "adapter-socketio/src/space.rs",
        find: "() = self.live.end.notified() => Err(Gone),\n        }\n    }\n}",
        replace: "() = std::future::pending() => Err(Gone),\n        }\n    }\n}",
        caught_by: SOCKETIO,
    },
    // Promise 8: who begins to poll is counted by address.
    Mutant {
        name: "count nobody who begins to poll",
        file: "adapter-socketio/src/server.rs",
        find: "self.shared.count_stranger(address)?;",
        replace: "",
        caught_by: SOCKETIO,
    },
    // Whoever leaves has left, although the connection ends before that is answered.
    Mutant {
        name: "keep what a client was told that left as its connection ended",
        file: "adapter-socketio/src/space.rs",
        find: "drop(self.end(Vec::new(), End::Namespace).await);",
        replace: "self.end(Vec::new(), End::Namespace).await?;",
        caught_by: SOCKETIO,
    },
    // What is said between the two is missed by whoever reads the history over REST in between.
    Mutant {
        name: "tell a new client that it is connected before it is subscribed",
        file: "adapter-socketio/src/space.rs",
        find: "is_new.then(|| self.jobs.pop_front())",
        replace: "(!is_new).then(|| self.jobs.pop_front())",
        caught_by: SOCKETIO,
    },
    // Promise 3: what is written by flushers goes behind what the socket has begun to take.
    Mutant {
        name: "write into the middle of a frame",
        file: "adapter-socketio/src/line.rs",
        find: "state.holds == 0 && state.rest.is_empty()",
        replace: "state.holds == 0",
        caught_by: SOCKETIO,
    },
    Mutant {
        name: "write beside another",
        file: "adapter-socketio/src/line.rs",
        find: "state.holds == 0 && state.rest.is_empty()",
        replace: "state.rest.is_empty()",
        caught_by: SOCKETIO,
    },
    Mutant {
        name: "tell what happens after a handler before its acknowledgement",
        file: "adapter-socketio/src/direct.rs",
        find: "if state.pauses > 0 || state.is_over {",
        replace: "if state.is_over {",
        caught_by: SOCKETIO,
    },
    Mutant {
        name: "tell an entry that was told",
        file: "adapter-socketio/src/rooms.rs",
        find: "place.is_some_and(|place| seq > place.told)",
        replace: "place.is_some()",
        caught_by: SOCKETIO,
    },
    Mutant {
        name: "tell everybody what is not for one of them",
        file: "adapter-socketio/src/direct.rs",
        find: "Some(user) if user.as_str() == but => continue,",
        replace: "Some(user) if user.as_str() == but => {}",
        caught_by: SOCKETIO,
    },
    Mutant {
        name: "go on writing to whoever has left",
        file: "adapter-socketio/src/direct.rs",
        find: "if state.pauses > 0 || state.is_over {",
        replace: "if state.pauses > 0 {",
        caught_by: SOCKETIO,
    },
    // Promise 7: a ping that goes with entries confirms these, and nothing else.
    Mutant {
        name: "have a flusher's ping confirm what it knows nothing of",
        file: "adapter-socketio/src/line.rs",
        find: "state.spaces == 1 && ",
        replace: "",
        caught_by: SOCKETIO,
    },
    Mutant {
        name: "take a ping that was not written for sent",
        file: "adapter-socketio/src/line.rs",
        find: "let asks = written > length;",
        replace: "let asks = bytes.len() > length;",
        caught_by: SOCKETIO,
    },
    Mutant {
        name: "forget what goes with a ping",
        file: "adapter-socketio/src/direct.rs",
        find: "            self.arrivals.ping();\n",
        replace: "",
        caught_by: SOCKETIO,
    },
    Mutant {
        name: "let an answer confirm what is written meanwhile",
        file: "adapter-socketio/src/connection.rs",
        find: "                    self.spaces.values().for_each(|space| space.direct.pong());\n",
        replace: "                    self.line.beat(Beat::answer);\n                    self.spaces.values().for_each(|space| space.direct.pong());\n",
        caught_by: SOCKETIO,
    },
    Mutant {
        name: "note an answer while a flusher still notes what it asked",
        file: "adapter-socketio/src/direct.rs",
        find: "        let _state = self.state();\n",
        replace: "",
        caught_by: SOCKETIO,
    },
    Mutant {
        name: "wait for the answer to a ping that was not sent",
        file: "adapter-socketio/src/connection.rs",
        find: "            frames.push(packet::ping());\n",
        replace: "",
        caught_by: SOCKETIO,
    },
    Mutant {
        name: "have flushers never ask again once a namespace was left",
        file: "adapter-socketio/src/connection.rs",
        find: "                self.line.set_spaces(self.spaces.len());\n                if self",
        replace: "                if self",
        caught_by: SOCKETIO,
    },
];
