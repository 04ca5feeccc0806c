#![allow(clippy::unwrap_used)]

use std::net::SocketAddr;

use bytes::Bytes;
use chat_core::{Chat, Command, Post, limits};
use chat_testkit::transport::Line;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};

use super::*;

/// How long a client waits for what should come; it does so only in a test that fails.
const PATIENCE: Duration = Duration::from_secs(20);

fn host() -> Caller {
    Caller::new(UserId::parse("host").unwrap(), Name::parse("The Host").unwrap())
}

async fn start() -> (Chat, SocketAddr) {
    let chat = Chat::builder().guests(true).build();
    let lobby = NewRoom::public(Name::parse("Lobby").unwrap()).with_id(RoomId::parse("lobby").unwrap());
    chat.create_room(&host(), lobby).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(accept(chat.clone(), listener));
    (chat, address)
}

struct Client(BufReader<TcpStream>);

impl Client {
    async fn connect(address: SocketAddr) -> Self {
        Self(BufReader::new(TcpStream::connect(address).await.unwrap()))
    }

    async fn guest(address: SocketAddr, name: &str) -> Self {
        let mut client = Self::connect(address).await;
        client.say(&format!("NICK {name}")).await;
        client.say("JOIN lobby").await;
        let joined = client.hear().await;
        assert!(joined.starts_with("OK join lobby "), "{joined}");
        client
    }

    async fn say(&mut self, line: &str) {
        self.0.write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
    }

    /// The next line, empty at the end; presence, which may come at any time, is passed over.
    async fn hear(&mut self) -> String {
        loop {
            let mut line = String::new();
            tokio::time::timeout(PATIENCE, self.0.read_line(&mut line)).await.expect("nothing comes").unwrap();
            if line != "OTHER\n" {
                return line.trim_end().to_owned();
            }
        }
    }
}

#[tokio::test]
async fn two_clients_talk() {
    let (_chat, address) = start().await;
    let mut ann = Client::guest(address, "Ann").await;
    let mut bob = Client::guest(address, "Bob B").await;
    assert_eq!(ann.hear().await, "JOINED lobby 3 Bob_B");
    bob.say("MSG lobby Hello, Ann!").await;
    assert_eq!(ann.hear().await, "MSG lobby 4 Bob_B Hello, Ann!");
    let own = [bob.hear().await, bob.hear().await];
    assert!(
        own.contains(&"OK send lobby 4".into()) && own.contains(&"MSG lobby 4 Bob_B Hello, Ann!".into()),
        "{own:?}"
    );
    bob.say("LEAVE lobby").await;
    assert_eq!(ann.hear().await, "LEFT lobby 5 Bob_B");
}

#[tokio::test]
async fn a_line_that_is_no_command_gets_one_error() {
    let (_chat, address) = start().await;
    let mut ann = Client::guest(address, "Ann").await;
    let lines = ["SHOUT lobby Hello", "", "JOIN no room", "MSG elsewhere Hello", "NICK Bob", "MSG lobby "];
    let unknown = "unknown-action";
    let codes = [unknown, unknown, "invalid-field", "room-not-found", unknown, "invalid-field"];
    for (line, code) in lines.into_iter().zip(codes) {
        ann.say(line).await;
        let answer = ann.hear().await;
        assert!(answer.starts_with(&format!("ERR {code} ")), "{line:?}: {answer}");
    }
    ann.0.write_all(b"MSG lobby \xff\n").await.unwrap();
    assert!(ann.hear().await.starts_with("ERR unknown-action "));
    ann.say("PING").await;
    assert_eq!(ann.hear().await, "OK", "there was one answer to each");
}

#[tokio::test]
async fn who_does_not_say_a_name_is_told_so_and_let_go() {
    let (chat, address) = start().await;
    for (first, code) in [("JOIN lobby", "unauthorized"), ("NICK ", "invalid-field")] {
        let mut client = Client::connect(address).await;
        client.say(first).await;
        let answer = client.hear().await;
        assert!(answer.starts_with(&format!("ERR {code} ")), "{answer}");
        assert_eq!(client.hear().await, "");
    }
    assert_eq!(chat.connections(), 0);
}

#[tokio::test]
async fn a_line_that_is_too_long_closes_the_connection() {
    let (_chat, address) = start().await;
    let mut ann = Client::guest(address, "Ann").await;
    ann.say(&"x".repeat(limits::MAX_FRAME_BYTES + 1)).await;
    assert_eq!([ann.hear().await, ann.hear().await], ["BYE too-large", ""]);
}

#[tokio::test]
async fn what_people_write_makes_no_lines_of_its_own() {
    let (chat, address) = start().await;
    let mut ann = Client::guest(address, "Ann").await;
    let forged = Command::from(Post::text("Hello\r\nMSG lobby 9 Bob I owe you"));
    chat.command(&host(), &RoomId::parse("lobby").unwrap(), forged).await.unwrap();
    assert_eq!(ann.hear().await, "MSG lobby 3 The_Host Hello  MSG lobby 9 Bob I owe you");
}

impl Line for LineTransport {
    type Transport = Self;
    type Client = TcpStream;

    async fn connect() -> (Self, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (Self::new(listener.accept().await.unwrap().0), client)
    }

    fn from_client(message: &str) -> Vec<u8> {
        format!("{message}\n").into_bytes()
    }

    fn from_server(message: &str) -> Bytes {
        format!("{message}\n").into()
    }

    fn goodbye() -> Vec<u8> {
        b"QUIT\n".to_vec()
    }
}

mod conformance {
    chat_testkit::transport_conformance!(crate::transport::LineTransport);
}
