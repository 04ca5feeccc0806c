//! The host's task: feeds inputs to the room and performs its effects.

use std::{collections::HashMap, pin::Pin, sync::Arc, time::Duration};

use tokio::{sync::mpsc, time::Instant};

use super::{
    Mail, PresenceVersions, Sink, Unopened,
    operation::{self, Operation},
    turn::Turn,
};
use crate::{
    Body, Cursor, Entry, Event, Hint, Moment, NodeMessage, NodePresence, Observed, PresenceVersion, RoomId, Seq,
    SessionId, UserId, Who,
    fanout::Fan,
    limits, meters,
    node::{Duties, Node},
};
use chat_model::room::{Answer, AppendOutcome, Effect, Input, PendingCommand, Queued, Room, Signal, Ticket};

/// Feeds the room's state machine and performs the effects that it returns.
pub(crate) struct Task {
    node: Arc<Node>,
    /// Boxed, because a future may hold a value that it was given more than once.
    room: Box<Room>,
    fan: Arc<Fan>,
    presence: Arc<PresenceVersions>,
    mail: mpsc::Receiver<Box<Mail>>,
    operation: Option<Operation>,
    turn: Turn,
    /// Goes off when something is due, or before. To set it anew for every message would cost more than the message.
    alarm: Pin<Box<tokio::time::Sleep>>,
    sinks: HashMap<Ticket, Sink>,
    next_ticket: u64,
    /// Whether something was added to the byte logs and not flushed yet.
    told: bool,
    /// The last entry that this node appended, if the other nodes were not told of it yet.
    appended: Option<Seq>,
    lost: bool,
    _open: meters::OpenRoom,
}

impl Task {
    pub(super) fn new(
        node: Arc<Node>,
        room: Room,
        (fan, presence): (Arc<Fan>, Arc<PresenceVersions>),
        mail: mpsc::Receiver<Box<Mail>>,
    ) -> Self {
        let turn = Turn::new(Instant::now(), node.lease.node != 0);
        Self {
            node,
            room: Box::new(room),
            fan,
            presence,
            mail,
            operation: None,
            turn,
            alarm: Box::pin(tokio::time::sleep(Duration::ZERO)),
            sinks: HashMap::new(),
            next_ticket: 0,
            told: false,
            appended: None,
            lost: false,
            _open: meters::OpenRoom::new(),
        }
    }

    /// Runs the room until it is idle for long, or is lost, or the node drains.
    pub(crate) async fn run(&mut self) {
        let mut idle_since = self.node.moment();
        while !self.lost {
            let idle = self.is_idle();
            let now = self.node.moment();
            // Mail that waits is read first: otherwise the room would only be opened again for it.
            let has_mail = !self.mail.is_empty();
            if self.node.is_draining() && self.room.is_settled() && self.node.sessions.is_empty() && !has_mail {
                break;
            }
            if !idle {
                idle_since = now;
            } else if now.since(idle_since) >= self.node.limits.idle_room_ms && !has_mail {
                self.note_subscribers();
                break;
            }
            let idle_end = idle.then(|| idle_since.after(self.node.limits.idle_room_ms));
            let due = [self.room.deadline(), idle_end].into_iter().flatten().min();
            match self.next(due).await {
                Some(inputs) => self.feed(inputs),
                None => break,
            }
        }
    }

    /// Whether nothing is under way and nobody needs the host. The subscribers of an inbox do not need its host.
    fn is_idle(&self) -> bool {
        let is_left = self.fan.room.is_inbox() || (self.room.is_idle() && !self.fan.has_subscriptions());
        is_left && self.room.is_settled() && self.operation.is_none()
    }

    /// Notes the sessions that are subscribed to this inbox, so that they stay subscribed without a host.
    fn note_subscribers(&self) {
        let (noted, room) = (&self.node.sessions.noted, &self.fan.room);
        for outlet in self.fan.outlets() {
            // The note is made before the subscription is taken: a session that unsubscribes at this moment finds either the one or
            // the other.
            noted.begin(room, outlet.id, outlet.reserve(room).1, self.node.peers.following.room(room));
            match self.fan.take_out(&outlet) {
                Some(seq) => noted.set(room, outlet.id, Cursor { epoch: self.fan.epoch, seq }),
                None => noted.remove(room, outlet.id),
            }
        }
    }

    /// Ends the room on this node, after [`run`](Self::run) has returned or panicked. Sessions that are still subscribed are told
    /// that their subscriptions end, and requests that are under way are refused. Returns the mail that was not read.
    pub(crate) async fn close(mut self, has_failed: bool) -> Unopened {
        self.fan.flush();
        let room = self.fan.room.clone();
        let end = if has_failed { Event::Interrupted { room } } else { Event::Reset { room } };
        self.fan.reset_all(&end);
        self.mail.close();
        let mut unopened = Vec::new();
        while let Some(mail) = self.mail.recv().await {
            unopened.push(mail);
        }
        unopened
    }

    /// Waits for the next inputs. All mail that waits comes together.
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
        let Some(due) = due.map(|due| self.node.instant(due)) else { return };
        if self.alarm.is_elapsed() || due < self.alarm.deadline() {
            self.alarm.as_mut().reset(due);
        }
    }

    fn feed(&mut self, inputs: Vec<Input>) {
        let now = self.node.now();
        let mut effects = self.room.handle(inputs, now);
        while !effects.is_empty() {
            let mut follow_up = Vec::new();
            for effect in effects {
                self.told |=
                    matches!(effect, Effect::Committed { .. } | Effect::Signal { .. } | Effect::MembersChanged { .. });
                follow_up.extend(self.perform(effect));
            }
            effects = if follow_up.is_empty() { Vec::new() } else { self.room.handle(follow_up, now) };
        }
        if std::mem::take(&mut self.told) {
            self.fan.flush();
        }
        // All entries of an append make one hint, which says how far the log has grown.
        if let Some(head) = self.appended.take() {
            let hint = Hint { room: self.fan.room.clone(), epoch: self.fan.epoch, head };
            self.node.peers.tell(NodeMessage::Hint(hint));
        }
    }

    fn ticket(&mut self, sink: Sink) -> Ticket {
        self.next_ticket += 1;
        let ticket = Ticket(self.next_ticket);
        self.sinks.insert(ticket, sink);
        ticket
    }

    fn open_mail(&mut self, mail: Mail) -> Input {
        let at = self.node.environment.wall();
        Input::Enqueue(match mail {
            Mail::Detach { user, session, sink, .. } => {
                let ticket = (!matches!(sink, Sink::Nobody)).then(|| self.ticket(sink));
                return Input::Detach { user, session, ticket };
            }
            Mail::Away { user, session, away } => return Input::Away { user, session, away },
            Mail::Unwatched { guest, since } => return Input::Unwatched { guest, since },
            Mail::Drain => return Input::Tick,
            Mail::Renamed { user, name } => return Input::Renamed { user, name },
            Mail::Hides { user, last_seen } => return Input::Hides { user, last_seen },
            Mail::Hint(hint) => return Input::Hint { epoch: hint.epoch, head: hint.head },
            Mail::Present(presence) => return Input::Present(presence),
            Mail::Silent { node, since } => return Input::Silent { node, since },
            Mail::TellPresence { to, at_once } => return Input::TellPresence { to, at_once },
            Mail::Told { who, kind } => return Input::Signal { who, kind },
            Mail::Command { caller, command, refused, attach, newcomer, by_engine, sink } => {
                let attach = sink.outlet().filter(|_| attach).map(|outlet| outlet.id);
                let ticket = (!matches!(sink, Sink::Nobody)).then(|| self.ticket(sink));
                let (id, deadline) = (self.node.new_id(), self.node.moment().after(self.node.limits.command_ms));
                let mut pending = PendingCommand::new(caller, command, id, at, deadline);
                (pending.ticket, pending.refused, pending.attach) = (ticket, refused.map(|refusal| *refusal), attach);
                (pending.newcomer, pending.by_engine) = (newcomer, by_engine);
                Queued::Command(Box::new(pending))
            }
            Mail::Subscribe { caller, from, sink } => {
                let Some(session) = sink.outlet().map(|outlet| outlet.id) else { return Input::Tick };
                Queued::Subscribe { ticket: self.ticket(sink), caller, session, from, at }
            }
            Mail::Inquiry { caller, inquiry, sink } => {
                Queued::Inquiry { ticket: self.ticket(sink), caller, inquiry, at }
            }
            Mail::Signal { caller, kind, sink } => {
                let ticket = (!matches!(sink, Sink::Nobody)).then(|| self.ticket(sink));
                Queued::Signal { ticket, caller, kind, at }
            }
        })
    }

    /// Performs one effect. A result that is there at once is the room's next input.
    fn perform(&mut self, effect: Effect) -> Option<Input> {
        match effect {
            Effect::Load(query) => {
                self.operation = Some(operation::load(self.node.clone(), self.fan.room.clone(), query))
            }
            Effect::ReadLog { after } => {
                self.operation = Some(operation::read_log(self.node.clone(), self.fan.room.clone(), after));
            }
            Effect::Reload => {
                self.operation = Some(operation::reload(self.node.clone(), self.fan.room.clone()));
            }
            Effect::Skipped { from, to, removed } => {
                self.fan.skip_to(to, &removed);
                self.told = true;
                self.node.observations.add_missed(self.fan.room.clone(), self.fan.epoch, from + 1, to);
            }
            Effect::Append { expected, drafts } => {
                let (node, at) = (self.node.clone(), Cursor { seq: expected, ..self.room.at() });
                let pause = self.turn.pause(Instant::now());
                self.operation = Some(operation::append(node, self.fan.room.clone(), at, drafts, pause));
            }
            Effect::Committed { entry, sender, subject, is_own } => self.commit(entry, (sender, subject), is_own),
            Effect::Answer { ticket, answer } => self.answer(ticket, answer),
            Effect::Attach { ticket, session, user, after, floor } => {
                let sink = self.sinks.remove(&ticket);
                let outlet = sink.as_ref().and_then(Sink::outlet).filter(|outlet| outlet.id == session)?;
                if !self.fan.attach(outlet, &user, after, floor) && !outlet.rooms().contains(&self.fan.room) {
                    // The session is ending, and will not detach from this host, which it does not know.
                    return Some(Input::Detach { user, session, ticket: None });
                }
                // The session told the rooms to which it was subscribed that its user is away; this room was not among them.
                if self.node.sessions.get(session).is_some_and(|live| live.is_away()) {
                    return Some(Input::Away { user, session, away: true });
                }
            }
            Effect::Detach { user, session } => self.detach(&user, session),
            Effect::Signal { signal, is_own, online } => self.signal(signal, is_own, online),
            Effect::TellPresence { opening, sum, parts, to } => {
                let version = PresenceVersion { node: self.node.lease, opening, sum };
                let presence = NodePresence { room: self.fan.room.clone(), version, parts, to };
                self.node.peers.tell(NodeMessage::Present(presence));
            }
            Effect::PresenceKnown { opening, sum, others } => self.presence.set(opening, sum, others),
            Effect::MembersChanged { joined, left, members, online } => {
                let room = self.fan.room.clone();
                self.fan.signal(&Event::MembersChanged { room, joined, left, members, online });
            }
            Effect::Notify { user, notice, id } => self.duty(|duties, _| duties.notify(user, notice, id)),
            Effect::HoldLease { user, since } => self.duty(|duties, room| duties.hold_guest(room, user, since)),
            Effect::GuestGone { guest, since } => self.duty(|duties, room| duties.take_guest_out(room, guest, since)),
            Effect::FoundLess { known, found } => self.say_less(known, found),
            Effect::Lost => self.lost = true,
        }
        None
    }

    /// Says that the log has lost entries.
    fn say_less(&self, known: Seq, found: Seq) {
        tracing::error!(
            room = %self.fan.room, known, found,
            "a room's log has lost entries, as the database was put back to an earlier state: \
            put the newest state back, or give all rooms new epochs and start anew",
        );
    }

    fn commit(&mut self, entry: Arc<Entry>, (sender, subject): (Who, Option<Who>), is_own: bool) {
        let room = self.fan.room.clone();
        let event = entry.told.then(|| {
            let (room, entry) = (room.clone(), self.fan.shown(&entry));
            Event::Entry { room, after: entry.after, entry, sender, subject }
        });
        match &entry.body {
            Body::Banned { user, .. } if user.is_guest() => {
                self.node.sessions.ban_guest(&room, user, self.node.moment());
            }
            Body::Unbanned { user } if user.is_guest() => self.node.sessions.guests.unban(&room, user),
            _ => {}
        }
        self.fan.commit(&entry, event.as_ref());
        if is_own {
            meters::committed();
            self.appended = Some(entry.seq);
        }
        self.node.observations.add(Observed { room, epoch: self.fan.epoch, entry });
    }

    fn duty(&self, ask: impl FnOnce(&dyn Duties, RoomId)) {
        if let Some(duties) = self.node.duties() {
            ask(&*duties, self.fan.room.clone());
        }
    }

    fn signal(&self, signal: Signal, is_own: bool, online: u64) {
        let room = self.fan.room.clone();
        if is_own && let Some((who, kind)) = signal.told() {
            self.node.peers.tell(NodeMessage::Signal { room: room.clone(), who, kind });
        }
        match signal {
            Signal::Typing(who) => self.fan.signal(&Event::Typing { room, who }),
            Signal::Presence(who, presence) => {
                self.fan.signal(&Event::PresenceChanged { room, who, presence, online });
            }
            Signal::Renamed(who) => self.fan.signal(&Event::UserRenamed { room, who }),
            Signal::Read(who, seq) => self.fan.signal_read(&Event::HasRead { room, who, seq }),
            Signal::OwnRead(who, seq) => {
                let user = who.user.clone();
                self.fan.tell_user(&user, &Event::HasRead { room, who, seq });
            }
        }
    }

    fn answer(&mut self, ticket: Ticket, answer: Answer) {
        let Some(sink) = self.sinks.remove(&ticket) else { return };
        // What the session asked for may have subscribed it meanwhile. Told of another beginning, it would skip what is on its way.
        if sink.is_unasked() && sink.outlet().is_some_and(|outlet| outlet.is_subscribed(&self.fan)) {
            return;
        }
        if matches!(answer, Answer::Joined(_) | Answer::Subscribed { .. }) {
            self.sinks.insert(ticket, sink.subscriber());
        }
        match sink {
            Sink::Nobody | Sink::Subscriber(..) => {}
            // The engine may have stopped waiting.
            Sink::Engine(engine) => drop(engine.send(answer)),
            Sink::Reply(reply) => {
                // The entry is about to be flushed to its sender, too: the ack goes with it in one write.
                let is_flushed = self.told && matches!(answer, Answer::Committed(_));
                reply.answer_room(&self.fan.room, answer, is_flushed.then_some(&*self.fan));
            }
        }
    }

    /// Ends the subscription of a session to this room, unless the session has ended its subscriptions itself.
    fn detach(&self, user: &UserId, session: SessionId) {
        // The session is not looked for among the room's users. A user whose right to read has ended is not there, but may still
        // have frames to come.
        let live = self.node.sessions.get(session).map(|live| live.outlet.clone());
        // A session that is over may have been subscribed by mail which an earlier host had left unread.
        if let Some(outlet) = live.or_else(|| self.fan.outlet_of(user, session)) {
            self.fan.detach(&outlet, user);
        }
    }
}
