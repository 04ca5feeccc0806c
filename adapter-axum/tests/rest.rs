//! REST: every route, every refusal in the same shape.
#![allow(clippy::unwrap_used, missing_docs)]

mod harness;

use std::net::SocketAddr;

use adapter_axum::{AdapterOptions, ServeOptions, limits::Rate, router};
use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{Method, Request, StatusCode},
};
use chat_core::{Chat, Command, Limits, Op, UserId};
use harness::{Server, Way};
use serde_json::{Value, json};

const ROOM: &str = "room_12345";

/// Somebody with a token.
struct Caller<'a> {
    server: &'a Server,
    token: String,
    id: String,
}

impl<'a> Caller<'a> {
    async fn new(server: &'a Server, name: &str) -> Self {
        let (status, guest) = send(server, Method::POST, "/api/auth/guest", None, &json!({ "username": name })).await;
        assert_eq!(status, StatusCode::CREATED);
        assert_eq!(guest["username"], name);
        let text = |field: &str| guest[field].as_str().unwrap().to_owned();
        Self { server, token: text("token"), id: text("userId") }
    }

    async fn ask(&self, method: Method, path: &str, body: &Value) -> (StatusCode, Value) {
        send(self.server, method, path, Some(&self.token), body).await
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask(Method::GET, path, &Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }

    /// Does it, and expects an ack.
    async fn done(&self, method: Method, path: &str, body: &Value) -> Value {
        let (status, ack) = self.ask(method, path, body).await;
        assert!(status.is_success(), "{path}: {ack}");
        assert!(ack["roomId"] == ROOM && ack["seq"].is_u64() && ack["epoch"].is_string(), "{ack}");
        assert!(ack["timestamp"].is_string(), "{ack}");
        ack
    }

    async fn refused(&self, method: Method, path: &str, body: &Value) -> (u16, String) {
        let (status, error) = self.ask(method, path, body).await;
        assert!(error["message"].is_string(), "{error}");
        (status.as_u16(), error["code"].as_str().unwrap().to_owned())
    }
}

async fn send(server: &Server, method: Method, path: &str, token: Option<&str>, body: &Value) -> (StatusCode, Value) {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    server.ask(request.body(body).unwrap()).await
}

fn path(rest: &str) -> String {
    format!("/api/rooms/{ROOM}{rest}")
}

/// A server, and a caller who made a room and is in it.
async fn with_owner(server: &Server) -> Caller<'_> {
    let owner = Caller::new(server, "ann").await;
    let (status, room) =
        owner.ask(Method::POST, "/api/rooms", &json!({ "roomName": "TechTalk", "roomId": ROOM })).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(
        (&room["roomId"], &room["roomName"], &room["kind"]),
        (&json!(ROOM), &json!("TechTalk"), &json!("public"))
    );
    owner.done(Method::POST, &path("/join"), &Value::Null).await;
    owner
}

/// A request over REST by somebody at the address from which sockets come.
fn from_here(path: &str, token: Option<&str>, body: &Value) -> Request<Body> {
    let here = ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 9)));
    let mut request = Request::post(path).extension(here);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    request.body(Body::from(body.to_string())).unwrap()
}

#[tokio::test]
async fn a_member_is_muted_for_good_until_a_time_and_no_more_and_waits_in_slow_mode() {
    let server = Server::start().await;
    let owner = with_owner(&server).await;
    let bob = Caller::new(&server, "bob").await;
    bob.done(Method::POST, &path("/join"), &Value::Null).await;
    let say = || json!({ "message": "hello" });
    let mutes = path("/mutes");
    owner.done(Method::POST, &mutes, &json!({ "userId": bob.id })).await;
    assert_eq!(bob.refused(Method::POST, &path("/messages"), &say()).await, (403, "muted".to_owned()));
    assert_eq!(bob.refused(Method::POST, &mutes, &json!({ "userId": owner.id })).await, (403, "forbidden".to_owned()));
    let muted = owner.get(&mutes).await;
    let expected = json!({ "userId": bob.id, "username": "bob", "guest": true });
    let by = json!({ "userId": owner.id, "username": "ann", "guest": true });
    let listed = &muted["mutes"][0];
    assert_eq!(
        (&listed["userId"], &listed["username"], &listed["by"]),
        (&expected["userId"], &expected["username"], &by)
    );
    assert!(listed["timestamp"].is_string() && listed.get("until").is_none(), "{muted}");
    assert_eq!(bob.refused(Method::GET, &mutes, &Value::Null).await, (403, "forbidden".to_owned()));
    let lift = format!("{mutes}/{}", bob.id);
    assert_eq!(bob.refused(Method::DELETE, &lift, &Value::Null).await, (403, "forbidden".to_owned()));
    owner.done(Method::DELETE, &lift, &Value::Null).await;
    bob.done(Method::POST, &path("/messages"), &say()).await;
    owner.done(Method::POST, &mutes, &json!({ "userId": bob.id, "until": "2000-01-01T00:00:00Z" })).await;
    bob.done(Method::POST, &path("/messages"), &say()).await;
    owner.done(Method::PATCH, &path(""), &json!({ "slowModeMs": 60_000 })).await;
    assert_eq!(owner.get(&path("")).await["slowModeMs"], 60_000);
    bob.done(Method::POST, &path("/messages"), &say()).await;
    let (status, refused) = bob.ask(Method::POST, &path("/messages"), &say()).await;
    assert_eq!((status.as_u16(), &refused["code"]), (429, &json!("slow-mode")));
    assert!(refused["details"]["retryAfterMs"].as_u64().is_some_and(|ms| (1..=60_000).contains(&ms)), "{refused}");
    for wrong in [json!(-1), json!("soon"), json!(21_600_001)] {
        let change = json!({ "slowModeMs": wrong });
        assert_eq!(owner.refused(Method::PATCH, &path(""), &change).await, (400, "invalid-field".to_owned()));
    }
}

#[tokio::test]
async fn who_reacted_is_listed_by_user_in_pages() {
    let server = Server::start().await;
    let owner = with_owner(&server).await;
    let bob = Caller::new(&server, "bob").await;
    bob.done(Method::POST, &path("/join"), &Value::Null).await;
    let seq = owner.done(Method::POST, &path("/messages"), &json!({ "message": "tea?" })).await["seq"].clone();
    let at = path(&format!("/messages/{seq}/reactions"));
    assert_eq!(owner.get(&at).await, json!({ "roomId": ROOM, "seq": seq, "users": [], "userCount": 0 }));
    for (who, emoji) in [(&owner, "ok"), (&bob, "ok"), (&bob, "tea")] {
        who.done(Method::PUT, &format!("{at}/{emoji}"), &Value::Null).await;
    }
    let mut expected = [
        json!({ "userId": owner.id, "username": "ann", "guest": true, "emoji": ["ok"] }),
        json!({ "userId": bob.id, "username": "bob", "guest": true, "emoji": ["ok", "tea"] }),
    ];
    expected.sort_by_key(|user| user["userId"].to_string());
    assert_eq!(owner.get(&at).await["users"], json!(expected));
    let first = owner.get(&format!("{at}?limit=1")).await;
    assert_eq!((&first["users"], &first["userCount"]), (&json!([expected[0]]), &json!(2)));
    let after = first["users"][0]["userId"].as_str().unwrap();
    assert_eq!(owner.get(&format!("{at}?after={after}")).await["users"], json!([expected[1]]));
    let gone = (404, "message-not-found".to_owned());
    for other in [json!(0), json!(1), json!(9_999)] {
        let at = path(&format!("/messages/{other}/reactions"));
        assert_eq!(owner.refused(Method::GET, &at, &Value::Null).await, gone, "{other}");
    }
    let eve = Caller::new(&server, "eve").await;
    assert_eq!(eve.refused(Method::GET, &at, &Value::Null).await, (403, "not-a-member".to_owned()));
    owner.done(Method::DELETE, &path(&format!("/messages/{seq}")), &Value::Null).await;
    assert_eq!(owner.refused(Method::GET, &at, &Value::Null).await, gone);
}

#[tokio::test]
async fn guests_of_one_address_are_bounded_over_rest_and_the_wire_alike() {
    let mut limits = Limits::default();
    limits.guests_per_minute = Some(2);
    let chat = Chat::builder().limits(limits).guests(true).build();
    let server = Server::of(chat.clone(), router(chat, AdapterOptions::default()), ServeOptions::default()).await;
    let room = server.room(ROOM).await;
    let make = from_here("/api/auth/guest", None, &json!({ "username": "ann" }));
    let (status, ann) = server.ask(make).await;
    assert_eq!(status, StatusCode::CREATED);
    let mut mallory = server.client(Way::Tcp).await;
    let join = |name: &str| json!({ "action": "join", "username": name, "roomId": ROOM });
    let joined = mallory.ask(join("mallory")).await;
    assert_eq!(joined["action"], "joined");
    let make = from_here("/api/auth/guest", None, &json!({ "username": "bob" }));
    let (status, refused) = server.ask(make).await;
    assert_eq!((status.as_u16(), &refused["details"]["limit"]), (429, &json!("guests-per-minute")));
    let refused = server.client(Way::Tcp).await.ask(join("cleo")).await;
    assert_eq!((&refused["code"], &refused["details"]["most"]), (&json!("rate-limited"), &json!(2)));
    // Nor does one who is there come in where another one was banned.
    let user = UserId::parse(joined["userId"].as_str().unwrap()).unwrap();
    let ban = Command { client_id: None, op: Op::Ban { user, reason: None } };
    server.chat.command(&harness::owner(), &room, ban).await.unwrap();
    let (status, refused) = server.ask(from_here(&path("/join"), ann["token"].as_str(), &json!({}))).await;
    assert_eq!((status.as_u16(), &refused["code"]), (403, &json!("banned")));
}

#[tokio::test]
async fn a_guests_token_is_renewed() {
    let server = Server::start().await;
    let ann = Caller::new(&server, "ann").await;
    let renew =
        async |token: &str| send(&server, Method::POST, "/api/auth/guest", None, &json!({ "token": token })).await;
    let (status, same) = renew(&ann.token).await;
    assert_eq!((status, &same["userId"], &same["username"]), (StatusCode::OK, &json!(ann.id), &json!("ann")));
    assert!(same["token"].is_string());
    let (status, error) = renew(&ann.token[..ann.token.len() - 2]).await;
    assert_eq!((status, &error["code"]), (StatusCode::UNAUTHORIZED, &json!("unauthorized")));
}

#[tokio::test]
async fn a_guest_knows_who_it_is() {
    let server = Server::start().await;
    let ann = Caller::new(&server, "ann").await;
    let me = ann.get("/api/me").await;
    assert_eq!(me, json!({ "userId": ann.id, "username": "ann", "guest": true }));
    let (status, error) = send(&server, Method::GET, "/api/me", None, &Value::Null).await;
    assert_eq!((status, &error["code"]), (StatusCode::UNAUTHORIZED, &json!("unauthorized")));
}

#[tokio::test]
async fn rooms_are_made_listed_renamed_and_deleted() {
    let server = Server::start().await;
    let ann = with_owner(&server).await;
    for id in ["a-first", "z-last"] {
        let (status, _) = ann.ask(Method::POST, "/api/rooms", &json!({ "roomName": id, "roomId": id })).await;
        assert_eq!(status, StatusCode::CREATED);
    }
    let ids = |page: &Value| -> Vec<String> {
        page["rooms"].as_array().unwrap().iter().map(|room| room["roomId"].as_str().unwrap().into()).collect()
    };
    assert_eq!(ids(&ann.get("/api/rooms").await), ["a-first", ROOM, "z-last"]);
    assert_eq!(ids(&ann.get("/api/rooms?after=a-first&limit=1").await), [ROOM]);
    assert_eq!(ids(&ann.get("/api/rooms?after=a-first&limit=1.0").await), [ROOM]);
    let mine = ann.get("/api/rooms?mine=true").await;
    assert_eq!(ids(&mine), [ROOM]);
    assert_eq!((&mine["rooms"][0]["unread"], &mine["rooms"][0]["role"]), (&json!(0), &json!("owner")));
    assert_eq!((&mine["next"], &mine["rooms"][0]["lastMessage"]), (&Value::Null, &Value::Null));

    ann.done(Method::PATCH, &path(""), &json!({ "roomName": "Renamed", "clientId": "c" })).await;
    let room = ann.get(&path("")).await;
    assert_eq!((&room["roomName"], &room["memberCount"], &room["head"]), (&json!("Renamed"), &json!(1), &json!(2)));
    ann.done(Method::PATCH, &path(""), &json!({ "topic": "Tea", "archived": true })).await;
    let room = ann.get(&path("")).await;
    let shown = ["roomName", "topic", "archived"].map(|field| room[field].clone());
    assert_eq!(shown, [json!("Renamed"), json!("Tea"), json!(true)]);
    let say = json!({ "message": "hello" });
    assert_eq!(ann.refused(Method::POST, &path("/messages"), &say).await, (403, "archived".into()));
    assert_eq!(ann.refused(Method::PATCH, &path(""), &json!({})).await, (400, "invalid-field".into()));
    assert_eq!(ann.ask(Method::DELETE, &path(""), &Value::Null).await.0, StatusCode::NO_CONTENT);
    assert_eq!(ann.refused(Method::GET, &path(""), &Value::Null).await, (404, "room-not-found".into()));
    let taken = json!({ "roomName": "again", "roomId": ROOM });
    assert_eq!(ann.refused(Method::POST, "/api/rooms", &taken).await, (409, "room-exists".into()));
}

#[tokio::test]
async fn messages_are_sent_read_edited_and_deleted() {
    let server = Server::start().await;
    let ann = with_owner(&server).await;
    let hello = json!({ "message": "Hello, everyone!", "clientId": "c-1", "data": { "b": 1, "a": [null] } });
    let (status, sent) = ann.ask(Method::POST, &path("/messages"), &hello).await;
    assert_eq!((status, &sent["clientId"]), (StatusCode::CREATED, &json!("c-1")));
    assert_eq!(ann.done(Method::POST, &path("/messages"), &hello).await["seq"], sent["seq"], "a retry");
    let other = json!({ "message": "something else", "clientId": "c-1" });
    assert_eq!(ann.refused(Method::POST, &path("/messages"), &other).await, (409, "client-id-reused".into()));
    for number in 0..5 {
        ann.done(Method::POST, &path("/messages"), &json!({ "message": format!("number {number}") })).await;
    }
    let page = ann.get(&path("/messages")).await;
    assert_eq!((&page["roomId"], &page["head"]), (&json!(ROOM), &json!(7)));
    assert_eq!(page["messages"].as_array().unwrap().len(), 6);
    let first = &page["messages"][0];
    assert_eq!((&first["sender"], &first["senderId"]), (&json!("ann"), &json!(ann.id)));
    assert_eq!((&first["message"], &first["seq"], &first["data"]), (&hello["message"], &json!(2), &hello["data"]));
    let seqs = async |query: &str| -> Vec<u64> {
        let page = ann.get(&path(&format!("/messages?{query}"))).await;
        page["messages"].as_array().unwrap().iter().map(|message| message["seq"].as_u64().unwrap()).collect()
    };
    assert_eq!(seqs("limit=2").await, [6, 7]);
    assert_eq!(seqs("before=6&limit=2").await, [4, 5]);
    assert_eq!(seqs("after=2&limit=2").await, [3, 4]);
    assert_eq!(seqs("after=2.0&limit=2e0").await, [3, 4]);

    ann.done(Method::PATCH, &path("/messages/3"), &json!({ "message": "edited" })).await;
    let edits = ann.get(&path("/messages/3/edits")).await;
    let said: Vec<_> = edits["edits"].as_array().unwrap().iter().map(|edit| edit["message"].clone()).collect();
    assert_eq!(said, ["number 0", "edited"], "{edits}");
    assert_eq!(edits["edits"][1]["userId"], json!(ann.id));
    let after = ann.get(&path("/messages/3/edits?after=3&limit=1")).await;
    assert_eq!(after["edits"], json!([edits["edits"][1]]));
    ann.done(Method::DELETE, &path("/messages/4?clientId=c-2"), &Value::Null).await;
    let page = ann.get(&path("/messages?after=2&limit=2")).await;
    let (edited, deleted) = (&page["messages"][0], &page["messages"][1]);
    assert!(edited["message"] == "edited" && edited["editedAt"].is_string(), "{edited}");
    assert!(deleted["message"] == "" && deleted["deletedAt"].is_string(), "{deleted}");
    assert_eq!(
        ann.refused(Method::DELETE, &path("/messages/99"), &Value::Null).await,
        (404, "message-not-found".into())
    );
}

#[tokio::test]
async fn reactions_pins_and_reads() {
    let server = Server::start().await;
    let ann = with_owner(&server).await;
    ann.done(Method::POST, &path("/messages"), &json!({ "message": "Hello!" })).await;
    let thumb = path("/messages/2/reactions/%F0%9F%91%8D");
    ann.done(Method::PUT, &thumb, &Value::Null).await;
    ann.done(Method::PUT, &path("/messages/2/pin"), &json!({ "clientId": "p" })).await;
    let message = ann.get(&path("/messages")).await["messages"][0].clone();
    assert_eq!(message["reactions"], json!([{ "emoji": "👍", "users": [ann.id] }]));
    assert_eq!(message["pinned"], true);
    let pins = ann.get(&path("/pins")).await;
    let pin = &pins["pins"][0];
    assert_eq!((&pins["roomId"], &pin["message"]), (&json!(ROOM), &message));
    assert!(pin["pinnedBy"]["userId"] == ann.id && pin["pinnedAt"].is_string(), "{pins}");
    let before = ann.get(&path(&format!("/pins?before={}&limit=1", pin["seq"]))).await;
    assert_eq!(before, json!({ "roomId": ROOM, "pins": [] }));
    ann.done(Method::DELETE, &thumb, &Value::Null).await;
    ann.done(Method::DELETE, &path("/messages/2/pin"), &Value::Null).await;
    let message = ann.get(&path("/messages")).await["messages"][0].clone();
    assert!(message.get("reactions").is_none() && message.get("pinned").is_none(), "{message}");
    let (status, read) = ann.ask(Method::PUT, &path("/read"), &json!({ "seq": 2 })).await;
    assert_eq!((status, read), (StatusCode::OK, json!({ "roomId": ROOM, "seq": 2 })));
    assert_eq!(ann.get("/api/rooms?mine=true").await["rooms"][0]["read"], 2);
}

#[tokio::test]
async fn members_come_and_are_promoted_and_removed() {
    let server = Server::start().await;
    let ann = with_owner(&server).await;
    let bob = Caller::new(&server, "bob").await;
    bob.done(Method::POST, &path("/join"), &json!({ "clientId": "j" })).await;
    let members = ann.get(&path("/members")).await;
    assert_eq!((&members["memberCount"], members["members"].as_array().unwrap().len()), (&json!(2), 2));
    let after = members["members"][0]["userId"].as_str().unwrap();
    let rest = ann.get(&path(&format!("/members?after={after}&limit=1"))).await;
    assert_eq!(rest["members"], json!([members["members"][1]]));

    let of_bob = path(&format!("/members/{}", bob.id));
    assert_eq!(bob.refused(Method::PATCH, &of_bob, &json!({ "role": "owner" })).await, (403, "forbidden".into()));
    ann.done(Method::PATCH, &of_bob, &json!({ "role": "moderator" })).await;
    let members = ann.get(&path("/members")).await;
    assert!(members["members"].as_array().unwrap().iter().any(|member| member["role"] == "moderator"), "{members}");
    ann.done(Method::DELETE, &of_bob, &json!({ "reason": "enough" })).await;
    assert_eq!(bob.refused(Method::GET, &path("/messages"), &Value::Null).await, (403, "not-a-member".into()));

    ann.done(Method::POST, &path("/bans"), &json!({ "userId": bob.id, "clientId": "b" })).await;
    assert_eq!(bob.refused(Method::POST, &path("/join"), &Value::Null).await, (403, "banned".into()));
    ann.done(Method::DELETE, &path(&format!("/bans/{}", bob.id)), &Value::Null).await;
    bob.done(Method::POST, &path("/join"), &Value::Null).await;
    bob.done(Method::POST, &path("/leave"), &json!({ "clientId": "l" })).await;
    assert_eq!(ann.get(&path("")).await["memberCount"], 1);
}

#[tokio::test]
async fn the_invited_may_join_a_private_room() {
    let server = Server::start().await;
    let ann = Caller::new(&server, "ann").await;
    let bob = Caller::new(&server, "bob").await;
    let private = json!({ "roomName": "Secret", "roomId": ROOM, "kind": "private" });
    assert_eq!(ann.ask(Method::POST, "/api/rooms", &private).await.0, StatusCode::CREATED);
    ann.done(Method::POST, &path("/join"), &Value::Null).await;
    assert_eq!(bob.refused(Method::POST, &path("/join"), &Value::Null).await, (404, "room-not-found".into()));
    assert_eq!(bob.refused(Method::GET, &path(""), &Value::Null).await, (404, "room-not-found".into()));
    assert_eq!(ann.get("/api/rooms").await, json!({ "rooms": [] }));
    ann.done(Method::POST, &path("/members"), &json!({ "userId": bob.id })).await;
    bob.done(Method::POST, &path("/join"), &Value::Null).await;
}

#[tokio::test]
async fn what_is_done_over_rest_is_told_over_the_wire() {
    let server = Server::start().await;
    let ann = with_owner(&server).await;
    let mut client = server.guest(Way::Tcp, "bob", ROOM).await;
    ann.done(Method::POST, &path("/messages"), &json!({ "message": "Hello, everyone!" })).await;
    let told = client.hear().await;
    assert_eq!((&told["action"], &told["message"]), (&json!("new-message"), &json!("Hello, everyone!")));
}

#[tokio::test]
async fn every_error_has_the_same_shape() {
    let server = Server::start().await;
    let ann = with_owner(&server).await;
    let null = Value::Null;
    let cases = [
        (Method::GET, "/api/nothing".into(), null.clone(), (404, "not-found")),
        (Method::GET, "/api".into(), null.clone(), (404, "not-found")),
        (Method::DELETE, "/api/rooms".into(), null.clone(), (405, "method-not-allowed")),
        (Method::POST, "/api/me".into(), null.clone(), (405, "method-not-allowed")),
        (Method::POST, path("/messages"), null.clone(), (400, "invalid-field")),
        (Method::POST, path("/messages"), json!([]), (400, "bad-json")),
        (Method::POST, path("/messages"), json!({ "message": 7 }), (400, "invalid-field")),
        (Method::POST, path("/messages"), json!({ "message": "x", "roomId": "other" }), (400, "bad-json")),
        (Method::POST, path("/messages"), json!({ "message": "x".repeat(20_000) }), (413, "too-large")),
        (Method::POST, path("/messages"), json!({ "message": "x".repeat(70_000) }), (413, "too-large")),
        (Method::POST, "/api/auth/guest".into(), json!({ "username": "" }), (400, "invalid-field")),
        (Method::POST, "/api/auth/guest".into(), json!({}), (400, "invalid-field")),
        (Method::GET, path("/messages?limit=0"), null.clone(), (400, "invalid-field")),
        (Method::GET, path("/messages?limit=many"), null.clone(), (400, "invalid-field")),
        (Method::GET, path("/messages?limit=2.5"), null.clone(), (400, "invalid-field")),
        (Method::GET, path("/messages?limit=%2B2"), null.clone(), (400, "invalid-field")),
        (Method::GET, "/api/rooms?limit=201".into(), null.clone(), (400, "invalid-field")),
        (Method::GET, "/api/rooms?mine=perhaps".into(), null.clone(), (400, "invalid-field")),
        (Method::PATCH, path("/messages/first"), json!({ "message": "x" }), (400, "invalid-field")),
        (Method::GET, "/api/rooms/no%20room".into(), null.clone(), (400, "invalid-field")),
        (Method::GET, "/api/rooms/%FF".into(), null.clone(), (400, "bad-json")),
        (Method::GET, "/api/rooms/nowhere".into(), null, (404, "room-not-found")),
    ];
    for (method, path, body, (status, code)) in cases {
        assert_eq!(ann.refused(method.clone(), &path, &body).await, (status, code.into()), "{method} {path}");
    }
    let (_, error) = ann.ask(Method::POST, &path("/messages"), &json!({})).await;
    assert_eq!(error["details"], json!({ "field": "message" }));
}

#[tokio::test]
async fn a_user_makes_so_many_requests_and_no_more() {
    let options = {
        let mut options = AdapterOptions::default();
        options.requests = Some(Rate { per_second: 1, burst: 3 });
        options
    };
    let server = Server::with(options, ServeOptions::default()).await;
    let (ann, bob) = (Caller::new(&server, "ann").await, Caller::new(&server, "bob").await);
    let mut answers = Vec::new();
    for _ in 0..10 {
        answers.push(ann.ask(Method::GET, "/api/me", &Value::Null).await.0.as_u16());
    }
    assert_eq!(answers[..3], [200, 200, 200]);
    assert!(answers.contains(&429));
    assert_eq!(bob.ask(Method::GET, "/api/me", &Value::Null).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_retry_is_answered_whatever_the_rate_is() {
    let mut options = AdapterOptions::default();
    options.requests = Some(Rate { per_second: 1, burst: 3 });
    let server = Server::with(options, ServeOptions::default()).await;
    let ann = with_owner(&server).await;
    let send = json!({ "message": "once", "clientId": "c1" });
    let first = ann.done(Method::POST, &path("/messages"), &send).await;
    while ann.ask(Method::GET, "/api/me", &Value::Null).await.0 != StatusCode::TOO_MANY_REQUESTS {}
    assert_eq!(ann.done(Method::POST, &path("/messages"), &send).await, first);
    let limited = (429, "rate-limited".to_owned());
    let other = json!({ "message": "twice", "clientId": "c2" });
    assert_eq!(ann.refused(Method::POST, &path("/messages"), &other).await, limited);
    assert_eq!(ann.refused(Method::POST, &path("/messages"), &json!({ "message": "x" })).await, limited);
    assert_eq!(ann.refused(Method::DELETE, &path(""), &Value::Null).await, limited);
}

#[tokio::test]
async fn a_foreign_page_changes_nothing() {
    let server = Server::start().await;
    let guest = |origin: &str| {
        let request = Request::post("/api/auth/guest").header("host", "chat.example").header("origin", origin);
        server.ask(request.body(Body::from(r#"{"username":"ann"}"#)).unwrap())
    };
    assert_eq!(guest("https://chat.example").await.0, StatusCode::CREATED);
    let (status, error) = guest("https://evil.example").await;
    assert_eq!((status, &error["code"]), (StatusCode::FORBIDDEN, &json!("forbidden")));
}

#[tokio::test]
async fn health_and_readiness() {
    let server = Server::start().await;
    let get = |path: &'static str| server.ask(Request::get(path).body(Body::empty()).unwrap());
    assert_eq!(get("/healthz").await.0, StatusCode::OK);
    assert_eq!(get("/readyz").await.0, StatusCode::OK);
    server.chat.shutdown(std::time::Duration::from_secs(1)).await;
    assert_eq!(get("/healthz").await.0, StatusCode::OK);
    let (status, error) = get("/readyz").await;
    assert_eq!((status, &error["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("shutting-down")));
}
