//! The state machine of one room. Pure: inputs go in, effects come out; time, random numbers and everything read from
//! the store are passed in.
//!
//! A room does one thing with the store at a time: it loads facts, *or* reads what others wrote, *or* appends. So what
//! it knows is always the state at its head, a command is judged against exactly that state, and an append that finds
//! another head is read up and judged again. Commands that come meanwhile wait and are judged together.

mod commit;
mod cycle;
mod facts;
mod judge;
mod presence;
mod queue;
mod roster;
mod serve;
mod signals;
mod telling;

use std::{collections::VecDeque, sync::Arc};

use self::{
    cycle::Phase, facts::FactCache, presence::PresenceTable, roster::Roster, signals::SignalBuffer, telling::Telling,
};
pub use self::{
    queue::{Ask, Item, SignalKind, Ticket},
    signals::Signal,
};
use crate::{
    Caller, Cursor, Draft, Entry, Epoch, Lease, ListedMember, Listing, Moment, Name, Notice, Now, Receipt, Resumption,
    Role, RoomId, RoomMeta, RoomRecord, Seq, SessionId, UserId, Who,
    limits::{self, Limits},
    policy::Policy,
    refusal::{Code, Refusal},
    store::{Facts, FactsQuery, Page},
};

/// What a room is told.
#[derive(Debug)]
pub enum Input {
    /// Something to judge.
    Item(Item),
    /// A session no longer subscribes, or is gone.
    Detach { user: UserId, session: SessionId, ticket: Option<Ticket> },
    /// A user says whether they are at the device.
    Away { user: UserId, session: SessionId, away: bool },
    /// A user goes by this name from now on.
    Renamed { user: UserId, name: Name },
    /// Another node says the log has grown, or a head check found so.
    Hint { epoch: Epoch, head: Seq },
    /// Nobody who lives watches over a guest, who has been a member since then.
    Unwatched { guest: Caller, since: Seq },
    /// The answer to [`Effect::Load`].
    Loaded(Result<Facts, Failure>),
    /// The answer to [`Effect::ReadLog`].
    LogRead(Result<Page<Entry>, Failure>),
    /// The answer to [`Effect::Append`].
    Appended(AppendOutcome),
    /// Time has passed.
    Tick,
}

/// How a store failed, as far as a room must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    NotExecuted,
    OutcomeUnknown,
    Corrupt,
    NoSuchRoom,
}

/// What came of an append.
#[derive(Debug)]
pub enum AppendOutcome {
    Appended(usize),
    Conflict { epoch: Epoch, head: Seq },
    Duplicate(Vec<crate::Claimed>),
    Failed(Failure),
}

/// What a room wants done, in this order.
#[derive(Debug)]
pub enum Effect {
    /// Ask the store for facts.
    Load(FactsQuery),
    /// Read the log above this seq.
    ReadLog { after: Seq },
    /// Append at this head.
    Append { expected: Seq, drafts: Arc<[Draft]> },
    /// An entry is committed: tell the subscribers (if it is told), cut off the user whose right to read it ends, tell the
    /// observer, and if this node appended it (`is_own`), the other nodes.
    Committed { entry: Arc<Entry>, sender: Who, subject: Option<Who>, is_own: bool },
    /// Answer somebody.
    Answer { ticket: Ticket, answer: Answer },
    /// Subscribe the session that asked under this ticket (already answered): entries above `after`, or from the head.
    Attach { ticket: Ticket, session: SessionId, user: UserId, after: Option<Seq>, floor: Seq },
    /// A session is gone from here, after all that was done for it.
    Detach { user: UserId, session: SessionId },
    /// Tell those at the head.
    Signal(Signal),
    /// Tell those at the head of joins and leaves.
    MembersChanged { joined: Vec<Who>, left: Vec<Who>, members: u64, online: u64 },
    /// Write to somebody's inbox.
    Notify { user: UserId, notice: Notice, id: Option<crate::ClientId> },
    /// A guest came, who has been a member since then: let this node's lease hold the membership.
    HoldLease { user: UserId, since: Seq },
    /// A guest is gone from here, and has been a member since then: release the lease, then ask for their leave.
    GuestGone { guest: Caller, since: Seq },
    /// The room is another one now (deleted, created anew): end all subscriptions and this host.
    Lost,
}

/// An answer to a ticket.
#[derive(Debug)]
pub enum Answer {
    /// The command is in the log, or was before.
    Committed(Receipt),
    /// A join is done.
    Joined(Box<JoinedView>),
    /// A subscription begins.
    Subscribed { resumption: Resumption, at: Cursor },
    /// A subscription has ended.
    Unsubscribed,
    /// The question is answered with yes.
    Allowed(Allowed),
    /// No.
    Refused(Refusal),
}

/// What somebody may read, as of one moment.
#[derive(Debug, Clone, Copy)]
pub struct Allowed {
    /// Entries up to it are not theirs to see.
    pub floor: Seq,
    /// The room's head then: of what comes after it nothing was said.
    pub head: Seq,
    /// Their role, if they were a member.
    pub role: Option<Role>,
}

/// What a join is answered with.
#[derive(Debug)]
pub struct JoinedView {
    pub receipt: Receipt,
    pub at: Cursor,
    pub meta: RoomMeta,
    pub role: Role,
    pub members: Arc<Listing<ListedMember>>,
    pub member_count: u64,
    pub online: Arc<Listing<Who>>,
    pub online_count: u64,
}

/// What a room is given besides inputs.
#[derive(Clone)]
pub struct Rules {
    pub policy: Arc<dyn Policy>,
    pub limits: Limits,
    /// What holds the memberships of this node's guests; `None` where the store has no leases, so that guests are refused.
    pub lease: Option<Lease>,
}

/// One room.
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
    roster: Option<Roster>,
    presence: PresenceTable,
    telling: Telling,
    signals: SignalBuffer,
    /// What waits for its turn, and until when.
    queue: VecDeque<(Moment, Item)>,
    /// Commands being judged or appended, with their drafts' places in order.
    batch: Vec<Ask>,
    phase: Phase,
    /// The highest head heard of.
    heard: Seq,
    /// Whether the log must be read before anything is judged again.
    must_read: bool,
    /// After a failed read: when to try again.
    read_due: Option<Moment>,
    lost: bool,
}

impl Room {
    pub fn new(record: RoomRecord, rules: Rules) -> Self {
        Self {
            id: record.room,
            epoch: record.epoch,
            head: record.head,
            told: record.told,
            meta: record.meta,
            members: record.members,
            read_only: record.has_unknown,
            rules,
            facts: FactCache::default(),
            roster: None,
            presence: PresenceTable::default(),
            telling: Telling::default(),
            signals: SignalBuffer::default(),
            queue: VecDeque::new(),
            batch: Vec::new(),
            phase: Phase::Idle,
            heard: record.head,
            must_read: false,
            read_due: None,
            lost: false,
        }
    }

    pub fn at(&self) -> Cursor {
        Cursor { epoch: self.epoch, seq: self.head }
    }

    /// Whether nobody is here and nothing is under way, so that the host may close.
    pub fn is_idle(&self) -> bool {
        self.presence.len() == 0 && self.is_settled()
    }

    /// Of how many users and of how many messages it remembers what the log says.
    pub fn remembered(&self) -> (usize, usize) {
        self.facts.sizes()
    }

    /// Whether nothing waits for the store.
    pub fn is_settled(&self) -> bool {
        self.queue.is_empty() && self.batch.is_empty() && matches!(self.phase, Phase::Idle)
    }

    /// Takes in all that has come, and says what is to be done for it, in this order. What came together is judged
    /// together, and appended by one [`Effect::Append`].
    pub fn handle(&mut self, inputs: impl IntoIterator<Item = Input>, now: Now) -> Vec<Effect> {
        let mut effects = Vec::new();
        for input in inputs {
            self.take_in(input, now, &mut effects);
        }
        self.go_on(now, &mut effects);
        effects
    }

    /// Takes an input in; what follows from it at once is added to `effects`.
    fn take_in(&mut self, input: Input, now: Now, effects: &mut Vec<Effect>) {
        if self.lost {
            return refuse_input(input, effects);
        }
        match input {
            Input::Item(item) => self.enqueue(item, now, effects),
            Input::Detach { user, session, ticket } => self.detach(user, session, ticket, now, effects),
            Input::Away { user, session, away } => {
                let change = self.presence.set_away(&user, session, away);
                self.tell_presence(&user, change, now);
            }
            Input::Renamed { user, name } => self.rename(&user, &name),
            Input::Hint { epoch, head } => self.hear(epoch, head, effects),
            Input::Unwatched { guest, since } if !self.presence.contains(&guest.user) => {
                effects.push(Effect::GuestGone { guest, since });
            }
            Input::Unwatched { .. } => {}
            Input::Loaded(result) => self.loaded(result, now, effects),
            Input::LogRead(result) => self.log_read(result, now, effects),
            Input::Appended(outcome) => self.appended(outcome, now, effects),
            Input::Tick => {}
        }
    }

    /// Does what is due, and goes on with what waits, after all inputs that came together were taken in.
    fn go_on(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if !self.lost {
            self.tick(now, effects);
            self.advance(now, effects);
        }
    }

    /// When the room next wants to be told that time has passed.
    pub fn deadline(&self) -> Option<Moment> {
        let asks = self.batch.iter().filter(|ask| ask.ticket.is_some()).map(|ask| ask.deadline).min();
        let waiting = self.queue.front().map(|(due, _)| *due);
        [
            self.presence.next_end(),
            self.telling.due(),
            self.signals.due(),
            self.phase.due(),
            self.read_due,
            asks,
            waiting,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    fn enqueue(&mut self, item: Item, now: Now, effects: &mut Vec<Effect>) {
        if self.queue.len() >= limits::MAX_ROOM_QUEUE {
            if let Some(ticket) = item.ticket() {
                let refusal = Refusal::new(Code::Busy, "the room has too much to do; nothing was done");
                effects.push(Effect::Answer { ticket, answer: Answer::Refused(refusal) });
            }
            return;
        }
        if let Item::Ask(ask) = &item
            && ask.newcomer
        {
            self.facts.meet(&ask.caller.user);
        }
        // A cursor above the head may be another node's: whether it is one is known once the log was read again.
        self.must_read |= item.cursor().is_some_and(|cursor| cursor.epoch == self.epoch && cursor.seq > self.head);
        self.queue.push_back((now.moment.after(self.rules.limits.command_ms), item));
    }

    /// A session's subscription ends, and what would have begun one does not. It is answered after all that, so that
    /// nothing comes after the answer.
    fn detach(
        &mut self,
        user: UserId,
        session: SessionId,
        ticket: Option<Ticket>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        self.queue.retain_mut(|(_, item)| {
            let is_kept = item.forget(session);
            if !is_kept && let Some(ticket) = item.ticket() {
                let refusal = Refusal::new(Code::Busy, "the session unsubscribed before its subscription began");
                effects.push(Effect::Answer { ticket, answer: Answer::Refused(refusal) });
            }
            is_kept
        });
        for ask in self.batch.iter_mut().filter(|ask| ask.attach == Some(session)) {
            ask.attach = None;
        }
        let until = now.moment.after(self.rules.limits.grace_ms);
        let change = self.presence.detach(&user, session, until);
        self.tell_presence(&user, change, now);
        effects.push(Effect::Detach { user, session });
        cycle::answer(ticket, Answer::Unsubscribed, effects);
    }

    fn hear(&mut self, epoch: Epoch, head: Seq, effects: &mut Vec<Effect>) {
        if epoch != self.epoch {
            self.lose(effects);
        }
        self.heard = self.heard.max(head);
    }

    /// The room is another one now: nothing asked of this one was done.
    fn lose(&mut self, effects: &mut Vec<Effect>) {
        self.lost = true;
        let asks = self.batch.drain(..).filter_map(|ask| ask.ticket);
        let items = self.queue.drain(..).filter_map(|(_, item)| item.ticket());
        for ticket in asks.chain(items) {
            effects.push(Effect::Answer { ticket, answer: Answer::Refused(Refusal::room_not_found()) });
        }
        effects.push(Effect::Lost);
    }

    fn rename(&mut self, user: &UserId, name: &Name) {
        facts::rename(&mut self.facts, user, name);
        self.presence.rename(user, name);
        // The next join asks for the first members anew.
        self.roster = None;
    }

    /// What is due by time alone.
    fn tick(&mut self, now: Now, effects: &mut Vec<Effect>) {
        while let Some(who) = self.presence.take_gone(now.moment) {
            self.gone(who, now, effects);
        }
        for signal in self.signals.take(now.moment) {
            effects.push(Effect::Signal(signal));
        }
        if let Some(batch) = self.telling.take(now.moment) {
            effects.push(Effect::MembersChanged {
                joined: batch.joined,
                left: batch.left,
                members: self.members,
                online: self.presence.len() as u64,
            });
        }
        for ask in self.batch.iter_mut().filter(|ask| ask.deadline <= now.moment) {
            if let Some(ticket) = ask.ticket.take() {
                // Whose join is done later than that has to subscribe, for they do not hear of it.
                ask.attach = None;
                let refusal = Refusal::new(Code::OutcomeUnknown, "no answer yet; try again with the same clientId");
                effects.push(Effect::Answer { ticket, answer: Answer::Refused(refusal) });
            }
        }
        while let Some((_, item)) = self.queue.pop_front_if(|(due, _)| *due <= now.moment) {
            cycle::answer(item.ticket(), Answer::Refused(Failure::NotExecuted.refusal()), effects);
        }
    }

    /// A user's grace period has ended: guests leave, the others are told of.
    fn gone(&mut self, who: Who, now: Now, effects: &mut Vec<Effect>) {
        self.tell(Signal::Presence(who.clone(), crate::Presence::Offline { last_seen: now.wall }), now);
        if let (Some(since), Some(name)) = (self.guest_since(&who.user), who.name) {
            effects.push(Effect::GuestGone { guest: Caller::new(who.user, name), since });
        }
    }

    fn tell_presence(&mut self, user: &UserId, change: presence::Change, now: Now) {
        let presence = match change {
            presence::Change::None => return,
            presence::Change::Online => crate::Presence::Online,
            presence::Change::Away => crate::Presence::Away,
        };
        let who = self.who(user);
        self.tell(Signal::Presence(who, presence), now);
    }

    /// In busy rooms presence is told as a count, by the rule for joins and leaves.
    fn tell(&mut self, signal: Signal, now: Now) {
        let limits = &self.rules.limits;
        let is_presence = matches!(signal, Signal::Presence(..));
        let tells_each = self.telling.tells_each(0, self.presence.len(), now.moment);
        if is_presence {
            self.telling.count(now.moment);
        }
        if is_presence && !tells_each {
            self.telling.touch(now.moment.after(limits.membership_ms));
        } else {
            self.signals.add(signal, now.moment.after(limits.signal_ms));
        }
    }

    fn who(&self, user: &UserId) -> Who {
        Who { user: user.clone(), name: self.facts.member(user).and_then(|fact| fact.name.clone()) }
    }
}

fn refuse_input(input: Input, effects: &mut Vec<Effect>) {
    match input {
        Input::Item(item) => cycle::answer(item.ticket(), Answer::Refused(Refusal::room_not_found()), effects),
        // Nobody is subscribed any more.
        Input::Detach { ticket, .. } => cycle::answer(ticket, Answer::Unsubscribed, effects),
        _ => {}
    }
}
