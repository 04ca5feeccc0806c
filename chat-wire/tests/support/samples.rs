//! One of everything the engine can say.

use std::sync::Arc;

use chat_core::{
    AttachmentId, Body, Caller, Claim, ClientId, Code, Codec, Cursor, Digest, Edit, Entry, Epoch, Event, FoundRooms,
    FoundUsers, History, HistoryVisibility, Invite, InviteCode, Joined, Leaving, ListedInvite, ListedMember, Listing,
    Message, MessageState, Name, Notice, OwnRooms, Pin, Pinned, Post, Presence, Preview, Reaction, Receipt, Refusal,
    Reply, RequestId, Restricted, Restriction, Resumed, Resumption, Role, RoomChange, RoomId, RoomKind, RoomMeta,
    RoomRecord, Seq, Timestamp, UserId, UserRoom, Version, Who,
};
use chat_wire::{JsonCodec, ServerFrame};

/// 2026-11-20T19:25:00.123Z
pub const AT: Timestamp = Timestamp(1_795_202_700_123);

pub fn room() -> RoomId {
    RoomId::parse("room_12345").unwrap()
}

pub fn epoch() -> Epoch {
    Epoch::from_number(0xabc).unwrap()
}

pub fn user(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

pub fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

pub fn who(id: &str, called: Option<&str>) -> Who {
    Who { user: user(id), name: called.map(name) }
}

pub fn meta() -> RoomMeta {
    RoomMeta {
        slow_mode_ms: 5_000,
        invites: Default::default(),
        topic: None,
        archived: false,
        name: name("TechTalk"),
        kind: RoomKind::Public,
        history: HistoryVisibility::Everything,
        creator: Some(user("u-7")),
        created_at: AT,
    }
}

pub fn receipt(seq: Seq) -> Receipt {
    Receipt { epoch: epoch(), seq, at: AT }
}

pub fn entry(seq: Seq, sender: &str, body: Body) -> Entry {
    let client_id = ClientId::parse("c-1").unwrap();
    Entry {
        seq,
        draft_id: uuid::Uuid::nil(),
        at: AT,
        sender: user(sender),
        claim: Some(Claim { client_id, digest: Digest([0; 32]) }),
        told: true,
        after: seq - 1,
        body,
    }
}

pub fn listing<T>(items: impl IntoIterator<Item = T>) -> Arc<Listing<T>> {
    Arc::new(items.into_iter().collect())
}

pub fn record() -> RoomRecord {
    let active_at = Timestamp(1_795_203_000_000);
    RoomRecord { head: 42, told: 42, members: 2, active_at, ..RoomRecord::new(room(), epoch(), meta()) }
}

pub fn user_room() -> UserRoom {
    let last = Preview {
        seq: 42,
        at: Timestamp(1_795_203_000_000),
        sender: who("u-1", Some("ann")),
        text: "Hel".into(),
        is_cut: true,
        edited_at: Some(Timestamp(1_795_203_060_000)),
        deleted_at: None,
    };
    UserRoom {
        record: record(),
        role: Role::Moderator,
        since: 1,
        read: 40,
        unread: 2,
        mentions: 1,
        peer: None,
        last: Some(last),
    }
}

/// A guest's join, with all that may be absent.
pub fn joined() -> Joined {
    let (ann, guest) = (who("u-1", Some("ann")), who("g-9", None));
    Joined {
        room: room(),
        meta: meta(),
        receipt: receipt(42),
        at: Cursor { epoch: epoch(), seq: 42 },
        caller: Caller::guest(user("g-9"), name("kim")),
        role: Role::Member,
        members: listing([ListedMember { who: ann.clone(), role: Role::Owner, last_seen: None }]),
        member_count: 1,
        online: listing([ann, guest]),
        online_count: 2,
        guest_token: Some("t".into()),
        client_id: Some(ClientId::parse("c-1").unwrap()),
    }
}

/// A body of every kind, the optional parts there and not there.
pub fn bodies() -> Vec<Body> {
    let post = Post {
        reply_to: Some(3),
        mentions: vec![user("u-2")],
        mentions_room: true,
        attachments: vec![AttachmentId::parse("a-1").unwrap()],
        data: Some(r#"{"a": [1.50, "x"]}"#.into()),
        ..Post::text("Hello, \"everyone\"!\n\u{2028}👋")
    };
    let target = 5;
    let (subject, reason) = (user("u-2"), Some("spam".into()));
    vec![
        Body::Message(post),
        Body::Message(Post::default()),
        Body::Message(Post { expires_at: Some(AT), ..Post::text("until then") }),
        Body::Edited { target, text: "new".into(), mentions: vec![user("u-2")], mentions_room: true },
        Body::Edited { target, text: "".into(), mentions: vec![], mentions_room: false },
        Body::Deleted { target },
        Body::Reacted { target, emoji: "👍".into() },
        Body::Unreacted { target, emoji: "👍".into() },
        Body::Joined { role: Role::Owner, guest: true, invite: None },
        Body::Joined { role: Role::Member, guest: false, invite: Some(code().key()) },
        Body::InviteMade { key: code().key(), salt: "salt".into(), expires: Some(AT), uses: Some(3) },
        Body::InviteRevoked { key: code().key() },
        Body::Left { why: Leaving::Left },
        Body::Left { why: Leaving::Gone },
        Body::RoleChanged { user: subject.clone(), role: Role::Moderator },
        Body::Kicked { user: subject.clone(), reason: reason.clone() },
        Body::Kicked { user: subject.clone(), reason: None },
        Body::Banned { user: subject.clone(), was_member: true, reason },
        Body::Unbanned { user: subject.clone() },
        Body::Muted { user: subject.clone(), until: Some(AT) },
        Body::Muted { user: subject.clone(), until: None },
        Body::Invited { user: subject.clone() },
        Body::from(RoomChange::name(name("New"))),
        Body::Pinned { target },
        Body::Unpinned { target },
        Body::Notice(Notice::Invited { room: room(), by: subject.clone() }),
        Body::Notice(Notice::Removed { room: room(), by: subject.clone(), banned: true }),
        Body::Notice(Notice::DirectOpened { room: room(), by: subject.clone() }),
        Body::Notice(Notice::Blocked { user: subject.clone() }),
        Body::Notice(Notice::Unblocked { user: subject.clone() }),
        Body::Blocked { user: subject.clone() },
        Body::Unblocked { user: subject },
        Body::Unchanged,
        Body::Unknown,
    ]
}

fn code() -> InviteCode {
    InviteCode::new(room(), [7; 16])
}

fn invite(expires: Option<Timestamp>, uses: Option<u32>, code: Option<InviteCode>) -> ListedInvite {
    let (key, by) = (self::code().key(), user("u-1"));
    let invite = Invite { key, salt: "salt".into(), by, at: AT, expires, uses, used: 1, as_of: 9 };
    ListedInvite { invite, code, by: who("u-1", Some("ann")) }
}

/// Messages in every state.
pub fn messages() -> Vec<(Message, Who)> {
    let post = |text: &str| Body::Message(Post { data: Some("[1]".into()), ..Post::text(text) });
    let edit = Edit { text: "after".into(), mentions: vec![user("u-2")], mentions_room: true, at: AT };
    let reaction = Reaction { emoji: "👍".into(), users: vec![user("u-2"), user("u-3")] };
    let pin = Pin { seq: 41, by: user("u-2"), at: AT };
    let changed =
        MessageState { edit: Some(edit), reactions: vec![reaction], pinned: Some(pin), ..MessageState::default() };
    let deleted = MessageState { deleted_at: Some(AT), ..MessageState::default() };
    vec![
        (Message { entry: entry(1, "u-1", post("plain")), state: MessageState::default() }, who("u-1", Some("ann"))),
        (Message { entry: entry(2, "u-1", post("before")), state: changed }, who("u-1", Some("ann"))),
        (Message { entry: entry(3, "g-9", Body::Message(Post::default())), state: deleted }, who("g-9", None)),
    ]
}

/// A message as if it were pinned.
fn pinned((message, sender): (Message, Who)) -> Pinned {
    Pinned { seq: 41, at: AT, by: who("u-2", Some("bob")), message, sender }
}

/// Every answer, with and without a request's id, and more than once where an answer has parts that may be absent.
pub fn answers() -> Vec<(Option<RequestId>, Result<Reply, Refusal>)> {
    let (room, at, client_id) = (room(), Cursor { epoch: epoch(), seq: 42 }, Some(ClientId::parse("c-1").unwrap()));
    let ann = who("u-1", Some("ann"));
    let caller = Some(Caller::new(user("u-1"), name("ann")).administrator());
    let resumptions = [
        Resumption::Recovered,
        Resumption::Gap { oldest: 3 },
        Resumption::Reset,
        Resumption::Refused(Code::NotAMember),
    ];
    let resumed = resumptions.map(|resumption| Resumed { room: room.clone(), resumption, at: Some(at) });
    let history = History { room: room.clone(), epoch: epoch(), head: 42, messages: messages() };
    let members = vec![ListedMember { who: ann.clone(), role: Role::Owner, last_seen: Some(AT) }];
    let mut replies = vec![
        Reply::Welcome { protocol: 1, caller, resumed: resumed.to_vec() },
        Reply::Welcome { protocol: 1, caller: None, resumed: vec![] },
        Reply::Joined(Box::new(joined())),
        Reply::Joined(Box::new(Joined { guest_token: None, client_id: None, ..joined() })),
        Reply::Unsubscribed { room: room.clone() },
        Reply::ReadMoved { room: room.clone(), seq: 3 },
        Reply::History(history),
        Reply::Members { room: room.clone(), members, count: 1 },
        Reply::Restricted {
            room: room.clone(),
            restriction: Restriction::Ban,
            users: vec![Restricted {
                who: ann.clone(),
                until: None,
                by: Some((who("u-2", None), AT)),
                reason: Some("rude".into()),
            }],
        },
        Reply::Restricted {
            room: room.clone(),
            restriction: Restriction::Mute,
            users: vec![Restricted { who: ann.clone(), until: Some(AT), by: None, reason: None }],
        },
        Reply::Reads { room: room.clone(), reads: vec![(ann.clone(), 3), (who("g-9", None), 42)], count: 7 },
        Reply::Reads { room: room.clone(), reads: vec![], count: 201 },
        Reply::Reactions {
            room: room.clone(),
            message: 3,
            users: vec![(ann.clone(), vec!["👍".into(), "ok".into()]), (who("g-9", None), vec!["👍".into()])],
            count: 7,
        },
        Reply::Pins { room: room.clone(), pins: messages().into_iter().map(pinned).collect() },
        Reply::Edits {
            room: room.clone(),
            message: 3,
            versions: vec![
                Version {
                    seq: 3,
                    at: AT,
                    by: who("g-9", None),
                    text: "Helo".into(),
                    mentions: vec![],
                    mentions_room: true,
                },
                Version {
                    seq: 4,
                    at: AT,
                    by: ann.clone(),
                    text: "Hello".into(),
                    mentions: vec![user("u-2")],
                    mentions_room: false,
                },
            ],
        },
        Reply::Online { room: room.clone(), online: listing([ann.clone(), who("g-9", None)]), count: 2 },
        Reply::RoomCreated(Box::new(record())),
        Reply::Room(Box::new(record())),
        Reply::Room(Box::new(RoomRecord { meta: RoomMeta { creator: None, ..meta() }, ..record() })),
        Reply::Users(FoundUsers { users: vec![ann.clone()], next: Some("MCBhIGI".into()) }),
        Reply::Users(FoundUsers::default()),
        Reply::Blocks(vec![ann.clone(), who("u-2", None)]),
        Reply::Direct { room: Box::new(record()), is_new: true },
        Reply::Rooms(vec![record(), record()]),
        Reply::Rooms(vec![]),
        Reply::RoomsFound(FoundRooms { rooms: vec![record()], next: Some("302061".into()) }),
        Reply::RoomsFound(FoundRooms::default()),
        Reply::MyRooms { rooms: vec![user_room()], next: Some(OwnRooms::latest().after(user_room().activity())) },
        Reply::MyRooms { rooms: vec![UserRoom { last: None, peer: Some(ann.clone()), ..user_room() }], next: None },
        Reply::InviteMade {
            room: room.clone(),
            invite: Box::new(invite(Some(AT), Some(3), Some(code()))),
            client_id: client_id.clone(),
        },
        Reply::Invites { room: room.clone(), invites: vec![invite(None, None, None)] },
        Reply::RoomDeleted { room: room.clone() },
        Reply::Taken,
        Reply::Pong,
    ];
    let subscribed = |resumption| Reply::Subscribed { room: room.clone(), resumption, at };
    replies.extend(resumptions.map(subscribed));
    let committed = |op, client_id| Reply::Committed { op, room: room.clone(), receipt: receipt(43), client_id };
    replies.extend(["send", "leave", "edit", "delete", "pin"].map(|op| committed(op, client_id.clone())));
    replies.push(committed("send", None));
    let refusals = [
        Refusal::new(Code::Busy, "later"),
        Refusal::field("message", "is empty"),
        Refusal::new(Code::Host("plan-too-small", 402), "upgrade").with_details(r#"{"plan":"free","rooms":[3]}"#),
        Refusal::field("message", "is rude").with_details(r#"{"words":["x"]}"#),
    ];
    let answers: Vec<_> = replies.into_iter().map(Ok).chain(refusals.map(Err)).collect();
    [Some(RequestId("7".into())), None]
        .into_iter()
        .flat_map(|re| answers.iter().map(move |a| (re.clone(), a.clone())))
        .collect()
}

/// Every event, and an entry with each body there is.
pub fn events() -> Vec<Event> {
    let room = room();
    let (ann, guest) = (who("u-1", Some("ann")), who("g-9", None));
    let who = ann.clone();
    let mut events = vec![
        Event::Gap { room: room.clone(), epoch: epoch(), oldest: 3, head: 42 },
        Event::Subscribed { room: room.clone(), at: Cursor { epoch: epoch(), seq: 42 } },
        Event::Interrupted { room: room.clone() },
        Event::Reset { room: room.clone() },
        Event::MembersChanged {
            room: room.clone(),
            joined: vec![ann.clone()],
            left: vec![guest.clone()],
            members: 700,
            online: 600,
        },
        Event::Typing { room: room.clone(), who: guest.clone() },
        Event::UserRenamed { room: room.clone(), who: ann.clone() },
        Event::HasRead { room: room.clone(), who, seq: 3 },
        Event::Pushed { data: r#"{"order": 1.50}"#.into() },
        Event::Goaway { retry_after_ms: 250 },
    ];
    for presence in [
        Presence::Online,
        Presence::Away,
        Presence::Offline { last_seen: Some(AT) },
        Presence::Offline { last_seen: None },
    ] {
        events.push(Event::PresenceChanged { room: room.clone(), who: ann.clone(), presence, online: 3 });
    }
    for body in bodies() {
        let entry = Arc::new(entry(43, "u-1", body));
        for (sender, subject) in [(&ann, Some(&guest)), (&guest, None)] {
            let (room, entry, sender, subject) = (room.clone(), entry.clone(), sender.clone(), subject.cloned());
            events.push(Event::Entry { room, entry, after: 40, sender, subject });
        }
    }
    events
}

/// Every frame as the codec writes it, beside what the type says that it is.
pub fn frames() -> Vec<(Vec<u8>, ServerFrame)> {
    let answers = answers().into_iter().map(|(re, answer)| {
        let mut payload = Vec::new();
        JsonCodec.encode_reply(re.as_ref(), answer.as_ref(), &mut payload);
        (payload, ServerFrame::reply(re.as_ref(), answer.as_ref()))
    });
    let events = events().into_iter().map(|event| {
        let mut payload = Vec::new();
        JsonCodec.encode_event(&event, &mut payload);
        (payload, ServerFrame::from(&event))
    });
    answers.chain(events).collect()
}
