//! Retention has removed entries that this room had not read yet: it goes on from the log's head.

use super::{
    Answer, Effect, Failure, Room,
    cycle::{Phase, answer},
    facts::FactCache,
};
use crate::{
    Now, RoomKind, RoomRecord, Seq, UserId, limits,
    refusal::{Code, Refusal},
    store::FactsQuery,
};

impl Room {
    /// Asks for the room as the store has it now.
    pub(super) fn reload(&mut self, effects: &mut Vec<Effect>) {
        effects.push(Effect::Reload);
        self.phase = Phase::Reloading;
    }

    /// The store answered [`Effect::Reload`]. What was known is forgotten, and facts about all who are present are loaded,
    /// as any of them may have been removed since.
    pub(super) fn reloaded(
        &mut self,
        result: Result<Option<RoomRecord>, Failure>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        self.phase = Phase::Idle;
        let record = match result {
            Ok(Some(record)) if record.epoch == self.epoch => record,
            Ok(_) => return self.lose(effects),
            Err(failure) => return self.read_again(failure, now, effects),
        };
        (self.facts, self.roster) = (FactCache::default(), None);
        let present = self.presence.users_here().cloned().collect();
        self.load_present(Box::new(record), present, now, effects);
    }

    /// Loads facts about these users, so many at a time, and then goes on from the record.
    pub(super) fn load_present(
        &mut self,
        record: Box<RoomRecord>,
        mut users: Vec<UserId>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        if users.is_empty() {
            return self.skip_to(*record, now, effects);
        }
        let rest = users.split_off(users.len().min(limits::MAX_BATCH));
        let query = FactsQuery { users, ..FactsQuery::default() };
        effects.push(Effect::Load(query.clone()));
        self.phase = Phase::LoadingPresent { record, query, rest };
    }

    fn skip_to(&mut self, record: RoomRecord, now: Now, effects: &mut Vec<Effect>) {
        let from = self.head;
        let removed = |user: &&UserId| self.may_have_been_removed(user, from, record.meta.kind);
        let removed: Vec<UserId> = self.presence.users_here().filter(removed).cloned().collect();
        for user in &removed {
            self.presence.remove(user);
            self.signals.forget(user);
        }
        (self.head, self.told, self.members) = (record.head, record.told, record.members);
        (self.meta, self.read_only) = (record.meta, record.has_unknown);
        self.heard = self.heard.max(self.head);
        effects.push(Effect::Skipped { from, to: self.head, removed });
        self.telling.touch(now.moment.after(self.rules.limits.membership_ms));
        self.give_up_uncertain(effects);
    }

    /// Whether an entry above `from` may have ended the user's right to read. Where that cannot be known they are taken for
    /// removed, and may subscribe again.
    fn may_have_been_removed(&self, user: &UserId, from: Seq, kind: RoomKind) -> bool {
        let Some(fact) = self.facts.member(user) else { return true };
        match &fact.membership {
            Some(membership) => membership.since > from,
            None if kind == RoomKind::Announcement => fact.banned,
            None => fact.as_of > from,
        }
    }

    /// A command whose append had an unknown outcome may be among the entries that nobody can read any more. With a client
    /// id it is judged again, and the store finds it; without one it must not be done again.
    fn give_up_uncertain(&mut self, effects: &mut Vec<Effect>) {
        for command in self.batch.extract_if(.., |command| command.may_be_in_log && command.claim.is_none()) {
            let refusal = Refusal::new(Code::OutcomeUnknown, "it may have been done, and nobody can see any more");
            answer(command.ticket, Answer::Refused(refusal), effects);
        }
    }
}
