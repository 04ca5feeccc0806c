//! What a run comes to.

use std::fmt;

/// What happened in a run that broke no promise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each is a count of what it is named after")]
pub struct Report {
    pub entries: u64,
    pub deliveries: u64,
    pub frames: u64,
    pub signals: u64,
    pub requests: u64,
    pub connections: u64,
    pub acks: u64,
    pub retries: u64,
    pub reused: u64,
    pub resumed: u64,
    pub gaps: u64,
    pub resets: u64,
    pub revoked: u64,
    pub guests_gone: u64,
    pub guests_made_way: u64,
    pub crashes: u64,
    pub drains: u64,
    pub too_slow: u64,
    /// All that happened, line by line, with the virtual time in milliseconds.
    pub trace: Vec<String>,
}

/// A broken promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The seed that shows it again.
    pub seed: u64,
    /// What is wrong.
    pub what: String,
    /// All that happened until then.
    pub trace: Vec<String>,
}

/// How much of a trace is printed: what led to a violation is mostly near it.
const LINES: usize = 200;

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = self.trace.len().saturating_sub(LINES);
        for line in &self.trace[from..] {
            writeln!(f, "{line}")?;
        }
        write!(f, "seed {}: {}", self.seed, self.what)
    }
}

impl std::error::Error for Violation {}

impl Report {
    /// Adds up what happened in another run; its trace is left out.
    pub fn add(&mut self, other: &Self) {
        let counts = [
            (&mut self.entries, other.entries),
            (&mut self.deliveries, other.deliveries),
            (&mut self.frames, other.frames),
            (&mut self.signals, other.signals),
            (&mut self.requests, other.requests),
            (&mut self.connections, other.connections),
            (&mut self.acks, other.acks),
            (&mut self.retries, other.retries),
            (&mut self.reused, other.reused),
            (&mut self.resumed, other.resumed),
            (&mut self.gaps, other.gaps),
            (&mut self.resets, other.resets),
            (&mut self.revoked, other.revoked),
            (&mut self.guests_gone, other.guests_gone),
            (&mut self.guests_made_way, other.guests_made_way),
            (&mut self.crashes, other.crashes),
            (&mut self.drains, other.drains),
            (&mut self.too_slow, other.too_slow),
        ];
        for (count, more) in counts {
            *count += more;
        }
    }
}
