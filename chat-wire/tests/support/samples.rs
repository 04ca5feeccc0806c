//! One of everything the engine can say.

use chat_core::{
    AttachmentId, Body, Caller, Claim, ClientId, Code, Cursor, Digest, Edit, Entry, Epoch, Event, HistoryVisibility,
    Joined, Leaving, ListedMember, Message, MessageState, Name, Notice, Post, Presence, Reaction, Receipt, Refusal,
    RequestId, Resumed, Resumption, Role, RoomId, RoomKind, RoomMeta, Seq, Timestamp, UserId, Who,
};

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

/// A body of every kind, the optional parts there and not there.
pub fn bodies() -> Vec<Body> {
    let post = Post {
        reply_to: Some(3),
        mentions: vec![user("u-2")],
        attachments: vec![AttachmentId::parse("a-1").unwrap()],
        data: Some(r#"{"a": [1.50, "x"]}"#.into()),
        ..Post::text("Hello, \"everyone\"!\n\u{2028}👋")
    };
    let target = 5;
    let (subject, reason) = (user("u-2"), Some("spam".into()));
    vec![
        Body::Message(post),
        Body::Message(Post::default()),
        Body::Edited { target, text: "new".into(), mentions: vec![user("u-2")] },
        Body::Edited { target, text: "".into(), mentions: vec![] },
        Body::Deleted { target },
        Body::Reacted { target, emoji: "👍".into() },
        Body::Unreacted { target, emoji: "👍".into() },
        Body::Joined { role: Role::Owner, guest: true },
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
        Body::Renamed { name: name("New") },
        Body::Pinned { target },
        Body::Unpinned { target },
        Body::Notice(Notice::Invited { room: room(), by: subject.clone() }),
        Body::Notice(Notice::Removed { room: room(), by: subject, banned: true }),
        Body::Unchanged,
        Body::Unknown,
    ]
}

/// Messages in every state.
pub fn messages() -> Vec<(Message, Who)> {
    let post = |text: &str| Body::Message(Post { data: Some("[1]".into()), ..Post::text(text) });
    let edit = Edit { text: "after".into(), mentions: vec![user("u-2")], at: AT };
    let reaction = Reaction { emoji: "👍".into(), users: vec![user("u-2"), user("u-3")] };
    let changed = MessageState { edit: Some(edit), reactions: vec![reaction], pinned: true, ..MessageState::default() };
    let deleted = MessageState { deleted_at: Some(AT), ..MessageState::default() };
    vec![
        (Message { entry: entry(1, "u-1", post("plain")), state: MessageState::default() }, who("u-1", Some("ann"))),
        (Message { entry: entry(2, "u-1", post("before")), state: changed }, who("u-1", Some("ann"))),
        (Message { entry: entry(3, "g-9", Body::Message(Post::default())), state: deleted }, who("g-9", None)),
    ]
}

/// Hands every event to `tell`: each variant, and each body an entry can have.
pub fn events(tell: &mut dyn FnMut(&Event<'_>)) {
    let (room, meta, re) = (room(), meta(), RequestId("7".into()));
    let (ann, guest) = (who("u-1", Some("ann")), who("g-9", None));
    let caller = Caller { admin: true, ..Caller::new(user("u-1"), name("ann")) };
    let at = Cursor { epoch: epoch(), seq: 42 };
    let client_id = ClientId::parse("c-1").unwrap();
    let members = [ListedMember { who: ann.clone(), role: Role::Owner }];
    let resumptions = [
        Resumption::Recovered,
        Resumption::Gap { oldest: 3 },
        Resumption::Reset,
        Resumption::Refused(Code::NotAMember),
    ];
    let resumed = resumptions.map(|resumption| Resumed { room: room.clone(), resumption, at: Some(at) });
    let joined = Joined {
        room: &room,
        meta: &meta,
        receipt: receipt(42),
        at,
        caller: &caller,
        role: Role::Owner,
        members: &members.iter().cloned().collect(),
        member_count: 1,
        online: &[ann.clone(), guest.clone()].into_iter().collect(),
        online_count: 2,
        guest_token: Some("t"),
        client_id: Some(&client_id),
    };
    let (room, re) = (&room, Some(&re));
    tell(&Event::Welcome { re, protocol: 1, caller: Some(&caller), resumed: &resumed });
    tell(&Event::Welcome { re: None, protocol: 1, caller: None, resumed: &[] });
    tell(&Event::Joined { re, joined: &joined });
    for resumption in resumptions {
        tell(&Event::Subscribed { re, room, resumption, at });
    }
    tell(&Event::Unsubscribed { re, room });
    for op in ["send", "leave", "edit", "delete", "pin"] {
        tell(&Event::Committed { re, op, room, receipt: receipt(43), client_id: Some(&client_id) });
    }
    tell(&Event::ReadMoved { re, room, seq: 3 });
    tell(&Event::History { re, room, epoch: epoch(), head: 42, messages: &messages() });
    tell(&Event::Members { re, room, members: &members, count: 1 });
    tell(&Event::RoomCreated { re, room, meta: &meta, epoch: epoch() });
    tell(&Event::Taken { re: re.unwrap() });
    tell(&Event::Pong { re });
    tell(&Event::Pong { re: None });
    tell(&Event::Refused { re, refusal: &Refusal::field("message", "is empty") });
    tell(&Event::Refused { re: None, refusal: &Refusal::new(Code::Busy, "later") });
    for body in bodies() {
        let entry = entry(43, "u-1", body);
        for (sender, subject, text) in [(&ann, Some(&guest), true), (&guest, None, false)] {
            tell(&Event::Entry { room, entry: &entry, after: 40, sender, subject, text });
        }
    }
    tell(&Event::Gap { room, epoch: epoch(), oldest: 3, head: 42 });
    tell(&Event::Reset { room });
    let (came, went) = ([ann.clone()], [guest.clone()]);
    tell(&Event::MembersChanged { room, joined: &came, left: &went, members: 700, online: 600 });
    tell(&Event::Typing { room, who: &guest });
    for presence in [Presence::Online, Presence::Away, Presence::Offline { last_seen: AT }] {
        tell(&Event::PresenceChanged { room, who: &ann, presence });
    }
    tell(&Event::HasRead { room, who: &ann, seq: 3 });
    tell(&Event::Goaway { retry_after_ms: 250 });
}
