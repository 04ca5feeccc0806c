//! TLS without a proxy: the server as a process, and its certificate exchanged while clients are connected.
#![cfg(feature = "tls")]
#![allow(clippy::unwrap_used, missing_docs)]

mod server;

use std::{
    net::SocketAddr,
    path::Path,
    process::Output,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use server::{Server, command};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName},
    },
};
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message};

const TLS: &[&str] = &["--listen", "127.0.0.1:0", "--tls-cert", "cert.pem", "--tls-key", "key.pem"];
/// How long an exchange is waited for; that is done only in a test that fails.
const PATIENCE: Duration = Duration::from_mins(2);

/// Puts a new certificate and its key into the folder.
fn renew(folder: &Path) -> CertificateDer<'static> {
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    std::fs::write(folder.join("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    made.cert.der().clone()
}

/// A client that trusts one certificate.
struct Trusting {
    connector: TlsConnector,
    address: SocketAddr,
}

impl Trusting {
    fn of(certificate: &CertificateDer<'static>, address: SocketAddr) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(certificate.clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self { connector: TlsConnector::from(Arc::new(config)), address }
    }

    /// A connection, if the server has the certificate.
    async fn connect(&self) -> std::io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(self.address).await?;
        self.connector.connect(ServerName::try_from("127.0.0.1").unwrap(), stream).await
    }

    async fn ask(&self, path: &str, body: &Value) -> Value {
        let (mut io, address, body) = (self.connect().await.unwrap(), self.address, body.to_string());
        let head = format!("Host: {address}\r\nContent-Type: application/json\r\nConnection: close\r\n");
        let request = format!("POST {path} HTTP/1.1\r\n{head}Content-Length: {}\r\n\r\n{body}", body.len());
        io.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        io.read_to_string(&mut answer).await.unwrap();
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    async fn chat(&self) -> Chatting {
        let io = self.connect().await.unwrap();
        Chatting(client_async(format!("wss://{}/chat", self.address), io).await.unwrap().0)
    }
}

struct Chatting(WebSocketStream<TlsStream<TcpStream>>);

impl Chatting {
    async fn say(&mut self, frame: &Value) {
        self.0.send(Message::text(frame.to_string())).await.unwrap();
    }

    /// The next frame of this action.
    async fn hear(&mut self, action: &str) -> Value {
        loop {
            if let Message::Text(text) = self.0.next().await.expect("the socket ended").unwrap() {
                let frame: Value = serde_json::from_str(&text).unwrap();
                assert_ne!(frame["action"], "error", "{frame}");
                if frame["action"] == action {
                    return frame;
                }
            }
        }
    }
}

#[tokio::test]
async fn a_certificate_is_exchanged_while_sockets_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let first = renew(folder.path());
    let server = Server::start(folder.path(), &[TLS, &["--welcome", "on"]].concat());
    assert!(server.ready.starts_with("chat is ready at https://127.0.0.1:"), "{}", server.ready);
    assert!(
        server.said().contains(": https://127.0.0.1:") && server.said().contains("/first-run#"),
        "{}",
        server.said()
    );
    let client = Trusting::of(&first, server.address);
    let new = json!({ "username": "Ann", "password": "correct horse" });
    client.ask("/api/auth/register", &new).await;
    let login = client.ask("/api/auth/login", &new).await;
    let mut ann = client.chat().await;
    ann.say(&json!({ "action": "hello", "token": login["token"] })).await;
    ann.hear("welcome").await;
    ann.say(&json!({ "action": "join", "roomId": "welcome" })).await;
    ann.hear("joined").await;

    // A half that does not fit is not taken.
    std::fs::write(folder.path().join("key.pem"), "no key").unwrap();
    let begun = Instant::now();
    while !server.said().contains("the new certificate is not used") {
        assert!(begun.elapsed() < PATIENCE, "{}", server.said());
        assert!(client.connect().await.is_ok(), "the old one stays");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let second = renew(folder.path());
    let newer = Trusting::of(&second, server.address);
    while newer.connect().await.is_err() {
        assert!(begun.elapsed() < PATIENCE, "{}", server.said());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(client.connect().await.is_err(), "the old one is not shown any more");
    assert_eq!(server.said().matches("the new certificate is not used").count(), 1, "{}", server.said());

    let mut bob = newer.chat().await;
    bob.say(&json!({ "action": "join", "roomId": "welcome", "username": "bob" })).await;
    bob.hear("joined").await;
    ann.say(&json!({ "action": "send-message", "roomId": "welcome", "message": "still here", "clientId": "c" })).await;
    assert_eq!(bob.hear("new-message").await["message"], "still here");
    ann.hear("sent").await;
    server.signal(rustix::process::Signal::TERM);
    assert_eq!(server.wait().0.code(), Some(0));
}

#[test]
fn a_certificate_that_cannot_be_used_is_a_bad_setting() {
    let folder = tempfile::tempdir().unwrap();
    renew(folder.path());
    let key = std::fs::read(folder.path().join("key.pem")).unwrap();
    renew(folder.path());
    std::fs::write(folder.path().join("old-key.pem"), key).unwrap();
    for (arguments, said) in [
        (&["--tls-cert", "none.pem", "--tls-key", "key.pem"][..], "the file none.pem cannot be read: "),
        (&["--tls-cert", "cert.pem", "--tls-key", "cert.pem"], "there is no private key in cert.pem: "),
        (
            &["--tls-cert", "cert.pem", "--tls-key", "old-key.pem"],
            "cert.pem and the key old-key.pem cannot be used together: ",
        ),
        (&["--tls-cert", "cert.pem"], "tls-cert needs tls-key, "),
        (&["--tls-key", "key.pem"], "tls-key needs tls-cert, "),
    ] {
        for check in [&[][..], &["--check-config"]] {
            let arguments = [&["--listen", "127.0.0.1:0"], arguments, check].concat();
            let Output { status, stdout, stderr } = command(folder.path(), &arguments).output().unwrap();
            let text = String::from_utf8(stderr).unwrap();
            assert_eq!((status.code(), stdout.as_slice()), (Some(2), &b""[..]), "{text}");
            assert!(text.contains(said) && text.lines().count() == 1, "{text}");
        }
    }
    assert!(!folder.path().join("data").exists(), "nothing is made");
}
