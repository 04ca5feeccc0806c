//! Lists of rooms: public ones, or the caller's own.

use axum::{
    extract::{Query, State},
    http::Uri,
    response::Response,
};
use chat_core::{Call, Code, Refusal, RoomId};
use chat_wire::{page_limit, whole_number};
use serde::Deserialize;

use super::answer::response;
use crate::{Adapter, CallerOf, Refused};

/// Which rooms are asked for.
#[derive(Deserialize)]
pub(super) struct Which {
    /// Only above this room id.
    after: Option<String>,
    limit: Option<String>,
    /// The caller's own rooms rather than public ones.
    #[serde(default)]
    mine: Option<String>,
}

pub(super) async fn list(
    State(adapter): State<Adapter>,
    CallerOf(caller): CallerOf,
    uri: Uri,
) -> Result<Response, Refused> {
    let Query(Which { after, limit, mine }) =
        Query::try_from_uri(&uri).map_err(|_| Refusal::new(Code::BadJson, "the query cannot be read"))?;
    let after = after.map(room_id("after")).transpose()?;
    let number = |text: String| whole_number(&text).ok_or_else(|| Refusal::field("limit", "must be from 1 to 200"));
    let limit = page_limit(limit.map(number).transpose()?)?;
    let call = match mine.as_deref() {
        Some("true") => Call::MyRooms { after, limit },
        None | Some("false") => Call::PublicRooms { after, limit },
        Some(_) => return Err(Refusal::field("mine", "must be true or false").into()),
    };
    Ok(response(adapter.chat().call(&caller, call).await?))
}

fn room_id(field: &'static str) -> impl Fn(String) -> Result<RoomId, Refusal> {
    move |text| RoomId::parse(text).map_err(|invalid| Refusal::field(field, invalid.to_string()))
}
