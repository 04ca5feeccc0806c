//! Reads that go on beside an append which takes long, or of which it is not known whether it was done.
//!
//! They are judged at the head, and see the state at the head: to that, nothing which is undecided belongs. Nobody's read
//! overtakes what the same user asked before and has no answer to yet.

use std::collections::HashSet;

use super::{
    Answer, Effect, Failure, Queued, Room,
    cycle::{Attempt, Phase, add_need, answer},
    judge::Need,
};
use crate::{
    Moment, Now, UserId, limits,
    store::{Facts, FactsQuery},
};

impl Room {
    /// When reads stop waiting for the append that is under way, unless they have.
    pub(super) fn impatient_at(&self) -> Option<Moment> {
        match &self.phase {
            Phase::Appending(attempt) | Phase::Settling { attempt, .. } if !self.queue.is_empty() => {
                (!attempt.is_late).then(|| attempt.since.after(limits::READS_WAIT_MS))
            }
            _ => None,
        }
    }

    /// Serves the reads that wait, once the append that is under way is late. While the store is free, it is asked about those
    /// who read and are not known.
    pub(super) fn serve_beside_append(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let (Phase::Appending(attempt) | Phase::Settling { attempt, .. }) = &mut self.phase else { return };
        attempt.is_late |= now.moment >= attempt.since.after(limits::READS_WAIT_MS);
        // What others wrote is read first, and that comes after the append.
        if !attempt.is_late || self.must_read || self.heard > self.head {
            return;
        }
        let unanswered = self.batch.iter().filter(|command| command.ticket.is_some());
        let mut waiting: HashSet<UserId> = unanswered.map(|command| command.caller.user.clone()).collect();
        let mut query = FactsQuery::default();
        for (due, queued) in std::mem::take(&mut self.queue) {
            let user = &queued.caller().user;
            let is_read = !matches!(queued, Queued::Command(_)) && !waiting.contains(user);
            if is_read && self.facts.member(user).is_some() {
                self.serve(queued, now, effects);
                continue;
            }
            if is_read {
                add_need(&mut query, &Need::User(user.clone()));
            }
            waiting.insert(user.clone());
            self.queue.push_back((due, queued));
        }
        if query != FactsQuery::default() {
            self.load_beside(query, effects);
        }
    }

    fn load_beside(&mut self, query: FactsQuery, effects: &mut Vec<Effect>) {
        self.phase = match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::Settling { attempt, due } => {
                effects.push(Effect::Load(query.clone()));
                Phase::LoadingBeside { attempt, due, query }
            }
            appending => appending,
        };
    }

    /// The store answered what it was asked between two tries of an append.
    pub(super) fn loaded_beside(
        &mut self,
        (attempt, due): (Attempt, Moment),
        query: &FactsQuery,
        result: Result<Facts, Failure>,
        effects: &mut Vec<Effect>,
    ) {
        self.phase = Phase::Settling { attempt, due };
        match result {
            Ok(facts) if facts.epoch != self.epoch => self.lose(effects),
            // They are true at a later head, which the room comes to when the append is decided.
            Ok(facts) if facts.head > self.head => self.heard = self.heard.max(facts.head),
            Ok(facts) => self.facts.learn(query, facts),
            Err(Failure::NoSuchRoom) => self.lose(effects),
            Err(failure) => self.refuse_reads(&query.users, failure, effects),
        }
    }

    fn refuse_reads(&mut self, of: &[UserId], failure: Failure, effects: &mut Vec<Effect>) {
        self.queue.retain(|(_, queued)| {
            let is_kept = matches!(queued, Queued::Command(_)) || !of.contains(&queued.caller().user);
            if !is_kept {
                answer(queued.ticket(), Answer::Refused(failure.refusal()), effects);
            }
            is_kept
        });
    }
}
