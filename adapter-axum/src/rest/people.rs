//! Who the caller is, and how one becomes a guest.

use axum::{
    Json,
    extract::{FromRequest as _, Request, State},
    http::StatusCode,
};
use chat_core::{Caller, Code, Name, Refusal, UserId};
use chat_wire::view::UserView;
use serde::Serialize;
use serde_json::Value;

use crate::{Adapter, BoundedBody, CallerOf, Refused, address::Address};

/// The caller.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Me {
    #[serde(flatten)]
    user: UserView,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    admin: bool,
}

/// A guest, and the token that makes a caller this guest.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Guest {
    token: String,
    user_id: UserId,
    username: Name,
}

pub(super) async fn me(CallerOf(Caller { user, name, admin, .. }): CallerOf) -> Json<Me> {
    let guest = user.is_guest();
    Json(Me { user: UserView { user_id: user, username: name, guest }, admin })
}

pub(super) async fn guest(
    State(adapter): State<Adapter>,
    request: Request,
) -> Result<(StatusCode, Json<Guest>), Refused> {
    let (parts, body) = request.into_parts();
    adapter.callers().count_stranger(&parts)?;
    let address = Address::of_request(&parts.extensions).map(Address::ip);
    let BoundedBody(body) = BoundedBody::from_request(Request::from_parts(parts, body), &()).await?;
    let body: Value = serde_json::from_slice(&body)
        .map_err(|error| Refusal::new(Code::BadJson, format!("the body is not JSON as it must be: {error}")))?;
    let (status, (Caller { user: user_id, name: username, .. }, token)) = match body.get("token") {
        None => (StatusCode::CREATED, adapter.chat().guest_from(username(&body)?, address)?),
        Some(Value::String(token)) => (StatusCode::OK, adapter.chat().renew_guest(token)?),
        Some(_) => return Err(Refusal::field("token", "must be a string").into()),
    };
    Ok((status, Json(Guest { token, user_id, username })))
}

fn username(body: &Value) -> Result<Name, Refusal> {
    match body.get("username") {
        Some(Value::String(name)) => {
            Name::parse(name).map_err(|invalid| Refusal::field("username", invalid.to_string()))
        }
        Some(_) => Err(Refusal::field("username", "must be a string")),
        None => Err(Refusal::field("username", "is missing")),
    }
}
