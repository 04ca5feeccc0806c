//! The design's exchange, to the letter, by a client that knows nothing else.
#![allow(clippy::unwrap_used)]

use std::{net::SocketAddr, time::Duration};

use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _},
};
use tower::ServiceExt as _;

use super::*;

/// How long a client waits for what should come; it does so only in a test that fails.
const PATIENCE: Duration = Duration::from_secs(30);
const SECRET: &str = "0123456789abcdef";

struct Server {
    router: Router,
    address: SocketAddr,
    settings: Settings,
    _folder: tempfile::TempDir,
}

impl Server {
    /// A server with the users Ann and Bob.
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::of(0, folder.path().join("chat.db"), Some(SECRET.into())).unwrap();
        let (router, chat) = app(&settings).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = ServeOptions::default().draining(chat);
        tokio::spawn(serve(listener, router.clone(), serving, std::future::pending()));
        // Beside the server, as the command line does.
        let users = Users::open(&settings).await.unwrap();
        for name in ["ann", "bob"] {
            users.add(name, &format!("{name}'s password")).await.unwrap();
        }
        Self { router, address, settings, _folder: folder }
    }

    async fn ask(&self, method: &str, path: &str, token: Option<&str>, body: Value) -> (StatusCode, Value) {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let response = self.router.clone().oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap();
        let (status, body) = (response.status(), to_bytes(response.into_body(), usize::MAX).await.unwrap());
        (status, serde_json::from_slice(&body).unwrap())
    }

    async fn log_in(&self, name: &str) -> String {
        let asked = json!({ "username": name, "password": format!("{name}'s password") });
        let (status, answer) = self.ask("POST", "/api/login", None, asked).await;
        assert_eq!((status, &answer["status"]), (StatusCode::OK, &json!("success")));
        answer["token"].as_str().unwrap().to_owned()
    }

    async fn connect(&self, name: &'static str, value: String) -> Client {
        let mut request = format!("ws://{}/chat", self.address).into_client_request().unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
        Client(connect_async(request).await.unwrap().0)
    }

    async fn room(&self, token: &str) -> String {
        let asked = json!({ "roomName": "TechTalk", "creator": "ann" });
        let (status, answer) = self.ask("POST", "/api/create-room", Some(token), asked).await;
        assert_eq!((status, &answer["status"]), (StatusCode::OK, &json!("success")));
        let room = answer["roomId"].as_str().unwrap().to_owned();
        assert!(room.starts_with("room_"), "{room}");
        room
    }
}

struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    async fn say(&mut self, frame: Value) {
        self.0.send(Message::text(frame.to_string())).await.unwrap();
    }

    /// The next frame of this kind; others are passed over.
    async fn until(&mut self, action: &str) -> Value {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.0.next()).await.expect("nothing comes");
            let Message::Text(text) = message.unwrap().unwrap() else { continue };
            let frame: Value = serde_json::from_str(&text).unwrap();
            if frame["action"] == action {
                return frame;
            }
            assert_ne!(frame["action"], "error", "{frame}");
        }
    }
}

/// Whether a value has these fields, and maybe others.
fn has(value: &Value, fields: Value) {
    for (name, field) in fields.as_object().unwrap() {
        assert_eq!(&value[name], field, "{name} of {value}");
    }
}

#[tokio::test]
async fn two_users_log_in_and_chat() {
    let server = Server::start().await;
    let (ann, bob) = (server.log_in("ann").await, server.log_in("bob").await);
    let room = server.room(&ann).await;
    let (_, rooms) = server.ask("GET", "/api/rooms", Some(&bob), Value::Null).await;
    assert_eq!(rooms, json!([{ "roomId": room, "roomName": "TechTalk" }]));
    let asked = json!({ "roomId": room, "username": "bob" });
    let (status, joined) = server.ask("POST", "/api/join-room", Some(&bob), asked).await;
    assert_eq!((status, joined), (StatusCode::OK, json!({ "status": "success", "message": "Joined room TechTalk" })));

    let mut hers = server.connect("authorization", format!("Bearer {ann}")).await;
    hers.say(json!({ "action": "join", "roomId": room, "username": "ann" })).await;
    has(&hers.until("joined").await, json!({ "roomId": room, "message": "Welcome to TechTalk!" }));
    let mut his = server.connect("cookie", format!("theme=dark; token={bob}")).await;
    his.say(json!({ "action": "join", "roomId": room, "username": "bob" })).await;
    his.until("joined").await;
    his.say(json!({ "action": "send-message", "roomId": room, "message": "Hello, everyone!" })).await;
    for client in [&mut hers, &mut his] {
        let told = client.until("new-message").await;
        has(&told, json!({ "roomId": room, "sender": "bob", "message": "Hello, everyone!" }));
        assert!(told["timestamp"].as_str().unwrap().ends_with('Z'));
    }
    his.say(json!({ "action": "leave", "roomId": room, "username": "bob" })).await;
    has(&hers.until("user-left").await, json!({ "username": "bob" }));
    // Over the WebSocket alone one becomes a member, too.
    his.say(json!({ "action": "join", "roomId": room, "username": "bob" })).await;
    has(&hers.until("user-joined").await, json!({ "username": "bob" }));

    let (_, history) = server.ask("GET", &format!("/api/chat-history/{room}"), Some(&ann), Value::Null).await;
    has(&history, json!({ "roomId": room }));
    let messages = history["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 1);
    has(&messages[0], json!({ "sender": "bob", "message": "Hello, everyone!" }));
}

#[tokio::test]
async fn what_is_wrong_is_refused_with_a_code() {
    let server = Server::start().await;
    let ann = server.log_in("ann").await;
    let room = server.room(&ann).await;
    let login = |name: &str, password: &str| json!({ "username": name, "password": password });
    let cases = [
        ("POST", "/api/login", None, login("ann", "another password"), 401, "invalid-credentials"),
        ("POST", "/api/login", None, login("nobody", "ann's password"), 401, "invalid-credentials"),
        ("POST", "/api/login", None, json!({ "username": "ann" }), 400, "invalid-field"),
        ("POST", "/api/login", None, json!([]), 400, "bad-json"),
        ("GET", "/api/login", None, json!({}), 405, "method-not-allowed"),
        ("GET", "/api/nothing", None, json!({}), 404, "not-found"),
        ("GET", "/api/rooms", None, json!({}), 401, "unauthorized"),
        ("GET", "/api/rooms", Some("x.y.z"), json!({}), 401, "unauthorized"),
        ("POST", "/api/create-room", None, json!({}), 401, "unauthorized"),
        ("POST", "/api/create-room", Some(&*ann), json!({ "roomName": "A", "creator": "bob" }), 403, "forbidden"),
        ("POST", "/api/create-room", Some(&*ann), json!({ "roomName": " ", "creator": "ann" }), 400, "invalid-field"),
        ("POST", "/api/create-room", Some(&*ann), json!({ "roomName": 7, "creator": "ann" }), 400, "invalid-field"),
        ("POST", "/api/join-room", Some(&*ann), json!({ "roomId": room, "username": "bob" }), 403, "forbidden"),
        ("POST", "/api/join-room", Some(&*ann), json!({ "roomId": "none", "username": "ann" }), 404, "room-not-found"),
        ("POST", "/api/join-room", Some(&*ann), json!({ "roomId": "a b", "username": "ann" }), 400, "invalid-field"),
        ("GET", "/api/chat-history/none", Some(&*ann), json!({}), 404, "room-not-found"),
    ];
    for (method, path, token, body, status, code) in cases {
        let (answered, answer) = server.ask(method, path, token, body).await;
        assert_eq!((answered.as_u16(), answer["code"].as_str().unwrap()), (status, code), "{method} {path}");
        assert!(answer["message"].is_string());
    }
    let bob = server.log_in("bob").await;
    let (status, answer) = server.ask("GET", &format!("/api/chat-history/{room}"), Some(&bob), Value::Null).await;
    assert_eq!((status, answer["code"].as_str().unwrap()), (StatusCode::FORBIDDEN, "not-a-member"));
}

#[tokio::test]
async fn who_has_not_logged_in_joins_nothing() {
    let server = Server::start().await;
    let room = server.room(&server.log_in("ann").await).await;
    let mut nobody = server.connect("x-other", "x".into()).await;
    nobody.say(json!({ "action": "join", "roomId": room, "username": "ann" })).await;
    let frame = tokio::time::timeout(PATIENCE, nobody.0.next()).await.unwrap().unwrap().unwrap();
    has(&serde_json::from_str(frame.to_text().unwrap()).unwrap(), json!({ "action": "error", "code": "unauthorized" }));
}

#[tokio::test]
async fn a_name_is_one_users_and_a_secret_is_long() {
    let server = Server::start().await;
    let users = Users::open(&server.settings).await.unwrap();
    assert_eq!(users.add("ANN", "long enough").await.unwrap_err().code, chat_core::Code::UsernameTaken);
    assert_eq!(users.add("two words", "long enough").await.unwrap_err().field.as_deref(), Some("username"));
    assert_eq!(users.add("carl", "short").await.unwrap_err().field.as_deref(), Some("password"));
    let rooms = server.settings.rooms.clone();
    assert!(Settings::of(0, rooms.clone(), Some("too short".into())).is_err());
    // A secret that was made is the same when the server starts again.
    let made =
        || Settings::of(0, rooms.clone(), None).map(|_| std::fs::read(rooms.with_file_name("jwt-secret")).unwrap());
    assert_eq!(made().unwrap(), made().unwrap());
}
