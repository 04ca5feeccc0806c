//! `/api/users`: reading, changing and deleting oneself, and finding others.

use adapter_axum::{BoundedBody, CallerOf, Refused, client_address};
use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode},
    routing::get,
};
use chat_accounts::{Account, AccountChange, Accounts, Client};
use chat_core::{Caller, Code, Refusal, UserId, limits::MAX_PAGE};
use chat_wire::TimeText;
use example_hosting::{Answer, App, parse};
use serde::Deserialize;
use serde_json::{Value, json};

/// Users of one answer to a search.
const MAX_FOUND: usize = 50;
/// Pages of accounts that one search looks through: the accounts' stores keep no index of parts of names.
const MAX_PAGES: usize = 25;
/// Where a search that was ended by one of these goes on, as `?after=`.
const NEXT: HeaderName = HeaderName::from_static("x-next-after");

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/", get(search)).route("/{user}", get(read).patch(change).delete(delete))
}

/// A user's id, as a client says it. What cannot be one is nobody's.
pub(crate) fn user_id(text: &str) -> Result<UserId, Refusal> {
    UserId::parse(text).map_err(|_| Refusal::new(Code::UserNotFound, "there is no such user"))
}

/// A user as everybody sees them.
fn public(account: &Account) -> Value {
    let created_at = TimeText(account.created_at);
    json!({ "_id": account.user, "username": account.username.shown(), "createdAt": created_at })
}

/// A user as they see themselves. No view has a password in it, or its hash.
pub(crate) fn own(account: &Account) -> Value {
    let mut view = public(account);
    view["email"] = json!(account.email.as_ref().map(|email| email.as_str()));
    view["isAdmin"] = json!(account.admin);
    view
}

async fn read(State(app): State<App>, CallerOf(caller): CallerOf, Path(user): Path<String>) -> Answer {
    let account = app.accounts.console().user(&user_id(&user)?).await?;
    let sees_all = caller.admin || caller.user == account.user;
    Ok((StatusCode::OK, Json(if sees_all { own(&account) } else { public(&account) })))
}

/// Nobody changes anybody else.
fn check_own(caller: &Caller, user: &str) -> Result<(), Refusal> {
    if caller.user.as_str() == user { Ok(()) } else { Err(Refusal::new(Code::Forbidden, "this is another user")) }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    username: Option<String>,
    email: Option<String>,
    password: Option<String>,
    current_password: Option<String>,
}

async fn change(
    State(app): State<App>,
    CallerOf(caller): CallerOf,
    Path(user): Path<String>,
    extensions: Extensions,
    BoundedBody(body): BoundedBody,
) -> Answer {
    check_own(&caller, &user)?;
    let Change { username, email, password, current_password } = parse(&body)?;
    let client = Client { address: client_address(&extensions), user_agent: None };
    let account = match password {
        None if username.is_none() && email.is_none() => {
            return Err(Refusal::field("body", "says nothing that can be changed").into());
        }
        None => {
            let (username, email) = (username.as_deref(), email.as_deref());
            let change = AccountChange { username, email, ..AccountChange::default() };
            app.accounts.update(&caller, change, client).await?
        }
        // One of the two could be done and the other not.
        Some(_) if username.is_some() || email.is_some() => {
            return Err(Refusal::field("password", "is changed by a request of its own").into());
        }
        Some(password) => {
            let current = current_password.ok_or_else(|| Refusal::field("currentPassword", "is missing"))?;
            app.accounts.change_password(&caller, &*current, password, client).await?;
            app.accounts.me(&caller).await?
        }
    };
    Ok((StatusCode::OK, Json(own(&account))))
}

async fn delete(
    State(app): State<App>,
    CallerOf(caller): CallerOf,
    Path(user): Path<String>,
) -> Result<StatusCode, Refused> {
    check_own(&caller, &user)?;
    app.accounts.console().delete(&caller.user).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    search: String,
    after: Option<String>,
}

async fn search(
    State(app): State<App>,
    CallerOf(_): CallerOf,
    Query(Search { search, after }): Query<Search>,
) -> Result<(HeaderMap, Json<Value>), Refused> {
    let after = after.as_deref().map(user_id).transpose()?;
    let (found, next) = find(&app.accounts, &search, after).await?;
    let next = next.and_then(|next| HeaderValue::from_str(next.as_str()).ok());
    let headers = next.into_iter().map(|next| (NEXT, next)).collect();
    Ok((headers, Json(found.iter().map(public).collect())))
}

/// The active users in whose names this is, by their ids, and where to go on if there may be more.
async fn find(
    accounts: &Accounts,
    part: &str,
    mut after: Option<UserId>,
) -> Result<(Vec<Account>, Option<UserId>), Refusal> {
    let (part, mut found) = (part.to_lowercase(), Vec::new());
    for _ in 0..MAX_PAGES {
        let page = accounts.console().list(after.as_ref(), MAX_PAGE).await?;
        let is_last = page.len() < MAX_PAGE;
        for account in page {
            if found.len() == MAX_FOUND {
                return Ok((found, after));
            }
            after = Some(account.user.clone());
            if account.is_active() && account.username.key().contains(&part) {
                found.push(account);
            }
        }
        if is_last {
            return Ok((found, None));
        }
    }
    Ok((found, after))
}
