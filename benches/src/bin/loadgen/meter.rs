//! What server and load generator used, and quantiles.

use chat_benches::{
    outcome::Quantiles,
    process::{context_switches, cpu_ns, stolen_ticks},
};
use hdrhistogram::Histogram;

/// Counters that only grow, read at one moment.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Reading {
    /// When.
    pub(crate) at: u64,
    /// Nanoseconds of CPU used by the server.
    pub(crate) server: u64,
    /// Nanoseconds of CPU used by this process.
    pub(crate) own: u64,
    /// Context switches of the server.
    pub(crate) switches: u64,
    /// Ticks stolen by the hypervisor.
    pub(crate) stolen: u64,
    /// Reads from sockets.
    pub(crate) reads: u64,
}

impl Reading {
    /// Reads everything, for the server `pid`.
    pub(crate) fn now(at: u64, pid: u32, reads: u64) -> Self {
        let own = cpu_ns(std::process::id());
        Self { at, server: cpu_ns(pid), own, switches: context_switches(pid), stolen: stolen_ticks(), reads }
    }

    /// What was used since `earlier`.
    pub(crate) fn since(self, earlier: Self) -> Self {
        Self {
            at: self.at - earlier.at,
            server: self.server.saturating_sub(earlier.server),
            own: self.own.saturating_sub(earlier.own),
            switches: self.switches.saturating_sub(earlier.switches),
            stolen: self.stolen.saturating_sub(earlier.stolen),
            reads: self.reads - earlier.reads,
        }
    }
}

/// Durations, of which quantiles are wanted.
#[derive(Debug)]
pub(crate) struct Durations(Histogram<u64>);

impl Durations {
    pub(crate) fn new() -> Self {
        // Three digits; it grows as needed. The constructor fails only for more than five digits.
        Self(Histogram::new(3).unwrap_or_else(|_| unreachable!("three digits are few enough")))
    }

    pub(crate) fn record(&mut self, nanos: u64) {
        // It resizes itself, so that every value fits.
        let _ = self.0.record(nanos.max(1));
    }

    pub(crate) fn clear(&mut self) {
        self.0.reset();
    }

    pub(crate) fn quantiles(&self) -> Quantiles {
        let us = |q| self.0.value_at_quantile(q) as f64 / 1e3;
        Quantiles {
            count: self.0.len(),
            min: self.0.min() as f64 / 1e3,
            p50: us(0.5),
            p95: us(0.95),
            p99: us(0.99),
            p999: us(0.999),
            max: self.0.max() as f64 / 1e3,
        }
    }
}
