//! How long after its ack a message is heard on another server.

use std::{
    fmt,
    net::SocketAddr,
    time::{Duration, Instant},
};

use chat_core::{Code, RoomId};
use chat_wire::ServerFrame;

use crate::{
    client::{Client, Place, room_id, say},
    server::rest::create_room,
};

/// Somebody who speaks on one server, and somebody who listens on another one, in a room in which nothing else is said.
pub(crate) struct Pair {
    room: RoomId,
    speaker: Client,
    listener: Client,
    place: Place,
    said: usize,
}

/// What there was of delays.
pub(crate) struct Delays(Vec<Duration>);

impl Pair {
    pub(crate) async fn join(room: &str, speaks: SocketAddr, listens: SocketAddr) -> Self {
        let room = room_id(room);
        create_room(speaks, &room);
        let mut listener = Client::connect(listens).await.unwrap();
        let place = listener.join(&room, "listener").await.unwrap();
        let mut speaker = Client::connect(speaks).await.unwrap();
        speaker.join(&room, "speaker").await.unwrap();
        Self { room, speaker, listener, place, said: 0 }
    }

    /// Says so many things, each once the one before was heard, and how long that took.
    pub(crate) async fn say(&mut self, count: usize) -> Delays {
        let mut delays = Vec::new();
        for _ in 0..count {
            self.said += 1;
            let client_id = format!("m-{}", self.said);
            let acked = loop {
                self.speaker.send(say(&self.room, &client_id, "Is anybody there?")).await.unwrap();
                let acked = self.speaker.until(|frame| match frame {
                    ServerFrame::Sent(ack) => Some(Some(ack.seq)),
                    // The disk may be slow: one asks again.
                    ServerFrame::Error { error, .. } if error.code == Code::OutcomeUnknown.as_str() => Some(None),
                    ServerFrame::Error { error, .. } => panic!("{error:?}"),
                    _ => None,
                });
                if let Some(acked) = acked.await.unwrap() {
                    break acked;
                }
            };
            let at = Instant::now();
            while self.place.cursor < acked {
                let frame = self.listener.next().await.unwrap();
                let follows = frame.entry().is_none_or(|entry| self.place.take(entry));
                assert!(follows, "{frame:?} does not follow {}", self.place.cursor);
            }
            delays.push(at.elapsed());
        }
        delays.sort_unstable();
        Delays(delays)
    }
}

impl fmt::Display for Delays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |at: usize| self.0[at].as_secs_f64() * 1_000.0;
        let count = self.0.len();
        write!(
            f,
            "{:.1} ms in the median, p99 {:.1}, {:.1} at most",
            ms(count / 2),
            ms(count * 99 / 100),
            ms(count - 1)
        )
    }
}
