//! The host: the task that owns one room on this node. It feeds the state machine and does what it wants done.

use std::{collections::HashMap, future::Future, pin::Pin, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use crate::{
    Body, Claim, ClientId, Command, Cursor, Hint, Identity, Moment, Observed, Op, RequestId, RoomId, SessionId, UserId,
    codec::{Event, Joined},
    engine::Engine,
    entry::Draft,
    fanout::{Fan, Outlet},
    limits,
    refusal::Refusal,
    room::{
        Answer, AppendOutcome, Ask, Effect, Failure, Input, Item, JoinedView, Room, Rules, Signal, SignalKind, Ticket,
    },
    store::{AppendError, FactsQuery, HistoryVisibility, StoreError, Window},
};

/// The way to a host.
pub(crate) struct Host {
    pub(crate) room: RoomId,
    pub(crate) fan: Arc<Fan>,
    mailbox: mpsc::Sender<Box<Mail>>,
}

/// What a host is sent.
pub(crate) enum Mail {
    Command {
        identity: Identity,
        command: Command,
        refused: Option<Refusal>,
        attach: bool,
        by_engine: bool,
        sink: Sink,
    },
    Subscribe {
        identity: Identity,
        from: Option<Cursor>,
        sink: Sink,
    },
    Read {
        identity: Identity,
        sink: Sink,
    },
    Signal {
        identity: Identity,
        kind: SignalKind,
        sink: Sink,
    },
    Detach {
        user: UserId,
        session: SessionId,
    },
    Away {
        user: UserId,
        session: SessionId,
        away: bool,
    },
    Hint(Hint),
    /// Finish what is under way and close.
    Drain,
}

/// Where an answer goes.
pub(crate) enum Sink {
    /// Nobody wants to know.
    Nobody,
    /// A caller in this process.
    Caller(oneshot::Sender<Answer>),
    /// A session: the answer becomes a frame.
    Session(Box<SessionSink>),
    /// A session that resumes many rooms: the caller is answered, the outlet is subscribed.
    Resume { outlet: Arc<Outlet>, caller: oneshot::Sender<Answer> },
    /// A session that is answered already and waits to be subscribed.
    Subscriber(Arc<Outlet>),
}

impl Sink {
    fn outlet(&self) -> Option<&Arc<Outlet>> {
        match self {
            Self::Session(session) => Some(&session.outlet),
            Self::Resume { outlet, .. } | Self::Subscriber(outlet) => Some(outlet),
            Self::Nobody | Self::Caller(_) => None,
        }
    }
}

impl Mail {
    /// The client's name for the request this mail is for.
    pub(crate) fn request_id(&self) -> Option<&RequestId> {
        match self {
            Self::Command { sink, .. }
            | Self::Subscribe { sink, .. }
            | Self::Read { sink, .. }
            | Self::Signal { sink, .. } => match sink {
                Sink::Session(session) => session.re.as_ref(),
                _ => None,
            },
            _ => None,
        }
    }
}

pub(crate) struct SessionSink {
    pub(crate) outlet: Arc<Outlet>,
    pub(crate) re: Option<RequestId>,
    pub(crate) identity: Identity,
    pub(crate) op: &'static str,
    pub(crate) client_id: Option<ClientId>,
    pub(crate) guest_token: Option<String>,
}

/// What the store is doing for the room: its answer is the room's next input.
type Operation = Pin<Box<dyn Future<Output = Input> + Send>>;

impl Host {
    /// Opens a room: loads it and starts its task.
    pub(crate) async fn open(engine: &Arc<Engine>, room: &RoomId) -> Result<Arc<Self>, Refusal> {
        let record = engine.store.room(room).await.map_err(|error| {
            tracing::warn!(%room, %error, "a room could not be opened");
            Refusal::from(&error)
        })?;
        let record = record.ok_or_else(Refusal::room_not_found)?;
        let hides_edits = record.meta.history == HistoryVisibility::SinceJoin;
        let fan = Fan::new(room.clone(), record.epoch, record.head, hides_edits, engine.flushers.clone());
        let (mailbox, mail) = mpsc::channel(limits::MAX_ROOM_QUEUE);
        let host = Arc::new(Self { room: room.clone(), fan: fan.clone(), mailbox });
        let rules = Rules { policy: engine.policy.clone(), limits: engine.limits.clone(), lease: engine.lease };
        let task = Task {
            engine: engine.clone(),
            room: Box::new(Room::new(record, rules)),
            fan,
            mail,
            operation: None,
            alarm: Box::pin(tokio::time::sleep(Duration::ZERO)),
            sinks: HashMap::new(),
            next_ticket: 0,
            told: false,
            lost: false,
        };
        engine.tasks.spawn(task.run(Arc::downgrade(&host)));
        Ok(host)
    }

    /// Sends mail; it comes back if the host has closed.
    pub(crate) async fn send(&self, mail: Box<Mail>) -> Result<(), Box<Mail>> {
        self.mailbox.send(mail).await.map_err(|error| error.0)
    }

    /// Sends mail that may be lost if the host is closed or has too much to do.
    pub(crate) fn try_send(&self, mail: Mail) -> bool {
        self.mailbox.try_send(Box::new(mail)).is_ok()
    }
}

struct Task {
    engine: Arc<Engine>,
    /// Boxed, as a future holds what it is given more than once.
    room: Box<Room>,
    fan: Arc<Fan>,
    mail: mpsc::Receiver<Box<Mail>>,
    operation: Option<Operation>,
    /// Set no later than anything is due. Setting it anew for every message would cost more than the message.
    alarm: Pin<Box<tokio::time::Sleep>>,
    sinks: HashMap<Ticket, Sink>,
    next_ticket: u64,
    /// Whether something was added to the byte logs that is not flushed yet.
    told: bool,
    lost: bool,
}

impl Task {
    async fn run(mut self, host: std::sync::Weak<Host>) {
        let mut idle_since = self.engine.moment();
        while !self.lost {
            let idle = self.room.is_idle() && self.operation.is_none() && !self.fan.has_subscriptions();
            let now = self.engine.moment();
            if self.engine.is_draining() && self.room.is_settled() && self.engine.sessions.is_empty() {
                break;
            }
            if !idle {
                idle_since = now;
            } else if now.since(idle_since) >= self.engine.limits.idle_room_ms {
                break;
            }
            let idle_end = idle.then(|| idle_since.after(self.engine.limits.idle_room_ms));
            let due = [self.room.deadline(), idle_end].into_iter().flatten().min();
            match self.next(due).await {
                Some(inputs) => self.feed(inputs),
                None => break,
            }
        }
        self.close(host).await;
    }

    /// Waits for the next thing to happen; all mail that is there comes at once.
    async fn next(&mut self, due: Option<Moment>) -> Option<Vec<Input>> {
        self.set_alarm(due);
        tokio::select! {
            biased;
            input = operation(&mut self.operation) => Some(vec![input]),
            mail = self.mail.recv() => {
                let mut inputs = vec![self.open_mail(*mail?)];
                while inputs.len() < limits::MAX_BATCH && let Ok(mail) = self.mail.try_recv() {
                    inputs.push(self.open_mail(*mail));
                }
                Some(inputs)
            }
            () = &mut self.alarm, if due.is_some() => Some(vec![Input::Tick]),
        }
    }

    fn set_alarm(&mut self, due: Option<Moment>) {
        let Some(due) = due.map(|due| self.engine.instant(due)) else { return };
        if self.alarm.is_elapsed() || due < self.alarm.deadline() {
            self.alarm.as_mut().reset(due);
        }
    }

    fn feed(&mut self, inputs: Vec<Input>) {
        let mut effects = Vec::new();
        for input in inputs {
            self.room.handle(input, self.engine.now(), &mut effects);
        }
        while !effects.is_empty() {
            for effect in std::mem::take(&mut effects) {
                self.told |=
                    matches!(effect, Effect::Committed { .. } | Effect::Signal(_) | Effect::MembersChanged { .. });
                if let Some(input) = self.perform(effect) {
                    self.room.handle(input, self.engine.now(), &mut effects);
                }
            }
        }
        if std::mem::take(&mut self.told) {
            self.fan.flush();
        }
    }

    fn ticket(&mut self, sink: Sink) -> Ticket {
        self.next_ticket += 1;
        let ticket = Ticket(self.next_ticket);
        self.sinks.insert(ticket, sink);
        ticket
    }

    fn open_mail(&mut self, mail: Mail) -> Input {
        let at = self.engine.environment.wall();
        Input::Item(match mail {
            Mail::Detach { user, session } => return Input::Detach { user, session },
            Mail::Away { user, session, away } => return Input::Away { user, session, away },
            Mail::Drain => return Input::Tick,
            Mail::Hint(hint) => return Input::Hint { epoch: hint.epoch, head: hint.head },
            Mail::Command { identity, command, refused, attach, by_engine, sink } => {
                let attach = sink.outlet().filter(|_| attach).map(|outlet| outlet.id);
                let ticket = (!matches!(sink, Sink::Nobody)).then(|| self.ticket(sink));
                self.ask(identity, command, refused, attach, by_engine, ticket)
            }
            Mail::Subscribe { identity, from, sink } => {
                let Some(session) = sink.outlet().map(|outlet| outlet.id) else { return Input::Tick };
                Item::Subscribe { ticket: self.ticket(sink), identity, session, from, at }
            }
            Mail::Read { identity, sink } => Item::Read { ticket: self.ticket(sink), identity, at },
            Mail::Signal { identity, kind, sink } => {
                let ticket = (!matches!(sink, Sink::Nobody)).then(|| self.ticket(sink));
                Item::Signal { ticket, identity, kind, at }
            }
        })
    }

    fn ask(
        &self,
        identity: Identity,
        command: Command,
        refused: Option<Refusal>,
        attach: Option<SessionId>,
        by_engine: bool,
        ticket: Option<Ticket>,
    ) -> Item {
        let digest = |client_id| Claim { client_id, digest: command.op.digest() };
        let claim = command.client_id.map(digest);
        Item::Ask(Box::new(Ask {
            ticket,
            identity,
            claim,
            op: command.op,
            draft_id: self.engine.draft_id(),
            at: self.engine.environment.wall(),
            refused,
            by_engine,
            attach,
            deadline: self.engine.moment().after(self.engine.limits.command_ms),
        }))
    }

    /// Does one thing the room wants done; what comes of it at once is the room's next input.
    fn perform(&mut self, effect: Effect) -> Option<Input> {
        match effect {
            Effect::Load(query) => self.operation = Some(load(self.engine.clone(), self.fan.room.clone(), query)),
            Effect::ReadLog { after } => {
                self.operation = Some(read_log(self.engine.clone(), self.fan.room.clone(), after));
            }
            Effect::Append { expected, drafts } => {
                let (engine, at) = (self.engine.clone(), Cursor { seq: expected, ..self.room.at() });
                self.operation = Some(append(engine, self.fan.room.clone(), at, drafts));
            }
            Effect::Committed { entry, sender, subject } => {
                let text = !(self.fan.hides_edits() && matches!(entry.body, Body::Edited { .. }));
                let (room, subject) = (&self.fan.room, subject.as_ref());
                let event = Event::Entry { room, entry: &entry, after: entry.after, sender: &sender, subject, text };
                self.fan.commit(entry.seq, entry.told.then_some(&event), entry.body.revokes(&entry.sender));
                self.engine.hint(Hint { room: room.clone(), epoch: self.fan.epoch, head: entry.seq });
                self.engine.observe(Observed { room: room.clone(), epoch: self.fan.epoch, entry });
            }
            Effect::Answer { ticket, answer } => self.answer(ticket, answer),
            Effect::Attach { ticket, session, user, after, floor } => {
                if let Some(Sink::Subscriber(outlet)) = self.sinks.remove(&ticket)
                    && outlet.id == session
                {
                    self.fan.attach(&outlet, &user, after, floor);
                }
            }
            Effect::Signal(signal) => self.signal(&signal),
            Effect::MembersChanged { joined, left, members, online } => {
                let room = &self.fan.room;
                self.fan.signal(&Event::MembersChanged { room, joined: &joined, left: &left, members, online });
            }
            Effect::Notify { user, notice, id } => self.engine.clone().notify(user, notice, id),
            Effect::RenewLease { user } => self.engine.clone().renew_lease(self.fan.room.clone(), user),
            Effect::GuestGone(identity) => {
                let leave = Command { client_id: None, op: Op::Leave };
                return Some(Input::Item(self.ask(identity, leave, None, None, true, None)));
            }
            Effect::Lost => self.lost = true,
        }
        None
    }

    fn signal(&self, signal: &Signal) {
        let room = &self.fan.room;
        self.fan.signal(&match signal {
            Signal::Typing(who) => Event::Typing { room, who },
            Signal::Presence(who, presence) => Event::PresenceChanged { room, who, presence: *presence },
            Signal::Read(who, seq) => Event::HasRead { room, who, seq: *seq },
        });
    }

    fn answer(&mut self, ticket: Ticket, answer: Answer) {
        let Some(sink) = self.sinks.remove(&ticket) else { return };
        if let Some(outlet) = sink.outlet()
            && matches!(answer, Answer::Joined(_) | Answer::Subscribed { .. })
        {
            self.sinks.insert(ticket, Sink::Subscriber(outlet.clone()));
        }
        match sink {
            Sink::Nobody | Sink::Subscriber(_) => {}
            // A caller who no longer waits does not want to know.
            Sink::Caller(caller) | Sink::Resume { caller, .. } => drop(caller.send(answer)),
            Sink::Session(session) => {
                let frame = session.frame(&self.fan.room, &answer);
                // What was just committed is about to be flushed to the sender, too: one write for both.
                let is_flushed = self.told && matches!(answer, Answer::Committed(_));
                session.outlet.answer(frame, is_flushed.then_some(&*self.fan));
            }
        }
    }

    /// Leaves the registry first, so that mail which comes too late finds the next host.
    async fn close(&mut self, host: std::sync::Weak<Host>) {
        if let Some(host) = host.upgrade() {
            self.engine.registry.remove(&host);
        }
        if self.lost {
            self.fan.flush();
            for outlet in self.fan.outlets() {
                outlet.push(outlet.wire.frame(&Event::Reset { room: &self.fan.room }));
                self.fan.end(&outlet);
            }
        }
        self.mail.close();
        while let Some(mail) = self.mail.recv().await {
            self.engine.clone().forward(self.fan.room.clone(), mail);
        }
    }
}

impl SessionSink {
    /// The answer as a frame; `None` where nobody asked for one.
    fn frame(&self, room: &RoomId, answer: &Answer) -> Option<Bytes> {
        let re = self.re.as_ref();
        let client_id = self.client_id.as_ref();
        Some(self.outlet.wire.frame(&match answer {
            Answer::Committed(receipt) => Event::Committed { re, op: self.op, room, receipt: *receipt, client_id },
            Answer::Joined(view) => return Some(self.joined(room, view)),
            Answer::Subscribed { resumption, at } => Event::Subscribed { re, room, resumption: *resumption, at: *at },
            Answer::Allowed { .. } => Event::Taken { re: re? },
            Answer::Refused(refusal) => Event::Refused { re, refusal },
        }))
    }

    fn joined(&self, room: &RoomId, view: &JoinedView) -> Bytes {
        let joined = Joined {
            room,
            meta: &view.meta,
            receipt: view.receipt,
            at: view.at,
            identity: &self.identity,
            role: view.role,
            members: &view.members,
            member_count: view.member_count,
            online: &view.online,
            online_count: view.online_count,
            guest_token: self.guest_token.as_deref(),
            client_id: self.client_id.as_ref(),
        };
        self.outlet.wire.frame(&Event::Joined { re: self.re.as_ref(), joined: &joined })
    }
}

async fn operation(slot: &mut Option<Operation>) -> Input {
    match slot {
        Some(operation) => {
            let input = operation.await;
            *slot = None;
            input
        }
        None => std::future::pending().await,
    }
}

fn load(engine: Arc<Engine>, room: RoomId, query: FactsQuery) -> Operation {
    Box::pin(async move {
        let facts = engine.store.facts(&room, &query);
        Input::Loaded(in_time(&engine, facts).await.map_err(|error| failure(&error, &room)))
    })
}

fn read_log(engine: Arc<Engine>, room: RoomId, after: u64) -> Operation {
    Box::pin(async move {
        let page = engine.store.entries(&room, Window::after(after, limits::MAX_PAGE));
        Input::LogRead(in_time(&engine, page).await.map_err(|error| failure(&error, &room)))
    })
}

fn append(engine: Arc<Engine>, room: RoomId, at: Cursor, drafts: Arc<[Draft]>) -> Operation {
    Box::pin(async move {
        let appended = engine.store.append(&room, at.epoch, at.seq, &drafts);
        let limit = Duration::from_millis(engine.limits.command_ms);
        Input::Appended(match tokio::time::timeout(limit, appended).await {
            Ok(Ok(appended)) => AppendOutcome::Appended(appended.count),
            Ok(Err(AppendError::Conflict { epoch, head })) => AppendOutcome::Conflict { epoch, head },
            Ok(Err(AppendError::Duplicate(claims))) => AppendOutcome::Duplicate(claims),
            Ok(Err(AppendError::Store(error))) => AppendOutcome::Failed(failure(&error, &room)),
            Err(_) => AppendOutcome::Failed(Failure::OutcomeUnknown),
        })
    })
}

/// A read that takes too long was not executed.
async fn in_time<T>(engine: &Engine, read: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    let limit = Duration::from_millis(engine.limits.command_ms);
    match tokio::time::timeout(limit, read).await {
        Ok(result) => result,
        Err(elapsed) => Err(StoreError::NotExecuted { source: Box::new(elapsed) }),
    }
}

fn failure(error: &StoreError, room: &RoomId) -> Failure {
    tracing::warn!(%room, error = error as &dyn std::error::Error, "the store failed");
    match error {
        StoreError::NotExecuted { .. } => Failure::NotExecuted,
        StoreError::OutcomeUnknown { .. } => Failure::OutcomeUnknown,
        StoreError::Corrupt { .. } => Failure::Corrupt,
        StoreError::NoSuchRoom => Failure::NoSuchRoom,
    }
}
