//! The hook that wraps every WebSocket's transport.
#![allow(clippy::unwrap_used, missing_docs)]

mod harness;

use std::{
    collections::VecDeque,
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll},
};

use adapter_axum::{AdapterOptions, ServeOptions, ws::Socket};
use bytes::Bytes;
use chat_core::{CloseReason, DirectWrite, Received, Transport};
use harness::{Server, Way};
use serde_json::json;

const ROOM: &str = "room_12345";

/// What went through all wrappers.
#[derive(Default)]
struct Counts {
    opened: AtomicUsize,
    messages: AtomicUsize,
    sends: AtomicUsize,
    closed: AtomicUsize,
}

struct Counted {
    socket: Socket,
    counts: Arc<Counts>,
    direct: bool,
}

impl Transport for Counted {
    fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Received> {
        let received = self.socket.poll_recv(context);
        let is_message = matches!(received, Poll::Ready(Received::Message(_)));
        self.counts.messages.fetch_add(usize::from(is_message), Relaxed);
        received
    }

    fn poll_send(&mut self, context: &mut Context<'_>, frames: &mut VecDeque<Bytes>) -> Poll<io::Result<()>> {
        self.counts.sends.fetch_add(usize::from(!frames.is_empty()), Relaxed);
        self.socket.poll_send(context, frames)
    }

    async fn close(&mut self, reason: CloseReason) {
        self.counts.closed.fetch_add(1, Relaxed);
        self.socket.close(reason).await;
    }

    fn direct(&self) -> Option<Arc<dyn DirectWrite>> {
        self.socket.direct().filter(|_| self.direct)
    }
}

/// A server that counts, a conversation with it, and its end: what was counted.
async fn conversation(way: Way, direct: bool) -> Arc<Counts> {
    let counts = Arc::new(Counts::default());
    let counter = counts.clone();
    let options = AdapterOptions::default().wrap_transport(move |socket, request| {
        assert_eq!(request.uri.path(), "/chat");
        counter.opened.fetch_add(1, Relaxed);
        Counted { socket, counts: counter.clone(), direct }
    });
    let server = Server::with(options, ServeOptions::default()).await;
    server.room(ROOM).await;
    let mut client = server.guest(way, "ann", ROOM).await;
    client.say(json!({ "action": "send-message", "roomId": ROOM, "message": "Hello!" })).await;
    let told = [client.hear().await, client.hear().await];
    assert!(told.iter().any(|frame| frame["action"] == "new-message"), "{told:?}");
    let ending = tokio::spawn(server.stop());
    client.closed().await;
    drop(client);
    assert_eq!(ending.await.unwrap(), 0);
    assert_eq!((counts.opened.load(Relaxed), counts.messages.load(Relaxed), counts.closed.load(Relaxed)), (1, 2, 1));
    counts
}

#[tokio::test]
async fn a_wrapper_that_passes_on_the_sockets_own_way_is_not_written_through() {
    assert_eq!(conversation(Way::Tcp, true).await.sends.load(Relaxed), 0);
}

#[tokio::test]
async fn a_wrapper_without_a_way_of_its_own_is_written_through() {
    assert!(conversation(Way::Tcp, false).await.sends.load(Relaxed) > 0);
}

#[tokio::test]
async fn sockets_that_are_not_tcp_are_wrapped_too() {
    assert!(conversation(Way::Stream, true).await.sends.load(Relaxed) > 0);
}
