//! One connection: its carrier, its heartbeat, and the namespaces that its client is in.

#[cfg(test)]
mod tests;

use std::{collections::HashMap, sync::Arc};

use axum::http::request::Parts;
use bytes::Bytes;
use chat_core::{CloseReason, Code, Refusal};
use futures_util::FutureExt as _;
use serde_json::Value;
use tokio::{
    sync::mpsc,
    task::unconstrained,
    time::{Instant, sleep_until},
};

use crate::{
    batch::{Batch, End, Said},
    beat::{Beat, Due},
    carrier::{Carrier, Received, Stuck},
    direct::Direct,
    limits,
    line::Line,
    packet::{self, Kind, Packet},
    request,
    shared::Shared,
    space::{self, Start},
};

/// A namespace that a client is in.
struct Space {
    to: mpsc::Sender<Box<Said>>,
    direct: Arc<Direct>,
    /// The client has sent that it leaves.
    is_leaving: bool,
    /// The `auth` of a client that asked to enter again after that. It enters once it has left.
    again: Option<String>,
}

/// Has no flusher write any more when the connection ends, however it does: a socket that can be written stays open.
struct Ending(Arc<Line>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.shut();
    }
}

pub(crate) struct Connection {
    shared: Arc<Shared>,
    carrier: Carrier,
    /// How flushers write to the client's WebSocket, once it has one.
    line: Arc<Line>,
    is_open: bool,
    request: Arc<Parts>,
    spaces: HashMap<Arc<str>, Space>,
    batches: (mpsc::Sender<Box<Batch>>, mpsc::Receiver<Box<Batch>>),
    /// A message that was read, and for which its namespace's queue has no room yet.
    unheard: Option<(Arc<str>, Said)>,
    /// Binary parts that are still to come for packets that were read.
    attachments: usize,
    /// When the connection ends if its client is in no namespace by then.
    connect_by: Option<Instant>,
}

impl Connection {
    pub(crate) fn new(shared: Arc<Shared>, carrier: Carrier, request: Parts) -> Self {
        Self {
            shared,
            carrier,
            line: Arc::default(),
            is_open: false,
            request: Arc::new(request::kept(request)),
            spaces: HashMap::new(),
            batches: mpsc::channel(1),
            unheard: None,
            attachments: 0,
            connect_by: Some(Instant::now() + limits::CONNECT_TIMEOUT),
        }
    }

    /// Serves the client until it is gone.
    pub(crate) async fn run(mut self) {
        let line = Ending(self.line.clone());
        let mut ended = self.pump().await;
        // The namespaces' tasks end before the last frame is sent.
        self.spaces.clear();
        let Self { mut carrier, batches, .. } = self;
        drop(batches);
        let rest = line.0.shut();
        if ended.is_ok() && !rest.is_empty() {
            ended = carrier.send(vec![rest]).await.and(ended);
        }
        if let Ok(reason) = ended {
            carrier.close(reason).await;
        }
    }

    /// # Errors
    /// When the client reads nothing more.
    async fn pump(&mut self) -> Result<CloseReason, Stuck> {
        loop {
            if !self.is_open
                && let Some(socket) = self.carrier.direct()
            {
                self.line.open(socket);
                self.is_open = true;
            }
            let beat = self.line.beat(|beat| beat.next());
            let due = self.connect_by.map_or(beat, |by| by.min(beat));
            let room = async {
                match &self.unheard {
                    Some((name, _)) => match self.spaces.get(name) {
                        Some(space) => space.to.clone().reserve_owned().await.ok(),
                        None => None,
                    },
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = sleep_until(due) => {
                    if let Some(reason) = self.tick().await? {
                        return Ok(reason);
                    }
                }
                () = self.line.news() => self.send(Vec::new()).await?,
                Some(batch) = self.batches.1.recv() => {
                    if let Some(reason) = self.deliver(*batch).await? {
                        return Ok(reason);
                    }
                }
                room = room => {
                    if let (Some((_, said)), Some(room)) = (self.unheard.take(), room) {
                        room.send(Box::new(said));
                    }
                }
                received = self.carrier.receive(), if self.unheard.is_none() => {
                    if let Some(reason) = self.take(received).await? {
                        return Ok(reason);
                    }
                }
            }
        }
    }

    /// Sends frames, behind what flushers have begun to write.
    async fn send(&mut self, mut frames: Vec<Bytes>) -> Result<(), Stuck> {
        let hold = self.line.hold();
        let rest = hold.rest();
        if !rest.is_empty() {
            frames.insert(0, rest);
        }
        if frames.is_empty() {
            return Ok(());
        }
        let begun = Instant::now();
        let sent = self.carrier.send(frames).await;
        self.line.beat(|beat| beat.excuse(begun.elapsed()));
        if sent.is_err() {
            // A part of a frame may be written, and nothing may follow it.
            self.line.shut();
        }
        sent
    }

    /// Sends a small frame, which waits for no other frames but what flushers have begun to write.
    async fn send_now(&mut self, frame: Bytes) -> Result<(), Stuck> {
        let line = self.line.clone();
        let _hold = line.hold();
        self.send(Vec::new()).await?;
        let sent = self.carrier.send_now(frame).await;
        if sent.is_err() {
            line.shut();
        }
        sent
    }

    async fn tick(&mut self) -> Result<Option<CloseReason>, Stuck> {
        if self.connect_by.is_some_and(|by| by <= Instant::now()) {
            return Ok(Some(CloseReason::IdleTimeout));
        }
        match self.line.beat(Beat::due) {
            Due::Nothing => Ok(None),
            // The answer may wait behind the message for which the queue has no room.
            Due::Dead if self.unheard.is_some() => {
                self.line.beat(Beat::wait_on);
                Ok(None)
            }
            // The answer may have arrived while the connection was writing.
            Due::Dead => match unconstrained(self.carrier.receive()).now_or_never() {
                Some(received) => self.take(received).await,
                None => Err(Stuck),
            },
            Due::Ping => {
                let line = self.line.clone();
                let _hold = line.hold();
                self.spaces.values().for_each(|space| space.direct.arrivals.ping());
                self.send_now(packet::ping()).await.map(|()| None)
            }
        }
    }

    async fn deliver(&mut self, batch: Batch) -> Result<Option<CloseReason>, Stuck> {
        let Batch { namespace, number, frames, end, pause } = batch;
        if number > 0 {
            self.tell(&namespace, number, frames).await?;
        } else {
            self.send(frames).await?;
        }
        drop(pause);
        match end {
            End::Nothing => {
                // The client has entered a namespace.
                self.connect_by = None;
            }
            End::Namespace => {
                let again = self.spaces.remove(&namespace).and_then(|space| space.again);
                self.line.set_spaces(self.spaces.len());
                if self.spaces.is_empty() {
                    self.connect_by = Some(Instant::now() + limits::CONNECT_TIMEOUT);
                }
                if let Some(data) = again {
                    self.connect(namespace, &data).await?;
                }
            }
            End::Connection(reason) => return Ok(Some(reason)),
        }
        Ok(None)
    }

    /// Sends entries, with a ping that confirms their arrival if one may go with them.
    async fn tell(&mut self, namespace: &Arc<str>, number: u64, mut frames: Vec<Bytes>) -> Result<(), Stuck> {
        let line = self.line.clone();
        // What flushers write behind the ping is not confirmed by it. Those of other namespaces are not paused.
        let _hold = line.hold();
        let asks = line.beat(|beat| {
            let asks = beat.may_ask();
            if asks {
                beat.ask();
            } else {
                beat.tell();
            }
            asks
        });
        if asks {
            frames.push(packet::ping());
        }
        self.send(frames).await?;
        if let Some(space) = self.spaces.get(namespace) {
            space.direct.arrivals.send(number);
        }
        if asks {
            self.spaces.values().for_each(|space| space.direct.arrivals.ping());
        }
        Ok(())
    }

    async fn take(&mut self, received: Received) -> Result<Option<CloseReason>, Stuck> {
        self.line.beat(Beat::wait_on);
        match received {
            Received::Message(message) => self.hear(&message).await,
            Received::Binary if self.attachments > 0 => {
                self.attachments -= 1;
                Ok(None)
            }
            Received::Binary => Ok(Some(CloseReason::NotText)),
            Received::Control(frame) if frame.is_empty() => Ok(None),
            Received::Control(frame) => self.send_now(frame).await.map(|()| None),
            Received::Upgraded(waiting) if waiting.is_empty() => Ok(None),
            Received::Upgraded(waiting) => self.send(waiting).await.map(|()| None),
            Received::Closed(reason) => Ok(Some(reason)),
        }
    }

    async fn hear(&mut self, message: &[u8]) -> Result<Option<CloseReason>, Stuck> {
        match message.split_first() {
            Some((&packet::engine::MESSAGE, rest)) => {
                let packet = std::str::from_utf8(rest).ok().and_then(packet::parse);
                match packet {
                    Some(packet) => self.packet(&packet).await,
                    None => Ok(Some(CloseReason::ProtocolError)),
                }
            }
            Some((&packet::engine::PONG, _)) => {
                if self.line.beat(|beat| beat.is_asked()) {
                    self.spaces.values().for_each(|space| space.direct.pong());
                    // Not before: a flusher may ask from now on, and this answer confirms nothing of what it writes.
                    self.line.beat(Beat::answer);
                }
                Ok(None)
            }
            Some((&packet::engine::CLOSE, _)) => Ok(Some(CloseReason::Done)),
            _ => Ok(Some(CloseReason::ProtocolError)),
        }
    }

    async fn packet(&mut self, packet: &Packet<'_>) -> Result<Option<CloseReason>, Stuck> {
        if packet.attachments > limits::MAX_ATTACHMENTS || packet.namespace.len() > limits::MAX_NAMESPACE_BYTES {
            return Ok(Some(CloseReason::TooLarge));
        }
        self.attachments += packet.attachments;
        let said = match packet.kind {
            Kind::Connect => return self.connect(packet.namespace.into(), packet.data).await.map(|()| None),
            Kind::Ack => return Ok(None),
            Kind::Event => Said::Event(packet.id, packet.data.to_owned()),
            Kind::Binary => Said::Refused(packet.id, Refusal::field("event", "may hold no binary data")),
            Kind::Disconnect => Said::Leaves,
        };
        // A message for a namespace that the client is not in is dropped: the client may have sent it before it learned that
        // it was refused, or had left.
        let name: Arc<str> = packet.namespace.into();
        if let Some(space) = self.spaces.get_mut(&name) {
            if matches!(said, Said::Leaves) {
                space.again = None;
            }
            if !space.is_leaving {
                space.is_leaving = matches!(said, Said::Leaves);
                self.unheard = Some((name, said));
            }
        }
        Ok(None)
    }

    /// Begins to let the client into a namespace, or sends the refusal.
    async fn connect(&mut self, name: Arc<str>, data: &str) -> Result<(), Stuck> {
        if let Some(space) = self.spaces.get_mut(&name) {
            space.again = space.is_leaving.then(|| data.to_owned());
            return Ok(());
        }
        let auth = if data.is_empty() { Ok(Value::Null) } else { serde_json::from_str(data) };
        let found = match (self.shared.namespaces.get(&*name), auth) {
            _ if self.spaces.len() >= limits::MAX_NAMESPACES => {
                Err(Refusal::new(Code::TooManySubscriptions, "the connection is in too many namespaces"))
            }
            _ if self.shared.chat.is_draining() => Err(Refusal::new(Code::ShuttingDown, "the server is going away")),
            (None, _) => Err(Refusal::new(Code::NotFound, "Invalid namespace")),
            (_, Err(_)) => Err(Refusal::new(Code::BadJson, "what comes with the connection is no JSON")),
            (Some(namespace), Ok(auth)) => Ok((namespace.clone(), auth)),
        };
        let (namespace, auth) = match found {
            Ok(found) => found,
            // The refusal is written before the next message is read, so repeated attempts fill no memory.
            Err(refusal) => return self.send(vec![packet::connect_error(&name, &refusal)]).await,
        };
        let (to, said) = mpsc::channel(limits::MAX_WAITING);
        let direct = Direct::new(self.line.clone());
        self.spaces.insert(name.clone(), Space { to, direct: direct.clone(), is_leaving: false, again: None });
        self.line.set_spaces(self.spaces.len());
        let (shared, request, out) = (self.shared.clone(), self.request.clone(), self.batches.0.clone());
        tokio::spawn(space::run(Start { shared, namespace, name, auth, request, said, out, direct }));
        Ok(())
    }
}
