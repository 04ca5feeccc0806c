//! A room, and drafts to put in it.
#![allow(dead_code)]

use chat_core::{
    Body, Draft, Epoch, HistoryVisibility, Name, Post, Role, RoomId, RoomKind, RoomMeta, Seq, Timestamp, UserId,
};
use uuid::Uuid;

pub(crate) fn epoch() -> Epoch {
    Epoch::from_number(7).unwrap()
}

pub(crate) fn room() -> RoomId {
    RoomId::parse("room").unwrap()
}

pub(crate) fn meta() -> RoomMeta {
    let name = Name::parse("A room").unwrap();
    let (kind, history) = (RoomKind::Public, HistoryVisibility::Everything);
    RoomMeta {
        slow_mode_ms: 0,
        invites: Default::default(),
        topic: None,
        archived: false,
        name,
        kind,
        history,
        creator: None,
        created_at: Timestamp(1),
    }
}

fn draft(sender: &str, seq: Seq, body: Body) -> Draft {
    Draft {
        draft_id: Uuid::from_u64_pair(7, seq),
        at: Timestamp(1_000),
        sender: UserId::parse(sender).unwrap(),
        claim: None,
        told: true,
        after: seq - 1,
        body,
        lease: None,
        name: None,
    }
}

/// Changes nothing beside the log.
pub(crate) fn message(seq: Seq, text: &str) -> Draft {
    draft("u", seq, Body::Message(Post::text(text)))
}

/// Changes the members, too.
pub(crate) fn join(seq: Seq, user: &str) -> Draft {
    draft(user, seq, Body::Joined { role: Role::Member, guest: false, invite: None })
}
