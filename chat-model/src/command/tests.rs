use super::*;

/// The beginnings of the digests of `each_kind`.
const PINNED: [&str; 32] = [
    "join faa9aab8b72fe3f4",
    "leave 69d1d92ce887dc16",
    "send 3ad2a7a4a89f1af6",
    "edit da07112afd935f8e",
    "delete 989e93a44819a1bd",
    "react 9bed1043b63509d4",
    "unreact e41fda0cfa60729e",
    "pin 8fba7387cfcef40c",
    "unpin dc2ee6eedb333eb7",
    "kick 45e050cc44becf5e",
    "ban 944df58bd97dd707",
    "unban ec788be7488932a6",
    "mute cbade15ff65310bc",
    "set-role ed3d9f26b2e157c0",
    "set-role 3681fceb20e34001",
    "set-role f14b5912d413b031",
    "invite 1cc8351c2fbcab67",
    "join-by-invite 6de1cd74836230e0",
    "create-invite 1578694ed98a2aa8",
    "revoke-invite 83596a1bb37d7763",
    "rename f61ea2b7b463c270",
    "change-room ac095e2ae0a346a6",
    "change-room 4b6424f2a0afb54e",
    "notify cdd3b8b77d2c5be8",
    "notify db62b00658fe061d",
    "notify 99f07e5b06f0b070",
    "notify 83f611e3e2620f40",
    "notify 5dd3f12341b20424",
    "notify 712840a541a2c5fe",
    "block a2c17ee22beb7f3a",
    "unblock e3c60fa86a9d69f8",
    "hand-over cb1735b1c5f0e0e4",
];

#[test]
fn fields_do_not_run_into_each_other() {
    let user = |text: &str| UserId::parse(text).unwrap();
    let edit = |text: &str, mention: &str| Op::Edit {
        target: 1,
        text: text.into(),
        mentions: vec![user(mention)],
        mentions_room: false,
    };
    assert_ne!(edit("ab", "c").digest(), edit("a", "bc").digest());
    assert_ne!(Op::Pin { target: 1 }.digest(), Op::Unpin { target: 1 }.digest());
    assert_eq!(edit("ab", "c").digest(), edit("ab", "c").digest());
}

/// One of each kind, with all that it may have.
fn each_kind() -> Vec<Op> {
    let (bob, reason) = (UserId::parse("bob").unwrap(), || Some(Text::from("why")));
    let post = Post {
        text: "hello".into(),
        reply_to: Some(3),
        mentions: vec![bob.clone()],
        mentions_room: false,
        attachments: vec![AttachmentId::parse("file").unwrap()],
        data: Some("{}".into()),
        expires_at: None,
    };
    let room = crate::RoomId::parse("lobby").unwrap();
    let (of, by) = (room.clone(), bob.clone());
    let removed = |banned| Notice::Removed { room: of.clone(), by: by.clone(), banned };
    let key = || crate::InviteCode::new(of.clone(), [7; 16]).key();
    let role = |role| Op::SetRole { user: bob.clone(), role };
    vec![
        Op::Join,
        Op::Leave,
        Op::Send(post),
        Op::Edit { target: 1, text: "new".into(), mentions: vec![bob.clone()], mentions_room: false },
        Op::Delete { target: 1 },
        Op::React { target: 1, emoji: "👍".into() },
        Op::Unreact { target: 1, emoji: "👍".into() },
        Op::Pin { target: 1 },
        Op::Unpin { target: 1 },
        Op::Kick { user: bob.clone(), reason: reason() },
        Op::Ban { user: bob.clone(), reason: reason() },
        Op::Unban { user: bob.clone() },
        Op::Mute { user: bob.clone(), until: Some(Timestamp(7)) },
        role(Role::Member),
        role(Role::Moderator),
        role(Role::Owner),
        Op::Invite { user: bob.clone() },
        Op::JoinByInvite { key: key() },
        Op::MakeInvite { key: key(), salt: "salt".into(), expires: Some(Timestamp(7)), uses: Some(3) },
        Op::RevokeInvite { key: key() },
        Op::Change(RoomChange::name(Name::parse("Lobby").unwrap())),
        Op::Change(RoomChange { topic: Some("Rust".into()), archived: Some(true), ..RoomChange::default() }),
        Op::Change(RoomChange::slow_mode(5_000)),
        Op::Notify(Notice::Invited { room: room.clone(), by: bob.clone() }),
        Op::Notify(removed(false)),
        Op::Notify(removed(true)),
        Op::Notify(Notice::DirectOpened { room, by: bob.clone() }),
        Op::Notify(Notice::Blocked { user: bob.clone() }),
        Op::Notify(Notice::Unblocked { user: bob.clone() }),
        Op::Block { user: bob.clone() },
        Op::Unblock { user: bob },
        Op::HandOver,
    ]
}

#[test]
fn digests_of_today_are_those_of_ever() {
    let hex = |op: &Op| op.digest().0[..8].iter().map(|b| format!("{b:02x}")).collect::<String>();
    let digests: Vec<String> = each_kind().iter().map(|op| format!("{} {}", op.name(), hex(op))).collect();
    assert_eq!(digests, PINNED);
    assert_eq!(hex(&Op::Send(Post { reply_to: Some(3), ..Post::text("hello") })), "33be9208cb6e6db5");
    let until = |ms| Op::Send(Post { expires_at: Some(Timestamp(ms)), ..Post::text("hello") });
    assert!(until(1).digest() != until(2).digest() && until(1).digest() != Op::Send(Post::text("hello")).digest());
    let everybody = |post| Op::Send(Post { mentions_room: true, ..post });
    let edit = |mentions_room| Op::Edit { target: 1, text: "new".into(), mentions: Vec::new(), mentions_room };
    let to_all =
        [everybody(Post::text("hello")), everybody(Post { reply_to: Some(3), ..Post::text("hello") }), edit(true)];
    assert_eq!(to_all.each_ref().map(hex), ["03cf8a96852aec46", "ebae69fb7b9567f6", "c155c754f5f9dc98"]);
    assert_ne!(edit(true).digest(), edit(false).digest());
    let kinds: std::collections::BTreeSet<&str> = each_kind().iter().map(Op::name).collect();
    assert_eq!(kinds.len(), 24, "every kind has its digest here");
}

#[test]
fn names_in_digests_are_those_of_the_stored_form() {
    for op in each_kind() {
        match op {
            Op::SetRole { role, .. } => assert_eq!(serde_json::to_value(role).unwrap(), role.name()),
            Op::Notify(notice) => assert_eq!(serde_json::to_value(&notice).unwrap()["notice"], notice.name()),
            _ => {}
        }
    }
}

#[test]
fn a_message_shows_something() {
    let edit = |text: &str| Op::Edit { target: 1, text: text.into(), mentions: Vec::new(), mentions_room: false };
    for text in [
        " ",
        "\n",
        "\t \r\n",
        "\u{a0}",
        "\u{3000}",
        "\u{200b}",
        "\u{200d}\u{200c}",
        "\u{fe0f}",
        "\u{301}",
        " \u{301}",
        "\u{202e}",
        "\u{2028}",
        "\u{3164}",
        "\u{2800}",
        "\u{e0061}",
        "\u{7f}",
        "\u{feff}",
        "\u{180e}",
        "\u{ad}",
    ] {
        for op in [Op::Send(Post::text(text)), edit(text)] {
            assert_eq!(op.check().unwrap_err().code, Code::InvalidField, "{text:?}");
        }
    }
    for text in
        [".", "a", " a ", "\u{200b}a", "❤\u{fe0f}", "👩\u{200d}💻", "x\u{301}", "한", "\u{e000}", "🇩🇪", "1", "न"]
    {
        for op in [Op::Send(Post::text(text)), edit(text)] {
            assert_eq!(op.check(), Ok(()), "{text:?}");
        }
    }
}

#[test]
fn a_reaction_is_an_emoji_and_what_was_no_such_thing_can_be_taken_back() {
    let react = |emoji: &str| Op::React { target: 1, emoji: emoji.into() };
    let unreact = |emoji: &str| Op::Unreact { target: 1, emoji: emoji.into() };
    for emoji in ["\n", "\u{200d}", "hello there", "👍👍"] {
        assert_eq!(react(emoji).check().unwrap_err().code, Code::InvalidField, "{emoji:?}");
        assert_eq!(unreact(emoji).check(), Ok(()), "{emoji:?}");
    }
    assert_eq!((react("❤").check(), react("ok").check()), (Ok(()), Ok(())));
    assert_ne!(react("❤").digest(), react("❤\u{fe0f}").digest(), "digests are over the raw fields");
}

#[test]
fn texts_are_bounded_and_hold_no_nul() {
    assert_eq!(Op::Send(Post::text("a\0b")).check().unwrap_err().code, Code::InvalidField);
    assert_eq!(Op::Send(Post::text("")).check().unwrap_err().code, Code::InvalidField);
    let long = "x".repeat(limits::MAX_TEXT_BYTES + 1);
    assert_eq!(Op::Send(Post::text(long)).check().unwrap_err().code, Code::TooLarge);
    assert!(Op::Send(Post::text("x".repeat(limits::MAX_TEXT_BYTES))).check().is_ok());
}
