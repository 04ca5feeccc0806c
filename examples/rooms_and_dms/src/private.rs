//! Private messages, and `/api/messages`: what was said between two users.

use adapter_axum::CallerOf;
use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    routing::get,
};
use chat_accounts::{Account, Accounts};
use chat_core::{Body, Code, Message, Post, Refusal, RoomId, Seq, Timestamp, Who, Window, limits::MAX_PAGE};
use chat_wire::TimeText;
use example_hosting::{Answer, App};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::rooms::Page;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/{username}", get(messages))
}

/// The user of this name.
pub(crate) async fn user(accounts: &Accounts, username: &str) -> Result<Account, Refusal> {
    let unknown = || Refusal::new(Code::UserNotFound, "there is no such user");
    let found = accounts.console().named(username).await;
    let found = found.map_err(|refusal| if refusal.code == Code::InvalidField { unknown() } else { refusal })?;
    if found.is_active() { Ok(found) } else { Err(unknown()) }
}

/// What goes along with a private message: whom it is for.
#[derive(Serialize, Deserialize)]
struct To {
    to: String,
}

pub(crate) fn post(text: String, to: &Account) -> Result<Post, Refusal> {
    let to = To { to: to.username.name().to_string() };
    let data = serde_json::to_string(&to).map_err(|_| Refusal::new(Code::Internal, "a name makes no JSON"))?;
    Ok(Post { data: Some(data.into()), ..Post::text(text) })
}

/// A private message as both are told it.
pub(crate) fn told(seq: Seq, post: &Post, sender: &Who, at: Timestamp) -> Value {
    let to: Option<To> = post.data.as_deref().and_then(|data| serde_json::from_str(data).ok());
    let to = to.map(|said| said.to).unwrap_or_default();
    json!({ "seq": seq, "sender": sender.shown(), "to": to, "message": post.text, "timestamp": TimeText(at) })
}

/// The last private messages with one user, or those before one.
async fn messages(
    State(app): State<App>,
    CallerOf(caller): CallerOf,
    Path(username): Path<String>,
    Query(Page { before }): Query<Page>,
) -> Answer {
    let other = user(&app.accounts, &username).await?;
    let room = RoomId::direct(&caller.user, &other.user);
    let history = match app.chat().history(&caller, &room, Window::last(before, MAX_PAGE)).await {
        Ok(history) => history.messages,
        // They have said nothing to each other yet.
        Err(refusal) if refusal.code == Code::RoomNotFound => Vec::new(),
        Err(refusal) => return Err(refusal.into()),
    };
    let messages: Vec<_> = history.iter().filter_map(message).collect();
    Ok((StatusCode::OK, Json(json!({ "username": other.username.name(), "messages": messages }))))
}

fn message((message, sender): &(Message, Who)) -> Option<Value> {
    let Body::Message(post) = &message.entry.body else { return None };
    Some(told(message.entry.seq, post, sender, message.entry.at))
}
