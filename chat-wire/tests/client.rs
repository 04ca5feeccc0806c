//! What a Rust client sends is what the engine is asked.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use chat_core::{
    AttachmentId, Call, ClientId, Codec, Command, Cursor, Epoch, HistoryVisibility, InviteCode, Name, NewRoom, Op,
    OwnRooms, Post, Restriction, Resume, Role, RoomChange, RoomId, RoomKind, Text, Timestamp, UserId, Window,
};
use chat_wire::{
    Availability, ClientAction, ClientFrame, EpochText, FrameId, JsonCodec, ListedKind, ListedRooms, MyRooms,
    OfMessage, OfRoom, OfUser, OpenKind, OtherUser, RawJson, Reaction, Removal, ResumeFrom, RoomOrder, TimeText,
    UsersOfRoom,
};
use proptest::{option, prelude::*, sample::select};

/// What each action asks, said a second time.
fn meant(action: ClientAction) -> Call {
    use ClientAction as A;
    let command = |room, client_id, op| Call::Command { room, command: Command { client_id, op }, username: None };
    let restricted = |of: UsersOfRoom, restriction| Call::Restricted {
        room: of.room_id,
        restriction,
        after: of.after,
        limit: of.limit.unwrap_or(50) as usize,
    };
    let of_user =
        |OfUser { room_id, user_id, client_id }, op: fn(UserId) -> Op| command(room_id, client_id, op(user_id));
    let of_message = |of: OfMessage, op: fn(u64) -> Op| command(of.room_id, of.client_id, op(of.seq));
    match action {
        A::Hello { token, protocol, resume } => {
            let room = |r: ResumeFrom| Resume { room: r.room_id, cursor: Cursor { epoch: r.epoch.0, seq: r.seq } };
            Call::Hello { token, protocol: protocol.unwrap_or(1), resume: resume.into_iter().map(room).collect() }
        }
        A::Join { room_id, username, guest_token, client_id } => {
            Call::Join { room: room_id, username, guest_token, invite: None, client_id }
        }
        A::Subscribe { room_id, epoch, after } => {
            let from = epoch.zip(after).map(|(epoch, seq)| Cursor { epoch: epoch.0, seq });
            Call::Subscribe { room: room_id, from }
        }
        A::Unsubscribe(of) => Call::Unsubscribe { room: of.room_id },
        A::Leave { room_id, username, client_id } => {
            Call::Command { room: room_id, command: Command { client_id, op: Op::Leave }, username }
        }
        A::SendMessage { room_id, message: text, client_id, reply_to, mentions, mentions_room, attachments, data } => {
            let data = data.map(|data| Text::from(data.as_str()));
            command(
                room_id,
                client_id,
                Op::Send(Post { text, reply_to, mentions, mentions_room, attachments, data, expires_at: None }),
            )
        }
        A::EditMessage { room_id, seq: target, message: text, mentions, mentions_room, client_id } => {
            command(room_id, client_id, Op::Edit { target, text, mentions, mentions_room })
        }
        A::DeleteMessage(of) => of_message(of, |target| Op::Delete { target }),
        A::Pin(of) => of_message(of, |target| Op::Pin { target }),
        A::Unpin(of) => of_message(of, |target| Op::Unpin { target }),
        A::React(of) => command(of.room_id, of.client_id, Op::React { target: of.seq, emoji: of.emoji }),
        A::Unreact(of) => command(of.room_id, of.client_id, Op::Unreact { target: of.seq, emoji: of.emoji }),
        A::Kick(of) => command(of.room_id, of.client_id, Op::Kick { user: of.user_id, reason: of.reason }),
        A::Ban(of) => command(of.room_id, of.client_id, Op::Ban { user: of.user_id, reason: of.reason }),
        A::Unban(of) => of_user(of, |user| Op::Unban { user }),
        A::Invite(of) => of_user(of, |user| Op::Invite { user }),
        A::CreateInvite { room_id: room, expires_at, uses, client_id } => {
            Call::MakeInvite { room, expires: expires_at.map(|at| at.0), uses, client_id }
        }
        A::Invites(of) => Call::Invites { room: of.room_id },
        A::RevokeInvite { room_id, code, client_id } => {
            command(room_id, client_id, Op::RevokeInvite { key: InviteCode::parse(&code).unwrap().key() })
        }
        A::InvitedTo { code } => {
            let code = InviteCode::parse(&code).unwrap();
            Call::InvitedTo { room: code.room().clone(), key: code.key() }
        }
        A::JoinByInvite { code, username, guest_token, client_id } => {
            let code = InviteCode::parse(&code).unwrap();
            Call::Join { room: code.room().clone(), username, guest_token, invite: Some(code.key()), client_id }
        }
        A::Mute { room_id, user_id: user, until, client_id } => {
            command(room_id, client_id, Op::Mute { user, until: until.map(|until| until.0) })
        }
        A::SetRole { room_id, user_id: user, role, client_id } => {
            command(room_id, client_id, Op::SetRole { user, role })
        }
        A::ChangeRoom { room_id, room_name: name, topic, archived, slow_mode_ms, client_id } => {
            command(room_id, client_id, Op::Change(RoomChange { name, topic, archived, slow_mode_ms }))
        }
        A::Typing(of) => Call::Typing { room: of.room_id },
        A::Read { room_id, seq } => Call::Read { room: room_id, seq },
        A::Presence { state } => Call::Presence { away: state == Availability::Away },
        A::History { room_id, before, after, limit } => {
            Call::History { room: room_id, window: Window { after, before, limit: limit.unwrap_or(50) as usize } }
        }
        A::Pins { room_id: room, before, limit } => Call::Pins { room, before, limit: limit.unwrap_or(50) as usize },
        A::Edits { room_id: room, seq: message, after, limit } => {
            Call::Edits { room, message, after: after.unwrap_or(0), limit: limit.unwrap_or(50) as usize }
        }
        A::Reads(OfRoom { room_id: room }) => Call::Reads { room },
        A::Reactions { room_id: room, seq: message, after, limit } => {
            Call::Reactions { room, message, after, limit: limit.unwrap_or(50) as usize }
        }
        A::Members { room_id, after, limit } => {
            Call::Members { room: room_id, after, limit: limit.unwrap_or(50) as usize }
        }
        A::Bans(of) => restricted(of, Restriction::Ban),
        A::Mutes(of) => restricted(of, Restriction::Mute),
        A::CreateRoom { room_name, kind, room_id, history, slow_mode_ms } => Call::CreateRoom(NewRoom {
            room: room_id,
            name: room_name,
            kind: match kind {
                None | Some(OpenKind::Public) => RoomKind::Public,
                Some(OpenKind::Private) => RoomKind::Private,
                Some(OpenKind::Announcement) => RoomKind::Announcement,
            },
            history: history.unwrap_or(HistoryVisibility::Everything),
            slow_mode_ms: slow_mode_ms.unwrap_or(0),
        }),
        A::Online(of) => Call::Online { room: of.room_id },
        A::Room(of) => Call::Room { room: of.room_id },
        A::Rooms(ListedRooms { search: Some(search), after, limit, .. }) => {
            Call::FindRooms { search, after, limit: limit.unwrap_or(50) as usize }
        }
        A::Rooms(ListedRooms { kind, search: None, after, limit }) => {
            let after = after.map(|after| after.parse().unwrap());
            let kind = kind.map_or(RoomKind::Public, RoomKind::from);
            Call::Rooms { kind, after, limit: limit.unwrap_or(50) as usize }
        }
        A::MyRooms(MyRooms { order, after, limit }) => {
            let page = match order.unwrap_or_default() {
                RoomOrder::Activity => OwnRooms::ByActivity(after.map(|after| after.parse().unwrap())),
                RoomOrder::Id => OwnRooms::ById(after.map(|after| after.parse().unwrap())),
            };
            Call::MyRooms { page, limit: limit.unwrap_or(50) as usize }
        }
        A::Direct(OtherUser { user_id: user }) => Call::Direct { user },
        A::DeleteRoom(of) => Call::DeleteRoom { room: of.room_id },
        A::Token { token } => Call::Token { token },
        A::Ping => Call::Ping,
        other => panic!("{other:?}: say what it means"),
    }
}

fn room() -> impl Strategy<Value = RoomId> {
    "[A-Za-z0-9_:-]{1,64}".prop_map(|text| RoomId::parse(text).unwrap())
}

fn user() -> impl Strategy<Value = UserId> {
    "[A-Za-z0-9_:-]{1,64}".prop_map(|text| UserId::parse(text).unwrap())
}

fn users() -> impl Strategy<Value = Vec<UserId>> {
    prop::collection::vec(user(), 0..4)
}

fn name() -> impl Strategy<Value = Name> {
    r#"["\\a-z{é👋]{1,8}"#.prop_map(|text| Name::parse(text).unwrap())
}

fn client_id() -> impl Strategy<Value = Option<ClientId>> {
    option::of(r#"["\\a-z{é👋 ]{1,8}"#.prop_map(|text| ClientId::parse(text).unwrap()))
}

fn text() -> impl Strategy<Value = Text> {
    any::<String>().prop_map(Text::from)
}

fn seq() -> impl Strategy<Value = u64> {
    prop_oneof![0_u64..100, Just((1 << 53) - 1)]
}

fn epoch() -> impl Strategy<Value = EpochText> {
    any::<u64>().prop_map(|bits| EpochText(Epoch::from_random(bits)))
}

fn of_message() -> impl Strategy<Value = OfMessage> {
    (room(), seq(), client_id()).prop_map(|(room_id, seq, client_id)| OfMessage { room_id, seq, client_id })
}

fn of_user() -> impl Strategy<Value = OfUser> {
    (room(), user(), client_id()).prop_map(|(room_id, user_id, client_id)| OfUser { room_id, user_id, client_id })
}

fn reaction() -> impl Strategy<Value = Reaction> {
    (of_message(), text()).prop_map(|(OfMessage { room_id, seq, client_id }, emoji)| Reaction {
        room_id,
        seq,
        emoji,
        client_id,
    })
}

fn removal() -> impl Strategy<Value = Removal> {
    (of_user(), option::of(text())).prop_map(|(OfUser { room_id, user_id, client_id }, reason)| Removal {
        room_id,
        user_id,
        reason,
        client_id,
    })
}

fn code() -> impl Strategy<Value = InviteCode> {
    (room(), any::<[u8; 16]>()).prop_map(|(room, secret)| InviteCode::new(room, secret))
}

fn invitations() -> impl Strategy<Value = ClientAction> {
    use ClientAction as A;
    let at = option::of((0..253_402_300_800_000_i64).prop_map(|ms| TimeText(Timestamp(ms))));
    prop_oneof![
        (room(), at, any::<Option<u32>>(), client_id()).prop_map(|(room_id, expires_at, uses, client_id)| {
            A::CreateInvite { room_id, expires_at, uses, client_id }
        }),
        room().prop_map(|room_id| A::Invites(OfRoom { room_id })),
        (code(), client_id()).prop_map(|(code, client_id)| A::RevokeInvite {
            room_id: code.room().clone(),
            code: code.to_string(),
            client_id
        }),
        code().prop_map(|code| A::InvitedTo { code: code.to_string() }),
        (code(), option::of(name()), option::of(text()), client_id()).prop_map(
            |(code, username, guest_token, client_id)| A::JoinByInvite {
                code: code.to_string(),
                username,
                guest_token,
                client_id
            }
        ),
    ]
}

fn sessions() -> impl Strategy<Value = ClientAction> {
    use ClientAction as A;
    let resume = (room(), epoch(), seq()).prop_map(|(room_id, epoch, seq)| ResumeFrom { room_id, epoch, seq });
    prop_oneof![
        (option::of(text()), option::of(any::<u32>()), prop::collection::vec(resume, 0..3))
            .prop_map(|(token, protocol, resume)| A::Hello { token, protocol, resume }),
        (room(), option::of(name()), option::of(text()), client_id()).prop_map(
            |(room_id, username, guest_token, client_id)| A::Join { room_id, username, guest_token, client_id }
        ),
        (room(), option::of((epoch(), seq()))).prop_map(|(room_id, from)| {
            let (epoch, after) = from.unzip();
            A::Subscribe { room_id, epoch, after }
        }),
        (room(), option::of(name()), client_id()).prop_map(|(room_id, username, client_id)| A::Leave {
            room_id,
            username,
            client_id
        }),
        room().prop_map(|room_id| A::Unsubscribe(OfRoom { room_id })),
        room().prop_map(|room_id| A::Typing(OfRoom { room_id })),
        (room(), seq()).prop_map(|(room_id, seq)| A::Read { room_id, seq }),
        select(vec![Availability::Online, Availability::Away]).prop_map(|state| A::Presence { state }),
        text().prop_map(|token| A::Token { token }),
        Just(A::Ping),
    ]
}

fn rooms() -> impl Strategy<Value = ClientAction> {
    use ClientAction as A;
    let kind = select(vec![OpenKind::Public, OpenKind::Private, OpenKind::Announcement]);
    let listed = select(vec![ListedKind::Public, ListedKind::Private]);
    let history = select(vec![HistoryVisibility::Everything, HistoryVisibility::SinceJoin]);
    let page = || (option::of(room()), option::of(1..=200_u64));
    let of_room = select(vec![A::Online, A::Room, A::Reads, A::DeleteRoom] as Vec<fn(OfRoom) -> A>);
    prop_oneof![
        (of_room, room()).prop_map(|(make, room_id)| make(OfRoom { room_id })),
        (page(), option::of("[a-z]{1,9}"), option::of(listed)).prop_map(|((after, limit), search, kind)| {
            let after = after.map(|after| after.to_string().into());
            // Only public ones are searched.
            let kind = kind.filter(|kind| search.is_none() || *kind == ListedKind::Public);
            A::Rooms(ListedRooms { kind, search: search.map(Text::from), after, limit })
        }),
        page().prop_map(|(after, limit)| {
            let after = after.map(|after| after.to_string());
            A::MyRooms(MyRooms { order: Some(RoomOrder::Id), after, limit })
        }),
        (option::of(Just(RoomOrder::Activity)), any::<i64>(), page()).prop_map(|(order, at, (after, limit))| {
            let after = after.map(|room| format!("{at}.{room}"));
            A::MyRooms(MyRooms { order, after, limit })
        }),
        user().prop_map(|user_id| A::Direct(OtherUser { user_id })),
        (room(), option::of(seq()), option::of(1..=200_u64)).prop_map(|(room_id, before, limit)| A::Pins {
            room_id,
            before,
            limit
        }),
        (room(), seq(), option::of(seq()), option::of(1..=200_u64)).prop_map(|(room_id, seq, after, limit)| A::Edits {
            room_id,
            seq,
            after,
            limit
        }),
        (room(), seq(), option::of(user()), option::of(1..=200_u64))
            .prop_map(|(room_id, seq, after, limit)| A::Reactions { room_id, seq, after, limit }),
        (room(), option::of(user()), option::of(1..=200_u64)).prop_map(|(room_id, after, limit)| A::Members {
            room_id,
            after,
            limit
        }),
        (
            select(vec![A::Bans, A::Mutes] as Vec<fn(UsersOfRoom) -> A>),
            room(),
            option::of(user()),
            option::of(1..=200_u64)
        )
            .prop_map(|(make, room_id, after, limit)| make(UsersOfRoom { room_id, after, limit })),
        (name(), option::of(kind), option::of(room()), option::of(history), any::<Option<u32>>()).prop_map(
            |(room_name, kind, room_id, history, slow_mode_ms)| A::CreateRoom {
                room_name,
                kind,
                room_id,
                history,
                slow_mode_ms
            }
        ),
    ]
}

fn messages() -> impl Strategy<Value = ClientAction> {
    use ClientAction as A;
    let data = option::of(any::<(i32, String)>().prop_map(|pair| RawJson::from(&serde_json::json!(pair))));
    let attachment = room().prop_map(|id| AttachmentId::parse(id.as_str()).unwrap());
    let attachments = prop::collection::vec(attachment, 0..3);
    prop_oneof![
        (of_message(), text(), option::of(seq()), (users(), any::<bool>()), attachments, data).prop_map(
            |(
                OfMessage { room_id, client_id, .. },
                message,
                reply_to,
                (mentions, mentions_room),
                attachments,
                data,
            )| A::SendMessage {
                room_id,
                message,
                client_id,
                reply_to,
                mentions,
                mentions_room,
                attachments,
                data
            }
        ),
        (of_message(), text(), users(), any::<bool>()).prop_map(
            |(OfMessage { room_id, seq, client_id }, message, mentions, mentions_room)| {
                A::EditMessage { room_id, seq, message, mentions, mentions_room, client_id }
            }
        ),
        (select(vec![A::DeleteMessage, A::Pin, A::Unpin] as Vec<fn(OfMessage) -> A>), of_message())
            .prop_map(|(make, of)| make(of)),
        (select(vec![A::React, A::Unreact] as Vec<fn(Reaction) -> A>), reaction()).prop_map(|(make, of)| make(of)),
        (room(), option::of(seq()), option::of(seq()), option::of(1..=200_u64))
            .prop_map(|(room_id, before, after, limit)| A::History { room_id, before, after, limit }),
    ]
}

fn moderation() -> impl Strategy<Value = ClientAction> {
    use ClientAction as A;
    let until = option::of((0..253_402_300_800_000_i64).prop_map(|ms| TimeText(Timestamp(ms))));
    prop_oneof![
        (select(vec![A::Kick, A::Ban] as Vec<fn(Removal) -> A>), removal()).prop_map(|(make, of)| make(of)),
        (select(vec![A::Unban, A::Invite] as Vec<fn(OfUser) -> A>), of_user()).prop_map(|(make, of)| make(of)),
        (of_user(), until).prop_map(|(OfUser { room_id, user_id, client_id }, until)| A::Mute {
            room_id,
            user_id,
            until,
            client_id
        }),
        (of_user(), select(vec![Role::Member, Role::Moderator, Role::Owner])).prop_map(
            |(OfUser { room_id, user_id, client_id }, role)| A::SetRole { room_id, user_id, role, client_id }
        ),
        (room(), name(), option::of(text()), any::<(Option<bool>, Option<u32>)>(), client_id()).prop_map(
            |(room_id, room_name, topic, (archived, slow_mode_ms), client_id)| A::ChangeRoom {
                room_id,
                room_name: Some(room_name),
                topic,
                archived,
                slow_mode_ms,
                client_id
            }
        ),
    ]
}

proptest! {
    #![proptest_config(support::seeded())]

    #[test]
    fn frames_say_what_they_mean_and_read_back(
        action in prop_oneof![sessions(), messages(), rooms(), moderation(), invitations()],
        id in option::of(any::<u64>()),
    ) {
        let frame = ClientFrame { action, id: id.map(FrameId::from) };
        let json = frame.to_json();
        let request = JsonCodec.decode(json.as_bytes()).unwrap();
        prop_assert_eq!(request.re.map(|re| re.0.to_string()), id.map(|id| id.to_string()));
        prop_assert_eq!(request.call, meant(frame.action.clone()));
        prop_assert_eq!(ClientFrame::parse(json.as_bytes()).unwrap(), frame);
    }
}
