//! Lists of rooms: those of a kind, or the caller's own.

use axum::{extract::Query, http::Uri, response::Response};
use chat_core::{Code, Refusal};
use serde::Deserialize;

use super::asked::Asked;
use crate::Refused;

/// Which rooms are asked for.
#[derive(Deserialize)]
struct Which {
    /// The caller's own rooms rather than those of a kind.
    #[serde(default)]
    mine: Option<String>,
}

pub(super) async fn list(uri: Uri, asked: Asked) -> Result<Response, Refused> {
    let Query(Which { mine }) =
        Query::try_from_uri(&uri).map_err(|_| Refusal::new(Code::BadJson, "the query cannot be read"))?;
    match mine.as_deref() {
        Some("true") => asked.answer("my-rooms").await,
        None | Some("false") => asked.answer("rooms").await,
        Some(_) => Err(Refusal::field("mine", "must be true or false").into()),
    }
}
