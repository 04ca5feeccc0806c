//! What is done to every server.

use chat_benches::Failure;

use crate::peers::Peer;

/// What a scenario's table shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Deliveries, latency, CPU, memory.
    Load,
    /// Joins a second.
    Churn,
    /// Frames that tell of joins.
    Join,
    /// Small rooms beside a big one.
    Mixed,
    /// Readers that never read beside readers that do.
    Slow,
    /// Acks.
    Acks,
}

/// One load generator. Those of one scenario run at once; the next one starts when the one before it publishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// Its rooms.
    pub(crate) rooms: usize,
    /// Its further arguments.
    pub(crate) arguments: Vec<String>,
}

/// What is done to every server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) parts: Vec<Part>,
}

struct Known {
    name: &'static str,
    kind: Kind,
    /// Rooms, and arguments of the load generator; SECONDS stands for the seconds of the command line.
    parts: &'static [(usize, &'static str)],
}

const KNOWN: [Known; 11] = [
    load("A4", &[(1, "--conns 1000 --pubs 4 --window 1 --duration SECONDS")]),
    load("A64", &[(1, "--conns 1000 --pubs 4 --window 16 --duration SECONDS")]),
    load("B", &[(1, "--conns 1000 --pubs 4 --rate 25 --duration SECONDS")]),
    load("Bhalf", &[(1, "--conns 500 --pubs 4 --rate 12.5 --duration SECONDS")]),
    load("C", &[(1000, "--conns 10000 --pubs 1 --rate 1 --duration 6")]),
    load("shoot", &[(1, "--conns 1000 --pubs 4 --window 1 --size 264 --duration SECONDS")]),
    Known {
        name: "D",
        kind: Kind::Churn,
        parts: &[(100, "--mode churn --slots 64 --max 60000 --srcs 8 --duration SECONDS")],
    },
    Known { name: "J", kind: Kind::Join, parts: &[(1, "--mode join --conns 1000 --join-over 900 --settle 2500")] },
    Known {
        name: "mixed",
        kind: Kind::Mixed,
        parts: &[
            (1, "--conns 5000 --pubs 4 --rate 2 --duration 7 --settle 200"),
            (100, "--conns 500 --pubs 1 --rate 5 --duration 3.5 --settle 200"),
        ],
    },
    Known {
        name: "slow",
        kind: Kind::Slow,
        parts: &[(1, "--conns 1000 --silent 100 --pubs 4 --window 16 --size 1024 --duration SECONDS")],
    },
    Known {
        name: "sqlite",
        kind: Kind::Acks,
        parts: &[(64, "--conns 64 --pubs 1 --window 8 --done ack --duration SECONDS")],
    },
];

const fn load(name: &'static str, parts: &'static [(usize, &'static str)]) -> Known {
    Known { name, kind: Kind::Load, parts }
}

/// The scenarios of these names.
pub(crate) fn chosen(names: &[String], seconds: f64) -> Result<Vec<Scenario>, Failure> {
    let find = |name: &String| {
        let known = KNOWN.iter().find(|known| known.name == *name);
        let known = known.ok_or_else(|| format!("there is no scenario named {name}"))?;
        Ok(known.scenario(seconds))
    };
    names.iter().map(find).collect()
}

/// What the table of a scenario shows.
pub(crate) fn kind_of(name: &str) -> Option<Kind> {
    KNOWN.iter().find(|known| known.name == name).map(|known| known.kind)
}

impl Known {
    fn scenario(&self, seconds: f64) -> Scenario {
        let words = |text: &str| text.replace("SECONDS", &seconds.to_string()).split(' ').map(str::to_owned).collect();
        let parts = self.parts.iter().map(|&(rooms, text)| Part { rooms, arguments: words(text) }).collect();
        Scenario { name: self.name, kind: self.kind, parts }
    }
}

impl Scenario {
    /// Whether it says something of this server: acks are those of a durable one.
    pub(crate) fn suits(&self, peer: &Peer) -> bool {
        self.kind != Kind::Acks || peer.is_durable()
    }
}
