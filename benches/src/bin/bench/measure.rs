//! One run: a fresh server, its rooms, the load generators.

use std::{
    env,
    path::PathBuf,
    thread::sleep,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use chat_benches::{
    Failure,
    outcome::Outcome,
    process::{busy_ticks, load_average, pin},
};

use crate::{
    generator::Generator,
    options::Options,
    peers::{Peer, Speaks},
    record::Record,
    rest,
    scenarios::{Part, Scenario},
    server::Server,
};

/// Below the range of ephemeral ports.
const FIRST_PORT: u16 = 3001;
/// Ticks a second, as /proc counts them.
const TICKS: f64 = 100.0;

/// Runs scenarios, one after the other.
pub(crate) struct Measure {
    server_cpu: usize,
    load_cpu: usize,
    data: PathBuf,
    port: u16,
    run: u16,
}

impl Measure {
    pub(crate) fn new(options: &Options) -> Result<Self, Failure> {
        let &Options { server_cpu, load_cpu, .. } = options;
        for cpu in [server_cpu, load_cpu] {
            pin(cpu).map_err(|error| format!("CPU {cpu}: {error}"))?;
        }
        let data = options.data.clone().unwrap_or_else(env::temp_dir);
        Ok(Self { server_cpu, load_cpu, data, port: FIRST_PORT, run: 0 })
    }

    /// Runs a scenario on a server. What goes wrong is told in the record.
    pub(crate) fn run(&mut self, scenario: &Scenario, peer: &Peer, rep: usize) -> Record {
        let (start, busy) = (Instant::now(), busy_ticks());
        let result = self.outcomes(scenario, peer);
        let busy_cores = (busy_ticks() - busy) as f64 / TICKS / start.elapsed().as_secs_f64();
        let (outcomes, error) = match result {
            Ok(outcomes) => (outcomes, None),
            Err(error) => (Vec::new(), Some(error.to_string())),
        };
        Record {
            scenario: scenario.name.to_owned(),
            peer: peer.name.clone(),
            rep,
            unix_seconds: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
            load_average: load_average(),
            busy_cores,
            outcomes,
            error,
        }
    }

    fn outcomes(&mut self, scenario: &Scenario, peer: &Peer) -> Result<Vec<Outcome>, Failure> {
        // A process inherits the CPU of the thread that starts it.
        pin(self.server_cpu)?;
        let server = Server::start(peer, self.port, &self.data)?;
        self.port = if server.port < 15_000 { server.port + 1 } else { FIRST_PORT };
        pin(self.load_cpu)?;
        sleep(Duration::from_millis(300)); // so that its start is not measured
        let mut generators: Vec<Generator> = Vec::new();
        for part in &scenario.parts {
            if let Some(before) = generators.last() {
                before.wait_until_publishing();
            }
            self.run = self.run.wrapping_add(1);
            if peer.speaks == Speaks::Native {
                let run = self.run;
                rest::make_rooms(server.port, (0..part.rooms).map(|n| format!("r{run:04x}-{n}")))?;
            }
            generators.push(Generator::start(&self.arguments(scenario, peer, &server, part))?);
        }
        generators.into_iter().map(Generator::outcome).collect()
    }

    fn arguments(&self, scenario: &Scenario, peer: &Peer, server: &Server, part: &Part) -> Vec<String> {
        let label = format!("{}/{}", scenario.name, peer.name);
        let common = [
            ("--port", server.port.to_string()),
            ("--pid", server.pid().to_string()),
            ("--rooms", part.rooms.to_string()),
            ("--run", format!("{:04x}", self.run)),
            ("--label", label),
        ];
        let common = common.into_iter().flat_map(|(option, value)| [option.to_owned(), value]);
        let wire = peer.speaks.arguments().iter().map(|&word| word.to_owned());
        common.chain(wire).chain(part.arguments.iter().cloned()).collect()
    }
}
