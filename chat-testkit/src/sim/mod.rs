//! A simulator.

mod codec;
mod crowd;
mod director;
mod heard;
mod link;
mod node;
mod oracle;
mod panics;
mod pipe;
mod plan;
mod reach;
mod report;
mod settle;
mod stage;
mod store;
mod world;

pub use self::report::{Report, Violation};
use self::stage::Stage;

/// How large a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// How many things happen before all comes to rest.
    pub steps: usize,
    /// At most so many nodes.
    pub nodes: usize,
    /// At most so many users, each with a device or two.
    pub users: usize,
    /// At most so many guests, apart from those who come in mobs.
    pub guests: usize,
    /// Whether the trace is printed as it comes: for runs that hang.
    pub live: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self { steps: 300, nodes: 3, users: 5, guests: 4, live: false }
    }
}

/// Plays what follows from a seed, and has the oracle watch it.
///
/// # Errors
/// The first promise that was broken.
///
/// # Panics
/// Within a tokio runtime: it brings its own.
pub fn run(seed: u64, config: Config) -> Result<Report, Violation> {
    panics::watch();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("a runtime without I/O needs nothing");
    let world = runtime.block_on(async {
        let mut stage = Stage::set(seed, &config).await;
        stage.play().await;
        if !stage.site.world.has_failed() {
            stage.settle().await;
        }
        stage.site.world
    });
    let (violation, trace) = world.end();
    match panics::first().map(|panic| format!("a task panicked: {panic}")).or(violation) {
        Some(what) => Err(Violation { seed, what, trace }),
        None => Ok(Report { trace, ..world.oracle(|oracle| oracle.report.clone()) }),
    }
}
