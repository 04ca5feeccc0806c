//! Time, in nanoseconds since the load generator started.

use std::time::Instant;

pub(crate) const SECOND: u64 = 1_000_000_000;
pub(crate) const MILLISECOND: u64 = 1_000_000;

/// The load generator's clock. It never goes backwards.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock(Instant);

impl Clock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn now(self) -> u64 {
        self.0.elapsed().as_nanos() as u64
    }
}

/// Nanoseconds of `seconds`.
pub(crate) fn nanos(seconds: f64) -> u64 {
    (seconds * 1e9) as u64
}

/// Seconds of `nanos`.
pub(crate) fn seconds(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}
