//! Three servers behind the haproxy that people are shown: clients come through it, and do not notice which server they are on.

use std::net::SocketAddr;

use serde_json::{Value, json};
use store_tests::{haproxy::Haproxy, postgres::Postgres};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpSocket,
    task::block_in_place,
};

use crate::{
    server::{Server, rest::ask},
    site::{CALM, Site},
    talkers::Talkers,
};

const CONFIGURATION: &str = include_str!("../../haproxy.cfg");
/// The servers of the configuration: their names, and where they are there.
const SERVERS: [(&str, &str); 3] = [("one", "10.0.0.1:8080"), ("two", "10.0.0.2:8080"), ("three", "10.0.0.3:8080")];
/// What a server behind it is told.
const BEHIND: [&str; 4] = ["--behind-proxy", "on", "--trusted-proxies", "1"];
/// Messages acked between two steps.
const SAID: u64 = 100;
/// Wrong passwords for one account from one address that are looked at (`GUESS_BURST`).
const GUESSES: usize = 10;

/// haproxy before these servers, all of which it knows to be up.
fn balanced(addresses: &[SocketAddr]) -> Haproxy {
    let places: Vec<_> = SERVERS.iter().zip(addresses).map(|((_, named), address)| (*named, *address)).collect();
    let haproxy = Haproxy::start(CONFIGURATION, &places).unwrap();
    for (server, _) in SERVERS {
        haproxy.until("chat", server, "status", |status| status == "UP").unwrap();
    }
    haproxy
}

/// How many connections each server has been given so far.
fn given(haproxy: &Haproxy) -> [u64; 3] {
    SERVERS.map(|(server, _)| haproxy.figure("chat", server, "stot").unwrap().parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it needs haproxy, a Postgres and a NATS server: cargo xtask test haproxy"]
async fn clients_of_a_server_that_goes_away_are_on_another_one() {
    let database = Postgres::shared().database().await;
    let further = [&BEHIND[..], &["--limits", "off"]].concat();
    let mut site = Site::start(database.url(), &further).await;
    let haproxy = block_in_place(|| balanced(&site.addresses()));
    let mut talkers = Talkers::start_as(&[haproxy.address()], CALM).await;
    talkers.said(SAID).await.unwrap();
    let at_first = given(&haproxy);
    assert!(at_first.iter().all(|count| *count > 0), "{at_first:?}");

    // An operator who takes a server out tells haproxy first.
    haproxy.order("set server chat/one state drain").unwrap();
    talkers.said(SAID).await.unwrap();
    let before = given(&haproxy);
    site.nodes[0].stop();
    talkers.said(SAID).await.unwrap();
    let after = given(&haproxy);
    assert_eq!(after[0], before[0], "a server that is drained is given nobody");
    assert!(after[1] + after[2] > before[1] + before[2], "{before:?}, then {after:?}");
    site.nodes[0].start_again();
    haproxy.order("set server chat/one state ready").unwrap();
    block_in_place(|| haproxy.until("chat", "one", "status", |status| status == "UP")).unwrap();

    // A server that ends by itself is noticed.
    site.nodes[1].stop();
    talkers.said(SAID).await.unwrap();
    block_in_place(|| haproxy.until("chat", "two", "status", |status| status == "DOWN")).unwrap();
    talkers.said(SAID).await.unwrap();
    site.nodes[1].start_again();
    block_in_place(|| haproxy.until("chat", "two", "status", |status| status == "UP")).unwrap();

    talkers.fall_silent().await.unwrap();
    site.until_all_see_present(&talkers).await;
    let heard = talkers.end().await.unwrap_or_else(|broken| panic!("{broken}"));
    assert_eq!(heard.turned_away, 0, "there was a server for everybody all the time");
    println!("behind haproxy: {}; connections given: {:?}", heard.sentence, given(&haproxy));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it needs haproxy: cargo xtask test haproxy"]
async fn a_client_is_where_haproxy_says_and_not_where_the_client_says() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = [&["--listen", "127.0.0.1:0", "--registration", "open", "--metrics", "on"], &BEHIND[..]].concat();
    let server = block_in_place(|| Server::start(folder.path(), &arguments));
    // The other two are down.
    let places = [(SERVERS[0].1, server.address), (SERVERS[1].1, nobody()), (SERVERS[2].1, nobody())];
    let haproxy = block_in_place(|| Haproxy::start(CONFIGURATION, &places)).unwrap();
    block_in_place(|| haproxy.until("chat", "one", "status", |status| status == "UP")).unwrap();
    let ann = json!({ "username": "Ann", "password": "correct horse" });
    let registered = ask(haproxy.address(), "POST", "/api/auth/register", "", &ann);
    assert_eq!(registered.0, 201, "{registered:?}");
    let (hers, another) = ([127, 0, 0, 2], [127, 0, 0, 3]);
    for guess in 0..GUESSES {
        assert_eq!(log_in(&haproxy, hers, "a wrong one", guess).await, 401);
    }
    assert_eq!(
        log_in(&haproxy, hers, "a wrong one", GUESSES).await,
        429,
        "her address is known in spite of all headers"
    );
    assert_eq!(log_in(&haproxy, another, "correct horse", 0).await, 200);
    assert_eq!(ask(server.address, "GET", "/metrics", "", &Value::Null).0, 200);
    assert_eq!(ask(haproxy.address(), "GET", "/metrics", "", &Value::Null).0, 404);
}

/// An address at which nobody listens.
fn nobody() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Tries a password from this address, and says to be at another one each time; the status of the answer.
async fn log_in(haproxy: &Haproxy, from: [u8; 4], password: &str, guess: usize) -> u16 {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((from, 0))).unwrap();
    let mut stream = socket.connect(haproxy.address()).await.unwrap();
    let body = json!({ "username": "Ann", "password": password }).to_string();
    let (forged, length) = (format!("192.0.2.{guess}"), body.len());
    let request = format!(
        "POST /api/auth/login HTTP/1.1\r\nHost: chat\r\nConnection: close\r\nContent-Type: application/json\r\n\
         X-Forwarded-For: {forged}\r\nForwarded: for={forged}\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}
