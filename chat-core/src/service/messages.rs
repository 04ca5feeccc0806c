//! Questions about what came of messages: who reacted, what they said before, and which are pinned.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound,
};

use chat_model::room::{Allowed, Inquiry};

use super::{Service, call::store_failed, questions::changed};
use crate::{
    Body, Caller, Code, Entry, Message, Name, Pin, Pinned, Refusal, RoomId, Seq, Text, UserId, Version, Who, Window,
    limits,
};

impl Service {
    /// The users who reacted to a message, those above one user id, and how many there are in all.
    pub(super) async fn reactions(
        &self,
        caller: &Caller,
        room: &RoomId,
        message: Seq,
        (after, limit): (Option<&UserId>, usize),
    ) -> Result<(Vec<(Who, Vec<Text>)>, u64), Refusal> {
        let allowed = self.may_read(caller, room).await?;
        let state = self.standing(caller, room, Inquiry::Read, (message, allowed)).await?.state;
        let mut of_users: BTreeMap<UserId, Vec<Text>> = BTreeMap::new();
        for reaction in &state.reactions {
            for user in &reaction.users {
                of_users.entry(user.clone()).or_default().push(reaction.emoji.clone());
            }
        }
        let count = of_users.len() as u64;
        let from = (after.map_or(Bound::Unbounded, |user| Bound::Excluded(user.clone())), Bound::Unbounded);
        let page: Vec<_> = of_users.range(from).take(limit.clamp(1, limits::MAX_PAGE)).collect();
        let names = self.names_of(page.iter().map(|(user, _)| *user)).await?;
        Ok((page.into_iter().map(|(user, emoji)| (who(user, &names), emoji.clone())).collect(), count))
    }

    /// What a message said from above a seq on: its first text, if it lies there, and then that of each edit.
    pub(super) async fn edits(
        &self,
        caller: &Caller,
        room: &RoomId,
        message: Seq,
        (after, limit): (Seq, usize),
    ) -> Result<Vec<Version>, Refusal> {
        let allowed = self.inquire(caller, room, Inquiry::Edits).await?;
        let first = self.standing(caller, room, Inquiry::Edits, (message, allowed)).await?.entry;
        let limit = limit.clamp(1, limits::MAX_PAGE);
        let mut entries = Vec::new();
        if after < message {
            entries.push(first);
        }
        if entries.len() < limit {
            let rest = limit - entries.len();
            let edits = self.node.store.edits(room, message, after, rest).await.map_err(store_failed)?;
            entries.extend(edits.into_iter().take_while(|edit| edit.seq <= allowed.head));
        }
        let names = self.names_of(entries.iter().map(|entry| &entry.sender)).await?;
        Ok(entries.into_iter().filter_map(|entry| version(entry, &names)).collect())
    }

    /// A page of what is pinned in a room, the last pinned first, from below a pin.
    pub(super) async fn pins(
        &self,
        caller: &Caller,
        room: &RoomId,
        (before, limit): (Option<Seq>, usize),
    ) -> Result<Vec<Pinned>, Refusal> {
        let allowed = self.may_read(caller, room).await?;
        let end = allowed.head.saturating_add(1);
        let mut before = before.map_or(end, |before| before.min(end));
        let mut pins = Vec::new();
        // A page of pins of which the caller may see none is not the last one. There are few pins in a room.
        while pins.is_empty() {
            let page = self.node.store.pins(room, Some(before), limit.clamp(1, limits::MAX_PAGE)).await;
            let page: Vec<(Pin, Message)> = page.map_err(store_failed)?.into_iter().filter_map(pinned).collect();
            let Some((last, _)) = page.last() else { break };
            before = last.seq;
            let now = self.node.environment.wall();
            pins = page;
            pins.retain(|(_, message)| message.entry.seq > allowed.floor && !message.has_expired(now));
        }
        let shown = changed(pins.iter().map(|(_, message)| message));
        let Allowed { floor, .. } = self.still(caller, room, Inquiry::Read, allowed, shown).await?;
        pins.retain(|(_, message)| message.entry.seq > floor);
        let names = self.names_of(pins.iter().flat_map(|(pin, message)| [&pin.by, &message.entry.sender])).await?;
        let listed = |(Pin { seq, by, at }, message): (Pin, Message)| {
            let (by, sender) = (who(&by, &names), who(&message.entry.sender, &names));
            Pinned { seq, at, by, message, sender }
        };
        Ok(pins.into_iter().map(listed).collect())
    }

    /// A message that is neither deleted nor over, among those that somebody may read who was allowed this inquiry.
    async fn standing(
        &self,
        caller: &Caller,
        room: &RoomId,
        inquiry: Inquiry,
        (message, allowed): (Seq, Allowed),
    ) -> Result<Message, Refusal> {
        let none = || Refusal::new(Code::MessageNotFound, "there is no such message");
        if message <= allowed.floor || message > allowed.head {
            return Err(none());
        }
        let only = Window { after: Some(message - 1), before: Some(message + 1), limit: 1 };
        let page = self.node.store.messages(room, only).await.map_err(store_failed)?;
        let Allowed { floor, .. } = self.still(caller, room, inquiry, allowed, changed(&page.items)).await?;
        let now = self.node.environment.wall();
        let stands =
            |found: &Message| found.entry.seq == message && found.state.deleted_at.is_none() && !found.has_expired(now);
        page.items.into_iter().find(stands).filter(|_| message > floor).ok_or_else(none)
    }

    async fn names_of(&self, users: impl Iterator<Item = &UserId>) -> Result<HashMap<UserId, Name>, Refusal> {
        self.node.names(users.cloned().collect()).await.map_err(store_failed)
    }
}

fn who(user: &UserId, names: &HashMap<UserId, Name>) -> Who {
    Who { user: user.clone(), name: names.get(user).cloned() }
}

/// A message with its pin, unless it was unpinned meanwhile.
fn pinned(message: Message) -> Option<(Pin, Message)> {
    message.state.pinned.clone().map(|pin| (pin, message))
}

/// What a message said from this entry on, if the entry is a message or an edit.
fn version(entry: Entry, names: &HashMap<UserId, Name>) -> Option<Version> {
    let by = who(&entry.sender, names);
    let (text, mentions, mentions_room) = match entry.body {
        Body::Message(post) => (post.text, post.mentions, post.mentions_room),
        Body::Edited { text, mentions, mentions_room, .. } => (text, mentions, mentions_room),
        _ => return None,
    };
    Some(Version { seq: entry.seq, at: entry.at, by, text, mentions, mentions_room })
}
