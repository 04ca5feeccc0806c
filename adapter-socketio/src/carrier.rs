//! What carries a connection's messages: a WebSocket, or requests that poll until there is one.

use std::sync::Arc;

use adapter_axum::ws::{Incoming, Socket};
use bytes::{Bytes, BytesMut};
use chat_core::{CloseReason, Transport as _};
use tokio::{sync::mpsc, time::timeout};

use crate::{
    limits, packet,
    polling::{Polling, Posted},
};

pub(crate) struct Carrier {
    on: On,
    /// What was posted before the client had its WebSocket.
    posted: Posted,
}

enum On {
    Polling(Arc<Polling>, mpsc::Receiver<Upgraded>),
    Socket(Box<Socket>),
}

/// A client that has polled has a WebSocket now; and what waited for its next request.
pub(crate) struct Upgraded {
    pub(crate) socket: Socket,
    pub(crate) waiting: Vec<Bytes>,
}

/// What came in.
pub(crate) enum Received {
    /// A message of Engine.IO.
    Message(Bytes),
    /// One that is not text.
    Binary,
    /// WebSocket's own: to be sent back.
    Control(Bytes),
    /// The client has a WebSocket now: this is to be sent first.
    Upgraded(Vec<Bytes>),
    /// The client is gone.
    Closed(CloseReason),
}

/// The client did not take what was written to it, or is gone.
#[derive(Debug)]
pub(crate) struct Stuck;

impl Carrier {
    pub(crate) fn polling(polling: Arc<Polling>, upgrades: mpsc::Receiver<Upgraded>) -> Self {
        Self { on: On::Polling(polling, upgrades), posted: Posted::default() }
    }

    pub(crate) fn socket(socket: Socket) -> Self {
        Self { on: On::Socket(Box::new(socket)), posted: Posted::default() }
    }

    /// What comes in next.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub(crate) async fn receive(&mut self) -> Received {
        if let Some(message) = self.posted.next() {
            return of_text(message);
        }
        let upgraded = match &mut self.on {
            On::Socket(socket) => return of_socket(socket.incoming().await),
            On::Polling(polling, upgrades) => tokio::select! {
                biased;
                message = polling.posted() => return message.map_or(Received::Closed(CloseReason::Done), of_text),
                upgraded = upgrades.recv() => upgraded,
            },
        };
        let Some(Upgraded { socket, waiting }) = upgraded else { return Received::Closed(CloseReason::Done) };
        self.change_to(socket);
        Received::Upgraded(waiting)
    }

    fn change_to(&mut self, socket: Socket) {
        if let On::Polling(polling, _) = &self.on {
            self.posted = polling.rest();
        }
        self.on = On::Socket(Box::new(socket));
    }

    /// Sends frames, in order; it returns when they are on their way.
    pub(crate) async fn send(&mut self, frames: Vec<Bytes>) -> Result<(), Stuck> {
        match timeout(limits::WRITE_TIMEOUT, self.deliver(frames, false)).await {
            Ok(sent) => sent,
            Err(_) => Err(Stuck),
        }
    }

    /// Sends a small frame that waits for nothing before it.
    pub(crate) async fn send_now(&mut self, frame: Bytes) -> Result<(), Stuck> {
        match timeout(limits::WRITE_TIMEOUT, self.deliver(vec![frame], true)).await {
            Ok(sent) => sent,
            Err(_) => Err(Stuck),
        }
    }

    async fn deliver(&mut self, mut frames: Vec<Bytes>, now: bool) -> Result<(), Stuck> {
        if let On::Polling(polling, upgrades) = &mut self.on {
            let put =
                if now { frames.iter().all(|frame| polling.add(frame.clone())) } else { polling.send(&frames).await };
            if put {
                return Ok(());
            }
            let Some(Upgraded { socket, mut waiting }) = upgrades.recv().await else { return Err(Stuck) };
            self.change_to(socket);
            waiting.append(&mut frames);
            frames = waiting;
        }
        match &mut self.on {
            On::Socket(socket) => socket.send(&[together(frames)]).await.map_err(|_| Stuck),
            On::Polling(..) => Err(Stuck),
        }
    }

    /// Ends it, so that the client knows that it has ended.
    pub(crate) async fn close(mut self, reason: CloseReason) {
        let closing = async {
            match &mut self.on {
                On::Polling(polling, _) => {
                    // A client that finds both in one answer forgets what it was told before.
                    polling.taken().await;
                    polling.add(packet::close());
                    polling.close();
                    polling.taken().await;
                }
                On::Socket(socket) => socket.close(reason).await,
            }
        };
        drop(timeout(limits::CLOSE_TIMEOUT, closing).await);
    }
}

impl Drop for Carrier {
    /// A request that still polls is told that the session is over.
    fn drop(&mut self) {
        if let On::Polling(polling, _) = &self.on {
            polling.close();
        }
    }
}

fn of_text(message: Bytes) -> Received {
    if message.first() == Some(&packet::engine::BINARY) { Received::Binary } else { Received::Message(message) }
}

fn of_socket(incoming: Incoming) -> Received {
    match incoming {
        Incoming::Text(message) => Received::Message(message),
        Incoming::Binary(_) => Received::Binary,
        Incoming::Reply(frame) => Received::Control(frame),
        Incoming::Pong => Received::Control(Bytes::new()),
        Incoming::Closed => Received::Closed(CloseReason::Done),
        Incoming::Broken(reason) => Received::Closed(reason),
    }
}

/// Several frames as one piece, for one write; a single one is not copied.
fn together(mut frames: Vec<Bytes>) -> Bytes {
    if frames.len() == 1 {
        return frames.remove(0);
    }
    let mut all = BytesMut::with_capacity(frames.iter().map(Bytes::len).sum());
    frames.iter().for_each(|frame| all.extend_from_slice(frame));
    all.freeze()
}
