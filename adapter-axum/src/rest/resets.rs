//! Passwords set by a link: which an administrator hands over, or which is mailed.

use axum::{Json, http::StatusCode};
use chat_wire::TimeText;
use serde::Serialize;

use super::{accounts::Held, administration::user, form::Form, openid::OpenIdView};
use crate::{CallerOf, Refused, Stranger};

/// How people come in here.
#[derive(Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct EntryView {
    /// Whether users have a link mailed by which they set a password.
    password_resets: bool,
    /// The provider at which users sign in with an account of theirs elsewhere, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    open_id: Option<OpenIdView>,
}

/// What sets a password, once.
#[derive(Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct ResetView {
    /// What the user redeems it with. It is told this once.
    token: String,
    /// From then on it is of no use.
    expires_at: TimeText,
}

pub(super) async fn entry(Held(accounts): Held, _: Stranger) -> Json<EntryView> {
    Json(EntryView { password_resets: accounts.mails_links(), open_id: OpenIdView::of(&accounts) })
}

/// The answer is the same, and as fast, whether there is such a user or not.
pub(super) async fn mail(Held(accounts): Held, _: Stranger, form: Form) -> Result<StatusCode, Refused> {
    accounts.mail_reset_link(form.text("email")?, form.client())?;
    Ok(StatusCode::ACCEPTED)
}

pub(super) async fn redeem(Held(accounts): Held, _: Stranger, form: Form) -> Result<StatusCode, Refused> {
    accounts.reset_password(form.text("token")?, form.text("newPassword")?, form.client()).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn create(
    Held(accounts): Held,
    CallerOf(caller): CallerOf,
    form: Form,
) -> Result<(StatusCode, Json<ResetView>), Refused> {
    let (link, secret) = accounts.administer(&caller)?.reset_link(&user(&form)?).await?;
    let view = ResetView { token: secret.as_str().to_owned(), expires_at: TimeText(link.expires) };
    Ok((StatusCode::CREATED, Json(view)))
}
