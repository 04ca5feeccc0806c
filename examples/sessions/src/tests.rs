#![allow(clippy::unwrap_used)]

use std::{net::SocketAddr, time::Duration};

use axum::{body::Body, http::Request};
use chat_core::{Caller, NewRoom, Post, RoomId};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, client::IntoClientRequest as _},
};
use tower::ServiceExt as _;

use super::*;

/// How long a client waits for what should come; it does so only in a test that fails.
const PATIENCE: Duration = Duration::from_secs(20);

struct Server {
    router: Router,
    chat: Chat,
    address: SocketAddr,
    folder: tempfile::TempDir,
}

impl Server {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (router, chat) = app(folder.path()).await.unwrap();
        let app = Caller::new(UserId::parse("app").unwrap(), Name::parse("The app").unwrap());
        chat.create_room(&app, NewRoom::public(Name::parse("Lobby").unwrap()).with_id(lobby())).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = ServeOptions::default().draining(chat.clone());
        tokio::spawn(serve(listener, router.clone(), serving, std::future::pending()));
        Self { router, chat, address, folder }
    }

    async fn ask(&self, method: &str, path: &str, cookie: &str, body: &'static str) -> (StatusCode, String) {
        let request = Request::builder().method(method).uri(path).header(header::COOKIE, cookie);
        let response = self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let cookie = response.headers().get(header::SET_COOKIE).map(|cookie| cookie.to_str().unwrap().to_owned());
        (response.status(), cookie.unwrap_or_default())
    }

    /// Logs in; the cookie as a browser sends it back.
    async fn log_in(&self, user: &str) -> String {
        let (status, cookie) = self.ask("POST", &format!("/login/{user}"), "", "").await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
        format!("theme=dark; {}", cookie.split(';').next().unwrap())
    }

    async fn connect(&self, cookie: &str) -> Result<Client, tungstenite::Error> {
        let mut request = format!("ws://{}/chat/live", self.address).into_client_request()?;
        request.headers_mut().insert("cookie", cookie.parse().unwrap());
        connect_async(request).await.map(|(socket, _)| Client(socket))
    }

    /// A client in the lobby.
    async fn client(&self, cookie: &str) -> Client {
        let mut client = self.connect(cookie).await.unwrap();
        client.say(json!({ "action": "join", "roomId": lobby().as_str() })).await;
        client.until("joined").await;
        client
    }

    async fn is_refused(&self, cookie: &str) -> bool {
        let (rest, _) = self.ask("GET", "/chat/me", cookie, "").await;
        let Err(tungstenite::Error::Http(live)) = self.connect(cookie).await else { return false };
        rest == StatusCode::UNAUTHORIZED && live.status() == StatusCode::UNAUTHORIZED.as_u16()
    }
}

fn lobby() -> RoomId {
    RoomId::parse("lobby").unwrap()
}

struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    async fn say(&mut self, frame: Value) {
        self.0.send(Message::text(frame.to_string())).await.unwrap();
    }

    async fn write(&mut self, text: &str) {
        self.say(json!({ "action": "send-message", "roomId": "lobby", "message": text })).await;
    }

    async fn receive(&mut self) -> Message {
        tokio::time::timeout(PATIENCE, self.0.next()).await.expect("nothing comes").expect("it goes on").unwrap()
    }

    /// The next frame of this kind; others are passed over.
    async fn until(&mut self, action: &str) -> Value {
        loop {
            let Message::Text(text) = self.receive().await else { continue };
            let frame: Value = serde_json::from_str(&text).unwrap();
            if frame["action"] == action {
                return frame;
            }
        }
    }

    /// The code with which the server closes.
    async fn closed(&mut self) -> u16 {
        loop {
            if let Message::Close(Some(close)) = self.receive().await {
                return close.code.into();
            }
        }
    }
}

#[tokio::test]
async fn who_is_suspended_is_cut_off_at_once_and_does_not_come_back() {
    let server = Server::start().await;
    let (ann, bob) = (server.log_in("ann").await, server.log_in("bob").await);
    let mut sockets = [server.client(&bob).await, server.client(&bob).await];
    let mut hers = server.client(&ann).await;
    assert_eq!(server.ask("POST", "/users/ann/suspend", &bob, "").await.0, StatusCode::FORBIDDEN);
    assert_eq!(server.ask("POST", "/users/nobody/suspend", &ann, "").await.0, StatusCode::NOT_FOUND);
    assert_eq!(server.ask("POST", "/users/bob/suspend", &ann, "").await.0, StatusCode::NO_CONTENT);
    for socket in &mut sockets {
        assert_eq!(socket.closed().await, 4003);
    }
    assert!(server.is_refused(&bob).await);
    assert_eq!(server.ask("POST", "/login/bob", "", "").await.0, StatusCode::UNAUTHORIZED);
    hers.write("still here").await;
    assert_eq!(hers.until("new-message").await["sender"], "Ann");
}

/// A socket may have been on its way while its user was suspended: it was not there yet to be ended.
#[tokio::test]
async fn who_was_suspended_after_they_were_identified_is_refused_all_the_same() {
    let server = Server::start().await;
    let users = Users::open(&server.folder.path().join("users.db")).await.unwrap();
    let login = users.log_in("bob").await.unwrap().unwrap();
    let bob = users.caller(login).await.unwrap();
    users.suspend(&bob.user).await.unwrap();
    let refused = server.chat.send(&bob, &lobby(), Post::text("Hello")).await.unwrap_err();
    assert_eq!(refused.code, Code::Unauthorized);
}

#[tokio::test]
async fn a_rename_holds_in_sessions_that_go_on_and_in_those_that_come() {
    let server = Server::start().await;
    let (ann, bob) = (server.log_in("ann").await, server.log_in("bob").await);
    let (mut hers, mut his) = (server.client(&ann).await, server.client(&bob).await);
    his.write("one").await;
    assert_eq!(hers.until("new-message").await["sender"], "Bob");
    assert_eq!(server.ask("PUT", "/users/ann/name", &bob, "Robert").await.0, StatusCode::FORBIDDEN);
    assert_eq!(server.ask("PUT", "/users/bob/name", &bob, " ").await.0, StatusCode::BAD_REQUEST);
    assert_eq!(server.ask("PUT", "/users/bob/name", &bob, "Robert").await.0, StatusCode::NO_CONTENT);
    his.write("two").await;
    assert_eq!(hers.until("new-message").await["sender"], "Robert");
    let mut later = server.client(&bob).await;
    later.write("three").await;
    assert_eq!(hers.until("new-message").await["sender"], "Robert");
    // The session from before the rename does not bring the old name back.
    his.write("four").await;
    assert_eq!(hers.until("new-message").await["sender"], "Robert");
}

#[tokio::test]
async fn a_logout_ends_what_its_own_login_began() {
    let server = Server::start().await;
    let (desk, phone) = (server.log_in("bob").await, server.log_in("bob").await);
    let (mut at_desk, mut on_phone) = (server.client(&desk).await, server.client(&phone).await);
    assert_eq!(server.ask("POST", "/logout", &desk, "").await.0, StatusCode::NO_CONTENT);
    assert_eq!(at_desk.closed().await, 4003);
    assert!(server.is_refused(&desk).await);
    on_phone.say(json!({ "action": "ping" })).await;
    on_phone.until("pong").await;
}

#[tokio::test]
async fn pages_of_other_sites_change_nothing() {
    let server = Server::start().await;
    let ann = server.log_in("ann").await;
    let request = Request::post("/users/bob/suspend").header(header::COOKIE, &ann).header(header::HOST, "app.example");
    let request = request.header(header::ORIGIN, "https://evil.example").body(Body::empty()).unwrap();
    assert_eq!(server.router.clone().oneshot(request).await.unwrap().status(), StatusCode::FORBIDDEN);
    server.log_in("bob").await;
}
