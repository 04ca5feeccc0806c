//! A naive model of one public room: what each command must be answered with, said in the simplest way.

use std::collections::{BTreeMap, BTreeSet};

use chat_core::{Code, Op, Role, Seq};

/// One message as it stands.
#[derive(Debug, Default)]
struct Message {
    sender: String,
    deleted: bool,
    reactions: BTreeSet<(String, String)>,
    pinned: bool,
    as_of: Seq,
}

/// What is known of a user.
#[derive(Debug, Default, Clone)]
struct User {
    member: Option<(Role, Seq)>,
    banned: bool,
    invited: bool,
    demoted: bool,
    muted: bool,
    as_of: Seq,
}

/// A room whose creator is `u0`.
#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(crate) head: Seq,
    name: String,
    users: BTreeMap<String, User>,
    messages: BTreeMap<Seq, Message>,
    claims: BTreeMap<(String, u8), (String, Seq)>,
}

/// What comes of a command that is allowed.
enum Effect {
    /// It becomes the next entry.
    Entry,
    /// It changes nothing: this entry had made it so.
    Known(Seq),
}

impl Model {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    pub(crate) fn members(&self) -> usize {
        self.users.values().filter(|user| user.member.is_some()).count()
    }

    /// Answers a command as the room must.
    pub(crate) fn command(&mut self, who: &str, claim: Option<u8>, op: &Op) -> Result<Seq, Code> {
        let text = format!("{op:?}");
        let claim = claim.map(|id| (who.to_owned(), id));
        if let Some((known, seq)) = claim.as_ref().and_then(|claim| self.claims.get(claim)) {
            return if *known == text { Ok(*seq) } else { Err(Code::ClientIdReused) };
        }
        match self.judge(who, op)? {
            Effect::Known(seq) if claim.is_none() => Ok(seq),
            effect => {
                self.head += 1;
                if matches!(effect, Effect::Entry) {
                    self.apply(who, op);
                }
                if let Some(claim) = claim {
                    self.claims.insert(claim, (text, self.head));
                }
                Ok(self.head)
            }
        }
    }

    fn user(&self, who: &str) -> User {
        self.users.get(who).cloned().unwrap_or_default()
    }

    fn role(&self, who: &str) -> Result<Role, Code> {
        let user = self.user(who);
        let otherwise = if user.banned { Code::Banned } else { Code::NotAMember };
        user.member.map(|(role, _)| role).ok_or(otherwise)
    }

    fn at_least(&self, who: &str, role: Role) -> Result<(), Code> {
        if self.role(who)? >= role { Ok(()) } else { Err(Code::Forbidden) }
    }

    fn writer(&self, who: &str) -> Result<(), Code> {
        self.role(who)?;
        if self.user(who).muted { Err(Code::Muted) } else { Ok(()) }
    }

    fn message(&self, seq: Seq) -> Result<&Message, Code> {
        self.messages.get(&seq).ok_or(Code::MessageNotFound)
    }

    fn standing(&self, seq: Seq) -> Result<&Message, Code> {
        self.message(seq).and_then(|m| if m.deleted { Err(Code::MessageNotFound) } else { Ok(m) })
    }

    fn judge(&self, who: &str, op: &Op) -> Result<Effect, Code> {
        match op {
            Op::Join | Op::Leave => self.judge_membership(who, op),
            Op::Send(post) => {
                self.writer(who)?;
                if let Some(seq) = post.reply_to {
                    self.standing(seq)?;
                }
                Ok(Effect::Entry)
            }
            Op::Change(change) => {
                self.at_least(who, Role::Owner)?;
                Ok(if change.name.as_ref().is_some_and(|name| name.as_str() == self.name) {
                    Effect::Known(self.head)
                } else {
                    Effect::Entry
                })
            }
            _ if op.target().is_some() => self.judge_on_message(who, op, op.target().unwrap_or(0)),
            _ => {
                let subject = op.subject().expect("the other commands are about a user").as_str();
                self.judge_on_user(who, op, &self.user(subject))
            }
        }
    }

    fn judge_membership(&self, who: &str, op: &Op) -> Result<Effect, Code> {
        let user = self.user(who);
        match (op, user.member) {
            (Op::Join, _) if user.banned => Err(Code::Banned),
            (Op::Join, Some((_, since))) => Ok(Effect::Known(since)),
            (Op::Join, None) => Ok(Effect::Entry),
            (_, Some(_)) => self.keeps_an_owner(who).map(|()| Effect::Entry),
            (_, None) => self.role(who).map(|_| Effect::Entry),
        }
    }

    /// Whether a room with other members would still have an owner without this one.
    fn keeps_an_owner(&self, without: &str) -> Result<(), Code> {
        let owns = |user: &User| user.member.is_some_and(|(role, _)| role == Role::Owner);
        let others = self.users.iter().filter(|(user, known)| *user != without && known.member.is_some());
        let others: Vec<&User> = others.map(|(_, user)| user).collect();
        let is_last = owns(&self.user(without)) && !others.is_empty() && !others.iter().any(|user| owns(user));
        if is_last { Err(Code::LastOwner) } else { Ok(()) }
    }

    fn judge_on_message(&self, who: &str, op: &Op, seq: Seq) -> Result<Effect, Code> {
        match op {
            Op::Edit { .. } | Op::React { .. } | Op::Unreact { .. } => self.writer(who)?,
            Op::Delete { .. } => drop(self.role(who)?),
            _ => self.at_least(who, Role::Moderator)?,
        }
        let message = self.message(seq)?;
        match op {
            Op::Edit { .. } if message.sender != who => return Err(Code::Forbidden),
            Op::Delete { .. } if message.sender != who => self.at_least(who, Role::Moderator)?,
            _ => {}
        }
        if message.deleted && matches!(op, Op::Delete { .. }) {
            return Ok(Effect::Known(message.as_of));
        }
        let message = self.standing(seq)?;
        let reacted = |emoji: &str| message.reactions.contains(&(emoji.to_owned(), who.to_owned()));
        let is_so = match op {
            Op::React { emoji, .. } => reacted(emoji),
            Op::Unreact { emoji, .. } => !reacted(emoji),
            Op::Pin { .. } => message.pinned,
            Op::Unpin { .. } => !message.pinned,
            _ => false,
        };
        Ok(if is_so { Effect::Known(message.as_of.max(seq)) } else { Effect::Entry })
    }

    fn judge_on_user(&self, who: &str, op: &Op, subject: &User) -> Result<Effect, Code> {
        let needed = if matches!(op, Op::SetRole { .. }) { Role::Owner } else { Role::Moderator };
        self.at_least(who, needed)?;
        // The creator, while away, ranks as the owner they were.
        let is_creator = op.subject().is_some_and(|user| user.as_str() == "u0");
        let absent = (is_creator && !subject.demoted).then_some(Role::Owner);
        let theirs = subject.member.map(|(role, _)| role).or(absent);
        let outranked = theirs.is_none_or(|role| self.role(who).is_ok_and(|own| own > role));
        if matches!(op, Op::Kick { .. } | Op::Ban { .. } | Op::Mute { .. }) && !outranked {
            return Err(Code::Forbidden);
        }
        if matches!(op, Op::SetRole { role, .. } if *role < Role::Owner)
            && let Some(user) = op.subject()
        {
            self.keeps_an_owner(user.as_str())?;
        }
        let is_so = match (op, subject.member) {
            (Op::Ban { .. }, _) => subject.banned,
            (Op::Unban { .. }, _) => !subject.banned,
            (Op::Invite { .. }, Some((_, since))) => return Ok(Effect::Known(since)),
            (Op::Invite { .. }, None) if subject.banned => return Err(Code::Banned),
            (Op::Invite { .. }, None) => subject.invited,
            // The mute of a member who has left can be changed.
            (Op::Mute { until, .. }, member) if member.is_some() || subject.muted => subject.muted == until.is_some(),
            (_, None) => return Err(Code::UserNotFound),
            (Op::SetRole { role, .. }, Some((known, _))) => *role == known,
            _ => false,
        };
        Ok(if is_so { Effect::Known(subject.as_of) } else { Effect::Entry })
    }

    fn apply(&mut self, who: &str, op: &Op) {
        let head = self.head;
        let subject = match op {
            Op::Join | Op::Leave => Some(who.to_owned()),
            _ => op.subject().map(|user| user.as_str().to_owned()),
        };
        if let Some(user) = subject.map(|subject| self.users.entry(subject).or_default()) {
            user.as_of = head;
            match op {
                Op::Join => {
                    let role = if who == "u0" && !user.demoted { Role::Owner } else { Role::Member };
                    (user.member, user.invited) = (Some((role, head)), false);
                }
                Op::Leave => user.member = None,
                Op::Kick { .. } => (user.member, user.demoted) = (None, true),
                Op::Ban { .. } => {
                    (user.member, user.demoted) = (None, true);
                    (user.banned, user.invited) = (true, false);
                }
                Op::Unban { .. } => user.banned = false,
                Op::Invite { .. } => user.invited = true,
                Op::Mute { until, .. } => user.muted = until.is_some(),
                Op::SetRole { role, .. } => {
                    let is_lower = user.member.is_some_and(|(known, _)| *role < known);
                    user.demoted = *role != Role::Owner && (user.demoted || is_lower);
                    user.member = user.member.map(|(_, since)| (*role, since));
                    // Nobody could lift the mute of an owner.
                    user.muted &= *role != Role::Owner;
                }
                _ => {}
            }
        }
        match op {
            Op::Send(_) => {
                self.messages.insert(head, Message { sender: who.to_owned(), ..Message::default() });
            }
            Op::Change(change) => self.name = change.name.as_ref().expect("a name").as_str().to_owned(),
            _ => self.apply_to_message(who, op),
        }
    }

    fn apply_to_message(&mut self, who: &str, op: &Op) {
        let Some(message) = op.target().and_then(|seq| self.messages.get_mut(&seq)) else { return };
        message.as_of = self.head;
        match op {
            Op::Delete { .. } => message.deleted = true,
            Op::React { emoji, .. } => {
                message.reactions.insert((emoji.to_string(), who.to_owned()));
            }
            Op::Unreact { emoji, .. } => {
                message.reactions.remove(&(emoji.to_string(), who.to_owned()));
            }
            Op::Pin { .. } => message.pinned = true,
            Op::Unpin { .. } => message.pinned = false,
            _ => {}
        }
    }

    /// Every message: its seq, whether it was deleted, how many reactions it has, whether it is pinned.
    pub(crate) fn history(&self) -> Vec<(Seq, bool, usize, bool)> {
        let view = |(seq, m): (&Seq, &Message)| {
            let (reactions, pinned) = if m.deleted { (0, false) } else { (m.reactions.len(), m.pinned) };
            (*seq, m.deleted, reactions, pinned)
        };
        self.messages.iter().map(view).collect()
    }
}
