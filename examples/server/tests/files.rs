//! A process that may open few files.
#![allow(clippy::unwrap_used, missing_docs)]

mod server;

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
};

use serde_json::Value;
use server::{Server, rest::ask};

const UPGRADE: &[u8] = b"GET /chat HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// A WebSocket; `None` where it is not let in.
fn open(address: SocketAddr) -> Option<TcpStream> {
    let mut io = TcpStream::connect(address).unwrap();
    let mut status = [0; 13];
    io.write_all(UPGRADE).and_then(|()| io.read_exact(&mut status)).ok()?;
    (&status == b"HTTP/1.1 101 ").then_some(io)
}

/// How many WebSockets a server lets one address have.
fn held(limit: &str, arguments: &[&str]) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_under(folder.path(), limit, &[&["--listen", "127.0.0.1:0"], arguments].concat());
    let mut sockets = Vec::new();
    while let Some(socket) = open(server.address) {
        sockets.push(socket);
    }
    if arguments.contains(&"--behind-proxy") {
        assert_eq!(ask(server.address, "GET", "/healthz", "", &Value::Null).0, 200, "{limit}");
        assert_eq!(ask(server.address, "GET", "/readyz", "", &Value::Null).0, 200, "{limit}");
        let log = std::fs::read_to_string(folder.path().join("server.log")).unwrap();
        assert!(log.contains("all connections are taken"), "{log}");
    }
    sockets.len()
}

#[test]
fn one_address_has_a_quarter_and_who_asks_for_health_is_answered() {
    // The soft limit is raised to the hard one.
    for (limit, most) in [("ulimit -n 64", 32), ("ulimit -n 130", 98), ("ulimit -n 200 && ulimit -S -n 64", 150)] {
        assert_eq!(held(limit, &[]), most / 4, "{limit}");
        assert_eq!(held(limit, &["--behind-proxy"]), most, "{limit}");
    }
}
