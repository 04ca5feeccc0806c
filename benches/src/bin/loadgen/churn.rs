//! Connections that come, join and go: connect, upgrade, join, close, again and again.

use std::ops::Range;

use chat_benches::{Failure, outcome::ChurnOutcome, process::memory};

use crate::{
    clock::{MILLISECOND, SECOND, nanos, seconds},
    connection::{Connection, Stage},
    framing,
    meter::{Durations, Reading},
    options::Options,
    swarm::{Handler, Swarm},
    tally::Tally,
    wire::Writer,
};

/// So long may the answer to a close take.
const CLOSE_LIMIT: u64 = 3 * SECOND;

struct Visitors {
    writer: Writer,
    joins: Durations,
    tally: Tally,
    measured: Range<u64>,
    joined: u64,
    failed: u64,
}

impl Handler for Visitors {
    fn opened(&mut self, _at: usize, connection: &mut Connection) {
        connection.stage = Stage::Joining;
        connection.send(framing::TEXT, self.writer.join(connection.id, connection.room));
    }

    fn text(&mut self, _at: usize, connection: &mut Connection, text: &[u8], now: u64) -> Result<(), Failure> {
        match self.tally.count(text) {
            "joined" if connection.stage == Stage::Joining => {
                if self.measured.contains(&now) {
                    self.joined += 1;
                    self.joins.record(now - connection.opened);
                }
                connection.say_goodbye();
                Ok(())
            }
            "error" => Err(format!("refused: {}", String::from_utf8_lossy(text)).into()),
            _ => Ok(()),
        }
    }

    fn closed(&mut self, _at: usize, stage: Stage) -> Result<(), Failure> {
        self.failed += u64::from(stage != Stage::Closing);
        Ok(())
    }
}

/// Runs the churn.
///
/// # Errors
/// When a connection or a join is refused, or when the server breaks the protocol.
pub(crate) fn run(options: Options, run: u16) -> Result<ChurnOutcome, Failure> {
    let connections = (0..options.slots).map(|_| Connection::idle(0, 0)).collect();
    let swarm = Swarm::new(connections, &options)?;
    let visitors = Visitors {
        writer: Writer::new(options.wire, run, 0),
        joins: Durations::new(),
        tally: Tally::default(),
        measured: u64::MAX..u64::MAX,
        joined: 0,
        failed: 0,
    };
    let mut churn = Churn { swarm, visitors, visits: 0, unanswered: 0, options };
    let before = memory(churn.options.pid).resident;
    let used = churn.measure()?;
    churn.finish()?;
    let Churn { options, visitors, unanswered, .. } = churn;
    Ok(ChurnOutcome {
        label: options.label,
        slots: options.slots,
        rooms: options.rooms,
        seconds: seconds(used.at),
        joined: visitors.joined,
        joins_per_s: visitors.joined as f64 / seconds(used.at),
        latency_us: visitors.joins.quantiles(),
        failed: visitors.failed,
        unanswered_closes: unanswered,
        frames: visitors.tally.into_counts(),
        server_kib: (before, memory(options.pid).resident),
        server_cpu: used.server as f64 / used.at as f64,
        cpu_us_per_join: used.server as f64 / 1e3 / visitors.joined.max(1) as f64,
        loadgen_cpu: used.own as f64 / used.at as f64,
    })
}

struct Churn {
    options: Options,
    swarm: Swarm,
    visitors: Visitors,
    visits: usize,
    unanswered: u64,
}

impl Churn {
    /// Warms up, measures; returns what was used while it was measured.
    fn measure(&mut self) -> Result<Reading, Failure> {
        self.visit_until(self.swarm.clock.now() + nanos(self.options.warmup))?;
        let before = self.reading();
        let end = before.at + nanos(self.options.duration);
        self.visitors.measured = before.at..end;
        self.visit_until(end)?;
        let used = self.reading().since(before);
        self.visitors.measured = u64::MAX..u64::MAX;
        Ok(used)
    }

    fn visit_until(&mut self, end: u64) -> Result<(), Failure> {
        loop {
            let now = self.swarm.clock.now();
            if now >= end || self.visits >= self.options.max {
                return Ok(());
            }
            for at in 0..self.options.slots {
                let connection = &self.swarm.connections[at];
                match connection.stage {
                    Stage::Idle if self.visits < self.options.max => self.visit(at)?,
                    Stage::Closing if now - connection.opened > CLOSE_LIMIT => {
                        self.unanswered += 1;
                        self.swarm.close(at);
                    }
                    _ => {}
                }
            }
            self.swarm.turn(now + 5 * MILLISECOND, &mut self.visitors)?;
        }
    }

    fn visit(&mut self, at: usize) -> Result<(), Failure> {
        let connection = &mut self.swarm.connections[at];
        connection.id = self.visits as u32;
        connection.room = (self.visits % self.options.rooms) as u32;
        self.visits += 1;
        self.swarm.open(at)
    }

    /// Lets those under way end.
    fn finish(&mut self) -> Result<(), Failure> {
        let end = self.swarm.clock.now() + 2 * SECOND;
        while self.swarm.clock.now() < end && self.swarm.connections.iter().any(|c| c.stage != Stage::Idle) {
            self.swarm.turn(end.min(self.swarm.clock.now() + 20 * MILLISECOND), &mut self.visitors)?;
        }
        Ok(())
    }

    fn reading(&self) -> Reading {
        Reading::now(self.swarm.clock.now(), self.options.pid, self.swarm.reads)
    }
}
