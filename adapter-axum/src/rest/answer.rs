//! From a request to its answer: read as a call, done by the engine, written as JSON.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chat_core::{Call, ClientId, FoundRooms, OwnRooms, Receipt, Refusal, Reply, Restriction, RoomId, Seq};
#[cfg(feature = "schemas")]
use chat_wire::form;
use chat_wire::{
    Ack, BansPage, EditsPage, EpochText, InviteView, InvitesPage, MutesPage, PinsPage, ReactionsPage, ReadsView,
    TimeText,
    view::{HistoryPage, MembersPage, RoomView, UserRoomView, UserView, UsersPage},
};
use serde::Serialize;

use super::asked::Asked;
use crate::refused::Refused;

/// Where a read cursor stands.
#[derive(Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct ReadView {
    /// The room.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    room_id: RoomId,
    /// Up to here everything is read.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Seq"))]
    seq: Seq,
}

/// A page of rooms.
#[derive(Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemas", schemars(rename = "PageOf{R}"))]
pub(super) struct RoomsPage<R> {
    /// Public rooms by room id, and those that were searched for the best first; one's own in the order that was asked for.
    rooms: Vec<R>,
    /// Of one's own rooms, and of a search: what the next page is asked for with, as `after`; none after the last page. The next
    /// page of all public rooms is asked for with the last one's `roomId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Users by id.
#[derive(Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub(super) struct UsersView {
    users: Vec<UserView>,
}

/// The first users who are present in a room.
#[derive(Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct OnlineView {
    /// The room.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    room_id: RoomId,
    /// Users by user id, at most 50.
    online: Vec<UserView>,
    /// How many are present.
    online_count: u64,
}

impl Asked {
    /// Has the engine do what is asked, and answers.
    pub(super) async fn answer(self, action: &'static str) -> Result<Response, Refused> {
        let call = self.call(action)?;
        Ok(response(self.ask(call).await?))
    }

    /// Has the engine do what is asked. With a refusal, only a command whose client id is known is answered.
    pub(super) async fn ask(&self, call: Call) -> Result<Reply, Refusal> {
        match self.limited.clone() {
            None => self.shared.chat.call(&self.caller, call).await,
            Some(refusal) => self.shared.chat.call_refused(&self.caller, call, refusal).await,
        }
    }
}

fn ack(room_id: RoomId, receipt: Receipt, client_id: Option<ClientId>) -> Ack {
    let (epoch, seq, timestamp) = (EpochText(receipt.epoch), receipt.seq, TimeText(receipt.at));
    Ack { re: None, room_id, epoch, seq, timestamp, client_id }
}

/// A reply over HTTP: the same JSON as on the wire.
pub(super) fn response(reply: Reply) -> Response {
    match reply {
        Reply::Committed { op, room, receipt, client_id } => {
            let status = if op == "send" { StatusCode::CREATED } else { StatusCode::OK };
            (status, Json(ack(room, receipt, client_id))).into_response()
        }
        Reply::RoomCreated(record) => (StatusCode::CREATED, Json(RoomView::from(&*record))).into_response(),
        Reply::Direct { room, is_new } => {
            let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
            (status, Json(RoomView::from(&*room))).into_response()
        }
        Reply::Room(record) => Json(RoomView::from(&*record)).into_response(),
        Reply::Blocks(users) => Json(UsersView { users: users.iter().map(UserView::from).collect() }).into_response(),
        Reply::Users(found) => Json(UsersPage::from(&found)).into_response(),
        Reply::Rooms(rooms) => {
            Json(RoomsPage { rooms: rooms.iter().map(RoomView::from).collect(), next: None }).into_response()
        }
        Reply::RoomsFound(FoundRooms { rooms, next }) => {
            let next = next.as_deref().map(str::to_owned);
            Json(RoomsPage { rooms: rooms.iter().map(RoomView::from).collect(), next }).into_response()
        }
        Reply::MyRooms { rooms, next } => {
            let next = next.as_ref().and_then(OwnRooms::cursor);
            Json(RoomsPage { rooms: rooms.iter().map(UserRoomView::from).collect(), next }).into_response()
        }
        Reply::ReadMoved { room, seq } => Json(ReadView { room_id: room, seq }).into_response(),
        Reply::Reads { room, reads, count } => Json(ReadsView::new(&room, &reads, count)).into_response(),
        Reply::History(history) => Json(HistoryPage::from(&history)).into_response(),
        Reply::Reactions { room, message, users, count } => {
            Json(ReactionsPage::new(&room, message, &users, count)).into_response()
        }
        Reply::Pins { room, pins } => Json(PinsPage::new(&room, &pins)).into_response(),
        Reply::Edits { room, message, versions } => Json(EditsPage::new(&room, message, &versions)).into_response(),
        Reply::Members { room, members, count } => Json(MembersPage::new(&room, &members, count)).into_response(),
        Reply::Restricted { room, restriction: Restriction::Ban, users } => {
            Json(BansPage::new(&room, &users)).into_response()
        }
        Reply::Restricted { room, restriction: Restriction::Mute, users } => {
            Json(MutesPage::new(&room, &users)).into_response()
        }
        Reply::Online { room, online, count } => {
            let online = online.iter().map(UserView::from).collect();
            Json(OnlineView { room_id: room, online, online_count: count }).into_response()
        }
        Reply::Invites { room, invites } => Json(InvitesPage::new(&room, &invites)).into_response(),
        // The handler of this endpoint adds a URL to it.
        Reply::InviteMade { invite, .. } => Json(InviteView::from(&*invite)).into_response(),
        Reply::RoomDeleted { .. } | Reply::Taken => StatusCode::NO_CONTENT.into_response(),
        // Only sessions get these replies.
        Reply::Welcome { .. }
        | Reply::Joined(_)
        | Reply::Subscribed { .. }
        | Reply::Unsubscribed { .. }
        | Reply::Pong => StatusCode::NO_CONTENT.into_response(),
    }
}
