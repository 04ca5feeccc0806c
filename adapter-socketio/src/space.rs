//! The task of one client in one namespace: it runs the handlers of the client's events, and sends what its session receives.

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeSet, VecDeque},
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex},
};

use adapter_axum::client_address;
use axum::http::request::Parts;
use bytes::Bytes;
use chat_core::{Caller, CloseReason, Code, Cursor, Outgoing, Refusal, RequestId, RoomId};
use futures_util::{FutureExt as _, future::BoxFuture};
use serde_json::Value;
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, sleep_until, timeout},
};
use uuid::Uuid;

use crate::{
    Client,
    arrivals::Arrivals,
    batch::{Batch, End, Said},
    client::Inner,
    direct::{Direct, Pause},
    frame::{self, Frame, Note},
    kept::{Held, Live, Pid},
    limits,
    namespace::Hello,
    packet,
    shared::{Mounted, Shared},
};

/// Everything that a client's task in a namespace begins with.
pub(crate) struct Start {
    pub(crate) shared: Arc<Shared>,
    pub(crate) namespace: Arc<Mounted>,
    pub(crate) name: Arc<str>,
    pub(crate) auth: Value,
    pub(crate) request: Arc<Parts>,
    pub(crate) said: mpsc::Receiver<Box<Said>>,
    pub(crate) out: mpsc::Sender<Box<Batch>>,
    pub(crate) direct: Arc<Direct>,
}

/// The connection is gone.
struct Gone;

/// The result of a handler or hook: the id of the event to acknowledge, and what to answer, if anything.
type Outcome = (Option<u64>, Option<Result<String, Refusal>>);

struct Space {
    shared: Arc<Shared>,
    namespace: Arc<Mounted>,
    name: Arc<str>,
    client: Client,
    outgoing: Outgoing,
    said: mpsc::Receiver<Box<Said>>,
    out: mpsc::Sender<Box<Batch>>,
    /// The client's id, by which it comes back.
    pid: Pid,
    live: Arc<Live>,
    /// While a handler or hook runs.
    pause: Option<Pause>,
    running: Option<BoxFuture<'static, Outcome>>,
    /// Work that is done before the client's next event.
    jobs: VecDeque<BoxFuture<'static, Outcome>>,
    /// Rooms for which the refresh hook is to run, and when.
    stale: BTreeSet<RoomId>,
    refresh_at: Option<Instant>,
}

/// Lets a client in and serves it until it leaves, or sends the refusal.
pub(crate) async fn run(mut start: Start) {
    let pid = start.auth.as_object_mut().and_then(|auth| {
        let pid = auth.remove("pid")?;
        auth.remove("offset");
        Pid::parse(start.name.clone(), pid.as_str()?)
    });
    let as_of = start.shared.chat.as_of();
    match identify(&start).await {
        Ok(caller) => {
            let held = match &pid {
                Some(pid) => start.shared.kept.come_back(pid, caller.as_ref().map(|caller| &caller.user)).await,
                None => None,
            };
            // Nobody knows yet for whom the client acts, so the progress may be any user's.
            let caller = caller.map(|caller| caller.as_of(as_of)).or_else(|| Some(held.as_ref()?.caller.clone()));
            let pid = pid.filter(|_| held.is_some()).unwrap_or_else(|| Pid::random(start.name.clone()));
            Space::new(start, caller, pid).serve(held).await;
        }
        Err(refusal) => {
            let counted = start.shared.count_stranger(client_address(&start.request.extensions));
            let (refusal, end) = match counted {
                Ok(()) => (refusal, End::Namespace),
                Err(limited) => (limited, End::Connection(CloseReason::RateLimited)),
            };
            let frames = vec![packet::connect_error(&start.name, &refusal)];
            let batch = Batch { namespace: start.name, number: 0, frames, end, pause: None };
            drop(start.out.send(Box::new(batch)).await);
        }
    }
}

async fn identify(start: &Start) -> Result<Option<Caller>, Refusal> {
    let hello = Hello { auth: start.auth.clone(), request: start.request.clone() };
    let identified = async {
        match &start.namespace.table.identify {
            Some(identify) => identify(hello).await,
            None => {
                let token = hello.token().ok_or_else(|| Refusal::unauthorized("a token is needed: auth: { token }"))?;
                start.shared.chat.authenticate(token).await.map(Some)
            }
        }
    };
    match timeout(limits::CONNECT_TIMEOUT, AssertUnwindSafe(identified).catch_unwind()).await {
        Ok(Ok(identified)) => identified,
        Ok(Err(_)) => Err(failed()),
        Err(_) => Err(Refusal::new(Code::Busy, "who you are could not be found out in time")),
    }
}

fn failed() -> Refusal {
    tracing::error!("a handler panicked; its client is told that its outcome is not known");
    Refusal::new(Code::OutcomeUnknown, "the server failed; it may have been done")
}

/// Whether a browser made the request. Every browser calls itself Mozilla; programs, too, send an `Origin`.
fn is_page(request: &Parts) -> bool {
    let agent = request.headers.get("user-agent").and_then(|agent| agent.to_str().ok());
    agent.is_some_and(|agent| agent.starts_with("Mozilla/")) || request.headers.contains_key("sec-fetch-mode")
}

/// Runs a handler. A panic in it becomes a refusal, and ends nothing else.
fn guarded(
    id: Option<u64>,
    work: impl Future<Output = Option<Result<String, Refusal>>> + Send + 'static,
) -> BoxFuture<'static, Outcome> {
    Box::pin(async move {
        let done = AssertUnwindSafe(work).catch_unwind().await;
        (id, done.unwrap_or_else(|_| Some(Err(failed()))))
    })
}

impl Space {
    fn new(start: Start, caller: Option<Caller>, pid: Pid) -> Self {
        let Start { shared, namespace, name, request, said, out, direct, .. } = start;
        if let Some(caller) = &caller {
            direct.is_of(&caller.user);
        }
        // Nothing overtakes the welcome.
        let pause = Some(direct.pause());
        let address = client_address(&request.extensions);
        let (requests, outgoing) = shared.chat.connect_direct(&namespace.wire, caller, address, direct.clone());
        let client = Client(Arc::new(Inner {
            chat: shared.chat.clone(),
            requests,
            namespace: name.clone(),
            kept: shared.kept.clone(),
            is_page: is_page(&request),
            direct,
            program: Mutex::default(),
            emits: Mutex::default(),
            current: Mutex::default(),
        }));
        let who = client.0.requests.clone();
        let live = shared.kept.begin(&pid, move || who.caller().map(|caller| caller.user));
        let (jobs, stale) = (VecDeque::new(), BTreeSet::new());
        Self {
            shared,
            namespace,
            name,
            client,
            outgoing,
            said,
            out,
            pid,
            live,
            pause,
            running: None,
            jobs,
            stale,
            refresh_at: None,
        }
    }

    async fn serve(mut self, held: Option<Held>) {
        let sid = Uuid::new_v4().simple().to_string();
        let welcome = packet::connected(&self.name, &sid, &self.pid.id.simple().to_string());
        let is_new = held.is_none();
        self.recover(held);
        if let Some(hook) = &self.namespace.table.connected {
            let done = hook(self.client.clone(), ());
            self.jobs.push_back(guarded(None, async move { done.await.err().map(Err) }));
        }
        let ended = match self.enter(welcome, is_new).await {
            Ok(()) => self.pump().await,
            Err(Gone) => Err(Gone),
        };
        self.client.0.direct.end();
        // Sending fails once the connection has ended; the client may have sent before that it leaves.
        if !ended.unwrap_or(false) && !self.has_left() {
            self.keep();
        }
        self.client.is_gone();
        self.shared.kept.end(&self.pid, &self.live);
        // A shutdown of the engine waits for its sessions, so the last frames are sent before the session ends.
        drop(timeout(limits::CLOSE_TIMEOUT, self.out.closed()).await);
    }

    /// Tells the client that it is connected. For a new client the host's hook is done by then, unless it takes long: a client that
    /// reads a history elsewhere as soon as it is connected misses nothing of what the hook subscribes it to. One that came back
    /// misses nothing either way.
    async fn enter(&mut self, welcome: Bytes, is_new: bool) -> Result<(), Gone> {
        let mut hooked = None;
        if let Some(mut hook) = is_new.then(|| self.jobs.pop_front()).flatten() {
            match timeout(limits::READY, &mut hook).await {
                Ok(outcome) => hooked = Some(outcome),
                Err(_) => self.running = Some(hook),
            }
        }
        self.send(vec![welcome]).await?;
        match hooked {
            Some(outcome) => self.finish(outcome).await,
            None => Ok(()),
        }
    }

    /// Takes over the client's progress from before its connection was lost.
    fn recover(&mut self, held: Option<Held>) {
        let Some(held) = held else { return self.client.recall() };
        self.client.is_back();
        self.client.set_current(held.current);
        for told in held.rooms {
            let (room, was_in) = (told.room.clone(), told.was_in);
            self.client.rooms().recall(told, true);
            if was_in {
                self.resume(room);
            }
        }
    }

    fn resume(&mut self, room: RoomId) {
        let client = self.client.clone();
        // A client that may not read the room any more learns so when it next asks for something there.
        self.jobs.push_back(guarded(None, async move {
            while let Err(refusal) = client.resume(&room).await {
                if !refusal.code.is_retryable() {
                    client.rooms().refuse(&room);
                    break;
                }
                sleep(limits::RETRY).await;
            }
            None
        }));
    }

    /// Keeps the client's progress for when the client comes back.
    fn keep(&self) {
        let rooms = self.client.rooms().arrived(self.arrivals());
        if rooms.is_empty() {
            return;
        }
        let as_of = self.shared.chat.as_of();
        let Some(caller) = self.client.0.requests.caller() else { return };
        let held = Held { pid: self.pid.clone(), caller: caller.as_of(as_of), rooms, current: self.client.current() };
        self.shared.kept.keep(held, !self.client.0.is_page);
    }

    /// Serves the client. Returns whether the client left by itself.
    async fn pump(&mut self) -> Result<bool, Gone> {
        loop {
            if self.running.is_none() {
                self.running = self.jobs.pop_front();
            }
            let is_free = self.running.is_none();
            if is_free {
                self.pause = None;
            } else if self.pause.is_none() {
                self.pause = Some(self.client.0.direct.pause());
            }
            tokio::select! {
                () = self.out.closed() => return Err(Gone),
                () = self.live.end.notified() => return Err(Gone),
                outcome = async { self.running.as_mut().expect("there is one").await }, if !is_free => {
                    self.running = None;
                    self.finish(outcome).await?;
                }
                said = self.said.recv(), if is_free => match said.map(|said| *said) {
                    Some(Said::Leaves) => {
                        // Even if the connection has ended by now, the client has left.
                        drop(self.end(Vec::new(), End::Namespace).await);
                        return Ok(true);
                    }
                    Some(said) => self.hear(said),
                    None => return Err(Gone),
                },
                frames = self.outgoing.next(), if is_free => match frames {
                    Ok(frames) => self.pass(frames).await?,
                    Err(reason) => return self.closed(reason).await,
                },
                () = sleep_until(self.refresh_at.unwrap_or_else(Instant::now)), if is_free && self.refresh_at.is_some() => {
                    self.refresh();
                }
            }
        }
    }

    /// Whether the client sent that it leaves before its connection ended.
    fn has_left(&mut self) -> bool {
        std::iter::from_fn(|| self.said.try_recv().ok()).any(|said| matches!(*said, Said::Leaves))
    }

    /// Begins to handle an event of the client.
    fn hear(&mut self, said: Said) {
        let (id, heard) = match said {
            Said::Event(id, data) => (id, packet::event_of(&data)),
            Said::Refused(id, refusal) => (id, Err(refusal)),
            Said::Leaves => return,
        };
        let known = heard.and_then(|(event, payload)| {
            let handler = self.namespace.table.handlers.get(&event);
            let unknown = || Refusal::new(Code::UnknownAction, format!("there is no event {event}"));
            Ok((handler.ok_or_else(unknown)?.clone(), payload))
        });
        match known {
            Ok((handler, payload)) => {
                let client = self.client.clone();
                self.running = Some(guarded(id, async move { Some(handler(client, payload).await) }));
            }
            Err(refusal) => self.refuse(id, refusal),
        }
    }

    /// Refuses an event. The refusal counts as a request of the client, even if no handler asked anything of the engine.
    fn refuse(&self, id: Option<u64>, refusal: Refusal) {
        let re = id.map(|id| RequestId(id.to_string().into()));
        self.client.0.requests.refuse(re.as_ref(), refusal);
    }

    async fn finish(&mut self, (id, answer): Outcome) -> Result<(), Gone> {
        let mut frames = self.client.take_emits();
        match (answer, id) {
            (Some(Ok(said)), Some(id)) => frames.push(packet::ack(&self.name, id, &said)),
            (Some(Err(refusal)), id) => self.refuse(id, refusal),
            _ => {}
        }
        if frames.is_empty() { Ok(()) } else { self.send(frames).await }
    }

    /// Sends the client what its session received.
    async fn pass(&mut self, frames: Vec<Bytes>) -> Result<(), Gone> {
        let batch = self.arrivals().next();
        let mut packets = Vec::with_capacity(frames.len());
        let mut tells = false;
        for frame in frames {
            let Some(frame) = frame::read(&frame) else { continue };
            tells |= matches!(frame.note, Note::Entry(..));
            packets.extend(self.read(frame, batch));
        }
        if !tells {
            return if packets.is_empty() { Ok(()) } else { self.send(packets).await };
        }
        self.hand(self.arrivals().begin(), packets, End::Nothing).await
    }

    fn arrivals(&self) -> &Arrivals {
        &self.client.0.direct.arrivals
    }

    /// The packets in a frame that are for this client.
    fn read(&mut self, frame: Frame, batch: u64) -> Vec<Bytes> {
        let room = match &frame.note {
            Note::Entry(room, _) | Note::Signal(room) if frame.refresh => Some(room.clone()),
            _ => None,
        };
        match frame.note {
            Note::Plain => {}
            Note::Entry(room, seq) if self.client.rooms().tell(room.as_str(), seq, batch, self.arrivals()) => {}
            Note::Signal(room) if self.client.is_in(&room) => {}
            Note::Entry(..) | Note::Signal(_) => return Vec::new(),
            Note::Subscribed(room, at) => self.follow(room, at),
            Note::Interrupted(room) => self.resume(room),
            Note::Ended(room) => self.client.rooms().forget(&room),
        }
        if let Some(room) = room
            && self.namespace.table.refresh.is_some()
        {
            self.stale.insert(room);
            self.refresh_at.get_or_insert_with(|| Instant::now() + limits::REFRESH);
        }
        let own = self.client.0.requests.caller().map(|caller| caller.user);
        if let Some(user) = &own {
            self.client.0.direct.is_of(user);
        }
        let told = frame.packets.into_iter().filter(|(but, _)| but.is_none() || *but != own);
        told.map(|(_, packet)| packet).collect()
    }

    /// The user became a member of a room elsewhere. The client stays subscribed to it if the namespace's clients follow such
    /// rooms.
    fn follow(&mut self, room: RoomId, at: Cursor) {
        if self.client.is_in(&room) {
            return;
        }
        if self.namespace.table.follows.as_ref().is_some_and(|follows| follows(&room)) {
            return self.client.rooms().subscribed(&room, at);
        }
        let client = self.client.clone();
        self.jobs.push_back(guarded(None, async move {
            // The client may have joined the room since.
            if !client.is_in(&room) {
                drop(client.requests().unsubscribe(&room).await);
            }
            None
        }));
    }

    fn refresh(&mut self) {
        self.refresh_at = None;
        let stale = std::mem::take(&mut self.stale);
        let Some(hook) = &self.namespace.table.refresh else { return };
        for room in stale.into_iter().filter(|room| self.client.is_in(room)) {
            let done = hook(self.client.clone(), room);
            // A refusal is dropped: a client that is not in the room any more needs no list of it.
            self.jobs.push_back(guarded(None, async move {
                drop(done.await);
                None
            }));
        }
    }

    /// Tells the client that the engine has ended its session. Whether the client may come back decides how it is told.
    async fn closed(&mut self, reason: CloseReason) -> Result<bool, Gone> {
        #[derive(serde::Serialize)]
        struct Ended<'a> {
            code: &'a str,
            message: String,
        }
        let said = Ended { code: reason.as_str(), message: reason.to_string() };
        let mut frames = vec![packet::event(&self.name, "error", &packet::json(&said))];
        // A stock client comes back by itself when its connection ends, but not when the server disconnects it from a
        // namespace.
        if reason.is_retryable() && reason != CloseReason::TokenExpired {
            self.end(frames, End::Connection(reason)).await?;
            return Ok(false);
        }
        frames.push(packet::disconnected(&self.name));
        self.end(frames, End::Namespace).await?;
        Ok(reason != CloseReason::TokenExpired)
    }

    async fn send(&mut self, frames: Vec<Bytes>) -> Result<(), Gone> {
        self.end(frames, End::Nothing).await
    }

    async fn end(&mut self, frames: Vec<Bytes>, end: End) -> Result<(), Gone> {
        if end != End::Nothing {
            // Nothing comes behind the packet that says so.
            self.client.0.direct.end();
        }
        self.hand(0, frames, end).await
    }

    /// Hands a batch to the connection. It fails if the client has come back on another connection before this one took it.
    async fn hand(&mut self, number: u64, frames: Vec<Bytes>, end: End) -> Result<(), Gone> {
        let pause = Some(self.client.0.direct.pause());
        let batch = Batch { namespace: self.name.clone(), number, frames, end, pause };
        tokio::select! {
            handed = self.out.send(Box::new(batch)) => handed.map_err(|_| Gone),
            () = self.live.end.notified() => Err(Gone),
        }
    }
}
