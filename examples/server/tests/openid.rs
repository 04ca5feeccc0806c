//! Users sign in at a provider: from the server's settings to where a browser is sent, and what happens when the provider is away.
#![cfg(feature = "openid")]
#![allow(clippy::unwrap_used, missing_docs)]

mod server;

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    os::unix::fs::PermissionsExt as _,
    process::Command,
    thread,
};

use serde_json::{Value, json};
use server::{Server, rest::ask};

/// Where a browser is sent.
fn location(server: SocketAddr, path: &str) -> String {
    let mut io = TcpStream::connect(server).unwrap();
    write!(io, "GET {path} HTTP/1.1\r\nhost: {server}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    io.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 302 "), "{answer}");
    answer.lines().find_map(|line| line.strip_prefix("location: ")).unwrap().to_owned()
}

/// A provider that says of itself what it must, to two requests.
fn describe(listener: TcpListener) {
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let description = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    });
    for body in [description, json!({ "keys": [] })] {
        let (mut io, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(io.try_clone().unwrap()).lines();
        while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
        let body = body.to_string();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
        write!(io, "{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
    }
}

#[test]
fn a_browser_is_sent_to_the_provider_and_a_provider_that_is_away_stops_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let arguments = [
        ["--listen", "127.0.0.1:0", "--origin", "https://chat.example.org"],
        ["--oidc-issuer", &issuer, "--oidc-client-id", "chat"],
    ]
    .concat();
    let named = [&arguments[..], &["--oidc-name", "the office"]].concat();
    let server = Server::start(folder.path(), &named);
    let entry = ask(server.address, "GET", "/api/auth", "", &Value::Null).1;
    assert_eq!(entry["openId"], json!({ "label": "the office" }));
    let described = thread::spawn(move || describe(listener));
    let url = location(server.address, "/api/auth/oidc");
    described.join().unwrap();
    let callback = "redirect_uri=https%3A%2F%2Fchat.example.org%2Fapi%2Fauth%2Foidc%2Fcallback";
    assert!(url.starts_with(&format!("{issuer}/authorize?")) && url.contains(callback), "{url}");
    drop(server);

    // Nobody listens there any more.
    let server = Server::start(folder.path(), &arguments);
    let post = |path: &str, body| ask(server.address, "POST", path, "", &body).0;
    assert_eq!(post("/api/auth/register", json!({ "username": "ann", "password": "correct horse" })), 201);
    assert_eq!(location(server.address, "/api/auth/oidc?return=/x"), "/x#sign-in-error=provider-unavailable");
    assert_eq!(post("/api/auth/login", json!({ "username": "ann", "password": "correct horse" })), 200);
    assert!(server.said().contains("nobody was signed in at the provider"), "{}", server.said());
}

#[test]
fn a_secret_that_others_may_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::write(data.join("oidc-client-secret"), "hunter2\n").unwrap();
    fs::set_permissions(data.join("oidc-client-secret"), fs::Permissions::from_mode(0o644)).unwrap();
    let mut server = Command::new(env!("CARGO_BIN_EXE_chat-server"));
    server.args(["--listen", "127.0.0.1:0", "--oidc-issuer", "https://id.example.org", "--oidc-client-id", "chat"]);
    let refused = server.current_dir(folder.path()).output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("the secret of the client") && said.contains("is open to others"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}
