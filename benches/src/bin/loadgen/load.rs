//! Publishers in rooms: join, wait for quiet, publish, measure, check.

use chat_benches::{
    Failure,
    outcome::{Joining, LoadOutcome, ServerUse, Silent},
    process::memory,
};

use crate::{
    audience::Audience,
    clock::{MILLISECOND, SECOND, nanos, seconds},
    connection::{Connection, Stage},
    framing,
    meter::{Durations, Reading},
    options::{Done, Options},
    publishers::Timetable,
    swarm::Swarm,
    wire::Marker,
};

/// So long may joining take.
const JOIN_LIMIT: u64 = 60 * SECOND;
/// After so long without an answer a join is sent again: some servers lose one that comes before they are ready for it.
const JOIN_AGAIN: u64 = 2 * SECOND;
/// So long is quiet waited for.
const QUIET_LIMIT: u64 = 30 * SECOND;

struct Load {
    options: Options,
    swarm: Swarm,
    audience: Audience,
    late: Durations,
}

/// Runs the load.
///
/// # Errors
/// When a connection is refused or ends before it has joined, or when the server breaks the protocol.
pub(crate) fn run(options: Options, run: u16) -> Result<LoadOutcome, Failure> {
    let total = options.conns + options.silent;
    let mut connections: Vec<_> = (0..total).map(|i| Connection::idle(i as u32, (i % options.rooms) as u32)).collect();
    // So that what the silent do not read waits in the server, not in the kernel on their side.
    connections[options.conns..].iter_mut().for_each(|silent| silent.narrow = true);
    let swarm = Swarm::new(connections, &options)?;
    let audience = Audience::new(&options, run);
    let mut load = Load { options, swarm, audience, late: Durations::new() };

    let base = memory(load.options.pid).resident;
    let joining = load.join()?;
    let idle = memory(load.options.pid).resident;
    load.deafen_silent(true)?;
    eprintln!("loadgen: publishing"); // the runner waits for this
    let used = load.publish()?;
    let loaded = memory(load.options.pid);
    load.drain()?;
    load.hear_silent()?;

    let deliveries = load.audience.deliveries.max(1) as f64;
    let server = ServerUse {
        base_kib: base,
        idle_kib: idle,
        loaded_kib: loaded.resident,
        peak_kib: loaded.peak,
        idle_kib_per_connection: (idle as f64 - base as f64) / total as f64,
        cpu: used.server as f64 / used.at as f64,
        cpu_us_per_delivery: used.server as f64 / 1e3 / deliveries,
        context_switches: used.switches,
    };
    Ok(load.outcome(joining, server, used))
}

impl Load {
    /// Opens and joins everyone, and waits until it is quiet.
    fn join(&mut self) -> Result<Joining, Failure> {
        let total = self.swarm.connections.len();
        let start = self.swarm.clock.now();
        let (mut opened, mut again) = (0, start + JOIN_AGAIN);
        while self.audience.joined < total {
            while opened < total && opened - self.audience.joined < self.options.opening {
                self.swarm.open(opened)?;
                opened += 1;
            }
            let now = self.swarm.clock.now();
            if now - start > JOIN_LIMIT {
                return Err(format!("only {} of {total} have joined", self.audience.joined).into());
            }
            if now > again {
                again = now + JOIN_AGAIN;
                self.join_again(now);
            }
            self.swarm.turn(now + 100 * MILLISECOND, &mut self.audience)?;
        }
        let seconds = seconds(self.swarm.clock.now() - start);
        self.settle()?;
        let tally = std::mem::take(&mut self.audience.tally);
        Ok(Joining {
            seconds,
            latency_us: self.audience.joins.quantiles(),
            membership_frames: tally.membership(),
            largest_joined: tally.largest_joined,
            frames: tally.into_counts(),
        })
    }

    fn join_again(&mut self, now: u64) {
        let is_waiting = |it: &&mut Connection| it.stage == Stage::Joining && now - it.opened > JOIN_AGAIN;
        for connection in self.swarm.connections.iter_mut().filter(is_waiting) {
            connection.send(framing::TEXT, self.audience.writer.join(connection.id, connection.room));
        }
    }

    fn settle(&mut self) -> Result<(), Failure> {
        let quiet = self.options.settle * MILLISECOND;
        let start = self.swarm.clock.now();
        self.swarm.last_heard = start;
        loop {
            let now = self.swarm.clock.now();
            if now - self.swarm.last_heard >= quiet || now - start > QUIET_LIMIT {
                return Ok(());
            }
            self.swarm.turn(now + quiet / 4, &mut self.audience)?;
        }
    }

    fn deafen_silent(&mut self, deaf: bool) -> Result<(), Failure> {
        (self.options.conns..self.swarm.connections.len()).try_for_each(|at| self.swarm.deafen(at, deaf))
    }

    /// Publishes while it warms up and while it is measured. Returns what was used while it was measured.
    fn publish(&mut self) -> Result<Reading, Failure> {
        let now = self.swarm.clock.now();
        let start = now + nanos(self.options.warmup);
        let mut timetable = Timetable::new(self.audience.publishers.len(), self.options.rate, now);
        self.audience.publishers.start(now);
        self.publish_until(start, &mut timetable)?;

        let before = self.reading();
        // What is measured begins when the counters have been read.
        let end = before.at + nanos(self.options.duration);
        self.audience.measured = before.at..end;
        self.late.clear();
        self.publish_until(end, &mut timetable)?;
        Ok(self.reading().since(before))
    }

    fn publish_until(&mut self, end: u64, timetable: &mut Timetable) -> Result<(), Failure> {
        loop {
            let now = self.swarm.clock.now();
            if now >= end {
                return Ok(());
            }
            self.audience.publishers.give_up_stalled(now);
            while let Some((due, p)) = timetable.next(now) {
                self.late.record(now - due);
                self.send(p, due);
            }
            while let Some(p) = self.audience.publishers.free() {
                self.send(p, self.swarm.clock.now());
            }
            let until = end.min(timetable.next_at()).min(now + 50 * MILLISECOND);
            self.swarm.turn(until, &mut self.audience)?;
        }
    }

    fn send(&mut self, p: u32, at: u64) {
        let audience = &mut self.audience;
        let (seat, room) = Audience::seat(p, &self.options);
        let acked = self.options.done == Done::Ack;
        let receipts = if acked { 1 } else { audience.ledger.members_of(room as usize) as u32 };
        let seq = audience.publishers.send(p, receipts, at);
        let frame = audience.writer.message(room, Marker { publisher: p, seq, at }, acked);
        self.swarm.connections[seat].send(framing::TEXT, frame);
    }

    /// Waits for deliveries that are under way.
    fn drain(&mut self) -> Result<(), Failure> {
        let end = self.swarm.clock.now() + nanos(self.options.drain);
        let expected = self.audience.ledger.expected(&self.audience.publishers.sent());
        while self.audience.ledger.outstanding(expected) > 0 && self.swarm.clock.now() < end {
            self.swarm.turn(end.min(self.swarm.clock.now() + 20 * MILLISECOND), &mut self.audience)?;
        }
        Ok(())
    }

    /// Lets the silent read at last, until it is quiet, to see whom the server has closed.
    fn hear_silent(&mut self) -> Result<(), Failure> {
        if self.options.silent == 0 {
            return Ok(());
        }
        self.deafen_silent(false)?;
        self.settle()
    }

    fn reading(&self) -> Reading {
        Reading::now(self.swarm.clock.now(), self.options.pid, self.swarm.reads)
    }

    fn outcome(self, joining: Joining, server: ServerUse, used: Reading) -> LoadOutcome {
        let Self { options, audience, late, .. } = self;
        let sent = audience.publishers.sent();
        let mut checks = audience.ledger.checks(&sent);
        checks.closed = audience.closed;
        checks.stalls = audience.publishers.stalls;
        let wall = seconds(used.at);
        LoadOutcome {
            label: options.label,
            connections: options.conns,
            rooms: options.rooms,
            publishers: options.pubs,
            rate: options.rate,
            window: options.window,
            size: options.size,
            seconds: wall,
            sent: sent.iter().map(|&n| u64::from(n)).sum(),
            deliveries: audience.deliveries,
            deliveries_per_s: audience.deliveries as f64 / wall,
            done_per_s: audience.done_count as f64 / wall,
            latency_us: audience.latency.quantiles(),
            ack_us: (options.done == Done::Ack).then(|| audience.acks.quantiles()),
            late_us: late.quantiles(),
            deliveries_per_read: audience.deliveries as f64 / used.reads.max(1) as f64,
            checks,
            joining,
            first_error: audience.tally.first_error.clone(),
            frames: audience.tally.into_counts(),
            server,
            silent: (options.silent > 0).then_some(Silent { count: options.silent, ..audience.silent }),
            loadgen_cpu: used.own as f64 / used.at as f64,
            stolen_ticks: used.stolen,
        }
    }
}
