//! An entry is in the log: the room becomes the next one, and everybody who must know is told.

use std::sync::Arc;

use super::{
    Answer, Effect, JoinedView, PendingCommand, Room,
    cycle::{Attempt, answer, position},
    facts, judge,
    roster::Roster,
};
use crate::{Body, Caller, Entry, MemberFact, Name, Notice, Now, Receipt, Role, RoomKind, UserId, limits};

impl Room {
    /// The first `count` drafts are in the log.
    pub(super) fn commit_own(&mut self, attempt: &Attempt, count: usize, now: Now, effects: &mut Vec<Effect>) {
        let mut done = Vec::with_capacity(count);
        for (draft, at) in attempt.drafts.iter().zip(&attempt.commands).take(count) {
            let entry = Entry::from_draft(draft, self.head + 1);
            let receipt = entry.receipt(self.epoch);
            self.commit(entry, draft.name.as_ref(), true, now, effects);
            let Some(at) = *at else { continue };
            let command = self.batch[at].clone();
            self.notify(draft.draft_id, &draft.sender, &draft.body, effects);
            let is_news = draft.body != Body::Unchanged;
            self.answer_done(command, receipt, is_news, now, effects);
            done.push(draft.draft_id);
        }
        self.batch.retain(|command| !done.contains(&command.draft_id));
        self.facts.head_moved();
        if self.batch.is_empty() {
            // Most rooms are quiet most of the time, and are to hold no memory for commands then.
            self.batch = Vec::new();
            self.facts.batch_done(&self.presence);
        }
        self.facts.evict(&self.presence);
    }

    /// Entries were read from the log, and facts about the users they name are known.
    pub(super) fn commit_page(&mut self, entries: Vec<Entry>, now: Now, effects: &mut Vec<Effect>) {
        for entry in entries {
            self.commit_foreign(entry, now, effects);
        }
        self.facts.evict(&self.presence);
    }

    /// An entry was read from the log: another node's, or our own after an append of unknown outcome.
    fn commit_foreign(&mut self, entry: Entry, now: Now, effects: &mut Vec<Effect>) {
        let (receipt, is_news) = (entry.receipt(self.epoch), entry.body != Body::Unchanged);
        let command = position(&self.batch, &entry).map(|at| self.batch.remove(at));
        if command.is_some() {
            self.notify(entry.draft_id, &entry.sender, &entry.body, effects);
        }
        self.commit(entry, None, command.is_some(), now, effects);
        self.facts.head_moved();
        if let Some(command) = command {
            self.answer_done(command, receipt, is_news, now, effects);
        }
    }

    fn commit(&mut self, entry: Entry, name: Option<&Name>, is_own: bool, now: Now, effects: &mut Vec<Effect>) {
        self.head = entry.seq;
        self.told = entry.last_told();
        self.members = self.members.saturating_add_signed(entry.body.member_delta());
        if let Some(name) = name {
            facts::name(&mut self.facts, &entry.sender, name);
        }
        facts::apply(&mut self.facts, &entry);
        self.apply_to_roster(&entry);
        self.meta.follow(entry.seq, entry.at, &entry.sender, &entry.body);
        self.read_only |= entry.body == Body::Unknown;
        self.pace.note(&entry, &self.meta);
        let (sender, subject) = (self.who(&entry.sender), entry.body.subject(&entry.sender).map(|user| self.who(user)));
        if matches!(entry.body, Body::Message(_) | Body::Edited { .. }) {
            self.signals.has_written(&entry.sender);
        }
        let joined = matches!(entry.body, Body::Joined { .. });
        if joined || matches!(entry.body, Body::Left { .. }) {
            self.telling.count(now.moment);
            if !entry.told {
                let due = now.moment.after(self.rules.limits.membership_ms);
                self.telling.add(sender.clone(), joined, self.presence.len(), due);
            }
        }
        let revoked = entry.body.revokes(&entry.sender);
        if let Some(user) = revoked {
            self.revoke_presence(user, effects);
        }
        if (joined || revoked.is_some()) && self.presence.was_list_cut() {
            // A client cannot tell whether this user, who was perhaps not on its list, was counted.
            self.telling.touch(now.moment.after(self.rules.limits.membership_ms));
        }
        if !is_own {
            self.expect_guest(&entry, now);
        }
        effects.push(Effect::Committed { entry: Arc::new(entry), sender, subject, is_own });
    }

    /// Answers a command that is in the log. A join also subscribes its session. `fresh` says whether the command has
    /// just changed the room; otherwise it was so before.
    pub(super) fn answer_done(
        &mut self,
        command: PendingCommand,
        receipt: Receipt,
        fresh: bool,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let PendingCommand { ticket, caller, op, attach, .. } = command;
        let is_join = op.is_join();
        let Some(session) = attach.filter(|_| is_join) else {
            if is_join && caller.is_guest() && self.may_attach(&caller) {
                let until = now.moment.after(self.rules.limits.grace_ms);
                self.hold(&caller, fresh, effects);
                self.presence.touch(&caller.user, &caller.name, until);
            }
            return answer(ticket, Answer::Committed(receipt), effects);
        };
        if !self.may_attach(&caller) {
            // A retry of a join after which its user left or was removed: the first ack stands, and nothing more.
            return answer(ticket, Answer::Committed(receipt), effects);
        }
        self.hold(&caller, fresh, effects);
        let change = self.attach(&caller, session, now);
        // The entry of a fresh join tells the others that the user is here.
        if !fresh {
            self.tell_change(&caller.user, change, now);
        }
        let Some(ticket) = ticket else { return };
        let view = self.joined_view(&caller, receipt);
        let floor = self.floor(&caller.user);
        effects.push(Effect::Answer { ticket, answer: Answer::Joined(Box::new(view)) });
        effects.push(Effect::Attach { ticket, session, user: caller.user, after: None, floor });
    }

    /// A guest who has joined on another node is present there, though it may not have said so yet: nobody else is to come
    /// in under the guest's name.
    fn expect_guest(&mut self, entry: &Entry, now: Now) {
        let name = self.facts.member(&entry.sender).and_then(|fact| fact.name.as_ref());
        if self.peers.is_some()
            && matches!(entry.body, Body::Joined { guest: true, .. })
            && let Some(name) = name
        {
            self.presence.expect(&entry.sender, name, now.moment.after(self.rules.limits.grace_ms));
        }
    }

    fn may_attach(&self, caller: &Caller) -> bool {
        let Some(fact) = self.facts.member(&caller.user) else { return false };
        // Everybody is in a room of announcements, but for the banned.
        fact.membership.is_some() || (self.meta.kind == RoomKind::Announcement && !fact.banned)
    }

    fn joined_view(&mut self, caller: &Caller, receipt: Receipt) -> JoinedView {
        let role = self.facts.member(&caller.user).and_then(MemberFact::role).unwrap_or(Role::Member);
        let (online, online_count) = self.online();
        JoinedView {
            receipt,
            at: self.at(),
            meta: self.meta.clone(),
            role,
            members: self.roster.as_mut().map_or_else(Arc::default, Roster::listing),
            member_count: self.members,
            online,
            online_count,
        }
    }

    fn apply_to_roster(&mut self, entry: &Entry) {
        let Some(roster) = &mut self.roster else { return };
        if roster.len() >= limits::ROSTER && matches!(entry.body, Body::Joined { .. }) {
            // A new member comes last, and this roster is full.
            return;
        }
        let Some(user) = entry.body.subject(&entry.sender) else { return };
        let Some(fact) = self.facts.member(user) else { return };
        roster.apply(fact);
        if roster.len() < limits::ROSTER / 2 && self.members > roster.len() as u64 {
            self.roster = None;
        }
    }

    /// Writes to the inbox of a user who was invited or removed, and so may not see the entry itself, or who has blocked
    /// somebody. Guests have no inbox, and what they do is written to none.
    fn notify(&self, draft_id: uuid::Uuid, sender: &UserId, body: &Body, effects: &mut Vec<Effect>) {
        let (room, by) = (self.id.clone(), sender.clone());
        let (user, notice): (&UserId, Notice) = match body {
            Body::Invited { user } => (user, Notice::Invited { room, by }),
            Body::Kicked { user, .. } => (user, Notice::Removed { room, by, banned: false }),
            Body::Banned { user, .. } => (user, Notice::Removed { room, by, banned: true }),
            // The other user is not told; nor are they when they read the log.
            Body::Blocked { user } => (sender, Notice::Blocked { user: user.clone() }),
            Body::Unblocked { user } => (sender, Notice::Unblocked { user: user.clone() }),
            _ => return,
        };
        if !user.is_guest() && !sender.is_guest() {
            effects.push(Effect::Notify { user: user.clone(), notice, id: judge::notice_id(draft_id) });
        }
    }
}
