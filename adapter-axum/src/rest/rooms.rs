//! Rooms: listed, one by one, and deleted. What is said in frames too is answered from the wire's actions.

use axum::{
    Json,
    extract::{Query, State},
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
};
use chat_core::{Code, Refusal, RoomId};
use chat_wire::{
    page_limit,
    view::{RoomView, UserRoomView},
};
use serde::{Deserialize, Serialize};

use super::asked::Asked;
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

/// A page of rooms by room id. The next page is asked for with the last one's `roomId` as `after`.
#[derive(Serialize)]
struct RoomsPage<R> {
    rooms: Vec<R>,
}

pub(super) async fn list(
    State(adapter): State<Adapter>,
    CallerOf(caller): CallerOf,
    uri: Uri,
) -> Result<Response, Refused> {
    let Query(Which { after, limit, mine }) =
        Query::try_from_uri(&uri).map_err(|_| Refusal::new(Code::BadJson, "the query cannot be read"))?;
    let after = after.map(room_id("after")).transpose()?;
    let number = |text: String| text.parse().map_err(|_| Refusal::field("limit", "must be from 1 to 200"));
    let limit = page_limit(limit.map(number).transpose()?)?;
    let page = match mine.as_deref() {
        Some("true") => {
            let rooms = adapter.chat().rooms_of(&caller, after.as_ref(), limit).await?;
            Json(RoomsPage { rooms: rooms.iter().map(UserRoomView::from).collect() }).into_response()
        }
        None | Some("false") => {
            let rooms = adapter.chat().public_rooms(after.as_ref(), limit).await?;
            Json(RoomsPage { rooms: rooms.iter().map(RoomView::from).collect() }).into_response()
        }
        Some(_) => return Err(Refusal::field("mine", "must be true or false").into()),
    };
    Ok(page)
}

pub(super) async fn room(asked: Asked) -> Result<Json<RoomView>, Refused> {
    let room = asked.room()?;
    let record = asked.shared.chat.room(&asked.caller, &room).await?;
    Ok(Json(RoomView::from(&record)))
}

pub(super) async fn delete(asked: Asked) -> Result<StatusCode, Refused> {
    let room = asked.room()?;
    asked.shared.chat.delete_room(&asked.caller, &room).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl Asked {
    /// The room a question is about.
    fn room(&self) -> Result<RoomId, Refusal> {
        if let Some(refusal) = &self.limited {
            return Err(refusal.clone());
        }
        let text = self.known("roomId").unwrap_or_default();
        room_id("roomId")(text.into())
    }
}

fn room_id(field: &'static str) -> impl Fn(String) -> Result<RoomId, Refusal> {
    move |text| RoomId::parse(text).map_err(|invalid| Refusal::field(field, invalid.to_string()))
}
