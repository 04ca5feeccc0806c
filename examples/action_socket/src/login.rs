//! `POST /api/login`, and the cookie by which a client that has logged in is known.

use adapter_axum::{BearerTokens, BoundedBody, Identify, Refused, Stranger};
use axum::{
    Json,
    extract::State,
    http::{header, request::Parts},
    response::IntoResponse,
};
use chat_accounts::Client;
use chat_core::{Caller, Chat, Refusal, async_trait};
use example_hosting::{App, TOKEN_SECONDS, parse};
use serde::Deserialize;
use serde_json::json;

const COOKIE: &str = "token";

#[derive(Deserialize)]
struct Credentials {
    username: String,
    password: String,
}

pub(crate) async fn log_in(
    State(app): State<App>,
    from: Stranger,
    BoundedBody(body): BoundedBody,
) -> Result<impl IntoResponse, Refused> {
    let Credentials { username, password } = parse(&body)?;
    let client = Client { address: from.address, user_agent: None };
    let token = app.accounts.log_in(&username, password, client).await?.token;
    let cookie = format!("{COOKIE}={token}; Path=/; Max-Age={TOKEN_SECONDS}; HttpOnly; SameSite=Strict");
    Ok(([(header::SET_COOKIE, cookie)], Json(json!({ "status": "success", "token": token }))))
}

/// Who sends a request, the one that opens the WebSocket included: by `Authorization: Bearer`, or by the cookie.
pub(crate) struct Identified(BearerTokens);

impl Identified {
    pub(crate) fn new(chat: Chat) -> Self {
        Self(BearerTokens(chat))
    }
}

#[async_trait]
impl Identify for Identified {
    async fn identify(&self, request: &Parts) -> Result<Option<Caller>, Refusal> {
        if let Some(caller) = self.0.identify(request).await? {
            return Ok(Some(caller));
        }
        let cookies = request.headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
        let mut cookies = cookies.flat_map(|cookies| cookies.split("; ")).filter_map(|one| one.split_once('='));
        match cookies.find(|(name, _)| *name == COOKIE) {
            Some((_, token)) => self.0.0.authenticate(token).await.map(Some),
            None => Ok(None),
        }
    }
}
