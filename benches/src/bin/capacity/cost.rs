//! What things cost. Measured unless it is said otherwise: in `benches/README.md` and `docs/scale.md`, on two cores.

use clap::Args;

/// The costs, and what a server and a database can do.
///
/// Two measured scenarios give the cost of a message: with 10 deliveries (C) it is 242 µs of CPU time, and with 1,000 (B) 7,270 µs.
/// So a message costs [`message_us`](Self::message_us), and [`delivery_us`](Self::delivery_us) for each delivery.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Costs {
    /// µs of CPU time that a message costs on each server on which its room is open. On a server that reads it from the store
    /// this is assumed.
    #[arg(long, default_value_t = 171.0)]
    pub(crate) message_us: f64,
    /// µs of CPU time that each delivery of a message, or of a change of presence, costs besides.
    #[arg(long, default_value_t = 7.1)]
    pub(crate) delivery_us: f64,
    /// µs of CPU time for a client that connects and joins a room (D).
    #[arg(long, default_value_t = 116.0)]
    pub(crate) join_us: f64,
    /// Cores of a server.
    #[arg(long, default_value_t = 8.0)]
    pub(crate) cores: f64,
    /// The part of them that is used; the rest is for peaks, and for the clients of a server that fails. A choice.
    #[arg(long, default_value_t = 0.4)]
    pub(crate) used: f64,
    /// Connections of a server: its own limit.
    #[arg(long, default_value_t = 50_000.0)]
    pub(crate) connections_of_server: f64,
    /// Appends a second that a Postgres does, to 64 rooms at one time (`durable`). Its server had two cores, which it shared.
    #[arg(long, default_value_t = 3_234.0)]
    pub(crate) appends: f64,
    /// Times a second that servers read a room's new entries from a database, two statements each. Assumed, not measured.
    #[arg(long, default_value_t = 10_000.0)]
    pub(crate) reads: f64,
    /// Users of a room from which on comings and goings are told together (`BATCH_MEMBERSHIP_FROM`, `Limits::membership_ms`).
    #[arg(long, default_value_t = 500.0)]
    pub(crate) together_from: f64,
    /// How often in a second they are told then, at most.
    #[arg(long, default_value_t = 1.0)]
    pub(crate) together: f64,
}
