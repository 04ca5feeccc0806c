//! Events as bytes that are read again in the same process: the wire of sessions that have none.
//!
//! Each type is one table of its fields. It is written and read by the same table, and a field or a variant that is added
//! to the type does not compile until it is added here. The form is no wire format: it is never stored or sent, and may be
//! another one in the next version.

use std::sync::Arc;

use uuid::Uuid;

use crate::{
    AttachmentId, Body, Claim, ClientId, Cursor, Digest, Entry, Epoch, Event, InviteKey, Leaving, Name, Notice, Post,
    Presence, Role, RoomChange, RoomId, Timestamp, UserId, Who,
};

impl Event {
    /// Writes the event at the end of `to`, for [`unpack`](Self::unpack) of the same version.
    ///
    /// ```
    /// use chat_model::Event;
    ///
    /// let event = Event::Pushed { data: "{}".into() };
    /// let mut bytes = Vec::new();
    /// event.pack(&mut bytes);
    /// assert_eq!(Event::unpack(&bytes), Some(event));
    /// ```
    pub fn pack(&self, to: &mut Vec<u8>) {
        self.put(to);
    }

    /// The event that these bytes are; `None` if [`pack`](Self::pack) did not write them.
    pub fn unpack(mut bytes: &[u8]) -> Option<Self> {
        Self::take(&mut bytes).filter(|_| bytes.is_empty())
    }
}

trait Packed: Sized {
    /// Writes itself at the end.
    fn put(&self, to: &mut Vec<u8>);

    /// Takes one of its kind from the front.
    fn take(from: &mut &[u8]) -> Option<Self>;
}

macro_rules! packed_structs {
    ($($name:ident { $($field:ident),+ })+) => {$(
        impl Packed for $name {
            fn put(&self, to: &mut Vec<u8>) {
                let Self { $($field),+ } = self;
                $($field.put(to);)+
            }

            fn take(from: &mut &[u8]) -> Option<Self> {
                Some(Self { $($field: Packed::take(from)?),+ })
            }
        }
    )+};
}

/// Each variant with the byte it begins with.
macro_rules! packed_enums {
    ($($name:ident { $($tag:literal $variant:ident $(($inner:ident))? $({ $($field:ident),+ })?)+ })+) => {$(
        impl Packed for $name {
            fn put(&self, to: &mut Vec<u8>) {
                match self {
                    $(Self::$variant $(($inner))? $({ $($field),+ })? => {
                        to.push($tag);
                        $($inner.put(to);)?
                        $($($field.put(to);)+)?
                    })+
                }
            }

            fn take(from: &mut &[u8]) -> Option<Self> {
                Some(match u8::take(from)? {
                    $($tag => {
                        $(let $inner = Packed::take(from)?;)?
                        Self::$variant $(($inner))? $({ $($field: Packed::take(from)?),+ })?
                    })+
                    _ => return None,
                })
            }
        }
    )+};
}

/// Ids and names: each takes the text that it has.
macro_rules! packed_texts {
    ($($name:ident by $parse:ident)+) => {$(
        impl Packed for $name {
            fn put(&self, to: &mut Vec<u8>) {
                put_text(self.as_str(), to);
            }

            fn take(from: &mut &[u8]) -> Option<Self> {
                Self::$parse(take_text(from)?).ok()
            }
        }
    )+};
}

macro_rules! packed_numbers {
    ($($name:ident)+) => {$(
        impl Packed for $name {
            fn put(&self, to: &mut Vec<u8>) {
                to.extend_from_slice(&self.to_le_bytes());
            }

            fn take(from: &mut &[u8]) -> Option<Self> {
                let (bytes, rest) = from.split_first_chunk()?;
                *from = rest;
                Some(Self::from_le_bytes(*bytes))
            }
        }
    )+};
}

packed_numbers! { u8 u32 u64 i64 }

packed_texts! { RoomId by parse UserId by parse ClientId by parse AttachmentId by parse InviteKey by parse Name by stored }

packed_structs! {
    Who { user, name }
    Cursor { epoch, seq }
    Claim { client_id, digest }
    Entry { seq, draft_id, at, sender, claim, told, after, body }
    RoomChange { name, topic, archived, slow_mode_ms }
    Post { text, reply_to, mentions, mentions_room, attachments, data, expires_at }
}

packed_enums! {
    Event {
        0 Entry { room, entry, after, sender, subject }
        1 Subscribed { room, at }
        2 Gap { room, epoch, oldest, head }
        3 Interrupted { room }
        4 Reset { room }
        5 MembersChanged { room, joined, left, members, online }
        6 Typing { room, who }
        7 PresenceChanged { room, who, presence, online }
        8 HasRead { room, who, seq }
        9 Pushed { data }
        10 Goaway { retry_after_ms }
        11 UserRenamed { room, who }
    }
    Presence {
        0 Online
        1 Away
        2 Offline { last_seen }
    }
    Body {
        0 Message(post)
        1 Edited { target, text, mentions, mentions_room }
        2 Deleted { target }
        3 Reacted { target, emoji }
        4 Unreacted { target, emoji }
        5 Joined { role, guest, invite }
        6 Left { why }
        7 RoleChanged { user, role }
        8 Kicked { user, reason }
        9 Banned { user, was_member, reason }
        10 Unbanned { user }
        11 Muted { user, until }
        12 Invited { user }
        13 Renamed { name }
        14 Pinned { target }
        15 Unpinned { target }
        16 Unchanged
        17 Notice(notice)
        18 Unknown
        19 Changed(change)
        20 Blocked { user }
        21 Unblocked { user }
        22 InviteMade { key, salt, expires, uses }
        23 InviteRevoked { key }
    }
    Notice {
        0 Invited { room, by }
        1 Removed { room, by, banned }
        2 DirectOpened { room, by }
        3 Blocked { user }
        4 Unblocked { user }
    }
    Leaving {
        0 Left
        1 Gone
    }
    Role {
        0 Member
        1 Moderator
        2 Owner
    }
}

impl Packed for bool {
    fn put(&self, to: &mut Vec<u8>) {
        to.push(u8::from(*self));
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        u8::take(from).map(|byte| byte != 0)
    }
}

impl Packed for Timestamp {
    fn put(&self, to: &mut Vec<u8>) {
        self.0.put(to);
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        i64::take(from).map(Self)
    }
}

impl Packed for Epoch {
    fn put(&self, to: &mut Vec<u8>) {
        self.number().put(to);
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        Self::from_number(u64::take(from)?)
    }
}

impl Packed for Digest {
    fn put(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.0);
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        take_bytes(from, 32)?.try_into().ok().map(Self)
    }
}

impl Packed for Uuid {
    fn put(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(self.as_bytes());
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        Self::from_slice(take_bytes(from, 16)?).ok()
    }
}

impl Packed for Arc<str> {
    fn put(&self, to: &mut Vec<u8>) {
        put_text(self, to);
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        take_text(from).map(Self::from)
    }
}

impl Packed for Arc<Entry> {
    fn put(&self, to: &mut Vec<u8>) {
        Entry::put(self, to);
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        Entry::take(from).map(Self::new)
    }
}

impl<T: Packed> Packed for Option<T> {
    fn put(&self, to: &mut Vec<u8>) {
        self.is_some().put(to);
        if let Some(value) = self {
            value.put(to);
        }
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        if bool::take(from)? { T::take(from).map(Some) } else { Some(None) }
    }
}

impl<T: Packed> Packed for Vec<T> {
    fn put(&self, to: &mut Vec<u8>) {
        put_length(self.len(), to);
        self.iter().for_each(|item| item.put(to));
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        (0..u32::take(from)?).map(|_| T::take(from)).collect()
    }
}

/// Nothing in an event is nearly as long as 4 GiB: see [`limits`](crate::limits).
fn put_length(length: usize, to: &mut Vec<u8>) {
    (length as u32).put(to);
}

fn put_text(text: &str, to: &mut Vec<u8>) {
    put_length(text.len(), to);
    to.extend_from_slice(text.as_bytes());
}

fn take_text<'a>(from: &mut &'a [u8]) -> Option<&'a str> {
    let length = u32::take(from)? as usize;
    str::from_utf8(take_bytes(from, length)?).ok()
}

fn take_bytes<'a>(from: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (bytes, rest) = from.split_at_checked(count)?;
    *from = rest;
    Some(bytes)
}
