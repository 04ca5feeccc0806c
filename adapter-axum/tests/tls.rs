//! The server over TLS.
#![allow(clippy::unwrap_used, missing_docs)]

mod harness;

use std::{sync::Arc, time::Duration};

use adapter_axum::{AdapterOptions, ServeOptions, Tls, limits};
use harness::{Client, Io, Server};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName, version},
};
use tokio_tungstenite::client_async;

const SHORT: Duration = Duration::from_millis(50);
/// How long what must come is waited for; less than what would end a connection by other means.
const PATIENCE: Duration = Duration::from_secs(5);
const _: () = assert!(PATIENCE.as_secs() < limits::HEAD_TIMEOUT.as_secs());

/// A server over TLS, and who trusts it.
struct Secured {
    server: Server,
    connector: TlsConnector,
    _folder: TempDir,
}

impl Secured {
    async fn start(change: impl FnOnce(&mut ServeOptions)) -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
        std::fs::write(&certificate, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let mut options = ServeOptions::default().tls(Tls::read(certificate, key).unwrap());
        change(&mut options);
        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&version::TLS13])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let server = Server::with(AdapterOptions::default(), options).await;
        Self { server, connector: TlsConnector::from(Arc::new(config)), _folder: folder }
    }

    async fn connect(&self) -> Box<dyn Io> {
        let stream = TcpStream::connect(self.server.address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        Box::new(self.connector.connect(name, stream).await.unwrap())
    }

    async fn client(&self) -> Client {
        Client(client_async("wss://localhost/chat", self.connect().await).await.unwrap().0)
    }

    async fn ask(&self, request: &str) -> String {
        let mut io = self.connect().await;
        io.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        io.read_to_end(&mut answer).await.unwrap();
        String::from_utf8(answer).unwrap()
    }
}

async fn ended(io: &mut (impl Io + ?Sized)) {
    let mut got = Vec::new();
    let read = tokio::time::timeout(PATIENCE, io.read_to_end(&mut got)).await.expect("the connection does not end");
    // It may end by a reset.
    drop(read);
}

#[tokio::test]
async fn rooms_are_the_same_over_tls() {
    let secured = Secured::start(|_| {}).await;
    secured.server.room("r1").await;
    let (mut ann, mut bob) = (secured.client().await, secured.client().await);
    for (client, name) in [(&mut ann, "ann"), (&mut bob, "bob")] {
        let joined = client.ask(json!({ "action": "join", "username": name, "roomId": "r1" })).await;
        assert_eq!(joined["action"], "joined", "{joined}");
    }
    assert_eq!(ann.hear().await["action"], "user-joined");
    // More together than one record of TLS holds.
    let long = "x".repeat(3_000);
    for n in 0..10 {
        bob.say(json!({ "action": "send-message", "roomId": "r1", "message": long, "clientId": n.to_string() })).await;
    }
    for n in 0..10 {
        let message = ann.hear().await;
        assert_eq!((&message["message"], &message["clientId"]), (&json!(long), &json!(n.to_string())), "{message}");
    }
    let answer = secured.ask("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    drop((ann, bob));
    assert_eq!(secured.server.stop().await, 0);
}

#[tokio::test]
async fn an_invitation_leads_to_where_it_was_made() {
    let secured = Secured::start(|_| {}).await;
    let post = |path: &str, token: &str, body: Value| {
        let (body, path) = (body.to_string(), path.to_owned());
        let head = format!("Host: localhost\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n");
        let request =
            format!("POST {path} HTTP/1.1\r\n{head}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
        let secured = &secured;
        async move {
            let answer = secured.ask(&request).await;
            serde_json::from_str::<Value>(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
        }
    };
    let guest = post("/api/auth/guest", "", json!({ "username": "ann" })).await;
    let token = guest["token"].as_str().unwrap();
    post("/api/rooms", token, json!({ "roomName": "A room", "roomId": "r1", "kind": "private" })).await;
    post("/api/rooms/r1/join", token, json!({})).await;
    let invite = post("/api/rooms/r1/invites", token, json!({})).await;
    assert!(invite["url"].as_str().unwrap().starts_with("https://localhost/invite/"), "{invite}");
}

#[tokio::test]
async fn a_handshake_that_does_not_end_is_not_waited_for() {
    let secured = Secured::start(|options| options.head_timeout = SHORT).await;
    let mut silent = TcpStream::connect(secured.server.address).await.unwrap();
    ended(&mut silent).await;
    // A record that says it has 512 bytes, byte by byte: it is the whole that has a time.
    let mut slow = TcpStream::connect(secured.server.address).await.unwrap();
    slow.write_all(&[0x16, 3, 1, 2, 0, 1]).await.unwrap();
    let trickling = async {
        // As long as the server takes it in.
        while slow.write_all(&[0]).await.is_ok() {
            tokio::time::sleep(SHORT / 10).await;
        }
    };
    tokio::time::timeout(PATIENCE, trickling).await.expect("the connection does not end");
    // The handshake's time is the head's, too.
    let mut idle = secured.connect().await;
    ended(&mut *idle).await;
    assert_eq!(secured.server.stop().await, 0);
}

#[tokio::test]
async fn a_handshake_under_way_counts_as_a_connection() {
    let secured = Secured::start(|options| options.max_per_address = Some(1)).await;
    let silent = TcpStream::connect(secured.server.address).await.unwrap();
    let mut second = TcpStream::connect(secured.server.address).await.unwrap();
    ended(&mut second).await;
    drop(silent);
    loop {
        let stream = TcpStream::connect(secured.server.address).await.unwrap();
        if secured.connector.connect(ServerName::try_from("localhost").unwrap(), stream).await.is_ok() {
            break;
        }
    }
}

#[tokio::test]
async fn a_socket_stays_longer_than_a_head_is_waited_for() {
    // Long enough for a handshake on a busy machine.
    let bound = SHORT * 10;
    let secured = Secured::start(|options| (options.head_timeout, options.idle_timeout) = (bound, bound)).await;
    let mut client = secured.client().await;
    for _ in 0..2 {
        // Another connection, which came later, is given up meanwhile.
        ended(&mut TcpStream::connect(secured.server.address).await.unwrap()).await;
        assert_eq!(client.ask(json!({ "action": "ping" })).await["action"], "pong");
    }
}

#[tokio::test]
async fn who_speaks_no_tls_gets_nothing() {
    let secured = Secured::start(|_| {}).await;
    let mut plain = TcpStream::connect(secured.server.address).await.unwrap();
    plain.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut got = Vec::new();
    let read = tokio::time::timeout(PATIENCE, plain.read_to_end(&mut got)).await.expect("the connection does not end");
    drop(read);
    assert!(!String::from_utf8_lossy(&got).contains("HTTP"), "{got:?}");
    assert_eq!(secured.server.stop().await, 0);
}
