//! What administrators see of all accounts, and do with them.

use axum::{Json, http::StatusCode};
use chat_accounts::{Account, Standing};
use chat_core::{Code, Refusal, UserId, limits};
use chat_wire::TimeText;
#[cfg(feature = "schemas")]
use chat_wire::form;
use serde::Serialize;

use super::{accounts::Held, form::Form};
use crate::{CallerOf, Refused};

/// How many accounts a page has, if nobody says.
const PAGE: usize = 50;

/// A page of all accounts by user id.
#[derive(Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub(super) struct AccountsPage {
    /// The accounts, those of deleted users too.
    accounts: Vec<AccountView>,
    /// The `after` of the next page; none where this is the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<form::Id>"))]
    next: Option<UserId>,
}

/// An account, as administrators see it.
#[derive(Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct AccountView {
    /// Whose it is.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    user_id: UserId,
    /// The name by which the user logs in; a deleted user's stays taken.
    username: String,
    /// The user's address, where they gave one.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// Whether the user is an administrator.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    admin: bool,
    /// Whether the user may log in.
    standing: StandingView,
    /// When the account was made.
    created_at: TimeText,
}

/// Whether a user may log in.
#[derive(Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
enum StandingView {
    Active,
    Suspended,
    Deleted,
}

impl From<Account> for AccountView {
    fn from(account: Account) -> Self {
        let Account { user: user_id, username, email, admin, standing, created_at, .. } = account;
        let standing = match standing {
            Standing::Active => StandingView::Active,
            Standing::Suspended => StandingView::Suspended,
            _ => StandingView::Deleted,
        };
        let (username, email) = (username.shown().to_owned(), email.map(|email| email.as_str().to_owned()));
        Self { user_id, username, email, admin, standing, created_at: TimeText(created_at) }
    }
}

/// All accounts page by page, or the one of a username.
pub(super) async fn accounts(
    Held(accounts): Held,
    CallerOf(caller): CallerOf,
    form: Form,
) -> Result<Json<AccountsPage>, Refused> {
    let administration = accounts.administer(&caller)?;
    if let Some(username) = form.optional("username")? {
        let found = match administration.named(username).await {
            Ok(account) => vec![account.into()],
            Err(refusal) if refusal.code == Code::UserNotFound => Vec::new(),
            Err(refusal) => return Err(refusal.into()),
        };
        return Ok(Json(AccountsPage { accounts: found, next: None }));
    }
    let after = form.optional("after")?.map(UserId::parse).transpose();
    let after = after.map_err(|invalid| Refusal::field("after", invalid.to_string()))?;
    let limit =
        form.optional("limit")?.map_or(Ok(PAGE), |limit| limit.parse().ok().filter(is_page).ok_or_else(no_page))?;
    let page = administration.list(after.as_ref(), limit).await?;
    let next = page.last().filter(|_| page.len() == limit).map(|last| last.user.clone());
    Ok(Json(AccountsPage { accounts: page.into_iter().map(AccountView::from).collect(), next }))
}

fn is_page(limit: &usize) -> bool {
    (1..=limits::MAX_PAGE).contains(limit)
}

fn no_page() -> Refusal {
    Refusal::field("limit", format!("must be a number from 1 to {}", limits::MAX_PAGE))
}

pub(super) async fn suspend(
    Held(accounts): Held,
    CallerOf(caller): CallerOf,
    form: Form,
) -> Result<StatusCode, Refused> {
    accounts.administer(&caller)?.suspend(&user(&form)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn restore(
    Held(accounts): Held,
    CallerOf(caller): CallerOf,
    form: Form,
) -> Result<StatusCode, Refused> {
    accounts.administer(&caller)?.restore(&user(&form)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn make_admin(
    Held(accounts): Held,
    CallerOf(caller): CallerOf,
    form: Form,
) -> Result<StatusCode, Refused> {
    accounts.administer(&caller)?.set_admin(&user(&form)?, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn unmake_admin(
    Held(accounts): Held,
    CallerOf(caller): CallerOf,
    form: Form,
) -> Result<StatusCode, Refused> {
    accounts.administer(&caller)?.set_admin(&user(&form)?, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The user whom a path names.
pub(super) fn user(form: &Form) -> Result<UserId, Refusal> {
    UserId::parse(form.text("userId")?).map_err(|invalid| Refusal::field("userId", invalid.to_string()))
}
