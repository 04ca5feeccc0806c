//! Invitations by link: made with the address that is handed on, and accepted.

use axum::{
    Extension, Json,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use chat_core::{Call, Refusal, Reply, RoomId};
use chat_wire::{InviteView, view::RoomView};
use serde::Serialize;

use super::asked::Asked;
use crate::{Refused, serve::Secured};

/// An invitation that was just made.
#[derive(Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct NewInvite {
    /// The room.
    #[cfg_attr(feature = "schemas", schemars(with = "chat_wire::form::Id"))]
    room_id: RoomId,
    /// Where a page of the server's takes it.
    url: String,
    /// The invitation.
    #[serde(flatten)]
    invite: InviteView,
}

pub(super) async fn create(
    secured: Option<Extension<Secured>>,
    headers: HeaderMap,
    asked: Asked,
) -> Result<Response, Refused> {
    let call = asked.call("create-invite")?;
    let Reply::InviteMade { room, invite, .. } = asked.ask(call).await? else { return Err(another().into()) };
    let invite = InviteView::from(&*invite);
    let code = invite.code.as_deref().unwrap_or_default();
    let scheme = if secured.is_some() { "https" } else { "http" };
    let url = format!("{}/invite/{code}", origin(scheme, &headers));
    Ok((StatusCode::CREATED, Json(NewInvite { room_id: room, url, invite })).into_response())
}

/// Two steps: who is refused the second is a member, and is told the room when they ask again.
pub(super) async fn accept(asked: Asked) -> Result<Response, Refused> {
    let join = asked.call("join-by-invite")?;
    let Some(room) = join.room().cloned() else { return Err(another().into()) };
    asked.ask(join).await?;
    match asked.shared.chat.call(&asked.caller, Call::Room { room }).await? {
        Reply::Room(record) => Ok(Json(RoomView::from(&*record)).into_response()),
        _ => Err(another().into()),
    }
}

/// From where the caller's page comes, as far as the request says. It is told to nobody but the caller.
fn origin(scheme: &str, headers: &HeaderMap) -> String {
    let said = |name| headers.get(name).and_then(|value| value.to_str().ok());
    match (said(header::ORIGIN), said(header::HOST)) {
        (Some(origin), _) if origin.starts_with("http") => origin.to_owned(),
        (_, Some(host)) => format!("{scheme}://{host}"),
        _ => String::new(),
    }
}

fn another() -> Refusal {
    Refusal::new(chat_core::Code::Internal, "the engine answered something else")
}
