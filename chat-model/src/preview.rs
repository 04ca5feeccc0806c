//! What lists of rooms show of a room's last message.

use crate::{Message, Name, Seq, Text, Timestamp, Who, entry::Body, limits::PREVIEW_BYTES};

/// A room's last message as lists of rooms show it: the beginning of its text, and nothing that is as long as it likes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The message's place.
    pub seq: Seq,
    /// When it was written.
    pub at: Timestamp,
    /// Who wrote it.
    pub sender: Who,
    /// Its text as it now stands, at most [`PREVIEW_BYTES`] of it; empty once it was deleted or erased.
    pub text: Text,
    /// Whether the text goes on.
    pub is_cut: bool,
    /// When it was last edited.
    pub edited_at: Option<Timestamp>,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
}

impl Preview {
    /// What is shown of this message, whose sender has this name.
    pub fn of(message: &Message, name: Option<Name>) -> Self {
        let (entry, state) = (&message.entry, &message.state);
        let written = match (&state.edit, &entry.body) {
            (Some(edit), _) => &*edit.text,
            (None, Body::Message(post)) if state.deleted_at.is_none() => &*post.text,
            _ => "",
        };
        let text = &written[..written.floor_char_boundary(PREVIEW_BYTES)];
        Self {
            seq: entry.seq,
            at: entry.at,
            sender: Who { user: entry.sender.clone(), name },
            text: text.into(),
            is_cut: text.len() < written.len(),
            edited_at: state.edit.as_ref().map(|edit| edit.at),
            deleted_at: state.deleted_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Draft, Edit, Entry, MessageState, Post, UserId};

    fn message(text: &str) -> Message {
        let draft = Draft {
            draft_id: uuid::Uuid::from_u128(1),
            at: Timestamp(7),
            sender: UserId::parse("ann").unwrap(),
            claim: None,
            told: true,
            after: 0,
            body: Body::Message(Post::text(text)),
            lease: None,
            name: None,
        };
        Message { entry: Entry::from_draft(&draft, 3), state: MessageState::default() }
    }

    #[test]
    fn a_long_text_is_cut_between_two_characters() {
        let short = Preview::of(&message(&"x".repeat(PREVIEW_BYTES)), None);
        assert_eq!((short.text.len(), short.is_cut), (PREVIEW_BYTES, false));
        let long = Preview::of(&message(&format!("x{}", "é".repeat(PREVIEW_BYTES))), None);
        assert_eq!((long.text.len(), long.is_cut), (PREVIEW_BYTES - 1, true));
        assert!(long.text.ends_with('é'));
    }

    #[test]
    fn it_says_what_the_message_says_now() {
        let mut edited = message("before");
        edited.state.edit =
            Some(Edit { text: "now".into(), mentions: Vec::new(), mentions_room: false, at: Timestamp(9) });
        let preview = Preview::of(&edited, None);
        assert_eq!((&*preview.text, preview.edited_at), ("now", Some(Timestamp(9))));
        let mut deleted = message("before");
        deleted.state.deleted_at = Some(Timestamp(9));
        let preview = Preview::of(&deleted, None);
        assert_eq!((&*preview.text, preview.deleted_at, preview.is_cut), ("", Some(Timestamp(9)), false));
    }
}
