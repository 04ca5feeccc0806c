//! Many clients that join their rooms at once: how many frames are told of it, and how large `joined` grows.

use chat_benches::{
    Failure,
    outcome::JoinOutcome,
    process::{cpu_ns, memory},
};

use crate::{
    clock::{MILLISECOND, SECOND, seconds},
    connection::{Connection, Stage},
    framing,
    meter::Durations,
    options::Options,
    swarm::{Handler, Swarm},
    tally::Tally,
    wire::Writer,
};

/// So long is a step waited for.
const LIMIT: u64 = 60 * SECOND;

#[derive(Default)]
struct Crowd {
    open: usize,
    joined: usize,
    last_joined: u64,
    closed: u64,
    tally: Tally,
    /// When each one's join was sent, by place.
    asked: Vec<u64>,
    took: Vec<u64>,
}

impl Handler for Crowd {
    fn opened(&mut self, _at: usize, _connection: &mut Connection) {
        self.open += 1;
    }

    fn text(&mut self, at: usize, connection: &mut Connection, text: &[u8], now: u64) -> Result<(), Failure> {
        match self.tally.count(text) {
            "joined" if connection.stage == Stage::Joining => {
                connection.stage = Stage::Joined;
                self.joined += 1;
                self.last_joined = now;
                self.took.push(now - self.asked[at]);
                Ok(())
            }
            "error" => Err(format!("refused: {}", String::from_utf8_lossy(text)).into()),
            _ => Ok(()),
        }
    }

    fn closed(&mut self, at: usize, stage: Stage) -> Result<(), Failure> {
        if stage != Stage::Joined {
            return Err(format!("connection {at} was closed while it was {stage:?}").into());
        }
        self.closed += 1;
        Ok(())
    }
}

/// Runs the burst.
///
/// # Errors
/// When a connection or a join is refused or takes too long, or when the server breaks the protocol.
pub(crate) fn run(options: Options, run: u16) -> Result<JoinOutcome, Failure> {
    let connections = (0..options.conns).map(|i| Connection::idle(i as u32, (i % options.rooms) as u32)).collect();
    let mut swarm = Swarm::new(connections, &options)?;
    let mut crowd = Crowd { asked: vec![0; options.conns], ..Crowd::default() };
    let before = memory(options.pid).resident;
    open_all(&options, &mut swarm, &mut crowd)?;

    let (start, cpu, bytes) = (swarm.clock.now(), cpu_ns(options.pid), swarm.bytes);
    join_all(&options, &mut swarm, &mut crowd, &mut Writer::new(options.wire, run, 0))?;
    settle(&options, &mut swarm, &mut crowd)?;
    let server_cpu_s = seconds(cpu_ns(options.pid).saturating_sub(cpu));

    let after = memory(options.pid);
    let mut latency = Durations::new();
    crowd.took.iter().for_each(|&took| latency.record(took));
    Ok(JoinOutcome {
        label: options.label,
        connections: options.conns,
        seconds: seconds(crowd.last_joined - start),
        latency_us: latency.quantiles(),
        membership_frames: crowd.tally.membership(),
        largest_joined: crowd.tally.largest_joined,
        frames: crowd.tally.into_counts(),
        bytes: swarm.bytes - bytes,
        closed: crowd.closed,
        server_kib: (before, after.resident, after.peak),
        server_cpu_s,
    })
}

fn open_all(options: &Options, swarm: &mut Swarm, crowd: &mut Crowd) -> Result<(), Failure> {
    let end = swarm.clock.now() + LIMIT;
    let mut opened = 0;
    while crowd.open < options.conns {
        while opened < options.conns && opened - crowd.open < options.opening {
            swarm.open(opened)?;
            opened += 1;
        }
        turn_before(end, swarm, crowd)?;
    }
    Ok(())
}

/// Sends the joins, spread evenly, and waits until all are answered.
fn join_all(options: &Options, swarm: &mut Swarm, crowd: &mut Crowd, writer: &mut Writer) -> Result<(), Failure> {
    let start = swarm.clock.now();
    let due = |i: usize| start + options.join_over * MILLISECOND * i as u64 / options.conns as u64;
    let mut asked = 0;
    while crowd.joined < options.conns {
        let now = swarm.clock.now();
        while asked < options.conns && due(asked) <= now {
            let connection = &mut swarm.connections[asked];
            connection.stage = Stage::Joining;
            connection.send(framing::TEXT, writer.join(connection.id, connection.room));
            crowd.asked[asked] = now;
            asked += 1;
        }
        if asked < options.conns {
            swarm.turn(due(asked), crowd)?;
        } else {
            turn_before(start + LIMIT, swarm, crowd)?;
        }
    }
    Ok(())
}

/// Waits until nothing is heard any more; what is told in batches may come late.
fn settle(options: &Options, swarm: &mut Swarm, crowd: &mut Crowd) -> Result<(), Failure> {
    let (quiet, end) = (options.settle * MILLISECOND, swarm.clock.now() + LIMIT);
    swarm.last_heard = swarm.clock.now();
    while swarm.clock.now() - swarm.last_heard < quiet && swarm.clock.now() < end {
        swarm.turn(swarm.clock.now() + quiet / 4, crowd)?;
    }
    Ok(())
}

fn turn_before(end: u64, swarm: &mut Swarm, crowd: &mut Crowd) -> Result<(), Failure> {
    let now = swarm.clock.now();
    if now > end {
        return Err(format!("only {} are open and {} have joined", crowd.open, crowd.joined).into());
    }
    swarm.turn(now + 100 * MILLISECOND, crowd)
}
