//! People over REST and the wire: direct rooms.
#![allow(clippy::unwrap_used, missing_docs)]

mod harness;

use adapter_axum::{AdapterOptions, ServeOptions, router};
use axum::{
    body::Body,
    http::{Method, Request},
};
use chat_accounts::{Accounts, Client as From, Keys, MemoryAccounts, Registration, Signer};
use chat_core::Chat;
use harness::{Client, Server, Way};
use serde_json::{Value, json};

const KEY: &str = "k1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

struct Stage {
    server: Server,
    accounts: Accounts,
}

/// A user who is logged in.
struct User<'a> {
    stage: &'a Stage,
    id: String,
    token: String,
}

impl Stage {
    async fn start() -> Self {
        let signer = Signer::new(Keys::parse(KEY).unwrap(), "https://chat.example", "chat");
        let accounts = Accounts::builder(MemoryAccounts::new(), signer).registration(Registration::Open).build();
        let chat = Chat::builder()
            .guests(true)
            .authenticator(accounts.clone())
            .people(accounts.clone())
            .announcements(true)
            .build();
        accounts.attach(&chat);
        let router = router(chat.clone(), AdapterOptions::default().accounts(accounts.clone()));
        Self { server: Server::of(chat, router, ServeOptions::default()).await, accounts }
    }

    async fn user(&self, name: &str) -> User<'_> {
        let registered = self.accounts.register(name, None, "correct horse", From::default()).await.unwrap();
        User { stage: self, id: registered.user.to_string(), token: registered.token }
    }
}

impl User<'_> {
    async fn ask(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let request = Request::builder().method(method).uri(format!("/api{path}"));
        let request = request.header("authorization", format!("Bearer {}", self.token));
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let (status, answer) = self.stage.server.ask(request.body(body).unwrap()).await;
        (status.as_u16(), answer)
    }

    async fn refused(&self, method: Method, path: &str, body: Value) -> (u16, String) {
        let (status, answer) = self.ask(method, path, body).await;
        (status, answer["code"].as_str().unwrap_or_else(|| panic!("{path}: {answer}")).to_owned())
    }

    /// On the wire, past its `welcome` and the subscription to the announcements.
    async fn connect(&self) -> Client {
        let mut client = self.stage.server.client(Way::Tcp).await;
        let welcome = client.ask(json!({ "action": "hello", "token": self.token })).await;
        assert_eq!(welcome["action"], "welcome", "{welcome}");
        assert_eq!(until(&mut client, "subscribed").await["roomId"], "announcements");
        client
    }
}

/// The next frame of this action.
async fn until(client: &mut Client, action: &str) -> Value {
    loop {
        let frame = client.hear().await;
        if frame["action"] == action {
            return frame;
        }
    }
}

fn refusal(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn a_direct_room_is_opened_with_somebody_who_was_never_here() {
    let stage = Stage::start().await;
    let (ann, bob) = (stage.user("ann").await, stage.user("bob").await);
    let path = format!("/direct/{}", bob.id);
    let (status, room) = ann.ask(Method::POST, &path, Value::Null).await;
    assert_eq!((status, &room["kind"], &room["memberCount"]), (201, &json!("direct"), &json!(2)), "{room}");
    assert_eq!(ann.ask(Method::POST, &path, Value::Null).await, (200, room.clone()));
    let (status, theirs) = bob.ask(Method::POST, &format!("/direct/{}", ann.id), Value::Null).await;
    assert_eq!((status, &theirs["roomId"]), (200, &room["roomId"]));
    let (_, mine) = bob.ask(Method::GET, "/rooms?mine=true", Value::Null).await;
    let ids: Vec<_> = mine["rooms"].as_array().unwrap().iter().map(|room| &room["roomId"]).collect();
    assert_eq!(ids, [&room["roomId"], &json!("announcements")], "{mine}");

    assert_eq!(ann.refused(Method::POST, "/direct/nobody", Value::Null).await, refusal(404, "user-not-found"));
    let own = format!("/direct/{}", ann.id);
    assert_eq!(ann.refused(Method::POST, &own, Value::Null).await, refusal(400, "invalid-field"));
    let cid = stage.user("cid").await;
    cid.ask(Method::DELETE, "/me", json!({ "password": "correct horse" })).await;
    let gone = format!("/direct/{}", cid.id);
    assert_eq!(ann.refused(Method::POST, &gone, Value::Null).await, refusal(404, "user-not-found"));
    // What was opened before stays, to be read.
    bob.ask(Method::DELETE, "/me", json!({ "password": "correct horse" })).await;
    assert_eq!(ann.ask(Method::POST, &path, Value::Null).await.0, 200);
}

#[tokio::test]
async fn a_direct_message_comes_where_the_other_user_is() {
    let stage = Stage::start().await;
    let (ann, bob) = (stage.user("ann").await, stage.user("bob").await);
    let (mut sender, mut reader) = (ann.connect().await, bob.connect().await);
    let frame =
        json!({ "action": "direct-message", "userId": bob.id, "message": "Hello!", "clientId": "c-1", "id": 1 });
    sender.say(frame.clone()).await;
    let sent = until(&mut sender, "sent").await;
    assert_eq!((&sent["re"], &sent["clientId"]), (&json!(1), &json!("c-1")), "{sent}");
    let mut heard = Vec::new();
    while heard.len() < 3 {
        let frame = reader.hear().await;
        heard.push((frame["action"].as_str().unwrap().to_owned(), frame));
    }
    heard.sort_by(|a, b| a.0.cmp(&b.0));
    let [(_, message), (_, notice), (_, subscribed)] = &heard[..] else { panic!("{heard:?}") };
    assert_eq!((&message["message"], &message["senderId"]), (&json!("Hello!"), &json!(ann.id)), "{heard:?}");
    assert_eq!(notice["notice"], json!({ "kind": "direct-opened", "roomId": sent["roomId"], "by": ann.id }));
    assert_eq!((&subscribed["action"], &subscribed["roomId"]), (&json!("subscribed"), &sent["roomId"]));
    sender.say(frame).await;
    let again = until(&mut sender, "sent").await;
    assert_eq!((&again["seq"], &again["timestamp"]), (&sent["seq"], &sent["timestamp"]));
    for (field, wrong, code) in [("userId", ann.id.as_str(), "invalid-field"), ("userId", "nobody", "user-not-found")] {
        let mut frame = json!({ "action": "direct-message", "userId": "", "message": "x" });
        frame[field] = wrong.into();
        sender.say(frame).await;
        assert_eq!(until(&mut sender, "error").await["code"], code);
    }
}

#[tokio::test]
async fn a_user_blocks_others_and_lists_them() {
    let stage = Stage::start().await;
    let (ann, bob, cid) = (stage.user("ann").await, stage.user("bob").await, stage.user("cid").await);
    let (mut tablet, mut theirs) = (ann.connect().await, bob.connect().await);
    let of = |user: &User<'_>| format!("/me/blocks/{}", user.id);
    for path in [of(&bob), of(&bob), of(&cid)] {
        assert_eq!(ann.ask(Method::PUT, &path, Value::Null).await, (204, Value::Null));
    }
    let notice = until(&mut tablet, "notice").await;
    assert_eq!(notice["notice"], json!({ "kind": "blocked", "userId": bob.id }));
    assert_eq!(theirs.ask(json!({ "action": "ping" })).await["action"], "pong", "who is blocked is told nothing");
    let mut expected = [json!({ "userId": bob.id, "username": "bob" }), json!({ "userId": cid.id, "username": "cid" })];
    expected.sort_by_key(|user| user["userId"].to_string());
    assert_eq!(ann.ask(Method::GET, "/me/blocks", Value::Null).await, (200, json!({ "users": expected })));
    let first = expected[0]["userId"].as_str().unwrap();
    let page = ann.ask(Method::GET, &format!("/me/blocks?after={first}&limit=1"), Value::Null).await;
    assert_eq!(page, (200, json!({ "users": expected[1..] })));

    for (caller, other) in [(&ann, &bob), (&bob, &ann)] {
        let path = format!("/direct/{}", other.id);
        assert_eq!(caller.refused(Method::POST, &path, Value::Null).await, refusal(403, "blocked"));
    }
    tablet.say(json!({ "action": "direct-message", "userId": bob.id, "message": "x" })).await;
    assert_eq!(until(&mut tablet, "error").await["code"], "blocked");
    tablet.say(json!({ "action": "unblock", "userId": bob.id, "id": 7 })).await;
    assert_eq!(until(&mut tablet, "ok").await["re"], 7);
    tablet.say(json!({ "action": "blocks" })).await;
    let blocks = until(&mut tablet, "blocks").await;
    assert_eq!(blocks["users"], json!([{ "userId": cid.id, "username": "cid" }]));
    assert_eq!(ann.ask(Method::DELETE, &of(&cid), Value::Null).await, (204, Value::Null));
    assert_eq!(bob.ask(Method::POST, &format!("/direct/{}", ann.id), Value::Null).await.0, 201);
    assert_eq!(ann.refused(Method::PUT, &of(&ann), Value::Null).await, refusal(400, "invalid-field"));
    assert_eq!(ann.refused(Method::PUT, "/me/blocks/nobody", Value::Null).await, refusal(404, "user-not-found"));
    tablet.say(json!({ "action": "block", "userId": "nobody" })).await;
    assert_eq!(until(&mut tablet, "error").await["code"], "user-not-found");
}

#[tokio::test]
async fn the_last_owner_hands_the_room_over_before_they_leave() {
    let stage = Stage::start().await;
    let (ann, bob, root) = (stage.user("ann").await, stage.user("bob").await, stage.user("root1").await);
    stage.accounts.console().set_admin(&root.id.parse().unwrap(), true).await.unwrap();
    let (_, room) = ann.ask(Method::POST, "/rooms", json!({ "roomName": "Tea" })).await;
    let room = room["roomId"].as_str().unwrap();
    let path = |rest: &str| format!("/rooms/{room}{rest}");
    assert_eq!(bob.ask(Method::POST, &path("/join"), Value::Null).await.0, 200);
    let last = || refusal(403, "last-owner");
    assert_eq!(ann.refused(Method::POST, &path("/leave"), Value::Null).await, last());
    let (of_ann, of_bob) = (path(&format!("/members/{}", ann.id)), path(&format!("/members/{}", bob.id)));
    let role = |role: &str| json!({ "role": role });
    assert_eq!(ann.refused(Method::PATCH, &of_ann, role("member")).await, last());
    assert_eq!(root.refused(Method::DELETE, &of_ann, Value::Null).await, last());
    assert_eq!(root.refused(Method::POST, &path("/bans"), json!({ "userId": ann.id })).await, last());
    assert_eq!(bob.refused(Method::PATCH, &of_ann, role("member")).await, refusal(403, "forbidden"));
    let mut tablet = ann.connect().await;
    let frames = [
        json!({ "action": "leave", "roomId": room, "id": 1 }),
        json!({ "action": "set-role", "roomId": room, "userId": ann.id, "role": "moderator", "id": 1 }),
    ];
    for frame in frames {
        tablet.say(frame.clone()).await;
        let error = until(&mut tablet, "error").await;
        assert_eq!((&error["code"], &error["re"]), (&json!("last-owner"), &json!(1)), "{frame}");
    }
    assert_eq!(ann.ask(Method::PATCH, &of_bob, role("owner")).await.0, 200);
    tablet.say(json!({ "action": "leave", "roomId": room, "id": 2 })).await;
    assert_eq!(until(&mut tablet, "left").await["re"], 2);
    let (_, members) = bob.ask(Method::GET, &path("/members"), Value::Null).await;
    assert_eq!(members["members"], json!([{ "userId": bob.id, "username": "bob", "role": "owner" }]));
    assert_eq!(bob.ask(Method::POST, &path("/leave"), Value::Null).await.0, 200, "who is alone leaves");
}

#[tokio::test]
async fn a_guest_on_the_wire_takes_no_users_name() {
    let stage = Stage::start().await;
    stage.user("bob").await;
    stage.server.room("lobby").await;
    let mut guest = stage.server.client(Way::Tcp).await;
    for taken in ["bob", "Bob", "admin"] {
        let refused = guest.ask(json!({ "action": "join", "username": taken, "roomId": "lobby" })).await;
        assert_eq!(refused["code"], "username-taken", "{taken}");
    }
    let joined = guest.ask(json!({ "action": "join", "username": "rob", "roomId": "lobby" })).await;
    assert_eq!((&joined["action"], &joined["username"]), (&json!("joined"), &json!("rob")));
}

#[tokio::test]
async fn an_administrator_tells_everybody() {
    let stage = Stage::start().await;
    let (root, ann) = (stage.user("root1").await, stage.user("ann").await);
    stage.accounts.console().set_admin(&root.id.parse().unwrap(), true).await.unwrap();
    let mut reader = ann.connect().await;
    reader.say(json!({ "action": "subscribe", "roomId": "announcements" })).await;
    until(&mut reader, "subscribed").await;
    let body = json!({ "message": "Down at noon", "expiresAt": "2100-01-01T00:00:00.000Z", "clientId": "c-1" });
    assert_eq!(ann.refused(Method::POST, "/broadcasts", body.clone()).await, refusal(403, "forbidden"));
    let (status, ack) = root.ask(Method::POST, "/broadcasts", body.clone()).await;
    assert_eq!((status, &ack["roomId"], &ack["clientId"]), (201, &json!("announcements"), &json!("c-1")), "{ack}");
    assert_eq!(root.ask(Method::POST, "/broadcasts", body).await, (201, ack));
    let told = until(&mut reader, "new-message").await;
    assert_eq!((&told["message"], &told["expiresAt"]), (&json!("Down at noon"), &json!("2100-01-01T00:00:00.000Z")));
    let (_, mine) = ann.ask(Method::GET, "/rooms?mine=true", Value::Null).await;
    assert_eq!((&mine["rooms"][0]["kind"], &mine["rooms"][0]["unread"]), (&json!("announcement"), &json!(1)), "{mine}");
    let wrong = json!({ "message": "x", "expiresAt": "soon" });
    assert_eq!(root.refused(Method::POST, "/broadcasts", wrong).await, refusal(400, "invalid-field"));
    let mut writer = root.connect().await;
    writer.say(json!({ "action": "broadcast", "message": "Again", "id": 9 })).await;
    assert_eq!(until(&mut writer, "sent").await["re"], 9);
}

#[tokio::test]
async fn users_are_searched_for_over_rest_and_the_wire() {
    let stage = Stage::start().await;
    let ann = stage.user("ann").await;
    let (jose, josua, other) = (stage.user("José").await, stage.user("Josua").await, stage.user("mr.jose").await);
    let search = async |of: &User<'_>, query: &str| of.ask(Method::GET, &format!("/users?{query}"), Value::Null).await;
    let view = |user: &User<'_>, name: &str| json!({ "userId": user.id, "username": name });
    let all = [view(&jose, "José"), view(&josua, "Josua"), view(&other, "mr.jose")];
    assert_eq!(search(&ann, "search=JOS").await, (200, json!({ "users": all })));
    let (_, page) = search(&ann, "search=jos&limit=2").await;
    assert_eq!(page["users"], json!(all[..2]));
    let next = page["next"].as_str().unwrap().to_owned();
    let rest = search(&ann, &format!("search=jos&limit=2&after={next}")).await;
    assert_eq!(rest, (200, json!({ "users": all[2..] })));
    let mut tablet = ann.connect().await;
    tablet.say(json!({ "action": "users", "search": "jos", "limit": 2, "id": 1 })).await;
    let found = until(&mut tablet, "users").await;
    assert_eq!((&found["users"], &found["next"], &found["re"]), (&page["users"], &page["next"], &json!(1)));
    for query in ["", "search=", "search=%40", "search=a&limit=0", "search=a&limit=201", "search=a&after=x"] {
        let (status, answer) = search(&ann, query).await;
        assert_eq!((status, &answer["code"]), (400, &json!("invalid-field")), "{query}: {answer}");
    }
    let me = jose.ask(Method::PATCH, "/me", json!({ "findable": false })).await;
    assert_eq!(me, (200, json!({ "userId": jose.id, "username": "José", "findable": false })));
    assert_eq!(search(&ann, "search=jose").await, (200, json!({ "users": [all[2]] })));
    assert_eq!(search(&jose, "search=jose").await, (200, json!({ "users": [all[2]] })), "not by themselves, either");
    let bad = jose.refused(Method::PATCH, "/me", json!({ "findable": "no" })).await;
    assert_eq!(bad, refusal(400, "invalid-field"));
    let me = jose.ask(Method::PATCH, "/me", json!({ "findable": true })).await;
    assert_eq!(me, (200, view(&jose, "José")));
    assert_eq!(search(&ann, "search=jose").await.1["users"][0], all[0]);
}

#[tokio::test]
async fn who_has_read_is_seen_by_members_and_hidden_by_who_wants_it() {
    let stage = Stage::start().await;
    let (ann, bob, eve) = (stage.user("ann").await, stage.user("bob").await, stage.user("eve").await);
    let (_, room) = ann.ask(Method::POST, &format!("/direct/{}", bob.id), Value::Null).await;
    let at = format!("/rooms/{}", room["roomId"].as_str().unwrap());
    let sent = ann.ask(Method::POST, &format!("{at}/messages"), json!({ "message": "hello" })).await.1;
    let read = json!({ "seq": sent["seq"] });
    assert_eq!(bob.ask(Method::PUT, &format!("{at}/read"), read).await.0, 200);
    let seen = async |of: &User<'_>| of.ask(Method::GET, &format!("{at}/reads"), Value::Null).await;
    let bobs = json!([{ "userId": bob.id, "username": "bob", "seq": sent["seq"] }]);
    let all = json!({ "roomId": room["roomId"], "reads": bobs, "memberCount": 2 });
    assert_eq!((seen(&ann).await, seen(&bob).await), ((200, all.clone()), (200, all.clone())));
    assert_eq!(eve.refused(Method::GET, &format!("{at}/reads"), Value::Null).await, refusal(404, "room-not-found"));
    let mut tablet = ann.connect().await;
    tablet.say(json!({ "action": "reads", "roomId": room["roomId"], "id": 1 })).await;
    let told = until(&mut tablet, "reads").await;
    assert_eq!((&told["reads"], &told["memberCount"], &told["re"]), (&all["reads"], &json!(2), &json!(1)));
    let me = bob.ask(Method::PATCH, "/me", json!({ "showReads": false })).await;
    assert_eq!(me, (200, json!({ "userId": bob.id, "username": "bob", "showReads": false })));
    assert_eq!(seen(&ann).await.1["reads"], json!([]));
    assert_eq!(seen(&bob).await.1["reads"], all["reads"], "one's own");
    let bad = bob.refused(Method::PATCH, "/me", json!({ "showReads": 1 })).await;
    assert_eq!(bad, refusal(400, "invalid-field"));
    let me = bob.ask(Method::PATCH, "/me", json!({ "showReads": true })).await;
    assert_eq!(me, (200, json!({ "userId": bob.id, "username": "bob" })));
    assert_eq!(seen(&ann).await.1, all);
}

#[tokio::test]
async fn when_somebody_was_last_seen_is_told_to_the_minute_and_hidden_by_who_wants_it() {
    let stage = Stage::start().await;
    let (ann, bob, eve) = (stage.user("ann").await, stage.user("bob").await, stage.user("eve").await);
    let (_, room) = ann.ask(Method::POST, &format!("/direct/{}", bob.id), Value::Null).await;
    let at = format!("/rooms/{}/members", room["roomId"].as_str().unwrap());
    let members = async |of: &User<'_>| of.ask(Method::GET, &at, Value::Null).await.1["members"].clone();
    let seen = async |of: &User<'_>| {
        let members = members(of).await;
        let bobs = members.as_array().unwrap().iter().find(|member| member["userId"] == *bob.id).unwrap();
        bobs.get("lastSeen").map(|at| at.as_str().unwrap().to_owned())
    };
    assert_eq!(seen(&ann).await, None, "he has never been connected");
    // He is connected, and not in this room.
    let _phone = bob.connect().await;
    let told = seen(&ann).await.unwrap();
    assert!(told.ends_with(":00.000Z"), "{told}");
    let mut tablet = ann.connect().await;
    tablet.say(json!({ "action": "members", "roomId": room["roomId"], "id": 1 })).await;
    assert_eq!(until(&mut tablet, "members").await["members"], members(&ann).await);
    assert_eq!(eve.refused(Method::GET, &at, Value::Null).await, refusal(404, "room-not-found"));
    let bad = bob.refused(Method::PATCH, "/me", json!({ "showLastSeen": 1 })).await;
    assert_eq!(bad, refusal(400, "invalid-field"));
    for who in [&ann, &bob] {
        let me = who.ask(Method::PATCH, "/me", json!({ "showLastSeen": false })).await;
        assert_eq!((me.0, &me.1["showLastSeen"]), (200, &json!(false)));
        assert_eq!(seen(&ann).await, None);
        let me = who.ask(Method::PATCH, "/me", json!({ "showLastSeen": true })).await;
        assert_eq!((me.0, me.1.get("showLastSeen")), (200, None));
        assert_eq!(seen(&ann).await, Some(told.clone()));
    }
    assert_eq!(bob.ask(Method::PUT, &format!("/me/blocks/{}", ann.id), Value::Null).await.0, 204);
    assert_eq!(seen(&ann).await, None);
}

#[tokio::test]
async fn public_rooms_are_searched_for_over_rest_and_the_wire() {
    let stage = Stage::start().await;
    let ann = stage.user("ann").await;
    let rooms = [
        ("a", "Green tea", "public"),
        ("b", "Tea", "public"),
        ("c", "Tea of mine", "private"),
        ("d", "Cafe", "public"),
    ];
    for (id, name, kind) in rooms {
        let new = json!({ "roomId": id, "roomName": name, "kind": kind });
        assert_eq!(ann.ask(Method::POST, "/rooms", new).await.0, 201);
    }
    assert_eq!(ann.ask(Method::PATCH, "/rooms/d", json!({ "topic": "Teas and more" })).await.0, 200);
    let search = async |query: &str| ann.ask(Method::GET, &format!("/rooms?{query}"), Value::Null).await;
    let ids = |answer: &Value| {
        let rooms = answer["rooms"].as_array().unwrap_or_else(|| panic!("{answer}"));
        rooms.iter().map(|room| room["roomId"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (status, all) = search("search=TEA").await;
    assert_eq!((status, ids(&all), all.get("next")), (200, vec!["b".into(), "a".into(), "d".into()], None));
    assert_eq!((&all["rooms"][2]["topic"], &all["rooms"][2]["memberCount"]), (&json!("Teas and more"), &json!(1)));
    let (_, page) = search("search=tea&limit=2").await;
    let next = page["next"].as_str().unwrap();
    assert_eq!(ids(&search(&format!("search=tea&limit=2&after={next}")).await.1), ["d"]);
    let mut tablet = ann.connect().await;
    tablet.say(json!({ "action": "rooms", "search": "tea", "limit": 2, "id": 1 })).await;
    let found = until(&mut tablet, "rooms").await;
    assert_eq!((&found["rooms"], &found["next"], &found["re"]), (&page["rooms"], &page["next"], &json!(1)));
    for query in ["search=", "search=%40", "search=a&limit=0", "search=a&after=x", &format!("search=b&after={next}")] {
        let (status, answer) = search(query).await;
        assert_eq!((status, &answer["code"]), (400, &json!("invalid-field")), "{query}: {answer}");
    }
    assert_eq!(ann.ask(Method::PATCH, "/rooms/b", json!({ "archived": true })).await.0, 200);
    assert_eq!(ids(&search("search=tea").await.1), ["a", "d", "b"]);
    assert_eq!(ann.ask(Method::DELETE, "/rooms/a", Value::Null).await.0, 204);
    assert_eq!(ids(&search("search=tea").await.1), ["d", "b"]);
}

#[tokio::test]
async fn administrators_list_private_rooms_over_rest_and_the_wire() {
    let stage = Stage::start().await;
    let (root, ann, bob) = (stage.user("root1").await, stage.user("ann").await, stage.user("bob").await);
    stage.accounts.console().set_admin(&root.id.parse().unwrap(), true).await.unwrap();
    for (id, kind) in [("a", "private"), ("b", "public"), ("c", "private")] {
        let new = json!({ "roomId": id, "roomName": "Tea", "kind": kind });
        assert_eq!(ann.ask(Method::POST, "/rooms", new).await.0, 201);
    }
    assert_eq!(ann.ask(Method::POST, &format!("/direct/{}", bob.id), Value::Null).await.0, 201);
    let list = async |query: &str| root.ask(Method::GET, &format!("/rooms?{query}"), Value::Null).await;
    let ids = |(status, answer): (u16, Value)| {
        assert_eq!(status, 200, "{answer}");
        let rooms = answer["rooms"].as_array().unwrap();
        rooms.iter().map(|room| room["roomId"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids(list("kind=private").await), ["a", "c"]);
    assert_eq!(ids(list("kind=private&limit=1&after=a").await), ["c"]);
    assert_eq!(ids(list("kind=public").await), ["b"]);
    assert_eq!(ann.refused(Method::GET, "/rooms?kind=private", Value::Null).await, refusal(403, "forbidden"));
    for query in ["kind=direct", "kind=announcement", "kind=private&search=tea"] {
        assert_eq!(
            root.refused(Method::GET, &format!("/rooms?{query}"), Value::Null).await,
            refusal(400, "invalid-field")
        );
    }
    let mut wire = root.connect().await;
    wire.say(json!({ "action": "rooms", "kind": "private", "id": 1 })).await;
    let listed = until(&mut wire, "rooms").await;
    assert_eq!((&listed["rooms"], &listed["re"]), (&list("kind=private").await.1["rooms"], &json!(1)));
    assert_eq!(root.ask(Method::DELETE, "/rooms/a", Value::Null).await.0, 204);
    assert_eq!(ids(list("kind=private").await), ["c"]);
}

#[tokio::test]
async fn who_searches_too_often_is_told_when_to_come_back() {
    let stage = Stage::start().await;
    let ann = stage.user("ann").await;
    let most = chat_core::Limits::default().searches_per_minute.unwrap();
    let mut statuses = Vec::new();
    for _ in 0..2 * most {
        let (status, answer) = ann.ask(Method::GET, "/users?search=ann", Value::Null).await;
        statuses.push(status);
        if status != 200 {
            assert_eq!((status, &answer["details"]["limit"]), (429, &json!("searches-per-minute")), "{answer}");
            break;
        }
    }
    assert!(statuses.len() > most as usize && statuses.last() == Some(&429), "{statuses:?}");
}
