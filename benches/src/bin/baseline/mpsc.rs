//! axum with a bounded queue per connection and one task per connection: everything that waits is fed to the socket,
//! then flushed once. Whose queue is full is dropped from the room.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{
    Router,
    extract::{
        State,
        ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade},
    },
    routing::any,
};
use futures_util::{SinkExt, StreamExt, stream::SplitSink};
use tokio::sync::mpsc;

use crate::frames::{Request, Told};

/// As many messages may wait for one connection.
const CAPACITY: usize = 256;

type Queue = mpsc::Sender<Utf8Bytes>;

#[derive(Default)]
struct Room(Mutex<HashMap<u64, Queue>>);

#[derive(Default)]
struct Rooms {
    by_name: Mutex<HashMap<String, Arc<Room>>>,
    next: AtomicU64,
}

/// Where a connection is.
struct Seat {
    user: String,
    name: String,
    room: Arc<Room>,
}

/// The server.
pub(crate) fn router() -> Router {
    let upgrade = async |upgrade: WebSocketUpgrade, State(rooms): State<Arc<Rooms>>| {
        let upgrade = upgrade.read_buffer_size(4096).write_buffer_size(16 * 1024);
        upgrade.on_upgrade(|socket| talk(socket, rooms))
    };
    Router::new().route("/chat", any(upgrade)).route("/ws", any(upgrade)).with_state(Arc::<Rooms>::default())
}

async fn talk(socket: WebSocket, rooms: Arc<Rooms>) {
    let (mut out, mut incoming) = socket.split();
    let id = rooms.next.fetch_add(1, Ordering::Relaxed);
    let (queue, mut waiting) = mpsc::channel(CAPACITY);
    let mut seat: Option<Seat> = None;
    loop {
        tokio::select! {
            Some(text) = waiting.recv() => {
                if write(&mut out, text, &mut waiting).await.is_err() {
                    break;
                }
            }
            message = incoming.next() => {
                let Some(Ok(message)) = message else { break };
                let Message::Text(text) = message else { continue };
                let Some(request) = Request::parse(&text) else { continue };
                if request.is_join() {
                    let room = rooms.join(&request.room_id, id, &queue);
                    // The queue of one who joins is empty.
                    let _ = queue.try_send(Told::Joined { room_id: &request.room_id }.to_json().into());
                    seat = Some(Seat { user: request.username.into_owned(), name: request.room_id.into_owned(), room });
                } else if let Some(Seat { user, room, .. }) = seat.as_ref().filter(|_| request.is_message()) {
                    room.tell(Told::message(&request, user).to_json().into());
                }
            }
        }
    }
    if let Some(Seat { name, .. }) = seat {
        rooms.leave(&name, id);
    }
}

async fn write(
    out: &mut SplitSink<WebSocket, Message>,
    first: Utf8Bytes,
    waiting: &mut mpsc::Receiver<Utf8Bytes>,
) -> Result<(), axum::Error> {
    out.feed(Message::Text(first)).await?;
    while let Ok(text) = waiting.try_recv() {
        out.feed(Message::Text(text)).await?;
    }
    out.flush().await
}

impl Room {
    fn tell(&self, text: Utf8Bytes) {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        queues.retain(|_, queue| queue.try_send(text.clone()).is_ok());
    }
}

impl Rooms {
    fn join(&self, name: &str, id: u64, queue: &Queue) -> Arc<Room> {
        let mut rooms = self.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        let room = rooms.entry(name.to_owned()).or_default().clone();
        room.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id, queue.clone());
        room
    }

    fn leave(&self, name: &str, id: u64) {
        let mut rooms = self.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(room) = rooms.get(name) else { return };
        let mut queues = room.0.lock().unwrap_or_else(PoisonError::into_inner);
        queues.remove(&id);
        let empty = queues.is_empty();
        drop(queues);
        if empty {
            rooms.remove(name);
        }
    }
}
