//! Registration by invitation, and the first administrator.

use axum::{Json, http::StatusCode};
use chat_accounts::{Pass, PassId};
use chat_core::{Code, Refusal, UserId};
use chat_wire::TimeText;
#[cfg(feature = "schemas")]
use chat_wire::form;
use serde::Serialize;

use super::{
    accounts::{Held, TokensView},
    form::Form,
};
use crate::{CallerOf, Refused, Stranger};

/// The registration codes that are of use.
#[derive(Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub(super) struct RegistrationsView {
    /// The newest first.
    registrations: Vec<RegistrationView>,
}

/// A registration code. The code itself is told once, to whoever makes it.
#[derive(Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct RegistrationView {
    /// By which it is taken back.
    #[cfg_attr(feature = "schemas", schemars(with = "String"))]
    registration_id: PassId,
    /// What whoever registers says; only where it was just made.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// How many may still register with it.
    uses: u32,
    /// When it was made.
    created_at: TimeText,
    /// From then on it is of no use.
    expires_at: TimeText,
    /// The administrator who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<form::Id>"))]
    creator_id: Option<UserId>,
}

impl RegistrationView {
    fn new(pass: Pass, code: Option<String>) -> Self {
        let Pass { id: registration_id, creator: creator_id, created_at, expires, uses, .. } = pass;
        let (created_at, expires_at) = (TimeText(created_at), TimeText(expires));
        Self { registration_id, code, uses, created_at, expires_at, creator_id }
    }
}

pub(super) async fn create(
    Held(accounts): Held,
    CallerOf(caller): CallerOf,
    form: Form,
) -> Result<(StatusCode, Json<RegistrationView>), Refused> {
    let administration = accounts.administer(&caller)?;
    let uses = form.other("uses", "must be a number from 1 to 1000")?.unwrap_or(1);
    let expires: Option<TimeText> = form.other("expiresAt", "must be a time as in RFC 3339")?;
    let (pass, code) = administration.create_pass(uses, expires.map(|TimeText(at)| at)).await?;
    Ok((StatusCode::CREATED, Json(RegistrationView::new(pass, Some(code.as_str().to_owned())))))
}

pub(super) async fn list(Held(accounts): Held, CallerOf(caller): CallerOf) -> Result<Json<RegistrationsView>, Refused> {
    let passes = accounts.administer(&caller)?.passes().await?;
    let registrations = passes.into_iter().map(|pass| RegistrationView::new(pass, None)).collect();
    Ok(Json(RegistrationsView { registrations }))
}

pub(super) async fn remove(
    Held(accounts): Held,
    CallerOf(caller): CallerOf,
    form: Form,
) -> Result<StatusCode, Refused> {
    let administration = accounts.administer(&caller)?;
    let none = || Refusal::new(Code::NotFound, "there is no such registration code");
    let pass = PassId::parse(form.text("registrationId")?).ok_or_else(none)?;
    administration.remove_pass(pass).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn first_admin(
    Held(accounts): Held,
    _: Stranger,
    form: Form,
) -> Result<(StatusCode, Json<TokensView>), Refused> {
    let (token, username, password) = (form.text("token")?, form.text("username")?, form.text("password")?);
    let made = accounts.create_first_admin(token, username, form.optional("email")?, password, form.client()).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}
