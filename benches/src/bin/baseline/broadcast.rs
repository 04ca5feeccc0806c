//! axum and `tokio::sync::broadcast`, as axum's chat example does it, with a channel per room.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    extract::{
        State,
        ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade},
    },
    routing::any,
};
use futures_util::{SinkExt, StreamExt, stream::SplitStream};
use tokio::sync::broadcast;

use crate::frames::{Request, Told};

/// Text that is shared between receivers.
pub(crate) type Shared = Utf8Bytes;

/// As many messages may a receiver lag behind before it loses some.
const CAPACITY: usize = 100;

struct Rooms<T>(Mutex<HashMap<String, broadcast::Sender<T>>>);

/// The server. `tuned`: with small buffers.
pub(crate) fn router<T>(tuned: bool) -> Router
where
    T: Clone + Send + From<String> + 'static,
    Utf8Bytes: From<T>,
{
    let upgrade = async move |upgrade: WebSocketUpgrade, State(rooms): State<Arc<Rooms<T>>>| {
        let upgrade = if tuned { upgrade.read_buffer_size(4096).write_buffer_size(0) } else { upgrade };
        upgrade.on_upgrade(|socket| talk(socket, rooms))
    };
    let rooms = Arc::new(Rooms::<T>(Mutex::default()));
    Router::new().route("/chat", any(upgrade)).route("/ws", any(upgrade)).with_state(rooms)
}

async fn talk<T>(socket: WebSocket, rooms: Arc<Rooms<T>>)
where
    T: Clone + Send + From<String> + 'static,
    Utf8Bytes: From<T>,
{
    let (mut out, mut incoming) = socket.split();
    let Some((user, room)) = joined(&mut incoming).await else { return };
    let sender = rooms.open(&room);
    let mut receiver = sender.subscribe();
    if out.send(Message::text(Told::Joined { room_id: &room }.to_json())).await.is_err() {
        return;
    }
    let mut sending = tokio::spawn(async move {
        while let Ok(text) = receiver.recv().await {
            if out.send(Message::Text(text.into())).await.is_err() {
                break;
            }
        }
    });
    let mut receiving = tokio::spawn(async move {
        while let Some(Ok(Message::Text(text))) = incoming.next().await {
            if let Some(request) = Request::parse(&text).filter(Request::is_message) {
                // Nobody listens: nobody misses it.
                let _ = sender.send(Told::message(&request, &user).to_json().into());
            }
        }
    });
    tokio::select! {
        _ = &mut sending => receiving.abort(),
        _ = &mut receiving => sending.abort(),
    }
    rooms.leave(&room);
}

/// Waits for the first join.
async fn joined(incoming: &mut SplitStream<WebSocket>) -> Option<(String, String)> {
    while let Some(Ok(message)) = incoming.next().await {
        if let Message::Text(text) = message
            && let Some(request) = Request::parse(&text).filter(Request::is_join)
        {
            return Some((request.username.into_owned(), request.room_id.into_owned()));
        }
    }
    None
}

impl<T: Clone> Rooms<T> {
    fn open(&self, room: &str) -> broadcast::Sender<T> {
        let mut rooms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.entry(room.to_owned()).or_insert_with(|| broadcast::channel(CAPACITY).0).clone()
    }

    fn leave(&self, room: &str) {
        let mut rooms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if rooms.get(room).is_some_and(|sender| sender.receiver_count() == 0) {
            rooms.remove(room);
        }
    }
}
