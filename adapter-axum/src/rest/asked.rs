//! What a request asks: the fields said in its path and query, its body, and who asks.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Query, RawPathParams, Request},
    http::{Method, request::Parts},
};
use chat_core::{Call, Caller, Code, Refusal};
use chat_wire::{decode_body, whole_number};
use serde_json::Value;

use crate::{Adapter, BoundedBody, Refused, adapter::Shared};

/// The fields a path may say. A host's own prefix may have parameters besides.
const IN_PATH: [&str; 7] = ["roomId", "seq", "userId", "emoji", "code", "sessionId", "registrationId"];
/// The fields a query may say of what is only read.
const IN_QUERY_TO_READ: [&str; 7] = ["before", "after", "kind", "limit", "order", "search", "username"];
/// The field a query may say of a command; its others are in the body.
const IN_QUERY_TO_CHANGE: [&str; 1] = ["clientId"];

/// A request of an identified user, not yet read as a call.
pub(crate) struct Asked {
    pub(super) shared: Arc<Shared>,
    pub(super) caller: Caller,
    /// What it is refused with, unless it is a command whose client id is known.
    pub(super) limited: Option<Refusal>,
    known: Vec<(&'static str, String)>,
    body: Bytes,
}

impl Asked {
    /// Reads the request as this action.
    pub(super) fn call(&self, action: &str) -> Result<Call, Refusal> {
        let known: Vec<_> = self.known.iter().map(|(name, text)| (*name, value(action, name, text))).collect();
        decode_body(action, &known, &self.body)
    }
}

/// A field's text in a URL as it would stand in a frame. What should be a number and is none is left to be refused.
fn value(action: &str, name: &str, text: &str) -> Value {
    let is_number = match name {
        "seq" | "before" | "limit" => true,
        "after" => matches!(action, "history" | "edits"),
        _ => false,
    };
    match whole_number(text) {
        Some(number) if is_number => number.into(),
        _ => text.into(),
    }
}

impl FromRequest<Adapter> for Asked {
    type Rejection = Refused;

    async fn from_request(request: Request, adapter: &Adapter) -> Result<Self, Refused> {
        let (mut parts, body) = request.into_parts();
        let (caller, mut limited) = adapter.callers().identified(&parts).await?;
        // Only commands that say their body or query have a client id.
        if let Some(refusal) = limited.take_if(|_| parts.method.is_safe()) {
            return Err(refusal.into());
        }
        let mut known = in_path(&mut parts).await?;
        known.extend(in_query(&mut parts).await?);
        let body = match parts.method.is_safe() {
            true => Bytes::new(),
            false => BoundedBody::from_request(Request::from_parts(parts, body), &()).await?.0,
        };
        Ok(Self { shared: adapter.0.clone(), caller, limited, known, body })
    }
}

pub(super) async fn in_path(parts: &mut Parts) -> Result<Vec<(&'static str, String)>, Refusal> {
    let given = RawPathParams::from_request_parts(parts, &()).await;
    let given = given.map_err(|_| Refusal::new(Code::BadJson, "the path is not UTF-8"))?;
    let known =
        |(name, text): (&str, &str)| IN_PATH.iter().find(|known| **known == name).map(|name| (*name, text.into()));
    Ok(given.iter().filter_map(known).collect())
}

pub(super) async fn in_query(parts: &mut Parts) -> Result<Vec<(&'static str, String)>, Refusal> {
    let Query(given) = Query::<Vec<(String, String)>>::from_request_parts(parts, &())
        .await
        .map_err(|_| Refusal::new(Code::BadJson, "the query cannot be read"))?;
    let allowed: &[_] = if parts.method == Method::GET { &IN_QUERY_TO_READ } else { &IN_QUERY_TO_CHANGE };
    let known = |(name, text): (String, String)| allowed.iter().find(|known| **known == name).map(|name| (*name, text));
    Ok(given.into_iter().filter_map(known).collect())
}
