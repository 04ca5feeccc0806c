//! An event that was packed is unpacked as itself.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;

use chat_model::{
    AttachmentId, Body, Claim, ClientId, Cursor, Digest, Entry, Epoch, Event, InviteCode, InviteKey, Leaving, Name,
    Notice, Post, Presence, Role, RoomChange, RoomId, Text, Timestamp, UserId, Who,
};
use proptest::{
    collection::vec,
    option::of,
    prelude::*,
    test_runner::{Config, RngSeed},
};
use uuid::Uuid;

fn room() -> impl Strategy<Value = RoomId> {
    "[A-Za-z0-9_:-]{1,64}".prop_map(|id| RoomId::parse(id).unwrap())
}

fn user() -> impl Strategy<Value = UserId> {
    "[A-Za-z0-9_:-]{1,64}".prop_map(|id| UserId::parse(id).unwrap())
}

fn name() -> impl Strategy<Value = Name> {
    "[a-zé🐙]{1,16}".prop_map(|name| Name::parse(name).unwrap())
}

fn text() -> impl Strategy<Value = Text> {
    any::<String>().prop_map(Text::from)
}

fn at() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp)
}

fn epoch() -> impl Strategy<Value = Epoch> {
    any::<u64>().prop_map(Epoch::from_random)
}

fn who() -> impl Strategy<Value = Who> {
    (user(), of(name())).prop_map(|(user, name)| Who { user, name })
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Member), Just(Role::Moderator), Just(Role::Owner)]
}

fn post() -> impl Strategy<Value = Post> {
    let attachment = "[a-z]{1,8}".prop_map(|id| AttachmentId::parse(id).unwrap());
    (
        text(),
        of(any::<u64>()),
        (vec(user(), 0..4), any::<bool>()),
        vec(attachment, 0..4),
        of(text()),
        of(any::<i64>().prop_map(Timestamp)),
    )
        .prop_map(|(text, reply_to, (mentions, mentions_room), attachments, data, expires_at)| Post {
            text,
            reply_to,
            mentions,
            mentions_room,
            attachments,
            data,
            expires_at,
        })
}

fn key() -> impl Strategy<Value = InviteKey> {
    any::<[u8; 16]>().prop_map(|secret| InviteCode::new("r".parse().unwrap(), secret).key())
}

fn notice() -> impl Strategy<Value = Notice> {
    prop_oneof![
        (room(), user()).prop_map(|(room, by)| Notice::Invited { room, by }),
        (room(), user(), any::<bool>()).prop_map(|(room, by, banned)| Notice::Removed { room, by, banned }),
        (room(), user()).prop_map(|(room, by)| Notice::DirectOpened { room, by }),
        user().prop_map(|user| Notice::Blocked { user }),
        user().prop_map(|user| Notice::Unblocked { user }),
    ]
}

fn body() -> impl Strategy<Value = Body> {
    let seq = any::<u64>;
    prop_oneof![
        post().prop_map(Body::Message),
        user().prop_map(|user| Body::Blocked { user }),
        user().prop_map(|user| Body::Unblocked { user }),
        (seq(), text(), vec(user(), 0..4), any::<bool>())
            .prop_map(|(target, text, mentions, mentions_room)| Body::Edited { target, text, mentions, mentions_room }),
        seq().prop_map(|target| Body::Deleted { target }),
        (seq(), text()).prop_map(|(target, emoji)| Body::Reacted { target, emoji }),
        (seq(), text()).prop_map(|(target, emoji)| Body::Unreacted { target, emoji }),
        (role(), any::<bool>(), of(key())).prop_map(|(role, guest, invite)| Body::Joined { role, guest, invite }),
        (key(), text(), of(at()), of(any::<u32>())).prop_map(|(key, salt, expires, uses)| Body::InviteMade {
            key,
            salt,
            expires,
            uses
        }),
        key().prop_map(|key| Body::InviteRevoked { key }),
        prop_oneof![Just(Leaving::Left), Just(Leaving::Gone)].prop_map(|why| Body::Left { why }),
        (user(), role()).prop_map(|(user, role)| Body::RoleChanged { user, role }),
        (user(), of(text())).prop_map(|(user, reason)| Body::Kicked { user, reason }),
        (user(), any::<bool>(), of(text())).prop_map(|(user, was_member, reason)| Body::Banned {
            user,
            was_member,
            reason
        }),
        user().prop_map(|user| Body::Unbanned { user }),
        (user(), of(at())).prop_map(|(user, until)| Body::Muted { user, until }),
        user().prop_map(|user| Body::Invited { user }),
        (of(name()), of(text()), any::<Option<bool>>(), of(any::<u32>())).prop_map(
            |(name, topic, archived, slow_mode_ms)| Body::from(RoomChange { slow_mode_ms, name, topic, archived })
        ),
        seq().prop_map(|target| Body::Pinned { target }),
        seq().prop_map(|target| Body::Unpinned { target }),
        Just(Body::Unchanged),
        notice().prop_map(Body::Notice),
        Just(Body::Unknown),
    ]
}

fn entry() -> impl Strategy<Value = Arc<Entry>> {
    let claim = ("[ -~]{1,64}", any::<[u8; 32]>())
        .prop_map(|(id, digest)| Claim { client_id: ClientId::parse(id).unwrap(), digest: Digest(digest) });
    let draft_id = any::<u128>().prop_map(Uuid::from_u128);
    (any::<u64>(), draft_id, at(), user(), of(claim), any::<bool>(), any::<u64>(), body()).prop_map(
        |(seq, draft_id, at, sender, claim, told, after, body)| {
            Arc::new(Entry { seq, draft_id, at, sender, claim, told, after, body })
        },
    )
}

fn event() -> impl Strategy<Value = Event> {
    let number = any::<u64>;
    let presence = prop_oneof![
        Just(Presence::Online),
        Just(Presence::Away),
        of(at()).prop_map(|last_seen| Presence::Offline { last_seen })
    ];
    prop_oneof![
        10 => (room(), entry(), number(), who(), of(who()))
            .prop_map(|(room, entry, after, sender, subject)| Event::Entry { room, entry, after, sender, subject }),
        1 => (room(), epoch(), number())
            .prop_map(|(room, epoch, seq)| Event::Subscribed { room, at: Cursor { epoch, seq } }),
        1 => (room(), epoch(), number(), number())
            .prop_map(|(room, epoch, oldest, head)| Event::Gap { room, epoch, oldest, head }),
        1 => room().prop_map(|room| Event::Interrupted { room }),
        1 => room().prop_map(|room| Event::Reset { room }),
        1 => (room(), vec(who(), 0..4), vec(who(), 0..4), number(), number()).prop_map(
            |(room, joined, left, members, online)| Event::MembersChanged { room, joined, left, members, online }
        ),
        1 => (room(), who()).prop_map(|(room, who)| Event::Typing { room, who }),
        1 => (room(), who(), presence, number()).prop_map(
            |(room, who, presence, online)| Event::PresenceChanged { room, who, presence, online }
        ),
        1 => (room(), who()).prop_map(|(room, who)| Event::UserRenamed { room, who }),
        1 => (room(), who(), number()).prop_map(|(room, who, seq)| Event::HasRead { room, who, seq }),
        1 => text().prop_map(|data| Event::Pushed { data }),
        1 => number().prop_map(|retry_after_ms| Event::Goaway { retry_after_ms }),
    ]
}

proptest! {
    #![proptest_config(Config {
        cases: 1_000, rng_seed: RngSeed::Fixed(20_261_128), failure_persistence: None, ..Config::default()
    })]

    #[test]
    fn what_was_packed_is_unpacked(event in event()) {
        let mut bytes = b"before".to_vec();
        event.pack(&mut bytes);
        prop_assert!(bytes.starts_with(b"before"), "it is written behind what is there");
        prop_assert_eq!(Event::unpack(&bytes[6..]), Some(event));
    }

    #[test]
    fn nothing_else_is_unpacked(event in event(), cut in any::<prop::sample::Index>(), more in any::<u8>()) {
        let mut bytes = Vec::new();
        event.pack(&mut bytes);
        prop_assert_eq!(Event::unpack(&bytes[..cut.index(bytes.len())]), None, "it was cut off");
        bytes.push(more);
        prop_assert_eq!(Event::unpack(&bytes), None, "something follows");
    }

    #[test]
    fn no_bytes_make_it_panic_or_take_much_memory(bytes in vec(any::<u8>(), 0..200)) {
        drop(Event::unpack(&bytes));
    }
}
