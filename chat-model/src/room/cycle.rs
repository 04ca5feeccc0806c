//! The room's one conversation with the store: load facts, read the log, or append; never two at a time.

use std::sync::Arc;

use super::{
    Answer, AppendOutcome, Ask, Effect, Failure, Item, Room,
    facts::Assumed,
    judge::{Court, Need, Verdict},
    roster::Roster,
};
use crate::{
    Caller, Claimed, Draft, Entry, Moment, Now, Seq, limits,
    refusal::{Code, Refusal},
    store::{Facts, FactsQuery, Page},
};

/// What the room is doing with the store.
#[derive(Debug)]
pub(super) enum Phase {
    Idle,
    Loading(FactsQuery),
    Reading,
    /// Entries of others are read; the facts about those they name are being loaded.
    Meeting {
        page: Vec<Entry>,
        query: FactsQuery,
    },
    Appending(Pending),
    /// The outcome of an append is not known: the same drafts are appended again at the same head when it is due.
    Settling {
        pending: Pending,
        due: Moment,
    },
}

/// Drafts under way, each with the index of its ask in the batch.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    pub(super) drafts: Arc<[Draft]>,
    pub(super) asks: Vec<usize>,
    /// Whether an earlier attempt may have landed, or may yet.
    pub(super) uncertain: bool,
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
        if let Phase::Settling { pending, due } = &self.phase
            && *due <= now.moment
        {
            effects.push(Effect::Append { expected: self.head, drafts: pending.drafts.clone() });
            self.phase = Phase::Appending(pending.clone());
        }
        while matches!(self.phase, Phase::Idle) && !self.lost {
            if self.must_read || self.heard > self.head {
                if self.read_due.is_some_and(|due| now.moment < due) {
                    return;
                }
                (self.must_read, self.read_due) = (false, None);
                self.phase = Phase::Reading;
                effects.push(Effect::ReadLog { after: self.head });
            } else if !self.take_batch(now, effects) || !self.judge_batch(now, effects) {
                return;
            }
        }
    }

    /// Moves waiting commands into the batch, up to the first item of another kind, which is done once it is first.
    /// `false` when there is nothing to judge.
    fn take_batch(&mut self, now: Now, effects: &mut Vec<Effect>) -> bool {
        while self.batch.len() < limits::MAX_BATCH {
            match self.queue.front() {
                Some((_, Item::Ask(_))) => {
                    if let Some((_, Item::Ask(ask))) = self.queue.pop_front() {
                        self.batch.push(*ask);
                    }
                }
                Some((_, item)) if self.batch.is_empty() => {
                    if self.facts.member(&item.caller().user).is_none() {
                        let users = vec![item.caller().user.clone()];
                        self.load(FactsQuery { users, ..FactsQuery::default() }, effects);
                        return false;
                    }
                    if let Some((_, item)) = self.queue.pop_front() {
                        self.serve(item, now, effects);
                        self.facts.evict(&self.presence);
                    }
                }
                _ => break,
            }
        }
        !self.batch.is_empty()
    }

    /// Judges the batch. `false` when the store was asked for something.
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

    /// What is certainly needed and not known: one question for the whole batch. Of an ask that was refused before it
    /// came here, nothing is unless its claim is found: floods of them must not fill the memory.
    fn missing(&self) -> FactsQuery {
        let mut query = FactsQuery::default();
        let is_judged = |ask: &&Ask| ask.refused.is_none() || self.facts.has_found(&ask.caller.user, &ask.claim);
        for ask in self.batch.iter().filter(is_judged) {
            let users = [Some(&ask.caller.user), ask.op.subject()];
            let is_stale = ask.is_gone_guests() && !ask.is_checked;
            for user in users.into_iter().flatten().filter(|user| is_stale || self.facts.member(user).is_none()) {
                add_need(&mut query, &Need::User(user.clone()));
            }
            if let Some(target) = ask.op.target()
                && self.facts.message(target).is_none()
            {
                add_need(&mut query, &Need::Message(target));
            }
        }
        query.roster = self.roster.is_none() && self.batch.iter().filter(is_judged).any(|ask| ask.attach.is_some());
        query
    }

    /// A verdict for every ask of the batch, and the drafts of those accepted, each judged as if the earlier ones were
    /// committed.
    fn verdicts(&mut self, now: Now) -> (Vec<Verdict>, Vec<Draft>) {
        let mut court = Court {
            meta: &self.meta,
            epoch: self.epoch,
            head: self.head,
            read_only: self.read_only,
            takes_guests: self.rules.lease.is_some(),
            policy: &*self.rules.policy,
            presence: &self.presence,
            assumed: Assumed::new(&self.facts),
        };
        let (mut told, mut drafts) = (self.told, Vec::new());
        let mut names: Vec<(String, crate::UserId)> = Vec::new();
        let mut verdicts = Vec::with_capacity(self.batch.len());
        let mut memberships = 0;
        for ask in &self.batch {
            let presence = &self.presence;
            let verdict = court.judge(ask, |caller: &Caller| {
                let folded = caller.name.folded();
                caller.is_guest()
                    && (presence.is_name_taken(&caller.name, &caller.user)
                        || names.iter().any(|(name, user)| *name == folded && *user != caller.user))
            });
            // What is answered because of a draft waits until that is in the log: it may yet fail.
            let verdict = match verdict {
                Verdict::Refuse(_) if !drafts.is_empty() => Verdict::Later,
                Verdict::Done(receipt) if receipt.seq > self.head => Verdict::Later,
                verdict => verdict,
            };
            if let Verdict::Accept(body) = &verdict {
                let seq = self.head + drafts.len() as Seq + 1;
                let is_membership = matches!(body, crate::Body::Joined { .. } | crate::Body::Left { .. });
                let tells = !is_membership || self.telling.tells_each(memberships, self.presence.len(), now.moment);
                memberships += usize::from(is_membership);
                if matches!(body, crate::Body::Joined { .. }) {
                    names.push((ask.caller.name.folded(), ask.caller.user.clone()));
                }
                // A name that is known is the host's to change.
                let is_named = court.assumed.member(&ask.caller.user).is_some_and(|fact| fact.name.is_some());
                let name = (!is_named && !ask.by_engine).then(|| ask.caller.name.clone());
                let lease = self.rules.lease.filter(|_| ask.caller.is_guest());
                let draft = Draft {
                    draft_id: ask.draft_id,
                    at: ask.at,
                    sender: ask.caller.user.clone(),
                    claim: ask.claim.clone(),
                    told: tells,
                    after: told,
                    body: body.clone(),
                    lease: lease.filter(|_| matches!(body, crate::Body::Joined { .. })),
                    name,
                };
                court.assumed.assume(&draft, seq);
                told = if tells { seq } else { told };
                drafts.push(draft);
            }
            verdicts.push(verdict);
        }
        (verdicts, drafts)
    }

    /// Answers what can be answered without the store, and appends the rest.
    fn pass(&mut self, verdicts: Vec<Verdict>, drafts: Vec<Draft>, now: Now, effects: &mut Vec<Effect>) {
        let mut kept = Vec::new();
        let mut asks = Vec::new();
        for (ask, verdict) in std::mem::take(&mut self.batch).into_iter().zip(verdicts) {
            match verdict {
                Verdict::Accept(_) => {
                    asks.push(kept.len());
                    kept.push(ask);
                }
                Verdict::Later | Verdict::Need(_) => kept.push(ask),
                Verdict::Done(receipt) => self.answer_done(ask, receipt, false, now, effects),
                Verdict::Refuse(refusal) => answer(ask.ticket, Answer::Refused(refusal), effects),
            }
        }
        self.batch = kept;
        if drafts.is_empty() {
            self.facts.batch_done(&self.presence);
            return;
        }
        let drafts: Arc<[Draft]> = drafts.into();
        effects.push(Effect::Append { expected: self.head, drafts: drafts.clone() });
        self.phase = Phase::Appending(Pending { drafts, asks, uncertain: false });
    }

    /// The store answered [`Effect::Load`].
    pub(super) fn loaded(&mut self, result: Result<Facts, Failure>, now: Now, effects: &mut Vec<Effect>) {
        let phase = std::mem::replace(&mut self.phase, Phase::Idle);
        let (query, page) = match phase {
            Phase::Loading(query) => (query, None),
            Phase::Meeting { page, query } => (query, Some(page)),
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
                for ask in self.batch.iter_mut().filter(|ask| query.users.contains(&ask.caller.user)) {
                    ask.is_checked = true;
                }
                if let Some(page) = page {
                    self.commit_page(page, now, effects);
                }
            }
            Err(failure) if page.is_some() => self.read_again(failure, now, effects),
            Err(failure) => self.give_up(failure, effects),
        }
    }

    /// The store answered [`Effect::ReadLog`].
    pub(super) fn log_read(&mut self, result: Result<Page<Entry>, Failure>, now: Now, effects: &mut Vec<Effect>) {
        self.phase = Phase::Idle;
        let page = match result {
            Ok(page) if page.epoch != self.epoch => return self.lose(effects),
            Ok(page) => page,
            Err(failure) => return self.read_again(failure, now, effects),
        };
        self.heard = page.head.max(self.head);
        let entries: Vec<Entry> = page.items.into_iter().skip_while(|entry| entry.seq <= self.head).collect();
        if entries.first().is_some_and(|entry| entry.seq != self.head + 1) {
            // Retention has removed what was not read yet: nothing here can be continued.
            return self.lose(effects);
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
            self.phase = Phase::Meeting { page: entries, query };
        }
    }

    /// The store answered [`Effect::Append`].
    pub(super) fn appended(&mut self, outcome: AppendOutcome, now: Now, effects: &mut Vec<Effect>) {
        let phase = std::mem::replace(&mut self.phase, Phase::Idle);
        let Phase::Appending(pending) = phase else { return self.phase = phase };
        match outcome {
            AppendOutcome::Appended(count) => self.commit_own(&pending, count, now, effects),
            AppendOutcome::Conflict { epoch, .. } if epoch != self.epoch => self.lose(effects),
            AppendOutcome::Conflict { head, .. } => {
                self.heard = self.heard.max(head);
                self.must_read = true;
                // Time has passed: a guest may have come back elsewhere.
                self.batch.iter_mut().for_each(|ask| ask.is_checked = false);
            }
            AppendOutcome::Duplicate(claims) => self.duplicate(claims, pending.uncertain),
            AppendOutcome::Failed(Failure::NotExecuted | Failure::Corrupt) if !pending.uncertain => {
                self.refuse_batch(Failure::NotExecuted, effects);
            }
            AppendOutcome::Failed(Failure::NoSuchRoom) => self.lose(effects),
            AppendOutcome::Failed(_) => {
                let due = now.moment.after(self.rules.limits.retry_ms);
                self.phase = Phase::Settling { pending: Pending { uncertain: true, ..pending }, due };
            }
        }
    }

    fn duplicate(&mut self, claims: Vec<Claimed>, uncertain: bool) {
        // The claim found may be our own earlier attempt's: then its entry is in the log above our head.
        self.must_read |= uncertain || claims.iter().any(|claim| claim.receipt.seq > self.head);
        self.facts.learn_claims(claims);
    }

    /// The log could not be read: it is tried again. Commands keep waiting, for one of them may be in the log.
    fn read_again(&mut self, failure: Failure, now: Now, effects: &mut Vec<Effect>) {
        if failure == Failure::NoSuchRoom {
            return self.lose(effects);
        }
        self.must_read = true;
        self.read_due = Some(now.moment.after(self.rules.limits.retry_ms));
    }

    /// Facts could not be loaded. What waits for them is refused: nothing of it was executed.
    fn give_up(&mut self, failure: Failure, effects: &mut Vec<Effect>) {
        if failure == Failure::NoSuchRoom {
            return self.lose(effects);
        }
        self.refuse_batch(failure, effects);
        for (_, item) in std::mem::take(&mut self.queue) {
            answer(item.ticket(), Answer::Refused(failure.refusal()), effects);
        }
    }

    fn refuse_batch(&mut self, failure: Failure, effects: &mut Vec<Effect>) {
        for ask in std::mem::take(&mut self.batch) {
            answer(ask.ticket, Answer::Refused(failure.refusal()), effects);
        }
        self.facts.batch_done(&self.presence);
    }
}

impl Failure {
    pub(super) fn refusal(self) -> Refusal {
        match self {
            Self::Corrupt => Refusal::new(Code::Internal, "what is stored cannot be read"),
            Self::NoSuchRoom => Refusal::room_not_found(),
            Self::NotExecuted | Self::OutcomeUnknown => {
                Refusal::new(Code::StoreUnavailable, "the store is not available; nothing was done")
            }
        }
    }
}

pub(super) fn answer(ticket: Option<super::Ticket>, answer: Answer, effects: &mut Vec<Effect>) {
    if let Some(ticket) = ticket {
        effects.push(Effect::Answer { ticket, answer });
    }
}

/// Adds a need to a question, while it has room; what is still needed after its answer is asked then.
fn add_need(query: &mut FactsQuery, need: &Need) {
    match need {
        Need::User(_) if query.users.len() >= limits::MAX_BATCH => {}
        Need::User(user) if !query.users.contains(user) => query.users.push(user.clone()),
        Need::Message(seq) if !query.messages.contains(seq) => query.messages.push(*seq),
        Need::Claim(sender, client_id) => query.claims.push((sender.clone(), client_id.clone())),
        _ => {}
    }
}

/// Asks of a batch whose entry this is.
pub(super) fn position(batch: &[Ask], entry: &Entry) -> Option<usize> {
    batch.iter().position(|ask| ask.draft_id == entry.draft_id)
}
