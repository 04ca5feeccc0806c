//! Bodies and what came of messages, in their own forms, but with dates as dates.

use chat_model::{Body, MessageState, StoreError};
use mongodb::bson::{Bson, DateTime, Document, deserialize_from_document};

use super::document;
use crate::error::corrupt;

/// A body as it is stored: its own form, with dates as dates.
pub(crate) fn body_document(body: &Body) -> Result<Document, StoreError> {
    let mut document = match body {
        Body::Message(post) if post.reply_to.is_some() => {
            let mut rest = post.clone();
            rest.reply_to = None;
            document(&Body::Message(rest))?
        }
        body => document(body)?,
    };
    if let Body::Message(post) = body
        && let Some(reply_to) = post.reply_to
    {
        document.insert("reply_to", reply_to.cast_signed());
    }
    show_date(&mut document, "until");
    show_date(&mut document, "expires_at");
    Ok(document)
}

pub(crate) fn body(mut document: Document) -> Result<Body, StoreError> {
    hide_date(&mut document, "until");
    hide_date(&mut document, "expires_at");
    let reply_to = document.remove("reply_to").and_then(|reply_to| reply_to.as_i64());
    let mut body = deserialize_from_document(document).map_err(corrupt)?;
    if let Body::Message(post) = &mut body {
        post.reply_to = reply_to.map(i64::cast_unsigned);
    }
    Ok(body)
}

/// What came of a message, as it is stored.
pub(crate) fn state_document(state: &MessageState) -> Result<Document, StoreError> {
    let mut document = document(state)?;
    show_date(&mut document, "deleted_at");
    for part in ["edit", "pin"] {
        if let Ok(part) = document.get_document_mut(part) {
            show_date(part, "at");
        }
    }
    Ok(document)
}

pub(crate) fn state(document: Option<Document>) -> Result<MessageState, StoreError> {
    let Some(mut document) = document else { return Ok(MessageState::default()) };
    hide_date(&mut document, "deleted_at");
    for part in ["edit", "pin"] {
        if let Ok(part) = document.get_document_mut(part) {
            hide_date(part, "at");
        }
    }
    deserialize_from_document(document).map_err(corrupt)
}

/// Makes a number of milliseconds a date.
fn show_date(document: &mut Document, field: &str) {
    if let Some(value) = document.get_mut(field)
        && let Bson::Int64(ms) = *value
    {
        *value = Bson::DateTime(DateTime::from_millis(ms));
    }
}

/// Makes a date a number of milliseconds.
fn hide_date(document: &mut Document, field: &str) {
    if let Some(value) = document.get_mut(field)
        && let Bson::DateTime(date) = *value
    {
        *value = Bson::Int64(date.timestamp_millis());
    }
}

#[cfg(test)]
mod tests {
    use chat_model::{Post, Timestamp, UserId};

    use super::*;

    #[test]
    fn what_no_log_reaches_keeps_its_bits_and_dates_keep_their_extremes() {
        let user = UserId::parse("u").unwrap();
        for number in [0, 1, i64::MAX as u64, i64::MAX as u64 + 1, u64::MAX] {
            let reply = Body::Message(Post { reply_to: Some(number), ..Post::text("re") });
            assert_eq!(body(body_document(&reply).unwrap()).unwrap(), reply);
        }
        for ms in [i64::MIN, -1, 0, i64::MAX] {
            let muted = Body::Muted { user: user.clone(), until: Some(Timestamp(ms)) };
            let document = body_document(&muted).unwrap();
            assert!(matches!(document.get("until"), Some(Bson::DateTime(_))), "people read dates");
            assert_eq!(body(document).unwrap(), muted);
        }
    }

    #[test]
    fn a_state_comes_back_whole() {
        let user = UserId::parse("u").unwrap();
        let mut state = MessageState::default();
        state.apply(
            2,
            Timestamp(i64::MAX),
            &user,
            &Body::Edited { target: 1, text: "$a.b".into(), mentions: vec![], mentions_room: false },
        );
        state.apply(3, Timestamp(3), &user, &Body::Reacted { target: 1, emoji: "$where".into() });
        assert_eq!(super::state(Some(state_document(&state).unwrap())).unwrap(), state);
        state.apply(4, Timestamp(-4), &user, &Body::Pinned { target: 1 });
        let document = state_document(&state).unwrap();
        let pin = document.get_document("pin").unwrap();
        assert!(matches!(pin.get("at"), Some(Bson::DateTime(_))), "people read dates");
        assert_eq!(super::state(Some(document)).unwrap(), state);
        state.apply(5, Timestamp(-4), &user, &Body::Deleted { target: 1 });
        assert_eq!(super::state(Some(state_document(&state).unwrap())).unwrap(), state);
        assert_eq!(super::state(None).unwrap(), MessageState::default());
    }

    #[test]
    fn a_kind_from_the_future_is_unknown() {
        let newer = mongodb::bson::doc! { "kind": "polled", "reply_to": 1_i64, "until": DateTime::from_millis(1) };
        assert_eq!(body(newer).unwrap(), Body::Unknown);
    }
}
