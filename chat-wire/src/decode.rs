//! From a client's frame to the engine's calls.

use chat_model::{
    Call, ClientId, Code, Command, Cursor, InviteCode, InviteKey, NewRoom, Op, OwnRooms, PROTOCOL, Post, Refusal,
    Restriction, Resume, RoomChange, RoomId, RoomKind, Seq, Text, UserId, Window,
};

use crate::{
    Availability, EpochText, ListedKind, RawJson, ResumeFrom, RoomOrder,
    field::{Field, Fields},
};

type Outcome<T> = Result<T, Refusal>;

/// What the frame asks for.
pub(crate) fn call(fields: &Fields<'_>) -> Outcome<Call> {
    let action: Text = fields.required(Field::Action)?;
    let room = || fields.required::<RoomId>(Field::RoomId);
    Ok(match &*action {
        "send-message" => command(fields, Op::Send(Post { mentions_room: mentions_room(fields)?, ..post(fields)? }))?,
        "hello" => hello(fields)?,
        "join" => Call::Join {
            room: room()?,
            username: fields.optional(Field::Username)?,
            guest_token: fields.optional(Field::GuestToken)?,
            invite: None,
            client_id: fields.optional(Field::ClientId)?,
        },
        "join-by-invite" | "invited-to" | "create-invite" | "invites" => of_invites(&action, fields)?,
        "subscribe" => Call::Subscribe { room: room()?, from: cursor(fields)? },
        "unsubscribe" => Call::Unsubscribe { room: room()? },
        "typing" => Call::Typing { room: room()? },
        "read" => Call::Read { room: room()?, seq: fields.required(Field::Seq)? },
        "reads" => Call::Reads { room: room()? },
        "presence" => {
            let state: Availability = fields.required(Field::State)?;
            Call::Presence { away: state == Availability::Away }
        }
        "history" => Call::History { room: room()?, window: window(fields)? },
        "reactions" | "edits" => of_message(&action, fields)?,
        "pins" => Call::Pins { room: room()?, before: fields.optional(Field::Before)?, limit: fields.limit()? },
        "members" => Call::Members { room: room()?, after: fields.optional(Field::After)?, limit: fields.limit()? },
        "bans" | "mutes" => Call::Restricted {
            room: room()?,
            restriction: if &*action == "bans" { Restriction::Ban } else { Restriction::Mute },
            after: fields.optional(Field::After)?,
            limit: fields.limit()?,
        },
        "create-room" => create_room(fields)?,
        "online" => Call::Online { room: room()? },
        "room" => Call::Room { room: room()? },
        "rooms" => rooms(fields)?,
        "my-rooms" => Call::MyRooms { page: own_rooms(fields)?, limit: fields.limit()? },
        "users" | "direct" | "direct-message" | "broadcast" | "block" | "unblock" | "blocks" => {
            of_users(&action, fields)?
        }
        "delete-room" => Call::DeleteRoom { room: room()? },
        "token" => Call::Token { token: fields.required(Field::Token)? },
        "ping" => Call::Ping,
        action => match op(action, fields)? {
            Some(op) => command(fields, op)?,
            None => return Err(Refusal::new(Code::UnknownAction, "there is no such action")),
        },
    })
}

/// What is asked of one message.
fn of_message(action: &str, fields: &Fields<'_>) -> Outcome<Call> {
    let (room, message) = (fields.required(Field::RoomId)?, fields.required(Field::Seq)?);
    Ok(match action {
        "reactions" => Call::Reactions { room, message, after: fields.optional(Field::After)?, limit: fields.limit()? },
        _ => {
            let after = fields.optional(Field::After)?.unwrap_or(0);
            Call::Edits { room, message, after, limit: fields.limit()? }
        }
    })
}

/// What is asked of other users, outside of rooms.
fn of_users(action: &str, fields: &Fields<'_>) -> Outcome<Call> {
    Ok(match action {
        "users" => Call::Users {
            search: fields.required(Field::Search)?,
            after: fields.optional(Field::After)?,
            limit: fields.limit()?,
        },
        "direct" => Call::Direct { user: fields.required(Field::UserId)? },
        "direct-message" => Call::DirectMessage {
            user: fields.required(Field::UserId)?,
            client_id: fields.optional(Field::ClientId)?,
            post: post(fields)?,
        },
        "broadcast" => Call::Broadcast {
            client_id: fields.optional(Field::ClientId)?,
            post: Post {
                expires_at: fields.optional(Field::ExpiresAt)?,
                ..Post::text(fields.required::<Text>(Field::Message)?)
            },
        },
        "block" => Call::Block { user: fields.required(Field::UserId)? },
        "unblock" => Call::Unblock { user: fields.required(Field::UserId)? },
        _ => Call::Blocks { after: fields.optional(Field::After)?, limit: fields.limit()? },
    })
}

/// Rooms by id, or by words: `after` is what each of the two makes of it.
fn rooms(fields: &Fields<'_>) -> Outcome<Call> {
    let kind = fields.optional::<ListedKind>(Field::Kind)?.unwrap_or_default();
    let limit = fields.limit()?;
    Ok(match fields.optional(Field::Search)? {
        None => Call::Rooms { kind: kind.into(), after: fields.optional(Field::After)?, limit },
        Some(search) if kind == ListedKind::Public => {
            Call::FindRooms { search, after: fields.optional(Field::After)?, limit }
        }
        Some(_) => return Err(Refusal::field("search", "finds public rooms alone")),
    })
}

/// Which of the caller's rooms are asked for: `after` is what the order makes of it.
fn own_rooms(fields: &Fields<'_>) -> Outcome<OwnRooms> {
    Ok(match fields.optional(Field::Order)?.unwrap_or_default() {
        RoomOrder::Activity => OwnRooms::ByActivity(fields.optional(Field::After)?),
        RoomOrder::Id => OwnRooms::ById(fields.optional(Field::After)?),
    })
}

/// What is asked of invitations by link.
fn of_invites(action: &str, fields: &Fields<'_>) -> Outcome<Call> {
    let room = || fields.required::<RoomId>(Field::RoomId);
    Ok(match action {
        "invites" => Call::Invites { room: room()? },
        "create-invite" => Call::MakeInvite {
            room: room()?,
            expires: fields.optional(Field::ExpiresAt)?,
            uses: fields.optional(Field::Uses)?,
            client_id: fields.optional(Field::ClientId)?,
        },
        "invited-to" => {
            let code = code(fields)?;
            Call::InvitedTo { room: code.room().clone(), key: code.key() }
        }
        _ => {
            let code = code(fields)?;
            Call::Join {
                room: code.room().clone(),
                username: fields.optional(Field::Username)?,
                guest_token: fields.optional(Field::GuestToken)?,
                invite: Some(code.key()),
                client_id: fields.optional(Field::ClientId)?,
            }
        }
    })
}

/// The operation of an action that makes an entry; `None` if it is no such action.
fn op(action: &str, fields: &Fields<'_>) -> Outcome<Option<Op>> {
    let target = || fields.required::<Seq>(Field::Seq);
    let emoji = || fields.required::<Text>(Field::Emoji);
    let user = || fields.required::<UserId>(Field::UserId);
    Ok(Some(match action {
        "leave" => Op::Leave,
        "edit-message" => Op::Edit {
            target: target()?,
            text: fields.required(Field::Message)?,
            mentions: fields.list(Field::Mentions)?,
            mentions_room: mentions_room(fields)?,
        },
        "delete-message" => Op::Delete { target: target()? },
        "react" => Op::React { target: target()?, emoji: emoji()? },
        "unreact" => Op::Unreact { target: target()?, emoji: emoji()? },
        "pin" => Op::Pin { target: target()? },
        "unpin" => Op::Unpin { target: target()? },
        "kick" => Op::Kick { user: user()?, reason: fields.optional(Field::Reason)? },
        "ban" => Op::Ban { user: user()?, reason: fields.optional(Field::Reason)? },
        "unban" => Op::Unban { user: user()? },
        "mute" => Op::Mute { user: user()?, until: fields.optional(Field::Until)? },
        "set-role" => Op::SetRole { user: user()?, role: fields.required(Field::Role)? },
        "invite" => Op::Invite { user: user()? },
        "revoke-invite" => Op::RevokeInvite { key: revoked(fields)? },
        "change-room" => Op::Change(RoomChange {
            name: fields.optional(Field::RoomName)?,
            topic: fields.optional(Field::Topic)?,
            archived: fields.optional(Field::Archived)?,
            slow_mode_ms: fields.optional(Field::SlowModeMs)?,
        }),
        _ => return Ok(None),
    }))
}

/// The code of an invitation. What is none is answered as one that there is not.
fn code(fields: &Fields<'_>) -> Outcome<InviteCode> {
    let text: Text = fields.required(Field::Code)?;
    InviteCode::parse(&text).ok_or_else(Refusal::invite_not_found)
}

/// An invitation of the room that is named, by its code or its id.
fn revoked(fields: &Fields<'_>) -> Outcome<InviteKey> {
    let (room, text): (RoomId, Text) = (fields.required(Field::RoomId)?, fields.required(Field::Code)?);
    match InviteCode::parse(&text) {
        Some(code) if *code.room() == room => Ok(code.key()),
        Some(_) => Err(Refusal::invite_not_found()),
        None => InviteKey::parse(&text).map_err(|_| Refusal::invite_not_found()),
    }
}

fn command(fields: &Fields<'_>, op: Op) -> Outcome<Call> {
    let room = fields.required(Field::RoomId)?;
    let client_id: Option<ClientId> = fields.optional(Field::ClientId)?;
    let username = if op == Op::Leave { fields.optional(Field::Username)? } else { None };
    Ok(Call::Command { room, command: Command { client_id, op }, username })
}

fn mentions_room(fields: &Fields<'_>) -> Outcome<bool> {
    Ok(fields.optional(Field::MentionsRoom)?.unwrap_or(false))
}

/// What a message says, wherever it is written.
fn post(fields: &Fields<'_>) -> Outcome<Post> {
    Ok(Post {
        text: fields.required(Field::Message)?,
        reply_to: fields.optional(Field::ReplyTo)?,
        mentions: fields.list(Field::Mentions)?,
        mentions_room: false,
        attachments: fields.list(Field::Attachments)?,
        data: fields.optional(Field::Data)?.map(RawJson::into_text),
        expires_at: None,
    })
}

fn hello(fields: &Fields<'_>) -> Outcome<Call> {
    let resume =
        |ResumeFrom { room_id: room, epoch: EpochText(epoch), seq }| Resume { room, cursor: Cursor { epoch, seq } };
    Ok(Call::Hello {
        token: fields.optional(Field::Token)?,
        protocol: fields.optional(Field::Protocol)?.unwrap_or(PROTOCOL),
        resume: fields.list(Field::Resume)?.into_iter().map(resume).collect(),
    })
}

/// A cursor is whole or absent.
fn cursor(fields: &Fields<'_>) -> Outcome<Option<Cursor>> {
    match (fields.optional(Field::Epoch)?, fields.optional(Field::After)?) {
        (None, None) => Ok(None),
        (Some(epoch), Some(seq)) => Ok(Some(Cursor { epoch, seq })),
        (None, Some(_)) => Err(Refusal::field("epoch", "is missing beside after")),
        (Some(_), None) => Err(Refusal::field("after", "is missing beside epoch")),
    }
}

fn window(fields: &Fields<'_>) -> Outcome<Window> {
    let (after, before) = (fields.optional(Field::After)?, fields.optional(Field::Before)?);
    Ok(Window { after, before, limit: fields.limit()? })
}

fn create_room(fields: &Fields<'_>) -> Outcome<Call> {
    let mut room = NewRoom::public(fields.required(Field::RoomName)?);
    room.room = fields.optional(Field::RoomId)?;
    if let Some(kind) = fields.optional::<RoomKind>(Field::Kind)? {
        room.kind = kind;
    }
    if let Some(ms) = fields.optional(Field::SlowModeMs)? {
        room.slow_mode_ms = ms;
    }
    if let Some(history) = fields.optional(Field::History)? {
        room.history = history;
    }
    Ok(Call::CreateRoom(room))
}
