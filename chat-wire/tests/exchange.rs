//! The basic exchange, to the letter. These shapes are fixed.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::sync::Arc;

use chat_core::{
    Body, Call, Caller, Code, Codec, Command, Cursor, Event, Joined, Leaving, ListedMember, Op, Post, Refusal, Reply,
    Request, RequestId, Role,
};
use chat_wire::JsonCodec;
use serde_json::{Value, json};
use support::samples::{entry, epoch, listing, meta, name, receipt, room, user, who};

/// What is written behind what is there.
fn written(write: impl FnOnce(&mut Vec<u8>)) -> Value {
    let mut frame = b"before".to_vec();
    write(&mut frame);
    serde_json::from_slice(frame.strip_prefix(b"before").unwrap()).unwrap()
}

fn answered(re: Option<&RequestId>, answer: Result<&Reply, &Refusal>) -> Value {
    written(|frame| JsonCodec.encode_reply(re, answer, frame))
}

fn asked(frame: &str) -> Request {
    JsonCodec.decode(frame.as_bytes()).unwrap()
}

fn entry_frame(seq: u64, body: Body, client_id: bool) -> Value {
    let mut entry = entry(seq, "g-1", body);
    entry.claim = entry.claim.filter(|_| client_id);
    let (entry, sender) = (Arc::new(entry), who("g-1", Some("john_doe")));
    let event = Event::Entry { room: room(), entry, after: seq - 1, sender, subject: None };
    written(|frame| JsonCodec.encode_event(&event, frame))
}

#[test]
fn join_is_answered_by_joined_and_told_as_user_joined() {
    let request = asked(r#"{"action":"join","username":"john_doe","roomId":"room_12345"}"#);
    let username = Some(name("john_doe"));
    let call = Call::Join { room: room(), username, guest_token: None, invite: None, client_id: None };
    assert_eq!(request, Request { re: None, call });

    let (john, ann) = (who("g-1", Some("john_doe")), who("u-7", Some("ann")));
    let listed = |who: &chat_core::Who, role| ListedMember { who: who.clone(), role, last_seen: None };
    let joined = Joined {
        room: room(),
        meta: meta(),
        receipt: receipt(42),
        at: Cursor { epoch: epoch(), seq: 42 },
        caller: Caller::new(user("g-1"), name("john_doe")),
        role: Role::Member,
        members: listing([listed(&ann, Role::Owner), listed(&john, Role::Member)]),
        member_count: 2,
        online: listing([john]),
        online_count: 1,
        guest_token: Some("g-1.x.y".into()),
        client_id: None,
    };
    let expected = json!({
        "action": "joined",
        "roomId": "room_12345",
        "message": "Welcome to TechTalk!",
        "roomName": "TechTalk",
        "slowModeMs": 5000,
        "epoch": "abc",
        "head": 42,
        "seq": 42,
        "timestamp": "2026-11-20T19:25:00.123Z",
        "userId": "g-1",
        "username": "john_doe",
        "role": "member",
        "members": [
            { "userId": "u-7", "username": "ann", "role": "owner" },
            { "userId": "g-1", "username": "john_doe", "guest": true, "role": "member" },
        ],
        "memberCount": 2,
        "online": [{ "userId": "g-1", "username": "john_doe", "guest": true }],
        "onlineCount": 1,
        "guestToken": "g-1.x.y",
    });
    assert_eq!(answered(None, Ok(&Reply::Joined(Box::new(joined)))), expected);

    let expected = json!({
        "action": "user-joined",
        "roomId": "room_12345",
        "username": "john_doe",
        "seq": 42,
        "after": 41,
        "timestamp": "2026-11-20T19:25:00.123Z",
        "userId": "g-1",
        "guest": true,
        "role": "member",
    });
    assert_eq!(entry_frame(42, Body::Joined { role: Role::Member, guest: true, invite: None }, false), expected);
}

#[test]
fn send_message_is_answered_by_sent_and_told_as_new_message() {
    let request = asked(
        r#"{"action":"send-message","roomId":"room_12345","message":"Hello, everyone!","clientId":"c-1","id":7}"#,
    );
    let client_id = Some("c-1".parse().unwrap());
    let re = RequestId("7".into());
    let command = Command { client_id: client_id.clone(), op: Op::Send(Post::text("Hello, everyone!")) };
    assert_eq!(
        request,
        Request { re: Some(re.clone()), call: Call::Command { room: room(), command, username: None } }
    );

    let sent = Reply::Committed { op: "send", room: room(), receipt: receipt(43), client_id };
    let expected = json!({
        "action": "sent",
        "re": 7,
        "roomId": "room_12345",
        "epoch": "abc",
        "seq": 43,
        "timestamp": "2026-11-20T19:25:00.123Z",
        "clientId": "c-1",
    });
    assert_eq!(answered(Some(&re), Ok(&sent)), expected);

    let expected = json!({
        "action": "new-message",
        "roomId": "room_12345",
        "seq": 43,
        "after": 42,
        "sender": "john_doe",
        "senderId": "g-1",
        "guest": true,
        "message": "Hello, everyone!",
        "timestamp": "2026-11-20T19:25:00.123Z",
        "clientId": "c-1",
    });
    assert_eq!(entry_frame(43, Body::Message(Post::text("Hello, everyone!")), true), expected);
}

#[test]
fn leave_is_answered_by_left_and_told_as_user_left() {
    let request = asked(r#"{"action":"leave","username":"john_doe","roomId":"room_12345"}"#);
    let command = Command { client_id: None, op: Op::Leave };
    let call = Call::Command { room: room(), command, username: Some(name("john_doe")) };
    assert_eq!(request, Request { re: None, call });

    let left = Reply::Committed { op: "leave", room: room(), receipt: receipt(44), client_id: None };
    let expected = json!({
        "action": "left",
        "roomId": "room_12345",
        "epoch": "abc",
        "seq": 44,
        "timestamp": "2026-11-20T19:25:00.123Z",
    });
    assert_eq!(answered(None, Ok(&left)), expected);

    let expected = json!({
        "action": "user-left",
        "roomId": "room_12345",
        "username": "john_doe",
        "seq": 44,
        "after": 43,
        "timestamp": "2026-11-20T19:25:00.123Z",
        "userId": "g-1",
        "guest": true,
        "reason": "left",
    });
    assert_eq!(entry_frame(44, Body::Left { why: Leaving::Left }, false), expected);
}

#[test]
fn a_refusal_is_an_error_with_its_request_and_code() {
    let re = RequestId("9".into());
    let refusal = Refusal::new(Code::NotAMember, "you are not a member of this room");
    let expected = json!({
        "action": "error",
        "re": 9,
        "code": "not-a-member",
        "message": "you are not a member of this room",
    });
    assert_eq!(answered(Some(&re), Err(&refusal)), expected);
    let refusal = Refusal::field("message", "is empty");
    let expected =
        json!({ "action": "error", "code": "invalid-field", "message": "is empty", "details": { "field": "message" } });
    assert_eq!(answered(None, Err(&refusal)), expected);
    let refusal =
        Refusal::new(Code::Host("plan-too-small", 402), "upgrade to write").with_details(r#"{"plan":"free"}"#);
    let expected = json!({
        "action": "error",
        "re": 9,
        "code": "plan-too-small",
        "message": "upgrade to write",
        "details": { "plan": "free" },
    });
    assert_eq!(answered(Some(&re), Err(&refusal)), expected);
}
