//! What the command line says.

use clap::{Parser, ValueEnum};

use crate::wire::{self, Wire};

/// Drives a chat server over loopback and checks every delivery. One JSON object goes to standard output.
///
/// One thread and one edge-triggered epoll; the target is always 127.0.0.1.
#[derive(Debug, Clone, Parser)]
#[command(name = "loadgen")]
pub(crate) struct Options {
    /// The server's port.
    #[arg(long)]
    pub(crate) port: u16,
    /// What the server speaks.
    #[arg(long, value_enum, default_value_t = Wire::Native)]
    pub(crate) wire: Wire,
    /// The path of the WebSocket; by default /chat, or Socket.IO's own.
    #[arg(long)]
    path: Option<String>,
    /// What to do.
    #[arg(long, value_enum, default_value_t = Mode::Load)]
    pub(crate) mode: Mode,
    /// Members that read, spread round robin over the rooms.
    #[arg(long, default_value_t = 100)]
    pub(crate) conns: usize,
    /// Rooms, named rRUN-0, rRUN-1, …
    #[arg(long, default_value_t = 1)]
    pub(crate) rooms: usize,
    /// Publishers in each room: its first members.
    #[arg(long, default_value_t = 1)]
    pub(crate) pubs: usize,
    /// Open loop: messages a second and publisher; latency counts from the time the message was due.
    #[arg(long, default_value_t = 0.0)]
    pub(crate) rate: f64,
    /// Closed loop: messages in flight per publisher.
    #[arg(long, default_value_t = 0)]
    pub(crate) window: usize,
    /// When a message of the closed loop is done.
    #[arg(long, value_enum, default_value_t = Done::Room)]
    pub(crate) done: Done,
    /// Bytes of a message's text.
    #[arg(long, default_value_t = 64)]
    pub(crate) size: usize,
    /// Seconds of load before it is measured.
    #[arg(long, default_value_t = 1.0)]
    pub(crate) warmup: f64,
    /// Seconds measured.
    #[arg(long, default_value_t = 5.0)]
    pub(crate) duration: f64,
    /// Seconds to wait, at most, for deliveries that are under way at the end.
    #[arg(long, default_value_t = 5.0)]
    pub(crate) drain: f64,
    /// Milliseconds without a frame that count as quiet after joining.
    #[arg(long, default_value_t = 1000)]
    pub(crate) settle: u64,
    /// Further members that join and then do not read until the end.
    #[arg(long, default_value_t = 0)]
    pub(crate) silent: usize,
    /// Connections being opened at a time.
    #[arg(long, default_value_t = 128)]
    pub(crate) opening: usize,
    /// Source addresses, 127.0.0.2 and up, over which ephemeral ports are spread.
    #[arg(long, default_value_t = 1)]
    pub(crate) srcs: u32,
    /// join: milliseconds over which the joins are spread.
    #[arg(long, default_value_t = 900)]
    pub(crate) join_over: u64,
    /// churn: connections held in flight.
    #[arg(long, default_value_t = 64)]
    pub(crate) slots: usize,
    /// churn: connections at most.
    #[arg(long, default_value_t = 50_000)]
    pub(crate) max: usize,
    /// The server's process, whose memory and CPU are read.
    #[arg(long, default_value_t = 0)]
    pub(crate) pid: u32,
    /// The CPU to run on.
    #[arg(long)]
    pub(crate) pin: Option<usize>,
    /// Copied to the report.
    #[arg(long, default_value = "")]
    pub(crate) label: String,
    /// Names the run (4 hex digits), so that two load generators can share a server.
    #[arg(long, value_parser = run_id)]
    pub(crate) run: Option<u16>,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// Join, publish, measure.
    Load,
    /// Connect, join, close, again and again.
    Churn,
    /// Connect all, then join all, and count what is told of it.
    Join,
}

/// When a message of the closed loop is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Done {
    /// When the whole room has it.
    Room,
    /// When the server acked it with `sent`.
    Ack,
}

impl Options {
    /// The options, if they make sense together.
    pub(crate) fn checked(self) -> Result<Self, String> {
        if self.rooms == 0 || self.conns == 0 || self.slots == 0 {
            return Err("--rooms, --conns and --slots must be at least 1".into());
        }
        if self.size < wire::MARKER {
            return Err(format!("--size must be at least {}", wire::MARKER));
        }
        if self.mode != Mode::Load {
            return Ok(self);
        }
        if (self.rate > 0.0) == (self.window > 0) {
            return Err("give exactly one of --rate and --window".into());
        }
        if self.pubs == 0 || self.conns / self.rooms < self.pubs {
            return Err("every room needs as many members as publishers, and at least one".into());
        }
        if self.done == Done::Ack && self.window == 0 {
            return Err("--done ack goes with --window".into());
        }
        if self.done == Done::Ack && self.wire == Wire::Socketio {
            return Err("--done ack is of the native wire".into());
        }
        Ok(self)
    }

    /// The path of the WebSocket.
    pub(crate) fn path(&self) -> &str {
        self.path.as_deref().unwrap_or_else(|| self.wire.path())
    }
}

fn run_id(text: &str) -> Result<u16, String> {
    u16::from_str_radix(text, 16).map_err(|_| "4 hex digits are wanted".into())
}
