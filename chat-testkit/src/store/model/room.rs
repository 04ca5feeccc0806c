//! One room of the model: its log, and functions of its log.

use std::collections::{BTreeMap, BTreeSet};

use chat_core::{
    Body, Claimed, ClientId, Draft, Entry, Epoch, Invite, Lease, MemberFact, Message, MessageFact, MessageState, Name,
    Preview, RoomId, RoomMeta, RoomRecord, Seq, UserId, UserRoom,
};

use super::super::fixture::sorted;

#[derive(Clone)]
pub(super) struct Room {
    pub(super) epoch: Epoch,
    meta: RoomMeta,
    pub(super) log: Vec<Entry>,
    /// The leases that came with entries, which no entry holds.
    came: BTreeMap<Seq, Lease>,
    /// Leases held and released, with the head at which they were.
    pub(super) changes: Vec<(Seq, UserId, Change)>,
    reads: BTreeMap<UserId, Seq>,
}

/// A membership's lease was held, in a node's life, or released.
#[derive(Clone)]
pub(super) struct Change {
    pub(super) since: Seq,
    pub(super) node: u32,
    pub(super) life: Option<u64>,
}

impl Room {
    pub(super) fn new(epoch: Epoch, meta: RoomMeta) -> Self {
        let (log, came) = (Vec::new(), BTreeMap::new());
        Self { epoch, meta, log, came, changes: Vec::new(), reads: BTreeMap::new() }
    }

    pub(super) fn head(&self) -> Seq {
        self.log.len() as Seq
    }

    pub(super) fn push(&mut self, draft: &Draft) {
        let seq = self.head() + 1;
        self.log.push(Entry::from_draft(draft, seq));
        self.came.extend(draft.lease.map(|lease| (seq, lease)));
        if let Body::Deleted { target } = draft.body {
            self.redact(target);
        }
    }

    pub(super) fn redact(&mut self, message: Seq) {
        let is_message = |entry: &&Entry| entry.seq == message && entry.body.is_message();
        if self.log.iter().find(is_message).is_none() {
            return;
        }
        for entry in &mut self.log {
            if entry.seq == message || entry.body.target() == Some(message) {
                entry.body.erase();
            }
        }
    }

    pub(super) fn set_read(&mut self, user: &UserId, seq: Seq) -> Seq {
        let read = seq.min(self.head()).max(self.read(user));
        self.reads.insert(user.clone(), read);
        read
    }

    fn read(&self, user: &UserId) -> Seq {
        self.reads.get(user).copied().unwrap_or(0)
    }

    pub(super) fn record(&self, room: &RoomId) -> RoomRecord {
        let mut meta = self.meta.clone();
        for entry in &self.log {
            let Some(change) = entry.body.room_change() else { continue };
            meta.name = change.name.unwrap_or(meta.name);
            meta.archived = change.archived.unwrap_or(meta.archived);
            meta.slow_mode_ms = change.slow_mode_ms.unwrap_or(meta.slow_mode_ms);
            match change.topic.as_deref() {
                None => {}
                Some("") => meta.topic = None,
                Some(topic) => meta.topic = Some(topic.into()),
            }
        }
        meta.invites = self.invites().into_iter().collect();
        RoomRecord {
            room: room.clone(),
            epoch: self.epoch,
            head: self.head(),
            told: self.log.last().map_or(0, Entry::last_told),
            meta,
            members: self.members(&BTreeMap::new()).len() as u64,
            active_at: self.history().last().map_or(self.meta.created_at, |last| last.entry.at),
            has_unknown: self.log.iter().any(|entry| entry.body == Body::Unknown),
        }
    }

    /// The invitations by link that are neither spent nor revoked; those that had expired went when others were made.
    fn invites(&self) -> Vec<Invite> {
        let mut invites: Vec<Invite> = Vec::new();
        for Entry { seq, at, sender, body, .. } in &self.log {
            match body {
                Body::InviteMade { key, salt, expires, uses } => {
                    invites.retain(|invite| invite.expires.is_none_or(|expires| expires > *at));
                    let (key, salt, by, at) = (key.clone(), salt.clone(), sender.clone(), *at);
                    let made = Invite { key, salt, by, at, expires: *expires, uses: *uses, used: 0, as_of: *seq };
                    if invites.iter().all(|invite| invite.key != made.key) {
                        invites.push(made);
                    }
                }
                Body::InviteRevoked { key } => invites.retain(|invite| invite.key != *key),
                Body::Joined { invite: Some(key), .. } => {
                    if let Some(n) = invites.iter().position(|invite| invite.key == *key) {
                        (invites[n].used, invites[n].as_of) = (invites[n].used + 1, *seq);
                        if invites[n].uses == Some(invites[n].used) {
                            invites.remove(n);
                        }
                    }
                }
                _ => {}
            }
        }
        invites
    }

    /// What the log and the leases say of a user.
    pub(super) fn fact(&self, user: &UserId, names: &BTreeMap<UserId, Name>) -> MemberFact {
        let mut fact = MemberFact::unknown(user.clone());
        for entry in self.log.iter().filter(|entry| entry.body.subjects(&entry.sender).any(|subject| subject == user)) {
            fact.apply(entry.seq, &entry.body, false);
        }
        if let Some(membership) = &mut fact.membership {
            membership.held = !self.leases(user).is_empty();
        }
        fact.name = names.get(user).cloned();
        fact
    }

    /// The seq at which the user's membership began, 0 if they are no member.
    pub(super) fn since(&self, user: &UserId) -> Seq {
        let about = self.log.iter().filter(|entry| entry.body.subjects(&entry.sender).any(|subject| subject == user));
        let mut changes = about.rev().filter_map(|entry| match &entry.body {
            Body::Joined { .. } => Some(entry.seq),
            Body::Left { .. } | Body::Kicked { .. } | Body::Banned { .. } => Some(0),
            _ => None,
        });
        changes.next().unwrap_or(0)
    }

    /// The nodes that hold a guest's membership, and in which life.
    pub(super) fn leases(&self, user: &UserId) -> BTreeMap<u32, u64> {
        let since = self.since(user);
        let joined = self.log.iter().find(|entry| entry.seq == since).map(|entry| &entry.body);
        let mut leases = BTreeMap::new();
        if !matches!(joined, Some(Body::Joined { guest: true, .. })) {
            return leases;
        }
        leases.extend(self.came.get(&since).map(|lease| (lease.node, lease.incarnation)));
        for (at, of, change) in &self.changes {
            if of == user && change.since == since && *at >= since {
                leases.remove(&change.node);
                leases.extend(change.life.map(|life| (change.node, life)));
            }
        }
        leases
    }

    /// The members by id.
    pub(super) fn members(&self, names: &BTreeMap<UserId, Name>) -> Vec<MemberFact> {
        let named: BTreeSet<&UserId> = self.log.iter().flat_map(|entry| entry.body.subjects(&entry.sender)).collect();
        let facts = named.into_iter().map(|user| self.fact(user, names));
        facts.filter(|fact| fact.membership.is_some()).collect()
    }

    /// The members by the seq at which they joined.
    pub(super) fn roster(&self, names: &BTreeMap<UserId, Name>) -> Vec<MemberFact> {
        let mut members = self.members(names);
        members.sort_by_key(|fact| fact.membership.as_ref().map(|membership| membership.since));
        members.truncate(chat_core::limits::ROSTER);
        members
    }

    /// The first members who are no guests, by role and then by the seq at which they joined.
    pub(super) fn seniors(&self, names: &BTreeMap<UserId, Name>) -> Vec<MemberFact> {
        let mut members = self.members(names);
        members.retain(|fact| fact.membership.as_ref().is_some_and(|membership| !membership.guest));
        members.sort_by_key(|fact| fact.membership.as_ref().map(|m| (std::cmp::Reverse(m.role), m.since)));
        members.truncate(chat_core::limits::SENIORS);
        members
    }

    pub(super) fn history(&self) -> Vec<Message> {
        let messages = self.log.iter().filter(|entry| entry.body.is_message());
        messages.map(|entry| Message { entry: entry.clone(), state: self.state(entry.seq) }).collect()
    }

    pub(super) fn state(&self, message: Seq) -> MessageState {
        let mut state = MessageState::default();
        for entry in self.log.iter().filter(|entry| entry.body.target() == Some(message)) {
            state.apply(entry.seq, entry.at, &entry.sender, &entry.body);
        }
        state
    }

    /// The pinned messages by the entries that pinned them, the last pinned first.
    pub(super) fn pins(&self) -> Vec<(Seq, Message)> {
        let pin = |message: Message| Some((message.state.pinned.as_ref()?.seq, message));
        let mut pins: Vec<_> = self.history().into_iter().filter_map(pin).collect();
        pins.sort_by_key(|(pin, _)| std::cmp::Reverse(*pin));
        pins
    }

    /// The entries that edited a message.
    pub(super) fn edits(&self, message: Seq) -> Vec<Entry> {
        let is_message = |entry: &Entry| entry.seq == message && entry.body.is_message();
        let is_edit = |body: &Body| matches!(body, Body::Edited { target, .. } if *target == message);
        let edits = self.log.iter().filter(|entry| is_edit(&entry.body)).cloned();
        edits.filter(|_| self.log.iter().any(is_message)).collect()
    }

    pub(super) fn message_facts(&self, asked: &[Seq]) -> Vec<MessageFact> {
        let messages = self.history().into_iter().filter(|message| asked.contains(&message.entry.seq));
        messages.map(|Message { entry, state }| MessageFact { seq: entry.seq, sender: entry.sender, state }).collect()
    }

    pub(super) fn user_room(&self, room: &RoomId, user: &UserId, names: &BTreeMap<UserId, Name>) -> Option<UserRoom> {
        let membership = self.fact(user, &BTreeMap::new()).membership?;
        let read = self.read(user);
        let mut unread = self.history();
        unread.retain(|message| message.entry.seq > read.max(membership.since) && message.entry.sender != *user);
        unread.retain(|message| message.state.deleted_at.is_none());
        let mentions = unread.iter().filter(|message| message.mentions().includes(user)).count() as u64;
        let (record, unread) = (self.record(room), unread.len() as u64);
        let last = self.history().pop();
        let last = last.map(|last| Preview::of(&last, names.get(&last.entry.sender).cloned()));
        Some(UserRoom {
            record,
            role: membership.role,
            since: membership.since,
            read,
            unread,
            mentions,
            peer: None,
            last,
        })
    }

    /// The claims in the log.
    pub(super) fn claims(&self) -> BTreeMap<(UserId, ClientId), Claimed> {
        let claimed = self.log.iter().filter_map(|entry| {
            let claim = entry.claim.clone()?;
            let (sender, receipt) = (entry.sender.clone(), entry.receipt(self.epoch));
            let key = (sender.clone(), claim.client_id.clone());
            Some((key, Claimed { sender, client_id: claim.client_id, digest: claim.digest, receipt }))
        });
        claimed.collect()
    }

    /// The claims in the log that these drafts would make again.
    pub(super) fn duplicates(&self, drafts: &[Draft]) -> Vec<Claimed> {
        let claims = self.claims();
        let keys: BTreeSet<(UserId, ClientId)> = drafts.iter().filter_map(key).collect();
        sorted(keys.iter().filter_map(|key| claims.get(key)).cloned().collect())
    }

    /// How many of the drafts there are before one makes a claim again that another of them made.
    pub(super) fn distinct(drafts: &[Draft]) -> usize {
        let mut made = BTreeSet::new();
        drafts.iter().take_while(|draft| key(draft).is_none_or(|key| made.insert(key))).count()
    }
}

fn key(draft: &Draft) -> Option<(UserId, ClientId)> {
    let claim = draft.claim.as_ref()?;
    Some((draft.sender.clone(), claim.client_id.clone()))
}
