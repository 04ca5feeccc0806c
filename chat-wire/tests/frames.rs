//! What each event says, to the letter; the basic exchange is in `exchange.rs`.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use chat_core::{
    AttachmentId, Body, Caller, Code, Codec, Cursor, Event, Leaving, ListedMember, Message, MessageState, Notice, Post,
    Presence, RequestId, Resumed, Resumption, Role, RoomId, UserId, Who,
};
use chat_wire::JsonCodec;
use serde_json::{Value, json};
use support::samples::{self, AT, epoch, meta, name, receipt, user, who};

const TIME: &str = "2026-11-20T19:25:00.123Z";

fn said(event: &Event<'_>) -> Value {
    let mut frame = Vec::new();
    JsonCodec.encode(event, &mut frame);
    serde_json::from_slice(&frame).unwrap()
}

/// The frame, `re` 7 and room being those of all, without what is said of all.
fn rest(event: &Event<'_>) -> Value {
    let mut frame = said(event);
    let fields = frame.as_object_mut().unwrap();
    assert_eq!(fields.remove("re"), Some(json!(7)));
    assert_eq!(fields.remove("roomId").unwrap_or(json!("room_12345")), "room_12345");
    frame
}

struct Said {
    room: RoomId,
    re: RequestId,
    ann: Who,
    bob: UserId,
}

fn setting() -> Said {
    let (room, re) = (samples::room(), RequestId("7".into()));
    Said { room, re, ann: who("u-1", Some("ann")), bob: user("u-2") }
}

#[test]
fn welcome_says_who_one_is_and_what_became_of_the_cursors() {
    let Said { room, re, .. } = setting();
    let at = Some(Cursor { epoch: epoch(), seq: 42 });
    let resumed = [
        Resumed { room: room.clone(), resumption: Resumption::Recovered, at },
        Resumed { room: room.clone(), resumption: Resumption::Gap { oldest: 3 }, at },
        Resumed { room: room.clone(), resumption: Resumption::Reset, at },
        Resumed { room, resumption: Resumption::Refused(Code::Banned), at: None },
    ];
    let limits = json!({
        "frameBytes": 65_536, "messageBytes": 16_384, "dataBytes": 16_384, "mentions": 64, "attachments": 16,
        "page": 200, "resume": 200, "subscriptions": 500,
    });
    let caller = Caller { admin: true, ..Caller::new(user("u-1"), name("ann")) };
    let welcome = Event::Welcome { re: Some(&re), protocol: 1, caller: Some(&caller), resumed: &resumed };
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
    let nobody = said(&Event::Welcome { re: None, protocol: 1, caller: None, resumed: &[] });
    assert_eq!(nobody, json!({ "action": "welcome", "protocol": 1, "resumed": [], "limits": limits }));
}

#[test]
fn history_tells_messages_as_they_now_stand() {
    let Said { room, re, ann, .. } = setting();
    let mut messages = samples::messages();
    // A store need not have erased a deleted message yet.
    let entry = samples::entry(4, "u-1", Body::Message(Post::text("secret")));
    let state = MessageState { deleted_at: Some(AT), ..MessageState::default() };
    messages.push((Message { entry, state }, ann));
    let event = Event::History { re: Some(&re), room: &room, epoch: epoch(), head: 42, messages: &messages };
    let base = |seq, text| json!({ "seq": seq, "sender": "ann", "senderId": "u-1", "timestamp": TIME, "clientId": "c-1", "message": text });
    let with = |mut base: Value, more: Value| {
        base.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        base
    };
    let reactions = json!([{ "emoji": "👍", "users": ["u-2", "u-3"] }]);
    let edited = json!({ "data": [1], "mentions": ["u-2"], "editedAt": TIME, "reactions": reactions, "pinned": true });
    let erased = json!({ "sender": "g-9", "senderId": "g-9", "guest": true, "deletedAt": TIME });
    let expected = json!([
        with(base(1, "plain"), json!({ "data": [1] })),
        with(base(2, "after"), edited),
        with(base(3, ""), erased),
        with(base(4, ""), json!({ "deletedAt": TIME })),
    ]);
    assert_eq!(rest(&event), json!({ "action": "history", "epoch": "abc", "head": 42, "messages": expected }));
}

#[test]
fn answers_say_what_was_asked() {
    let Said { room, re, ann, .. } = setting();
    let (room, re, at) = (&room, Some(&re), Cursor { epoch: epoch(), seq: 42 });
    let members = [ListedMember { who: ann, role: Role::Moderator }];
    let meta = meta();
    let done = |op| Event::Committed { re, op, room, receipt: receipt(43), client_id: None };
    let ack =
        |action: &str, op: &str| json!({ "action": action, "op": op, "epoch": "abc", "seq": 43, "timestamp": TIME });
    for (event, expected) in [
        (done("edit"), ack("done", "edit-message")),
        (done("delete"), ack("done", "delete-message")),
        (done("set-role"), ack("done", "set-role")),
        (
            Event::Subscribed { re, room, resumption: Resumption::Gap { oldest: 3 }, at },
            json!({ "action": "subscribed", "status": "gap", "epoch": "abc", "head": 42, "oldest": 3 }),
        ),
        (Event::Unsubscribed { re, room }, json!({ "action": "unsubscribed" })),
        (Event::ReadMoved { re, room, seq: 5 }, json!({ "action": "read-moved", "seq": 5 })),
        (
            Event::Members { re, room, members: &members, count: 9 },
            json!({
                "action": "members", "memberCount": 9,
                "members": [{ "userId": "u-1", "username": "ann", "role": "moderator" }],
            }),
        ),
        (
            Event::RoomCreated { re, room, meta: &meta, epoch: epoch() },
            json!({
                "action": "room-created", "roomName": "TechTalk", "kind": "public", "history": "everything",
                "epoch": "abc", "createdAt": TIME, "creatorId": "u-7",
            }),
        ),
        (Event::Taken { re: re.unwrap() }, json!({ "action": "ok" })),
        (Event::Pong { re }, json!({ "action": "pong" })),
    ] {
        assert_eq!(rest(&event), expected);
    }
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
            json!({ "message": "hi", "replyTo": 3, "mentions": ["u-2"], "attachments": ["a-1"], "data": [1] }),
            None,
        ),
        (
            Body::Edited { target, text: "new".into(), mentions: vec![bob.clone()] },
            "message-edited",
            json!({ "target": 5, "message": "new", "mentions": ["u-2"] }),
            None,
        ),
        (Body::Edited { target, text: "".into(), mentions: vec![] }, "message-edited", json!({ "target": 5 }), None),
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
        (Body::Renamed { name: name("New") }, "room-renamed", json!({ "roomName": "New" }), None),
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
        let entry = samples::entry(43, "u-1", body);
        let subject = about.map(|_| &subject);
        let event = Event::Entry { room: &room, entry: &entry, after: 40, sender: &ann, subject, text: true };
        assert_eq!(said(&event), expected);
    }
}

#[test]
fn the_rest_of_a_stream_says_what_it_must() {
    let Said { room, ann, .. } = setting();
    let (room, who) = (&room, &ann);
    let guest = samples::who("g-9", None);
    for (event, expected) in [
        (
            Event::Gap { room, epoch: epoch(), oldest: 3, head: 42 },
            json!({ "action": "gap", "roomId": "room_12345", "epoch": "abc", "oldest": 3, "head": 42 }),
        ),
        (Event::Reset { room }, json!({ "action": "reset", "roomId": "room_12345" })),
        (
            Event::MembersChanged {
                room,
                joined: std::slice::from_ref(&ann),
                left: &[guest],
                members: 700,
                online: 600,
            },
            json!({
                "action": "members-changed", "roomId": "room_12345", "memberCount": 700, "onlineCount": 600,
                "joined": [{ "userId": "u-1", "username": "ann" }],
                "left": [{ "userId": "g-9", "username": "g-9", "guest": true }],
            }),
        ),
        (
            Event::Typing { room, who },
            json!({ "action": "typing", "roomId": "room_12345", "userId": "u-1", "username": "ann" }),
        ),
        (
            Event::PresenceChanged { room, who, presence: Presence::Away },
            json!({ "action": "presence", "roomId": "room_12345", "userId": "u-1", "username": "ann", "state": "away" }),
        ),
        (
            Event::PresenceChanged { room, who, presence: Presence::Offline { last_seen: AT } },
            json!({
                "action": "presence", "roomId": "room_12345", "userId": "u-1", "username": "ann", "state": "offline",
                "lastSeen": TIME,
            }),
        ),
        (
            Event::HasRead { room, who, seq: 5 },
            json!({ "action": "read", "roomId": "room_12345", "userId": "u-1", "username": "ann", "seq": 5 }),
        ),
        (Event::Goaway { retry_after_ms: 250 }, json!({ "action": "goaway", "retryAfterMs": 250 })),
    ] {
        assert_eq!(said(&event), expected);
    }
}
