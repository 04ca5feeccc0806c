//! The server: what slow, many and greedy clients get, and how it ends.
#![allow(clippy::unwrap_used, missing_docs)]

mod harness;

use std::{sync::Arc, time::Duration};

use adapter_axum::{
    AdapterOptions, ServeOptions,
    limits::{self, Rate},
    router,
    ws::{self, Incoming, SocketOptions, text_frame},
};
use axum::{Router, extract::Request, response::Response, routing::get};
use chat_core::{Chat, Transport as _};
use harness::{Server, Way};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Notify,
};

const SHORT: Duration = Duration::from_millis(50);
/// How long a connection that must end is waited for: it does so only in a test that fails, and is less than what ends it
/// by other means, or where the test's own time-outs are not heeded.
const PATIENCE: Duration = Duration::from_secs(5);
const _: () = assert!(
    PATIENCE.as_secs() < limits::HEAD_TIMEOUT.as_secs()
        && PATIENCE.as_secs() < limits::BODY_TIMEOUT.as_secs()
        && PATIENCE.as_secs() < limits::STALL_TIMEOUT.as_secs()
);

async fn with(change: impl FnOnce(&mut ServeOptions)) -> Server {
    let mut options = ServeOptions::default();
    change(&mut options);
    Server::with(AdapterOptions::default(), options).await
}

/// Reads one answer with a body and leaves the connection open; `None` if it is closed without one.
async fn answer(io: &mut TcpStream) -> Option<String> {
    let mut got = String::new();
    while !got.ends_with('}') {
        got.push(io.read_u8().await.ok()?.into());
    }
    Some(got)
}

async fn ask(io: &mut TcpStream) -> Option<String> {
    io.write_all(b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n").await.ok()?;
    answer(io).await
}

/// What still comes before the server ends the connection, which it does within the patience of a test.
async fn ended(io: &mut TcpStream) -> String {
    let mut got = Vec::new();
    let read = tokio::time::timeout(PATIENCE, io.read_to_end(&mut got)).await.expect("the connection does not end");
    // It may end by a reset.
    drop(read);
    String::from_utf8_lossy(&got).into_owned()
}

#[tokio::test]
async fn a_head_that_does_not_end_is_not_waited_for() {
    let server = with(|options| options.head_timeout = SHORT).await;
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    let mut slow = TcpStream::connect(server.address).await.unwrap();
    slow.write_all(b"GET /chat HTTP/1.1\r\nHost: h\r\nX-Slow: ").await.unwrap();
    for io in [&mut silent, &mut slow] {
        assert_eq!(ended(io).await, "");
    }
}

/// A head that goes on and on is as slow as one that does not come: it is the whole that has a time.
#[tokio::test]
async fn a_head_that_trickles_is_not_waited_for() {
    let server = with(|options| options.head_timeout = SHORT).await;
    let mut io = TcpStream::connect(server.address).await.unwrap();
    io.write_all(b"GET /healthz HTTP/1.1\r\nHost: h\r\nX-Slow: ").await.unwrap();
    let trickling = async {
        // As long as the server takes it in.
        while io.write_all(b"x").await.is_ok() {
            tokio::time::sleep(SHORT / 10).await;
        }
    };
    tokio::time::timeout(PATIENCE, trickling).await.expect("the connection does not end");
}

#[tokio::test]
async fn a_connection_waits_longer_for_its_next_request_than_for_the_rest_of_a_head() {
    let server = with(|options| options.head_timeout = SHORT).await;
    let mut kept = TcpStream::connect(server.address).await.unwrap();
    assert!(ask(&mut kept).await.is_some());
    // While another one's head is waited for in vain, it stays.
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    assert_eq!(ended(&mut silent).await, "");
    assert!(ask(&mut kept).await.is_some());
    kept.write_all(b"GET /healthz HTTP/1.1\r\nHost: ").await.unwrap();
    assert_eq!(ended(&mut kept).await, "", "the next head is not waited for either");
    let server = with(|options| options.idle_timeout = SHORT).await;
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    assert!(ask(&mut idle).await.is_some());
    assert_eq!(ended(&mut idle).await, "");
}

/// Other code's WebSockets, which keep what carried the request, have the times that code gives them.
#[tokio::test]
async fn an_upgraded_connection_is_no_longer_watched() {
    let handler = |mut request: Request| async move {
        let (response, upgrade) = ws::accept(&mut request).unwrap();
        tokio::spawn(async move {
            let mut socket = upgrade.stream(SocketOptions::default()).await.unwrap();
            while let Incoming::Text(message) = socket.incoming().await {
                socket.send(&[text_frame(&String::from_utf8_lossy(&message))]).await.unwrap();
            }
        });
        response as Response
    };
    let mut options = ServeOptions::default();
    (options.head_timeout, options.idle_timeout, options.stall_timeout) = (SHORT, SHORT, SHORT);
    let server = Server::of(Chat::builder().build(), Router::new().route("/chat", get(handler)), options).await;
    let mut client = server.client(Way::Tcp).await;
    for _ in 0..2 {
        // Another connection, which came later, is given up meanwhile.
        let mut silent = TcpStream::connect(server.address).await.unwrap();
        assert_eq!(ended(&mut silent).await, "");
        client.send(tungstenite::Message::text("hello")).await;
        assert_eq!(client.receive().await, tungstenite::Message::text("hello"));
    }
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused() {
    let server = Server::start().await;
    let mut io = TcpStream::connect(server.address).await.unwrap();
    let long = format!("GET /healthz HTTP/1.1\r\nHost: h\r\nX-Long: {}\r\n\r\n", "x".repeat(20_000));
    io.write_all(long.as_bytes()).await.unwrap();
    let mut got = [0; 12];
    io.read_exact(&mut got).await.unwrap();
    assert_eq!(&got, b"HTTP/1.1 431");
}

#[tokio::test]
async fn a_body_that_stalls_ends_the_connection() {
    let server = with(|options| options.stall_timeout = SHORT).await;
    let mut io = TcpStream::connect(server.address).await.unwrap();
    let head = b"POST /api/auth/guest HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n{\"username\":";
    io.write_all(head).await.unwrap();
    // The handler learns that the body does not come, and its refusal is the last answer; or the connection is gone before.
    let got = ended(&mut io).await;
    let is_refusal = got.starts_with("HTTP/1.1 400 ") && got.contains("bad-json");
    assert!(got.is_empty() || is_refusal, "{got}");
    // And the place of the connection is free again.
    assert_eq!(server.stop().await, 0);
}

#[tokio::test]
async fn an_answer_that_nobody_reads_ends_the_connection() {
    // More than the buffers between both ends hold.
    let long = get(|| async { vec![b'x'; 64 << 20] });
    let mut options = ServeOptions::default();
    options.stall_timeout = SHORT;
    let server = Server::of(Chat::builder().build(), Router::new().route("/long", long), options).await;
    let mut io = TcpStream::connect(server.address).await.unwrap();
    io.write_all(b"GET /long HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    io.read_u8().await.unwrap();
    assert_eq!(server.stop().await, 0, "the connection stalled and ended by itself");
    assert!(ended(&mut io).await.len() < 64 << 20);
}

#[tokio::test]
async fn connections_of_one_address_are_bounded_with_their_sockets() {
    let server = with(|options| options.max_per_address = Some(2)).await;
    let mut first = server.client(Way::Tcp).await;
    let mut second = TcpStream::connect(server.address).await.unwrap();
    assert!(ask(&mut second).await.is_some());
    let mut third = TcpStream::connect(server.address).await.unwrap();
    assert!(ask(&mut third).await.is_none());
    // A place is free again when its socket is closed.
    first.0.close(None).await.unwrap();
    while let Some(Ok(_)) = futures_util::StreamExt::next(&mut first.0).await {}
    drop(first);
    loop {
        let mut next = TcpStream::connect(server.address).await.unwrap();
        if ask(&mut next).await.is_some() {
            break;
        }
    }
}

#[tokio::test]
async fn new_connections_of_one_address_are_bounded_by_rate() {
    let server = with(|options| options.connections = Some(Rate { per_second: 1, burst: 3 })).await;
    let mut answered = 0;
    for _ in 0..10 {
        let mut io = TcpStream::connect(server.address).await.unwrap();
        answered += usize::from(ask(&mut io).await.is_some());
    }
    assert!((3..10).contains(&answered), "{answered}");
}

#[tokio::test]
async fn further_connections_get_a_single_answer_and_then_wait_for_a_place() {
    let server = with(|options| options.max_connections = 1).await;
    let mut first = server.client(Way::Tcp).await;
    let mut probe = TcpStream::connect(server.address).await.unwrap();
    let answer = ask(&mut probe).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("\r\nconnection: close\r\n"), "{answer}");
    assert_eq!(ended(&mut probe).await, "");
    let refused = server.client_at(Way::Tcp, "/chat", &[]).await.err();
    assert_eq!(refused.map(|status| status.as_u16()), Some(503), "a WebSocket would stay");
    let mut silent = Vec::new();
    for _ in 0..limits::SPARE_CONNECTIONS {
        silent.push(TcpStream::connect(server.address).await.unwrap());
    }
    let mut next = TcpStream::connect(server.address).await.unwrap();
    next.write_all(b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    first.0.close(None).await.unwrap();
    drop(first);
    assert!(self::answer(&mut next).await.is_some());
}

#[tokio::test]
async fn requests_under_way_are_answered_at_the_end() {
    let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (begins, waits) = (begun.clone(), go.clone());
    let slow = get(move || async move {
        begins.notify_one();
        waits.notified().await;
        "{}"
    });
    let chat = Chat::builder().build();
    let app = router(chat.clone(), AdapterOptions::default()).route("/slow", slow);
    let server = Server::of(chat.clone(), app, ServeOptions::default()).await;
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    assert!(ask(&mut idle).await.is_some());
    let mut io = TcpStream::connect(server.address).await.unwrap();
    io.write_all(b"GET /slow HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    begun.notified().await;
    let address = server.address;
    let ending = tokio::spawn(server.stop());
    assert_eq!(idle.read_to_end(&mut Vec::new()).await.unwrap(), 0, "idle connections end at once");
    assert!(chat.is_draining() && TcpStream::connect(address).await.is_err());
    go.notify_one();
    let last = answer(&mut io).await.unwrap();
    assert!(last.contains("\r\nconnection: close\r\n") && last.ends_with("{}"), "{last}");
    assert_eq!(ending.await.unwrap(), 0);
}

#[tokio::test]
async fn what_does_not_end_is_cut_off() {
    let slow = get(|| async { std::future::pending::<()>().await });
    let app = Router::new().route("/slow", slow);
    let mut options = ServeOptions::default();
    options.drain = SHORT;
    let server = Server::of(Chat::builder().build(), app, options).await;
    let mut io = TcpStream::connect(server.address).await.unwrap();
    io.write_all(b"GET /slow HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    // The request is there before the end begins: a second connection's was answered.
    let mut other = TcpStream::connect(server.address).await.unwrap();
    other.write_all(b"GET /nothing HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    other.read_u8().await.unwrap();
    assert_eq!(server.stop().await, 1);
    assert_eq!(io.read_to_end(&mut Vec::new()).await.unwrap_or(0), 0);
}

#[tokio::test]
async fn strangers_of_one_address_share_an_allowance_but_not_behind_a_proxy() {
    for (serving, second) in [(ServeOptions::default(), "error"), (ServeOptions::default().behind_proxy(), "pong")] {
        let mut limits = chat_core::Limits::default();
        (limits.strangers_per_second, limits.strangers_burst) = (Some(1), 1);
        let chat = Chat::builder().limits(limits).build();
        let server = Server::of(chat.clone(), router(chat, AdapterOptions::default()), serving).await;
        let (mut one, mut other) = (server.client(Way::Tcp).await, server.client(Way::Tcp).await);
        let ping = serde_json::json!({ "action": "ping", "id": 1 });
        assert_eq!(one.ask(ping.clone()).await["action"], "pong");
        assert_eq!(other.ask(ping).await["action"], second);
    }
}

#[tokio::test]
async fn who_sends_pings_without_end_is_closed() {
    let server = Server::start().await;
    let mut flood = server.connect(Way::Tcp).await;
    let key = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
               Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    flood.write_all(format!("GET /chat HTTP/1.1\r\nHost: h\r\n{key}\r\n").as_bytes()).await.unwrap();
    flood.write_all(&[0x89, 0x80, 1, 2, 3, 4].repeat(1_100)).await.unwrap();
    let mut got = Vec::new();
    tokio::time::timeout(PATIENCE, flood.read_to_end(&mut got)).await.expect("it goes on").unwrap();
    assert!(got.ends_with(&[0x88, 2, (4005 >> 8) as u8, (4005 & 0xff) as u8]), "{:?}", got.len());
    let pongs = got.windows(2).filter(|pair| *pair == [0x8a, 0]).count();
    assert!((200..=300).contains(&pongs), "{pongs} pongs");
}
