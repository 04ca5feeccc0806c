//! What each answer and event says, to the letter; the basic exchange is in `exchange.rs`.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::sync::Arc;

use chat_core::{
    AttachmentId, Body, Caller, Code, Codec, Cursor, Event, History, Leaving, ListedMember, Message, MessageState,
    Notice, OwnRooms, Post, Presence, Reply, RequestId, Resumed, Resumption, Role, RoomChange, RoomId, UserId, Who,
};
use chat_wire::JsonCodec;
use serde_json::{Value, json};
use support::samples::{self, AT, epoch, listing, name, receipt, record, user, who};

const TIME: &str = "2026-11-20T19:25:00.123Z";

fn said(event: &Event) -> Value {
    let mut frame = Vec::new();
    JsonCodec.encode_event(event, &mut frame);
    serde_json::from_slice(&frame).unwrap()
}

fn answered(re: Option<&RequestId>, reply: &Reply) -> Value {
    let mut frame = Vec::new();
    JsonCodec.encode_reply(re, Ok(reply), &mut frame);
    serde_json::from_slice(&frame).unwrap()
}

/// The answer, `re` 7 and room being those of all, without what is said of all.
fn rest(reply: &Reply) -> Value {
    let mut frame = answered(Some(&RequestId("7".into())), reply);
    let fields = frame.as_object_mut().unwrap();
    assert_eq!(fields.remove("re"), Some(json!(7)));
    assert_eq!(fields.remove("roomId").unwrap_or(json!("room_12345")), "room_12345");
    frame
}

struct Said {
    room: RoomId,
    ann: Who,
    bob: UserId,
}

fn setting() -> Said {
    Said { room: samples::room(), ann: who("u-1", Some("ann")), bob: user("u-2") }
}

#[test]
fn welcome_says_who_one_is_and_what_became_of_the_cursors() {
    let Said { room, .. } = setting();
    let at = Some(Cursor { epoch: epoch(), seq: 42 });
    let resumed = vec![
        Resumed { room: room.clone(), resumption: Resumption::Recovered, at },
        Resumed { room: room.clone(), resumption: Resumption::Gap { oldest: 3 }, at },
        Resumed { room: room.clone(), resumption: Resumption::Reset, at },
        Resumed { room, resumption: Resumption::Refused(Code::Banned), at: None },
    ];
    let limits = json!({
        "frameBytes": 65_536, "messageBytes": 16_384, "dataBytes": 16_384, "mentions": 64, "attachments": 16,
        "page": 200, "resume": 200, "subscriptions": 500,
    });
    let caller = Caller::new(user("u-1"), name("ann")).administrator();
    let welcome = Reply::Welcome { protocol: 1, caller: Some(caller), resumed };
    let expected = json!({
        "action": "welcome", "protocol": 1, "userId": "u-1", "username": "ann", "admin": true, "limits": limits,
        "resumed": [
            { "roomId": "room_12345", "status": "recovered", "epoch": "abc", "head": 42 },
            { "roomId": "room_12345", "status": "gap", "epoch": "abc", "head": 42, "oldest": 3 },
            { "roomId": "room_12345", "status": "reset", "epoch": "abc", "head": 42 },
            { "roomId": "room_12345", "status": "refused", "code": "banned" },
        ],
    });
    assert_eq!(rest(&welcome), expected);
    let nobody = answered(None, &Reply::Welcome { protocol: 1, caller: None, resumed: vec![] });
    assert_eq!(nobody, json!({ "action": "welcome", "protocol": 1, "resumed": [], "limits": limits }));
}

#[test]
fn history_tells_messages_as_they_now_stand() {
    let Said { room, ann, .. } = setting();
    let mut messages = samples::messages();
    // A store need not have erased a deleted message yet.
    let entry = samples::entry(4, "u-1", Body::Message(Post::text("secret")));
    let state = MessageState { deleted_at: Some(AT), ..MessageState::default() };
    messages.push((Message { entry, state }, ann));
    let history = Reply::History(History { room, epoch: epoch(), head: 42, messages });
    let base = |seq, text| json!({ "seq": seq, "sender": "ann", "senderId": "u-1", "timestamp": TIME, "clientId": "c-1", "message": text });
    let with = |mut base: Value, more: Value| {
        base.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        base
    };
    let reactions = json!([{ "emoji": "👍", "users": ["u-2", "u-3"] }]);
    let edited = json!({ "data": [1], "mentions": ["u-2"], "mentionsRoom": true, "editedAt": TIME, "reactions": reactions, "pinned": true });
    let erased = json!({ "sender": "g-9", "senderId": "g-9", "guest": true, "deletedAt": TIME });
    let expected = json!([
        with(base(1, "plain"), json!({ "data": [1] })),
        with(base(2, "after"), edited),
        with(base(3, ""), erased),
        with(base(4, ""), json!({ "deletedAt": TIME })),
    ]);
    assert_eq!(rest(&history), json!({ "action": "history", "epoch": "abc", "head": 42, "messages": expected }));
}

#[test]
fn answers_say_what_was_asked() {
    let Said { room, ann, .. } = setting();
    let room = || room.clone();
    let at = Cursor { epoch: epoch(), seq: 42 };
    let members = vec![ListedMember { who: ann.clone(), role: Role::Moderator, last_seen: Some(AT) }];
    let done = |op| Reply::Committed { op, room: room(), receipt: receipt(43), client_id: None };
    let ack =
        |action: &str, op: &str| json!({ "action": action, "op": op, "epoch": "abc", "seq": 43, "timestamp": TIME });
    for (reply, expected) in [
        (done("edit"), ack("done", "edit-message")),
        (done("delete"), ack("done", "delete-message")),
        (done("set-role"), ack("done", "set-role")),
        (
            Reply::Subscribed { room: room(), resumption: Resumption::Gap { oldest: 3 }, at },
            json!({ "action": "subscribed", "status": "gap", "epoch": "abc", "head": 42, "oldest": 3 }),
        ),
        (Reply::Unsubscribed { room: room() }, json!({ "action": "unsubscribed" })),
        (Reply::ReadMoved { room: room(), seq: 5 }, json!({ "action": "read-moved", "seq": 5 })),
        (
            Reply::Members { room: room(), members, count: 9 },
            json!({
                "action": "members", "memberCount": 9,
                "members": [{ "userId": "u-1", "username": "ann", "role": "moderator", "lastSeen": TIME }],
            }),
        ),
        (
            Reply::Online { room: room(), online: listing([ann]), count: 9 },
            json!({ "action": "online", "onlineCount": 9, "online": [{ "userId": "u-1", "username": "ann" }] }),
        ),
        (Reply::RoomDeleted { room: room() }, json!({ "action": "room-deleted" })),
        (Reply::Taken, json!({ "action": "ok" })),
        (Reply::Pong, json!({ "action": "pong" })),
    ] {
        assert_eq!(rest(&reply), expected);
    }
}

#[test]
fn rooms_are_told_as_they_are() {
    let with = |more: Value| {
        let mut room = json!({
            "roomId": "room_12345", "roomName": "TechTalk", "kind": "public", "history": "everything", "epoch": "abc",
            "createdAt": TIME, "creatorId": "u-7", "slowModeMs": 5_000,
        });
        room.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        room
    };
    let of_all = || json!({ "head": 42, "memberCount": 2, "activeAt": "2026-11-20T19:30:00.000Z" });
    let mut made = with(json!({ "action": "room-created" }));
    made.as_object_mut().unwrap().remove("roomId");
    assert_eq!(rest(&Reply::RoomCreated(Box::new(record()))), made);
    assert_eq!(
        answered(None, &Reply::Room(Box::new(record()))),
        with(json!({ "action": "room", "head": 42, "memberCount": 2, "activeAt": "2026-11-20T19:30:00.000Z" }))
    );
    let rooms = answered(None, &Reply::Rooms(vec![record()]));
    assert_eq!(rooms, json!({ "action": "rooms", "rooms": [with(of_all())] }));
    let rooms = vec![samples::user_room()];
    let next = OwnRooms::latest().after(rooms[0].activity());
    let mine = answered(None, &Reply::MyRooms { rooms: rooms.clone(), next: Some(next) });
    let mut place = of_all();
    let own = json!({ "role": "moderator", "read": 40, "unread": 2, "mentions": 1, "lastMessage": {
        "seq": 42, "sender": "ann", "senderId": "u-1", "timestamp": "2026-11-20T19:30:00.000Z", "message": "Hel",
        "cut": true, "editedAt": "2026-11-20T19:31:00.000Z" } });
    place.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
    let next = "1795203000000.room_12345";
    assert_eq!(mine, json!({ "action": "my-rooms", "rooms": [with(place.clone())], "next": next }));
    let next = OwnRooms::all().after(rooms[0].activity());
    let by_id = answered(None, &Reply::MyRooms { rooms: rooms.clone(), next: Some(next) });
    assert_eq!(by_id["next"], "room_12345");
    let last = answered(None, &Reply::MyRooms { rooms, next: None });
    assert_eq!(last, json!({ "action": "my-rooms", "rooms": [with(place)] }));
}

#[test]
fn entries_say_what_happened() {
    let Said { room, ann, bob, .. } = setting();
    let subject = who("u-2", Some("bob"));
    let (target, user) = (5, bob.clone());
    let to_bob = json!({ "userId": "u-2", "username": "bob" });
    let post = Post {
        reply_to: Some(3),
        mentions: vec![bob.clone()],
        mentions_room: true,
        attachments: vec![AttachmentId::parse("a-1").unwrap()],
        data: Some("[1]".into()),
        ..Post::text("hi")
    };
    let reason = Some("spam".into());
    let by = |by: &UserId| Notice::Removed { room: room.clone(), by: by.clone(), banned: true };
    for (body, action, extra, about) in [
        (
            Body::Message(post),
            "new-message",
            json!({ "message": "hi", "replyTo": 3, "mentions": ["u-2"], "mentionsRoom": true, "attachments": ["a-1"], "data": [1] }),
            None,
        ),
        (
            Body::Edited { target, text: "new".into(), mentions: vec![bob.clone()], mentions_room: true },
            "message-edited",
            json!({ "target": 5, "message": "new", "mentions": ["u-2"], "mentionsRoom": true }),
            None,
        ),
        (
            Body::Edited { target, text: "".into(), mentions: vec![], mentions_room: false },
            "message-edited",
            json!({ "target": 5 }),
            None,
        ),
        (Body::Deleted { target }, "message-deleted", json!({ "target": 5 }), None),
        (Body::Reacted { target, emoji: "👍".into() }, "reaction-added", json!({ "target": 5, "emoji": "👍" }), None),
        (
            Body::Unreacted { target, emoji: "👍".into() },
            "reaction-removed",
            json!({ "target": 5, "emoji": "👍" }),
            None,
        ),
        (Body::Pinned { target }, "message-pinned", json!({ "target": 5 }), None),
        (Body::Unpinned { target }, "message-unpinned", json!({ "target": 5 }), None),
        (Body::from(RoomChange::name(name("New"))), "room-changed", json!({ "roomName": "New" }), None),
        (
            Body::from(RoomChange { topic: Some("".into()), archived: Some(true), ..RoomChange::slow_mode(0) }),
            "room-changed",
            json!({ "topic": "", "archived": true, "slowModeMs": 0 }),
            None,
        ),
        (
            Body::RoleChanged { user: user.clone(), role: Role::Owner },
            "role-changed",
            json!({ "role": "owner" }),
            Some(&to_bob),
        ),
        (
            Body::Kicked { user: user.clone(), reason: reason.clone() },
            "user-kicked",
            json!({ "reason": "spam" }),
            Some(&to_bob),
        ),
        (
            Body::Banned { user: user.clone(), was_member: true, reason },
            "user-banned",
            json!({ "wasMember": true, "reason": "spam" }),
            Some(&to_bob),
        ),
        (Body::Unbanned { user: user.clone() }, "user-unbanned", json!({}), Some(&to_bob)),
        (Body::Invited { user: user.clone() }, "user-invited", json!({}), Some(&to_bob)),
        (Body::Muted { user: user.clone(), until: Some(AT) }, "user-muted", json!({ "until": TIME }), Some(&to_bob)),
        (Body::Muted { user: user.clone(), until: None }, "user-muted", json!({}), Some(&to_bob)),
        (
            Body::Left { why: Leaving::Gone },
            "user-left",
            json!({ "userId": "u-1", "username": "ann", "reason": "gone" }),
            None,
        ),
        (
            Body::Notice(by(&bob)),
            "notice",
            json!({ "notice": { "kind": "removed", "roomId": "room_12345", "by": "u-2", "banned": true } }),
            None,
        ),
        (
            Body::Notice(Notice::Invited { room: room.clone(), by: bob.clone() }),
            "notice",
            json!({ "notice": { "kind": "invited", "roomId": "room_12345", "by": "u-2" } }),
            None,
        ),
        (Body::Unknown, "entry", json!({}), None),
    ] {
        let mut expected = json!({
            "action": action, "roomId": "room_12345", "seq": 43, "after": 40, "timestamp": TIME, "clientId": "c-1",
        });
        let fields = expected.as_object_mut().unwrap();
        if !["user-left", "notice", "entry"].contains(&action) {
            fields.extend(json!({ "sender": "ann", "senderId": "u-1" }).as_object().unwrap().clone());
        }
        fields.extend([&extra].into_iter().chain(about).flat_map(|more| more.as_object().unwrap().clone()));
        let entry = Arc::new(samples::entry(43, "u-1", body));
        let subject = about.map(|_| subject.clone());
        let event = Event::Entry { room: room.clone(), entry, after: 40, sender: ann.clone(), subject };
        assert_eq!(said(&event), expected);
    }
}

#[test]
fn the_rest_of_a_stream_says_what_it_must() {
    let Said { room, ann, .. } = setting();
    let (room, who) = (|| room.clone(), || ann.clone());
    let guest = samples::who("g-9", None);
    for (event, expected) in [
        (
            Event::Gap { room: room(), epoch: epoch(), oldest: 3, head: 42 },
            json!({ "action": "gap", "roomId": "room_12345", "epoch": "abc", "oldest": 3, "head": 42 }),
        ),
        (Event::Interrupted { room: room() }, json!({ "action": "interrupted", "roomId": "room_12345" })),
        (Event::Reset { room: room() }, json!({ "action": "reset", "roomId": "room_12345" })),
        (
            Event::MembersChanged { room: room(), joined: vec![who()], left: vec![guest], members: 700, online: 600 },
            json!({
                "action": "members-changed", "roomId": "room_12345", "memberCount": 700, "onlineCount": 600,
                "joined": [{ "userId": "u-1", "username": "ann" }],
                "left": [{ "userId": "g-9", "username": "g-9", "guest": true }],
            }),
        ),
        (
            Event::Typing { room: room(), who: who() },
            json!({ "action": "typing", "roomId": "room_12345", "userId": "u-1", "username": "ann" }),
        ),
        (
            Event::PresenceChanged { room: room(), who: who(), presence: Presence::Away, online: 7 },
            json!({ "action": "presence", "roomId": "room_12345", "userId": "u-1", "username": "ann", "state": "away", "onlineCount": 7 }),
        ),
        (
            Event::PresenceChanged {
                room: room(),
                who: who(),
                presence: Presence::Offline { last_seen: Some(AT) },
                online: 0,
            },
            json!({
                "action": "presence", "roomId": "room_12345", "userId": "u-1", "username": "ann", "state": "offline",
                "lastSeen": TIME, "onlineCount": 0,
            }),
        ),
        (
            Event::UserRenamed { room: room(), who: who() },
            json!({ "action": "user-renamed", "roomId": "room_12345", "userId": "u-1", "username": "ann" }),
        ),
        (
            Event::HasRead { room: room(), who: who(), seq: 5 },
            json!({ "action": "read", "roomId": "room_12345", "userId": "u-1", "username": "ann", "seq": 5 }),
        ),
        (
            Event::Subscribed { room: room(), at: Cursor { epoch: epoch(), seq: 42 } },
            json!({
                "action": "subscribed", "roomId": "room_12345", "status": "recovered", "epoch": "abc", "head": 42,
            }),
        ),
        (Event::Pushed { data: r#"{"order":7}"#.into() }, json!({ "action": "pushed", "data": { "order": 7 } })),
        (Event::Goaway { retry_after_ms: 250 }, json!({ "action": "goaway", "retryAfterMs": 250 })),
    ] {
        assert_eq!(said(&event), expected);
    }
}
