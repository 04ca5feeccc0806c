//! One command, judged against exactly the state before it.

use uuid::Uuid;

use super::{facts::Assumed, presence::PresenceTable, queue::Ask};
use crate::{
    Body, Caller, ClientId, Leaving, MemberFact, Membership, Op, Receipt, Role, RoomMeta, Seq, UserId, limits,
    policy::{Action, Policy, Question},
    refusal::{Code, Refusal},
    store::RoomKind,
};

/// What is decided about a command.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It becomes an entry.
    Accept(Body),
    /// It is answered without one: it was done before, or changes nothing.
    Done(Receipt),
    /// It is refused.
    Refuse(Refusal),
    /// This must be known first.
    Need(Need),
    /// It depends on what is being committed in this batch: ask again after it.
    Later,
}

/// A fact a verdict depends on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Need {
    User(UserId),
    Message(Seq),
    Claim(UserId, ClientId),
}

/// Where a command is judged.
pub(super) struct Court<'a> {
    pub(super) meta: &'a RoomMeta,
    pub(super) epoch: crate::Epoch,
    pub(super) head: Seq,
    pub(super) read_only: bool,
    /// Whether guests may become members: the store can hold their memberships.
    pub(super) takes_guests: bool,
    pub(super) policy: &'a dyn Policy,
    pub(super) presence: &'a PresenceTable,
    pub(super) assumed: Assumed<'a>,
}

impl Court<'_> {
    /// Judges a command. A known client id is answered before anything may refuse; and what makes no entry, refused or
    /// changing nothing, is looked up first. What is accepted is not: the store's unique index does that with the
    /// append.
    pub(super) fn judge(&self, ask: &Ask, name_is_taken: impl Fn(&Caller) -> bool) -> Verdict {
        if let Some(known) = self.known(ask) {
            return known;
        }
        match self.decide(ask, name_is_taken) {
            verdict @ (Verdict::Refuse(_) | Verdict::Done(_)) => self.unclaimed(ask).map_or(verdict, Verdict::Need),
            verdict => verdict,
        }
    }

    fn known(&self, ask: &Ask) -> Option<Verdict> {
        let claim = ask.claim.as_ref()?;
        let sender = &ask.caller.user;
        if let Some(Some(found)) = self.assumed.claim(sender, &claim.client_id) {
            return Some(if found.digest == claim.digest {
                Verdict::Done(found.receipt)
            } else {
                Verdict::Refuse(Refusal::new(Code::ClientIdReused, "the clientId belongs to another request"))
            });
        }
        self.assumed.is_claimed(sender, &claim.client_id).then_some(Verdict::Later)
    }

    /// What must be looked up before it is final that no entry is made.
    fn unclaimed(&self, ask: &Ask) -> Option<Need> {
        let claim = ask.claim.as_ref()?;
        let sender = &ask.caller.user;
        let looked_up = self.assumed.claim(sender, &claim.client_id).is_some();
        (!looked_up).then(|| Need::Claim(sender.clone(), claim.client_id.clone()))
    }

    fn decide(&self, ask: &Ask, name_is_taken: impl Fn(&Caller) -> bool) -> Verdict {
        if let Some(refusal) = &ask.refused {
            return Verdict::Refuse(refusal.clone());
        }
        if self.read_only {
            return Verdict::Refuse(Refusal::new(Code::ReadOnly, "a newer version of the server writes this room"));
        }
        let question = match self.question(&ask.caller, Action::Command(&ask.op), ask.at) {
            Ok(question) => question,
            Err(need) => return Verdict::Need(need),
        };
        if !ask.by_engine
            && let Err(refusal) = self.policy.authorize(&question)
        {
            return Verdict::Refuse(refusal);
        }
        // Whoever the policy lets this far may know of the inbox.
        if self.meta.kind == RoomKind::Inbox && !ask.by_engine {
            return Verdict::Refuse(Refusal::new(Code::Forbidden, "an inbox is only read"));
        }
        match self.outcome(ask, &question, name_is_taken) {
            Ok(body) => Verdict::Accept(body),
            Err(Unchanged::Since(seq)) => Verdict::Done(Receipt { epoch: self.epoch, seq, at: ask.at }),
            Err(Unchanged::Refused(refusal)) => Verdict::Refuse(refusal),
        }
    }

    /// The question a policy is asked; `Err` names a fact that is not known yet.
    pub(super) fn question<'q>(
        &'q self,
        caller: &'q Caller,
        action: Action<'q>,
        at: crate::Timestamp,
    ) -> Result<Question<'q>, Need> {
        let (subject, target) = match action {
            Action::Command(op) => (op.subject(), op.target()),
            _ => (None, None),
        };
        Ok(Question {
            caller,
            room: self.meta,
            member: self.member(&caller.user)?,
            subject: subject.map(|user| self.member(user)).transpose()?,
            message: match target {
                Some(seq) => self.assumed.message(seq).ok_or(Need::Message(seq))?,
                None => None,
            },
            action,
            at,
        })
    }

    fn member(&self, user: &UserId) -> Result<&MemberFact, Need> {
        self.assumed.member(user).ok_or_else(|| Need::User(user.clone()))
    }

    /// What the command makes of the room: the rules that are no matter of policy.
    fn outcome(
        &self,
        ask: &Ask,
        question: &Question<'_>,
        name_is_taken: impl Fn(&Caller) -> bool,
    ) -> Result<Body, Unchanged> {
        let member = question.member;
        match &ask.op {
            Op::Join => self.join(ask, member, name_is_taken),
            Op::Leave => match &member.membership {
                Some(membership) if ask.is_gone_guests() && !self.may_take_out(&member.user, membership) => {
                    Err(Unchanged::Since(membership.since))
                }
                Some(_) if self.meta.kind == RoomKind::Direct => refuse(Code::Forbidden, "a direct room is not left"),
                Some(_) => Ok(Body::Left { why: if ask.by_engine { Leaving::Gone } else { Leaving::Left } }),
                None if ask.by_engine => Err(Unchanged::Since(member.as_of)),
                None => Err(Unchanged::Refused(Refusal::not_a_member())),
            },
            Op::Send(post) => {
                if post.reply_to.is_some() {
                    standing(question)?;
                }
                Ok(Body::Message(post.clone()))
            }
            Op::Edit { .. }
            | Op::Delete { .. }
            | Op::React { .. }
            | Op::Unreact { .. }
            | Op::Pin { .. }
            | Op::Unpin { .. } => on_message(&ask.op, question),
            Op::Kick { .. }
            | Op::Ban { .. }
            | Op::Unban { .. }
            | Op::Mute { .. }
            | Op::SetRole { .. }
            | Op::Invite { .. } => self.on_user(&ask.op, question),
            Op::Rename { name } => match self.assumed.name().unwrap_or((self.head, &self.meta.name)) {
                (since, known) if known == name => Err(Unchanged::Since(since)),
                _ => Ok(Body::Renamed { name: name.clone() }),
            },
            Op::Notify(notice) => Ok(Body::Notice(notice.clone())),
        }
    }

    /// Whether a guest who was gone still is: they may have come back, here or elsewhere.
    fn may_take_out(&self, guest: &UserId, membership: &Membership) -> bool {
        !self.presence.contains(guest) && !membership.held
    }

    fn join(&self, ask: &Ask, member: &MemberFact, name_is_taken: impl Fn(&Caller) -> bool) -> Result<Body, Unchanged> {
        if let Some(membership) = &member.membership {
            return Err(Unchanged::Since(membership.since));
        }
        if self.meta.kind == RoomKind::Announcement {
            return Err(Unchanged::Since(self.head));
        }
        if ask.caller.is_guest() && !self.takes_guests {
            return refuse(Code::Unsupported, "the server's store cannot watch over guests");
        }
        if name_is_taken(&ask.caller) {
            return refuse(Code::UsernameTaken, "somebody in the room goes by that name");
        }
        // Ownership that was taken away does not come back with a join.
        let owns = !member.demoted && self.meta.creator.as_ref() == Some(&member.user);
        let role = if owns { Role::Owner } else { Role::Member };
        Ok(Body::Joined { role, guest: ask.caller.is_guest() })
    }

    fn on_user(&self, op: &Op, question: &Question<'_>) -> Result<Body, Unchanged> {
        let Some(subject) = question.subject else { return refuse(Code::UserNotFound, "there is no such user here") };
        let user = subject.user.clone();
        let member = subject.membership.as_ref();
        // Who reads an announcement room reacts there, too, and is no member.
        let is_here = member.is_some() || self.meta.kind == RoomKind::Announcement;
        match (op, member) {
            (Op::Ban { .. }, _) if subject.banned => Err(Unchanged::Since(subject.as_of)),
            (Op::Ban { reason, .. }, _) => {
                Ok(Body::Banned { user, was_member: member.is_some(), reason: reason.clone() })
            }
            (Op::Unban { .. }, _) if !subject.banned => Err(Unchanged::Since(subject.as_of)),
            (Op::Unban { .. }, _) => Ok(Body::Unbanned { user }),
            (Op::Invite { .. }, Some(Membership { since, .. })) => Err(Unchanged::Since(*since)),
            (Op::Invite { .. }, None) if subject.banned => refuse(Code::Banned, "the user is banned from this room"),
            (Op::Invite { .. }, None) if subject.invited => Err(Unchanged::Since(subject.as_of)),
            (Op::Invite { .. }, None) => match self.meta.kind {
                RoomKind::Public | RoomKind::Private => Ok(Body::Invited { user }),
                _ => refuse(Code::Forbidden, "nobody is invited to such a room"),
            },
            (Op::Mute { until, .. }, _) if is_here && subject.muted_until == *until => {
                Err(Unchanged::Since(subject.as_of))
            }
            (Op::Mute { until, .. }, _) if is_here => Ok(Body::Muted { user, until: *until }),
            (_, None) => refuse(Code::UserNotFound, "the user is not a member of this room"),
            (Op::Kick { reason, .. }, Some(_)) => Ok(Body::Kicked { user, reason: reason.clone() }),
            (Op::SetRole { role, .. }, Some(m)) if m.role == *role => Err(Unchanged::Since(subject.as_of)),
            (Op::SetRole { role, .. }, Some(_)) => Ok(Body::RoleChanged { user, role: *role }),
            _ => refuse(Code::Internal, "no rule for this command"),
        }
    }
}

/// Why a command makes no entry.
enum Unchanged {
    /// The entry at this seq made it so already.
    Since(Seq),
    Refused(Refusal),
}

fn refuse<T>(code: Code, message: &'static str) -> Result<T, Unchanged> {
    Err(Unchanged::Refused(Refusal::new(code, message)))
}

fn standing<'a>(question: &Question<'a>) -> Result<&'a crate::MessageFact, Unchanged> {
    match question.message {
        Some(message) if message.state.deleted_at.is_none() => Ok(message),
        _ => refuse(Code::MessageNotFound, "there is no such message"),
    }
}

fn on_message(op: &Op, question: &Question<'_>) -> Result<Body, Unchanged> {
    if let (Op::Delete { .. }, Some(message)) = (op, question.message)
        && message.state.deleted_at.is_some()
    {
        return Err(Unchanged::Since(message.state.as_of));
    }
    let message = standing(question)?;
    let (state, user) = (&message.state, &question.caller.user);
    let since = Err(Unchanged::Since(state.as_of.max(message.seq)));
    match op.clone() {
        Op::Edit { target, text, mentions } => Ok(Body::Edited { target, text, mentions }),
        Op::Delete { target } => Ok(Body::Deleted { target }),
        Op::React { emoji, .. } if state.has_reaction(&emoji, user) => since,
        Op::React { .. } if state.reaction_count() >= limits::MAX_REACTIONS => {
            refuse(Code::TooManyReactions, "the message has as many reactions as it may have")
        }
        Op::React { target, emoji } => Ok(Body::Reacted { target, emoji }),
        Op::Unreact { emoji, .. } if !state.has_reaction(&emoji, user) => since,
        Op::Unreact { target, emoji } => Ok(Body::Unreacted { target, emoji }),
        Op::Pin { .. } if state.pinned => since,
        Op::Pin { target } => Ok(Body::Pinned { target }),
        Op::Unpin { .. } if !state.pinned => since,
        Op::Unpin { target } => Ok(Body::Unpinned { target }),
        _ => refuse(Code::Internal, "no rule for this command"),
    }
}

/// The client id under which an inbox is told of an entry: the same from every node, so that it is told once.
pub(super) fn notice_id(draft: Uuid) -> Option<ClientId> {
    ClientId::parse(format!("notice-{draft}")).ok()
}
