//! The state machine of one room. Pure: inputs go in, effects come out; time, random numbers and everything read from
//! the store are passed in.
//!
//! A room does one thing with the store at a time: it loads facts, *or* reads what others wrote, *or* appends. So what
//! it knows is always the state at its head, a command is judged against exactly that state, and an append that finds
//! another head is followed by a read, and the commands are judged again. Commands that come meanwhile wait, and are
//! then judged and appended together.
//!
//! [`Room::handle`] is the only way in. Who drives a room carries out the effects it returns, and hands it what came of
//! them as further inputs:
//!
//! ```
//! use std::sync::Arc;
//!
//! use chat_model::{
//!     Caller, Command, Entry, Epoch, Facts, HistoryVisibility, Lease, Limits, MemberFact, Moment, Name, Now, Op,
//!     RolePolicy, RoomId, RoomKind, RoomMeta, RoomRecord, Timestamp, UserId,
//!     room::{Answer, AppendOutcome, Effect, Input, PendingCommand, Queued, Room, Rules, Ticket},
//! };
//! use uuid::Uuid;
//!
//! let meta = RoomMeta { slow_mode_ms: 0, invites: Default::default(), topic: None, archived: false,
//!     name: Name::parse("Lobby")?,
//!     kind: RoomKind::Public,
//!     history: HistoryVisibility::Everything,
//!     creator: None,
//!     created_at: Timestamp(0),
//! };
//! let record = RoomRecord::new(RoomId::parse("lobby")?, Epoch::from_random(1), meta);
//! let lease = Lease { node: 0, incarnation: 1 };
//! let mut room = Room::new(record, Rules {
//!     policy: Arc::new(RolePolicy),
//!     limits: Limits::default(),
//!     lease: Some(lease),
//!     opening: None,
//! });
//!
//! let ann = Caller::new(UserId::parse("ann")?, Name::parse("Ann")?);
//! let join = Command { client_id: None, op: Op::Join };
//! let mut command = PendingCommand::new(ann, join, Uuid::from_u128(1), Timestamp(0), Moment(15_000));
//! command.ticket = Some(Ticket(1));
//!
//! let (now, mut acked) = (Now::default(), None);
//! let mut effects = room.handle([Input::Enqueue(Queued::Command(Box::new(command)))], now);
//! while !effects.is_empty() {
//!     let mut inputs = Vec::new();
//!     for effect in effects {
//!         match effect {
//!             // A host asks its store. Here the log is empty, and every append succeeds.
//!             Effect::Load(query) => {
//!                 let members = query.users.into_iter().map(MemberFact::unknown).collect();
//!                 let (epoch, head) = (room.at().epoch, room.at().seq);
//!                 let facts = Facts { epoch, head, members, messages: vec![], claims: vec![],
//!                     roster: vec![], seniors: vec![], pins: 0 };
//!                 inputs.push(Input::Loaded(Ok(facts)));
//!             }
//!             Effect::Append { drafts, .. } => inputs.push(Input::Appended(AppendOutcome::Appended(drafts.len()))),
//!             Effect::Answer { ticket: Ticket(1), answer: Answer::Committed(receipt) } => acked = Some(receipt.seq),
//!             _ => {}
//!         }
//!     }
//!     effects = if inputs.is_empty() { Vec::new() } else { room.handle(inputs, now) };
//! }
//! assert_eq!((acked, room.at().seq), (Some(1), 1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod beside;
mod commit;
mod cycle;
mod drafting;
mod effects;
mod facts;
mod inputs;
mod judge;
mod pace;
mod peers;
mod presence;
mod queue;
mod reload;
mod roster;
mod serve;
mod signals;
mod telling;

use std::{collections::VecDeque, sync::Arc};

use self::{
    cycle::Phase,
    facts::FactCache,
    pace::Pace,
    peers::Peers,
    presence::{Change, Ended, PresenceTable},
    roster::Roster,
    signals::SignalBuffer,
    telling::Telling,
};
pub use self::{
    effects::{Allowed, Answer, Effect, JoinedView},
    inputs::{AppendOutcome, Failure, Input},
    queue::{Inquiry, PendingCommand, Queued, Ticket},
    signals::Signal,
};
use crate::{
    Caller, Cursor, Entry, Epoch, Lease, Listing, Moment, Name, Now, Presence, RoomId, RoomKind, RoomMeta, RoomRecord,
    Seq, SessionId, Timestamp, UserId, Who,
    limits::{self, Limits},
    policy::Policy,
    refusal::{Code, Refusal},
};

/// What a room is given besides inputs.
#[derive(Clone)]
pub struct Rules {
    /// Says who may do what.
    pub policy: Arc<dyn Policy>,
    /// Times and rates.
    pub limits: Limits,
    /// What holds the memberships of this node's guests; `None` where the store has no leases, so that guests are refused.
    pub lease: Option<Lease>,
    /// Where other nodes share the store; `None` tells nobody of presence.
    pub opening: Option<Opening>,
}

/// How a room is opened where other nodes share the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// Greater than that of every room which the node opened before, from 1: so that others can tell apart what this opening
    /// of the room says of presence, and what an earlier one said.
    pub number: u64,
    /// The nodes that were asked who is present on them. The room answers nothing before they have said so,
    pub others: Vec<Lease>,
    /// or until then.
    pub until: Moment,
}

/// One room, as it stands at its head. See the [module](self) for how it is driven.
pub struct Room {
    id: RoomId,
    epoch: Epoch,
    head: Seq,
    told: Seq,
    meta: RoomMeta,
    members: u64,
    read_only: bool,
    rules: Rules,
    facts: FactCache,
    pace: Pace,
    roster: Option<Roster>,
    presence: PresenceTable,
    /// Whether those in the room are told who is present in it.
    tells_presence: bool,
    peers: Option<Peers>,
    telling: Telling,
    signals: SignalBuffer,
    /// What waits for its turn, each until this moment.
    queue: VecDeque<(Moment, Queued)>,
    /// Commands that are being judged or appended.
    batch: Vec<PendingCommand>,
    phase: Phase,
    /// The highest head heard of.
    heard: Seq,
    /// Whether the log must be read before anything is judged again.
    must_read: bool,
    /// Whether the log was last found to end before entries that were in it.
    finds_less: bool,
    /// After a failed read: when to try again.
    read_due: Option<Moment>,
    lost: bool,
}

impl Room {
    /// A room as the store has it now.
    pub fn new(record: RoomRecord, rules: Rules) -> Self {
        // An inbox has one reader, and everybody is in the room of announcements.
        let tells_presence = record.meta.kind != RoomKind::Inbox && record.room != RoomId::announcements();
        Self {
            id: record.room,
            epoch: record.epoch,
            head: record.head,
            told: record.told,
            meta: record.meta,
            members: record.members,
            read_only: record.has_unknown,
            peers: rules.opening.clone().filter(|_| tells_presence).map(Peers::new),
            rules,
            facts: FactCache::default(),
            pace: Pace::default(),
            roster: None,
            presence: PresenceTable::default(),
            tells_presence,
            telling: Telling::default(),
            signals: SignalBuffer::default(),
            queue: VecDeque::new(),
            batch: Vec::new(),
            phase: Phase::Idle,
            heard: record.head,
            must_read: false,
            finds_less: false,
            read_due: None,
            lost: false,
        }
    }

    /// Takes note of the last entries of its log, before it is asked for anything: who wrote a moment ago waits in slow mode.
    pub fn recall(&mut self, entries: &[Entry]) {
        entries.iter().for_each(|entry| self.pace.note(entry, &self.meta));
    }

    /// Its epoch and head.
    pub fn at(&self) -> Cursor {
        Cursor { epoch: self.epoch, seq: self.head }
    }

    /// Whether nobody is here and nothing is under way, so that the host may close.
    pub fn is_idle(&self) -> bool {
        self.presence.count_here() == 0 && self.is_settled() && self.peers.as_ref().is_none_or(Peers::is_told)
    }

    /// Of how many users, and of how many messages, it remembers facts.
    pub fn remembered(&self) -> (usize, usize) {
        self.facts.sizes()
    }

    /// Whether nothing waits for the store.
    pub fn is_settled(&self) -> bool {
        self.queue.is_empty() && self.batch.is_empty() && matches!(self.phase, Phase::Idle)
    }

    /// Takes in all that has come, and returns what is to be done for it, in this order. Commands that came together
    /// are judged together, and appended by one [`Effect::Append`].
    ///
    /// At most one of [`Effect::Load`], [`Effect::ReadLog`], [`Effect::Reload`] and [`Effect::Append`] is under way: the
    /// next one comes after the input that answers it.
    pub fn handle(&mut self, inputs: impl IntoIterator<Item = Input>, now: Now) -> Vec<Effect> {
        let mut effects = Vec::new();
        for input in inputs {
            self.take_in(input, now, &mut effects);
        }
        self.go_on(now, &mut effects);
        effects
    }

    /// Takes in one input, and adds to `effects` what follows from it at once.
    fn take_in(&mut self, input: Input, now: Now, effects: &mut Vec<Effect>) {
        if self.lost {
            return refuse_input(input, effects);
        }
        match input {
            Input::Enqueue(queued) => self.enqueue(queued, now, effects),
            Input::Detach { user, session, ticket } => self.detach(user, session, ticket, now, effects),
            Input::Away { user, session, away } => {
                let change = self.presence.set_away(&user, session, away);
                self.tell_change(&user, change, now);
            }
            Input::Renamed { user, name } => self.rename(user, name, now),
            Input::Hides { user, last_seen } => self.presence.hide(&user, last_seen),
            Input::Hint { epoch, head } => self.hear(epoch, head, effects),
            Input::Unwatched { guest, since } if !self.presence.is_here(&guest.user) => {
                effects.push(Effect::GuestGone { guest, since });
            }
            Input::Unwatched { .. } => {}
            Input::Present(presence) => self.hear_presence(presence, now, effects),
            Input::Silent { node, since } => self.lose_node(node, since, effects),
            Input::TellPresence { to, at_once } => self.tell_all_presence(to, at_once, now),
            Input::Signal { who, kind } => self.signal(Signal::new(who, self.shown(kind)), false, now),
            Input::Loaded(result) => self.loaded(result, now, effects),
            Input::LogRead(result) => self.log_read(result, now, effects),
            Input::Reloaded(result) => self.reloaded(result, now, effects),
            Input::Appended(outcome) => self.appended(outcome, now, effects),
            Input::Tick => {}
        }
    }

    /// Does what is due, and goes on with what waits, after all inputs that came together were taken in.
    fn go_on(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if !self.lost {
            self.stop_waiting(now);
            self.tick(now, effects);
            self.advance(now, effects);
            self.tell_peers(now, effects);
        }
    }

    /// When the room wants an [`Input::Tick`], unless something else is handed to it before.
    pub fn deadline(&self) -> Option<Moment> {
        let unanswered = self.batch.iter().filter(|command| command.ticket.is_some());
        let waiting = self.queue.front().map(|(due, _)| *due);
        [
            self.presence.next_end(),
            self.peers.as_ref().and_then(Peers::due),
            self.peers.as_ref().and_then(Peers::waits_until),
            self.telling.due(),
            self.signals.due(),
            self.phase.due(),
            self.impatient_at(),
            self.read_due,
            unanswered.map(|command| command.deadline).min(),
            waiting,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    fn enqueue(&mut self, queued: Queued, now: Now, effects: &mut Vec<Effect>) {
        if self.queue.len() >= limits::MAX_ROOM_QUEUE {
            let refusal = Refusal::new(Code::Busy, "the room has too much to do; nothing was done");
            return cycle::answer(queued.ticket(), Answer::Refused(refusal), effects);
        }
        if let Queued::Command(command) = &queued
            && command.newcomer
        {
            self.facts.add_newcomer(&command.caller.user);
        }
        // A cursor above the head may come from another node that is ahead of this one. Reading the log shows it.
        self.must_read |= queued.cursor().is_some_and(|cursor| cursor.epoch == self.epoch && cursor.seq > self.head);
        self.queue.push_back((now.moment.after(self.rules.limits.command_ms), queued));
    }

    /// Ends a session's subscription, and has nothing that is queued begin one. It is answered last, so that nothing of
    /// the room comes after the answer.
    fn detach(
        &mut self,
        user: UserId,
        session: SessionId,
        ticket: Option<Ticket>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        self.queue.retain_mut(|(_, queued)| {
            let is_kept = queued.forget(session);
            if !is_kept {
                let refusal = Refusal::new(Code::Busy, "the session unsubscribed before its subscription began");
                cycle::answer(queued.ticket(), Answer::Refused(refusal), effects);
            }
            is_kept
        });
        for command in self.batch.iter_mut().filter(|command| command.attach == Some(session)) {
            command.attach = None;
        }
        let until = now.moment.after(self.rules.limits.grace_ms);
        let change = self.presence.detach(&user, session, until);
        self.tell_change(&user, change, now);
        if user.is_guest() {
            self.hurry(now);
        }
        effects.push(Effect::Detach { user, session });
        cycle::answer(ticket, Answer::Unsubscribed, effects);
    }

    fn hear(&mut self, epoch: Epoch, head: Seq, effects: &mut Vec<Effect>) {
        if epoch != self.epoch {
            self.lose(effects);
        }
        self.heard = self.heard.max(head);
    }

    /// The room was deleted, or made anew since: nothing of what waits was done.
    fn lose(&mut self, effects: &mut Vec<Effect>) {
        self.lost = true;
        let judged = self.batch.drain(..).map(|command| command.ticket);
        let queued = self.queue.drain(..).map(|(_, queued)| queued.ticket());
        for ticket in judged.chain(queued) {
            cycle::answer(ticket, Answer::Refused(Refusal::room_not_found()), effects);
        }
        effects.push(Effect::Lost);
    }

    /// A user goes by another name from now on.
    fn rename(&mut self, user: UserId, name: Name, now: Now) {
        // The next join asks for the first members anew.
        self.roster = None;
        let is_known = facts::rename(&mut self.facts, &user, &name);
        let is_present = self.presence.rename(&user, &name) && self.tells_presence;
        if is_known || is_present {
            self.signal(Signal::Renamed(Who { user, name: Some(name) }), false, now);
        }
    }

    /// Does what is due by time alone.
    fn tick(&mut self, now: Now, effects: &mut Vec<Effect>) {
        while let Some(ended) = self.presence.take_ended(now.moment) {
            self.ended(ended, now, effects);
        }
        let online = self.online_count();
        for (signal, is_own) in self.signals.take(now.moment) {
            effects.push(Effect::Signal { signal, is_own, online });
        }
        if let Some(batch) = self.telling.take(now.moment) {
            effects.push(Effect::MembersChanged {
                joined: batch.joined,
                left: batch.left,
                members: self.members,
                online,
            });
        }
        for command in self.batch.iter_mut().filter(|command| command.deadline <= now.moment) {
            if let Some(ticket) = command.ticket.take() {
                // A join that is done later subscribes nobody: its session was told that the outcome is not known.
                command.attach = None;
                let refusal = Refusal::new(Code::OutcomeUnknown, "no answer yet; try again with the same clientId");
                effects.push(Effect::Answer { ticket, answer: Answer::Refused(refusal) });
            }
        }
        while let Some((_, queued)) = self.queue.pop_front_if(|(due, _)| *due <= now.moment) {
            cycle::answer(queued.ticket(), Answer::Refused(Failure::NotExecuted.refusal()), effects);
        }
    }

    /// A user's grace period has ended: the others are told if the user is nowhere else, and a guest leaves.
    fn ended(&mut self, ended: Ended, now: Now, effects: &mut Vec<Effect>) {
        let Ended { who, left_here, change } = ended;
        self.tell_change(&who.user, change, now);
        if left_here && let (Some(since), Some(name)) = (self.guest_since(&who.user), who.name) {
            effects.push(Effect::GuestGone { guest: Caller::guest(who.user, name), since });
        }
    }

    /// Tells the subscribers how a user's presence has changed, under the name the user came with.
    fn tell_change(&mut self, user: &UserId, change: Change, now: Now) {
        let who = || self.presence.who(user).unwrap_or_else(|| self.who(user));
        let (who, presence) = match change {
            Change::None => return,
            Change::Online => (who(), Presence::Online),
            Change::Away => (who(), Presence::Away),
            Change::Offline { name, hides } => {
                // This is told once the grace period is over. Of a block both know who are in the direct room.
                let grace = i64::try_from(self.rules.limits.grace_ms).unwrap_or(i64::MAX);
                let gone = Timestamp(now.wall.0.saturating_sub(grace));
                let is_told = !hides && self.shows_last_seen() && !self.facts.has_block();
                let last_seen = is_told.then(|| gone.minute());
                (Who { user: user.clone(), name: Some(name) }, Presence::Offline { last_seen })
            }
        };
        self.tell_presence(who, presence, now);
    }

    /// Tells the subscribers how present a user is: by itself, or in a busy room as a count, by the rule for joins and
    /// leaves.
    fn tell_presence(&mut self, who: Who, presence: Presence, now: Now) {
        if !self.tells_presence {
            return;
        }
        let tells_each = self.telling.tells_each(0, self.presence.len(), now.moment);
        self.telling.count(now.moment);
        if tells_each {
            self.signal(Signal::Presence(who, presence), false, now);
        } else {
            self.telling.touch(now.moment.after(self.rules.limits.membership_ms));
        }
    }

    /// Tells the subscribers a signal soon; one of this node's own is told to other nodes, too.
    fn signal(&mut self, signal: Signal, is_own: bool, now: Now) {
        if let Signal::Read(who, seq) | Signal::OwnRead(who, seq) = &signal
            && !self.presence.note_read(&who.user, *seq)
        {
            return;
        }
        self.signals.add(signal, is_own, now.moment.after(self.rules.limits.signal_ms));
    }

    /// The first users who are present, and how many there are: nobody in a room that does not tell who is.
    fn online(&mut self) -> (Arc<Listing<Who>>, u64) {
        if !self.tells_presence {
            return Default::default();
        }
        (self.presence.listing(), self.online_count())
    }

    /// How many users are present: none in a room that does not tell who is.
    fn online_count(&self) -> u64 {
        if self.tells_presence { self.presence.len() as u64 } else { 0 }
    }

    fn who(&self, user: &UserId) -> Who {
        Who { user: user.clone(), name: self.facts.member(user).and_then(|fact| fact.name.clone()) }
    }
}

/// Answers an input that comes after [`Effect::Lost`].
fn refuse_input(input: Input, effects: &mut Vec<Effect>) {
    match input {
        Input::Enqueue(queued) => cycle::answer(queued.ticket(), Answer::Refused(Refusal::room_not_found()), effects),
        // No session is subscribed any more.
        Input::Detach { ticket, .. } => cycle::answer(ticket, Answer::Unsubscribed, effects),
        _ => {}
    }
}
