//! How much goes on, for administrators.

use axum::{Json, extract::State};
use chat_core::{Code, Figures, Refusal};
use serde::Serialize;

use crate::{Adapter, CallerOf, Refused};

/// How much goes on at this moment on the server that answers; where several share a store, on that one alone.
#[derive(Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct FiguresView {
    /// Connections, those whose clients have not said yet who they are, too.
    connections: usize,
    /// Users who are connected.
    users: usize,
    /// Guests who are connected.
    guests: usize,
    /// Rooms in which something goes on, or that somebody is subscribed to.
    open_rooms: usize,
}

pub(super) async fn figures(
    State(adapter): State<Adapter>,
    CallerOf(caller): CallerOf,
) -> Result<Json<FiguresView>, Refused> {
    if !caller.admin {
        return Err(Refusal::new(Code::Forbidden, "only administrators may do this").into());
    }
    let Figures { connections, users, guests, open_rooms, .. } = adapter.chat().figures();
    Ok(Json(FiguresView { connections, users, guests, open_rooms }))
}
