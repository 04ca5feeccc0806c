//! `Policy`: who may do what. Asked for every command and every subscription, at exactly the state before it.

use crate::{
    Caller, MemberFact, MessageFact, NewRoom, Op, Role, RoomMeta, Timestamp, UserId,
    refusal::{Code, Refusal},
    store::RoomKind,
};

/// What somebody wants to do.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Action<'a> {
    /// Get a room's entries, or read its history and members.
    Read,
    /// Show presence or reads to the others, and see how far they have read.
    Signal,
    /// Be shown to the others as typing.
    Type,
    /// Change the log.
    Command(&'a Op),
    /// Delete the room.
    Delete,
    /// See the room's invitations by link.
    Invites,
    /// See who is banned or muted.
    Restrictions,
    /// See what messages said before they were edited.
    Edits,
}

/// What somebody wants to do that is in no room.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Outside<'a> {
    /// Make a room.
    Create(&'a NewRoom),
    /// Open a direct room with another user.
    Direct(&'a UserId),
    /// Block another user, or block them no more.
    Block(&'a UserId),
    /// List public rooms.
    List,
    /// List private rooms. A policy of a host's own that allows what it does not know must refuse this: nobody but administrators is
    /// told that they are there.
    ListPrivate,
    /// Search for users.
    Search,
}

/// A question to a policy: may this user do this here, now?
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The caller who asks.
    pub caller: &'a Caller,
    /// What the room is.
    pub room: &'a RoomMeta,
    /// What the log says of them.
    pub member: &'a MemberFact,
    /// What the log says of the other user it is about.
    pub subject: Option<&'a MemberFact>,
    /// The message it is about, if there is one that the caller may read or wrote; administrators are shown every one.
    pub message: Option<&'a MessageFact>,
    /// Whether it takes the last owner from a room that has other members: it ends the membership of the only owner, or
    /// gives them another role. Guests count neither as owners nor as other members.
    pub takes_last_owner: bool,
    /// What they want to do.
    pub action: Action<'a>,
    /// The time, for mutes.
    pub at: Timestamp,
}

/// Decides who may do what. Pure: it is asked again whenever another node was faster.
///
/// Rules that are not a matter of opinion (a message must exist, a member of a direct room cannot be invited) are the
/// room's own and are checked besides.
pub trait Policy: Send + Sync + 'static {
    /// Whether it may be done.
    ///
    /// # Errors
    /// The refusal to answer with.
    fn authorize(&self, question: &Question<'_>) -> Result<(), Refusal>;

    /// Whether something may be done that is in no room. The default is [`RolePolicy`]'s answer.
    ///
    /// # Errors
    /// The refusal to answer with.
    fn authorize_outside(&self, caller: &Caller, what: &Outside<'_>) -> Result<(), Refusal> {
        RolePolicy::outside(caller, what)
    }
}

/// The default policy: three roles and the server's administrators.
///
/// | may | who |
/// |---|---|
/// | read, signal, see how far members have read | members; in announcement rooms everyone but the banned |
/// | post, edit their own, react, be shown as typing | those who may read, unless muted; in announcement rooms admins alone post, edit and are shown as typing |
/// | delete their own | those who may read |
/// | see a private room's name, topic and figures | those who may read, and those who may join without a link |
/// | join | anyone in public and announcement rooms, the invited, those with a link and the creator in private ones; never the banned |
/// | mention everybody in the room, with a message or an edit of their own | moderators and owners; in announcement rooms admins; in direct rooms nobody |
/// | kick, ban, mute | moderators and owners, of lower roles than their own |
/// | unban, delete others' messages, pin | moderators and owners, of any role; in a direct room both of its users pin |
/// | invite; make, see and revoke invitations by link; see who is banned or muted, and what messages said before they were edited | moderators and owners |
/// | rename the room, set its topic, archive it, give roles, delete the room | owners |
/// | all of it, everywhere but in direct rooms and inboxes; list private rooms | admins |
/// | take the last owner from a room with other members: leave as such, step down, be kicked or banned | nobody |
///
/// Guests make rooms and list them, but open no direct rooms, block nobody and do not search for users.
///
/// A role ends with the membership: who comes back is a member. A room's creator comes in, and comes back, as its owner,
/// and ranks as such in their absence, until a lower role, a kick or a ban has taken that from them.
/// In a direct room one of whose users has blocked the other, neither posts, edits, reacts, pins or signals, nor sees how far the other
/// has read.
/// In an archived room nobody posts, edits, reacts or pins. Inboxes are only read, whatever a policy says.
#[derive(Debug, Clone, Copy, Default)]
pub struct RolePolicy;

impl Policy for RolePolicy {
    fn authorize(&self, question: &Question<'_>) -> Result<(), Refusal> {
        match question.action {
            Action::Read => member(question).map(drop),
            Action::Signal => {
                member(question)?;
                unblocked(question)
            }
            Action::Type if question.room.kind == RoomKind::Announcement => {
                writer(question)?;
                admin(question)
            }
            Action::Type => writer(question),
            Action::Command(op) => command(question, op),
            Action::Delete if question.room.kind == RoomKind::Inbox => {
                member(question)?;
                Err(forbidden("an inbox is only read"))
            }
            Action::Delete => at_least(question, Role::Owner),
            Action::Invites | Action::Restrictions | Action::Edits => at_least(question, Role::Moderator),
        }
    }
}

impl RolePolicy {
    fn outside(caller: &Caller, what: &Outside<'_>) -> Result<(), Refusal> {
        match what {
            Outside::Create(room) if room.kind == RoomKind::Announcement && !caller.admin => {
                Err(forbidden("only administrators make announcement rooms"))
            }
            Outside::Direct(_) if caller.is_guest() => Err(forbidden("guests open no direct rooms")),
            Outside::Block(_) if caller.is_guest() => Err(forbidden("guests have no direct rooms in which to block")),
            Outside::ListPrivate if !caller.admin => Err(forbidden("only administrators list private rooms")),
            Outside::Search if caller.is_guest() => Err(forbidden("guests do not search for users")),
            _ => Ok(()),
        }
    }
}

fn command(question: &Question<'_>, op: &Op) -> Result<(), Refusal> {
    match op {
        // The room itself finds out whether the invitation is good.
        Op::Join => join(question, false),
        Op::JoinByInvite { .. } => join(question, true),
        Op::Leave => {
            member(question)?;
            keeps_an_owner(question)
        }
        Op::Send(_) if question.room.kind == RoomKind::Announcement => {
            // A caller who may not even read is told so, as with everything else.
            member(question)?;
            admin(question)?;
            writer(question)
        }
        Op::React { .. } | Op::Unreact { .. } => writer(question),
        Op::Send(_) => {
            writer(question)?;
            mentions(question, op)
        }
        Op::Edit { .. } => edit(question, op),
        Op::Delete { .. } => {
            member(question)?;
            match own_message(question) {
                Err(refusal) if refusal.code == Code::Forbidden => at_least(question, Role::Moderator),
                other => other,
            }
        }
        // A direct room has no moderators: both pin.
        Op::Pin { .. } | Op::Unpin { .. } if question.room.kind == RoomKind::Direct => writer(question),
        Op::Pin { .. } | Op::Unpin { .. } => {
            at_least(question, Role::Moderator)?;
            in_use(question)
        }
        Op::Unban { .. } | Op::Invite { .. } | Op::MakeInvite { .. } | Op::RevokeInvite { .. } => {
            at_least(question, Role::Moderator)
        }
        Op::Kick { .. } | Op::Ban { .. } => {
            at_least(question, Role::Moderator)?;
            outranks(question)?;
            keeps_an_owner(question)
        }
        Op::Mute { .. } => {
            at_least(question, Role::Moderator)?;
            outranks(question)
        }
        Op::Change(_) => at_least(question, Role::Owner),
        Op::SetRole { .. } => {
            at_least(question, Role::Owner)?;
            keeps_an_owner(question)
        }
        Op::HandOver => Err(forbidden("only the server hands a room over for somebody")),
        Op::Block { .. } | Op::Unblock { .. } => Err(forbidden("users are blocked outside of rooms")),
        Op::Notify(_) => Err(forbidden("only the server writes to an inbox")),
    }
}

fn edit(question: &Question<'_>, op: &Op) -> Result<(), Refusal> {
    writer(question)?;
    own_message(question)?;
    if question.room.kind == RoomKind::Announcement {
        // An administrator may be one no more.
        admin(question)?;
    }
    mentions(question, op)
}

fn join(question: &Question<'_>, by_link: bool) -> Result<(), Refusal> {
    if question.member.banned {
        return Err(banned());
    }
    let creator = question.room.creator.as_ref() == Some(&question.caller.user);
    let welcome = match question.room.kind {
        RoomKind::Public | RoomKind::Announcement => true,
        RoomKind::Private => by_link || question.member.invited || question.caller.admin,
        RoomKind::Direct | RoomKind::Inbox => false,
    };
    // What a caller may not see answers as what does not exist.
    if welcome || creator || question.member.membership.is_some() { Ok(()) } else { Err(Refusal::room_not_found()) }
}

fn member(question: &Question<'_>) -> Result<Role, Refusal> {
    let admin = question.caller.admin.then_some(Role::Owner);
    if question.member.banned && admin.is_none() {
        return Err(banned());
    }
    let role = match question.room.kind {
        RoomKind::Announcement => question.member.role().or(Some(Role::Member)),
        RoomKind::Inbox if question.room.creator.as_ref() == Some(&question.caller.user) => return Ok(Role::Member),
        RoomKind::Direct | RoomKind::Inbox => return question.member.role().ok_or_else(Refusal::room_not_found),
        RoomKind::Public | RoomKind::Private => question.member.role(),
    };
    admin.max(role).ok_or_else(|| match question.room.kind {
        // Whoever may come in is told that the room is there.
        RoomKind::Private if join(question, false).is_err() => Refusal::room_not_found(),
        _ => Refusal::not_a_member(),
    })
}

fn in_use(question: &Question<'_>) -> Result<(), Refusal> {
    if question.room.archived { Err(Refusal::new(Code::Archived, "the room is archived")) } else { Ok(()) }
}

/// Of two who have blocked each other, or one the other, neither shows the other anything.
fn unblocked(question: &Question<'_>) -> Result<(), Refusal> {
    if question.member.is_blocked() { Err(Refusal::blocked()) } else { Ok(()) }
}

fn writer(question: &Question<'_>) -> Result<(), Refusal> {
    member(question)?;
    unblocked(question)?;
    in_use(question)?;
    match question.member.muted_until {
        Some(until) if until > question.at => Err(Refusal::new(Code::Muted, "you are muted in this room")),
        _ => Ok(()),
    }
}

/// A room that has members keeps an owner: another member becomes one first.
fn keeps_an_owner(question: &Question<'_>) -> Result<(), Refusal> {
    if question.takes_last_owner { Err(Refusal::last_owner()) } else { Ok(()) }
}

/// An edit says anew whom the message mentions: what it takes is asked anew, too.
fn mentions(question: &Question<'_>, op: &Op) -> Result<(), Refusal> {
    match question.room.kind {
        _ if !op.mentions_room() => Ok(()),
        RoomKind::Announcement => admin(question),
        RoomKind::Direct | RoomKind::Inbox => Err(forbidden("there is nobody else here to mention")),
        RoomKind::Public | RoomKind::Private if member(question)? >= Role::Moderator => Ok(()),
        RoomKind::Public | RoomKind::Private => {
            Err(forbidden("only moderators and owners mention everybody in the room"))
        }
    }
}

fn own_message(question: &Question<'_>) -> Result<(), Refusal> {
    match question.message {
        Some(message) if message.sender == question.caller.user => Ok(()),
        Some(_) => Err(forbidden("the message is not yours")),
        None => Err(Refusal::new(Code::MessageNotFound, "there is no such message")),
    }
}

fn at_least(question: &Question<'_>, needed: Role) -> Result<(), Refusal> {
    if member(question)? >= needed { Ok(()) } else { Err(forbidden("your role does not allow it")) }
}

fn outranks(question: &Question<'_>) -> Result<(), Refusal> {
    let absent_owner = |subject: &&MemberFact| {
        !subject.demoted && subject.membership.is_none() && question.room.creator.as_ref() == Some(&subject.user)
    };
    let absent = question.subject.filter(absent_owner).map(|_| Role::Owner);
    let theirs = question.subject.and_then(MemberFact::role).or(absent);
    if theirs.is_none() || question.caller.admin || question.member.role() > theirs {
        Ok(())
    } else {
        Err(forbidden("their role is not below yours"))
    }
}

fn admin(question: &Question<'_>) -> Result<(), Refusal> {
    if question.caller.admin { Ok(()) } else { Err(forbidden("only administrators write here")) }
}

fn banned() -> Refusal {
    Refusal::new(Code::Banned, "you are banned from this room")
}

fn forbidden(message: &'static str) -> Refusal {
    Refusal::new(Code::Forbidden, message)
}
