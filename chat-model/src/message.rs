//! Messages as they now stand: a message's entry and what later entries made of it.

use serde::{Deserialize, Serialize};

use crate::{
    Seq, Timestamp, UserId,
    emoji::is_same_reaction,
    entry::{Body, Entry, Post, Text, ids_bytes, written_bytes},
};

/// What later entries made of a message. Most messages have none: [`MessageState::default`].
///
/// A store keeps it beside the log as one document (serde), and writes a row only once it is not the default.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MessageState {
    /// The last edit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edit: Option<Edit>,
    /// When it was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// Reactions, in the order in which each emoji first came.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    /// The pin, while it is pinned.
    #[serde(flatten, with = "stored_pin")]
    pub pinned: Option<Pin>,
    /// The seq of the last entry applied.
    pub as_of: Seq,
}

/// The last edit of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// The text from then on.
    pub text: Text,
    /// Whom it mentions from then on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<UserId>,
    /// Whether it mentions everybody who is in the room, too, from then on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mentions_room: bool,
    /// When.
    pub at: Timestamp,
}

/// Whom a message mentions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mentioned<'a> {
    /// These users.
    pub users: &'a [UserId],
    /// Everybody who is in the room, too.
    pub room: bool,
}

impl<'a> Mentioned<'a> {
    /// What a store writes in the place of a user for everybody who is in the room. It is no user's id.
    pub const EVERYBODY: &'static str = "@room";

    /// Whether this user is among them.
    pub fn includes(self, user: &UserId) -> bool {
        self.room || self.users.contains(user)
    }

    /// Whether nobody is among them.
    pub fn is_nobody(self) -> bool {
        self.users.is_empty() && !self.room
    }

    /// Under which keys a store finds the message: the users' ids, and [`EVERYBODY`](Self::EVERYBODY) if it mentions the room. A user
    /// may be there twice.
    pub fn keys(self) -> impl Iterator<Item = &'a str> {
        self.users.iter().map(UserId::as_str).chain(self.room.then_some(Self::EVERYBODY))
    }
}

impl<'a> From<&'a Post> for Mentioned<'a> {
    fn from(post: &'a Post) -> Self {
        Self { users: &post.mentions, room: post.mentions_room }
    }
}

impl<'a> From<&'a Edit> for Mentioned<'a> {
    fn from(edit: &'a Edit) -> Self {
        Self { users: &edit.mentions, room: edit.mentions_room }
    }
}

/// Who pinned a message, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// The seq of the entry that pinned it: the newest pin has the highest.
    pub seq: Seq,
    /// The user who pinned it.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
}

/// One emoji and those who reacted with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// The emoji.
    pub emoji: Text,
    /// The users who reacted, in order.
    pub users: Vec<UserId>,
}

/// A pin is stored as two fields: `pinned`, which versions know that know no more, and `pin`.
mod stored_pin {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Pin;

    #[derive(Serialize)]
    struct Written<'a> {
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        pinned: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        pin: Option<&'a Pin>,
    }

    #[derive(Deserialize)]
    struct Read {
        #[serde(default)]
        pinned: bool,
        #[serde(default)]
        pin: Option<Pin>,
    }

    pub(super) fn serialize<S: Serializer>(pin: &Option<Pin>, to: S) -> Result<S::Ok, S::Error> {
        Written { pinned: pin.is_some(), pin: pin.as_ref() }.serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Pin>, D::Error> {
        let Read { pinned, pin } = Read::deserialize(from)?;
        Ok(pin.filter(|_| pinned))
    }
}

impl MessageState {
    /// Applies the entry at `seq`, whose target this message is; older than what is known, it changes nothing.
    pub fn apply(&mut self, seq: Seq, at: Timestamp, sender: &UserId, body: &Body) {
        if seq <= self.as_of {
            return;
        }
        self.as_of = seq;
        match body {
            Body::Edited { text, mentions, mentions_room, .. } => {
                let (text, mentions, mentions_room) = (text.clone(), mentions.clone(), *mentions_room);
                self.edit = Some(Edit { text, mentions, mentions_room, at });
            }
            Body::Deleted { .. } => {
                *self = Self { deleted_at: Some(at), as_of: seq, ..Self::default() };
            }
            Body::Reacted { emoji, .. } => self.react(emoji, sender),
            Body::Unreacted { emoji, .. } => self.unreact(emoji, sender),
            Body::Pinned { .. } => self.pinned = Some(Pin { seq, by: sender.clone(), at }),
            Body::Unpinned { .. } => self.pinned = None,
            _ => {}
        }
    }

    /// Forgets what was written: the texts, mentions and reactions; times stay, and so does a pin.
    ///
    /// This is what [`apply`](Self::apply) makes of the same entries once each is [erased](Body::erase).
    pub fn erase(&mut self) {
        if let Some(edit) = &mut self.edit {
            (edit.text, edit.mentions, edit.mentions_room) = (Text::default(), Vec::new(), false);
        }
        self.reactions = Vec::new();
    }

    /// Whom a message with this body and this state mentions: whom its last edit mentions, or else it itself; nobody once it
    /// is deleted.
    pub fn mentions<'a>(&'a self, body: &'a Body) -> Mentioned<'a> {
        match (&self.edit, body) {
            (Some(edit), _) => edit.into(),
            (None, Body::Message(post)) => post.into(),
            _ => Mentioned::default(),
        }
    }

    /// Bytes of what later entries wrote.
    pub fn bytes(&self) -> usize {
        let edit = self.edit.as_ref().map_or(0, |edit| written_bytes(&edit.text) + ids_bytes(&edit.mentions));
        edit + self.reactions.iter().map(|r| r.emoji.len() + ids_bytes(&r.users)).sum::<usize>()
    }

    /// Whether this user reacted so.
    pub fn has_reaction(&self, emoji: &str, user: &UserId) -> bool {
        self.reactions.iter().any(|r| is_same_reaction(&r.emoji, emoji) && r.users.contains(user))
    }

    /// Reactions over all users and emoji.
    pub fn reaction_count(&self) -> usize {
        self.reactions.iter().map(|r| r.users.len()).sum()
    }

    /// In how many ways a user has reacted.
    pub fn reactions_of(&self, user: &UserId) -> usize {
        self.reactions.iter().filter(|r| r.users.contains(user)).count()
    }

    fn react(&mut self, emoji: &Text, user: &UserId) {
        let erased = emoji.is_empty();
        if erased || self.has_reaction(emoji, user) {
            return;
        }
        match self.reactions.iter_mut().find(|r| is_same_reaction(&r.emoji, emoji)) {
            Some(reaction) => reaction.users.push(user.clone()),
            None => self.reactions.push(Reaction { emoji: emoji.clone(), users: vec![user.clone()] }),
        }
    }

    fn unreact(&mut self, emoji: &Text, user: &UserId) {
        for reaction in self.reactions.iter_mut().filter(|r| is_same_reaction(&r.emoji, emoji)) {
            reaction.users.retain(|u| u != user);
        }
        self.reactions.retain(|r| !r.users.is_empty());
    }
}

/// A message as it now stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its entry: a [`Body::Message`], an empty one once its content was erased.
    pub entry: Entry,
    /// What came of it.
    pub state: MessageState,
}

impl Message {
    /// Whether it is an announcement that is over.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        matches!(&self.entry.body, Body::Message(post) if post.has_expired(now))
    }

    /// Whom it mentions as it now stands: see [`MessageState::mentions`].
    pub fn mentions(&self) -> Mentioned<'_> {
        self.state.mentions(&self.entry.body)
    }

    /// Bytes of what was written in it and of what came of it: by them pages are bounded.
    pub fn bytes(&self) -> usize {
        self.entry.bytes() + self.state.bytes()
    }
}

/// What is judged of a message that a command names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageFact {
    /// Its place.
    pub seq: Seq,
    /// The user who wrote it.
    pub sender: UserId,
    /// What came of it.
    pub state: MessageState,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deletion_forgets_text_and_reactions_and_nothing_older_brings_them_back() {
        let user = UserId::parse("u").unwrap();
        let mut state = MessageState::default();
        state.apply(2, Timestamp(2), &user, &Body::Reacted { target: 1, emoji: "👍".into() });
        let edit = Body::Edited { target: 1, text: "new".into(), mentions: vec![], mentions_room: true };
        state.apply(3, Timestamp(3), &user, &edit);
        assert_eq!(state.reaction_count(), 1);
        state.apply(4, Timestamp(4), &user, &Body::Deleted { target: 1 });
        state.apply(3, Timestamp(3), &user, &edit);
        assert_eq!(state, MessageState { deleted_at: Some(Timestamp(4)), as_of: 4, ..Default::default() });
    }

    #[test]
    fn erasing_the_state_and_erasing_the_entries_come_to_the_same() {
        let user = UserId::parse("u").unwrap();
        let mut entries = [
            (2, Body::Edited { target: 1, text: "new".into(), mentions: vec![user.clone()], mentions_room: true }),
            (3, Body::Reacted { target: 1, emoji: "👍".into() }),
            (4, Body::Reacted { target: 1, emoji: "🐙".into() }),
            (5, Body::Unreacted { target: 1, emoji: "🐙".into() }),
            (6, Body::Pinned { target: 1 }),
        ];
        let project = |entries: &[(Seq, Body)]| {
            let mut state = MessageState::default();
            entries.iter().for_each(|(seq, body)| state.apply(*seq, Timestamp(7), &user, body));
            state
        };
        let mut state = project(&entries);
        assert!(state.bytes() > 0 && state.has_reaction("👍", &user));
        state.erase();
        entries.iter_mut().for_each(|(_, body)| body.erase());
        assert_eq!(state, project(&entries));
        assert!(state.bytes() == 0 && state.pinned.is_some() && state.edit.is_some_and(|edit| edit.at == Timestamp(7)));
    }

    #[test]
    fn a_pin_has_a_form_that_older_versions_read() {
        let user = UserId::parse("ann").unwrap();
        let mut state = MessageState::default();
        state.apply(2, Timestamp(7), &user, &Body::Pinned { target: 1 });
        let text = r#"{"pinned":true,"pin":{"seq":2,"by":"ann","at":7},"as_of":2}"#;
        assert_eq!(serde_json::to_string(&state).unwrap(), text);
        assert_eq!(serde_json::from_str::<MessageState>(text).unwrap(), state);
        assert_eq!(serde_json::to_string(&MessageState::default()).unwrap(), r#"{"as_of":0}"#);
        // An older version unpins a message and knows nothing of the rest.
        let unpinned =
            serde_json::from_str::<MessageState>(r#"{"pin":{"seq":2,"by":"ann","at":7},"as_of":3}"#).unwrap();
        assert_eq!(unpinned.pinned, None);
    }

    #[test]
    fn a_user_reacts_once_with_an_emoji() {
        let user = UserId::parse("u").unwrap();
        let mut state = MessageState::default();
        for seq in 2..4 {
            state.apply(seq, Timestamp(0), &user, &Body::Reacted { target: 1, emoji: "👍".into() });
        }
        assert_eq!(state.reaction_count(), 1);
        state.apply(4, Timestamp(0), &user, &Body::Unreacted { target: 1, emoji: "👍".into() });
        assert!(state.reactions.is_empty());
    }

    #[test]
    fn an_emoji_in_two_spellings_is_one_reaction() {
        let (ann, bob) = (UserId::parse("ann").unwrap(), UserId::parse("bob").unwrap());
        let (heart, red) = (Text::from("❤"), Text::from("❤\u{fe0f}"));
        let mut state = MessageState::default();
        state.apply(2, Timestamp(0), &ann, &Body::Reacted { target: 1, emoji: heart.clone() });
        state.apply(3, Timestamp(0), &bob, &Body::Reacted { target: 1, emoji: red.clone() });
        assert_eq!(state.reactions, [Reaction { emoji: heart.clone(), users: vec![ann.clone(), bob.clone()] }]);
        assert!(state.has_reaction(&red, &ann) && state.has_reaction(&heart, &bob));
        state.apply(4, Timestamp(0), &ann, &Body::Unreacted { target: 1, emoji: red });
        assert_eq!(state.reactions, [Reaction { emoji: heart, users: vec![bob] }]);
    }
}
