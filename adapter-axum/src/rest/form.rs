//! Requests whose fields are no action's of the wire.

use std::net::IpAddr;

use axum::{
    extract::{FromRequest, Request},
    http::header,
};
use chat_core::{Code, Refusal};
#[cfg(feature = "accounts")]
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::asked::{in_path, in_query};
use crate::{Adapter, BoundedBody, Refused, address::Address};

/// The fields of a request, said in its path, its query and its body, and the client that sends it. Fields that nobody asks for are
/// ignored.
pub(super) struct Form {
    fields: Map<String, Value>,
    has_body: bool,
    pub(super) address: Option<IpAddr>,
    #[cfg_attr(not(feature = "accounts"), allow(dead_code, reason = "only accounts have devices"))]
    pub(super) user_agent: Option<String>,
}

impl Form {
    /// A field that must be there.
    pub(super) fn text(&self, field: &'static str) -> Result<&str, Refusal> {
        self.optional(field)?.ok_or_else(|| match self.has_body {
            true => Refusal::field(field, "is missing"),
            false => Refusal::new(Code::BadJson, "the body is empty, and not JSON as it must be"),
        })
    }

    /// A field that may be left out; null is as if it were.
    pub(super) fn optional(&self, field: &'static str) -> Result<Option<&str>, Refusal> {
        match self.fields.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Refusal::field(field, "must be a string")),
        }
    }

    /// A field of a form of its own, which may be left out.
    #[cfg(feature = "accounts")]
    pub(super) fn other<T: DeserializeOwned>(
        &self,
        field: &'static str,
        problem: &'static str,
    ) -> Result<Option<T>, Refusal> {
        match self.fields.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => T::deserialize(value).map(Some).map_err(|_| Refusal::field(field, problem)),
        }
    }

    /// Whether a field says yes.
    #[cfg(feature = "accounts")]
    pub(super) fn flag(&self, field: &'static str) -> Result<bool, Refusal> {
        match self.fields.get(field) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(yes)) => Ok(*yes),
            Some(_) => Err(Refusal::field(field, "must be true or false")),
        }
    }
}

impl FromRequest<Adapter> for Form {
    type Rejection = Refused;

    async fn from_request(request: Request, _: &Adapter) -> Result<Self, Refused> {
        let (mut parts, body) = request.into_parts();
        let address = Address::of_request(&parts.extensions).map(Address::ip);
        let user_agent = parts.headers.get(header::USER_AGENT).and_then(|said| said.to_str().ok()).map(str::to_owned);
        let mut said = in_path(&mut parts).await?;
        said.extend(in_query(&mut parts).await?);
        let BoundedBody(body) = BoundedBody::from_request(Request::from_parts(parts, body), &()).await?;
        let read = |body: &[u8]| {
            serde_json::from_slice(body)
                .map_err(|error| Refusal::new(Code::BadJson, format!("the body is not JSON as it must be: {error}")))
        };
        let has_body = !body.is_empty();
        let mut fields: Map<String, Value> = if has_body { read(&body)? } else { Map::new() };
        fields.extend(said.into_iter().map(|(name, text)| (name.to_owned(), text.into())));
        Ok(Self { fields, has_body, address, user_agent })
    }
}
