//! Clients of Socket.IO behind the haproxy that people are shown: which of them have to come to the same server each time.
#![allow(clippy::unwrap_used, missing_docs)]
#![cfg(unix)]

use std::{net::SocketAddr, sync::Arc, time::Duration};

use adapter_axum::{AdapterOptions, OriginCheck, ServeOptions, router, serve};
use adapter_socketio::{Client, Emit, Hello, Namespace, SocketIo};
use chat_core::{Body, Caller, Chat, Event, Limits, MemoryStore, Name, NewRoom, Refusal, RoomId, UserId};
use futures_util::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use serde_json::{Value, json};
use store_tests::haproxy::Haproxy;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpSocket},
    sync::mpsc,
    task::block_in_place,
    time::timeout,
};
use tokio_tungstenite::{client_async, tungstenite::Message};

const CONFIGURATION: &str = include_str!("../../../adapter-socketio/haproxy.cfg");
const SERVERS: [(&str, &str); 3] = [("one", "10.0.0.1:3000"), ("two", "10.0.0.2:3000"), ("three", "10.0.0.3:3000")];
const ROOM: &str = "talk";
/// Clients that poll, each from an address of its own.
const POLLERS: u8 = 8;
/// Longer than anything here takes on a machine that has much to do.
const LONG: Duration = Duration::from_secs(60);

#[derive(Deserialize)]
struct Say {
    text: String,
}

async fn identify(hello: Hello) -> Result<Option<Caller>, Refusal> {
    let name = hello.text("name").ok_or_else(|| Refusal::unauthorized("say your name"))?;
    Ok(Some(Caller::new(UserId::parse(name).unwrap(), Name::parse(name).unwrap())))
}

async fn join(client: Client, (): ()) -> Result<Value, Refusal> {
    client.join(&RoomId::parse(ROOM).unwrap()).await?;
    Ok(json!("joined"))
}

async fn send(client: Client, Say { text }: Say) -> Result<Value, Refusal> {
    client.send(&RoomId::parse(ROOM).unwrap(), text).await?;
    Ok(json!("sent"))
}

fn tell(event: &Event) -> Option<Emit> {
    match event {
        Event::Entry { entry, .. } => match &entry.body {
            Body::Message(post) => Some(Emit::new("message", &post.text)),
            _ => None,
        },
        _ => None,
    }
}

/// Three servers on one store behind haproxy with this configuration, and a room.
async fn balanced(configuration: &str) -> Haproxy {
    let store = Arc::new(MemoryStore::new());
    let mut limits = Limits::default();
    // There is no bus: this is how often they look.
    limits.head_check_ms = 100;
    let mut addresses = Vec::new();
    for node in 1..=3 {
        let chat = Chat::builder().store(store.clone()).limits(limits.clone()).node(node).build();
        if node == 1 {
            let maker = Caller::new(UserId::parse("maker").unwrap(), Name::parse("maker").unwrap());
            let room = NewRoom::public(Name::parse(ROOM).unwrap()).with_id(RoomId::parse(ROOM).unwrap());
            chat.create_room(&maker, room).await.unwrap();
        }
        let table = Namespace::new(identify).on("join", join).on("send", send).tell(tell);
        let routes = SocketIo::new(chat.clone()).namespace("/", table).routes(OriginCheck::new([""; 0]));
        let app = router(chat.clone(), AdapterOptions::default()).merge(routes);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        addresses.push(listener.local_addr().unwrap());
        tokio::spawn(serve(listener, app, ServeOptions::default().draining(chat), std::future::pending()));
    }
    let places: Vec<(&str, SocketAddr)> = SERVERS.iter().map(|(_, named)| *named).zip(addresses).collect();
    block_in_place(|| {
        let haproxy = Haproxy::start(configuration, &places).unwrap();
        for (server, _) in SERVERS {
            haproxy.until("chat", server, "status", |status| status == "UP").unwrap();
        }
        haproxy
    })
}

/// The configuration where one address is not one server.
fn without_stickiness() -> String {
    let rule = "    balance source\n    hash-type consistent\n";
    assert!(CONFIGURATION.contains(rule));
    CONFIGURATION.replace(rule, "    balance roundrobin\n")
}

/// A session of a client that polls, from an address of its own.
#[derive(Clone)]
struct Poller {
    server: SocketAddr,
    from: [u8; 4],
    sid: String,
}

impl Poller {
    /// The handshake.
    async fn open(server: SocketAddr, from: [u8; 4]) -> Self {
        let mut poller = Self { server, from, sid: String::new() };
        let (status, opened) = poller.request("GET", "").await;
        assert_eq!(status, 200, "{opened}");
        let opened: Value = serde_json::from_str(opened.strip_prefix('0').unwrap()).unwrap();
        poller.sid = opened["sid"].as_str().unwrap().to_owned();
        poller
    }

    /// One request, over a connection of its own.
    async fn request(&self, method: &str, body: &str) -> (u16, String) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from((self.from, 0))).unwrap();
        let mut stream = socket.connect(self.server).await.unwrap();
        let sid = if self.sid.is_empty() { String::new() } else { format!("&sid={}", self.sid) };
        let request = format!(
            "{method} /socket.io/?EIO=4&transport=polling{sid} HTTP/1.1\r\nHost: chat\r\nConnection: close\r\n\
             Content-Type: text/plain\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        timeout(LONG, stream.read_to_string(&mut answer)).await.expect("no answer").unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    async fn post(&self, message: &str) {
        assert_eq!(self.request("POST", message).await, (200, "ok".to_owned()), "{message}");
    }

    /// Asks for messages without end, and answers pings: whoever does not is given up by the server.
    fn listen(&self) -> mpsc::UnboundedReceiver<String> {
        let (poller, (heard, messages)) = (self.clone(), mpsc::unbounded_channel());
        tokio::spawn(async move {
            loop {
                let (status, body) = poller.request("GET", "").await;
                assert_eq!(status, 200, "{body}");
                for message in body.split('\u{1e}') {
                    if message == "2" {
                        poller.post("3").await;
                    } else if heard.send(message.to_owned()).is_err() {
                        return;
                    }
                }
            }
        });
        messages
    }
}

/// The next message that begins so.
async fn told(messages: &mut mpsc::UnboundedReceiver<String>, begins: &str) -> String {
    let told = async {
        loop {
            let message = messages.recv().await.expect("the session has ended");
            if message.starts_with(begins) {
                return message;
            }
        }
    };
    timeout(LONG, told).await.expect("it is not told")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_poll_are_on_one_server_each_and_hear_those_on_others() {
    let haproxy = balanced(CONFIGURATION).await;
    let mut clients = Vec::new();
    for number in 0..POLLERS {
        let poller = Poller::open(haproxy.address(), [127, 0, 0, 10 + number]).await;
        let mut messages = poller.listen();
        poller.post(&format!(r#"40{{"name":"user-{number}"}}"#)).await;
        told(&mut messages, "40").await;
        poller.post(r#"420["join"]"#).await;
        told(&mut messages, "430").await;
        clients.push((poller, messages));
    }
    for (number, (poller, _)) in clients.iter().enumerate() {
        poller.post(&format!(r#"42["send",{{"text":"of {number}"}}]"#)).await;
    }
    for (_, messages) in &mut clients {
        let mut all = Vec::new();
        for _ in 0..POLLERS {
            all.push(told(messages, "42").await);
        }
        all.sort_unstable();
        let each: Vec<_> = (0..POLLERS).map(|number| format!(r#"42["message","of {number}"]"#)).collect();
        assert_eq!(all, each);
    }
    let given = SERVERS.map(|(server, _)| haproxy.figure("chat", server, "stot").unwrap().parse::<u64>().unwrap());
    assert!(given.iter().filter(|count| **count > 0).count() > 1, "they are not all on one server: {given:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_polls_at_another_server_is_told_that_it_has_no_session_there() {
    let haproxy = balanced(&without_stickiness()).await;
    let poller = Poller::open(haproxy.address(), [127, 0, 0, 10]).await;
    let mut refused = Vec::new();
    for _ in 0..2 {
        let (status, answer) = poller.request("POST", r#"40{"name":"user"}"#).await;
        refused.push((status, serde_json::from_str::<Value>(&answer).unwrap_or_default()["code"].clone()));
    }
    assert_eq!(refused, [(400, json!("invalid-field")), (400, json!("invalid-field"))]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_begins_with_a_websocket_may_be_on_any_server() {
    let haproxy = balanced(&without_stickiness()).await;
    let mut sockets = Vec::new();
    for number in 0..3 {
        let stream = tokio::net::TcpStream::connect(haproxy.address()).await.unwrap();
        let url = format!("ws://{}/socket.io/?EIO=4&transport=websocket", haproxy.address());
        let (mut socket, _) = client_async(url, stream).await.unwrap();
        socket.send(Message::text(format!(r#"40{{"name":"user-{number}"}}"#))).await.unwrap();
        socket.send(Message::text(r#"420["join"]"#)).await.unwrap();
        sockets.push(socket);
    }
    for socket in &mut sockets {
        hear(socket, "430").await;
    }
    sockets[0].send(Message::text(r#"42["send",{"text":"to all"}]"#)).await.unwrap();
    for socket in &mut sockets {
        hear(socket, r#"42["message","to all"]"#).await;
    }
    for (server, _) in SERVERS {
        assert_eq!(haproxy.figure("chat", server, "stot").unwrap(), "1", "{server}");
    }
}

/// Waits for a message that begins so.
async fn hear<S>(socket: &mut S, begins: &str)
where
    S: futures_util::Stream<Item = Result<Message, tokio_tungstenite::tungstenite::Error>> + Unpin,
{
    let heard = async {
        loop {
            if let Message::Text(text) = socket.next().await.unwrap().unwrap()
                && text.starts_with(begins)
            {
                return;
            }
        }
    };
    timeout(LONG, heard).await.expect("it is not told");
}
