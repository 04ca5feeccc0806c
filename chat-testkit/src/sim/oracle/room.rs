//! One room as it truly is: what the store has committed, entry by entry, and what follows from it.

use std::collections::{BTreeMap, BTreeSet};

use chat_core::{Body, ClientId, Draft, Epoch, HistoryVisibility, RoomKind, RoomMeta, Seq, UserId};
use uuid::Uuid;

use super::rules::Model;

/// A room's history, from which everything said about it is checked.
#[derive(Debug)]
pub(in crate::sim) struct Past {
    pub(in crate::sim) epoch: Epoch,
    pub(in crate::sim) kind: RoomKind,
    history: HistoryVisibility,
    owner: Option<UserId>,
    log: Vec<Draft>,
    /// When each entry was committed.
    times: Vec<u64>,
    /// The number of members after each entry.
    counts: Vec<u64>,
    stays: BTreeMap<UserId, Vec<Stay>>,
    revocations: BTreeMap<UserId, Vec<Seq>>,
    claims: BTreeMap<(UserId, ClientId), Seq>,
    draft_ids: BTreeSet<Uuid>,
    /// What lies below has been removed by retention.
    pub(in crate::sim) oldest: Seq,
    pub(in crate::sim) deleted: bool,
    model: Model,
}

/// A membership: the seqs of its first entry and of the one that ended it.
#[derive(Debug)]
struct Stay {
    from: Seq,
    until: Option<Seq>,
}

impl Past {
    pub(in crate::sim) fn new(epoch: Epoch, meta: &RoomMeta) -> Self {
        Self {
            epoch,
            kind: meta.kind,
            history: meta.history,
            owner: meta.creator.clone(),
            log: Vec::new(),
            times: Vec::new(),
            counts: vec![0],
            stays: BTreeMap::new(),
            revocations: BTreeMap::new(),
            claims: BTreeMap::new(),
            draft_ids: BTreeSet::new(),
            oldest: 1,
            deleted: false,
            model: Model::new(meta),
        }
    }

    pub(in crate::sim) fn head(&self) -> Seq {
        self.log.len() as Seq
    }

    pub(in crate::sim) fn entry(&self, seq: Seq) -> Option<&Draft> {
        self.log.get(usize::try_from(seq.checked_sub(1)?).ok()?)
    }

    pub(in crate::sim) fn model(&self) -> &Model {
        &self.model
    }

    pub(in crate::sim) fn claimed(&self, user: &UserId, client_id: &ClientId) -> Option<Seq> {
        self.claims.get(&(user.clone(), client_id.clone())).copied()
    }

    /// Every entry with its seq.
    pub(in crate::sim) fn entries(&self) -> impl Iterator<Item = (Seq, &Draft)> {
        (1..).zip(&self.log)
    }

    /// The seq of the last entry below `seq` that was told to everyone.
    pub(in crate::sim) fn told_before(&self, seq: Seq) -> Seq {
        self.entry(seq).map_or(self.model.told(), |draft| draft.after)
    }

    /// The seq of the last entry up to `seq` that was told to everyone.
    pub(super) fn told_at(&self, seq: Seq) -> Seq {
        self.entry(seq).map_or(self.model.told(), |draft| if draft.told { seq } else { draft.after })
    }

    /// The entry that deleted a message.
    pub(super) fn deletion(&self, message: Seq) -> Option<Seq> {
        let deletes = |draft: &Draft| matches!(draft.body, Body::Deleted { target } if target == message);
        self.entries().find(|(_, draft)| deletes(draft)).map(|(seq, _)| seq)
    }

    pub(in crate::sim) fn members_at(&self, seq: Seq) -> Option<u64> {
        self.counts.get(usize::try_from(seq).ok()?).copied()
    }

    pub(in crate::sim) fn is_member_at(&self, user: &UserId, seq: Seq) -> bool {
        self.since(user, seq).is_some()
    }

    /// The seq of the join that made the user a member as of `seq`.
    fn since(&self, user: &UserId, seq: Seq) -> Option<Seq> {
        let stay = self.stays.get(user)?.iter().rev().find(|stay| stay.from <= seq)?;
        stay.until.is_none_or(|until| until > seq).then_some(stay.from)
    }

    /// The entry by which a member joined, and when.
    pub(super) fn joined(&self, user: &UserId) -> Option<(&Draft, u64)> {
        let seq = self.since(user, self.head())?;
        Some((self.entry(seq)?, *self.times.get(usize::try_from(seq - 1).ok()?)?))
    }

    /// Whether the user may read the room as of `seq`.
    pub(in crate::sim) fn may_read(&self, user: &UserId, admin: bool, seq: Seq) -> bool {
        match self.kind {
            RoomKind::Announcement => admin || !self.is_banned_at(user, seq),
            RoomKind::Inbox => self.owner.as_ref() == Some(user),
            _ => admin || self.is_member_at(user, seq),
        }
    }

    /// Whether the user was one of those who may read, at any time.
    pub(super) fn was_reader(&self, user: &UserId) -> bool {
        self.kind == RoomKind::Announcement || self.stays.contains_key(user)
    }

    fn is_banned_at(&self, user: &UserId, seq: Seq) -> bool {
        let ban = |(at, draft): (Seq, &Draft)| match &draft.body {
            Body::Banned { user: banned, .. } if at <= seq && banned == user => Some(true),
            Body::Unbanned { user: unbanned } if at <= seq && unbanned == user => Some(false),
            _ => None,
        };
        self.entries().filter_map(ban).last().unwrap_or(false)
    }

    /// The seq up to which entries are not the user's to see as of `seq`.
    pub(in crate::sim) fn floor(&self, user: &UserId, seq: Seq) -> Seq {
        match self.history {
            HistoryVisibility::Everything => 0,
            HistoryVisibility::SinceJoin => self.since(user, seq).map_or(seq, |from| from - 1),
        }
    }

    pub(in crate::sim) fn hides_edits(&self) -> bool {
        self.history == HistoryVisibility::SinceJoin
    }

    /// The first entry above `seq` that ended the user's right to read.
    pub(in crate::sim) fn revoked_after(&self, user: &UserId, seq: Seq) -> Option<Seq> {
        self.revocations.get(user)?.iter().copied().find(|at| *at > seq)
    }

    /// Takes in what the store has just committed.
    pub(super) fn commit(&mut self, draft: &Draft, admin: bool, now: u64) -> Result<(), String> {
        let seq = self.head() + 1;
        let wrong = |why: &str| format!("entry {seq} by {}: {why} ({:?})", draft.sender, draft.body);
        if !self.draft_ids.insert(draft.draft_id) {
            return Err(wrong("the same draft was committed before"));
        }
        self.model.judge(draft, admin).map_err(wrong)?;
        if let Some(claim) = &draft.claim
            && self.claims.insert((draft.sender.clone(), claim.client_id.clone()), seq).is_some()
        {
            return Err(wrong("its client id was used before"));
        }
        self.model.apply(seq, draft);
        self.note_membership(seq, draft);
        self.counts.push(self.model.members().count() as u64);
        self.log.push(draft.clone());
        self.times.push(now);
        Ok(())
    }

    /// Retention removes what was committed before; the first entry that is left, if that is news.
    pub(super) fn forget_before(&mut self, time: u64) -> Option<Seq> {
        let oldest = self.times.partition_point(|committed| *committed < time) as Seq + 1;
        (oldest > self.oldest).then(|| {
            self.oldest = oldest;
            oldest
        })
    }

    fn note_membership(&mut self, seq: Seq, draft: &Draft) {
        if let Body::Joined { .. } = draft.body {
            self.stays.entry(draft.sender.clone()).or_default().push(Stay { from: seq, until: None });
        }
        let revoked = match &draft.body {
            Body::Left { .. } => &draft.sender,
            Body::Kicked { user, .. } | Body::Banned { user, .. } => user,
            _ => return,
        };
        self.revocations.entry(revoked.clone()).or_default().push(seq);
        if let Some(stay) = self.stays.get_mut(revoked).and_then(|stays| stays.last_mut()) {
            stay.until.get_or_insert(seq);
        }
    }
}
