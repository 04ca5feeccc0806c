//! The default policy, case by case: every action in every kind of room, by everybody who may be in any relation to it,
//! against tables that are written here once more from the documentation.
#![allow(clippy::unwrap_used, missing_docs)]

use chat_model::{
    Action, Caller, Code, HistoryVisibility, InviteCode, MemberFact, Membership, MessageFact, MessageState, Name,
    NewRoom, Op, Outside, Policy as _, Post, Question, Role, RolePolicy, RoomChange, RoomKind, RoomMeta, Timestamp,
    UserId,
};

const NOW: Timestamp = Timestamp(1_000);
const KINDS: [RoomKind; 5] =
    [RoomKind::Public, RoomKind::Private, RoomKind::Announcement, RoomKind::Direct, RoomKind::Inbox];

/// Everything that the policy decides by: the product of these is what is tried.
#[derive(Debug, Clone, Copy)]
struct Case {
    kind: RoomKind,
    archived: bool,
    admin: bool,
    creator: bool,
    /// The caller's role, if they are a member.
    role: Option<Role>,
    banned: bool,
    invited: bool,
    muted: Muted,
    /// Whose message it is about.
    message: Message,
    /// The role of the other user it is about, if that is a member.
    subject: Option<Role>,
    /// Whether that user made the room, and was not demoted since.
    subject_made_it: bool,
    /// Of a direct room: whether one of its users has blocked the other.
    block: Block,
    /// Whether it takes the last owner from a room with other members.
    takes_last_owner: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Block {
    No,
    Own,
    Theirs,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Muted {
    No,
    Yes,
    /// Until just now.
    NoMore,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Message {
    Own,
    Others,
    None,
}

fn cases() -> impl Iterator<Item = Case> {
    const ROLES: [Option<Role>; 4] = [None, Some(Role::Member), Some(Role::Moderator), Some(Role::Owner)];
    const EACH: [bool; 2] = [false, true];
    let rooms = KINDS.into_iter().flat_map(|kind| EACH.map(|archived| (kind, archived)));
    let people = rooms.flat_map(|it| EACH.map(|admin| (it, admin)));
    let people = people.flat_map(|it| EACH.map(|creator| (it, creator)));
    let people = people.flat_map(|it| ROLES.map(|role| (it, role)));
    let people = people.flat_map(|it| EACH.map(|banned| (it, banned)));
    let people = people.flat_map(|it| EACH.map(|invited| (it, invited)));
    let people = people.flat_map(|it| [Muted::No, Muted::Yes, Muted::NoMore].map(|muted| (it, muted)));
    let about = people.flat_map(|it| [Message::Own, Message::Others, Message::None].map(|message| (it, message)));
    let about = about.flat_map(|it| ROLES.map(|subject| (it, subject)));
    let about = about.flat_map(|it| EACH.map(|made| (it, made)));
    about.map(
        |(
            (((((((((kind, archived), admin), creator), role), banned), invited), muted), message), subject),
            subject_made_it,
        )| {
            let (block, takes_last_owner) = (Block::No, false);
            Case {
                kind,
                archived,
                admin,
                creator,
                role,
                banned,
                invited,
                muted,
                message,
                subject,
                subject_made_it,
                block,
                takes_last_owner,
            }
        },
    )
}

/// The same with all the blocks there may be, and with the last owner's.
fn with_blocks(case: Case) -> impl Iterator<Item = Case> {
    let blocks: &[Block] = match case.kind {
        RoomKind::Direct => &[Block::No, Block::Own, Block::Theirs],
        _ => &[Block::No],
    };
    let each = |block: &Block| [false, true].map(|takes_last_owner| (*block, takes_last_owner));
    blocks.iter().flat_map(each).map(move |(block, takes_last_owner)| Case { block, takes_last_owner, ..case })
}

/// What the documentation says somebody needs who does this.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Needs {
    /// To be one of those who may read.
    Read,
    /// The same, and no block.
    Signal,
    /// The same, in a room that is not archived, and not to be muted.
    Write,
    /// To write, and in announcement rooms to be an administrator.
    Post,
    /// The same.
    Type,
    /// To write, and to be one who may mention everybody there.
    PostToAll,
    /// To write, and the message to be theirs; and in announcement rooms to be an administrator still.
    Edit,
    /// The same, and to be one who may mention everybody there.
    EditToAll,
    /// The message to be theirs, or to be a moderator.
    Delete,
    /// To be let in.
    Join,
    /// The same, by a code that the room knows.
    JoinByLink,
    /// To be a moderator or an owner.
    Moderate,
    /// The same, in a room that is not archived.
    Pin,
    /// To be a moderator or an owner, and of a higher role than the other.
    Outrank,
    /// The same, and the other not to be the last owner.
    Remove,
    /// To be an owner.
    Own,
    /// The same, and the other not to be the last owner.
    GiveRole,
    /// To be one of those who may read, and not to be the last owner.
    Leave,
    /// To delete the room, which in an inbox nobody may.
    DeleteRoom,
    /// Nobody may.
    Never,
}

fn deeds() -> Vec<(Deed, Needs)> {
    let user = || id("other");
    let emoji = || "👍".into();
    let key = || InviteCode::new("r".parse().unwrap(), [7; 16]).key();
    let op = Deed::Op;
    vec![
        (Deed::Read, Needs::Read),
        (Deed::Signal, Needs::Signal),
        (Deed::Type, Needs::Type),
        (Deed::DeleteRoom, Needs::DeleteRoom),
        (Deed::SeeInvites, Needs::Moderate),
        (Deed::SeeRestrictions, Needs::Moderate),
        (Deed::SeeEdits, Needs::Moderate),
        (op(Op::Join), Needs::Join),
        (op(Op::JoinByInvite { key: key() }), Needs::JoinByLink),
        (op(Op::MakeInvite { key: key(), salt: "salt".into(), expires: None, uses: None }), Needs::Moderate),
        (op(Op::RevokeInvite { key: key() }), Needs::Moderate),
        (op(Op::Leave), Needs::Leave),
        (op(Op::Send(Post::text("x"))), Needs::Post),
        (op(Op::Send(Post { mentions_room: true, ..Post::text("x") })), Needs::PostToAll),
        (op(Op::React { target: 1, emoji: emoji() }), Needs::Write),
        (op(Op::Unreact { target: 1, emoji: emoji() }), Needs::Write),
        (op(Op::Edit { target: 1, text: "x".into(), mentions: Vec::new(), mentions_room: false }), Needs::Edit),
        (op(Op::Edit { target: 1, text: "x".into(), mentions: Vec::new(), mentions_room: true }), Needs::EditToAll),
        (op(Op::Delete { target: 1 }), Needs::Delete),
        (op(Op::Pin { target: 1 }), Needs::Pin),
        (op(Op::Unpin { target: 1 }), Needs::Pin),
        (op(Op::Unban { user: user() }), Needs::Moderate),
        (op(Op::Invite { user: user() }), Needs::Moderate),
        (op(Op::Kick { user: user(), reason: None }), Needs::Remove),
        (op(Op::Ban { user: user(), reason: None }), Needs::Remove),
        (op(Op::Mute { user: user(), until: None }), Needs::Outrank),
        (op(Op::Change(RoomChange::archived(false))), Needs::Own),
        (op(Op::SetRole { user: user(), role: Role::Member }), Needs::GiveRole),
        (op(Op::HandOver), Needs::Never),
        (op(Op::Block { user: user() }), Needs::Never),
        (op(Op::Unblock { user: user() }), Needs::Never),
        (op(Op::Notify(chat_model::Notice::Invited { room: "r".parse().unwrap(), by: user() })), Needs::Never),
    ]
}

#[derive(Debug, Clone)]
enum Deed {
    Read,
    Signal,
    Type,
    DeleteRoom,
    SeeInvites,
    SeeRestrictions,
    SeeEdits,
    Op(Op),
}

/// As a rank: 0 is nobody's, 3 an owner's. Administrators are owners, but in rooms that are two users' or one's own.
fn rank(case: &Case) -> u8 {
    let is_private = matches!(case.kind, RoomKind::Direct | RoomKind::Inbox);
    let of_role = match case.role {
        _ if case.kind == RoomKind::Inbox && case.creator => 1,
        None if case.kind == RoomKind::Announcement => 1,
        None => 0,
        Some(Role::Member) => 1,
        Some(Role::Moderator) => 2,
        Some(Role::Owner) => 3,
    };
    if case.admin && !is_private { 3 } else { of_role }
}

/// What is answered to those who may not even read.
fn stranger(case: &Case) -> Code {
    match case.kind {
        RoomKind::Private if !case.invited && !case.creator => Code::RoomNotFound,
        RoomKind::Direct | RoomKind::Inbox => Code::RoomNotFound,
        _ => Code::NotAMember,
    }
}

/// What the documentation says: nothing, or the code of the refusal.
fn documented(case: &Case, needs: Needs) -> Option<Code> {
    if needs == Needs::Never {
        return Some(Code::Forbidden);
    }
    if matches!(needs, Needs::Join | Needs::JoinByLink) {
        let comes_in = match case.kind {
            RoomKind::Public | RoomKind::Announcement => true,
            RoomKind::Private => case.invited || case.admin || needs == Needs::JoinByLink,
            _ => false,
        };
        return match (case.banned, comes_in || case.creator || case.role.is_some()) {
            (true, _) => Some(Code::Banned),
            (false, true) => None,
            (false, false) => Some(Code::RoomNotFound),
        };
    }
    if case.banned && !case.admin {
        return Some(Code::Banned);
    }
    let rank = rank(case);
    if rank == 0 {
        return Some(stranger(case));
    }
    let unless = |holds: bool, code| (!holds).then_some(code);
    let in_use = || unless(!case.archived, Code::Archived);
    let blocked = || unless(case.block == Block::No, Code::Blocked);
    let writes = || blocked().or_else(in_use).or(unless(case.muted != Muted::Yes, Code::Muted));
    let keeps = || unless(!case.takes_last_owner, Code::LastOwner);
    let to_all = || match case.kind {
        RoomKind::Announcement => unless(case.admin, Code::Forbidden),
        RoomKind::Direct | RoomKind::Inbox => Some(Code::Forbidden),
        _ => unless(rank >= 2, Code::Forbidden),
    };
    let announces = || unless(case.kind != RoomKind::Announcement || case.admin, Code::Forbidden);
    let of_message = || match case.message {
        Message::Own => None,
        Message::Others => Some(Code::Forbidden),
        Message::None => Some(Code::MessageNotFound),
    };
    match needs {
        Needs::Read => None,
        Needs::Signal => blocked(),
        Needs::Write => writes(),
        Needs::Post if case.kind == RoomKind::Announcement => unless(case.admin, Code::Forbidden).or_else(writes),
        Needs::Post => writes(),
        Needs::PostToAll if case.kind == RoomKind::Announcement => unless(case.admin, Code::Forbidden).or_else(writes),
        Needs::PostToAll => writes().or_else(to_all),
        Needs::Type => writes().or_else(announces),
        Needs::Edit => writes().or_else(of_message).or_else(announces),
        Needs::EditToAll => writes().or_else(of_message).or_else(to_all),
        Needs::Delete => of_message().filter(|code| *code != Code::Forbidden || rank < 2),
        Needs::Moderate => unless(rank >= 2, Code::Forbidden),
        Needs::Pin if case.kind == RoomKind::Direct => writes(),
        Needs::Pin => unless(rank >= 2, Code::Forbidden).or_else(in_use),
        Needs::Outrank => unless(rank >= 2 && outranks(case), Code::Forbidden),
        Needs::Remove => unless(rank >= 2 && outranks(case), Code::Forbidden).or_else(keeps),
        Needs::Own => unless(rank == 3, Code::Forbidden),
        Needs::GiveRole => unless(rank == 3, Code::Forbidden).or_else(keeps),
        Needs::Leave => keeps(),
        Needs::DeleteRoom => unless(rank == 3 && case.kind != RoomKind::Inbox, Code::Forbidden),
        Needs::Join | Needs::JoinByLink | Needs::Never => unreachable!(),
    }
}

/// Whether the other's role is below the caller's. Who made the room ranks as its owner in their absence.
fn outranks(case: &Case) -> bool {
    let absent_owner = case.subject_made_it.then_some(Role::Owner);
    match case.subject.or(absent_owner) {
        _ if case.admin => true,
        None => true,
        theirs => case.role > theirs,
    }
}

fn id(text: &str) -> UserId {
    UserId::parse(text).unwrap()
}

fn fact(user: &str, role: Option<Role>) -> MemberFact {
    let membership = role.map(|role| Membership { role, since: 1, guest: false, held: false });
    MemberFact { membership, ..MemberFact::unknown(id(user)) }
}

/// What a policy is shown of a case.
struct Scene {
    caller: Caller,
    room: RoomMeta,
    member: MemberFact,
    subject: MemberFact,
    message: Option<MessageFact>,
    takes_last_owner: bool,
}

impl Scene {
    fn of(case: &Case) -> Self {
        let name = Name::parse("Somebody").unwrap();
        let mut caller = Caller::new(id("caller"), name.clone());
        caller.admin = case.admin;
        let creator = match (case.creator, case.subject_made_it) {
            (true, _) => Some(id("caller")),
            (false, true) => Some(id("other")),
            (false, false) => None,
        };
        let history = HistoryVisibility::Everything;
        let (topic, archived, created_at) = (None, case.archived, Timestamp(0));
        let invites = Default::default();
        let room =
            RoomMeta { name, topic, archived, slow_mode_ms: 0, invites, kind: case.kind, history, creator, created_at };
        let muted_until = match case.muted {
            Muted::No => None,
            Muted::Yes => Some(Timestamp(NOW.0 + 1)),
            Muted::NoMore => Some(NOW),
        };
        let member =
            MemberFact { banned: case.banned, invited: case.invited, muted_until, ..fact("caller", case.role) };
        let (blocks, blocked) = ((case.block == Block::Own).then(|| id("other")), case.block == Block::Theirs);
        let member = MemberFact { blocks, blocked, ..member };
        let sender = if case.message == Message::Own { "caller" } else { "other" };
        let message = MessageFact { seq: 1, sender: id(sender), state: MessageState::default() };
        let message = (case.message != Message::None).then_some(message);
        let (subject, takes_last_owner) = (fact("other", case.subject), case.takes_last_owner);
        Self { caller, room, member, subject, message, takes_last_owner }
    }

    /// What the policy says to it.
    fn answered(&self, deed: &Deed) -> Option<Code> {
        let action = match deed {
            Deed::Read => Action::Read,
            Deed::Signal => Action::Signal,
            Deed::Type => Action::Type,
            Deed::DeleteRoom => Action::Delete,
            Deed::SeeInvites => Action::Invites,
            Deed::SeeRestrictions => Action::Restrictions,
            Deed::SeeEdits => Action::Edits,
            Deed::Op(op) => Action::Command(op),
        };
        let Self { caller, room, member, subject, message, .. } = self;
        let (subject, message) = (Some(subject), message.as_ref());
        let takes_last_owner = self.takes_last_owner;
        let question = Question { caller, room, member, subject, message, takes_last_owner, action, at: NOW };
        RolePolicy.authorize(&question).err().map(|refusal| refusal.code)
    }
}

#[test]
fn the_policy_answers_every_case_as_it_is_documented() {
    let deeds = deeds();
    let (mut count, mut allowed) = (0, 0);
    // A room has one creator.
    for case in cases().filter(|case| !(case.creator && case.subject_made_it)).flat_map(with_blocks) {
        let scene = Scene::of(&case);
        for (deed, needs) in &deeds {
            let expected = documented(&case, *needs);
            assert_eq!(scene.answered(deed), expected, "{deed:?} in {case:?}");
            count += 1;
            allowed += u32::from(expected.is_none());
        }
    }
    println!("{count} cases, of which {allowed} are allowed");
    assert!(count > 300_000 && allowed > 20_000, "{count} cases, {allowed} allowed");
}

/// Whoever is demoted is no owner any more in their absence.
#[test]
fn who_was_demoted_ranks_as_nobody_in_their_absence() {
    let (name, history) = (Name::parse("Somebody").unwrap(), HistoryVisibility::Everything);
    let caller = Caller::new(id("caller"), name.clone());
    let (topic, archived, kind, creator) = (None, false, RoomKind::Public, Some(id("other")));
    let invites = Default::default();
    let room =
        RoomMeta { name, topic, archived, slow_mode_ms: 0, invites, kind, history, creator, created_at: Timestamp(0) };
    let member = fact("caller", Some(Role::Moderator));
    let op = Op::Ban { user: id("other"), reason: None };
    for (demoted, expected) in [(false, Some(Code::Forbidden)), (true, None)] {
        let subject = MemberFact { demoted, ..fact("other", None) };
        let action = Action::Command(&op);
        let (caller, room, member, subject) = (&caller, &room, &member, Some(&subject));
        let (message, takes_last_owner) = (None, false);
        let question = Question { caller, room, member, subject, message, takes_last_owner, action, at: NOW };
        assert_eq!(RolePolicy.authorize(&question).err().map(|refusal| refusal.code), expected);
    }
}

#[test]
fn outside_of_rooms_guests_open_no_direct_ones_and_administrators_alone_make_announcements() {
    let name = || Name::parse("Somebody").unwrap();
    let callers = [
        ("user", Caller::new(id("u"), name())),
        ("guest", Caller::guest(id("g-1"), name())),
        ("admin", Caller::new(id("root"), name()).administrator()),
    ];
    for (who, caller) in callers {
        for kind in KINDS {
            let new = NewRoom { kind, ..NewRoom::public(name()) };
            let answer = RolePolicy.authorize_outside(&caller, &Outside::Create(&new));
            assert_eq!(answer.is_ok(), kind != RoomKind::Announcement || who == "admin", "{kind:?} by a {who}");
        }
        let direct = RolePolicy.authorize_outside(&caller, &Outside::Direct(&id("other")));
        assert_eq!(direct.is_ok(), who != "guest", "a direct room of a {who}");
        let block = RolePolicy.authorize_outside(&caller, &Outside::Block(&id("other")));
        assert_eq!(block.is_ok(), who != "guest", "a block of a {who}");
        assert!(RolePolicy.authorize_outside(&caller, &Outside::List).is_ok());
        assert_eq!(RolePolicy.authorize_outside(&caller, &Outside::ListPrivate).is_ok(), who == "admin", "for a {who}");
    }
}
