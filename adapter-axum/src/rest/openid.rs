//! Signing in at a provider: a browser goes there, comes back, and is sent on to the page with what it gets its tokens for.
//!
//! What the page is told stands behind the `#` of its address, which browsers send to nobody.

use std::net::IpAddr;

use axum::{
    extract::{FromRequestParts, Query},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse as _, Response},
};
use chat_accounts::{Accounts, Client, ProviderAnswer};
use chat_core::{Code, Refusal, limits};
use serde::Serialize;

use super::accounts::Held;
use crate::{Refused, Stranger, address::Address};

/// The cookie that a browser keeps while its user is at the provider. It goes to the callback alone.
const COOKIE: &str = "chat-sign-in";

/// The provider at which users sign in.
#[derive(Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub(super) struct OpenIdView {
    /// What it is called.
    label: String,
}

impl OpenIdView {
    pub(super) fn of(accounts: &Accounts) -> Option<Self> {
        accounts.identity_provider().map(|provider| Self { label: provider.label().to_owned() })
    }
}

/// Where a browser comes from, and what it brings.
pub(super) struct Visitor {
    asked: Vec<(String, String)>,
    address: Option<IpAddr>,
    user_agent: Option<String>,
    cookie: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let unread = |_| Refusal::new(Code::BadJson, "the query cannot be read");
        let Query(asked) = Query::from_request_parts(parts, state).await.map_err(unread)?;
        let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
        let address = Address::of_request(&parts.extensions).map(Address::ip);
        let user_agent = parts.headers.get(header::USER_AGENT).and_then(text);
        Ok(Self { asked, address, user_agent, cookie: cookie(&parts.headers).unwrap_or_default().to_owned() })
    }
}

impl Visitor {
    /// What the query says under this name.
    fn said(&self, name: &str) -> Option<&str> {
        self.asked.iter().find(|(said, _)| said == name).map(|(_, value)| value.as_str())
    }

    fn client(&self) -> Client<'_> {
        Client { address: self.address, user_agent: self.user_agent.as_deref() }
    }
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value)
}

pub(super) async fn begin(Held(accounts): Held, _: Stranger, visitor: Visitor) -> Result<Response, Refused> {
    let return_to = visitor.said("return").unwrap_or("/");
    match accounts.begin_sign_in(return_to, visitor.client()).await {
        Ok(begun) => Ok(found(&begun.url, &kept(&accounts, &begun.cookie, limits::TICKET_MS / 1_000))),
        // There is no page to which this could lead.
        Err(refusal) if matches!(refusal.code, Code::InvalidField | Code::NotFound) => Err(refusal.into()),
        Err(refusal) => Ok(told(&accounts, return_to, Err(refusal))),
    }
}

pub(super) async fn callback(Held(accounts): Held, _: Stranger, visitor: Visitor) -> Response {
    let answer = ProviderAnswer { state: visitor.said("state").unwrap_or_default(), code: visitor.said("code") };
    let finished = accounts.finish_sign_in(&visitor.cookie, answer, visitor.client()).await;
    told(&accounts, &finished.return_to, finished.signed_in)
}

/// To the page, with what it is told; the cookie is of no use any more.
fn told(accounts: &Accounts, page: &str, signed_in: Result<String, Refusal>) -> Response {
    let told = match signed_in {
        Ok(token) => format!("sign-in={token}"),
        Err(refusal) => format!("sign-in-error={}", refusal.code.as_str()),
    };
    found(&format!("{page}#{told}"), &kept(accounts, "", 0))
}

/// A cookie that is kept for so long, for the callback alone, and that no script reads.
fn kept(accounts: &Accounts, value: &str, seconds: i64) -> String {
    let callback = accounts.identity_provider().map_or("", |provider| provider.callback());
    let path = callback.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..])).unwrap_or("/");
    let secure = if callback.starts_with("https:") { "; Secure" } else { "" };
    format!("{COOKIE}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

fn found(location: &str, cookie: &str) -> Response {
    let headers = [
        (header::LOCATION, location),
        (header::SET_COOKIE, cookie),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (StatusCode::FOUND, headers).into_response()
}
