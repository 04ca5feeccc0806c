//! What an append does to a log and to all that is projected from it: the thinking that every store shares.
//!
//! A store asks in this order:
//! 1. [`prefix`]: how many of the drafts go together, and [`claims`]: which claims must not be in the log yet;
//! 2. [`Plan::users`] and [`Plan::targets`]: whose facts, and which messages' states, it must read;
//! 3. [`Plan::member`], [`Plan::message`] and [`Plan::invites`]: what each of them becomes, to be written back;
//! 4. the rest of the [`Plan`]: what changes whatever was there before.
//!
//! A store with transactions does all of it in one. A store without them may do it again, or do it late: facts and states
//! know up to which entry they go, and [`Plan::member`] and [`Plan::message`] say nothing about what is newer.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::{
    Body, ClientId, Draft, Entry, Invites, Lease, MemberFact, Mentioned, MessageState, Name, RoomChange, Seq,
    Timestamp, UserId, entry::FORMAT, limits::MAX_BATCH,
};

/// How many of the drafts, from the first, may be appended together: at most [`MAX_BATCH`], and none that makes a claim
/// again which one before it makes.
pub fn prefix(drafts: &[Draft]) -> usize {
    let drafts = &drafts[..drafts.len().min(MAX_BATCH)];
    let mut made = HashSet::new();
    let again = drafts.iter().position(|draft| claim(draft).is_some_and(|claim| !made.insert(claim)));
    again.unwrap_or(drafts.len())
}

/// The claims of these drafts, once each: if any of them is in the log, nothing may be appended.
pub fn claims(drafts: &[Draft]) -> Vec<(&UserId, &ClientId)> {
    Vec::from_iter(drafts.iter().filter_map(claim).collect::<BTreeSet<_>>())
}

fn claim(draft: &Draft) -> Option<(&UserId, &ClientId)> {
    Some((&draft.sender, &draft.claim.as_ref()?.client_id))
}

/// One entry of an append, and what comes with it.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// Its place.
    pub seq: Seq,
    /// When it was made.
    pub at: Timestamp,
    /// The user who did it.
    pub sender: &'a UserId,
    /// What happened.
    pub body: &'a Body,
    /// The seq of the last entry told to everyone once this one is in the log.
    pub last_told: Seq,
    /// The lease that comes with a guest's join.
    pub lease: Option<Lease>,
    /// The sender's new name.
    pub name: Option<&'a Name>,
}

impl<'a> Step<'a> {
    /// The entry that this draft becomes at `seq`.
    pub fn of_draft(draft: &'a Draft, seq: Seq) -> Self {
        let last_told = if draft.told { seq } else { draft.after };
        let Draft { at, sender, body, lease, name, .. } = draft;
        Self { seq, at: *at, sender, body, last_told, lease: *lease, name: name.as_ref() }
    }

    /// An entry that is stored already, with what came with it.
    pub fn of_entry(entry: &'a Entry, lease: Option<Lease>, name: Option<&'a Name>) -> Self {
        let Entry { seq, at, sender, body, .. } = entry;
        Self { seq: *seq, at: *at, sender, body, last_told: entry.last_told(), lease, name }
    }
}

/// What entries that follow each other in a log change.
#[derive(Debug, Default)]
pub struct Plan<'a> {
    /// How many entries there are. If there are none, nothing changes, and the other fields say nothing.
    pub count: usize,
    /// The log's head from now on.
    pub head: Seq,
    /// The seq of the last entry told to everyone from now on.
    pub told: Seq,
    /// By how much the number of members changes.
    pub member_delta: i64,
    /// The last message among the entries, and when it was written.
    pub last_message: Option<(Seq, Timestamp)>,
    /// Whether anyone's membership begins or ends, so that the first members may be others.
    pub roster_changes: bool,
    /// The newest form of a body among the entries: see [`Body::format`].
    pub format: u32,
    /// What changes of the room itself, beside its invitations.
    pub room: RoomChange,
    /// The names of people who have none yet. Who has one by now keeps it: it is the host's to change.
    pub names: BTreeMap<&'a UserId, &'a Name>,
    /// The entries with which these names come.
    pub named_by: Vec<Seq>,
    /// Whom messages mention from now on, if anything changes for a message.
    pub mentions: BTreeMap<Seq, Mentioned<'a>>,
    /// Whether the first user of each key blocks the second from now on, or no more. The [facts](Self::member) of the two say so, too.
    pub blocks: BTreeMap<(&'a UserId, &'a UserId), bool>,
    /// What must be erased.
    pub deletions: Vec<Deletion>,
    users: BTreeMap<&'a UserId, Vec<Step<'a>>>,
    targets: BTreeMap<Seq, Vec<Step<'a>>>,
    invites: Vec<Step<'a>>,
}

/// A message was deleted, if the target is a message: its body is [erased](Body::erase), and the bodies of the entries
/// between the two that have it as their target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deletion {
    /// What was deleted.
    pub target: Seq,
    /// The entry that deleted it.
    pub by: Seq,
}

/// What becomes of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberChange {
    /// What is known of them from now on.
    pub fact: MemberFact,
    /// Whether the leases that held their membership have ended.
    pub is_released: bool,
    /// The lease that holds their membership, which has just begun.
    pub lease: Option<Lease>,
}

impl<'a> Plan<'a> {
    /// What these drafts change when they are appended above `expected`. They are [those that go together](prefix).
    pub fn new(expected: Seq, drafts: &'a [Draft]) -> Self {
        // No log reaches a head at which this saturates: the store finds the conflict.
        let seq = |n: usize| expected.saturating_add(1 + n as u64);
        Self::of(drafts.iter().enumerate().map(|(n, draft)| Step::of_draft(draft, seq(n))))
    }

    /// What these entries change, ascending by seq.
    pub fn of(steps: impl IntoIterator<Item = Step<'a>>) -> Self {
        let mut plan = Self::default();
        steps.into_iter().for_each(|step| plan.add(step));
        plan
    }

    fn add(&mut self, step: Step<'a>) {
        let Step { seq, sender, body, .. } = step;
        self.count += 1;
        (self.head, self.told) = (seq, step.last_told);
        self.member_delta += body.member_delta();
        self.format = self.format.max(body.format());
        if body.is_message() {
            self.last_message = Some((seq, step.at));
        }
        if let Some(name) = step.name {
            self.names.entry(sender).or_insert(name);
            self.named_by.push(seq);
        }
        for user in body.subjects(sender) {
            self.users.entry(user).or_default().push(step);
        }
        if let Some((user, blocks)) = body.blocks() {
            self.blocks.insert((sender, user), blocks);
        }
        if let Some(target) = body.target() {
            self.targets.entry(target).or_default().push(step);
        }
        if let Some(change) = body.room_change() {
            self.room.then(&change);
        }
        if body.changes_invites() {
            self.invites.push(step);
        }
        match body {
            Body::Message(post) if !Mentioned::from(post).is_nobody() => drop(self.mentions.insert(seq, post.into())),
            Body::Edited { target, mentions, mentions_room, .. } => {
                self.mentions.insert(*target, Mentioned { users: mentions, room: *mentions_room });
            }
            Body::Deleted { target } => {
                self.mentions.insert(*target, Mentioned::default());
                self.deletions.push(Deletion { target: *target, by: seq });
            }
            Body::Joined { .. } | Body::Left { .. } | Body::Kicked { .. } | Body::Banned { .. } => {
                self.roster_changes = true;
            }
            _ => {}
        }
    }

    /// Whether nothing changes beside the log and the room's head, `told`, number of members and format.
    pub fn is_log_alone(&self) -> bool {
        let Self { users, targets, mentions, names, room, invites, .. } = self;
        users.is_empty()
            && invites.is_empty()
            && targets.is_empty()
            && mentions.is_empty()
            && names.is_empty()
            && room.is_empty()
    }

    /// Whether the log holds an entry from now on of a kind that this version does not know.
    pub fn has_unknown(&self) -> bool {
        self.format > FORMAT
    }

    /// Users whose facts change, ascending: what is known of them must be read first.
    pub fn users(&self) -> impl ExactSizeIterator<Item = &'a UserId> {
        self.users.keys().copied()
    }

    /// Messages whose states change, ascending: what is known of them must be read first. A target that is no message has
    /// no state.
    pub fn targets(&self) -> impl ExactSizeIterator<Item = Seq> {
        self.targets.keys().copied()
    }

    /// What becomes of a user of whom this is known; `None` if it is as new as the entries.
    ///
    /// The leases that hold a membership end with it, and the one that comes with a guest's join is the only one.
    pub fn member(&self, known: MemberFact) -> Option<MemberChange> {
        let (as_of, was_held) = (known.as_of, is_held(&known));
        let steps = self.users.get(&known.user)?;
        let (mut fact, mut is_another, mut lease) = (known, false, None);
        for step in steps.iter().filter(|step| step.seq > as_of) {
            fact.apply(step.seq, step.body, step.lease.is_some());
            if fact.membership.as_ref().is_none_or(|membership| membership.since == step.seq) {
                is_another = true;
                lease = step.lease.filter(|_| is_held(&fact));
            }
        }
        (fact.as_of > as_of).then_some(MemberChange { fact, is_released: was_held && is_another, lease })
    }

    /// Whether the room's invitations by link may change: what is known of them must be read first.
    pub fn changes_invites(&self) -> bool {
        !self.invites.is_empty()
    }

    /// Makes of the room's invitations by link what becomes of them; false if they stay as they are.
    pub fn invites(&self, known: &mut Invites) -> bool {
        let before = known.clone();
        self.invites.iter().for_each(|step| known.apply(step.seq, step.at, step.sender, step.body));
        *known != before
    }

    /// Makes of a message's state what becomes of it; false if it was as new as the entries, and stays.
    pub fn message(&self, seq: Seq, state: &mut MessageState) -> bool {
        let as_of = state.as_of;
        for step in self.targets.get(&seq).into_iter().flatten() {
            state.apply(step.seq, step.at, step.sender, step.body);
        }
        state.as_of > as_of
    }
}

fn is_held(fact: &MemberFact) -> bool {
    fact.membership.as_ref().is_some_and(|membership| membership.held)
}
