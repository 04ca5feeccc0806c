//! What one run of the load generator reports: one JSON object.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Actions of the frames that tell of a room's membership.
pub const MEMBERSHIP: [&str; 3] = ["user-joined", "user-left", "members-changed"];

/// What a run found, by mode.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "lowercase")]
pub enum Outcome {
    /// Publishers in rooms.
    Load(Box<LoadOutcome>),
    /// Connections that come, join and go.
    Churn(ChurnOutcome),
    /// Many clients that join one room at once.
    Join(JoinOutcome),
}

/// Quantiles, in microseconds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Quantiles {
    /// How many were recorded.
    pub count: u64,
    /// The least.
    pub min: f64,
    /// Half were not above it.
    pub p50: f64,
    /// 95 % were not above it.
    pub p95: f64,
    /// 99 % were not above it.
    pub p99: f64,
    /// 99.9 % were not above it.
    pub p999: f64,
    /// The most.
    pub max: f64,
}

/// Publishers in rooms: what was asked for, measured and checked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LoadOutcome {
    /// As given on the command line.
    pub label: String,
    /// Members that read, over all rooms.
    pub connections: usize,
    /// Rooms.
    pub rooms: usize,
    /// Publishers in each room.
    pub publishers: usize,
    /// Messages a second and publisher; 0 in a closed loop.
    pub rate: f64,
    /// Messages in flight per publisher; 0 in an open loop.
    pub window: usize,
    /// Bytes of a message's text.
    pub size: usize,
    /// Seconds measured.
    pub seconds: f64,
    /// Messages sent, warming up included.
    pub sent: u64,
    /// Deliveries while it was measured.
    pub deliveries: u64,
    /// Deliveries a second.
    pub deliveries_per_s: f64,
    /// Messages done a second: the whole room has them, or they were acked.
    pub done_per_s: f64,
    /// From the (scheduled) sending to one member's delivery.
    pub latency_us: Quantiles,
    /// From sending to the ack, where acks were waited for.
    pub ack_us: Option<Quantiles>,
    /// How late the open loop sent.
    pub late_us: Quantiles,
    /// Deliveries taken from one read.
    pub deliveries_per_read: f64,
    /// Loss, doubles, disorder.
    pub checks: Checks,
    /// How joining went.
    pub joining: Joining,
    /// Frames after joining that are no deliveries, by action.
    pub frames: BTreeMap<String, u64>,
    /// The first error frame after joining.
    pub first_error: Option<String>,
    /// The server process.
    pub server: ServerUse,
    /// Readers that never read, where there were any.
    pub silent: Option<Silent>,
    /// CPU of the load generator, in cores. Near 1 it bounds the rate.
    pub loadgen_cpu: f64,
    /// Ticks stolen by the hypervisor meanwhile.
    pub stolen_ticks: u64,
}

/// What was wrong with the deliveries. All but `expected` should be 0.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checks {
    /// Deliveries that should have been.
    pub expected: u64,
    /// Deliveries that never came.
    pub lost: u64,
    /// Deliveries that came again.
    pub duplicated: u64,
    /// Deliveries of one publisher that came after a later one of the same publisher.
    pub out_of_order: u64,
    /// Members that have everything, but in another order than the first such member of their room.
    pub diverged: u64,
    /// Members that have not everything.
    pub partial: u64,
    /// Members the server closed.
    pub closed: u64,
    /// Times a publisher waited two seconds for a message to be done and went on without.
    pub stalls: u64,
}

/// How joining went.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Joining {
    /// From the first connection to the last `joined`.
    pub seconds: f64,
    /// From a connection's start to its `joined`.
    pub latency_us: Quantiles,
    /// Frames until everything was quiet, `joined` among them, by action.
    pub frames: BTreeMap<String, u64>,
    /// Of these, frames that tell of membership.
    pub membership_frames: u64,
    /// Bytes of the largest `joined`.
    pub largest_joined: usize,
}

/// What the server process used.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ServerUse {
    /// Resident before the first connection, in KiB.
    pub base_kib: u64,
    /// Resident when all had joined and it was quiet, in KiB.
    pub idle_kib: u64,
    /// Resident at the end of the measurement, in KiB.
    pub loaded_kib: u64,
    /// The most ever resident, in KiB.
    pub peak_kib: u64,
    /// Growth per idle connection, in KiB.
    pub idle_kib_per_connection: f64,
    /// CPU, in cores.
    pub cpu: f64,
    /// CPU per delivery, in microseconds.
    pub cpu_us_per_delivery: f64,
    /// Context switches of its threads.
    pub context_switches: u64,
}

/// Readers that joined and never read while it was measured.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Silent {
    /// How many.
    pub count: usize,
    /// How many of them, when they read at last, found that the server had closed them.
    pub closed: u64,
    /// The close codes they found; those without one are not among them.
    pub close_codes: BTreeMap<u16, u64>,
}

/// Connections that come, join and go.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChurnOutcome {
    /// As given on the command line.
    pub label: String,
    /// Connections held in flight.
    pub slots: usize,
    /// Rooms.
    pub rooms: usize,
    /// Seconds measured.
    pub seconds: f64,
    /// Connections that joined meanwhile.
    pub joined: u64,
    /// The same, a second.
    pub joins_per_s: f64,
    /// From a connection's start to its `joined`.
    pub latency_us: Quantiles,
    /// Connections that ended before they had joined.
    pub failed: u64,
    /// Closes that were not answered within three seconds.
    pub unanswered_closes: u64,
    /// Frames, by action.
    pub frames: BTreeMap<String, u64>,
    /// Resident before and after, in KiB.
    pub server_kib: (u64, u64),
    /// CPU of the server, in cores.
    pub server_cpu: f64,
    /// CPU of the server per connection, in microseconds.
    pub cpu_us_per_join: f64,
    /// CPU of the load generator, in cores.
    pub loadgen_cpu: f64,
}

/// Many clients that join one room at once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct JoinOutcome {
    /// As given on the command line.
    pub label: String,
    /// Clients.
    pub connections: usize,
    /// Seconds from the first join sent to the last `joined` received.
    pub seconds: f64,
    /// From a join sent to its `joined`.
    pub latency_us: Quantiles,
    /// Frames, by action, until everything was quiet.
    pub frames: BTreeMap<String, u64>,
    /// Of these, frames that tell of membership.
    pub membership_frames: u64,
    /// Bytes of the largest `joined`.
    pub largest_joined: usize,
    /// Bytes received, framing included.
    pub bytes: u64,
    /// Clients the server closed.
    pub closed: u64,
    /// Resident before, after and at most, in KiB.
    pub server_kib: (u64, u64, u64),
    /// CPU of the server, in seconds.
    pub server_cpu_s: f64,
}
