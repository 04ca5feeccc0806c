//! Commands: what a user asks of a room's log.

use sha2::{Digest as _, Sha256};

use crate::{
    AttachmentId, ClientId, Digest, InviteKey, Name, Notice, Post, Role, RoomChange, Seq, Text, Timestamp, UserId,
    emoji, limits,
    refusal::{Code, Refusal},
    unicode,
};

/// A request for one entry in a room's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The client's name for it; a retry under the same name gets the first answer.
    pub client_id: Option<ClientId>,
    /// What is asked.
    pub op: Op,
}

/// What may be asked of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Op {
    /// Become a member.
    Join,
    /// Stop being one, on all devices.
    Leave,
    /// Write a message.
    Send(Post),
    /// Change one's own message.
    Edit {
        /// The message.
        target: Seq,
        /// The new text.
        text: Text,
        /// Whom the new text mentions.
        mentions: Vec<UserId>,
        /// Whether it mentions everybody who is in the room, too.
        mentions_room: bool,
    },
    /// Delete a message.
    Delete {
        /// The message.
        target: Seq,
    },
    /// React to a message.
    React {
        /// The message.
        target: Seq,
        /// With what.
        emoji: Text,
    },
    /// Take a reaction back.
    Unreact {
        /// The message.
        target: Seq,
        /// Which.
        emoji: Text,
    },
    /// Pin a message.
    Pin {
        /// The message.
        target: Seq,
    },
    /// Unpin a message.
    Unpin {
        /// The message.
        target: Seq,
    },
    /// Remove a member, who may come back.
    Kick {
        /// The member.
        user: UserId,
        /// Why.
        reason: Option<Text>,
    },
    /// Remove a user, who may not come back.
    Ban {
        /// The user.
        user: UserId,
        /// Why.
        reason: Option<Text>,
    },
    /// Lift a ban.
    Unban {
        /// The user.
        user: UserId,
    },
    /// Forbid a member to write until then; `None` lifts it.
    Mute {
        /// The member.
        user: UserId,
        /// Until when.
        until: Option<Timestamp>,
    },
    /// Give a member another role.
    SetRole {
        /// The member.
        user: UserId,
        /// The role.
        role: Role,
    },
    /// Give a user the right to join a private room.
    Invite {
        /// The user.
        user: UserId,
    },
    /// Become a member by an invitation's code.
    JoinByInvite {
        /// The code's key.
        key: InviteKey,
    },
    /// Make an invitation by link; key and salt are the engine's choice.
    MakeInvite {
        /// The key of its code.
        key: InviteKey,
        /// See [`Invite::salt`](crate::Invite::salt).
        salt: Text,
        /// Until when it is good; `None` for good.
        expires: Option<Timestamp>,
        /// How many users it lets in; `None` for any number.
        uses: Option<u32>,
    },
    /// Take an invitation by link back.
    RevokeInvite {
        /// The key of its code.
        key: InviteKey,
    },
    /// Change the room: its name, its topic, or whether it is archived.
    Change(RoomChange),
    /// Make the caller's successor an owner, if the caller is the room's last owner: the member who is next by role, and then by the
    /// seq at which they joined. See [`is_of_engine`](Op::is_of_engine).
    HandOver,
    /// In a direct room: block the other user. See [`is_of_engine`](Op::is_of_engine).
    Block {
        /// The other user.
        user: UserId,
    },
    /// In a direct room: block the other user no more. See [`is_of_engine`](Op::is_of_engine).
    Unblock {
        /// The other user.
        user: UserId,
    },
    /// Tell an inbox's owner something. See [`is_of_engine`](Op::is_of_engine).
    Notify(Notice),
}

impl Op {
    /// The name of the operation, as in digests and logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Join => "join",
            Self::Leave => "leave",
            Self::Send(_) => "send",
            Self::Edit { .. } => "edit",
            Self::Delete { .. } => "delete",
            Self::React { .. } => "react",
            Self::Unreact { .. } => "unreact",
            Self::Pin { .. } => "pin",
            Self::Unpin { .. } => "unpin",
            Self::Kick { .. } => "kick",
            Self::Ban { .. } => "ban",
            Self::Unban { .. } => "unban",
            Self::Mute { .. } => "mute",
            Self::SetRole { .. } => "set-role",
            Self::Invite { .. } => "invite",
            Self::JoinByInvite { .. } => "join-by-invite",
            Self::MakeInvite { .. } => "create-invite",
            Self::RevokeInvite { .. } => "revoke-invite",
            Self::Change(change) if change.is_name_alone() => "rename",
            Self::Change(_) => "change-room",
            Self::HandOver => "hand-over",
            Self::Block { .. } => "block",
            Self::Unblock { .. } => "unblock",
            Self::Notify(_) => "notify",
        }
    }

    /// Whether it makes a member of who gives it.
    pub fn is_join(&self) -> bool {
        matches!(self, Self::Join | Self::JoinByInvite { .. })
    }

    /// Whether only the engine gives this command to a room, for a [`Call`](crate::Call) of another kind or by itself.
    pub fn is_of_engine(&self) -> bool {
        self.is_join()
            || matches!(
                self,
                Self::MakeInvite { .. } | Self::HandOver | Self::Block { .. } | Self::Unblock { .. } | Self::Notify(_)
            )
    }

    /// The message it is about.
    pub fn target(&self) -> Option<Seq> {
        match self {
            Self::Edit { target, .. }
            | Self::Delete { target }
            | Self::React { target, .. }
            | Self::Unreact { target, .. }
            | Self::Pin { target }
            | Self::Unpin { target } => Some(*target),
            Self::Send(post) => post.reply_to,
            _ => None,
        }
    }

    /// Whether it has a message mention everybody who is in the room.
    pub fn mentions_room(&self) -> bool {
        match self {
            Self::Send(post) => post.mentions_room,
            Self::Edit { mentions_room, .. } => *mentions_room,
            _ => false,
        }
    }

    /// The other user it is about.
    pub fn subject(&self) -> Option<&UserId> {
        match self {
            Self::Kick { user, .. }
            | Self::Ban { user, .. }
            | Self::Unban { user }
            | Self::Mute { user, .. }
            | Self::SetRole { user, .. }
            | Self::Invite { user }
            | Self::Block { user }
            | Self::Unblock { user } => Some(user),
            _ => None,
        }
    }

    /// Checks what can be checked without knowing the room.
    ///
    /// # Errors
    /// A [`Refusal`] naming the field that breaks a rule.
    pub fn check(&self) -> Result<(), Refusal> {
        match self {
            Self::Send(post) => check_post(post),
            Self::Edit { text, mentions, .. } => {
                check_mentions(mentions)?;
                check_message(text)
            }
            Self::React { emoji, .. } => {
                check_text("emoji", emoji, limits::MAX_EMOJI_BYTES)?;
                let what = || Refusal::field("emoji", "is neither one emoji nor a short name of [a-z0-9_+-]");
                emoji::reaction(emoji).map(drop).ok_or_else(what)
            }
            Self::Change(change) if change.is_empty() => {
                Err(Refusal::field("roomName", "or topic, archived or slowModeMs must be given"))
            }
            Self::Change(change) => check_change(change),
            // What was let in before today's rules can be taken back.
            Self::Unreact { emoji, .. } => check_text("emoji", emoji, limits::MAX_EMOJI_BYTES),
            Self::MakeInvite { uses: Some(uses), .. } if !(1..=limits::MAX_INVITE_USES).contains(uses) => {
                Err(Refusal::field("uses", "must be a whole number from 1 to 100000"))
            }
            Self::Kick { reason: Some(reason), .. } | Self::Ban { reason: Some(reason), .. } => {
                check_text("reason", reason, limits::MAX_REASON_BYTES)
            }
            _ => Ok(()),
        }
    }

    /// The digest of the raw fields, kinds by their names. The encoding below is for ever: stored digests are compared with it.
    pub fn digest(&self) -> Digest {
        let mut fields = Fields(Sha256::new());
        fields.text(self.name());
        match self {
            Self::Join | Self::Leave | Self::HandOver => {}
            Self::Send(post) => fields.post(post),
            Self::Edit { target, text, mentions, mentions_room } => {
                fields.number(*target);
                fields.text(text);
                fields.list(mentions.iter().map(UserId::as_str));
                fields.mentions_room(*mentions_room);
            }
            Self::Delete { target } | Self::Pin { target } | Self::Unpin { target } => fields.number(*target),
            Self::React { target, emoji } | Self::Unreact { target, emoji } => {
                fields.number(*target);
                fields.text(emoji);
            }
            Self::Kick { user, reason } | Self::Ban { user, reason } => {
                fields.text(user.as_str());
                fields.option(reason.as_deref());
            }
            Self::Unban { user } | Self::Invite { user } | Self::Block { user } | Self::Unblock { user } => {
                fields.text(user.as_str());
            }
            Self::JoinByInvite { key } | Self::RevokeInvite { key } => fields.text(key.as_str()),
            // Key and salt are no fields of the request's.
            Self::MakeInvite { expires, uses, .. } => {
                fields.list(expires.iter().map(|t| t.0.to_string()));
                fields.list(uses.iter().map(u32::to_string));
            }
            Self::Mute { user, until } => {
                fields.text(user.as_str());
                fields.list(until.iter().map(|t| t.0.to_string()));
            }
            Self::SetRole { user, role } => {
                fields.text(user.as_str());
                fields.text(role.name());
            }
            Self::Change(RoomChange { name: Some(name), topic: None, archived: None, slow_mode_ms: None }) => {
                fields.text(name.as_str());
            }
            Self::Change(RoomChange { name, topic, archived, slow_mode_ms }) => {
                fields.option(name.as_ref().map(Name::as_str));
                fields.option(topic.as_deref());
                fields.list(archived.iter().map(bool::to_string));
                // Digests from before there was such a thing stay what they are.
                if let Some(ms) = slow_mode_ms {
                    fields.number(u64::from(*ms));
                }
            }
            Self::Notify(notice) => fields.notice(notice),
        }
        Digest(fields.0.finalize().into())
    }
}

/// Length-prefixed, so that no two different lists of fields read the same.
struct Fields(Sha256);

impl Fields {
    fn number(&mut self, number: u64) {
        self.0.update(number.to_be_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.update(text.as_bytes());
    }

    fn list<T: AsRef<str>>(&mut self, items: impl ExactSizeIterator<Item = T>) {
        self.number(items.len() as u64);
        for item in items {
            self.text(item.as_ref());
        }
    }

    fn option(&mut self, text: Option<&str>) {
        self.list(text.into_iter());
    }

    fn notice(&mut self, notice: &Notice) {
        self.text(notice.name());
        match notice {
            Notice::Invited { room, by } | Notice::DirectOpened { room, by } => {
                self.text(room.as_str());
                self.text(by.as_str());
            }
            Notice::Removed { room, by, banned } => {
                self.text(room.as_str());
                self.text(by.as_str());
                self.number(u64::from(*banned));
            }
            Notice::Blocked { user } | Notice::Unblocked { user } => self.text(user.as_str()),
        }
    }

    fn post(&mut self, post: &Post) {
        self.text(&post.text);
        self.number(post.reply_to.unwrap_or(0));
        self.list(post.mentions.iter().map(UserId::as_str));
        self.list(post.attachments.iter().map(AttachmentId::as_str));
        self.option(post.data.as_deref());
        // Digests of messages that do not expire are what they were before any did.
        if let Some(expires) = post.expires_at {
            self.text(&expires.0.to_string());
        }
        self.mentions_room(post.mentions_room);
    }

    /// Digests of what does not mention the room are what they were before anything did.
    fn mentions_room(&mut self, mentions_room: bool) {
        if mentions_room {
            self.text("mentions-room");
        }
    }
}

fn check_change(RoomChange { topic, slow_mode_ms, .. }: &RoomChange) -> Result<(), Refusal> {
    if slow_mode_ms.is_some_and(|ms| ms > limits::MAX_SLOW_MODE_MS) {
        return Err(Refusal::field("slowModeMs", "must be a whole number from 0 to 21600000"));
    }
    match topic {
        Some(topic) if !topic.is_empty() => check_text("topic", topic, limits::MAX_TOPIC_BYTES),
        _ => Ok(()),
    }
}

fn check_post(post: &Post) -> Result<(), Refusal> {
    check_message(&post.text)?;
    check_mentions(&post.mentions)?;
    if post.attachments.len() > limits::MAX_ATTACHMENTS {
        return Err(Refusal::field("attachments", "a message has at most 16 attachments"));
    }
    match &post.data {
        Some(data) => check_text("data", data, limits::MAX_DATA_BYTES),
        None => Ok(()),
    }
}

/// A message shows something; otherwise its text is the sender's, byte for byte.
fn check_message(text: &str) -> Result<(), Refusal> {
    check_text("message", text, limits::MAX_TEXT_BYTES)?;
    if unicode::shows_something(text) { Ok(()) } else { Err(Refusal::field("message", "shows nothing")) }
}

fn check_mentions(mentions: &[UserId]) -> Result<(), Refusal> {
    if mentions.len() > limits::MAX_MENTIONS {
        return Err(Refusal::field("mentions", "a message mentions at most 64 users"));
    }
    Ok(())
}

fn check_text(field: &'static str, text: &str, most: usize) -> Result<(), Refusal> {
    if text.is_empty() {
        return Err(Refusal::field(field, "is empty"));
    }
    if text.contains('\0') {
        return Err(Refusal::field(field, "holds U+0000"));
    }
    if text.len() > most {
        let message = format!("is longer than {most} bytes");
        return Err(Refusal { code: Code::TooLarge, ..Refusal::field(field, message) });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
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
}
