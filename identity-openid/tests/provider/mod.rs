//! A small provider of OpenID Connect, which signs what it says itself, and makes mistakes where it is told to.

mod tls;
mod token;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Form, Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::{net::TcpListener, task::AbortHandle};
use url::Url;

pub use self::token::Mistake;
use self::token::Signer;

pub const CLIENT: &str = "chat";
pub const SECRET: &str = "s3cret of the client";
pub const CALLBACK: &str = "https://chat.example/api/auth/oidc/callback";
/// The user who signs in.
pub const SUBJECT: &str = "248289761001";

/// Where the provider says what the user likes to be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Names {
    #[default]
    InTheToken,
    WhenAsked,
    /// Of another user, when asked.
    OfAnother,
    Nowhere,
}

#[derive(Clone)]
pub struct Provider(Arc<Inner>);

struct Inner {
    issuer: String,
    signer: Signer,
    state: Mutex<Told>,
    /// How often what the provider says of itself, and its keys, were asked for.
    described: AtomicUsize,
    stop: Mutex<Option<AbortHandle>>,
}

#[derive(Default)]
struct Told {
    mistake: Mistake,
    names: Names,
    /// The name of its key.
    key: String,
    codes: HashMap<String, Grant>,
    /// What is answered in place of what it says of itself.
    description: Option<Value>,
    is_slow: bool,
}

struct Grant {
    nonce: String,
    challenge: String,
}

impl Provider {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        Self::serve(listener, issuer)
    }

    /// One with TLS, and the certificate of who vouches for it.
    pub async fn start_with_tls() -> (Self, String) {
        let (listener, issuer, authority) = tls::listener().await;
        (Self::serve(listener, issuer), authority)
    }

    fn serve<L>(listener: L, issuer: String) -> Self
    where
        L: axum::serve::Listener,
        L::Addr: std::fmt::Debug,
    {
        let state = Mutex::new(Told { key: "k1".into(), ..Told::default() });
        let (signer, described, stop) = (Signer::new(), AtomicUsize::new(0), Mutex::new(None));
        let provider = Self(Arc::new(Inner { issuer, signer, state, described, stop }));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(describe))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .route("/userinfo", get(user_info))
            .with_state(provider.clone());
        let served = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        *provider.0.stop.lock().unwrap() = Some(served.abort_handle());
        provider
    }

    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// From now on nobody answers.
    pub async fn stop(&self) {
        let served = self.0.stop.lock().unwrap().take().unwrap();
        served.abort();
        while !served.is_finished() {
            tokio::task::yield_now().await;
        }
    }

    pub fn makes(&self, mistake: Mistake) {
        self.told(|told| told.mistake = mistake);
    }

    pub fn says_names(&self, names: Names) {
        self.told(|told| told.names = names);
    }

    /// Its key has another name from now on.
    pub fn rotates(&self, key: &str) {
        self.told(|told| key.clone_into(&mut told.key));
    }

    pub fn says_of_itself(&self, description: Value) {
        self.told(|told| told.description = Some(description));
    }

    /// From now on it takes longer than anybody waits.
    pub fn is_slow(&self) {
        self.told(|told| told.is_slow = true);
    }

    pub fn described(&self) -> usize {
        self.0.described.load(Ordering::Relaxed)
    }

    /// What a browser comes back with whose user signs in at this URL: the code and the state.
    pub fn signs_in(&self, url: &str) -> (String, String) {
        let url = Url::parse(url).unwrap();
        assert_eq!(url.as_str().split('?').next().unwrap(), format!("{}/authorize", self.issuer()));
        let asked: HashMap<String, String> = url.query_pairs().into_owned().collect();
        for (name, value) in [
            ("response_type", "code"),
            ("client_id", CLIENT),
            ("redirect_uri", CALLBACK),
            ("code_challenge_method", "S256"),
            ("scope", "openid profile"),
        ] {
            assert_eq!(asked[name], value, "{name}");
        }
        let code = format!("code/{}+&", asked["nonce"]);
        let grant = Grant { nonce: asked["nonce"].clone(), challenge: asked["code_challenge"].clone() };
        self.told(|told| drop(told.codes.insert(code.clone(), grant)));
        (code, asked["state"].clone())
    }

    fn told<T>(&self, tell: impl FnOnce(&mut Told) -> T) -> T {
        tell(&mut self.0.state.lock().unwrap())
    }
}

async fn describe(State(provider): State<Provider>) -> Json<Value> {
    if provider.told(|told| told.is_slow) {
        tokio::time::sleep(Duration::from_secs(3_600)).await;
    }
    provider.0.described.fetch_add(1, Ordering::Relaxed);
    let at = |path: &str| format!("{}{path}", provider.issuer());
    let description = provider.told(|told| told.description.clone());
    Json(description.unwrap_or_else(|| {
        json!({
            "issuer": provider.issuer(),
            "authorization_endpoint": at("/authorize"),
            "token_endpoint": at("/token"),
            "userinfo_endpoint": at("/userinfo"),
            "jwks_uri": at("/keys"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            // What it says it does is not what it does.
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
        })
    }))
}

async fn keys(State(provider): State<Provider>) -> Json<Value> {
    let key = provider.told(|told| told.key.clone());
    Json(provider.0.signer.keys(&key))
}

async fn token(
    State(provider): State<Provider>,
    headers: HeaderMap,
    Form(asked): Form<HashMap<String, String>>,
) -> Response {
    let refuse = |why: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": why }))).into_response();
    // A client's id and secret are encoded as in a form (RFC 6749, 2.3.1).
    let login = STANDARD.encode(format!("{CLIENT}:{}", SECRET.replace(' ', "+")));
    if headers.get(header::AUTHORIZATION).is_none_or(|it| it.to_str().unwrap() != format!("Basic {login}")) {
        return refuse("invalid_client");
    }
    let fits = |name: &str, value: &str| asked.get(name).is_some_and(|it| it == value);
    if !fits("grant_type", "authorization_code") || !fits("redirect_uri", CALLBACK) {
        return refuse("invalid_request");
    }
    // A code is of use once.
    let Some(grant) = asked.get("code").and_then(|code| provider.told(|told| told.codes.remove(code))) else {
        return refuse("invalid_grant");
    };
    let verifier = asked.get("code_verifier").map_or("", String::as_str);
    if URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) != grant.challenge {
        return refuse("invalid_grant");
    }
    let (mistake, names, key) = provider.told(|told| (told.mistake, told.names, told.key.clone()));
    let mut claims = token::claims(provider.issuer(), &grant.nonce);
    if names == Names::InTheToken {
        claims["preferred_username"] = "Ann".into();
        claims["name"] = "Ann Smith".into();
    }
    let mut answer = json!({ "access_token": "access", "token_type": "Bearer", "expires_in": 60 });
    if mistake != Mistake::NoToken {
        answer["id_token"] = provider.0.signer.sign(claims, &key, mistake).into();
    }
    if mistake == Mistake::Talkative {
        answer["more"] = "x".repeat(1 << 20).into();
    }
    Json(answer).into_response()
}

async fn user_info(State(provider): State<Provider>, headers: HeaderMap) -> Response {
    if headers.get(header::AUTHORIZATION).is_none_or(|it| it != "Bearer access") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    match provider.told(|told| told.names) {
        Names::WhenAsked => Json(json!({ "sub": SUBJECT, "preferred_username": "Anna" })).into_response(),
        Names::OfAnother => Json(json!({ "sub": "1", "preferred_username": "Mallory" })).into_response(),
        Names::InTheToken | Names::Nowhere => StatusCode::NOT_FOUND.into_response(),
    }
}
