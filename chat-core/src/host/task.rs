//! The task: inputs in, effects done.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Arc, Weak},
    time::Duration,
};

use tokio::{sync::mpsc, time::Instant};

use super::{
    Host, Mail, Sink,
    operation::{self, Operation},
    turn::Turn,
};
use crate::{Body, Cursor, Event, Hint, Moment, Observed, SessionId, UserId, engine::Engine, fanout::Fan, limits};
use chat_model::room::{Answer, AppendOutcome, Effect, Input, PendingCommand, Queued, Room, Signal, Ticket};

/// Feeds the state machine and does what it wants done.
pub(super) struct Task {
    engine: Arc<Engine>,
    /// Boxed, as a future holds what it is given more than once.
    room: Box<Room>,
    fan: Arc<Fan>,
    mail: mpsc::Receiver<Box<Mail>>,
    operation: Option<Operation>,
    turn: Turn,
    /// Set no later than anything is due. Setting it anew for every message would cost more than the message.
    alarm: Pin<Box<tokio::time::Sleep>>,
    sinks: HashMap<Ticket, Sink>,
    next_ticket: u64,
    /// Whether something was added to the byte logs that is not flushed yet.
    told: bool,
    lost: bool,
}

impl Task {
    pub(super) fn new(engine: Arc<Engine>, room: Room, fan: Arc<Fan>, mail: mpsc::Receiver<Box<Mail>>) -> Self {
        let turn = Turn::new(Instant::now(), engine.lease.node != 0);
        Self {
            engine,
            room: Box::new(room),
            fan,
            mail,
            operation: None,
            turn,
            alarm: Box::pin(tokio::time::sleep(Duration::ZERO)),
            sinks: HashMap::new(),
            next_ticket: 0,
            told: false,
            lost: false,
        }
    }

    pub(super) async fn run(mut self, host: Weak<Host>) {
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
            input = operation::done(&mut self.operation) => {
                if let Input::Appended(outcome) = &input {
                    self.turn.end(Instant::now(), matches!(outcome, AppendOutcome::Conflict { .. }));
                }
                Some(vec![input])
            }
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
        let now = self.engine.now();
        let mut effects = self.room.handle(inputs, now);
        while !effects.is_empty() {
            let mut follow_up = Vec::new();
            for effect in effects {
                self.told |=
                    matches!(effect, Effect::Committed { .. } | Effect::Signal(_) | Effect::MembersChanged { .. });
                follow_up.extend(self.perform(effect));
            }
            effects = if follow_up.is_empty() { Vec::new() } else { self.room.handle(follow_up, now) };
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
        Input::Enqueue(match mail {
            Mail::Detach { user, session, sink, .. } => {
                let ticket = (!matches!(sink, Sink::Nobody)).then(|| self.ticket(sink));
                return Input::Detach { user, session, ticket };
            }
            Mail::Away { user, session, away } => return Input::Away { user, session, away },
            Mail::Unwatched { guest, since } => return Input::Unwatched { guest, since },
            Mail::Drain => return Input::Tick,
            Mail::Hint(hint) => return Input::Hint { epoch: hint.epoch, head: hint.head },
            Mail::Command { caller, command, refused, attach, newcomer, by_engine, sink } => {
                let attach = sink.outlet().filter(|_| attach).map(|outlet| outlet.id);
                let ticket = (!matches!(sink, Sink::Nobody)).then(|| self.ticket(sink));
                let (id, deadline) =
                    (self.engine.draft_id(), self.engine.moment().after(self.engine.limits.command_ms));
                let mut pending = PendingCommand::new(caller, command, id, at, deadline);
                (pending.ticket, pending.refused, pending.attach) = (ticket, refused, attach);
                (pending.newcomer, pending.by_engine) = (newcomer, by_engine);
                Queued::Command(Box::new(pending))
            }
            Mail::Subscribe { caller, from, sink } => {
                let Some(session) = sink.outlet().map(|outlet| outlet.id) else { return Input::Tick };
                Queued::Subscribe { ticket: self.ticket(sink), caller, session, from, at }
            }
            Mail::Read { caller, sink } => Queued::Read { ticket: self.ticket(sink), caller, at },
            Mail::Signal { caller, kind, sink } => {
                let ticket = (!matches!(sink, Sink::Nobody)).then(|| self.ticket(sink));
                Queued::Signal { ticket, caller, kind, at }
            }
        })
    }

    /// Does one thing the room wants done; what comes of it at once is the room's next input.
    fn perform(&mut self, effect: Effect) -> Option<Input> {
        match effect {
            Effect::Load(query) => {
                self.operation = Some(operation::load(self.engine.clone(), self.fan.room.clone(), query))
            }
            Effect::ReadLog { after } => {
                self.operation = Some(operation::read_log(self.engine.clone(), self.fan.room.clone(), after));
            }
            Effect::Reload => {
                self.operation = Some(operation::reload(self.engine.clone(), self.fan.room.clone()));
            }
            Effect::Skipped { from, to, removed } => {
                self.fan.skip_to(to, &removed);
                self.told = true;
                self.engine.missed(self.fan.room.clone(), self.fan.epoch, from + 1, to);
            }
            Effect::Append { expected, drafts } => {
                let (engine, at) = (self.engine.clone(), Cursor { seq: expected, ..self.room.at() });
                let pause = self.turn.pause(Instant::now());
                self.operation = Some(operation::append(engine, self.fan.room.clone(), at, drafts, pause));
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
                let sink = self.sinks.remove(&ticket);
                let outlet = sink.as_ref().and_then(Sink::outlet).filter(|outlet| outlet.id == session)?;
                if !self.fan.attach(outlet, &user, after, floor) {
                    // It has ended meanwhile, and may have said so to the host before this one.
                    return Some(Input::Detach { user, session, ticket: None });
                }
            }
            Effect::Detach { user, session } => self.detach(&user, session),
            Effect::Signal(signal) => self.signal(&signal),
            Effect::MembersChanged { joined, left, members, online } => {
                let room = &self.fan.room;
                self.fan.signal(&Event::MembersChanged { room, joined: &joined, left: &left, members, online });
            }
            Effect::Notify { user, notice, id } => self.engine.clone().notify(user, notice, id),
            Effect::HoldLease { user, since } => self.engine.hold_guest(self.fan.room.clone(), user, since),
            Effect::GuestGone { guest, since } => self.engine.take_guest_out(self.fan.room.clone(), guest, since),
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
        if matches!(answer, Answer::Joined(_) | Answer::Subscribed { .. }) {
            self.sinks.insert(ticket, sink.subscriber());
        }
        match sink {
            Sink::Nobody | Sink::Subscriber(..) => {}
            // A caller who no longer waits does not want to know.
            Sink::Caller(caller) | Sink::Resume { caller, .. } => drop(caller.send(answer)),
            Sink::Session(session) => {
                // What was just committed is about to be flushed to the sender, too: one write for both.
                let is_flushed = self.told && matches!(answer, Answer::Committed(_));
                session.answer(&self.fan.room, &answer, is_flushed.then_some(&*self.fan));
            }
        }
    }

    /// A session that has ended is subscribed to nothing: its connection saw to that, and nothing subscribes it again.
    fn detach(&self, user: &UserId, session: SessionId) {
        // Not looked for among the room's users: whose right to read has ended may have the last of it still to come.
        let outlet = self.engine.sessions.get(&session).map(|outlet| outlet.clone());
        if let Some(outlet) = outlet {
            self.fan.detach(&outlet, user);
        }
    }

    /// Leaves the registry first, so that mail which comes too late finds the next host.
    async fn close(&mut self, host: Weak<Host>) {
        if let Some(host) = host.upgrade() {
            self.engine.registry.remove(&host);
        }
        if self.lost {
            self.fan.flush();
            for outlet in self.fan.outlets() {
                self.fan.reset(&outlet);
            }
        }
        self.mail.close();
        while let Some(mail) = self.mail.recv().await {
            self.engine.clone().forward(self.fan.room.clone(), mail);
        }
    }
}
