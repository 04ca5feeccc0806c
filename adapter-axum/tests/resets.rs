//! Passwords set by a link over HTTP: mailed, or handed over by an administrator.
#![allow(clippy::unwrap_used, missing_docs)]

mod harness;

use std::time::Duration;

use adapter_axum::{AdapterOptions, ServeOptions, router};
use axum::http::Method;
use chat_accounts::{
    Accounts, Client as From, Keys, MailError, Mailer, MemoryAccounts, Registration, ResetMail, Signer,
};
use chat_core::{Chat, limits};
use harness::{Client, Server, Way};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::timeout,
};

const KEY: &str = "k1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const PASSWORD: &str = "correct horse";
const NEW: &str = "battery staple";
const PATIENCE: Duration = Duration::from_secs(10);

struct Post(UnboundedSender<ResetMail>);

#[async_trait::async_trait]
impl Mailer for Post {
    async fn send(&self, mail: &ResetMail) -> Result<(), MailError> {
        self.0.send(mail.clone()).map_err(|_| MailError::lasting("nobody reads it"))
    }
}

struct Stage {
    server: Server,
    accounts: Accounts,
    mails: UnboundedReceiver<ResetMail>,
}

impl Stage {
    /// With Ann, who has an address. Whether links are mailed.
    async fn start(mails_links: bool) -> Self {
        let signer = Signer::new(Keys::parse(KEY).unwrap(), "https://chat.example", "chat");
        let builder = Accounts::builder(MemoryAccounts::new(), signer).registration(Registration::Open);
        let (sent, mails) = unbounded_channel();
        let accounts = if mails_links { builder.mailer(Post(sent)) } else { builder }.build();
        let chat = Chat::builder().authenticator(accounts.clone()).build();
        accounts.attach(&chat);
        accounts.register("ann", Some("ann@example.org"), PASSWORD, From::default()).await.unwrap();
        let router = router(chat.clone(), AdapterOptions::default().accounts(accounts.clone()));
        Self { server: Server::of(chat, router, ServeOptions::default()).await, accounts, mails }
    }

    /// What is answered, to the byte but for the time.
    async fn exchange(&self, method: Method, path: &str, token: &str, body: &Value) -> String {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let bearer = if token.is_empty() { String::new() } else { format!("authorization: Bearer {token}\r\n") };
        let head = format!(
            "{method} /api{path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n{bearer}content-length: {}\r\n\r\n",
            self.server.address,
            body.len()
        );
        let mut io = TcpStream::connect(self.server.address).await.unwrap();
        io.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        let mut answer = String::new();
        io.read_to_string(&mut answer).await.unwrap();
        answer.lines().filter(|line| !line.starts_with("date:")).collect::<Vec<_>>().join("\n")
    }

    async fn ask(&self, method: Method, path: &str, token: &str, body: Value) -> (u16, Value) {
        let answer = self.exchange(method, path, token, &body).await;
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        let (_, body) = answer.split_once("\n\n").unwrap_or_default();
        (status, serde_json::from_str(body).unwrap_or_default())
    }

    async fn post(&self, path: &str, body: Value) -> (u16, String) {
        let (status, answer) = self.ask(Method::POST, path, "", body).await;
        (status, answer["code"].as_str().unwrap_or_default().to_owned())
    }

    async fn mail(&mut self) -> ResetMail {
        timeout(PATIENCE, self.mails.recv()).await.expect("no mail comes").unwrap()
    }

    async fn socket(&self, token: &str) -> Client {
        let mut client = self.server.client(Way::Tcp).await;
        let welcome = client.ask(json!({ "action": "hello", "token": token })).await;
        assert_eq!(welcome["action"], "welcome", "{welcome}");
        client
    }
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn a_link_is_mailed_and_sets_a_password_once() {
    let mut stage = Stage::start(true).await;
    let entry = stage.ask(Method::GET, "/auth", "", Value::Null).await;
    assert_eq!(entry, (200, json!({ "passwordResets": true })));
    let ann = stage.accounts.log_in("ann", PASSWORD, From::default()).await.unwrap();
    let mut socket = stage.socket(&ann.token).await;
    assert_eq!(stage.post("/password-resets", json!({ "email": "Ann@Example.org" })).await, refused(202, ""));
    let mail = stage.mail().await;
    let redeem = async |token: &str, new: &str| {
        stage.post("/password-resets/redeem", json!({ "token": token, "newPassword": new })).await
    };
    let token = mail.secret.as_str();
    assert_eq!(redeem(token, "short").await, refused(400, "invalid-field"));
    assert_eq!(redeem("another", NEW).await, refused(404, "link-not-found"));
    assert_eq!(redeem(token, NEW).await, refused(204, ""));
    assert_eq!(u16::from(socket.closed().await), 4003, "all devices are logged out");
    assert_eq!(redeem(token, NEW).await, refused(404, "link-not-found"));
    stage.accounts.log_in("ann", NEW, From::default()).await.unwrap();
}

#[tokio::test]
async fn the_answer_is_the_same_for_whoever_has_no_account() {
    let mut stage = Stage::start(true).await;
    let ask =
        async |email: &str| stage.exchange(Method::POST, "/password-resets", "", &json!({ "email": email })).await;
    // The fourth time nothing more is mailed to Ann.
    let mut answers = Vec::new();
    for email in ["ann@example.org", "ann@example.org", "ann@example.org", "ann@example.org", "nobody@example.org"] {
        answers.push(ask(email).await);
    }
    assert!(answers[0].starts_with("HTTP/1.1 202 "), "{}", answers[0]);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    for _ in 0..limits::MAILED_BURST {
        stage.mail().await;
    }
    let none = stage.post("/password-resets", json!({ "email": "ann" })).await;
    assert_eq!(none, refused(400, "invalid-field"));
    assert_eq!(stage.post("/password-resets", json!({ "username": "ann" })).await, refused(400, "invalid-field"));
}

#[tokio::test]
async fn an_address_that_asks_too_often_is_told_when_to_come_back() {
    let stage = Stage::start(true).await;
    for n in 0..limits::RESET_BURST {
        let email = format!("user-{n}@example.org");
        assert_eq!(stage.post("/password-resets", json!({ "email": email })).await.0, 202);
    }
    let (status, answer) = stage.ask(Method::POST, "/password-resets", "", json!({ "email": "ann@example.org" })).await;
    assert_eq!((status, &answer["code"]), (429, &json!("rate-limited")));
    assert!(answer["details"]["retryAfterSeconds"].as_u64().unwrap() <= limits::RESET_PERIOD_MS / 1_000, "{answer}");
}

#[tokio::test]
async fn without_mails_an_administrator_hands_a_link_over() {
    let stage = Stage::start(false).await;
    assert_eq!(stage.ask(Method::GET, "/auth", "", Value::Null).await, (200, json!({ "passwordResets": false })));
    let asked = stage.post("/password-resets", json!({ "email": "ann@example.org" })).await;
    assert_eq!(asked, refused(404, "not-found"));
    let ann = stage.accounts.log_in("ann", PASSWORD, From::default()).await.unwrap();
    stage.accounts.console().create("boss", None, PASSWORD, true).await.unwrap();
    let boss = stage.accounts.log_in("boss", PASSWORD, From::default()).await.unwrap();
    let path = format!("/users/{}/password-resets", ann.user);
    assert_eq!(stage.ask(Method::POST, &path, &ann.token, Value::Null).await.0, 403);
    assert_eq!(stage.ask(Method::POST, "/users/nobody/password-resets", &boss.token, Value::Null).await.0, 404);
    let (status, link) = stage.ask(Method::POST, &path, &boss.token, Value::Null).await;
    assert_eq!(status, 201, "{link}");
    assert!(link["expiresAt"].as_str().unwrap().ends_with('Z'), "{link}");
    let redeemed = json!({ "token": link["token"], "newPassword": NEW });
    assert_eq!(stage.post("/password-resets/redeem", redeemed).await, refused(204, ""));
    stage.accounts.log_in("ann", NEW, From::default()).await.unwrap();
}

#[tokio::test]
async fn another_address_needs_the_password_where_links_are_mailed() {
    for (mails_links, without, wrong) in [(true, 400, 401), (false, 200, 200)] {
        let stage = Stage::start(mails_links).await;
        let ann = stage.accounts.log_in("ann", PASSWORD, From::default()).await.unwrap();
        let change = async |body: Value| stage.ask(Method::PATCH, "/me", &ann.token, body).await.0;
        assert_eq!(change(json!({ "username": "anna", "email": "ann@example.org" })).await, 200);
        assert_eq!(change(json!({ "email": "mallory@example.org" })).await, without);
        assert_eq!(change(json!({ "email": "a@example.org", "password": "wrong horse" })).await, wrong);
        assert_eq!(change(json!({ "email": "b@example.org", "password": PASSWORD })).await, 200);
    }
}
