//! A node that has not heard yet of what another one has written: nobody gets by it what has been taken from them. There is no bus, so that
//! only the store tells the nodes of each other.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use chat_core::{
    Call, Caller, Chat, ClientId, Code, Command, Hides, InviteCode, MemoryStore, Name, NewRoom, Op, OwnRooms, People,
    Post, Refusal, Reply, Restriction, Role, RoomId, RoomKind, Seq, Store as _, UserId, Window, async_trait,
};

fn user(id: &str) -> Caller {
    Caller::new(UserId::parse(id).unwrap(), Name::parse(id).unwrap())
}

/// Everybody who is asked for is there.
struct All;

#[async_trait]
impl People for All {
    async fn name_of(&self, user: &UserId) -> Result<Option<Name>, Refusal> {
        Ok(Name::parse(user.as_str()).ok())
    }

    async fn hidden(&self, _: &[UserId]) -> Result<Vec<(UserId, Hides)>, Refusal> {
        Ok(Vec::new())
    }
}

/// Two nodes on one store. Ann owns the room; Bob does, too, and writes on the second node alone.
struct Place {
    store: Arc<MemoryStore>,
    here: Chat,
    there: Chat,
    room: RoomId,
    message: Seq,
}

impl Place {
    async fn new() -> Self {
        let store = Arc::new(MemoryStore::new());
        let node = |number| {
            let chat = Chat::builder().store(store.clone()).people(All).announcements(true);
            chat.node(number).secret([7; 32]).build()
        };
        let (here, there) = (node(1), node(2));
        let room = here.create_room(&user("ann"), NewRoom::public(Name::parse("Talk").unwrap())).await.unwrap().room;
        let mut place = Self { store, here, there, room, message: 0 };
        place.done(&place.here, "bob", Op::Join).await;
        place.done(&place.here, "ann", Op::SetRole { user: user("bob").user, role: Role::Owner }).await;
        place.done(&place.here, "cid", Op::Join).await;
        place.done(&place.here, "ann", Op::Ban { user: user("dan").user, reason: None }).await;
        place.message = place.here.send(&user("ann"), &place.room, Post::text("first")).await.unwrap().seq;
        place.done(&place.here, "ann", Op::Pin { target: place.message }).await;
        place.here.create_invite(&user("ann"), &place.room, None, None).await.unwrap();
        // The second node has the room open, and knows Bob as an owner.
        place.done(&place.there, "bob", Op::React { target: place.message, emoji: "\u{1f44d}".into() }).await;
        place
    }

    async fn done(&self, node: &Chat, who: &str, op: Op) {
        let command = Command { client_id: None, op };
        node.command(&user(who), &self.room, command).await.unwrap();
    }

    /// Bob is an owner no more, and banned, on the first node. What Ann writes then is not for him.
    async fn ban_bob(&self) {
        self.done(&self.here, "ann", Op::SetRole { user: user("bob").user, role: Role::Member }).await;
        self.done(&self.here, "ann", Op::Ban { user: user("bob").user, reason: None }).await;
        let text = "secret".into();
        let edit = Op::Edit { target: self.message, text, mentions: Vec::new(), mentions_room: false };
        self.done(&self.here, "ann", edit).await;
    }

    async fn asked(&self, node: &Chat, call: Call) -> Result<Reply, Code> {
        node.call(&user("bob"), call).await.map_err(|refusal| refusal.code)
    }

    fn questions(&self) -> Vec<Call> {
        let (room, message) = (|| self.room.clone(), self.message);
        let restricted = |restriction| Call::Restricted { room: room(), restriction, after: None, limit: 10 };
        vec![
            Call::History { room: room(), window: Window::last(None, 10) },
            Call::Reactions { room: room(), message, after: None, limit: 10 },
            Call::Edits { room: room(), message, after: 0, limit: 10 },
            Call::Pins { room: room(), before: None, limit: 10 },
            Call::Members { room: room(), after: None, limit: 10 },
            Call::Reads { room: room() },
            Call::Invites { room: room() },
            restricted(Restriction::Ban),
            restricted(Restriction::Mute),
        ]
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_is_shown_what_was_written_after_they_were_banned_on_another_node() {
    for n in 0..Place::new().await.questions().len() {
        let place = Place::new().await;
        let call = || place.questions().swap_remove(n);
        let name = call().name();
        place.asked(&place.there, call()).await.unwrap_or_else(|code| panic!("{name}: {}", code.as_str()));
        place.ban_bob().await;
        let told = place.asked(&place.there, call()).await;
        assert_eq!(told.err(), Some(Code::Banned), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_private_room_is_gone_for_whoever_was_removed_on_another_node() {
    let (place, ann, bob) = (Place::new().await, user("ann"), user("bob"));
    let new = NewRoom { kind: RoomKind::Private, ..NewRoom::public(Name::parse("Den").unwrap()) };
    let den = place.here.create_room(&ann, new).await.unwrap().room;
    let code = place.here.create_invite(&ann, &den, None, Some(1)).await.unwrap().code.unwrap();
    place.there.join_by_invite(&bob, &code).await.unwrap();
    place.there.room(&bob, &den).await.unwrap();
    let kick = Command { client_id: None, op: Op::Kick { user: bob.user.clone(), reason: None } };
    place.here.command(&ann, &den, kick).await.unwrap();
    assert_eq!(place.there.room(&bob, &den).await.unwrap_err().code, Code::RoomNotFound);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_shows_nothing_new_needs_no_second_judgement() {
    let place = Place::new().await;
    place.done(&place.here, "ann", Op::SetRole { user: user("bob").user, role: Role::Member }).await;
    place.done(&place.here, "ann", Op::Ban { user: user("bob").user, reason: None }).await;
    let history = Call::History { room: place.room.clone(), window: Window::last(None, 10) };
    let Ok(Reply::History(history)) = place.asked(&place.there, history).await else { panic!() };
    assert_eq!(history.messages.len(), 1);
    assert!(history.head < place.store.room(&place.room).await.unwrap().unwrap().head);
}

/// Time goes on here, so that a deletion that never comes to be judged anew gives up.
#[tokio::test]
async fn an_owner_of_before_deletes_no_room_by_a_node_that_has_not_heard_of_it() {
    let place = Place::new().await;
    place.ban_bob().await;
    let delete = Call::DeleteRoom { room: place.room.clone() };
    assert_eq!(place.asked(&place.there, delete).await.err(), Some(Code::Banned));
    assert!(place.store.room(&place.room).await.unwrap().is_some());
}

/// And here, so that one that is never let in does.
#[tokio::test]
async fn an_owner_deletes_a_room_in_which_others_write_without_end_on_every_node() {
    let (place, is_over) = (Place::new().await, AtomicBool::new(false));
    let write = async |node: &Chat, who: &str| {
        while !is_over.load(Ordering::Relaxed) && node.send(&user(who), &place.room, Post::text("more")).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    let delete = async {
        let deleted = place.asked(&place.there, Call::DeleteRoom { room: place.room.clone() }).await;
        is_over.store(true, Ordering::Relaxed);
        deleted
    };
    let (deleted, ..) =
        tokio::join!(delete, write(&place.here, "ann"), write(&place.here, "cid"), write(&place.there, "bob"),);
    deleted.unwrap();
    assert!(place.store.room(&place.room).await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_revoked_code_shows_nobody_the_room_on_a_node_that_has_not_heard_of_it() {
    let place = Place::new().await;
    let code: InviteCode = place.here.create_invite(&user("ann"), &place.room, None, None).await.unwrap().code.unwrap();
    let asked = || Call::InvitedTo { room: place.room.clone(), key: code.key() };
    place.there.call(&user("eve"), asked()).await.unwrap();
    place.done(&place.here, "ann", Op::RevokeInvite { key: code.key() }).await;
    assert_eq!(place.there.call(&user("eve"), asked()).await.unwrap_err().code, Code::InviteNotFound);
}

#[tokio::test(start_paused = true)]
async fn who_may_invite_no_more_is_told_no_code_again() {
    for on_another_node in [false, true] {
        let place = Place::new().await;
        let node = if on_another_node { &place.there } else { &place.here };
        let client_id = ClientId::parse("i-1").ok();
        let make =
            || Call::MakeInvite { room: place.room.clone(), expires: None, uses: None, client_id: client_id.clone() };
        let code = async || match place.asked(node, make()).await {
            Ok(Reply::InviteMade { invite, .. }) => Ok(invite.code.unwrap()),
            Ok(_) => panic!("an invitation is made"),
            Err(code) => Err(code),
        };
        let first = code().await.unwrap();
        assert_eq!(code().await, Ok(first), "whoever may invite is told it again");
        place.ban_bob().await;
        assert_eq!(code().await, Err(Code::Banned), "{on_another_node}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_direct_room_is_opened_to_nobody_who_was_blocked_on_another_node() {
    let place = Place::new().await;
    place.there.send_direct(&user("bob"), &user("ann").user, Post::text("hello")).await.unwrap();
    place.here.block(&user("ann"), &user("bob").user).await.unwrap();
    let opened = place.there.direct(&user("bob"), &user("ann").user).await;
    assert_eq!(opened.unwrap_err().code, Code::Blocked);
}

#[tokio::test(start_paused = true)]
async fn who_was_banned_from_announcements_on_another_node_is_shown_none() {
    let (place, root) = (Place::new().await, user("root").administrator());
    place.here.broadcast(&root, Post::text("hello")).await.unwrap();
    let own = async || {
        let (rooms, _) = place.there.my_rooms(&user("bob"), &OwnRooms::latest(), 10).await.unwrap();
        rooms.into_iter().any(|own| own.record.room.is_reserved())
    };
    assert!(own().await);
    let ban = Command { client_id: None, op: Op::Ban { user: user("bob").user, reason: None } };
    place.here.command(&root, &RoomId::announcements(), ban).await.unwrap();
    place.here.broadcast(&root, Post::text("secret")).await.unwrap();
    assert!(!own().await);
}
