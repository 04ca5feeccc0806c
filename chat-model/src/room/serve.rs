//! What needs no entry: subscriptions, questions and signals, judged at the head.

use super::{Allowed, Answer, Change, Effect, Inquiry, Queued, Room, Signal, Ticket, cycle::answer, judge};
use crate::{
    Caller, Code, Cursor, Now, Op, Refusal, Resumption, Seq, SessionId, SignalKind, Timestamp, UserId, Who, limits,
    policy::Action,
};

impl Room {
    /// Serves what needs no entry: a subscription, a question, a signal.
    pub(super) fn serve(&mut self, queued: Queued, now: Now, effects: &mut Vec<Effect>) {
        match queued {
            Queued::Command(command) => self.batch.push(*command),
            Queued::Subscribe { ticket, caller, session, from, at } => match self.may(&caller, Action::Read, at) {
                Ok(allowed) => self.subscribe(ticket, &caller, session, from, allowed.floor, now, effects),
                Err(refusal) => answer(Some(ticket), Answer::Refused(refusal), effects),
            },
            Queued::Inquiry { ticket, caller, inquiry, at } => {
                let reply = self.inquire(&caller, inquiry, at).unwrap_or_else(Answer::Refused);
                answer(Some(ticket), reply, effects);
            }
            Queued::Signal { ticket, caller, kind, at } => {
                let action = if kind == SignalKind::Typing { Action::Type } else { Action::Signal };
                let allowed = self.may(&caller, action, at);
                let told = match kind {
                    // Who shows the others nothing still finds on one device what they have read on another.
                    SignalKind::Read(seq) if allowed.is_err() || caller.hides.reads => {
                        self.may(&caller, Action::Read, at).is_ok().then_some(SignalKind::OwnRead(seq))
                    }
                    // Nobody is shown in a room that does not tell who is there.
                    SignalKind::Typing if !self.tells_presence => None,
                    kind => allowed.is_ok().then(|| self.shown(kind)),
                };
                if let Some(kind) = told {
                    let who = Who { user: caller.user, name: Some(caller.name) };
                    self.signal(Signal::new(who, kind), true, now);
                }
                let reply = allowed.map_or_else(Answer::Refused, Answer::Allowed);
                answer(ticket, reply, effects);
            }
        }
    }

    /// What users tell of themselves, as far as this room shows it: in a large room, and in one that does not tell who is
    /// there, nobody is told how far others have read.
    pub(super) fn shown(&self, kind: SignalKind) -> SignalKind {
        match kind {
            SignalKind::Read(seq) if !self.tells_presence || self.members > limits::MAX_SEEN_BY => {
                SignalKind::OwnRead(seq)
            }
            kind => kind,
        }
    }

    /// Whether members are told here when others were last seen: under the same conditions as how far they have read.
    pub(super) fn shows_last_seen(&self) -> bool {
        self.tells_presence && self.members <= limits::MAX_SEEN_BY
    }

    fn inquire(&mut self, caller: &Caller, inquiry: Inquiry, at: Timestamp) -> Result<Answer, Refusal> {
        Ok(match inquiry {
            Inquiry::Read => Answer::Allowed(self.may(caller, Action::Read, at)?),
            Inquiry::Signal => Answer::Allowed(self.may(caller, Action::Signal, at)?),
            Inquiry::Delete => Answer::Allowed(self.may(caller, Action::Delete, at)?),
            Inquiry::Restrictions => Answer::Allowed(self.may(caller, Action::Restrictions, at)?),
            Inquiry::Edits => Answer::Allowed(self.may(caller, Action::Edits, at)?),
            Inquiry::Online => {
                self.may(caller, Action::Read, at)?;
                let (online, count) = self.online();
                Answer::Online { online, count }
            }
            Inquiry::Absent(users) => {
                self.may(caller, Action::Signal, at)?;
                let is_told = self.shows_last_seen();
                Answer::Absent(users.into_iter().filter(|user| is_told && !self.presence.is_present(user)).collect())
            }
            Inquiry::Invites => {
                self.may(caller, Action::Invites, at)?;
                Answer::Invites(self.meta.invites.live(at).cloned().collect())
            }
            Inquiry::Join => Answer::Allowed(self.may(caller, Action::Command(&Op::Join), at)?),
            Inquiry::Invite(key) => {
                let op = Op::JoinByInvite { key };
                Answer::Allowed(self.may(caller, Action::Command(&op), at)?)
            }
        })
    }

    #[allow(clippy::too_many_arguments, reason = "the fields of one request, once")]
    fn subscribe(
        &mut self,
        ticket: Ticket,
        caller: &Caller,
        session: SessionId,
        from: Option<Cursor>,
        floor: Seq,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let (resumption, after) = match from {
            Some(cursor) if cursor.epoch == self.epoch && cursor.seq <= self.head => match cursor.seq < floor {
                true => (Resumption::Gap { oldest: floor + 1 }, Some(floor)),
                false => (Resumption::Recovered, Some(cursor.seq)),
            },
            Some(_) => (Resumption::Reset, None),
            None => (Resumption::Recovered, None),
        };
        effects.push(Effect::Answer { ticket, answer: Answer::Subscribed { resumption, at: self.at() } });
        effects.push(Effect::Attach { ticket, session, user: caller.user.clone(), after, floor });
        self.hold(caller, false, effects);
        let change = self.attach(caller, session, now);
        self.tell_change(&caller.user, change, now);
    }

    /// A session is subscribed. That a guest is back whom other nodes may take for gone is told in a hurry: nobody is to come in
    /// under the guest's name.
    pub(super) fn attach(&mut self, caller: &Caller, session: SessionId, now: Now) -> Change {
        let was_gone = self.presence.is_disconnected(&caller.user);
        let change = self.presence.attach(&caller.user, &caller.name, session);
        self.presence.hide(&caller.user, caller.hides.last_seen);
        if was_gone && caller.user.is_guest() {
            self.hurry(now);
        }
        change
    }

    /// Has this node's lease hold the membership of a guest who was not present. A guest who has just joined did so
    /// with the lease.
    pub(super) fn hold(&self, guest: &Caller, has_joined: bool, effects: &mut Vec<Effect>) {
        if !has_joined
            && !self.presence.is_here(&guest.user)
            && let Some(since) = self.guest_since(&guest.user)
        {
            effects.push(Effect::HoldLease { user: guest.user.clone(), since });
        }
    }

    /// The seq of the entry by which the user joined as a guest, if they are here as one.
    pub(super) fn guest_since(&self, user: &UserId) -> Option<Seq> {
        let membership = self.facts.member(user)?.membership.as_ref()?;
        membership.guest.then_some(membership.since)
    }

    /// Asks the policy whether the caller may do this.
    fn may(&self, caller: &Caller, action: Action<'_>, at: Timestamp) -> Result<Allowed, Refusal> {
        let court = self.court();
        let Ok(question) = court.question(caller, action, at) else {
            return Err(Refusal::new(Code::Internal, "the room does not know you yet"));
        };
        if let Action::Command(Op::JoinByInvite { key }) = action {
            judge::opened_by(&question, key)?;
        }
        self.rules.policy.authorize(&question)?;
        Ok(Allowed { floor: self.floor(&caller.user), head: self.head, role: question.member.role() })
    }

    pub(super) fn floor(&self, user: &UserId) -> Seq {
        let membership = self.facts.member(user).and_then(|fact| fact.membership.as_ref());
        self.meta.floor(membership, self.head)
    }
}
