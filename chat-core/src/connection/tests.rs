//! What becomes of requests that are lost, and of sessions that ask for too much.

use std::time::Duration;

use super::*;
use crate::{Chat, Codec, Post, UserId, limits};

struct Codes;

impl Codec for Codes {
    fn decode(&self, _: &[u8]) -> Result<Request, (Option<RequestId>, Refusal)> {
        Err((None, Refusal::field("all", "is not read in this test")))
    }

    fn encode(&self, event: &Event<'_>, frame: &mut Vec<u8>) {
        let code = match event {
            Event::Refused { refusal, .. } => refusal.code.as_str(),
            _ => "other",
        };
        frame.extend_from_slice(code.as_bytes());
    }
}

fn ann() -> Identity {
    Identity::new(UserId::parse("ann").unwrap(), Name::parse("Ann").unwrap())
}

fn connection() -> Connection {
    let chat = Chat::builder().build();
    chat.connect(&chat.wire(Codes), Some(ann()))
}

async fn next(connection: &mut Connection) -> String {
    let frames = tokio::time::timeout(Duration::from_secs(1), connection.next()).await.expect("an answer").unwrap();
    String::from_utf8(frames.concat()).unwrap()
}

fn command(connection: &Connection) -> Mail {
    let (identity, command) = (ann(), Command::from(Post::text("hello")));
    let sink = connection.sink(Asker::nameless(None, &identity, "send"));
    Mail::Command { identity, command, refused: None, attach: false, newcomer: false, by_engine: false, sink }
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_mail_is_lost_is_answered_and_no_longer_in_flight() {
    let mut connection = connection();
    for _ in 0..limits::MAX_IN_FLIGHT {
        drop(command(&connection));
        assert_eq!(next(&mut connection).await, "outcome-unknown");
    }
    assert!(connection.outlet.takes_requests());
}

#[tokio::test(start_paused = true)]
async fn mail_that_a_closed_host_forwards_in_vain_is_refused() {
    let mut connection = connection();
    let gone = RoomId::parse("gone").unwrap();
    for _ in 0..limits::MAX_IN_FLIGHT {
        let mail = command(&connection);
        connection.engine.clone().forward(gone.clone(), Box::new(mail));
        assert_eq!(next(&mut connection).await, "room-not-found");
    }
    assert!(connection.outlet.takes_requests());
}
