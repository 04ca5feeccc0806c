//! Whether the time of a refusal tells what it must not: if a user exists, and if a room is private, deleted or none.
//!
//! Two kinds of requests are made in turns, in an order by chance. The Mann-Whitney U test (H. B. Mann and D. R. Whitney, "On a test of
//! whether one of two random variables is stochastically larger than the other", 1947) says how likely times as different as these are
//! where the two kinds do not differ. `APART_REQUESTS` is how many logins of each kind there are, and four times the rooms.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{env, time::Instant};

use chat_accounts::{Accounts, Client, Keys, MemoryAccounts, Registration, Signer};
use chat_core::{Caller, Chat, Code, Name, NewRoom, RoomId, RoomKind, UserId};
use store_sql::{SqliteOptions, SqliteStore};
use tokio::runtime;
use uuid::Uuid;

/// What is less likely than this is no chance.
const CHANCE: f64 = 0.01;
const KEY: &str = "k1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const PASSWORD: &str = "correct horse";

fn main() {
    // Cargo runs benches with an argument of its own in tests.
    if env::args().any(|argument| argument == "--test") {
        return;
    }
    let requests: usize = env::var("APART_REQUESTS").map_or(2_000, |count| count.parse().unwrap());
    let runtime = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        logins(requests).await;
        // That a room is not there is said after a fixed time, which is long.
        rooms(requests.div_ceil(4)).await;
    });
}

/// Guesses at the password of a user who exists, and of one who does not.
async fn logins(requests: usize) {
    let signer = Signer::new(Keys::parse(KEY).unwrap(), "https://chat.example", "chat");
    let accounts = Accounts::builder(MemoryAccounts::new(), signer);
    let accounts = accounts.registration(Registration::Open).throttled(false).build();
    accounts.register("Ann", None, PASSWORD, Client::default()).await.unwrap();
    let log_in = async |name: &str| {
        let start = Instant::now();
        let refusal = accounts.log_in(name, "wrong horse", Client::default()).await.unwrap_err();
        let took = start.elapsed().as_secs_f64();
        assert_eq!(refusal.code, Code::InvalidCredentials);
        took
    };
    compare(
        "a login of a user who exists, and of none",
        requests,
        async || log_in("Ann").await,
        async || log_in("Bob").await,
    )
    .await
}

/// A stranger asks for rooms of which they must not know.
async fn rooms(requests: usize) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("chat.db"), SqliteOptions::default()).await.unwrap();
    let chat = Chat::builder().store(store).build();
    let (owner, stranger) = (caller("ann"), caller("eve"));
    let room = |id: &str| RoomId::parse(id).unwrap();
    for id in ["private", "deleted"] {
        let private =
            NewRoom { kind: RoomKind::Private, ..NewRoom::public(Name::parse(id).unwrap()).with_id(room(id)) };
        chat.create_room(&owner, private).await.unwrap();
    }
    chat.delete_room(&owner, &room("deleted")).await.unwrap();
    let ask = async |id: &str| {
        let id = room(id);
        let start = Instant::now();
        let refusal = chat.room(&stranger, &id).await.unwrap_err();
        let took = start.elapsed().as_secs_f64();
        assert_eq!(refusal.code, Code::RoomNotFound);
        took
    };
    let ask = &ask;
    for (what, id) in [("a private room, and none", "private"), ("a deleted room, and none", "deleted")] {
        compare(what, requests, async || ask(id).await, async || ask("nothing").await).await;
    }
}

fn caller(id: &str) -> Caller {
    Caller::new(UserId::parse(id).unwrap(), Name::parse(id).unwrap())
}

/// Says how the times of two kinds of requests are, and whether they are told apart.
async fn compare(what: &str, requests: usize, one: impl AsyncFn() -> f64, other: impl AsyncFn() -> f64) {
    // What is done the first time only is done before.
    for _ in 0..requests.div_ceil(20) {
        one().await;
        other().await;
    }
    let (mut ones, mut others) = (Vec::with_capacity(requests), Vec::with_capacity(requests));
    for _ in 0..requests {
        let is_first = Uuid::new_v4().as_u128() & 1 == 0;
        if is_first {
            ones.push(one().await);
        }
        others.push(other().await);
        if !is_first {
            ones.push(one().await);
        }
    }
    let p = likelihood(&ones, &others);
    let verdict = if p < CHANCE { "told apart" } else { "not told apart" };
    println!(
        "{what}: {verdict}, medians {} and {}, p = {p:.3}, {requests} of each",
        median(&mut ones),
        median(&mut others)
    );
}

fn median(times: &mut [f64]) -> String {
    times.sort_by(f64::total_cmp);
    format!("{:.1} µs", times[times.len() / 2] * 1e6)
}

/// The two-sided p of the Mann-Whitney U test, by its normal approximation. Equal times hardly occur.
fn likelihood(ones: &[f64], others: &[f64]) -> f64 {
    let mut all: Vec<_> =
        ones.iter().map(|time| (*time, true)).chain(others.iter().map(|time| (*time, false))).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let ranks: usize = all.iter().enumerate().filter(|(_, (_, is_one))| *is_one).map(|(rank, _)| rank + 1).sum();
    let (n, m) = (ones.len() as f64, others.len() as f64);
    let u = ranks as f64 - n * (n + 1.0) / 2.0;
    let z = (u - n * m / 2.0).abs() / (n * m * (n + m + 1.0) / 12.0).sqrt();
    2.0 * tail(z)
}

/// How likely a normal variable is above `z`, which is at least 0 (M. Abramowitz and I. A. Stegun, "Handbook of Mathematical Functions",
/// 26.2.17).
fn tail(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z);
    let density = (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt();
    density
        * t
        * (0.319_381_530 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))))
}
