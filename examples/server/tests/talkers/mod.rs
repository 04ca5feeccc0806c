//! Clients that talk in rooms over as many connections as it takes, and what was promised to them, held against the logs.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::{
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use chat_core::{Code, RoomId, Seq};
use chat_wire::{ClientAction, ResumeStatus, ServerFrame};
use tokio::{sync::watch, task::JoinSet};

use crate::{
    client::{Client, Ended, Place, room_id, say},
    server::rest::create_room,
};

const ROOMS: usize = 4;
const CLIENTS_PER_ROOM: usize = 4;
/// Messages a client has under way at most.
const IN_FLIGHT: usize = 8;
/// For clients to get on. A disk may be slow.
const PATIENCE: Duration = Duration::from_secs(120);

/// What is to be said of clients that have come to an end, each of which got what it was promised.
pub(crate) struct Heard {
    pub(crate) sentence: String,
    /// Messages acked by each server.
    pub(crate) by_server: Vec<usize>,
    /// Commands that got no answer in time, and were sent again.
    pub(crate) unanswered: u64,
}

/// Clients that talk.
pub(crate) struct Talkers {
    rooms: Vec<RoomId>,
    progress: Arc<Progress>,
    talking: JoinSet<Result<Talker, String>>,
    count: usize,
    /// How often all were seen to be back.
    rounds: usize,
    servers: usize,
    /// Where logs are read.
    address: SocketAddr,
}

impl Talkers {
    /// Makes rooms and has guests talk in them; in each room some on every one of these servers.
    pub(crate) async fn start(addresses: &[SocketAddr]) -> Self {
        let rooms: Vec<RoomId> = (0..ROOMS).map(|room| room_id(&format!("room-{room}"))).collect();
        for room in &rooms {
            create_room(addresses[0], room);
        }
        let (progress, mut talking) = (Arc::new(Progress::default()), JoinSet::new());
        let count = ROOMS * CLIENTS_PER_ROOM;
        for at in 0..count {
            let server = at / ROOMS % addresses.len();
            let address = addresses[server];
            let talker = Talker::join(address, &rooms[at % ROOMS], format!("t{at}"), server).await;
            talking.spawn(talker.run(address, progress.clone()));
        }
        Self { rooms, progress, talking, count, rounds: 0, servers: addresses.len(), address: addresses[0] }
    }

    /// Waits until all are back once more, and so many more messages were acked.
    pub(crate) async fn go_on(&mut self, more: u64) -> Result<(), String> {
        self.rounds += 1;
        let progress = self.progress.clone();
        self.reach(&progress.resumes, (self.rounds * self.count) as u64).await?;
        self.said(more).await
    }

    /// Waits until so many more messages were acked.
    pub(crate) async fn said(&mut self, more: u64) -> Result<(), String> {
        let progress = self.progress.clone();
        let acked = *progress.acks.borrow();
        self.reach(&progress.acks, acked + more).await
    }

    /// Waits until there are so many, or a client found a promise broken.
    async fn reach(&mut self, count: &watch::Sender<u64>, target: u64) -> Result<(), String> {
        let mut count = count.subscribe();
        tokio::select! {
            reached = tokio::time::timeout(PATIENCE, count.wait_for(|count| *count >= target)) => {
                reached.map_err(|_| "the clients do not get on".to_owned())?.unwrap();
                Ok(())
            }
            Some(talker) = self.talking.join_next() => Err(talker.unwrap().err().expect("nobody has said everything yet")),
        }
    }

    /// Has all come to an end, and holds what they were promised against the logs; what is to be said of it.
    pub(crate) async fn end(mut self) -> Result<Heard, String> {
        self.progress.ending.store(true, Ordering::Relaxed);
        let mut ended = Vec::new();
        while let Some(talker) = self.talking.join_next().await {
            ended.push(talker.unwrap()?);
        }
        let mut acked = 0;
        for room in &self.rooms {
            let log = log(self.address, room).await;
            for talker in ended.iter().filter(|talker| talker.place.room == *room) {
                acked += talker.acked.len();
                check(&log, &talker.acked, talker.first, &talker.seen)
                    .map_err(|broken| format!("{room}, {}: {broken}", talker.name))?;
            }
        }
        let (resumes, caught_up) = (*self.progress.resumes.borrow(), self.progress.caught_up.load(Ordering::Relaxed));
        let sentence = format!(
            "{} clients in {ROOMS} rooms, {acked} messages acked: 0 lost, 0 doubled, no gap in seq, one order for all; \
             {resumes} resumes saw exactly the {caught_up} entries they had missed",
            ended.len()
        );
        let mut by_server = vec![0; self.servers];
        ended.iter().for_each(|talker| by_server[talker.server] += talker.acked.len());
        let unanswered = self.progress.unanswered.load(Ordering::Relaxed);
        Ok(Heard { sentence, by_server, unanswered })
    }
}

/// An entry as a client saw it: its seq, and the client id if it is a message.
pub(crate) type Seen = (Seq, Option<String>);

/// What all clients share with the test.
#[derive(Default)]
struct Progress {
    acks: watch::Sender<u64>,
    resumes: watch::Sender<u64>,
    caught_up: AtomicU64,
    /// Commands that were not answered in time.
    unanswered: AtomicU64,
    ending: AtomicBool,
}

/// Why a client stopped talking.
enum Stop {
    /// The connection ended.
    Ended,
    /// A promise was broken.
    Broken(String),
}

impl From<Ended> for Stop {
    fn from(_: Ended) -> Self {
        Self::Ended
    }
}

fn broken(what: String) -> Result<(), Stop> {
    Err(Stop::Broken(what))
}

/// A client over all its connections.
struct Talker {
    name: String,
    /// Which of the servers it talks to.
    server: usize,
    place: Place,
    first: Seq,
    seen: Vec<Seen>,
    next: u64,
    unacked: BTreeMap<u64, String>,
    acked: HashMap<String, Seq>,
}

impl Talker {
    /// A new guest in a room.
    async fn join(address: SocketAddr, room: &RoomId, name: String, server: usize) -> Self {
        let mut client = Client::connect(address).await.unwrap();
        let place = client.join(room, &name).await.unwrap();
        Self {
            name,
            server,
            first: place.cursor,
            place,
            seen: Vec::new(),
            next: 0,
            unacked: BTreeMap::new(),
            acked: HashMap::new(),
        }
    }

    /// Talks until the connection ends, or everything is said.
    async fn talk(&mut self, address: SocketAddr, progress: &Progress) -> Result<(), Stop> {
        let mut client = Client::connect(address).await?;
        self.resume(&mut client, progress).await?;
        // What was not acked may or may not be in the log: the same client id finds out.
        for (number, text) in &self.unacked {
            client.send(say(&self.place.room, &client_id(&self.name, *number), text)).await?;
        }
        loop {
            while self.unacked.len() < IN_FLIGHT && !progress.ending.load(Ordering::Relaxed) {
                let (number, text) = (self.next, format!("{} says {}", self.name, self.next));
                self.next += 1;
                self.unacked.insert(number, text.clone());
                client.send(say(&self.place.room, &client_id(&self.name, number), &text)).await?;
            }
            if self.unacked.is_empty() && self.acked.values().all(|seq| *seq <= self.place.cursor) {
                return Ok(());
            }
            let frame = client.next().await?;
            self.hear(frame, progress)?;
        }
    }

    async fn resume(&mut self, client: &mut Client, progress: &Progress) -> Result<(), Stop> {
        let resumed = client.resume(&self.place).await?;
        if resumed.status != ResumeStatus::Recovered || resumed.epoch != Some(self.place.epoch) {
            return broken(format!("{} is at {} and cannot resume: {resumed:?}", self.name, self.place.cursor));
        }
        let head = resumed.head.expect("a room that is resumed has a head");
        progress.caught_up.fetch_add(head - self.place.cursor, Ordering::Relaxed);
        progress.resumes.send_modify(|count| *count += 1);
        Ok(())
    }

    fn hear(&mut self, frame: ServerFrame, progress: &Progress) -> Result<(), Stop> {
        match &frame {
            ServerFrame::Sent(ack) => {
                let id = ack.client_id.as_ref().expect("an ack names its command").as_str();
                self.unacked.remove(&id.rsplit('-').next().unwrap().parse().unwrap());
                let first = *self.acked.entry(id.to_owned()).or_insert(ack.seq);
                if first != ack.seq || ack.epoch != self.place.epoch {
                    return broken(format!("{id} was acked as {first} and then as {ack:?}"));
                }
                progress.acks.send_modify(|count| *count += 1);
            }
            // The disk may be slow: one comes back and asks again.
            ServerFrame::Error { error, .. } if error.code == Code::OutcomeUnknown.as_str() => {
                progress.unanswered.fetch_add(1, Ordering::Relaxed);
                return Err(Stop::Ended);
            }
            ServerFrame::Error { error, .. } => return broken(format!("{} was refused: {error:?}", self.name)),
            frame => {
                let Some(head) = frame.entry() else { return Ok(()) };
                let cursor = self.place.cursor;
                if !self.place.take(head) {
                    return broken(format!("{} is at {cursor} and got {} after {}", self.name, head.seq, head.after));
                }
                self.seen.push((head.seq, head.client_id.as_ref().map(|id| id.as_str().to_owned())));
            }
        }
        Ok(())
    }

    /// Talks over as many connections as it takes.
    async fn run(mut self, address: SocketAddr, progress: Arc<Progress>) -> Result<Self, String> {
        loop {
            match self.talk(address, &progress).await {
                Ok(()) => return Ok(self),
                Err(Stop::Broken(what)) => return Err(what),
                Err(Stop::Ended) => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
    }
}

fn client_id(name: &str, number: u64) -> String {
    format!("{name}-{number}")
}

/// A room's log from its first entry on, as somebody reads it who joins now: up to that join.
async fn log(address: SocketAddr, room: &RoomId) -> Vec<Seen> {
    let mut reader = Client::connect(address).await.unwrap();
    let head = reader.join(room, "Reader").await.unwrap();
    let mut place = Place { cursor: 0, ..head.clone() };
    let from = ClientAction::Subscribe { room_id: room.clone(), epoch: Some(place.epoch), after: Some(0) };
    reader.send(from).await.unwrap();
    let mut log = Vec::new();
    while place.cursor < head.cursor {
        let frame = reader.next().await.unwrap();
        if let Some(entry) = frame.entry().filter(|entry| place.take(entry)) {
            log.push((entry.seq, entry.client_id.as_ref().map(|id| id.as_str().to_owned())));
        }
    }
    log
}

/// Holds what a client was promised against the log.
pub(crate) fn check(log: &[Seen], acked: &HashMap<String, Seq>, first: Seq, seen: &[Seen]) -> Result<(), String> {
    if let Some((at, (seq, _))) = log.iter().enumerate().find(|(at, (seq, _))| *seq != *at as Seq + 1) {
        return Err(format!("entry {seq} is where {} should be", at + 1));
    }
    let mut ids = HashMap::new();
    for (seq, id) in log {
        if let Some(earlier) = id.as_ref().and_then(|id| ids.insert(id, seq)) {
            return Err(format!("{id:?} is in the log twice, as {earlier} and {seq}"));
        }
    }
    for (id, seq) in acked {
        match ids.get(id) {
            None => return Err(format!("{id} was acked as {seq} and is lost")),
            Some(at) if *at != seq => return Err(format!("{id} was acked as {seq} and is {at}")),
            Some(_) => {}
        }
    }
    let should: Vec<_> = log.iter().filter(|(seq, _)| *seq > first).take(seen.len()).collect();
    match seen.iter().zip(&should).find(|(seen, should)| seen != *should) {
        Some((seen, should)) => Err(format!("saw {seen:?} where the log has {should:?}")),
        None if seen.len() != should.len() => Err(format!("saw {} entries of {}", seen.len(), should.len())),
        None => Ok(()),
    }
}
