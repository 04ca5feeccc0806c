//! Judges a command against exactly the state before it.

use uuid::Uuid;

use super::{
    PendingCommand,
    facts::Assumed,
    pace::{self, Pace},
    presence::PresenceTable,
};
use crate::{
    Body, Caller, ClientId, InviteKey, Leaving, MemberFact, Membership, Op, Receipt, Role, RoomMeta, Seq, Text, UserId,
    emoji, limits,
    policy::{Action, Policy, Question},
    refusal::{Code, Refusal},
    store::RoomKind,
};

/// What is decided about a command.
#[derive(Debug)]
pub(super) enum Verdict {
    /// The command becomes an entry.
    Accept(Body),
    /// The command is answered without an entry: it was done before, or it changes nothing and has no client id.
    Done(Receipt),
    /// The command is refused.
    Refuse(Refusal),
    /// A fact must be known first.
    Need(Need),
    /// The command depends on a draft of this batch: it is judged again once that draft is committed.
    Later,
}

/// A fact a verdict depends on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Need {
    User(UserId),
    Message(Seq),
    Claim(UserId, ClientId),
    Seniors,
    /// How many messages are pinned.
    Pins,
}

/// What commands are judged by: the room at its head, and what is assumed of it after the drafts of this batch.
pub(super) struct Court<'a> {
    pub(super) meta: &'a RoomMeta,
    pub(super) epoch: crate::Epoch,
    pub(super) head: Seq,
    pub(super) read_only: bool,
    /// Whether guests may become members: the store can hold their memberships.
    pub(super) takes_guests: bool,
    pub(super) policy: &'a dyn Policy,
    pub(super) presence: &'a PresenceTable,
    pub(super) pace: &'a Pace,
    pub(super) assumed: Assumed<'a>,
}

impl Court<'_> {
    /// Judges a command. A client id that is known to be in the log is answered before anything may refuse it. The client
    /// id of a command that is refused, or changes nothing, is looked up first: it may well be a retry. Others are not
    /// looked up, as the store's unique index finds them with the append.
    pub(super) fn judge(&self, command: &PendingCommand, name_is_taken: impl Fn(&Caller) -> bool) -> Verdict {
        if let Some(known) = self.known(command) {
            return known;
        }
        match self.decide(command, name_is_taken) {
            verdict @ (Verdict::Refuse(_) | Verdict::Done(_) | Verdict::Accept(Body::Unchanged)) => {
                self.unclaimed(command).map_or(verdict, Verdict::Need)
            }
            verdict => verdict,
        }
    }

    fn known(&self, command: &PendingCommand) -> Option<Verdict> {
        let claim = command.claim.as_ref()?;
        let sender = &command.caller.user;
        if let Some(Some(found)) = self.assumed.claim(sender, &claim.client_id) {
            return Some(if found.digest == claim.digest {
                Verdict::Done(found.receipt)
            } else {
                Verdict::Refuse(Refusal::new(Code::ClientIdReused, "the clientId belongs to another request"))
            });
        }
        self.assumed.is_claimed(sender, &claim.client_id).then_some(Verdict::Later)
    }

    /// What must be looked up before it is certain that the command is no retry.
    fn unclaimed(&self, command: &PendingCommand) -> Option<Need> {
        let claim = command.claim.as_ref()?;
        let sender = &command.caller.user;
        let looked_up = self.assumed.claim(sender, &claim.client_id).is_some();
        (!looked_up).then(|| Need::Claim(sender.clone(), claim.client_id.clone()))
    }

    fn decide(&self, command: &PendingCommand, name_is_taken: impl Fn(&Caller) -> bool) -> Verdict {
        if let Some(refusal) = &command.refused {
            return Verdict::Refuse(refusal.clone());
        }
        let question = match self.question(&command.caller, Action::Command(&command.op), command.at) {
            Ok(question) => question,
            Err(verdict) => return verdict,
        };
        // A caller without a good code learns nothing of the room.
        if let Op::JoinByInvite { key } = &command.op
            && let Err(refusal) = opened_by(&question, key)
        {
            return Verdict::Refuse(refusal);
        }
        if !command.by_engine
            && let Err(refusal) = self.policy.authorize(&question)
        {
            return Verdict::Refuse(refusal);
        }
        // The policy let the caller this far, so they may know that the room exists.
        if self.read_only {
            return Verdict::Refuse(Refusal::new(Code::ReadOnly, "a newer version of the server writes this room"));
        }
        if self.meta.kind == RoomKind::Inbox && !command.by_engine {
            return Verdict::Refuse(Refusal::new(Code::Forbidden, "an inbox is only read"));
        }
        if matches!(command.op, Op::Pin { .. }) && self.assumed.pins().is_none() {
            return Verdict::Need(Need::Pins);
        }
        match self.outcome(command, &question, name_is_taken) {
            Ok(body) => Verdict::Accept(body),
            // Without an entry, a retry would be judged by what the room has become.
            Err(NoChange::Since(_)) if command.claim.is_some() => Verdict::Accept(Body::Unchanged),
            Err(NoChange::Since(seq)) => Verdict::Done(Receipt { epoch: self.epoch, seq, at: command.at }),
            Err(NoChange::Refused(refusal)) => Verdict::Refuse(refusal),
        }
    }

    /// The question a policy is asked. `Err` names a fact that is not known yet, or says that the command has to wait.
    pub(super) fn question<'q>(
        &'q self,
        caller: &'q Caller,
        action: Action<'q>,
        at: crate::Timestamp,
    ) -> Result<Question<'q>, Verdict> {
        let (subject, target) = match action {
            Action::Command(op) => (op.subject(), op.target()),
            _ => (None, None),
        };
        let member = self.member(&caller.user)?;
        let subject = subject.map(|user| self.member(user)).transpose()?;
        let message = match target {
            Some(seq) => self.assumed.message(seq).ok_or(Verdict::Need(Need::Message(seq)))?,
            None => None,
        };
        // What one may not read is not there, but for what one wrote oneself. Administrators moderate what they do not read.
        let floor = self.meta.floor(member.membership.as_ref(), self.head);
        let message = message.filter(|message| message.seq > floor || message.sender == caller.user || caller.admin);
        let taken = match action {
            Action::Command(Op::Leave | Op::HandOver) => Some(member),
            Action::Command(Op::Kick { .. } | Op::Ban { .. }) => subject,
            Action::Command(Op::SetRole { role, .. }) if *role < Role::Owner => subject,
            _ => None,
        };
        let takes_last_owner = match taken {
            Some(fact) => self.successor(fact)?.is_some(),
            None => false,
        };
        Ok(Question { caller, room: self.meta().1, member, subject, message, takes_last_owner, action, at })
    }

    /// The member who is next, if this one is the room's last owner. Guests neither are owners that count nor follow one.
    ///
    /// The store is asked, as most rooms remember few of their members. What it answers is true at the head alone, so a command
    /// that comes after a draft about members waits until that is in the log.
    fn successor(&self, owner: &MemberFact) -> Result<Option<&MemberFact>, Verdict> {
        let is_owner = |fact: &MemberFact| fact.membership.as_ref().is_some_and(|m| m.role == Role::Owner && !m.guest);
        if !is_owner(owner) {
            return Ok(None);
        }
        if self.assumed.changes_members() {
            return Err(Verdict::Later);
        }
        let seniors = self.assumed.seniors().ok_or(Verdict::Need(Need::Seniors))?;
        Ok(seniors.iter().find(|fact| fact.user != owner.user).filter(|next| !is_owner(next)))
    }

    /// What the room is after the drafts of this batch, and since when.
    fn meta(&self) -> (Seq, &RoomMeta) {
        self.assumed.meta().unwrap_or((self.head, self.meta))
    }

    fn member(&self, user: &UserId) -> Result<&MemberFact, Verdict> {
        self.assumed.member(user).ok_or_else(|| Verdict::Need(Need::User(user.clone())))
    }

    /// What the command becomes, by the rules that are no matter of policy.
    fn outcome(
        &self,
        command: &PendingCommand,
        question: &Question<'_>,
        name_is_taken: impl Fn(&Caller) -> bool,
    ) -> Result<Body, NoChange> {
        let member = question.member;
        match &command.op {
            Op::Join | Op::JoinByInvite { .. } => self.join(command, member, name_is_taken),
            Op::MakeInvite { .. } | Op::RevokeInvite { .. } => self.on_invite(&command.op, question),
            Op::Leave => match &member.membership {
                Some(membership)
                    if command.is_leave_of_gone_guest() && !self.may_take_out(&member.user, membership) =>
                {
                    Err(NoChange::Since(membership.since))
                }
                Some(_) if self.meta.kind == RoomKind::Direct => refuse(Code::Forbidden, "a direct room is not left"),
                Some(_) => Ok(Body::Left { why: if command.by_engine { Leaving::Gone } else { Leaving::Left } }),
                None if command.by_engine => Err(NoChange::Since(member.as_of)),
                None => Err(NoChange::Refused(Refusal::not_a_member())),
            },
            Op::Send(post) => {
                let last = self.assumed.wrote(&member.user).or_else(|| self.pace.last(&member.user));
                pace::check(&command.caller, member.role(), question.room, last, question.at)
                    .map_err(NoChange::Refused)?;
                if post.reply_to.is_some() {
                    standing(question)?;
                }
                Ok(Body::Message(post.clone()))
            }
            Op::Pin { .. } => self.pin(&command.op, question),
            Op::Edit { .. } | Op::Delete { .. } | Op::React { .. } | Op::Unreact { .. } | Op::Unpin { .. } => {
                on_message(&command.op, question)
            }
            Op::Kick { .. }
            | Op::Ban { .. }
            | Op::Unban { .. }
            | Op::Mute { .. }
            | Op::SetRole { .. }
            | Op::Invite { .. } => self.on_user(&command.op, question),
            Op::Change(change) => {
                let (since, known) = self.meta();
                let mut changed = known.clone();
                changed.apply(change);
                if changed == *known { Err(NoChange::Since(since)) } else { Ok(Body::from(change.clone())) }
            }
            Op::HandOver => match self.successor(member) {
                Ok(Some(next)) => Ok(Body::RoleChanged { user: next.user.clone(), role: Role::Owner }),
                _ => Err(NoChange::Since(member.as_of)),
            },
            Op::Block { .. } if member.blocks.is_some() => Err(NoChange::Since(member.as_of)),
            Op::Unblock { .. } if member.blocks.is_none() => Err(NoChange::Since(member.as_of)),
            Op::Block { user } => Ok(Body::Blocked { user: user.clone() }),
            Op::Unblock { user } => Ok(Body::Unblocked { user: user.clone() }),
            Op::Notify(notice) => Ok(Body::Notice(notice.clone())),
        }
    }

    /// Whether a guest is still gone. They may have come back, here or on another node. A node that tells of them may not hold their
    /// membership yet, where the store fails.
    fn may_take_out(&self, guest: &UserId, membership: &Membership) -> bool {
        !self.presence.is_present(guest) && !membership.held
    }

    fn join(
        &self,
        command: &PendingCommand,
        member: &MemberFact,
        name_is_taken: impl Fn(&Caller) -> bool,
    ) -> Result<Body, NoChange> {
        if let Some(membership) = &member.membership {
            return Err(NoChange::Since(membership.since));
        }
        if self.meta.kind == RoomKind::Announcement {
            return Err(NoChange::Since(self.head));
        }
        if member.is_blocked() {
            return Err(NoChange::Refused(Refusal::blocked()));
        }
        if command.caller.is_guest() && !self.takes_guests {
            return refuse(Code::Unsupported, "the server's store cannot watch over guests");
        }
        if name_is_taken(&command.caller) {
            return refuse(Code::UsernameTaken, "somebody in the room goes by that name");
        }
        // Ownership that was taken away does not come back with a join.
        let owns = !member.demoted && self.meta.creator.as_ref() == Some(&member.user);
        let role = if owns { Role::Owner } else { Role::Member };
        let invite = match &command.op {
            Op::JoinByInvite { key } => Some(key.clone()),
            _ => None,
        };
        Ok(Body::Joined { role, guest: command.caller.is_guest(), invite })
    }

    fn on_invite(&self, op: &Op, question: &Question<'_>) -> Result<Body, NoChange> {
        let (invites, at) = (&question.room.invites, question.at);
        match op.clone() {
            Op::MakeInvite { .. } if !self.meta.kind.is_joinable() => {
                refuse(Code::Forbidden, "nobody is invited to such a room")
            }
            Op::MakeInvite { expires: Some(expires), .. } if expires <= at => {
                Err(NoChange::Refused(Refusal::field("expiresAt", "is not in the future")))
            }
            Op::MakeInvite { .. } if invites.live(at).count() >= limits::MAX_INVITES => {
                refuse(Code::TooManyInvites, "the room has as many invitations as it may have")
            }
            Op::MakeInvite { key, salt, expires, uses } => Ok(Body::InviteMade { key, salt, expires, uses }),
            Op::RevokeInvite { key } if invites.find(&key, at).is_some() => Ok(Body::InviteRevoked { key }),
            _ => Err(NoChange::Refused(Refusal::invite_not_found())),
        }
    }

    fn pin(&self, op: &Op, question: &Question<'_>) -> Result<Body, NoChange> {
        let pinned = on_message(op, question)?;
        if self.assumed.pins().is_none_or(|pins| pins >= limits::MAX_PINS as u64) {
            return refuse(Code::TooManyPins, "the room has as many pinned messages as it may have");
        }
        Ok(pinned)
    }

    fn on_user(&self, op: &Op, question: &Question<'_>) -> Result<Body, NoChange> {
        let Some(subject) = question.subject else { return refuse(Code::UserNotFound, "there is no such user here") };
        let user = subject.user.clone();
        let member = subject.membership.as_ref();
        // Readers of an announcement room react there, so they can be muted, though none of them is a member. The mute of a member
        // who has left holds when they come back, so it can be changed meanwhile.
        let is_mutable = member.is_some() || self.meta.kind == RoomKind::Announcement || subject.muted_until.is_some();
        match (op, member) {
            (Op::Ban { .. }, _) if subject.banned => Err(NoChange::Since(subject.as_of)),
            (Op::Ban { reason, .. }, _) => {
                Ok(Body::Banned { user, was_member: member.is_some(), reason: reason.clone() })
            }
            (Op::Unban { .. }, _) if !subject.banned => Err(NoChange::Since(subject.as_of)),
            (Op::Unban { .. }, _) => Ok(Body::Unbanned { user }),
            (Op::Invite { .. }, Some(Membership { since, .. })) => Err(NoChange::Since(*since)),
            (Op::Invite { .. }, None) if subject.banned => refuse(Code::Banned, "the user is banned from this room"),
            (Op::Invite { .. }, None) if subject.invited => Err(NoChange::Since(subject.as_of)),
            (Op::Invite { .. }, None) => match self.meta.kind {
                RoomKind::Public | RoomKind::Private => Ok(Body::Invited { user }),
                _ => refuse(Code::Forbidden, "nobody is invited to such a room"),
            },
            (Op::Mute { until, .. }, _) if is_mutable && subject.muted_until == *until => {
                Err(NoChange::Since(subject.as_of))
            }
            (Op::Mute { until, .. }, _) if is_mutable => Ok(Body::Muted { user, until: *until }),
            (_, None) => refuse(Code::UserNotFound, "the user is not a member of this room"),
            (Op::Kick { reason, .. }, Some(_)) => Ok(Body::Kicked { user, reason: reason.clone() }),
            (Op::SetRole { role: Role::Owner, .. }, Some(m)) if m.guest => {
                refuse(Code::Forbidden, "a guest cannot be made an owner")
            }
            (Op::SetRole { role, .. }, Some(m)) if m.role == *role => Err(NoChange::Since(subject.as_of)),
            (Op::SetRole { role, .. }, Some(_)) => Ok(Body::RoleChanged { user, role: *role }),
            _ => refuse(Code::Internal, "no rule for this command"),
        }
    }
}

/// Why a command changes nothing.
enum NoChange {
    /// The entry at this seq made it so already.
    Since(Seq),
    /// The command is refused.
    Refused(Refusal),
}

fn refuse<T>(code: Code, message: &'static str) -> Result<T, NoChange> {
    Err(NoChange::Refused(Refusal::new(code, message)))
}

/// Whether the code of this key opens the room. A member needs none.
pub(super) fn opened_by(question: &Question<'_>, key: &InviteKey) -> Result<(), Refusal> {
    let is_good = || question.room.invites.find(key, question.at).is_some();
    let is_member = question.member.membership.is_some();
    if is_member || is_good() { Ok(()) } else { Err(Refusal::invite_not_found()) }
}

fn standing<'a>(question: &Question<'a>) -> Result<&'a crate::MessageFact, NoChange> {
    match question.message {
        Some(message) if message.state.deleted_at.is_none() => Ok(message),
        _ => refuse(Code::MessageNotFound, "there is no such message"),
    }
}

fn on_message(op: &Op, question: &Question<'_>) -> Result<Body, NoChange> {
    if let (Op::Delete { .. }, Some(message)) = (op, question.message)
        && message.state.deleted_at.is_some()
    {
        return Err(NoChange::Since(message.state.as_of));
    }
    let message = standing(question)?;
    let (state, user) = (&message.state, &question.caller.user);
    let since = Err(NoChange::Since(state.as_of.max(message.seq)));
    match op.clone() {
        Op::Edit { target, text, mentions, mentions_room } => {
            Ok(Body::Edited { target, text, mentions, mentions_room })
        }
        Op::Delete { target } => Ok(Body::Deleted { target }),
        Op::React { emoji, .. } if state.has_reaction(&emoji, user) => since,
        Op::React { .. } if state.reaction_count() >= limits::MAX_REACTIONS => {
            refuse(Code::TooManyReactions, "the message has as many reactions as it may have")
        }
        Op::React { .. } if state.reactions_of(user) >= limits::MAX_REACTIONS_OF_USER => {
            refuse(Code::TooManyReactions, "you have reacted to the message in as many ways as you may")
        }
        Op::React { target, emoji } => Ok(Body::Reacted { target, emoji: spelled(emoji) }),
        Op::Unreact { emoji, .. } if !state.has_reaction(&emoji, user) => since,
        Op::Unreact { target, emoji } => Ok(Body::Unreacted { target, emoji: spelled(emoji) }),
        Op::Pin { .. } if state.pinned.is_some() => since,
        Op::Pin { target } => Ok(Body::Pinned { target }),
        Op::Unpin { .. } if state.pinned.is_none() => since,
        Op::Unpin { target } => Ok(Body::Unpinned { target }),
        _ => refuse(Code::Internal, "no rule for this command"),
    }
}

/// The spelling in which a reaction is told to everyone, so that it is one also to clients who compare by bytes.
fn spelled(reaction: Text) -> Text {
    emoji::reaction(&reaction).map_or(reaction, Text::from)
}

/// The client id under which the entry of this draft is noted in an inbox. Every node makes the same, so that it is
/// noted once.
pub(super) fn notice_id(draft: Uuid) -> Option<ClientId> {
    ClientId::parse(format!("notice-{draft}")).ok()
}
