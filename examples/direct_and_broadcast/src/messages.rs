//! Messages, and `/api/messages`: what was said, and that it was read.
//!
//! A message's `_id` is its room and its place there. That it was read is the engine's read cursor: whoever has read a message
//! has read those before it.

use adapter_axum::{BoundedBody, CallerOf};
use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    routing::{get, patch},
};
use chat_core::{
    Body, Caller, Code, DIRECT_PREFIX, Message, Post, Receipt, Refusal, RoomId, Seq, Timestamp, UserId, Who, Window,
    limits::MAX_PAGE,
};
use chat_wire::TimeText;
use example_hosting::{Answer, App, parse};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::users::user_id;

/// Who receives a broadcast.
pub(crate) const ALL: &str = "all";

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/{id}", get(history).merge(patch(mark)))
}

pub(crate) fn is_direct(room: &RoomId) -> bool {
    room.as_str().starts_with(DIRECT_PREFIX)
}

/// What goes along with a message: whom it is for.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct For {
    receiver_id: String,
}

/// A message for a user, or for all.
pub(crate) fn post(text: String, receiver: &str) -> Result<Post, Refusal> {
    let to = serde_json::to_string(&For { receiver_id: receiver.to_owned() });
    let to = to.map_err(|_| Refusal::new(Code::Internal, "an id makes no JSON"))?;
    Ok(Post { data: Some(to.into()), ..Post::text(text) })
}

fn receiver(post: &Post) -> String {
    let to: Option<For> = post.data.as_deref().and_then(|data| serde_json::from_str(data).ok());
    to.map(|to| to.receiver_id).unwrap_or_default()
}

/// Where a message is.
pub(crate) struct Place<'a> {
    pub(crate) room: &'a RoomId,
    pub(crate) seq: Seq,
    pub(crate) at: Timestamp,
}

impl<'a> Place<'a> {
    pub(crate) fn of(room: &'a RoomId, receipt: &Receipt) -> Self {
        Self { room, seq: receipt.seq, at: receipt.at }
    }

    /// The message here, as it is told.
    pub(crate) fn told(&self, sender: &UserId, post: &Post, is_read: bool) -> Value {
        json!({
            "_id": format!("{}-{}", self.room, self.seq),
            "senderId": sender,
            "receiverId": receiver(post),
            "message": post.text,
            "timestamp": TimeText(self.at),
            "isRead": is_read,
        })
    }
}

/// The room and the place of this id.
fn parse_id(id: &str) -> Result<(RoomId, Seq), Refusal> {
    let parts = id.rsplit_once('-').and_then(|(room, seq)| Some((RoomId::parse(room).ok()?, seq.parse().ok()?)));
    let known = parts.filter(|(room, seq)| *seq > 0 && (is_direct(room) || *room == RoomId::announcements()));
    known.ok_or_else(not_found)
}

fn not_found() -> Refusal {
    Refusal::new(Code::MessageNotFound, "there is no such message")
}

#[derive(Deserialize)]
struct Page {
    /// The id of the message before which the page ends.
    before: Option<String>,
}

/// The last messages with one user, or the last broadcasts; or those before one.
async fn history(
    State(app): State<App>,
    CallerOf(caller): CallerOf,
    Path(other): Path<String>,
    Query(Page { before }): Query<Page>,
) -> Answer {
    let other = if other == ALL { None } else { Some(user_id(&other)?) };
    let room = other.as_ref().map_or_else(RoomId::announcements, |other| RoomId::direct(&caller.user, other));
    let before = match before.as_deref().map(parse_id).transpose()? {
        Some((of, seq)) if of == room => Some(seq),
        None => None,
        Some(_) => return Err(Refusal::field("before", "is a message of another conversation").into()),
    };
    let messages = match app.chat().history(&caller, &room, Window::last(before, MAX_PAGE)).await {
        Ok(history) => history.messages,
        Err(refusal) if refusal.code == Code::RoomNotFound => {
            // They have said nothing to each other yet, or there is nobody of this id.
            app.accounts.console().user(other.as_ref().unwrap_or(&caller.user)).await?;
            return Ok((StatusCode::OK, Json(json!([]))));
        }
        Err(refusal) => return Err(refusal.into()),
    };
    let own = read_up_to(&app, &room, &caller.user).await?;
    let theirs = match &other {
        Some(other) => read_up_to(&app, &room, other).await?,
        None => own,
    };
    let told = messages.iter().filter_map(|(message, sender)| {
        let read = if sender.user == caller.user { theirs } else { own };
        told(&room, message, sender, message.entry.seq <= read)
    });
    Ok((StatusCode::OK, Json(told.collect())))
}

fn told(room: &RoomId, message: &Message, sender: &Who, is_read: bool) -> Option<Value> {
    let Body::Message(post) = &message.entry.body else { return None };
    let place = Place { room, seq: message.entry.seq, at: message.entry.at };
    Some(place.told(&sender.user, post, is_read))
}

/// Up to where somebody has read.
async fn read_up_to(app: &App, room: &RoomId, user: &UserId) -> Result<Seq, Refusal> {
    let reads = app.store.reads(room, std::slice::from_ref(user)).await.map_err(|error| Refusal::from(&error))?;
    Ok(reads.first().map_or(0, |(_, seq)| *seq))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mark {
    is_read: bool,
}

/// Marks a message as read, by its receiver alone.
async fn mark(
    State(app): State<App>,
    CallerOf(caller): CallerOf,
    Path(id): Path<String>,
    BoundedBody(body): BoundedBody,
) -> Answer {
    let Mark { is_read } = parse(&body)?;
    let (room, seq) = parse_id(&id)?;
    let (message, sender) = find(&app, &caller, &room, seq).await?;
    if is_direct(&room) && sender.user == caller.user {
        return Err(Refusal::new(Code::Forbidden, "only its receiver marks a message as read").into());
    }
    if !is_read {
        return Err(Refusal::field("isRead", "can only become true").into());
    }
    app.chat().mark_read(&caller, &room, seq).await?;
    Ok((StatusCode::OK, Json(told(&room, &message, &sender, true).ok_or_else(not_found)?)))
}

async fn find(app: &App, caller: &Caller, room: &RoomId, seq: Seq) -> Result<(Message, Who), Refusal> {
    let window = Window { after: Some(seq - 1), before: Some(seq.saturating_add(1)), limit: 1 };
    match app.chat().history(caller, room, window).await {
        Ok(history) => history.messages.into_iter().next().ok_or_else(not_found),
        // Whoever is not in a conversation does not learn of it.
        Err(refusal) if refusal.code == Code::RoomNotFound => Err(not_found()),
        Err(refusal) => Err(refusal),
    }
}
