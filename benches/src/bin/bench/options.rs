//! What the command line says.

use std::path::PathBuf;

use clap::Parser;

/// Runs scenarios against servers, again and again, and prints tables (Markdown).
#[derive(Debug, Parser)]
#[command(name = "bench")]
pub(crate) struct Options {
    /// Which scenarios, by name; see benches/README.md.
    #[arg(long, value_delimiter = ',', default_value = "A4,A64,B,C,D,J,mixed,slow")]
    pub(crate) scenarios: Vec<String>,
    /// Which servers: ours, ours-sqlite, ours-socketio, axum-bcast, axum-bcast-nd, axum-bcast-shared, axum-bcast-tuned, axum-mpsc,
    /// axum-mpsc-nd, or the name of a --peer. Those given by --peer take part in any case.
    #[arg(long, value_delimiter = ',', default_value = "ours,axum-bcast,axum-mpsc-nd")]
    pub(crate) peers: Vec<String>,
    /// A further server: NAME=COMMAND, NAME:native=COMMAND or NAME:socketio=COMMAND. The command may begin with
    /// VARIABLE=VALUE, and holds {port}; its words are split at blanks. It serves the basic exchange at /ws; a native one
    /// serves the whole wire at /chat, and its rooms are made by REST first; one of Socket.IO has the exchange's events.
    #[arg(long = "peer", value_name = "NAME=COMMAND")]
    pub(crate) extra: Vec<String>,
    /// How often everything is done.
    #[arg(long, default_value_t = 3)]
    pub(crate) reps: usize,
    /// Seconds measured by most scenarios.
    #[arg(long, default_value_t = 4.0)]
    pub(crate) seconds: f64,
    /// A file to which one JSON line is appended per run.
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
    /// Prints the tables of these files and does nothing else.
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub(crate) table: Vec<PathBuf>,
    /// Our server; by default chat-server beside this binary.
    #[arg(long)]
    pub(crate) server: Option<PathBuf>,
    /// Where databases are put, in a temporary folder; by default the system's place for those.
    #[arg(long)]
    pub(crate) data: Option<PathBuf>,
    /// The CPU of the servers.
    #[arg(long, default_value_t = 0)]
    pub(crate) server_cpu: usize,
    /// The CPU of the load generators.
    #[arg(long, default_value_t = 1)]
    pub(crate) load_cpu: usize,
    /// The niceness of all of them. A negative one needs root.
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    pub(crate) nice: i32,
    /// Stays in the network namespace it is started in. Without this, root gets one of its own.
    #[arg(long)]
    pub(crate) same_network: bool,
}
