//! Who gets a WebSocket: origins, identities, and what is said to the others.
#![allow(clippy::unwrap_used, missing_docs)]

mod harness;

use adapter_axum::{AdapterOptions, ServeOptions, router};
use axum::http::{StatusCode, request::Parts};
use chat_core::{Caller, Chat, CloseReason, Code, Refusal};
use harness::{Client, Server, Way, owner};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tungstenite::protocol::frame::coding::CloseCode;

const ROOM: &str = "room_12345";

async fn connect(server: &Server, headers: &[(&str, &str)]) -> Result<Client, StatusCode> {
    server.client_at(Way::Tcp, "/chat", headers).await
}

/// The answer to a request by hand: its head and its body.
async fn answer(server: &Server, headers: &str) -> (String, Value) {
    let mut io = server.connect(Way::Tcp).await;
    let request = format!("GET /chat HTTP/1.1\r\nHost: h\r\n{headers}\r\n");
    io.write_all(request.as_bytes()).await.unwrap();
    let mut got = String::new();
    while !got.ends_with("}}") {
        got.push(io.read_u8().await.unwrap().into());
    }
    let (head, body) = got.split_once("\r\n\r\n").unwrap();
    (head.to_lowercase(), serde_json::from_str(body).unwrap())
}

#[tokio::test]
async fn only_pages_of_allowed_origins_get_a_socket() {
    let server = Server::with(AdapterOptions::default().origin("https://chat.example"), ServeOptions::default()).await;
    let own = format!("http://{}", server.address);
    for allowed in [&[][..], &[("origin", "https://chat.example")], &[("origin", &own)]] {
        connect(&server, allowed).await.unwrap();
    }
    for foreign in ["https://evil.example", "null", "https://chat.example.evil.example"] {
        let refused = connect(&server, &[("origin", foreign)]).await.err();
        assert_eq!(refused, Some(StatusCode::FORBIDDEN), "{foreign}");
    }
}

#[tokio::test]
async fn what_is_no_handshake_is_told_what_is_missing() {
    const SOUND: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\n";
    let server = Server::start().await;
    let (head, body) = answer(&server, "").await;
    assert!(head.starts_with("http/1.1 426 ") && head.contains("\r\nupgrade: websocket"), "{head}");
    assert_eq!((&body["code"], &body["details"]["field"]), (&json!("invalid-field"), &json!("upgrade")));
    let (head, body) = answer(&server, &format!("{SOUND}Sec-WebSocket-Version: 8\r\n")).await;
    assert!(head.starts_with("http/1.1 426 ") && head.contains("\r\nsec-websocket-version: 13"), "{head}");
    assert_eq!(body["details"]["field"], "sec-websocket-version");
    let (head, body) = answer(&server, &format!("{SOUND}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n")).await;
    assert!(head.starts_with("http/1.1 400 "), "{head}");
    assert_eq!(body["details"]["field"], "sec-websocket-key");
}

#[tokio::test]
async fn a_token_in_the_handshake_makes_the_session_its_users() {
    let server = Server::start().await;
    server.room(ROOM).await;
    let (guest, token) = server.chat.guest("ann".parse().unwrap()).unwrap();
    let bearer = format!("Bearer {token}");
    let mut client = connect(&server, &[("authorization", &bearer)]).await.unwrap();
    let joined = client.ask(json!({ "action": "join", "roomId": ROOM })).await;
    assert_eq!(joined["userId"], guest.user.as_str());
    let refused = connect(&server, &[("authorization", "Bearer g-1.2.3")]).await.err();
    assert_eq!(refused, Some(StatusCode::UNAUTHORIZED));
    // Never looked for in the query.
    let path = format!("/chat?token={token}&access_token={token}");
    let mut client = server.client_at(Way::Tcp, &path, &[]).await.unwrap();
    let refused = client.ask(json!({ "action": "join", "roomId": ROOM })).await;
    assert_eq!(refused["action"], "error");
}

#[tokio::test]
async fn a_host_tells_who_its_users_are() {
    let of_host = |request: &Parts| -> Result<Option<Caller>, Refusal> {
        match request.headers.get("x-user").map(|user| user.to_str().unwrap()) {
            Some("owner") => Ok(Some(owner())),
            Some(_) => Err(Refusal::new(Code::Forbidden, "you are not welcome")),
            None => Ok(None),
        }
    };
    let server = Server::with(AdapterOptions::default().identify(of_host), ServeOptions::default()).await;
    server.room(ROOM).await;
    let mut client = connect(&server, &[("x-user", "owner")]).await.unwrap();
    let joined = client.ask(json!({ "action": "join", "roomId": ROOM })).await;
    assert_eq!((&joined["userId"], &joined["role"]), (&json!("owner"), &json!("owner")));
    assert_eq!(connect(&server, &[("x-user", "eve")]).await.err(), Some(StatusCode::FORBIDDEN));
    let mut client = connect(&server, &[]).await.unwrap();
    assert_eq!(client.ask(json!({ "action": "join", "roomId": ROOM })).await["action"], "error");
}

#[tokio::test]
async fn whoever_is_suspended_while_the_host_is_asked_for_them_does_not_come_in() {
    let chat = Chat::builder().build();
    let host = chat.downgrade();
    let of_host = move |_: &Parts| -> Result<Option<Caller>, Refusal> {
        // They are known still when the host looks, and suspended before the handshake is over.
        let known = owner();
        host.upgrade().unwrap().end_sessions(&known.user, CloseReason::Revoked);
        Ok(Some(known))
    };
    let router = router(chat.clone(), AdapterOptions::default().identify(of_host));
    let server = Server::of(chat, router, ServeOptions::default()).await;
    let mut client = connect(&server, &[]).await.unwrap();
    assert_eq!(client.closed().await, CloseCode::from(CloseReason::Revoked.code()));
}

#[tokio::test]
async fn a_server_that_goes_away_takes_no_new_sockets() {
    let server = Server::start().await;
    server.chat.shutdown(std::time::Duration::from_secs(1)).await;
    assert_eq!(connect(&server, &[]).await.err(), Some(StatusCode::SERVICE_UNAVAILABLE));
}
