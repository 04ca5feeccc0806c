//! A process that appends is killed, again and again: what it was told is in the log is in the log.
#![allow(clippy::unwrap_used, missing_docs)]
#![cfg(unix)]

mod bed;

use std::{
    collections::{HashMap, HashSet},
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
};

use bed::{claimed, epoch, message};
use chat_core::{Directory, Entry, RoomId, RoomKind, Seq, Store, Window};
use store_sql::SqliteStore;
use uuid::Uuid;

const ROOMS: u64 = 6;
const FOLDER: &str = "STORE_SQL_CRASH_FOLDER";
const ROUND: &str = "STORE_SQL_CRASH_ROUND";

/// What the process was told, before it was killed.
type Acks = Vec<(RoomId, Seq, Uuid)>;

#[tokio::test]
async fn what_was_acked_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let mut acks = Acks::new();
    for round in 0..6 {
        acks.extend(killed_after(folder.path(), round, 40 + 37 * round as usize));
        let store = bed::open(folder.path()).await;
        let logs = logs(&store).await;
        check(&logs, &acks);
        store.close().await;
    }
    assert!(acks.len() > 500, "{}", acks.len());
}

/// The acks of a process that was killed when it had got so many, and of what it was in the middle of.
fn killed_after(folder: &Path, round: u64, enough: usize) -> Acks {
    let mut appender = Appender(
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "appender", "--ignored", "--nocapture"])
            .env(FOLDER, folder)
            .env(ROUND, round.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let mut lines = BufReader::new(appender.0.stdout.take().unwrap());
    let (mut acks, mut line) = (Acks::new(), String::new());
    // A last line without an end was cut off by death.
    while lines.read_line(&mut line).unwrap() > 0 && line.ends_with('\n') {
        if let ["ack", room, seq, draft_id] = line.split_whitespace().collect::<Vec<_>>()[..] {
            acks.push((bed::room(room), seq.parse().unwrap(), draft_id.parse().unwrap()));
            if acks.len() == enough {
                appender.0.kill().unwrap();
            }
        }
        line.clear();
    }
    assert!(acks.len() >= enough, "the appender ended by itself");
    acks
}

/// Killed with the test, whatever becomes of that.
struct Appender(Child);

impl Drop for Appender {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn logs(store: &SqliteStore) -> HashMap<RoomId, Vec<Entry>> {
    let mut logs = HashMap::new();
    for record in store.rooms_of_kind(RoomKind::Public, false, None, 100).await.unwrap() {
        let mut log: Vec<Entry> = Vec::new();
        while (log.len() as Seq) < record.head {
            let page = store.entries(&record.room, Window::after(log.len() as Seq, 200)).await.unwrap();
            assert!(!page.items.is_empty(), "a hole in {}", record.room);
            log.extend(page.items);
        }
        assert!(log.iter().map(|entry| entry.seq).eq(1..=record.head), "{}", record.room);
        logs.insert(record.room, log);
    }
    logs
}

fn check(logs: &HashMap<RoomId, Vec<Entry>>, acks: &Acks) {
    for (room, seq, draft_id) in acks {
        let entry = logs.get(room).and_then(|log| log.get(*seq as usize - 1));
        assert_eq!(entry.map(|entry| entry.draft_id), Some(*draft_id), "{room} {seq}");
    }
    let ids: HashSet<Uuid> = logs.values().flatten().map(|entry| entry.draft_id).collect();
    assert_eq!(ids.len(), logs.values().map(Vec::len).sum::<usize>(), "an entry is there twice");
}

/// Not a test: the process that is killed. It appends to several rooms at once, and says what it was told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "started and killed by a test"]
async fn appender() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let round: u64 = std::env::var(ROUND).unwrap().parse().unwrap();
    let store = Arc::new(bed::open(Path::new(&folder)).await);
    let rooms = (0..ROOMS).map(|n| tokio::spawn(append_for_ever(Arc::clone(&store), n, round)));
    for room in rooms.collect::<Vec<_>>() {
        room.await.unwrap();
    }
}

async fn append_for_ever(store: Arc<SqliteStore>, number: u64, round: u64) {
    let room = bed::room(&format!("room-{number}"));
    // It is there already in every round but the first.
    let _ = store.create_room(&room, epoch(), &bed::meta(RoomKind::Public)).await;
    let mut head = store.room(&room).await.unwrap().unwrap().head;
    loop {
        let drafts: Vec<_> = (head + 1..=head + 1 + head % 5)
            .map(|seq| {
                let draft = claimed(message("u", seq, "hello"), &format!("{round}-{seq}"));
                chat_core::Draft { draft_id: Uuid::from_u64_pair(number << 32 | round, seq), ..draft }
            })
            .collect();
        let count = store.append(&room, epoch(), head, &drafts).await.unwrap().count;
        let acks: String = drafts[..count]
            .iter()
            .zip(head + 1..)
            .map(|(draft, seq)| format!("ack {room} {seq} {}\n", draft.draft_id))
            .collect();
        print!("{acks}");
        head += count as Seq;
    }
}
