//! The load generator finds what a faulty server does wrong, and nothing in one that does nothing wrong.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    process::{Command, Stdio},
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::ws::{Message, WebSocket, WebSocketUpgrade},
    routing::any,
};
use chat_benches::outcome::{Checks, LoadOutcome, Outcome};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::{net::TcpListener, sync::mpsc};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    /// Every tenth message does not reach the last member.
    Loses,
    /// Every tenth message reaches the last member twice.
    Doubles,
    /// Of every ten messages, the last member gets the first one last.
    Delays,
    /// The last member gets what the first publisher says only after the second one's next message.
    Reorders,
}

/// One room, in which a fault befalls the last member.
struct Room {
    fault: Fault,
    members: Vec<mpsc::UnboundedSender<Message>>,
    count: usize,
    held: Vec<Message>,
}

impl Room {
    fn tell(&mut self, publisher: usize, message: &Message) {
        self.count += 1;
        let Some((last, others)) = self.members.split_last() else { return };
        let tell = |message: &Message| drop(last.send(message.clone()));
        let tenth = self.count.is_multiple_of(10);
        match self.fault {
            Fault::Loses if tenth => {}
            Fault::Doubles if tenth => {
                tell(message);
                tell(message);
            }
            Fault::Delays if self.count % 10 == 1 => self.held.push(message.clone()),
            Fault::Reorders if publisher == 0 => self.held.push(message.clone()),
            Fault::Delays if !tenth => tell(message),
            _ => {
                tell(message);
                self.held.drain(..).for_each(|held| tell(&held));
            }
        }
        others.iter().for_each(|member| drop(member.send(message.clone())));
    }
}

async fn talk(socket: WebSocket, room: Arc<Mutex<Room>>) {
    let (mut out, mut incoming) = socket.split();
    let (sender, mut waiting) = mpsc::unbounded_channel();
    let writing = tokio::spawn(async move {
        while let Some(message) = waiting.recv().await {
            out.send(message).await.unwrap();
        }
    });
    while let Some(Ok(Message::Text(text))) = incoming.next().await {
        let request: Value = serde_json::from_str(&text).unwrap();
        if request["action"] == "join" {
            sender.send(Message::text(r#"{"action":"joined"}"#)).unwrap();
            room.lock().unwrap().members.push(sender.clone());
        } else {
            let told = serde_json::json!({"action": "new-message", "message": request["message"]});
            // The load generator's marker: ~, four digits of the run, six of the publisher.
            let publisher = usize::from_str_radix(&request["message"].as_str().unwrap()[5..11], 16).unwrap();
            room.lock().unwrap().tell(publisher, &Message::text(told.to_string()));
        }
    }
    drop((sender, room));
    writing.abort();
}

/// What is found by three members, two of whom publish.
fn checks(fault: Fault) -> Checks {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let port = runtime.block_on(async {
        let room = Arc::new(Mutex::new(Room { fault, members: Vec::new(), count: 0, held: Vec::new() }));
        let upgrade = async move |upgrade: WebSocketUpgrade| upgrade.on_upgrade(|socket| talk(socket, room));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async { axum::serve(listener, Router::new().route("/chat", any(upgrade))).await });
        port
    });
    let options = "--conns 3 --pubs 2 --rate 200 --warmup 0.1 --duration 0.5 --drain 0.3 --settle 50 --opening 1";
    let output = Command::new(env!("CARGO_BIN_EXE_loadgen"))
        .args(["--port", &port.to_string()])
        .args(options.split(' '))
        .stderr(Stdio::null())
        .output()
        .unwrap();
    let Ok(Outcome::Load(outcome)) = serde_json::from_slice(&output.stdout) else { panic!("no report") };
    let LoadOutcome { checks, .. } = *outcome;
    assert!(checks.expected > 30, "{checks:?}");
    Checks { expected: 0, ..checks }
}

#[test]
fn a_sound_server_is_found_sound() {
    assert_eq!(checks(Fault::None), Checks::default());
}

#[test]
fn a_loss_is_found() {
    let found = checks(Fault::Loses);
    assert!(found.lost > 0);
    assert_eq!(found, Checks { lost: found.lost, partial: 1, ..Checks::default() });
}

#[test]
fn a_double_is_found() {
    let found = checks(Fault::Doubles);
    assert!(found.duplicated > 0);
    assert_eq!(found, Checks { duplicated: found.duplicated, partial: 1, ..Checks::default() });
}

#[test]
fn a_publisher_s_messages_out_of_order_are_found() {
    let found = checks(Fault::Delays);
    assert!(found.out_of_order > 0, "{found:?}");
    assert_eq!(found.duplicated, 0);
}

#[test]
fn another_order_for_one_member_is_found() {
    let found = checks(Fault::Reorders);
    // The last message may still be held; then that member is not complete, and its order is not judged.
    assert_eq!((found.diverged + found.partial, found.out_of_order, found.duplicated), (1, 0, 0), "{found:?}");
}
