//! One connection: what carries it, its heartbeat, and the namespaces it is in.

use std::{collections::HashMap, sync::Arc};

use axum::http::request::Parts;
use chat_core::{CloseReason, Code, Refusal};
use serde_json::Value;
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use crate::{
    batch::{Batch, End, Progress, Said},
    beat::{Beat, Due},
    carrier::{Carrier, Received, Stuck},
    limits,
    packet::{self, Kind, Packet},
    shared::Shared,
    space::{self, Start},
};

/// A namespace that a client is in.
struct Space {
    to: mpsc::Sender<Said>,
    progress: Arc<Progress>,
    sent: u64,
}

pub(crate) struct Connection {
    shared: Arc<Shared>,
    carrier: Carrier,
    request: Arc<Parts>,
    spaces: HashMap<Arc<str>, Space>,
    batches: (mpsc::Sender<Batch>, mpsc::Receiver<Batch>),
    beat: Beat,
    /// What was read and its namespace has no room for yet.
    unheard: Option<(Arc<str>, Said)>,
    /// Binary parts that follow a packet.
    attachments: usize,
    /// Until when the client has to be in a namespace.
    connect_by: Option<Instant>,
}

impl Connection {
    pub(crate) fn new(shared: Arc<Shared>, carrier: Carrier, request: Parts) -> Self {
        Self {
            shared,
            carrier,
            request: Arc::new(request),
            spaces: HashMap::new(),
            batches: mpsc::channel(1),
            beat: Beat::new(),
            unheard: None,
            attachments: 0,
            connect_by: Some(Instant::now() + limits::CONNECT_TIMEOUT),
        }
    }

    /// Serves the client until it is gone.
    pub(crate) async fn run(mut self) {
        let ended = self.pump().await;
        // Namespaces hear of the end before the last is said.
        self.spaces.clear();
        let Self { carrier, batches, .. } = self;
        drop(batches);
        if let Ok(reason) = ended {
            carrier.close(reason).await;
        }
    }

    /// # Errors
    /// When nothing more can be said.
    async fn pump(&mut self) -> Result<CloseReason, Stuck> {
        loop {
            let due = self.connect_by.map_or(self.beat.next(), |by| by.min(self.beat.next()));
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
                Some(batch) = self.batches.1.recv() => {
                    if let Some(reason) = self.deliver(batch).await? {
                        return Ok(reason);
                    }
                }
                room = room => {
                    if let (Some((_, said)), Some(room)) = (self.unheard.take(), room) {
                        room.send(said);
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

    async fn tick(&mut self) -> Result<Option<CloseReason>, Stuck> {
        if self.connect_by.is_some_and(|by| by <= Instant::now()) {
            return Ok(Some(CloseReason::IdleTimeout));
        }
        if self.beat.next() > Instant::now() {
            return Ok(None);
        }
        match self.beat.due() {
            Due::Dead => Err(Stuck),
            Due::Ping => {
                for space in self.spaces.values() {
                    space.progress.ping(space.sent);
                }
                self.carrier.send_now(packet::ping()).await.map(|()| None)
            }
        }
    }

    async fn deliver(&mut self, batch: Batch) -> Result<Option<CloseReason>, Stuck> {
        if !batch.frames.is_empty() {
            self.carrier.send(batch.frames).await?;
        }
        if let Some(space) = self.spaces.get_mut(&batch.namespace)
            && batch.number > 0
        {
            space.sent = batch.number;
            self.beat.tell();
        }
        match batch.end {
            End::Nothing => {
                // Whoever is told that it is in a namespace is in one.
                self.connect_by = None;
            }
            End::Namespace => {
                self.spaces.remove(&batch.namespace);
                if self.spaces.is_empty() {
                    self.connect_by = Some(Instant::now() + limits::CONNECT_TIMEOUT);
                }
            }
            End::Connection(reason) => return Ok(Some(reason)),
        }
        Ok(None)
    }

    async fn take(&mut self, received: Received) -> Result<Option<CloseReason>, Stuck> {
        match received {
            Received::Message(message) => self.hear(&message),
            Received::Binary if self.attachments > 0 => {
                self.attachments -= 1;
                Ok(None)
            }
            Received::Binary => Ok(Some(CloseReason::NotText)),
            Received::Control(frame) if frame.is_empty() => Ok(None),
            Received::Control(frame) => self.carrier.send_now(frame).await.map(|()| None),
            Received::Upgraded(waiting) if waiting.is_empty() => Ok(None),
            Received::Upgraded(waiting) => self.carrier.send(waiting).await.map(|()| None),
            Received::Closed(reason) => Ok(Some(reason)),
        }
    }

    fn hear(&mut self, message: &[u8]) -> Result<Option<CloseReason>, Stuck> {
        match message.split_first() {
            Some((&packet::engine::MESSAGE, rest)) => {
                let packet = std::str::from_utf8(rest).ok().and_then(packet::parse);
                Ok(packet.map_or(Some(CloseReason::ProtocolError), |packet| self.packet(&packet)))
            }
            Some((&packet::engine::PONG, _)) => {
                if self.beat.answer() {
                    self.spaces.values().for_each(|space| space.progress.pong());
                }
                Ok(None)
            }
            Some((&packet::engine::CLOSE, _)) => Ok(Some(CloseReason::Done)),
            _ => Ok(Some(CloseReason::ProtocolError)),
        }
    }

    fn packet(&mut self, packet: &Packet<'_>) -> Option<CloseReason> {
        if packet.attachments > limits::MAX_ATTACHMENTS || packet.namespace.len() > limits::MAX_NAMESPACE_BYTES {
            return Some(CloseReason::TooLarge);
        }
        self.attachments += packet.attachments;
        let said = match packet.kind {
            Kind::Connect => {
                self.connect(packet);
                return None;
            }
            Kind::Ack => return None,
            Kind::Event => Said::Event(packet.id, packet.data.to_owned()),
            Kind::Binary => Said::Refused(packet.id, Refusal::field("event", "may hold no binary data")),
            Kind::Disconnect => Said::Leaves,
        };
        // Whoever has just left a namespace, or was not let in, may have said more before it heard so.
        if let Some((name, _)) = self.spaces.get_key_value(packet.namespace) {
            self.unheard = Some((name.clone(), said));
        }
        None
    }

    /// Lets a client into a namespace, or has it told why not.
    fn connect(&mut self, packet: &Packet<'_>) {
        let name: Arc<str> = packet.namespace.into();
        if self.spaces.contains_key(&name) {
            return;
        }
        let auth = if packet.data.is_empty() { Ok(Value::Null) } else { serde_json::from_str(packet.data) };
        let found = match (self.shared.namespaces.get(packet.namespace), auth) {
            _ if self.spaces.len() >= limits::MAX_NAMESPACES => {
                Err(Refusal::new(Code::TooManySubscriptions, "the connection is in too many namespaces"))
            }
            _ if self.shared.chat.is_draining() => Err(Refusal::new(Code::ShuttingDown, "the server is going away")),
            (None, _) => Err(Refusal::new(Code::NotFound, "Invalid namespace")),
            (_, Err(_)) => Err(Refusal::new(Code::BadJson, "what comes with the connection is no JSON")),
            (Some(namespace), Ok(auth)) => Ok((namespace.clone(), auth)),
        };
        let (to, said) = mpsc::channel(limits::MAX_WAITING);
        let progress = Arc::new(Progress::default());
        self.spaces.insert(name.clone(), Space { to, progress: progress.clone(), sent: 0 });
        let out = self.batches.0.clone();
        match found {
            Ok((namespace, auth)) => {
                let (shared, request) = (self.shared.clone(), self.request.clone());
                tokio::spawn(space::run(Start { shared, namespace, name, auth, request, said, out, progress }));
            }
            Err(refusal) => {
                let frames = vec![packet::connect_error(&name, &refusal)];
                let batch = Batch { namespace: name, number: 0, frames, end: End::Namespace };
                tokio::spawn(async move { drop(out.send(batch).await) });
            }
        }
    }
}
