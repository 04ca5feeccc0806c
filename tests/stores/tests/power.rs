//! The power is cut under load, and comes back: no acked entry is lost, none is doubled, and no log has a gap. With the
//! unsafe setting acked entries are lost, on the same disk, by the same cut.
//!
//! `CHAT_POWER_CUTS` says how often; SQLite, which is quick to start again, is cut off five times as often.
#![allow(clippy::unwrap_used, missing_docs)]
#![cfg(target_os = "linux")]

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use chat_core::{Environment as _, RoomId, SeededEnvironment, Store, Timestamp};
use store_mongo::{MongoOptions, MongoStore};
use store_sql::{PostgresOptions, PostgresStore, SqliteOptions, SqliteStore};
use store_tests::{
    Disk, Folder,
    load::{Acks, Load, Outcome},
    mongodb::{Kind, Mongod},
    postgres::Postgres,
};

const ROOMS: usize = 4;
/// What the process that is to die is told.
const FILE: &str = "STORE_TESTS_POWER_FILE";
const LIFE: &str = "STORE_TESTS_POWER_LIFE";
const UNSAFE: &str = "STORE_TESTS_POWER_UNSAFE";
/// Acked entries before a cut of what is expected to lose some, and how often that is tried.
const ENOUGH: u64 = 500;
const TRIES: u64 = 10;

fn cuts() -> u64 {
    std::env::var("CHAT_POWER_CUTS").map_or(3, |text| text.parse().unwrap())
}

fn check(store: &str, cuts: u64, outcome: Outcome) {
    println!("{store}: the power was cut {cuts} times; {outcome:?}");
    assert_eq!((outcome.lost, outcome.doubled, outcome.missing), (0, 0, 0), "{outcome:?}");
}

/// A number of acked entries after which to cut.
fn some(dice: &SeededEnvironment) -> u64 {
    30 + (dice.random() % 200) as u64
}

fn dice() -> SeededEnvironment {
    SeededEnvironment::new(1, Timestamp(0))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_loses_nothing() {
    let (disk, dice, mut acks) = (Disk::new(256).unwrap(), dice(), Acks::default());
    let (file, cuts) = (disk.path().join("chat.db"), 5 * cuts());
    for life in 0..cuts {
        cut_sqlite(&disk, &file, life, some(&dice), false, &mut acks);
    }
    let store = SqliteStore::open(&file, SqliteOptions::default()).await.unwrap();
    check("SQLite", cuts, acks.outcome(&store).await);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlites_unsafe_setting_loses() {
    for _ in 0..TRIES {
        let (disk, mut acks) = (Disk::new(256).unwrap(), Acks::default());
        let file = disk.path().join("chat.db");
        cut_sqlite(&disk, &file, 0, ENOUGH, true, &mut acks);
        let store = SqliteStore::open(&file, SqliteOptions::default()).await.unwrap();
        let outcome = acks.outcome(&store).await;
        store.close().await;
        if outcome.lost > 0 {
            return println!("SQLite, unsafe: {outcome:?}");
        }
    }
    panic!("nothing was lost");
}

/// Has another process append to the file, and cuts the power when it was told of so many entries.
fn cut_sqlite(disk: &Disk, file: &Path, life: u64, enough: u64, is_unsafe: bool, acks: &mut Acks) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "appender", "--ignored", "--nocapture"]);
    command.env(FILE, file).env(LIFE, life.to_string()).stdout(Stdio::piped());
    if is_unsafe {
        command.env(UNSAFE, "1");
    }
    let mut child = command.spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(|line| line.unwrap());
    let mut told = lines.filter_map(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        let ["ack", room, seq, draft_id] = words[..] else { return None };
        Some((RoomId::parse(room).unwrap(), seq.parse().unwrap(), draft_id.parse().unwrap()))
    });
    for _ in 0..enough {
        let (room, seq, draft_id) = told.next().expect("it goes on until it is killed");
        acks.add(&room, seq, draft_id);
    }
    disk.cut().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    disk.restore().unwrap();
}

/// Not a test: the process that dies with the power.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "started and killed by a test"]
async fn appender() {
    let Some(file) = std::env::var_os(FILE) else { return };
    let life = std::env::var(LIFE).unwrap().parse().unwrap();
    let durability = match std::env::var_os(UNSAFE) {
        Some(_) => store_sql::Durability::Normal,
        None => store_sql::Durability::Full,
    };
    let options = SqliteOptions::default().durability(durability);
    let store = Arc::new(SqliteStore::open(Path::new(&file), options).await.unwrap());
    let told = |room: &RoomId, seq, draft_id| println!("ack {room} {seq} {draft_id}");
    let mut load = Load::start_telling(store, ROOMS, life, told).await;
    // It is killed long before that.
    load.acked(u64::MAX / 2).await;
}

/// Cuts the power of a database server under load; `again` has it start on what is left.
async fn cut_server<S>(
    load: &mut Load,
    disk: &Disk,
    server: &mut S,
    enough: u64,
    kill: impl Fn(&mut S),
    again: impl Fn(&mut S),
) {
    load.acked(enough).await;
    load.cut_power(|| disk.cut().unwrap());
    kill(server);
    disk.restore().unwrap();
    again(server);
    load.power_is_back();
}

async fn postgres(url: &str, durability: store_sql::Durability) -> Arc<dyn Store> {
    let options = PostgresOptions::default().durability(durability).acquire_timeout(Duration::from_secs(2));
    Arc::new(PostgresStore::open(url, options).await.unwrap())
}

fn postgres_on(disk: &Disk) -> Postgres {
    let server = Postgres::start_in(Folder::within(&disk.path()).unwrap(), &[]).unwrap();
    disk.sync().unwrap();
    server
}

fn kill_postgres(server: &mut Postgres) {
    server.kill().unwrap();
}

fn restart_postgres(server: &mut Postgres) {
    server.start_again().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_loses_nothing() {
    let (disk, dice, cuts) = (Disk::new(1_024).unwrap(), dice(), cuts());
    let mut server = postgres_on(&disk);
    let url = server.url("postgres");
    let store = postgres(&url, store_sql::Durability::Full).await;
    let mut load = Load::start(store, ROOMS).await;
    for _ in 0..cuts {
        cut_server(&mut load, &disk, &mut server, some(&dice), kill_postgres, restart_postgres).await;
    }
    load.acked(50).await;
    load.end().await;
    check("Postgres", cuts, load.outcome(&*postgres(&url, store_sql::Durability::Full).await).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_unsafe_setting_loses() {
    for _ in 0..TRIES {
        let disk = Disk::new(1_024).unwrap();
        let mut server = postgres_on(&disk);
        let url = server.url("postgres");
        let mut load = Load::start(postgres(&url, store_sql::Durability::Normal).await, ROOMS).await;
        cut_server(&mut load, &disk, &mut server, ENOUGH, kill_postgres, restart_postgres).await;
        load.abort().await;
        let outcome = load.outcome(&*postgres(&url, store_sql::Durability::Full).await).await;
        if outcome.lost > 0 {
            return println!("Postgres, unsafe: {outcome:?}");
        }
    }
    panic!("nothing was lost");
}

async fn mongo(url: &str, durability: store_mongo::Durability) -> Arc<dyn Store> {
    let options = MongoOptions::default().durability(durability).selection_timeout(Duration::from_secs(2));
    Arc::new(MongoStore::open(url, options).await.unwrap())
}

fn mongo_on(disk: &Disk, kind: Kind) -> Mongod {
    let server = Mongod::start_in(Folder::within(&disk.path()).unwrap(), kind).unwrap();
    disk.sync().unwrap();
    server
}

fn restart_mongo(server: &mut Mongod) {
    server.restart().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mongodb_loses_nothing() {
    let cuts = cuts();
    for kind in [Kind::ReplicaSet, Kind::Standalone] {
        let (disk, dice) = (Disk::new(2_048).unwrap(), dice());
        let mut server = mongo_on(&disk, kind);
        let store = mongo(&server.url(), store_mongo::Durability::Full).await;
        let mut load = Load::start(store, ROOMS).await;
        for _ in 0..cuts {
            cut_server(&mut load, &disk, &mut server, some(&dice), Mongod::kill, restart_mongo).await;
        }
        load.acked(50).await;
        load.end().await;
        let again = mongo(&server.url(), store_mongo::Durability::Full).await;
        check(&format!("MongoDB, {kind:?}"), cuts, load.outcome(&*again).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mongodbs_unsafe_setting_loses() {
    for _ in 0..TRIES {
        let disk = Disk::new(2_048).unwrap();
        let mut server = mongo_on(&disk, Kind::Standalone);
        let mut load = Load::start(mongo(&server.url(), store_mongo::Durability::Normal).await, ROOMS).await;
        cut_server(&mut load, &disk, &mut server, ENOUGH, Mongod::kill, restart_mongo).await;
        load.abort().await;
        let outcome = load.outcome(&*mongo(&server.url(), store_mongo::Durability::Full).await).await;
        if outcome.lost > 0 {
            return println!("MongoDB, unsafe: {outcome:?}");
        }
    }
    panic!("nothing was lost");
}
