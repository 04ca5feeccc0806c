//! Who the caller is, and how one becomes a guest.

use axum::{Json, extract::State, http::StatusCode};
use chat_core::{Caller, Name, Refusal, UserId};
#[cfg(feature = "schemas")]
use chat_wire::form;
use chat_wire::view::UserView;
use serde::Serialize;

use super::form::Form;
use crate::{Adapter, CallerOf, Refused, Stranger};

/// The caller.
#[derive(Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Me {
    /// Who.
    #[serde(flatten)]
    pub(super) user: UserView,
    /// Of users with an account, who gave one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) email: Option<String>,
    /// Of users with an account: `false` where others do not find them by their name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) findable: Option<bool>,
    /// Of users with an account: `false` where they do not show how far they read, and do not see it of others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) show_reads: Option<bool>,
    /// Of users with an account: `false` where they do not show when they were last connected, and do not see it of others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) show_last_seen: Option<bool>,
    /// Of users with an account: `false` where they sign in at a provider alone, and have no password here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) has_password: Option<bool>,
    /// Whether they are an administrator.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) admin: bool,
}

/// A guest, and the token that makes a caller this guest.
#[derive(Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Guest {
    /// What makes a caller this guest.
    token: String,
    /// The guest.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    user_id: UserId,
    /// The name the guest is known under.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Name"))]
    username: Name,
}

impl From<(Caller, String)> for Guest {
    fn from((Caller { user: user_id, name: username, .. }, token): (Caller, String)) -> Self {
        Self { token, user_id, username }
    }
}

pub(super) async fn me(State(adapter): State<Adapter>, CallerOf(caller): CallerOf) -> Result<Json<Me>, Refused> {
    if let Some(me) = accounts::me(&adapter, &caller).await? {
        return Ok(Json(me));
    }
    let Caller { user, name, admin, .. } = caller;
    let guest = user.is_guest();
    let user = UserView { user_id: user, username: name, guest };
    let (show_reads, show_last_seen, has_password) = (None, None, None);
    Ok(Json(Me { user, email: None, findable: None, show_reads, show_last_seen, has_password, admin }))
}

pub(super) async fn guest(
    State(adapter): State<Adapter>,
    _: Stranger,
    form: Form,
) -> Result<(StatusCode, Json<Guest>), Refused> {
    if let Some(token) = form.optional("token")? {
        return Ok((StatusCode::OK, Json(adapter.chat().renew_guest(token).await?.into())));
    }
    let name = Name::parse(form.text("username")?);
    let name = name.map_err(|invalid| Refusal::field("username", invalid.to_string()))?;
    let guest = match accounts::guest(&adapter, &name, &form).await? {
        Some(guest) => guest,
        None => {
            adapter.chat().check_guest_name(&name).await?;
            adapter.chat().guest_from(name, form.address)?.into()
        }
    };
    Ok((StatusCode::CREATED, Json(guest)))
}

#[cfg(feature = "accounts")]
use super::accounts;

/// An adapter that is built without accounts has none.
#[cfg(not(feature = "accounts"))]
mod accounts {
    use super::{Adapter, Caller, Form, Guest, Me, Name, Refusal};

    #[allow(clippy::unused_async, reason = "the same as with accounts")]
    pub(super) async fn me(_: &Adapter, _: &Caller) -> Result<Option<Me>, Refusal> {
        Ok(None)
    }

    #[allow(clippy::unused_async, reason = "the same as with accounts")]
    pub(super) async fn guest(_: &Adapter, _: &Name, _: &Form) -> Result<Option<Guest>, Refusal> {
        Ok(None)
    }
}
