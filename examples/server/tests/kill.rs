//! Killed under load and started again, many times: no acked message is lost, none is doubled, `seq` has no gap, and
//! clients that resume see exactly what they missed.
//!
//! `CHAT_KILL_ROUNDS` says how many times, `CHAT_KILL_SEED` when.
#![allow(clippy::unwrap_used, missing_docs)]

mod client;
mod server;

use std::{
    collections::{BTreeMap, HashMap},
    fs::OpenOptions,
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use chat_core::{Code, Environment as _, RoomId, SeededEnvironment, Seq, Timestamp};
use chat_wire::{ClientAction, ResumeStatus, ServerFrame};
use client::{Client, Ended, Place, room_id, say};
use server::{Server, rest::create_room};
use tokio::{sync::watch, task::JoinSet};

const ROOMS: usize = 4;
const CLIENTS_PER_ROOM: usize = 3;
/// Messages a client has under way at most.
const IN_FLIGHT: usize = 8;

/// An entry as a client saw it: its seq, and the client id if it is a message.
type Seen = (Seq, Option<String>);

/// What all clients share with the one who kills.
#[derive(Default)]
struct Progress {
    acks: watch::Sender<u64>,
    resumes: watch::Sender<u64>,
    caught_up: AtomicU64,
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
    place: Place,
    first: Seq,
    seen: Vec<Seen>,
    next: u64,
    unacked: BTreeMap<u64, String>,
    acked: HashMap<String, Seq>,
}

impl Talker {
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
            ServerFrame::Error { error, .. } if error.code == Code::OutcomeUnknown.as_str() => return Err(Stop::Ended),
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acked_is_lost_and_nothing_is_doubled() {
    let (rounds, seed) = (number("CHAT_KILL_ROUNDS", 10), number("CHAT_KILL_SEED", 1));
    let summary = kill_under_load(rounds, seed, |_| ()).await;
    println!("kill: seed {seed}: {}", summary.unwrap_or_else(|broken| panic!("seed {seed}: {broken}")));
}

/// The control: a disk that forgets the last of what it was told to keep.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_disk_forgets_is_noticed() {
    let forget = |folder: &Path| {
        let log = OpenOptions::new().write(true).open(folder.join("data/chat.db-wal")).unwrap();
        let length = log.metadata().unwrap().len();
        // A log that was moved to the database once may end with what is of no use any more.
        log.set_len(if length < 16_000_000 { length / 4 * 3 } else { 0 }).unwrap();
    };
    let broken = kill_under_load(1, 1, forget).await.unwrap_err();
    println!("kill, control: {broken}");
}

/// Kills and starts the server again so many times; `between` does something to its folder while it is dead.
async fn kill_under_load(rounds: u64, seed: u64, between: fn(&Path)) -> Result<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(folder.path(), &["--listen", "127.0.0.1:0", "--limits", "off"]);
    let address = server.address;
    let rooms: Vec<RoomId> = (0..ROOMS).map(|room| room_id(&format!("room-{room}"))).collect();
    for room in &rooms {
        create_room(address, room);
    }
    let (progress, mut talkers) = (Arc::new(Progress::default()), JoinSet::new());
    for at in 0..ROOMS * CLIENTS_PER_ROOM {
        let talker = talker(address, &rooms[at % ROOMS], format!("t{at}")).await;
        talkers.spawn(talker.run(address, progress.clone()));
    }
    let random = SeededEnvironment::new(seed, Timestamp(0));
    for round in 0..rounds {
        // Everybody is back, some things were said, and then at any moment:
        reach(&mut talkers, &progress.resumes, (round + 1) * (ROOMS * CLIENTS_PER_ROOM) as u64).await?;
        let said = *progress.acks.borrow();
        reach(&mut talkers, &progress.acks, said + 20 + (random.random() % 200) as u64).await?;
        tokio::time::sleep(Duration::from_micros((random.random() % 20_000) as u64)).await;
        let (listen, folder) = (address.to_string(), folder.path().to_owned());
        let again = move || {
            server.kill();
            between(&folder);
            Server::start(&folder, &["--listen", &listen, "--limits", "off"])
        };
        server = tokio::task::spawn_blocking(again).await.unwrap();
    }
    progress.ending.store(true, Ordering::Relaxed);
    let mut ended = Vec::new();
    while let Some(talker) = talkers.join_next().await {
        ended.push(talker.unwrap()?);
    }
    let mut acked = 0;
    for room in &rooms {
        let log = log(address, room).await;
        for talker in ended.iter().filter(|talker| talker.place.room == *room) {
            acked += talker.acked.len();
            check(&log, &talker.acked, talker.first, &talker.seen)
                .map_err(|broken| format!("{room}, {}: {broken}", talker.name))?;
        }
    }
    let (resumes, caught_up) = (*progress.resumes.borrow(), progress.caught_up.load(Ordering::Relaxed));
    Ok(format!(
        "{rounds} kills, {} clients in {ROOMS} rooms, {acked} messages acked: 0 lost, 0 doubled, no gap in seq; \
         {resumes} resumes saw exactly the {caught_up} entries they had missed",
        ended.len()
    ))
}

async fn talker(address: SocketAddr, room: &RoomId, name: String) -> Talker {
    let mut client = Client::connect(address).await.unwrap();
    let place = client.join(room, &name).await.unwrap();
    Talker {
        name,
        first: place.cursor,
        place,
        seen: Vec::new(),
        next: 0,
        unacked: BTreeMap::new(),
        acked: HashMap::new(),
    }
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
fn check(log: &[Seen], acked: &HashMap<String, Seq>, first: Seq, seen: &[Seen]) -> Result<(), String> {
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

/// Waits until there are so many, or a client found a promise broken.
async fn reach(
    talkers: &mut JoinSet<Result<Talker, String>>,
    count: &watch::Sender<u64>,
    target: u64,
) -> Result<(), String> {
    let mut count = count.subscribe();
    tokio::select! {
        reached = tokio::time::timeout(Duration::from_secs(120), count.wait_for(|count| *count >= target)) => {
            reached.map_err(|_| "the clients do not get on".to_owned())?.unwrap();
            Ok(())
        }
        Some(talker) = talkers.join_next() => Err(talker.unwrap().err().expect("nobody has said everything yet")),
    }
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap())
}

/// The check itself finds what it is there to find.
mod the_check {
    use super::*;

    fn log() -> Vec<Seen> {
        let message = |seq: Seq, id: &str| (seq, Some(id.to_owned()));
        vec![(1, None), message(2, "a-0"), message(3, "b-0"), message(4, "a-1")]
    }

    fn acked(pairs: &[(&str, Seq)]) -> HashMap<String, Seq> {
        pairs.iter().map(|(id, seq)| ((*id).to_owned(), *seq)).collect()
    }

    fn wrong(log: &[Seen], acked: &HashMap<String, Seq>, seen: &[Seen]) -> String {
        check(log, acked, 1, seen).unwrap_err()
    }

    #[test]
    fn passes_what_is_right() {
        check(&log(), &acked(&[("a-0", 2), ("a-1", 4)]), 1, &log()[1..]).unwrap();
    }

    #[test]
    fn finds_what_is_lost_doubled_or_missing() {
        let all = acked(&[("a-0", 2), ("a-1", 4)]);
        assert_eq!(wrong(&log()[..3], &all, &log()[1..3]), "a-1 was acked as 4 and is lost");
        assert_eq!(wrong(&log(), &acked(&[("a-1", 3)]), &log()[1..]), "a-1 was acked as 3 and is 4");
        let mut doubled = log();
        doubled.push((5, Some("a-0".into())));
        assert!(wrong(&doubled, &all, &log()[1..]).contains("in the log twice"));
        let mut holed = log();
        holed.remove(1);
        assert_eq!(wrong(&holed, &all, &log()[1..]), "entry 3 is where 2 should be");
        let mut seen = log()[1..].to_vec();
        seen.remove(1);
        assert!(wrong(&log(), &all, &seen).starts_with("saw (4,"));
        seen.push((5, None));
        assert!(check(&log(), &all, 1, &[log()[1..].to_vec(), seen].concat()).is_err());
    }
}
