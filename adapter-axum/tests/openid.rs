//! Signing in at a provider over HTTP: what a browser is sent, keeps and brings.
#![allow(clippy::unwrap_used, missing_docs)]

mod harness;

use std::time::Duration;

use adapter_axum::{AdapterOptions, ServeOptions, router};
use async_trait::async_trait;
use chat_accounts::{
    Accounts, Identified, Identity, IdentityProvider, Keys, MemoryAccounts, ProviderError, Registration, SignInSecrets,
    Signer,
};
use chat_core::Chat;
use harness::Server;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

const KEY: &str = "k1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// A provider whose codes are subjects.
struct Office {
    callback: &'static str,
    is_away: bool,
}

#[async_trait]
impl IdentityProvider for Office {
    fn label(&self) -> &str {
        "the office"
    }

    fn callback(&self) -> &str {
        self.callback
    }

    async fn begin(&self, secrets: &SignInSecrets) -> Result<String, ProviderError> {
        if self.is_away {
            return Err(ProviderError::unavailable("it is away"));
        }
        Ok(format!("https://id.example/authorize?state={}", secrets.state()))
    }

    async fn finish(&self, code: &str, _: &SignInSecrets) -> Result<Identified, ProviderError> {
        let identity =
            Identity::new("https://id.example", code).map_err(|odd| ProviderError::refused(odd.to_string()))?;
        Ok(Identified { identity, preferred_username: Some("Ann".into()), name: None })
    }
}

struct Stage(Server);

struct Answer {
    status: u16,
    location: String,
    cookie: String,
    head: String,
    body: Value,
}

impl Stage {
    async fn start(office: Option<Office>) -> Self {
        let signer = Signer::new(Keys::parse(KEY).unwrap(), "https://chat.example", "chat");
        let builder = Accounts::builder(MemoryAccounts::new(), signer).registration(Registration::Open);
        let accounts = office.into_iter().fold(builder, |builder, office| builder.identity_provider(office)).build();
        let chat = Chat::builder().authenticator(accounts.clone()).build();
        accounts.attach(&chat);
        let router = router(chat.clone(), AdapterOptions::default().accounts(accounts));
        Self(Server::of(chat, router, ServeOptions::default()).await)
    }

    async fn with(callback: &'static str) -> Self {
        Self::start(Some(Office { callback, is_away: false })).await
    }

    async fn exchange(&self, line: &str, headers: &str, body: &str) -> Answer {
        let mut io = TcpStream::connect(self.0.address).await.unwrap();
        let length = body.len();
        let host = self.0.address;
        let asked = format!(
            "{line} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}"
        );
        io.write_all(asked.as_bytes()).await.unwrap();
        let mut answer = String::new();
        io.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let header = |name: &str| {
            let found = head.lines().find_map(|line| line.strip_prefix(name));
            found.unwrap_or_default().to_owned()
        };
        Answer {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            location: header("location: "),
            cookie: header("set-cookie: "),
            head: head.to_owned(),
            body: serde_json::from_str(body).unwrap_or_default(),
        }
    }

    async fn get(&self, path: &str, cookie: &str) -> Answer {
        let cookie = if cookie.is_empty() { String::new() } else { format!("cookie: other=1; {cookie}\r\n") };
        self.exchange(&format!("GET /api{path}"), &cookie, "").await
    }

    async fn ask(&self, line: &str, token: &str, body: Value) -> Answer {
        let bearer = if token.is_empty() { String::new() } else { format!("authorization: Bearer {token}\r\n") };
        self.exchange(line, &bearer, &body.to_string()).await
    }

    /// A browser that has been sent to the provider: its cookie, and the state.
    async fn begin(&self, query: &str) -> (String, String) {
        let begun = self.get(&format!("/auth/oidc{query}"), "").await;
        assert_eq!(begun.status, 302, "{}", begun.head);
        let state = begun.location.strip_prefix("https://id.example/authorize?state=").unwrap().to_owned();
        (begun.cookie.split(';').next().unwrap().to_owned(), state)
    }
}

#[tokio::test]
async fn a_browser_goes_to_the_provider_and_comes_back_with_its_tokens() {
    let stage = Stage::with("https://chat.example/api/auth/oidc/callback").await;
    let entry = stage.get("/auth", "").await;
    assert_eq!(entry.body, json!({ "passwordResets": false, "openId": { "label": "the office" } }));
    let begun = stage.get("/auth/oidc", "").await;
    let attributes = "; Path=/api/auth/oidc/callback; Max-Age=600; HttpOnly; SameSite=Lax; Secure";
    assert!(begun.cookie.starts_with("chat-sign-in=k1.") && begun.cookie.ends_with(attributes), "{}", begun.cookie);
    assert!(begun.head.contains("cache-control: no-store"), "{}", begun.head);

    let (cookie, state) = stage.begin("?return=/sign-in?to=/rooms/x").await;
    let back = stage.get(&format!("/auth/oidc/callback?code=1&state={state}"), &cookie).await;
    let token = back.location.strip_prefix("/sign-in?to=/rooms/x#sign-in=").unwrap();
    assert!(back.cookie.starts_with("chat-sign-in=; ") && back.cookie.contains("Max-Age=0; "), "{}", back.cookie);
    assert!(back.head.contains("referrer-policy: no-referrer"), "{}", back.head);
    let tokens = stage.ask("POST /api/auth/refresh", "", json!({ "refreshToken": token })).await;
    assert_eq!((tokens.status, &tokens.body["username"]), (200, &json!("Ann")));
    let again = stage.ask("POST /api/auth/refresh", "", json!({ "refreshToken": token })).await;
    assert_eq!((again.status, &again.body["code"]), (401, &json!("unauthorized")), "it is of use once");
}

#[tokio::test]
async fn what_goes_wrong_is_told_to_the_page() {
    let stage = Stage::with("http://127.0.0.1:8080/api/auth/oidc/callback").await;
    let (cookie, state) = stage.begin("?return=/sign-in").await;
    assert!(!stage.get("/auth/oidc", "").await.cookie.contains("Secure"), "there is no TLS");
    let (others, _) = stage.begin("").await;
    for (query, cookie, page) in [
        (format!("?code=1&state={state}"), "", "/"),
        (format!("?code=1&state={state}"), &*others, "/"),
        ("?code=1&state=another".into(), &cookie, "/sign-in"),
        ("?code=1".into(), &cookie, "/sign-in"),
        (format!("?error=access_denied&state={state}"), &cookie, "/sign-in"),
        (format!("?code=&state={state}"), &cookie, "/sign-in"),
        (String::new(), "chat-sign-in=x", "/"),
    ] {
        let back = stage.get(&format!("/auth/oidc/callback{query}"), cookie).await;
        assert_eq!((back.status, back.location), (302, format!("{page}#sign-in-error=sign-in-failed")), "{query}");
        assert!(back.cookie.contains("Max-Age=0; "), "{}", back.cookie);
    }
    for place in ["//evil.example", "https://evil.example", "/%5Cevil.example", "%0d%0a", ""] {
        let refused = stage.get(&format!("/auth/oidc?return={place}"), "").await;
        assert_eq!((refused.status, &refused.body["code"]), (400, &json!("invalid-field")), "{place}");
    }
    let unread = stage.get("/auth/oidc/callback?code=%ff", "").await;
    assert!([302, 400].contains(&unread.status), "{}", unread.head);
}

#[tokio::test]
async fn a_provider_that_is_away_leads_back_to_the_page() {
    let stage = Stage::start(Some(Office { callback: "https://chat.example/callback", is_away: true })).await;
    let begun = stage.get("/auth/oidc?return=/sign-in", "").await;
    assert_eq!((begun.status, &*begun.location), (302, "/sign-in#sign-in-error=provider-unavailable"));
    let without = Stage::start(None).await;
    for path in ["/auth/oidc", "/auth/oidc/callback"] {
        let none = without.get(path, "").await;
        assert_eq!((none.status, &none.body["code"]), (404, &json!("not-found")));
    }
    assert_eq!(without.get("/auth", "").await.body, json!({ "passwordResets": false }));
}

#[tokio::test]
async fn whoever_tries_too_often_is_told_on_the_page() {
    let stage = Stage::with("https://chat.example/api/auth/oidc/callback").await;
    // Requests of strangers are counted, too, and some are refused before anybody asks whether they log in.
    let told = async { while stage.get("/auth/oidc", "").await.location != "/#sign-in-error=rate-limited" {} };
    tokio::time::timeout(Duration::from_secs(60), told).await.expect("it is told to nobody");
}

#[tokio::test]
async fn a_user_without_a_password_sets_one_or_deletes_the_account() {
    let stage = Stage::with("https://chat.example/api/auth/oidc/callback").await;
    let sign_in = async |subject: &str| {
        let (cookie, state) = stage.begin("").await;
        let back = stage.get(&format!("/auth/oidc/callback?code={subject}&state={state}"), &cookie).await;
        let token = back.location.strip_prefix("/#sign-in=").unwrap();
        let tokens = stage.ask("POST /api/auth/refresh", "", json!({ "refreshToken": token })).await.body;
        tokens["token"].as_str().unwrap().to_owned()
    };
    let (ann, other) = (sign_in("1").await, sign_in("2").await);
    assert_eq!(stage.ask("GET /api/me", &ann, Value::Null).await.body["hasPassword"], json!(false));
    let new = json!({ "newPassword": "correct horse" });
    assert_eq!(stage.ask("PUT /api/me/password", &ann, new.clone()).await.status, 204);
    assert_eq!(stage.ask("GET /api/me", &ann, Value::Null).await.body.get("hasPassword"), None);
    let refused = stage.ask("PUT /api/me/password", &ann, new).await;
    assert_eq!((refused.status, &refused.body["details"]["field"]), (400, &json!("password")));
    assert_eq!(stage.ask("DELETE /api/me", &ann, json!({})).await.status, 400);
    assert_eq!(stage.ask("DELETE /api/me", &ann, json!({ "password": "correct horse" })).await.status, 204);
    assert_eq!(stage.ask("DELETE /api/me", &other, Value::Null).await.status, 400, "no fields are there");
    assert_eq!(stage.ask("DELETE /api/me", &other, json!({})).await.status, 204);
}
