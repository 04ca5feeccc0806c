//! Accounts over HTTP, from registering to deleting.
#![allow(clippy::unwrap_used, missing_docs)]

mod harness;

use adapter_axum::{AdapterOptions, ServeOptions, router};
use axum::{Router, http::Method};
use chat_accounts::{Accounts, Keys, MemoryAccounts, Registration, Signer};
use chat_core::{Chat, UserId};
use harness::{Client, Server, Way};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

const PASSWORD: &str = "correct horse";
const KEY: &str = "k1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

struct Stage {
    server: Server,
    accounts: Accounts,
}

/// An answer as it came.
#[derive(Debug, PartialEq)]
struct Answer {
    status: u16,
    /// Without the time at which it was sent.
    head: String,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    fn code(&self) -> (u16, String) {
        (self.status, self.json()["code"].as_str().unwrap_or_default().to_owned())
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// Somebody who is logged in.
#[derive(Clone)]
struct User {
    token: String,
    refresh: String,
    id: String,
}

impl User {
    fn of(answer: &Answer) -> Self {
        let json = answer.json();
        let text = |field: &str| json[field].as_str().unwrap_or_else(|| panic!("{field}: {json}")).to_owned();
        Self { token: text("token"), refresh: text("refreshToken"), id: text("userId") }
    }
}

impl Stage {
    async fn start(registration: Registration) -> Self {
        let signer = Signer::new(Keys::parse(KEY).unwrap(), "https://chat.example", "chat");
        let accounts = Accounts::builder(MemoryAccounts::new(), signer).registration(registration).build();
        let chat = Chat::builder().guests(true).authenticator(accounts.clone()).build();
        accounts.attach(&chat);
        let router = router(chat.clone(), AdapterOptions::default().accounts(accounts.clone()));
        Self { server: Server::of(chat, router, ServeOptions::default()).await, accounts }
    }

    async fn ask(&self, method: Method, path: &str, token: &str, body: Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut io = TcpStream::connect(self.server.address).await.unwrap();
        let bearer = if token.is_empty() { String::new() } else { format!("authorization: Bearer {token}\r\n") };
        let head = format!(
            "{method} /api{path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\nuser-agent: Test 1\r\n{bearer}\
             content-length: {}\r\n\r\n",
            self.server.address,
            body.len()
        );
        io.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        let mut answer = String::new();
        io.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let head: Vec<_> = head.lines().filter(|line| !line.starts_with("date:")).collect();
        let answer = Answer { status, head: head.join("\n"), body: body.to_owned() };
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        answer
    }

    async fn post(&self, path: &str, token: &str, body: Value) -> Answer {
        self.ask(Method::POST, path, token, body).await
    }

    async fn register(&self, username: &str) -> User {
        let answer = self.post("/auth/register", "", json!({ "username": username, "password": PASSWORD })).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        User::of(&answer)
    }

    async fn try_to_log_in(&self, username: &str, password: &str) -> Answer {
        self.post("/auth/login", "", json!({ "username": username, "password": password })).await
    }

    async fn log_in(&self, username: &str, password: &str) -> User {
        let answer = self.try_to_log_in(username, password).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        User::of(&answer)
    }

    async fn refresh(&self, token: &str) -> Answer {
        self.post("/auth/refresh", "", json!({ "refreshToken": token })).await
    }

    /// Whether a token is good.
    async fn status(&self, token: &str) -> u16 {
        self.ask(Method::GET, "/me", token, Value::Null).await.status
    }

    /// A WebSocket of this user's, which has been welcomed.
    async fn socket(&self, user: &User) -> Client {
        let mut client = self.server.client(Way::Tcp).await;
        let welcome = client.ask(json!({ "action": "hello", "token": user.token, "version": 1 })).await;
        assert_eq!((&welcome["action"], &welcome["userId"]), (&json!("welcome"), &json!(user.id)), "{welcome}");
        client
    }
}

async fn closed(client: &mut Client) -> u16 {
    client.closed().await.into()
}

#[tokio::test]
async fn a_user_registers_and_is_who_they_say() {
    let stage = Stage::start(Registration::Open).await;
    let more = json!({ "username": "Ann", "password": PASSWORD, "email": "ann@example.com", "unknown": [1] });
    let answer = stage.post("/auth/register", "", more).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    assert!(answer.json()["expiresAt"].as_str().unwrap().ends_with('Z'), "{answer:?}");
    let ann = User::of(&answer);
    let me = stage.ask(Method::GET, "/me", &ann.token, Value::Null).await.json();
    assert_eq!(me, json!({ "userId": ann.id, "username": "Ann", "email": "ann@example.com" }));

    let change = json!({ "username": "Anna", "email": "" });
    let changed = stage.ask(Method::PATCH, "/me", &ann.token, change).await;
    assert_eq!((changed.status, changed.json()), (200, json!({ "userId": ann.id, "username": "Anna" })));
    assert_eq!(stage.try_to_log_in("Ann", PASSWORD).await.code(), (401, "invalid-credentials".into()));
    assert_eq!(stage.log_in("ANNA", PASSWORD).await.id, ann.id);

    let guest = stage.post("/auth/guest", "", json!({ "username": "anna" })).await;
    assert_eq!(guest.code(), (409, "username-taken".into()), "a guest has no user's name");
    let zoe = stage.post("/auth/guest", "", json!({ "username": "Zoe" })).await;
    assert_eq!(zoe.status, 201, "{zoe:?}");
    let me = stage.ask(Method::GET, "/me", zoe.json()["token"].as_str().unwrap(), Value::Null).await.json();
    assert_eq!((&me["guest"], &me["email"]), (&json!(true), &Value::Null));
}

#[tokio::test]
async fn tokens_are_refreshed_and_one_that_is_used_again_ends_its_device() {
    let stage = Stage::start(Registration::Open).await;
    let phone = stage.register("Ann").await;
    let laptop = stage.log_in("Ann", PASSWORD).await;
    let next = stage.refresh(&phone.refresh).await;
    assert_eq!(next.status, 200, "{next:?}");
    let next = User::of(&next);
    assert!(next.refresh != phone.refresh && next.id == phone.id);
    assert_eq!((stage.status(&next.token).await, stage.status(&phone.token).await), (200, 200));

    let (mut here, mut there) = (stage.socket(&next).await, stage.socket(&laptop).await);
    assert_eq!(stage.refresh(&phone.refresh).await.code(), (401, "unauthorized".into()));
    assert_eq!(closed(&mut here).await, 4003);
    assert_eq!((stage.status(&next.token).await, stage.refresh(&next.refresh).await.status), (401, 401));
    assert_eq!(stage.status(&laptop.token).await, 200);
    assert_eq!(there.ask(json!({ "action": "ping" })).await["action"], "pong", "the other device stays");
}

#[tokio::test]
async fn whoever_logs_out_does_so_here_or_everywhere() {
    let stage = Stage::start(Registration::Open).await;
    let phone = stage.register("Ann").await;
    let (laptop, desk) = (stage.log_in("Ann", PASSWORD).await, stage.log_in("Ann", PASSWORD).await);
    let mut socket = stage.socket(&phone).await;
    assert_eq!(stage.post("/auth/logout", &phone.token, Value::Null).await.status, 204);
    assert_eq!(closed(&mut socket).await, 4003);
    assert_eq!((stage.status(&phone.token).await, stage.refresh(&phone.refresh).await.status), (401, 401));
    assert_eq!(stage.status(&laptop.token).await, 200);
    let wrong = stage.post("/auth/logout", &laptop.token, json!({ "everywhere": "yes" })).await;
    assert_eq!(wrong.code(), (400, "invalid-field".into()));
    assert_eq!(stage.post("/auth/logout", &laptop.token, json!({ "everywhere": true })).await.status, 204);
    assert_eq!((stage.status(&laptop.token).await, stage.status(&desk.token).await), (401, 401));
}

#[tokio::test]
async fn another_password_keeps_this_device_and_ends_the_others() {
    let stage = Stage::start(Registration::Open).await;
    let here = stage.register("Ann").await;
    let there = stage.log_in("Ann", PASSWORD).await;
    let (mut mine, mut other) = (stage.socket(&here).await, stage.socket(&there).await);
    let change = async |old: &str, new: &str| {
        let body = json!({ "password": old, "newPassword": new });
        stage.ask(Method::PUT, "/me/password", &here.token, body).await.code()
    };
    assert_eq!(change("wrong horse", "battery staple").await, (401, "invalid-credentials".into()));
    assert_eq!(change(PASSWORD, "short").await, (400, "invalid-field".into()));
    assert_eq!(change(PASSWORD, "battery staple").await, (204, String::new()));
    assert_eq!(closed(&mut other).await, 4003);
    assert_eq!((stage.status(&here.token).await, stage.status(&there.token).await), (200, 401));
    assert_eq!(mine.ask(json!({ "action": "ping" })).await["action"], "pong");
    assert_eq!(stage.try_to_log_in("Ann", PASSWORD).await.status, 401);
    stage.log_in("Ann", "battery staple").await;
}

#[tokio::test]
async fn a_user_sees_where_they_are_logged_in_and_ends_it() {
    let stage = Stage::start(Registration::Open).await;
    let here = stage.register("Ann").await;
    let there = stage.log_in("Ann", PASSWORD).await;
    let bob = stage.register("Bob").await;
    let listed = async |user: &User| {
        let listed = stage.ask(Method::GET, "/me/sessions", &user.token, Value::Null).await.json();
        listed["sessions"].as_array().unwrap().clone()
    };
    let other = |sessions: &[Value]| {
        let other: Vec<_> = sessions.iter().filter(|session| session["current"] == false).collect();
        assert_eq!((sessions.len(), other.len()), (2, 1), "{sessions:?}");
        assert_eq!(other[0]["userAgent"], "Test 1");
        assert!(other[0]["createdAt"].is_string() && other[0]["lastSeen"].is_string());
        other[0]["sessionId"].as_str().unwrap().to_owned()
    };
    let id = other(&listed(&here).await);
    assert_ne!(id, other(&listed(&there).await));
    let end = async |user: &User, id: &str| {
        stage.ask(Method::DELETE, &format!("/me/sessions/{id}"), &user.token, Value::Null).await.code()
    };
    assert_eq!(end(&bob, &id).await, (404, "not-found".into()), "another's");
    assert_eq!(end(&here, "nonsense").await, (404, "not-found".into()));
    let mut socket = stage.socket(&there).await;
    assert_eq!(end(&here, &id).await.0, 204);
    assert_eq!(closed(&mut socket).await, 4003);
    assert_eq!((listed(&here).await.len(), stage.status(&there.token).await), (1, 401));
}

#[tokio::test]
async fn who_deletes_their_account_is_gone_and_their_name_stays_taken() {
    let stage = Stage::start(Registration::Open).await;
    let ann = stage.register("Ann").await;
    let mut socket = stage.socket(&ann).await;
    let delete = async |body: Value| stage.ask(Method::DELETE, "/me", &ann.token, body).await.code();
    assert_eq!(delete(json!({})).await, (400, "invalid-field".into()));
    assert_eq!(delete(json!({ "password": "wrong horse" })).await, (401, "invalid-credentials".into()));
    assert_eq!(delete(json!({ "password": PASSWORD })).await.0, 204);
    assert_eq!(closed(&mut socket).await, 4003);
    assert_eq!((stage.status(&ann.token).await, stage.refresh(&ann.refresh).await.status), (401, 401));
    assert_eq!(stage.try_to_log_in("Ann", PASSWORD).await.code(), (401, "invalid-credentials".into()));
    let again = stage.post("/auth/register", "", json!({ "username": "ann", "password": PASSWORD })).await;
    assert_eq!(again.code(), (409, "username-taken".into()));
}

#[tokio::test]
async fn an_unknown_user_and_a_wrong_password_answer_alike() {
    let stage = Stage::start(Registration::Open).await;
    stage.register("Ann").await;
    let wrong = stage.try_to_log_in("Ann", "wrong horse").await;
    assert_eq!(wrong.code(), (401, "invalid-credentials".into()));
    for unknown in ["Bob", "", "no\u{0}name", "guest"] {
        assert_eq!(stage.try_to_log_in(unknown, "wrong horse").await, wrong, "{unknown:?}");
    }
}

#[tokio::test]
async fn administrators_keep_users_out_and_let_them_in() {
    let stage = Stage::start(Registration::Closed).await;
    let closed_to = stage.post("/auth/register", "", json!({ "username": "Eve", "password": PASSWORD })).await;
    assert_eq!(closed_to.code(), (403, "registration-closed".into()));
    let create = async |name: &str, admin: bool| {
        stage.accounts.console().create(name, None, PASSWORD, admin).await.unwrap();
        stage.log_in(name, PASSWORD).await
    };
    let (root, ann) = (create("Rita", true).await, create("Ann", false).await);
    let me = stage.ask(Method::GET, "/me", &root.token, Value::Null).await.json();
    assert_eq!(me["admin"], true);
    let act = async |by: &User, whom: &str, what: &str| {
        stage.post(&format!("/users/{whom}/{what}"), &by.token, Value::Null).await.code()
    };
    assert_eq!(act(&ann, &root.id, "suspend").await, (403, "forbidden".into()));
    assert_eq!(act(&root, &root.id, "suspend").await, (403, "forbidden".into()), "nobody locks themselves out");
    assert_eq!(act(&root, UserId::parse("nobody").unwrap().as_str(), "suspend").await, (404, "user-not-found".into()));
    let mut socket = stage.socket(&ann).await;
    assert_eq!(act(&root, &ann.id, "suspend").await.0, 204);
    assert_eq!(closed(&mut socket).await, 4003);
    assert_eq!((stage.status(&ann.token).await, stage.refresh(&ann.refresh).await.status), (401, 401));
    assert_eq!(stage.try_to_log_in("Ann", PASSWORD).await.code(), (403, "suspended".into()));
    let wrong = stage.try_to_log_in("Ann", "wrong horse").await;
    assert_eq!(wrong.code(), (401, "invalid-credentials".into()), "only who knows the password learns it");
    assert_eq!(act(&root, &ann.id, "restore").await.0, 204);
    assert_eq!((stage.status(&ann.token).await, stage.refresh(&ann.refresh).await.status), (401, 401));
    stage.log_in("Ann", PASSWORD).await;
}

#[tokio::test]
async fn administrators_see_all_accounts_and_make_others_administrators() {
    let stage = Stage::start(Registration::Open).await;
    stage.accounts.console().create("Rita", Some("rita@example.org"), PASSWORD, true).await.unwrap();
    let root = stage.log_in("Rita", PASSWORD).await;
    let (ann, ben) = (stage.register("Ann").await, stage.register("Ben").await);
    let list = async |by: &User, query: &str| {
        stage.ask(Method::GET, &format!("/accounts{query}"), &by.token, Value::Null).await
    };
    let admin = async |by: &User, of: &User, method: Method| {
        stage.ask(method, &format!("/users/{}/admin", of.id), &by.token, Value::Null).await.code()
    };
    assert_eq!(stage.post(&format!("/users/{}/suspend", ben.id), &root.token, Value::Null).await.status, 204);
    let mut seen = Vec::new();
    let mut query = "?limit=2".to_owned();
    loop {
        let page = list(&root, &query).await.json();
        seen.extend(page["accounts"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { break };
        query = format!("?limit=2&after={next}");
    }
    let ids: Vec<_> = seen.iter().map(|account| account["userId"].as_str().unwrap()).collect();
    assert!(ids.is_sorted(), "{ids:?}");
    let of = |user: &User| seen.iter().find(|account| account["userId"] == user.id.as_str()).unwrap();
    assert_eq!((&of(&root)["admin"], &of(&root)["email"]), (&json!(true), &json!("rita@example.org")));
    assert_eq!((&of(&ann)["standing"], &of(&ann)["admin"]), (&json!("active"), &Value::Null));
    assert_eq!((&of(&ben)["standing"], seen.len()), (&json!("suspended"), 3));
    assert_eq!(list(&root, "?username=ANN").await.json()["accounts"], json!([of(&ann)]));
    assert_eq!(list(&root, "?username=nobody").await.json(), json!({ "accounts": [] }));
    for (query, field) in
        [("?limit=0", "limit"), ("?limit=201", "limit"), ("?limit=x", "limit"), ("?after=%20", "after")]
    {
        let refused = list(&root, query).await;
        assert_eq!((refused.status, &refused.json()["details"]["field"]), (400, &json!(field)), "{query}");
    }
    assert_eq!(list(&ann, "").await.code(), (403, "forbidden".into()));

    assert_eq!(admin(&ann, &ann, Method::PUT).await, (403, "forbidden".into()));
    assert_eq!(admin(&root, &root, Method::DELETE).await, (403, "forbidden".into()), "nobody locks themselves out");
    assert_eq!(admin(&root, &ann, Method::PUT).await.0, 204);
    let ann = stage.log_in("Ann", PASSWORD).await;
    assert_eq!(list(&ann, "").await.status, 200);
    assert_eq!(admin(&root, &ann, Method::DELETE).await.0, 204);
    assert_eq!(stage.status(&ann.token).await, 401, "logged out everywhere");
    let ann = stage.log_in("Ann", PASSWORD).await;
    assert_eq!(list(&ann, "").await.status, 403);
}

#[tokio::test]
async fn administrators_see_how_much_goes_on() {
    let stage = Stage::start(Registration::Open).await;
    stage.accounts.console().create("Rita", None, PASSWORD, true).await.unwrap();
    let (root, ann) = (stage.log_in("Rita", PASSWORD).await, stage.register("Ann").await);
    let figures = async |by: &User| stage.ask(Method::GET, "/figures", &by.token, Value::Null).await;
    let (_laptop, _phone) = (stage.socket(&ann).await, stage.socket(&ann).await);
    let expected = json!({ "connections": 2, "users": 1, "guests": 0, "openRooms": 0 });
    assert_eq!(figures(&root).await.json(), expected);
    assert_eq!(figures(&ann).await.code(), (403, "forbidden".into()));
}

#[tokio::test]
async fn whoever_guesses_is_told_when_to_come_back() {
    let stage = Stage::start(Registration::Open).await;
    stage.register("Ann").await;
    for _ in 0..chat_core::limits::GUESS_BURST {
        assert_eq!(stage.try_to_log_in("Ann", "wrong horse").await.status, 401);
    }
    let refused = stage.try_to_log_in("Ann", PASSWORD).await;
    assert_eq!(refused.code(), (429, "rate-limited".into()));
    let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((30..=60).contains(&seconds), "{seconds}: one guess comes back each minute");
    stage.register("Bob").await;
}

#[tokio::test]
async fn what_is_no_form_is_refused() {
    let stage = Stage::start(Registration::Open).await;
    for (body, code) in [
        (Value::Null, "bad-json"),
        (json!([1]), "bad-json"),
        (json!([null, null]), "bad-json"),
        (json!({ "username": "Ann" }), "invalid-field"),
        (json!({ "username": 1, "password": PASSWORD }), "invalid-field"),
        (json!({ "username": "Ann", "password": "short" }), "invalid-field"),
        (json!({ "username": "Ann", "password": PASSWORD, "email": "nowhere" }), "invalid-field"),
    ] {
        assert_eq!(stage.post("/auth/register", "", body.clone()).await.code(), (400, code.into()), "{body}");
    }
    let long = json!({ "username": "Ann", "password": "x".repeat(70_000) });
    assert_eq!(stage.post("/auth/register", "", long).await.code(), (413, "too-large".into()));
    let admin = stage.post("/auth/register", "", json!({ "username": "Admin", "password": PASSWORD })).await;
    assert_eq!(admin.code(), (409, "username-taken".into()));
    for (method, path) in [(Method::GET, "/me/sessions"), (Method::POST, "/auth/logout"), (Method::PATCH, "/me")] {
        assert_eq!(stage.ask(method, path, "", Value::Null).await.code(), (401, "unauthorized".into()));
    }
}

#[tokio::test]
async fn an_adapter_without_accounts_has_none_of_these_paths() {
    let chat = Chat::builder().build();
    let router: Router = router(chat.clone(), AdapterOptions::default());
    let server = Server::of(chat, router, ServeOptions::default()).await;
    let request = axum::http::Request::post("/api/auth/login").body(axum::body::Body::empty()).unwrap();
    assert_eq!(server.ask(request).await.1["code"], "not-found");
}

#[tokio::test]
async fn an_administrator_invites_with_codes_that_are_told_once() {
    let stage = Stage::start(Registration::Invited).await;
    let register = async |name: &str, code: Value| {
        let body = json!({ "username": name, "password": PASSWORD, "code": code });
        stage.post("/auth/register", "", body).await
    };
    stage.accounts.console().create("Rita", None, PASSWORD, true).await.unwrap();
    stage.accounts.console().create("Ann", None, PASSWORD, false).await.unwrap();
    let (rita, ann) = (stage.log_in("Rita", PASSWORD).await, stage.log_in("Ann", PASSWORD).await);
    assert_eq!(register("Eve", Value::Null).await.code(), (403, "registration-closed".into()));
    let make = async |by: &User, body: Value| stage.post("/registrations", &by.token, body).await;
    assert_eq!(make(&ann, json!({})).await.code(), (403, "forbidden".into()));
    for (field, value) in [("uses", json!(0)), ("uses", json!("x")), ("expiresAt", json!("soon"))] {
        let refused = make(&rita, json!({ field: value })).await;
        assert_eq!((refused.status, &refused.json()["details"]["field"]), (400, &json!(field)), "{refused:?}");
    }
    let made = make(&rita, json!({ "uses": 2, "expiresAt": "2999-01-01T00:00:00Z" })).await;
    assert_eq!(made.json()["details"]["field"], "expiresAt", "within a year");
    let made = make(&rita, json!({ "uses": 2 })).await;
    let code = made.json()["code"].clone();
    assert_eq!((made.status, &made.json()["uses"], &made.json()["creatorId"]), (201, &json!(2), &json!(rita.id)));
    assert_eq!(register("Bob", code.clone()).await.status, 201);
    let list = stage.ask(Method::GET, "/registrations", &rita.token, Value::Null).await;
    let listed = list.json()["registrations"][0].clone();
    let text = code.as_str().unwrap();
    assert!(listed["uses"] == 1 && !list.body.contains(text) && listed["code"].is_null(), "{list:?}");
    assert_eq!(stage.ask(Method::GET, "/registrations", &ann.token, Value::Null).await.status, 403);
    let at = format!("/registrations/{}", listed["registrationId"].as_str().unwrap());
    assert_eq!(stage.ask(Method::DELETE, &at, &ann.token, Value::Null).await.status, 403);
    assert_eq!(stage.ask(Method::DELETE, &at, &rita.token, Value::Null).await.status, 204);
    for gone in [&at, "/registrations/x"] {
        assert_eq!(stage.ask(Method::DELETE, gone, &rita.token, Value::Null).await.code(), (404, "not-found".into()));
    }
    assert_eq!(register("Cat", code).await.code(), (403, "registration-closed".into()));
}

#[tokio::test]
async fn the_first_administrator_is_made_by_a_link() {
    let stage = Stage::start(Registration::Closed).await;
    let link = stage.accounts.first_admin_link().await.unwrap().unwrap();
    let make = async |token: &str, name: &str| {
        let body = json!({ "token": token, "username": name, "password": PASSWORD });
        stage.post("/auth/first-admin", "", body).await
    };
    assert_eq!(make("x", "Rita").await.code(), (404, "link-not-found".into()));
    assert_eq!(make(link.as_str(), "two words").await.code(), (400, "invalid-field".into()));
    let made = make(link.as_str(), "Rita").await;
    assert_eq!((made.status, &made.json()["admin"]), (201, &json!(true)), "{made:?}");
    assert_eq!(make(link.as_str(), "Eve").await.code(), (404, "link-not-found".into()));
    let rita = User::of(&made);
    assert_eq!(stage.post("/registrations", &rita.token, json!({})).await.status, 201);
}
