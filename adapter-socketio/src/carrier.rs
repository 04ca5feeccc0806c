//! The carrier of a connection's messages: polling requests, a WebSocket, or the one after the other.

use std::sync::Arc;

use adapter_axum::ws::{Incoming, Socket};
use bytes::{Bytes, BytesMut};
use chat_core::{CloseReason, DirectWrite, Transport as _};
use tokio::{sync::mpsc, time::timeout};

use crate::{
    limits, packet,
    polling::{Polling, Posted},
};

pub(crate) struct Carrier {
    on: On,
    /// Messages that the client posted before it had its WebSocket, and that were not read yet.
    posted: Posted,
}

enum On {
    Polling(Arc<Polling>, mpsc::Receiver<Upgraded>),
    Socket(Box<Socket>),
}

/// The WebSocket of a client that polled before, with the frames that waited for the client's next request.
pub(crate) struct Upgraded {
    pub(crate) socket: Socket,
    pub(crate) waiting: Vec<Bytes>,
}

/// What was received from a client.
pub(crate) enum Received {
    /// A message of Engine.IO.
    Message(Bytes),
    /// A binary message.
    Binary,
    /// A control frame of WebSocket was received, and this frame answers it.
    Control(Bytes),
    /// The client has upgraded to WebSocket; these frames are to be sent first.
    Upgraded(Vec<Bytes>),
    /// The client is gone.
    Closed(CloseReason),
}

/// The client did not read what was written to it, or is gone.
#[derive(Debug)]
pub(crate) struct Stuck;

impl Carrier {
    pub(crate) fn polling(polling: Arc<Polling>, upgrades: mpsc::Receiver<Upgraded>) -> Self {
        Self { on: On::Polling(polling, upgrades), posted: Posted::default() }
    }

    pub(crate) fn socket(socket: Socket) -> Self {
        Self { on: On::Socket(Box::new(socket)), posted: Posted::default() }
    }

    /// How the client's WebSocket is written without waiting, if it has one that can be.
    pub(crate) fn direct(&self) -> Option<Arc<dyn DirectWrite>> {
        match &self.on {
            On::Socket(socket) => socket.direct(),
            On::Polling(..) => None,
        }
    }

    /// Receives the next message.
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

    /// Sends frames in order, and returns once they are written or handed to a polling request.
    pub(crate) async fn send(&mut self, frames: Vec<Bytes>) -> Result<(), Stuck> {
        match timeout(limits::WRITE_TIMEOUT, self.deliver(frames, false)).await {
            Ok(sent) => sent,
            Err(_) => Err(Stuck),
        }
    }

    /// Sends a small frame, which does not wait until the frames before it were read.
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

    /// Closes the carrier in such a way that the client notices.
    pub(crate) async fn close(mut self, reason: CloseReason) {
        let closing = async {
            match &mut self.on {
                On::Polling(polling, _) => {
                    // A stock client that finds events and the close in one answer drops the events.
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
    /// Tells a polling request that still waits that the session is over.
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
