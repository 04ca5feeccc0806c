//! Clients that talk in rooms over as many connections as it takes, and what was promised to them, held against the logs.
#![allow(dead_code, reason = "each test uses a part of it")]

mod log;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use chat_core::{Code, RoomId, Seq};
use chat_wire::{ResumeStatus, ServerFrame};
use tokio::{sync::watch, task::JoinSet};

#[allow(unused_imports, reason = "each test uses a part of it")]
pub(crate) use self::log::{Seen, check};
use crate::{
    client::{Client, Ended, Place, is_passing, room_id, say},
    server::rest::create_room,
};

/// For clients to get on. A disk may be slow.
const PATIENCE: Duration = Duration::from_secs(120);

/// What is to be said of clients that have come to an end, each of which got what it was promised.
pub(crate) struct Heard {
    pub(crate) sentence: String,
    /// Messages acked by each server.
    pub(crate) by_server: Vec<usize>,
    /// Commands that got no answer in time, and were sent again.
    pub(crate) unanswered: u64,
    /// Commands that a server which goes away did not take any more, and that were sent again to another one.
    pub(crate) put_off: u64,
    /// How often a server that was connected to, or a balancer, took no client in.
    pub(crate) turned_away: u64,
}

/// Clients that talk.
pub(crate) struct Talkers {
    rooms: Vec<RoomId>,
    progress: Arc<Progress>,
    talking: JoinSet<Result<(Talker, Client), String>>,
    silent: Vec<(Talker, Client)>,
    count: usize,
    /// How often all were seen to be back.
    rounds: usize,
    servers: usize,
    /// Where logs are read.
    address: SocketAddr,
    /// The tokens of guests, one for each room.
    tokens: Vec<String>,
}

/// How clients talk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    pub(crate) rooms: usize,
    pub(crate) clients_per_room: usize,
    /// How long a client waits after an ack before it says more.
    pub(crate) pause: Duration,
    /// Messages a client has under way at most.
    pub(crate) in_flight: usize,
    /// Whether they come back to the next server, as they would through a balancer, and not to the one that they were on. A guest's
    /// token must be good on all servers then.
    pub(crate) roam: bool,
}

impl Manner {
    /// A few clients who talk as much as they can.
    pub(crate) const BUSY: Self =
        Self { rooms: 4, clients_per_room: 4, pause: Duration::ZERO, in_flight: 8, roam: false };
}

impl Talkers {
    /// Makes rooms and has guests talk in them as much as they can; in each room some on every one of these servers.
    pub(crate) async fn start(addresses: &[SocketAddr]) -> Self {
        Self::start_as(addresses, Manner::BUSY).await
    }

    /// The same with guests who talk in this manner.
    pub(crate) async fn start_as(addresses: &[SocketAddr], manner: Manner) -> Self {
        // Others may have talked there before, in another number of rooms.
        let id = |room| room_id(&format!("room-{room}-of-{}", manner.rooms));
        let rooms: Vec<RoomId> = (0..manner.rooms).map(id).collect();
        for room in &rooms {
            create_room(addresses[0], room);
        }
        let (progress, mut talking) = (Arc::new(Progress::default()), JoinSet::new());
        let count = manner.rooms * manner.clients_per_room;
        let mut joined = Vec::new();
        for at in 0..count {
            let server = at / manner.rooms % addresses.len();
            let servers = if manner.roam { addresses.to_vec() } else { vec![addresses[server]] };
            joined.push(Talker::join(servers, server, &rooms[at % manner.rooms], name(at)).await);
        }
        let tokens = joined[..manner.rooms].iter().map(|talker| talker.place.token.clone()).collect();
        for talker in joined {
            talking.spawn(talker.run(manner, progress.clone()));
        }
        let (servers, address) = (addresses.len(), addresses[0]);
        let silent = Vec::new();
        Self { rooms, progress, talking, silent, count, rounds: 0, servers, address, tokens }
    }

    /// The rooms, the token of somebody who may ask, and who is present.
    pub(crate) fn present(&self) -> Vec<(&RoomId, &str, BTreeSet<String>)> {
        let names = |at: usize| (at..self.count).step_by(self.rooms.len()).map(name).collect();
        let rooms = self.rooms.iter().zip(&self.tokens).enumerate();
        rooms.map(|(at, (room, token))| (room, token.as_str(), names(at))).collect()
    }

    /// Waits until all are back once more, and so many more messages were acked.
    pub(crate) async fn go_on(&mut self, more: u64) -> Result<(), String> {
        self.rounds += 1;
        let progress = self.progress.clone();
        self.reach(&progress.resumes, (self.rounds * self.count) as u64).await?;
        self.said(more).await
    }

    /// Messages acked so far.
    pub(crate) fn acked(&self) -> u64 {
        *self.progress.acks.borrow()
    }

    /// Waits until so many more messages were acked.
    pub(crate) async fn said(&mut self, more: u64) -> Result<(), String> {
        let progress = self.progress.clone();
        let acked = self.acked();
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

    /// Waits until nobody has anything to say any more: all are still connected.
    pub(crate) async fn fall_silent(&mut self) -> Result<(), String> {
        self.progress.ending.store(true, Ordering::Relaxed);
        while let Some(talker) = self.talking.join_next().await {
            self.silent.push(talker.unwrap()?);
        }
        Ok(())
    }

    /// Has all come to an end and hear all that was said, and holds what they were promised against the logs; what is to be said
    /// of it.
    pub(crate) async fn end(mut self) -> Result<Heard, String> {
        self.fall_silent().await?;
        let mut last = HashMap::<RoomId, Seq>::new();
        for (talker, _) in &self.silent {
            let last = last.entry(talker.place.room.clone()).or_default();
            *last = talker.acked.values().copied().fold(*last, Seq::max);
        }
        let mut ended = Vec::new();
        for (mut talker, client) in std::mem::take(&mut self.silent) {
            let last = last[&talker.place.room];
            let heard = tokio::time::timeout(PATIENCE, talker.hear_up_to(client, last, &self.progress)).await;
            let at = talker.place.cursor;
            heard.map_err(|_| format!("{} heard nothing after {at}, up to {last}", talker.name))??;
            ended.push(talker);
        }
        let mut acked = 0;
        for room in &self.rooms {
            let log = log::read(self.address, room).await;
            for talker in ended.iter().filter(|talker| talker.place.room == *room) {
                acked += talker.acked.len();
                check(&log, &talker.acked, talker.first, &talker.seen)
                    .map_err(|broken| format!("{room}, {}: {broken}", talker.name))?;
            }
        }
        let (resumes, caught_up) = (*self.progress.resumes.borrow(), self.progress.caught_up.load(Ordering::Relaxed));
        let sentence = format!(
            "{} clients in {} rooms, {acked} messages acked: 0 lost, 0 doubled, no gap in seq, one order for all; \
             {resumes} resumes saw exactly the {caught_up} entries they had missed",
            ended.len(),
            self.rooms.len()
        );
        let mut by_server = vec![0; self.servers];
        ended.iter().for_each(|talker| by_server[talker.server] += talker.acked.len());
        let Progress { unanswered, put_off, turned_away, .. } = &*self.progress;
        let [unanswered, put_off, turned_away] =
            [unanswered, put_off, turned_away].map(|count| count.load(Ordering::Relaxed));
        Ok(Heard { sentence, by_server, unanswered, put_off, turned_away })
    }
}

/// What all clients share with the test.
#[derive(Default)]
struct Progress {
    acks: watch::Sender<u64>,
    resumes: watch::Sender<u64>,
    caught_up: AtomicU64,
    /// Commands that were not answered in time.
    unanswered: AtomicU64,
    /// Commands that a server did not take because it goes away.
    put_off: AtomicU64,
    /// Connections that were not let in.
    turned_away: AtomicU64,
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
    /// The servers it may talk to, and how often it went on to the next one of them.
    addresses: Vec<SocketAddr>,
    turn: usize,
    /// Which of all servers it talked to first.
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
    async fn join(addresses: Vec<SocketAddr>, server: usize, room: &RoomId, name: String) -> Self {
        let turn = server % addresses.len();
        let mut client = Client::connect(addresses[turn]).await.unwrap();
        let place = client.join(room, &name).await.unwrap();
        Self {
            name,
            addresses,
            turn,
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
    async fn talk(&mut self, manner: Manner, progress: &Progress) -> Result<Client, Stop> {
        let address = self.addresses[self.turn % self.addresses.len()];
        let stream = Client::reach(address).await?;
        let mut client = Client::open(stream).await.inspect_err(|_| {
            progress.turned_away.fetch_add(1, Ordering::Relaxed);
        })?;
        self.resume(&mut client, progress).await?;
        // What was not acked may or may not be in the log: the same client id finds out.
        for (number, text) in &self.unacked {
            client.send(say(&self.place.room, &client_id(&self.name, *number), text)).await?;
        }
        loop {
            while self.unacked.len() < manner.in_flight && !progress.ending.load(Ordering::Relaxed) {
                let (number, text) = (self.next, format!("{} says {}", self.name, self.next));
                self.next += 1;
                self.unacked.insert(number, text.clone());
                client.send(say(&self.place.room, &client_id(&self.name, number), &text)).await?;
            }
            if self.unacked.is_empty() && self.acked.values().all(|seq| *seq <= self.place.cursor) {
                return Ok(client);
            }
            let frame = client.next().await?;
            let is_ack = matches!(frame, ServerFrame::Sent(_));
            self.hear(frame, progress)?;
            if is_ack && !manner.pause.is_zero() {
                tokio::time::sleep(manner.pause).await;
            }
        }
    }

    /// Hears all that others said, up to this entry.
    async fn hear_up_to(&mut self, mut client: Client, last: Seq, progress: &Progress) -> Result<(), String> {
        while self.place.cursor < last {
            let frame = client.next().await.map_err(|ended| format!("{} is not told all: {ended:?}", self.name))?;
            match self.hear(frame, progress) {
                Ok(()) => {}
                Err(Stop::Broken(what)) => return Err(what),
                Err(Stop::Ended) => return Err(format!("{} is not told all", self.name)),
            }
        }
        Ok(())
    }

    async fn resume(&mut self, client: &mut Client, progress: &Progress) -> Result<(), Stop> {
        let mut resumed = client.resume(&self.place).await?;
        match resumed.code.as_deref() {
            Some(code) if is_passing(code) => return Err(Stop::Ended),
            // A guest who was away for longer than the grace period.
            Some(code) if code == Code::NotAMember.as_str() => resumed = client.come_back(&self.place).await?,
            _ => {}
        }
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
            // One comes back and asks again, or asks another server.
            ServerFrame::Error { error, .. } if is_passing(&error.code) => {
                let goes_away = error.code == Code::ShuttingDown.as_str();
                let count = if goes_away { &progress.put_off } else { &progress.unanswered };
                count.fetch_add(1, Ordering::Relaxed);
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

    /// Talks over as many connections as it takes; the last of them is still open.
    async fn run(mut self, manner: Manner, progress: Arc<Progress>) -> Result<(Self, Client), String> {
        loop {
            match self.talk(manner, &progress).await {
                Ok(client) => return Ok((self, client)),
                Err(Stop::Broken(what)) => return Err(what),
                Err(Stop::Ended) => {
                    self.turn += 1;
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
        }
    }
}

fn name(at: usize) -> String {
    format!("t{at}")
}

fn client_id(name: &str, number: u64) -> String {
    format!("{name}-{number}")
}
