//! The wire at `/chat` on both transports: the basic exchange, and hostile input that nobody else notices.
#![allow(clippy::unwrap_used, missing_docs)]

mod harness;

use adapter_axum::{AdapterOptions, ServeOptions};
use bytes::Bytes;
use harness::{Client, Server, Way};
use serde_json::{Value, json};
use tungstenite::{
    Message,
    protocol::frame::{
        Frame, FrameHeader,
        coding::{CloseCode, Data, OpCode},
    },
};

const ROOM: &str = "room_12345";

macro_rules! both_ways {
    ($($case:ident,)+) => {
        mod tcp {
            $(#[tokio::test]
            async fn $case() {
                super::$case(super::Way::Tcp).await;
            })+
        }
        mod stream {
            $(#[tokio::test]
            async fn $case() {
                super::$case(super::Way::Stream).await;
            })+
        }
    };
}

both_ways! {
    the_basic_exchange,
    a_wrong_frame_is_answered_by_one_coded_error,
    what_breaks_the_protocol_is_closed_with_its_code,
    bystanders_notice_nothing,
    pings_are_answered,
    fragments_with_a_ping_between_are_one_message,
    closing_is_answered,
    what_was_asked_before_the_end_is_answered_before_it,
    clients_are_told_when_the_server_goes_away,
    what_comes_with_the_handshake_is_read,
    silence_is_asked_and_then_closed,
    a_page_longer_than_the_line_comes_whole,
}

async fn the_basic_exchange(way: Way) {
    let server = Server::start().await;
    server.room(ROOM).await;
    let mut ann = server.guest(way, "ann", ROOM).await;
    let mut john = server.client(way).await;
    let joined = john.ask(json!({ "action": "join", "username": "john_doe", "roomId": ROOM })).await;
    assert_eq!(joined["action"], "joined");
    assert_eq!((&joined["roomId"], &joined["message"]), (&json!(ROOM), &json!("Welcome to TechTalk!")));
    assert!(joined["epoch"].is_string() && joined["members"].is_array() && joined["online"].is_array());
    let told = ann.hear().await;
    assert_eq!((&told["action"], &told["username"]), (&json!("user-joined"), &json!("john_doe")));
    assert_eq!(told["seq"], joined["head"]);

    let hello =
        json!({ "action": "send-message", "roomId": ROOM, "message": "Hello, everyone!", "clientId": "c-1", "id": 7 });
    john.say(hello).await;
    let (one, other) = (john.hear().await, john.hear().await);
    let (sent, own) = if one["action"] == "sent" { (one, other) } else { (other, one) };
    assert_eq!((&sent["action"], &sent["re"], &sent["clientId"]), (&json!("sent"), &json!(7), &json!("c-1")));
    let theirs = ann.hear().await;
    assert_eq!(own, theirs);
    assert_eq!((&theirs["action"], &theirs["message"]), (&json!("new-message"), &json!("Hello, everyone!")));
    assert_eq!((&theirs["sender"], &theirs["seq"]), (&json!("john_doe"), &sent["seq"]));
    assert_eq!(theirs["after"], joined["head"]);

    john.say(json!({ "action": "leave", "username": "john_doe", "roomId": ROOM })).await;
    let left = ann.hear().await;
    assert_eq!((&left["action"], &left["username"]), (&json!("user-left"), &json!("john_doe")));
    assert_eq!(left["seq"], json!(sent["seq"].as_u64().unwrap() + 1));
}

async fn a_wrong_frame_is_answered_by_one_coded_error(way: Way) {
    let server = Server::start().await;
    server.room(ROOM).await;
    let mut client = server.guest(way, "eve", ROOM).await;
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let wrong = [
        ("{".to_owned(), "bad-json"),
        ("[]".to_owned(), "bad-json"),
        (deep, "bad-json"),
        (r#"{"action":"dance"}"#.to_owned(), "unknown-action"),
        (format!(r#"{{"action":"send-message","roomId":"{ROOM}"}}"#), "invalid-field"),
        (r#"{"action":"send-message","roomId":"nowhere","message":"x"}"#.to_owned(), "room-not-found"),
    ];
    for (text, code) in wrong {
        client.send(Message::text(text)).await;
        let error = client.hear().await;
        assert_eq!((&error["action"], &error["code"]), (&json!("error"), &json!(code)), "{error}");
    }
    let pong = client.ask(json!({ "action": "ping", "id": "still here" })).await;
    assert_eq!((&pong["action"], &pong["re"]), (&json!("pong"), &json!("still here")));
}

/// A text frame of bytes that need not be text.
fn text_of(bytes: &[u8]) -> Message {
    let header = FrameHeader { opcode: OpCode::Data(Data::Text), ..FrameHeader::default() };
    Message::Frame(Frame::from_payload(header, Bytes::copy_from_slice(bytes)))
}

fn hostile() -> Vec<(Message, CloseCode)> {
    let reserved = FrameHeader { rsv1: true, opcode: OpCode::Data(Data::Text), ..FrameHeader::default() };
    vec![
        (text_of(b"{\"action\":\"\xff\"}"), CloseCode::Invalid),
        (Message::text("x".repeat(1 << 20)), CloseCode::Size),
        (Message::binary(&b"{}"[..]), CloseCode::Unsupported),
        (Message::Frame(Frame::from_payload(reserved, Bytes::new())), CloseCode::Protocol),
        (Message::Frame(Frame::message(&b""[..], OpCode::Data(Data::Continue), true)), CloseCode::Protocol),
    ]
}

async fn what_breaks_the_protocol_is_closed_with_its_code(way: Way) {
    let server = Server::start().await;
    for (message, code) in hostile() {
        let Client(socket) = server.client(way).await;
        assert_eq!(closed_after(socket, message).await, code);
    }
}

/// Sends while it reads: the server may close before it has read all.
async fn closed_after(socket: tokio_tungstenite::WebSocketStream<Box<dyn harness::Io>>, message: Message) -> CloseCode {
    use futures_util::{SinkExt, StreamExt};
    let (mut sink, mut stream) = socket.split();
    let sending = tokio::spawn(async move { drop(sink.send(message).await) });
    loop {
        match stream.next().await {
            Some(Ok(Message::Close(Some(frame)))) => {
                sending.abort();
                return frame.code;
            }
            Some(Ok(_)) => {}
            other => panic!("no close frame but {other:?}"),
        }
    }
}

async fn bystanders_notice_nothing(way: Way) {
    let server = Server::start().await;
    server.room(ROOM).await;
    let mut bystander = server.guest(way, "ann", ROOM).await;
    for (number, (message, code)) in hostile().into_iter().enumerate() {
        let Client(socket) = server.guest(way, &format!("eve {number}"), ROOM).await;
        assert_eq!(closed_after(socket, message).await, code);
    }
    let mut other = server.guest(way, "bob", ROOM).await;
    other.say(json!({ "action": "send-message", "roomId": ROOM, "message": "all well?" })).await;
    let mut seqs = Vec::new();
    let last = loop {
        let frame = bystander.hear().await;
        seqs.push((frame["after"].as_u64(), frame["seq"].as_u64().unwrap()));
        if frame["action"] != "user-joined" {
            break frame;
        }
    };
    assert_eq!((&last["action"], &last["message"]), (&json!("new-message"), &json!("all well?")));
    assert!(seqs.windows(2).all(|pair| pair[0].1 + 1 == pair[1].1), "{seqs:?}");
}

async fn pings_are_answered(way: Way) {
    let server = Server::start().await;
    let mut client = server.client(way).await;
    client.send(Message::Ping(Bytes::from_static(b"there?"))).await;
    assert_eq!(client.receive().await, Message::Pong(Bytes::from_static(b"there?")));
}

async fn fragments_with_a_ping_between_are_one_message(way: Way) {
    let server = Server::start().await;
    let mut client = server.client(way).await;
    let part =
        |text: &'static str, opcode, last| Message::Frame(Frame::message(text.as_bytes(), OpCode::Data(opcode), last));
    client.send(part("{\"action\":", Data::Text, false)).await;
    client.send(Message::Ping(Bytes::new())).await;
    client.send(part("\"ping\",", Data::Continue, false)).await;
    client.send(part("\"id\":1}", Data::Continue, true)).await;
    assert_eq!(client.receive().await, Message::Pong(Bytes::new()));
    assert_eq!(client.hear().await["action"], "pong");
}

async fn closing_is_answered(way: Way) {
    let server = Server::start().await;
    let mut client = server.client(way).await;
    let code = CloseCode::Away;
    client.send(Message::Close(Some(tungstenite::protocol::CloseFrame { code, reason: "bye".into() }))).await;
    assert_eq!(client.closed().await, code);
}

/// By a close frame, and by the end of the client's half of the connection.
async fn what_was_asked_before_the_end_is_answered_before_it(way: Way) {
    use futures_util::{SinkExt, StreamExt};
    use tokio::io::AsyncWriteExt;
    let server = Server::start().await;
    server.room(ROOM).await;
    for is_half in [false, true] {
        let mut client = server.guest(way, "ann", ROOM).await;
        let asked = [
            json!({ "action": "send-message", "roomId": ROOM, "message": "bye", "id": 1 }),
            json!({ "action": "history", "roomId": ROOM, "id": 2 }),
            json!({ "action": "leave", "roomId": ROOM, "id": 3 }),
        ];
        for frame in asked {
            client.0.feed(Message::text(frame.to_string())).await.unwrap();
        }
        if is_half {
            client.0.flush().await.unwrap();
            client.0.get_mut().shutdown().await.unwrap();
        } else {
            client.0.send(Message::Close(None)).await.unwrap();
        }
        let mut answered = Vec::new();
        let end = loop {
            match client.0.next().await.unwrap().unwrap() {
                Message::Text(text) => answered.extend(serde_json::from_str::<Value>(&text).unwrap()["re"].as_u64()),
                Message::Close(end) => break end.map(|end| end.code),
                other => panic!("{other:?}"),
            }
        };
        answered.sort_unstable();
        assert_eq!((answered.as_slice(), end.is_some()), (&[1, 2, 3][..], is_half), "half closed: {is_half}");
        assert!(client.0.next().await.is_none_or(|after| after.is_err()), "nothing follows a close frame");
    }
}

async fn clients_are_told_when_the_server_goes_away(way: Way) {
    let server = Server::start().await;
    server.room(ROOM).await;
    let mut client = server.guest(way, "ann", ROOM).await;
    let ending = tokio::spawn(server.stop());
    let goaway = client.hear().await;
    assert_eq!(goaway["action"], "goaway");
    assert!(goaway["retryAfterMs"].is_u64());
    assert_eq!(client.closed().await, CloseCode::Away);
    drop(client);
    assert_eq!(ending.await.unwrap(), 0);
}

/// A client need not wait for the handshake's answer with its first frame, so hyper may have read it already.
async fn what_comes_with_the_handshake_is_read(way: Way) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let server = Server::start().await;
    let mut io = server.connect(way).await;
    let mut frame = Frame::message(&br#"{"action":"ping","id":"early"}"#[..], OpCode::Data(Data::Text), true);
    frame.header_mut().mask = Some([1, 2, 3, 4]);
    let mut bytes = b"GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        .to_vec();
    frame.format(&mut bytes).unwrap();
    io.write_all(&bytes).await.unwrap();
    let expected = b"\"re\":\"early\"";
    let mut got = Vec::new();
    while !got.windows(expected.len()).any(|window| window == expected) {
        assert!(io.read_buf(&mut got).await.unwrap() > 0, "{}", String::from_utf8_lossy(&got));
    }
    assert!(got.starts_with(b"HTTP/1.1 101 "));
}

async fn silence_is_asked_and_then_closed(way: Way) {
    use tokio::io::AsyncReadExt;
    let mut options = AdapterOptions::default();
    options.socket.heartbeat = std::time::Duration::from_millis(20);
    let server = Server::with(options, ServeOptions::default()).await;
    // Below tungstenite, which would answer the ping.
    let Client(socket) = server.client(way).await;
    let mut io = socket.into_inner();
    let mut got = Vec::new();
    io.read_to_end(&mut got).await.unwrap();
    assert_eq!(got, [0x89, 0, 0x88, 2, 0x0f, 0xa1], "a ping, and a close frame with 4001");
}

async fn a_page_longer_than_the_line_comes_whole(way: Way) {
    let server = Server::start().await;
    server.room(ROOM).await;
    let mut client = server.guest(way, "ann", ROOM).await;
    let text = "x".repeat(4_000);
    for number in 0..50 {
        client.say(json!({ "action": "send-message", "roomId": ROOM, "message": text, "id": number })).await;
        let frames: [Value; 2] = [client.hear().await, client.hear().await];
        assert!(frames.iter().any(|frame| frame["action"] == "sent"), "{frames:?}");
    }
    let page = client.ask(json!({ "action": "history", "roomId": ROOM, "limit": 50 })).await;
    let messages = page["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 50);
    assert!(messages.iter().all(|message| message["message"] == text.as_str()));
}
