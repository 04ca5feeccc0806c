//! What signals do to the server.
#![allow(clippy::unwrap_used, missing_docs)]

mod server;

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
};

use rustix::process::Signal;
use serde_json::{Value, json};
use server::{Server, rest::ask};

const ANYWHERE: &[&str] = &["--listen", "127.0.0.1:0"];

/// Reads until this has come.
fn until(io: &mut TcpStream, part: &str) {
    let (mut got, mut byte) = (Vec::new(), [0]);
    while !got.ends_with(part.as_bytes()) {
        assert_eq!(io.read(&mut byte).unwrap(), 1, "{}", String::from_utf8_lossy(&got));
        got.push(byte[0]);
    }
}

#[test]
fn what_a_closing_terminal_and_a_rotated_log_send_is_logged_and_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), ANYWHERE);
    for (signal, name) in [(Signal::HUP, "SIGHUP"), (Signal::USR1, "SIGUSR1"), (Signal::USR2, "SIGUSR2")] {
        server.signal(signal);
        while !fs::read_to_string(folder.path().join("server.log")).unwrap().contains(name) {
            assert_eq!(ask(server.address, "GET", "/healthz", "", &Value::Null).0, 200, "{name}");
        }
    }
    server.signal(Signal::TERM);
    assert_eq!(server.wait().0.code(), Some(0));
}

#[test]
fn a_second_signal_ends_a_server_that_drains() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), ANYWHERE);
    // A client that does not go.
    let mut io = TcpStream::connect(server.address).unwrap();
    let upgrade = "GET /chat HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    io.write_all(upgrade.as_bytes()).unwrap();
    until(&mut io, "\r\n\r\n");
    server.signal(Signal::TERM);
    until(&mut io, "goaway");
    server.signal(Signal::TERM);
    let (status, _, log) = server.wait();
    assert_eq!(status.code(), Some(1));
    assert!(log.contains("chat-server: ended at once by a second signal"), "{log}");
}

#[test]
fn a_file_that_may_grow_no_further_ends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_under(folder.path(), "ulimit -f 8000", &[ANYWHERE, &["--limits", "off"]].concat());
    let (_, guest) = ask(server.address, "POST", "/api/auth/guest", "", &json!({ "username": "Ann" }));
    let token = guest["token"].as_str().unwrap();
    let long = json!({ "roomName": "x".repeat(60) });
    let refused = (0..10_000).find_map(|_| {
        let (status, answer) = ask(server.address, "POST", "/api/rooms", token, &long);
        (status != 201).then_some(answer)
    });
    let code = refused.unwrap()["code"].clone();
    assert!(code == "outcome-unknown" || code == "store-unavailable", "{code}");
    assert_eq!(ask(server.address, "GET", "/healthz", "", &Value::Null).0, 200);
    server.signal(Signal::TERM);
    assert_eq!(server.wait().0.code(), Some(0));
}
