//! Texts that databases, patterns and pages take for orders, in every text field of the wire and of REST: each is kept and
//! found as it was written, or refused with a code.
#![allow(clippy::unwrap_used, missing_docs)]

mod client;
mod server;

use chat_core::Code;
use client::{Client, room_id};
use serde_json::{Value, json};
use server::{
    Server,
    rest::{ask, create_room},
};
use store_tests::{
    mongodb::{Kind, Mongod},
    postgres::Postgres,
};

const TEXTS: &[&str] = &[
    "{\"$ne\":null}",
    "{\"$gt\":\"\"}",
    "$where",
    "$1",
    "a.b",
    "'; DROP TABLE entries; --",
    "\" OR \"\"=\"",
    "' OR '1'='1",
    "\\'",
    "%",
    "_",
    "*",
    "[a-z]",
    ".*",
    "nul\0nul",
    "../../lobby",
    "<img src=x onerror=alert(1)>",
    "{{7*7}}",
];
/// What is no text at all, where a text is expected.
const OPERATORS: &[&str] = &["{\"$ne\":null}", "{\"$gt\":\"\"}", "[\"a\"]", "null", "1"];

#[tokio::test]
async fn texts_are_only_texts() {
    on("sqlite:data/chat.db").await;
}

#[tokio::test]
#[ignore = "it needs a Postgres server: cargo xtask test postgres"]
async fn texts_are_only_texts_on_postgres() {
    on(Postgres::shared().database().await.url()).await;
}

#[tokio::test]
#[ignore = "it needs a MongoDB server: cargo xtask test mongodb"]
async fn texts_are_only_texts_on_mongodb() {
    on(&Mongod::start(Kind::ReplicaSet).unwrap().url()).await;
}

async fn on(store: &str) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["--listen", "127.0.0.1:0", "--limits", "off", "--store", store]);
    for room in ["lobby", "secret"] {
        create_room(server.address, &room_id(room));
    }
    let mut attacker = Attacker::new(&server).await;
    let mut kept = 0;
    for template in actions() {
        for field in fields(&template) {
            for text in TEXTS {
                kept += usize::from(attacker.sends(&template, &field, &json!(text)).await);
            }
            // The host application's own JSON may be anything.
            for operator in OPERATORS.iter().filter(|_| field != "/data") {
                let operator: Value = serde_json::from_str(operator).unwrap();
                attacker.sends(&template, &field, &operator).await;
            }
        }
    }
    assert!(kept > 5 * TEXTS.len(), "only {kept} were kept, which shows little");
    attacker.looks_for_what_it_should_not_see(&server);
    let (_, rooms) = ask(server.address, "GET", "/api/rooms", &attacker.token, &Value::Null);
    let ids: Vec<&str> =
        rooms["rooms"].as_array().unwrap().iter().map(|room| room["roomId"].as_str().unwrap()).collect();
    assert_eq!(ids, ["lobby", "secret"], "no room came or went");
}

/// One of each kind of request that has a text.
fn actions() -> Vec<Value> {
    let user = "guest-of-nobody";
    vec![
        json!({ "action": "hello", "token": "t" }),
        json!({ "action": "join", "roomId": "lobby", "username": "Ann", "guestToken": "t", "clientId": "c" }),
        json!({ "action": "subscribe", "roomId": "lobby", "epoch": "e", "after": 0 }),
        json!({ "action": "send-message", "roomId": "lobby", "message": "m", "clientId": "c", "mentions": ["u"],
                "attachments": ["a"], "data": "d" }),
        json!({ "action": "edit-message", "roomId": "lobby", "seq": 2, "message": "m", "mentions": ["u"], "clientId": "c" }),
        json!({ "action": "react", "roomId": "lobby", "seq": 2, "emoji": "+", "clientId": "c" }),
        json!({ "action": "unreact", "roomId": "lobby", "seq": 2, "emoji": "+", "clientId": "c" }),
        json!({ "action": "kick", "roomId": "lobby", "userId": user, "reason": "r", "clientId": "c" }),
        json!({ "action": "ban", "roomId": "lobby", "userId": user, "reason": "r", "clientId": "c" }),
        json!({ "action": "set-role", "roomId": "lobby", "userId": user, "role": "owner", "clientId": "c" }),
        json!({ "action": "history", "roomId": "lobby" }),
        json!({ "action": "members", "roomId": "lobby", "after": user }),
        json!({ "action": "leave", "roomId": "nowhere", "username": "Ann", "clientId": "c" }),
    ]
}

/// Where the template has texts, but for the action itself.
fn fields(template: &Value) -> Vec<String> {
    let texts = template.as_object().unwrap().iter().filter(|(name, _)| *name != "action");
    let place = |(name, value): (&String, &Value)| match value {
        Value::String(_) => Some(format!("/{name}")),
        Value::Array(_) => Some(format!("/{name}/0")),
        _ => None,
    };
    texts.filter_map(place).collect()
}

struct Attacker {
    client: Client,
    token: String,
    requests: u64,
}

impl Attacker {
    async fn new(server: &Server) -> Self {
        let mut client = Client::connect(server.address).await.unwrap();
        let place = client.join(&room_id("lobby"), "Mallory").await.unwrap();
        let mut attacker = Self { client, token: place.token, requests: 0 };
        let message = json!({ "action": "send-message", "roomId": "lobby", "message": "the second entry" });
        assert!(attacker.asks(message).await.is_ok());
        attacker
    }

    /// Sends the request with this in a field. Whether it was accepted, and then it is there as it was written.
    async fn sends(&mut self, template: &Value, field: &str, value: &Value) -> bool {
        let mut request = template.clone();
        // A client id is used once.
        if let Some(id) = request.pointer_mut("/clientId") {
            *id = json!(format!("c-{}", self.requests));
        }
        *request.pointer_mut(field).unwrap() = value.clone();
        let answer = match self.asks(request.clone()).await {
            Ok(answer) => answer,
            Err(code) => {
                let code = Code::ALL.iter().find(|known| known.as_str() == code);
                assert!(code.is_some_and(|code| code.http_status() < 500), "{request}: {code:?}");
                return false;
            }
        };
        assert!(value.is_string() || field == "/data" || value.is_null(), "{request} was taken: {answer}");
        if field == "/message" || field.starts_with("/mentions") {
            let seq = if request["action"] == "edit-message" { 2 } else { answer["seq"].as_u64().unwrap() };
            let before = seq + 1;
            let history = self.asks(json!({ "action": "history", "roomId": "lobby", "before": before, "limit": 1 }));
            let history = history.await.unwrap();
            assert_eq!(history.pointer("/messages/0").unwrap().pointer(field), Some(value), "{request}: {history}");
        }
        true
    }

    /// The answer, or the code of the refusal.
    async fn asks(&mut self, mut request: Value) -> Result<Value, String> {
        self.requests += 1;
        request["id"] = json!(self.requests);
        self.client.send_text(request.to_string()).await.unwrap();
        loop {
            let frame: Value = serde_json::from_str(&self.client.next_text().await.unwrap()).unwrap();
            match frame["re"].as_u64() {
                Some(re) if re == self.requests && frame["action"] == "error" => {
                    return Err(frame["code"].as_str().unwrap().to_owned());
                }
                Some(re) if re == self.requests => return Ok(frame),
                _ => {}
            }
        }
    }

    /// In paths and queries; nobody is in the other room, so nothing of it may come.
    fn looks_for_what_it_should_not_see(&self, server: &Server) {
        for text in TEXTS {
            let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
            for path in [
                format!("/api/rooms/{encoded}"),
                format!("/api/rooms/{encoded}/messages"),
                format!("/api/rooms/secret/messages?before={encoded}"),
                format!("/api/rooms/lobby/messages?after={encoded}"),
                format!("/api/rooms/lobby/members?after={encoded}"),
                format!("/api/rooms?after={encoded}"),
            ] {
                let (status, answer) = ask(server.address, "GET", &path, &self.token, &Value::Null);
                let lists_after = status == 200 && path.contains("?after=") && !path.contains("/messages");
                assert!(lists_after || (400..500).contains(&status), "{path}: {status} {answer}");
            }
            for body in
                [json!({ "roomName": "A", "roomId": text, "kind": text }), json!({ "roomName": "A", "kind": text })]
            {
                let (status, answer) = ask(server.address, "POST", "/api/rooms", &self.token, &body);
                assert_eq!(status, 400, "{body}: {answer}");
            }
            let (status, guest) = ask(server.address, "POST", "/api/auth/guest", "", &json!({ "username": text }));
            assert!(status == 400 || guest["username"] == *text, "{status} {guest}");
        }
    }
}
