//! What the first start offers, and whose word is taken for where clients are.
#![allow(clippy::unwrap_used, missing_docs)]

mod server;

use std::path::Path;

use serde_json::{Value, json};
use server::{
    Server, command,
    rest::{ask, exchange},
};

const ANYWHERE: &[&str] = &["--listen", "127.0.0.1:0"];

/// The rooms that anybody finds.
fn public_rooms(server: &Server) -> Vec<String> {
    let guest = ask(server.address, "POST", "/api/auth/guest", "", &json!({ "username": "Zoe" })).1;
    let rooms = ask(server.address, "GET", "/api/rooms", guest["token"].as_str().unwrap(), &Value::Null).1;
    rooms["rooms"].as_array().unwrap().iter().map(|room| room["roomId"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_room_is_there_from_the_first_start_until_it_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let start = |folder: &Path, arguments: &[&str]| {
        Server::started(folder, command(folder, &[ANYWHERE, arguments].concat()).env_remove("CHAT_WELCOME"))
    };
    let server = start(folder.path(), &[]);
    assert_eq!(public_rooms(&server), ["welcome"]);
    let link = server.said().split_once("/first-run#").unwrap().1.trim().to_owned();
    let admin = json!({ "token": link, "username": "Rita", "password": "correct horse" });
    let admin = ask(server.address, "POST", "/api/auth/first-admin", "", &admin).1;
    server.kill();
    let server = start(folder.path(), &[]);
    assert_eq!(public_rooms(&server), ["welcome"], "one, however often it is started");
    let token = admin["token"].as_str().unwrap();
    assert_eq!(ask(server.address, "DELETE", "/api/rooms/welcome", token, &Value::Null).0, 204);
    server.kill();
    assert_eq!(public_rooms(&start(folder.path(), &[])), [""; 0], "a deleted room does not come back");
    let other = tempfile::tempdir().unwrap();
    assert_eq!(public_rooms(&start(other.path(), &["--welcome", "off"])), [""; 0]);
}

/// How many of 25 may register who come through a proxy that says this of them.
fn registered(server: &Server, said: impl Fn(usize) -> String, from: usize) -> usize {
    let may = |n: &usize| {
        let body = json!({ "username": format!("user{n}"), "password": "correct horse" }).to_string();
        let headers = format!("{}\r\nContent-Type: application/json\r\n", said(*n));
        let answer = exchange(server.address, "POST", "/api/auth/register", &headers, &body);
        answer.starts_with("HTTP/1.1 201")
    };
    (from..from + 25).filter(may).count()
}

#[test]
fn a_trusted_proxy_says_where_clients_are_and_nobody_else_does() {
    let started = |arguments: &[&str]| {
        let folder = tempfile::tempdir().unwrap();
        let arguments = [ANYWHERE, &["--store", "memory:"], arguments].concat();
        (Server::start(folder.path(), &arguments), folder)
    };
    let (server, _folder) = started(&["--trusted-proxies", "127.0.0.1"]);
    assert_eq!(registered(&server, |n| format!("X-Forwarded-For: 192.0.2.{}", n % 5), 0), 25, "five clients");
    let made_up = |n: usize| format!("X-Forwarded-For: 6.6.6.{n}, 198.51.100.7");
    assert_eq!(registered(&server, made_up, 100), 20, "one client, whatever it says of itself");
    assert_eq!(registered(&server, |n| format!("Forwarded: for=203.0.113.{n}"), 200), 20, "the proxy itself");
    let (server, _folder) = started(&["--trusted-proxies", "127.0.0.1", "--trusted-header", "forwarded"]);
    assert_eq!(registered(&server, |n| format!("Forwarded: for=203.0.113.{n}"), 0), 25);
    let (server, _folder) = started(&["--trusted-proxies", "1"]);
    assert_eq!(registered(&server, |n| format!("X-Forwarded-For: 192.0.2.{n}"), 0), 25);
    for arguments in [&[][..], &["--trusted-proxies", "192.0.2.0/24"]] {
        let (server, _folder) = started(arguments);
        assert_eq!(registered(&server, |n| format!("X-Forwarded-For: 192.0.2.{n}"), 0), 20, "{arguments:?}");
    }
}
