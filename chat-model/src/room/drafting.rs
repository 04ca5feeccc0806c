//! The verdicts on a batch, and the drafts of what is accepted, each judged as if the drafts before it were committed.

use std::collections::HashSet;

use sha2::{Digest as _, Sha256};
use uuid::{Builder, Uuid};

use super::{
    PendingCommand, Room,
    judge::{Court, Need, Verdict},
};
use crate::{Body, Caller, Draft, Leaving, Looks, Now, Seq, UserId, limits};

struct Drafting<'a> {
    room: &'a Room,
    court: Court<'a>,
    now: Now,
    /// The seq of the last entry told before the next draft.
    told: Seq,
    drafts: Vec<Draft>,
    /// How many of them are joins and leaves.
    memberships: usize,
    /// What the names look like under which users join by these drafts.
    names: Vec<(Looks, UserId)>,
    /// The users of whom a command is judged again later. Their other commands wait behind it.
    waiting: HashSet<UserId>,
}

impl Room {
    /// A verdict for every command of the batch, and the drafts of those accepted, each after those that make way for it.
    pub(super) fn verdicts(&self, now: Now) -> (Vec<Verdict>, Vec<Draft>) {
        let (court, told) = (self.court(), self.told);
        let (drafts, names, waiting) = (Vec::new(), Vec::new(), HashSet::new());
        let mut drafting = Drafting { room: self, court, now, told, drafts, memberships: 0, names, waiting };
        let verdicts = self.batch.iter().map(|command| drafting.verdict(command)).collect();
        (verdicts, drafting.drafts)
    }
}

impl Drafting<'_> {
    /// Judges a command, unless an earlier one of its user waits: a user's commands do not overtake each other.
    fn verdict(&mut self, command: &PendingCommand) -> Verdict {
        if self.waiting.contains(&command.caller.user) {
            return Verdict::Later;
        }
        let verdict = self.judge(command);
        if matches!(verdict, Verdict::Later) {
            self.waiting.insert(command.caller.user.clone());
        }
        verdict
    }

    fn judge(&mut self, command: &PendingCommand) -> Verdict {
        let body = match self.court.judge(command, |caller| self.makes_way(caller).is_none()) {
            Verdict::Accept(body) => body,
            // An answer that depends on a draft waits until the draft is in the log, for the append may fail.
            Verdict::Refuse(_) if !self.drafts.is_empty() => return Verdict::Later,
            Verdict::Done(receipt) if receipt.seq > self.room.head => return Verdict::Later,
            verdict => return verdict,
        };
        if matches!(body, Body::Joined { .. }) {
            let gone = self.makes_way(&command.caller).unwrap_or_default();
            if let Some(guest) = gone.iter().find(|guest| self.court.assumed.member(guest).is_none()) {
                return Verdict::Need(Need::User(guest.clone()));
            }
            if !self.drafts.is_empty() && self.drafts.len() + gone.len() >= limits::MAX_BATCH {
                return Verdict::Later;
            }
            for guest in gone {
                self.take_out(guest, command);
            }
            self.names.push((command.caller.name.looks(), command.caller.user.clone()));
        }
        self.accept(command, body.clone());
        Verdict::Accept(body)
    }

    /// The guests who make way for one who joins: they go by a name that looks the same, and are not connected. `None` if
    /// somebody who is goes by such a name. A user's name is theirs, whoever else goes by it.
    fn makes_way(&self, caller: &Caller) -> Option<Vec<UserId>> {
        if !caller.is_guest() {
            return Some(Vec::new());
        }
        let looks = caller.name.looks();
        if self.names.iter().any(|(name, user)| name.meet(&looks) && *user != caller.user) {
            return None;
        }
        let mut gone = self.room.presence.gone_namesakes(&looks, &caller.user)?;
        gone.retain(|guest| self.court.assumed.member(guest).is_none_or(|fact| fact.membership.is_some()));
        let is_back = |command: &PendingCommand| !command.by_engine && gone.contains(&command.caller.user);
        (!self.room.batch.iter().any(is_back)).then_some(gone)
    }

    /// Ends the membership of a guest whose name is given to the one who joins.
    fn take_out(&mut self, guest: UserId, join: &PendingCommand) {
        let body = Body::Left { why: Leaving::Gone };
        let (seq, tells) = (self.seq(), self.tells(&body));
        let draft_id = leave_id(join.draft_id, seq);
        let (at, after) = (join.at, self.told);
        self.push(
            Draft { draft_id, at, sender: guest, claim: None, told: tells, after, body, lease: None, name: None },
            seq,
        );
    }

    fn accept(&mut self, command: &PendingCommand, body: Body) {
        let (seq, tells) = (self.seq(), self.tells(&body));
        let is_named = self.court.assumed.member(&command.caller.user).is_some_and(|fact| fact.name.is_some());
        let draft = command.draft(body, tells, self.told, self.room.rules.lease, is_named);
        self.push(draft, seq);
    }

    /// The seq of the next draft.
    fn seq(&self) -> Seq {
        self.room.head + self.drafts.len() as Seq + 1
    }

    /// Whether the next draft is told to everyone by itself.
    fn tells(&mut self, body: &Body) -> bool {
        let (before, is_membership) = (self.memberships, matches!(body, Body::Joined { .. } | Body::Left { .. }));
        self.memberships += usize::from(is_membership);
        match body {
            Body::Unchanged
            | Body::Blocked { .. }
            | Body::Unblocked { .. }
            | Body::InviteMade { .. }
            | Body::InviteRevoked { .. } => false,
            _ if is_membership => self.room.telling.tells_each(before, self.room.presence.len(), self.now.moment),
            _ => true,
        }
    }

    fn push(&mut self, draft: Draft, seq: Seq) {
        self.court.assumed.assume(&draft, seq, self.court.meta);
        self.told = if draft.told { seq } else { self.told };
        self.drafts.push(draft);
    }
}

/// The draft's id of a leave at this seq that makes way for a join: the same whenever it is judged again at this head.
fn leave_id(join: Uuid, seq: Seq) -> Uuid {
    let mut hash = Sha256::new();
    hash.update(join.as_bytes());
    hash.update(seq.to_be_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}
