//! A server with many clients is killed. All but a few come back on the others, and only of those few anybody is told that they are
//! gone.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    time::{Duration, Instant},
};

use chat_core::RoomId;
use chat_wire::{PresenceState, ResumeStatus, ServerFrame};
use store_tests::postgres::Postgres;
use tokio::task::JoinSet;

use crate::{
    client::{Client, Place, room_id},
    server::rest::create_room,
    site::{PATIENCE, Site},
};

/// How many clients the server has; `cargo xtask soak storm` has 1,000.
const SETTING: &str = "CHAT_STORM_CLIENTS";
const CLIENTS: usize = 200;
const ROOMS: usize = 10;
/// Clients that lost their connection come back at a random time within this, as the wire asks of them. Here the times are spread evenly.
const COME_BACK_WITHIN: Duration = Duration::from_secs(5);
/// The pause before a client that was not let in tries again.
const PAUSE: Duration = Duration::from_millis(250);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it needs a Postgres and a NATS server: cargo xtask test nats"]
async fn only_clients_who_do_not_come_back_from_a_killed_server_are_said_to_be_gone() {
    let clients = std::env::var(SETTING).map_or(CLIENTS, |count| count.parse().unwrap());
    let database = Postgres::shared().database().await;
    let mut site = Site::start(database.url(), &["--limits", "off"]).await;
    site.until_all_have_the_bus().await;
    let [lost, others @ ..] = &site.addresses()[..] else { panic!("three servers") };

    let rooms: Vec<_> = (0..ROOMS).map(|room| room_id(&format!("storm-{room}"))).collect();
    let mut witnesses = Vec::new();
    for (at, room) in rooms.iter().enumerate() {
        create_room(*lost, room);
        witnesses.push(Witness::join(others[at % others.len()], room).await);
    }
    let mut connected = Vec::new();
    for at in 0..clients {
        let mut client = Client::connect(*lost).await.unwrap();
        let place = client.join(&rooms[at % ROOMS], &name(at)).await.unwrap();
        connected.push((client, place));
    }
    // The first one of each room.
    let stay_away: Vec<_> = connected.drain(..ROOMS).collect();

    site.nodes[0].kill();
    let killed = Instant::now();
    let mut coming = JoinSet::new();
    drop(stay_away);
    for (at, (client, place)) in connected.into_iter().enumerate() {
        drop(client);
        let (to, wait) = (others[at % others.len()], COME_BACK_WITHIN * at as u32 / clients as u32);
        coming.spawn(async move {
            tokio::time::sleep(wait).await;
            come_back(to, place).await
        });
    }
    let mut back = Vec::new();
    while let Some(client) = coming.join_next().await {
        back.push((client.unwrap(), killed.elapsed()));
    }
    let last = back.iter().map(|(_, after)| *after).max().unwrap();
    println!("{} clients of a killed server were back on two others {last:?} after it was killed", back.len());
    for (at, witness) in witnesses.into_iter().enumerate() {
        let gone = tokio::time::timeout(PATIENCE, witness.hears_of_gone_up_to(&name(at))).await.expect("it is noticed");
        assert_eq!(gone, BTreeSet::from([name(at)]), "the others were back {last:?} after the kill");
    }
}

fn name(client: usize) -> String {
    format!("client {client}")
}

/// Comes back as a client does: tries again until it is let in, and has missed nothing then.
async fn come_back(to: SocketAddr, place: Place) -> Client {
    let attempts = async {
        loop {
            if let Ok(mut client) = Client::connect(to).await
                && let Ok(resumed) = client.resume(&place).await
            {
                assert_eq!(resumed.status, ResumeStatus::Recovered, "{resumed:?}");
                return client;
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::time::timeout(PATIENCE, attempts).await.expect("a client comes back")
}

/// Somebody on a server that lives, who is told which users are gone.
struct Witness(Client);

impl Witness {
    async fn join(server: SocketAddr, room: &RoomId) -> Self {
        let mut client = Client::connect(server).await.unwrap();
        client.join(room, "witness").await.unwrap();
        Self(client)
    }

    /// The names of users who are said to be gone, until this one is. Guests of a server that never starts again stay members.
    async fn hears_of_gone_up_to(mut self, last: &str) -> BTreeSet<String> {
        let mut gone = BTreeSet::new();
        while !gone.contains(last) {
            let users = match self.0.next().await.unwrap() {
                ServerFrame::Presence { user, state: PresenceState::Offline, .. } => vec![user],
                ServerFrame::UserLeft(left) => vec![left.user],
                ServerFrame::MembersChanged { left, .. } => left,
                _ => continue,
            };
            gone.extend(users.into_iter().map(|user| user.username.to_string()));
        }
        gone
    }
}
