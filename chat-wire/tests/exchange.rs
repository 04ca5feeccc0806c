//! The basic exchange, to the letter. These shapes are fixed.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use chat_core::{
    Body, Call, Caller, Code, Codec, Command, Cursor, Event, Joined, Leaving, ListedMember, Op, Post, Refusal, Request,
    RequestId, Role,
};
use chat_wire::JsonCodec;
use serde_json::{Value, json};
use support::samples::{entry, epoch, meta, name, receipt, room, user, who};

fn said(event: &Event<'_>) -> Value {
    let mut frame = b"before".to_vec();
    JsonCodec.encode(event, &mut frame);
    serde_json::from_slice(frame.strip_prefix(b"before").unwrap()).unwrap()
}

fn asked(frame: &str) -> Request {
    JsonCodec.decode(frame.as_bytes()).unwrap()
}

fn entry_frame(seq: u64, body: Body, client_id: bool) -> Value {
    let mut entry = entry(seq, "g-1", body);
    entry.claim = entry.claim.filter(|_| client_id);
    let (room, john) = (room(), who("g-1", Some("john_doe")));
    said(&Event::Entry { room: &room, entry: &entry, after: seq - 1, sender: &john, subject: None, text: true })
}

#[test]
fn join_is_answered_by_joined_and_told_as_user_joined() {
    let request = asked(r#"{"action":"join","username":"john_doe","roomId":"room_12345"}"#);
    let username = Some(name("john_doe"));
    let call = Call::Join { room: room(), username, guest_token: None, client_id: None };
    assert_eq!(request, Request { re: None, call });

    let (john, ann) = (who("g-1", Some("john_doe")), who("u-7", Some("ann")));
    let listed = |who: &chat_core::Who, role| ListedMember { who: who.clone(), role };
    let joined = Joined {
        room: &room(),
        meta: &meta(),
        receipt: receipt(42),
        at: Cursor { epoch: epoch(), seq: 42 },
        caller: &Caller::new(user("g-1"), name("john_doe")),
        role: Role::Member,
        members: &[listed(&ann, Role::Owner), listed(&john, Role::Member)].into_iter().collect(),
        member_count: 2,
        online: &[john].into_iter().collect(),
        online_count: 1,
        guest_token: Some("g-1.x.y"),
        client_id: None,
    };
    let expected = json!({
        "action": "joined",
        "roomId": "room_12345",
        "message": "Welcome to TechTalk!",
        "roomName": "TechTalk",
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
    assert_eq!(said(&Event::Joined { re: None, joined: &joined }), expected);

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
    assert_eq!(entry_frame(42, Body::Joined { role: Role::Member, guest: true }, false), expected);
}

#[test]
fn send_message_is_answered_by_sent_and_told_as_new_message() {
    let request = asked(
        r#"{"action":"send-message","roomId":"room_12345","message":"Hello, everyone!","clientId":"c-1","id":7}"#,
    );
    let client_id = "c-1".parse().unwrap();
    let re = RequestId("7".into());
    let command = Command { client_id: Some("c-1".parse().unwrap()), op: Op::Send(Post::text("Hello, everyone!")) };
    assert_eq!(
        request,
        Request { re: Some(re.clone()), call: Call::Command { room: room(), command, username: None } }
    );

    let room = room();
    let sent =
        Event::Committed { re: Some(&re), op: "send", room: &room, receipt: receipt(43), client_id: Some(&client_id) };
    let expected = json!({
        "action": "sent",
        "re": 7,
        "roomId": "room_12345",
        "epoch": "abc",
        "seq": 43,
        "timestamp": "2026-11-20T19:25:00.123Z",
        "clientId": "c-1",
    });
    assert_eq!(said(&sent), expected);

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

    let room = room();
    let left = Event::Committed { re: None, op: "leave", room: &room, receipt: receipt(44), client_id: None };
    let expected = json!({
        "action": "left",
        "roomId": "room_12345",
        "epoch": "abc",
        "seq": 44,
        "timestamp": "2026-11-20T19:25:00.123Z",
    });
    assert_eq!(said(&left), expected);

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
    assert_eq!(said(&Event::Refused { re: Some(&re), refusal: &refusal }), expected);
    let refusal = Refusal::field("message", "is empty");
    let expected =
        json!({ "action": "error", "code": "invalid-field", "message": "is empty", "details": { "field": "message" } });
    assert_eq!(said(&Event::Refused { re: None, refusal: &refusal }), expected);
}
