//! Invitations by link, over REST and on the wire.
#![allow(clippy::unwrap_used, missing_docs)]

mod harness;

use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use harness::{Server, Way};
use serde_json::{Value, json};

const DEN: &str = "/api/rooms/den";

async fn ask(server: &Server, token: &str, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
    let request = Request::builder().method(method).uri(path).header("host", "chat.example:8080");
    let request = request.header("authorization", format!("Bearer {token}"));
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    server.ask(request.body(body).unwrap()).await
}

async fn guest(server: &Server, name: &str) -> String {
    let (status, guest) = ask(server, "", Method::POST, "/api/auth/guest", json!({ "username": name })).await;
    assert_eq!(status, StatusCode::CREATED, "{guest}");
    guest["token"].as_str().unwrap().to_owned()
}

/// A server with a private room, and its owner's token.
async fn with_den() -> (Server, String) {
    let server = Server::start().await;
    let ann = guest(&server, "ann").await;
    let den = json!({ "roomName": "Den", "roomId": "den", "kind": "private" });
    assert_eq!(ask(&server, &ann, Method::POST, "/api/rooms", den).await.0, StatusCode::CREATED);
    assert_eq!(ask(&server, &ann, Method::POST, &format!("{DEN}/join"), Value::Null).await.0, StatusCode::OK);
    (server, ann)
}

async fn made(server: &Server, token: &str, body: Value) -> Value {
    let (status, invite) = ask(server, token, Method::POST, &format!("{DEN}/invites"), body).await;
    assert_eq!(status, StatusCode::CREATED, "{invite}");
    invite
}

fn code_of(invite: &Value) -> String {
    invite["code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_link_is_made_looked_at_used_listed_and_revoked_over_rest() {
    let (server, ann) = with_den().await;
    let bob = guest(&server, "bob").await;
    let body = json!({ "expiresAt": "2999-01-01T00:00:00Z", "uses": 2, "clientId": "i-1" });
    let invite = made(&server, &ann, body.clone()).await;
    let code = code_of(&invite);
    assert_eq!(invite["url"], format!("http://chat.example:8080/invite/{code}"));
    assert_eq!((&invite["roomId"], &invite["uses"], &invite["used"]), (&json!("den"), &json!(2), &json!(0)));
    assert_eq!((&invite["creator"], &invite["expiresAt"]), (&json!("ann"), &json!("2999-01-01T00:00:00.000Z")));
    assert_eq!(code_of(&made(&server, &ann, body).await), code, "made once under its clientId");

    let at = format!("/api/invites/{code}");
    let (status, room) = ask(&server, &bob, Method::GET, &at, Value::Null).await;
    assert_eq!((status, &room["roomName"], &room["memberCount"]), (StatusCode::OK, &json!("Den"), &json!(1)));
    assert_eq!(ask(&server, &bob, Method::GET, DEN, Value::Null).await.0, StatusCode::NOT_FOUND, "not yet");
    for _ in 0..2 {
        let (status, room) = ask(&server, &bob, Method::POST, &at, Value::Null).await;
        assert_eq!(
            (status, &room["roomId"], &room["memberCount"]),
            (StatusCode::OK, &json!("den"), &json!(2)),
            "{room}"
        );
    }
    let list = format!("{DEN}/invites");
    let (status, refused) = ask(&server, &bob, Method::GET, &list, Value::Null).await;
    assert_eq!((status, &refused["code"]), (StatusCode::FORBIDDEN, &json!("forbidden")));
    let (_, listed) = ask(&server, &ann, Method::GET, &list, Value::Null).await;
    assert_eq!((&listed["invites"][0]["code"], &listed["invites"][0]["used"]), (&json!(code), &json!(1)), "{listed}");

    let by_id = listed["invites"][0]["inviteId"].as_str().unwrap();
    let (status, ack) = ask(&server, &ann, Method::DELETE, &format!("{list}/{by_id}"), Value::Null).await;
    assert!(status == StatusCode::OK && ack["seq"].is_u64(), "{ack}");
    let other = code_of(&made(&server, &ann, json!({})).await);
    let (status, _) = ask(&server, &ann, Method::DELETE, &format!("{list}/{other}"), Value::Null).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(ask(&server, &ann, Method::GET, &list, Value::Null).await.1["invites"], json!([]));
    assert_eq!(ask(&server, &bob, Method::POST, &at, Value::Null).await.0, StatusCode::OK, "a member needs no code");
}

#[tokio::test]
async fn every_code_that_is_not_good_is_one_refusal() {
    let (server, ann) = with_den().await;
    let bob = guest(&server, "bob").await;
    let spent = code_of(&made(&server, &ann, json!({ "uses": 1 })).await);
    let cat = guest(&server, "cat").await;
    assert_eq!(ask(&server, &cat, Method::POST, &format!("/api/invites/{spent}"), Value::Null).await.0, StatusCode::OK);
    let (secret, _) = spent.split_once('.').unwrap();
    let none = "0".repeat(32);
    let bad = [
        spent.clone(),
        "x".to_owned(),
        "den".to_owned(),
        format!("{secret}."),
        format!("{secret}.nowhere"),
        format!("{none}.den"),
        format!("{}.den", "x".repeat(32)),
        "%00".to_owned(),
        "a".repeat(2_000),
    ];
    for code in bad {
        for method in [Method::POST, Method::GET] {
            let (status, error) = ask(&server, &bob, method, &format!("/api/invites/{code}"), Value::Null).await;
            assert_eq!((status, &error["code"]), (StatusCode::NOT_FOUND, &json!("invite-not-found")), "{code}");
        }
        let path = format!("{DEN}/invites/{code}");
        let (status, error) = ask(&server, &ann, Method::DELETE, &path, Value::Null).await;
        assert_eq!((status, &error["code"]), (StatusCode::NOT_FOUND, &json!("invite-not-found")), "{code}");
    }
    for (body, field) in [
        (json!({ "uses": 0 }), "uses"),
        (json!({ "uses": -1 }), "uses"),
        (json!({ "uses": "many" }), "uses"),
        (json!({ "expiresAt": "2000-01-01T00:00:00Z" }), "expiresAt"),
        (json!({ "expiresAt": 7 }), "expiresAt"),
    ] {
        let (status, error) = ask(&server, &ann, Method::POST, &format!("{DEN}/invites"), body.clone()).await;
        assert_eq!((status, &error["details"]["field"]), (StatusCode::BAD_REQUEST, &json!(field)), "{body}");
    }
}

#[tokio::test]
async fn on_the_wire_who_comes_by_a_code_is_subscribed_and_nobody_is_told_of_codes() {
    let (server, ann) = with_den().await;
    let mut a = server.client(Way::Tcp).await;
    assert_eq!(a.ask(json!({ "action": "hello", "token": ann })).await["action"], "welcome");
    assert_eq!(a.ask(json!({ "action": "join", "roomId": "den" })).await["action"], "joined");
    let made =
        a.ask(json!({ "action": "create-invite", "roomId": "den", "uses": 1, "clientId": "i-1", "id": 1 })).await;
    assert_eq!((&made["action"], &made["re"], &made["clientId"]), (&json!("invite-created"), &json!(1), &json!("i-1")));
    let code = code_of(&made);

    let mut b = server.client(Way::Tcp).await;
    let joined = b.ask(json!({ "action": "join-by-invite", "code": code, "username": "bob" })).await;
    assert_eq!((&joined["action"], &joined["roomId"]), (&json!("joined"), &json!("den")), "{joined}");
    let told = a.hear().await;
    assert_eq!((&told["action"], &told["username"]), (&json!("user-joined"), &json!("bob")), "{told}");
    assert!(!told.to_string().contains("invite"), "{told}");
    a.say(json!({ "action": "send-message", "roomId": "den", "message": "welcome" })).await;
    assert_eq!(b.hear().await["message"], "welcome");

    let mut e = server.client(Way::Tcp).await;
    let refused = e.ask(json!({ "action": "join-by-invite", "code": code, "username": "eve" })).await;
    assert_eq!(refused["code"], "invite-not-found", "{refused}");
    let nowhere = format!("{}.nowhere", "0".repeat(32));
    for (action, code) in [("join-by-invite", &nowhere), ("invited-to", &nowhere), ("invited-to", &code)] {
        let refused = e.ask(json!({ "action": action, "code": code })).await;
        assert_eq!(refused["code"], "invite-not-found", "{action} {refused}");
    }
    assert_eq!(b.ask(json!({ "action": "invites", "roomId": "den" })).await["code"], "forbidden");
    let (own, listed) = (a.hear().await, a.hear().await);
    assert!(own["action"] == "sent" || listed["action"] == "sent", "{own} {listed}");
    let made = a.ask(json!({ "action": "create-invite", "roomId": "den" })).await;
    let listed = a.ask(json!({ "action": "invites", "roomId": "den" })).await;
    assert_eq!((&listed["action"], &listed["invites"][0]["code"]), (&json!("invites"), &made["code"]), "{listed}");
    let code = code_of(&made);
    let room = e.ask(json!({ "action": "invited-to", "code": code })).await;
    assert_eq!((&room["action"], &room["roomName"]), (&json!("room"), &json!("Den")), "{room}");
    let done = a.ask(json!({ "action": "revoke-invite", "roomId": "den", "code": code })).await;
    assert_eq!((&done["action"], &done["op"]), (&json!("done"), &json!("revoke-invite")), "{done}");
    assert_eq!(a.ask(json!({ "action": "invites", "roomId": "den" })).await["invites"], json!([]));
}
