//! The room's one conversation with the store: load facts, read the log, or append; never two at a time.

use std::sync::Arc;

use super::{
    Answer, AppendOutcome, Effect, Failure, PendingCommand, Queued, Room, Ticket,
    facts::Assumed,
    judge::{Court, Need, Verdict},
    roster::Roster,
};
use crate::{
    Claimed, Code, Draft, Entry, Moment, Now, Refusal, RoomRecord, Seq, UserId, limits,
    store::{Facts, FactsQuery, Page},
};

/// What the room is doing with the store.
#[derive(Debug)]
pub(super) enum Phase {
    Idle,
    Loading(FactsQuery),
    Reading,
    /// A page of the log was read; facts about the users it names are being loaded.
    LoadingForPage {
        page: Vec<Entry>,
        query: FactsQuery,
    },
    /// The log begins above the head; the room's record is being loaded.
    Reloading,
    /// The record was loaded; facts about users who are present are being loaded, and then about the rest of them.
    LoadingPresent {
        record: Box<RoomRecord>,
        query: FactsQuery,
        rest: Vec<UserId>,
    },
    Appending(Attempt),
    /// The outcome of an append is not known: when it is due, the same drafts are appended again at the same head.
    Settling {
        attempt: Attempt,
        due: Moment,
    },
    /// The same, and facts about users who want to read meanwhile are being loaded.
    LoadingBeside {
        attempt: Attempt,
        due: Moment,
        query: FactsQuery,
    },
}

/// What is done once the facts for it are loaded.
enum Next {
    Commit(Vec<Entry>),
    Skip(Box<RoomRecord>, Vec<UserId>),
}

/// Drafts that are being appended.
#[derive(Debug, Clone)]
pub(super) struct Attempt {
    pub(super) drafts: Arc<[Draft]>,
    /// For each draft, the index of its command in the batch; none for a leave that makes way for the join after it.
    pub(super) commands: Vec<Option<usize>>,
    /// Whether the same drafts may be in the log already, or may yet get there, by an append whose outcome is unknown.
    pub(super) uncertain: bool,
    /// When the drafts were appended for the first time.
    pub(super) since: Moment,
    /// Whether that is so long ago that reads go on beside it.
    pub(super) is_late: bool,
}

impl Phase {
    pub(super) fn due(&self) -> Option<Moment> {
        match self {
            Self::Settling { due, .. } => Some(*due),
            _ => None,
        }
    }
}

impl Room {
    /// Goes on as far as it can without the store.
    pub(super) fn advance(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if let Phase::Settling { attempt, due } = &self.phase
            && *due <= now.moment
        {
            effects.push(Effect::Append { expected: self.head, drafts: attempt.drafts.clone() });
            self.phase = Phase::Appending(attempt.clone());
        }
        self.serve_beside_append(now, effects);
        while matches!(self.phase, Phase::Idle) && !self.lost {
            if self.must_read || self.heard > self.head {
                if self.read_due.is_some_and(|due| now.moment < due) {
                    return;
                }
                (self.must_read, self.read_due) = (false, None);
                self.phase = Phase::Reading;
                effects.push(Effect::ReadLog { after: self.head });
            } else if self.waits_for_peers() || !self.take_batch(now, effects) || !self.judge_batch(now, effects) {
                return;
            }
        }
    }

    /// Moves commands from the queue into the batch. What is no command is served once it is at the front and the batch
    /// is empty. `false` if there is nothing to judge.
    fn take_batch(&mut self, now: Now, effects: &mut Vec<Effect>) -> bool {
        while self.batch.len() < limits::MAX_BATCH {
            match self.queue.front() {
                Some((_, Queued::Command(_))) => {
                    if let Some((_, Queued::Command(command))) = self.queue.pop_front() {
                        self.batch.push(*command);
                    }
                }
                Some((_, queued)) if self.batch.is_empty() => {
                    if self.facts.member(&queued.caller().user).is_none() {
                        let users = vec![queued.caller().user.clone()];
                        self.load(FactsQuery { users, ..FactsQuery::default() }, effects);
                        return false;
                    }
                    if let Some((_, queued)) = self.queue.pop_front() {
                        self.serve(queued, now, effects);
                        self.facts.evict(&self.presence);
                    }
                }
                _ => break,
            }
        }
        !self.batch.is_empty()
    }

    /// Judges the batch. `false` if the store was asked for something.
    fn judge_batch(&mut self, now: Now, effects: &mut Vec<Effect>) -> bool {
        let query = self.missing();
        if query != FactsQuery::default() {
            self.load(query, effects);
            return false;
        }
        let (verdicts, drafts) = self.verdicts(now);
        let mut needs = FactsQuery::default();
        for verdict in &verdicts {
            if let Verdict::Need(need) = verdict {
                add_need(&mut needs, need);
            }
        }
        if needs != FactsQuery::default() {
            self.load(needs, effects);
            return false;
        }
        self.pass(verdicts, drafts, now, effects);
        true
    }

    fn load(&mut self, query: FactsQuery, effects: &mut Vec<Effect>) {
        effects.push(Effect::Load(query.clone()));
        self.phase = Phase::Loading(query);
    }

    /// What the batch needs for certain and the room does not know, as one question. A command that was refused before
    /// it came needs nothing unless its client id is in the log: floods of them must not fill the memory.
    fn missing(&self) -> FactsQuery {
        let mut query = FactsQuery::default();
        let is_judged = |command: &&PendingCommand| {
            command.refused.is_none() || self.facts.has_found(&command.caller.user, &command.claim)
        };
        for command in self.batch.iter().filter(is_judged) {
            let users = [Some(&command.caller.user), command.op.subject()];
            let is_stale = command.is_leave_of_gone_guest() && !command.is_checked;
            for user in users.into_iter().flatten().filter(|user| is_stale || self.facts.member(user).is_none()) {
                add_need(&mut query, &Need::User(user.clone()));
            }
            if let Some(target) = command.op.target()
                && self.facts.message(target).is_none()
            {
                add_need(&mut query, &Need::Message(target));
            }
        }
        let joins = self.batch.iter().filter(is_judged).any(|command| command.attach.is_some());
        query.roster = self.roster.is_none() && joins;
        query
    }

    /// What is judged by now, before any draft.
    pub(super) fn court(&self) -> Court<'_> {
        Court {
            meta: &self.meta,
            epoch: self.epoch,
            head: self.head,
            read_only: self.read_only,
            takes_guests: self.rules.lease.is_some(),
            policy: &*self.rules.policy,
            presence: &self.presence,
            pace: &self.pace,
            assumed: Assumed::new(&self.facts),
        }
    }

    /// Answers what can be answered without the store, and appends the drafts.
    fn pass(&mut self, verdicts: Vec<Verdict>, drafts: Vec<Draft>, now: Now, effects: &mut Vec<Effect>) {
        let mut kept = Vec::new();
        let mut commands = Vec::new();
        for (command, verdict) in std::mem::take(&mut self.batch).into_iter().zip(verdicts) {
            match verdict {
                Verdict::Accept(_) => {
                    let is_before = |draft: &&Draft| draft.draft_id != command.draft_id;
                    let making_way = drafts[commands.len()..].iter().take_while(is_before).count();
                    commands.resize(commands.len() + making_way, None);
                    commands.push(Some(kept.len()));
                    kept.push(command);
                }
                Verdict::Later | Verdict::Need(_) => kept.push(command),
                Verdict::Done(receipt) => self.answer_done(command, receipt, false, now, effects),
                Verdict::Refuse(refusal) => answer(command.ticket, Answer::Refused(refusal), effects),
            }
        }
        self.batch = kept;
        if drafts.is_empty() {
            self.facts.batch_done(&self.presence);
            return;
        }
        let drafts: Arc<[Draft]> = drafts.into();
        effects.push(Effect::Append { expected: self.head, drafts: drafts.clone() });
        self.phase =
            Phase::Appending(Attempt { drafts, commands, uncertain: false, since: now.moment, is_late: false });
    }

    /// The store answered [`Effect::Load`].
    pub(super) fn loaded(&mut self, result: Result<Facts, Failure>, now: Now, effects: &mut Vec<Effect>) {
        let phase = std::mem::replace(&mut self.phase, Phase::Idle);
        let (query, next) = match phase {
            Phase::LoadingBeside { attempt, due, query } => {
                return self.loaded_beside((attempt, due), &query, result, effects);
            }
            Phase::Loading(query) => (query, None),
            Phase::LoadingForPage { page, query } => (query, Some(Next::Commit(page))),
            Phase::LoadingPresent { record, query, rest } => (query, Some(Next::Skip(record, rest))),
            other => return self.phase = other,
        };
        match result {
            Ok(facts) if facts.epoch != self.epoch => self.lose(effects),
            Ok(facts) => {
                self.heard = self.heard.max(facts.head);
                if query.roster {
                    self.roster = Some(Roster::new(&facts.roster));
                }
                self.facts.learn(&query, facts);
                for command in self.batch.iter_mut().filter(|command| query.users.contains(&command.caller.user)) {
                    command.is_checked = true;
                }
                match next {
                    Some(Next::Commit(page)) => self.commit_page(page, now, effects),
                    Some(Next::Skip(record, rest)) => self.load_present(record, rest, now, effects),
                    None => {}
                }
            }
            Err(failure) if next.is_some() => self.read_again(failure, now, effects),
            Err(failure) => self.give_up(failure, effects),
        }
    }

    /// The store answered [`Effect::ReadLog`].
    pub(super) fn log_read(&mut self, result: Result<Page<Entry>, Failure>, now: Now, effects: &mut Vec<Effect>) {
        self.phase = Phase::Idle;
        let page = match result {
            Ok(page) if page.epoch != self.epoch => return self.lose(effects),
            Ok(page) if page.head < self.head => return self.find_less(page.head, now, effects),
            Ok(page) => page,
            Err(failure) => return self.read_again(failure, now, effects),
        };
        (self.heard, self.finds_less) = (page.head, false);
        let entries: Vec<Entry> = page.items.into_iter().skip_while(|entry| entry.seq <= self.head).collect();
        if page.oldest > self.head + 1 {
            return self.reload(effects);
        }
        let mut query = FactsQuery::default();
        for entry in &entries {
            let users = [Some(&entry.sender), entry.body.subject(&entry.sender)];
            for user in users.into_iter().flatten().filter(|user| self.facts.member(user).is_none()) {
                add_need(&mut query, &Need::User(user.clone()));
            }
        }
        if query == FactsQuery::default() {
            self.commit_page(entries, now, effects);
        } else {
            effects.push(Effect::Load(query.clone()));
            self.phase = Phase::LoadingForPage { page: entries, query };
        }
    }

    /// The store answered [`Effect::Append`].
    pub(super) fn appended(&mut self, outcome: AppendOutcome, now: Now, effects: &mut Vec<Effect>) {
        let phase = std::mem::replace(&mut self.phase, Phase::Idle);
        let Phase::Appending(attempt) = phase else { return self.phase = phase };
        match outcome {
            AppendOutcome::Appended(count) => self.commit_own(&attempt, count, now, effects),
            AppendOutcome::Conflict { epoch, .. } if epoch != self.epoch => self.lose(effects),
            AppendOutcome::Conflict { head, .. } => {
                self.heard = self.heard.max(head);
                self.must_read = true;
                // Time has passed: a guest may have come back on another node.
                self.batch.iter_mut().for_each(|command| command.is_checked = false);
            }
            AppendOutcome::Duplicate(claims) => self.duplicate(claims, attempt.uncertain),
            AppendOutcome::Failed(Failure::NotExecuted | Failure::Corrupt) if !attempt.uncertain => {
                self.refuse_batch(Failure::NotExecuted, effects);
            }
            AppendOutcome::Failed(Failure::NoSuchRoom) => self.lose(effects),
            AppendOutcome::Failed(_) => {
                for at in attempt.commands.iter().flatten() {
                    self.batch[*at].may_be_in_log = true;
                }
                let due = now.moment.after(self.rules.limits.retry_ms);
                self.phase = Phase::Settling { attempt: Attempt { uncertain: true, ..attempt }, due };
            }
        }
    }

    fn duplicate(&mut self, claims: Vec<Claimed>, uncertain: bool) {
        // The claim may have been found in an entry of our own earlier attempt, which is in the log above our head.
        self.must_read |= uncertain || claims.iter().any(|claim| claim.receipt.seq > self.head);
        self.facts.learn_claims(claims);
    }

    /// The log ends before entries that this room has seen in it, as after the database was put back from a copy. The room does
    /// not go back with it, as seqs that clients know would come to mean something else: it refuses what waits, and reads the log
    /// again later.
    fn find_less(&mut self, head: Seq, now: Now, effects: &mut Vec<Effect>) {
        if !std::mem::replace(&mut self.finds_less, true) {
            effects.push(Effect::FoundLess { known: self.head, found: head });
        }
        self.heard = self.head;
        let refusal = Refusal::new(Code::StoreUnavailable, "the room's log has lost entries; nothing was done");
        for command in std::mem::take(&mut self.batch) {
            let refusal = match command.may_be_in_log {
                true => {
                    Refusal::new(Code::OutcomeUnknown, "it may have been done, and the room's log has lost entries")
                }
                false => refusal.clone(),
            };
            answer(command.ticket, Answer::Refused(refusal), effects);
        }
        self.facts.batch_done(&self.presence);
        for (_, queued) in std::mem::take(&mut self.queue) {
            answer(queued.ticket(), Answer::Refused(refusal.clone()), effects);
        }
        self.must_read = true;
        self.read_due = Some(now.moment.after(self.rules.limits.retry_ms));
    }

    /// The log could not be read, and is read again later. Commands wait on, for one of them may be in the log.
    pub(super) fn read_again(&mut self, failure: Failure, now: Now, effects: &mut Vec<Effect>) {
        if failure == Failure::NoSuchRoom {
            return self.lose(effects);
        }
        self.must_read = true;
        self.read_due = Some(now.moment.after(self.rules.limits.retry_ms));
    }

    /// Facts could not be loaded: all that waits is refused, and nothing of it was done.
    fn give_up(&mut self, failure: Failure, effects: &mut Vec<Effect>) {
        if failure == Failure::NoSuchRoom {
            return self.lose(effects);
        }
        self.refuse_batch(failure, effects);
        for (_, queued) in std::mem::take(&mut self.queue) {
            answer(queued.ticket(), Answer::Refused(failure.refusal()), effects);
        }
    }

    fn refuse_batch(&mut self, failure: Failure, effects: &mut Vec<Effect>) {
        for command in std::mem::take(&mut self.batch) {
            answer(command.ticket, Answer::Refused(failure.refusal()), effects);
        }
        self.facts.batch_done(&self.presence);
    }
}

/// Answers a ticket, if there is one.
pub(super) fn answer(ticket: Option<Ticket>, answer: Answer, effects: &mut Vec<Effect>) {
    if let Some(ticket) = ticket {
        effects.push(Effect::Answer { ticket, answer });
    }
}

/// Adds a need to a question, as long as there is room in it. What finds no room is asked after the answer.
pub(super) fn add_need(query: &mut FactsQuery, need: &Need) {
    match need {
        Need::User(_) if query.users.len() >= limits::MAX_BATCH => {}
        Need::User(user) if !query.users.contains(user) => query.users.push(user.clone()),
        Need::Message(seq) if !query.messages.contains(seq) => query.messages.push(*seq),
        Need::Seniors => query.seniors = true,
        Need::Claim(sender, client_id) => query.claims.push((sender.clone(), client_id.clone())),
        Need::Pins => query.pins = true,
        _ => {}
    }
}

/// The index of the command in the batch that this entry was made by.
pub(super) fn position(batch: &[PendingCommand], entry: &Entry) -> Option<usize> {
    batch.iter().position(|command| command.draft_id == entry.draft_id)
}
