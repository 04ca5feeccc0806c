//! Invitations by link: who makes them, whom they let in, and how they end.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;

use chat_core::{
    Body, Call, Caller, Chat, ClientId, Code, Command, Entry, InviteCode, ListedInvite, MemoryStore, Name, NewRoom, Op,
    Refusal, Reply, Role, RoomId, RoomKind, SeededEnvironment, Store, Timestamp, UserId, Window, limits,
};
use futures_util::future::join_all;

const NOW: i64 = 1_800_000_000_000;

/// Some engines on one store, as nodes with one secret are.
struct Place {
    store: Arc<MemoryStore>,
    clock: Arc<SeededEnvironment>,
    nodes: Vec<Chat>,
    room: RoomId,
}

impl Place {
    async fn new(kind: RoomKind) -> Self {
        Self::with_nodes(kind, 1).await
    }

    async fn with_nodes(kind: RoomKind, nodes: usize) -> Self {
        let (store, clock) = (Arc::new(MemoryStore::new()), Arc::new(SeededEnvironment::new(1, Timestamp(NOW))));
        let node = |_| {
            let chat = Chat::builder().store(store.clone()).environment(clock.clone()).secret([7; 32]);
            chat.guests(true).build()
        };
        let nodes: Vec<Chat> = (0..nodes).map(node).collect();
        let new = NewRoom { kind, ..NewRoom::public(Name::parse("Den").unwrap()) };
        let owner = if kind == RoomKind::Announcement { user("ann").administrator() } else { user("ann") };
        let room = nodes[0].create_room(&owner, new).await.unwrap().room;
        Self { store, clock, nodes, room }
    }

    fn chat(&self) -> &Chat {
        &self.nodes[0]
    }

    async fn make(&self, by: &str, expires: Option<i64>, uses: Option<u32>) -> Result<InviteCode, Code> {
        let made = self.chat().create_invite(&user(by), &self.room, expires.map(Timestamp), uses).await;
        made.map(|made| made.code.unwrap()).map_err(|refusal| refusal.code)
    }

    async fn join(&self, who: &str, code: &InviteCode) -> Result<(), Code> {
        self.chat().join_by_invite(&user(who), code).await.map(drop).map_err(|refusal| refusal.code)
    }

    async fn list(&self) -> Vec<ListedInvite> {
        self.chat().invites(&user("ann"), &self.room).await.unwrap()
    }

    async fn done(&self, who: &str, op: Op) -> Result<(), Code> {
        let command = Command { client_id: None, op };
        self.chat().command(&user(who), &self.room, command).await.map(drop).map_err(|refusal| refusal.code)
    }

    async fn log(&self) -> Vec<Entry> {
        self.store.entries(&self.room, Window::after(0, limits::MAX_PAGE)).await.unwrap().items
    }
}

fn user(id: &str) -> Caller {
    Caller::new(UserId::parse(id).unwrap(), Name::parse(id).unwrap())
}

#[tokio::test]
async fn a_code_lets_in_as_many_as_it_says_and_a_member_uses_nothing_up() {
    let place = Place::new(RoomKind::Private).await;
    let code = place.make("ann", None, Some(2)).await.unwrap();
    for who in ["bob", "bob", "ann"] {
        place.join(who, &code).await.unwrap();
    }
    assert_eq!((place.list().await.len(), place.list().await[0].invite.used), (1, 1));
    place.join("cat", &code).await.unwrap();
    assert!(place.list().await.is_empty());
    assert_eq!(place.join("dan", &code).await, Err(Code::InviteNotFound));
    place.join("cat", &code).await.expect("a member needs no code");
    let joined = place.log().await.into_iter().filter(|entry| entry.body.changes_invites());
    assert_eq!(joined.filter(|entry| matches!(entry.body, Body::Joined { .. })).count(), 2);
    assert_eq!(place.chat().room(&user("bob"), &place.room).await.unwrap().members, 3);
}

#[tokio::test]
async fn of_many_who_come_at_once_over_several_nodes_no_more_come_in_than_the_code_says() {
    let place = Place::with_nodes(RoomKind::Private, 3).await;
    let code = place.make("ann", None, Some(5)).await.unwrap();
    let come = |n: usize| {
        let (chat, code, who) = (&place.nodes[n % 3], &code, user(&format!("u{n}")));
        async move { chat.join_by_invite(&who, code).await }
    };
    let answers: Vec<Result<_, Refusal>> = join_all((0..40).map(come)).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 5);
    assert!(answers.iter().filter_map(|answer| answer.as_ref().err()).all(|it| it.code == Code::InviteNotFound));
    assert_eq!(place.chat().room(&user("ann"), &place.room).await.unwrap().members, 6);
}

#[tokio::test]
async fn a_join_that_is_sent_again_is_done_once_although_the_code_is_spent() {
    let place = Place::new(RoomKind::Private).await;
    let code = place.make("ann", None, Some(1)).await.unwrap();
    let join = |client_id: &str| Call::Join {
        room: place.room.clone(),
        username: None,
        guest_token: None,
        invite: Some(code.key()),
        client_id: Some(ClientId::parse(client_id).unwrap()),
    };
    let ack = async |client_id: &str| match place.chat().call(&user("bob"), join(client_id)).await {
        Ok(Reply::Committed { receipt, .. }) => Ok(receipt.seq),
        Ok(_) => panic!("a join is acked"),
        Err(refusal) => Err(refusal.code),
    };
    let first = ack("j-1").await.unwrap();
    place.done("bob", Op::Leave).await.unwrap();
    assert_eq!(ack("j-1").await, Ok(first), "the first ack");
    assert_eq!(ack("j-2").await, Err(Code::InviteNotFound));
}

#[tokio::test]
async fn what_is_no_good_code_is_answered_in_one_way() {
    let place = Place::new(RoomKind::Private).await;
    let (lasting, short) =
        (place.make("ann", None, None).await.unwrap(), place.make("ann", Some(NOW + 1_000), None).await.unwrap());
    let nowhere = InviteCode::new(RoomId::parse("nowhere").unwrap(), [1; 16]);
    let wrong = InviteCode::new(place.room.clone(), [1; 16]);
    place.clock.set_wall(Timestamp(NOW + 999));
    place.join("bob", &short).await.unwrap();
    place.clock.set_wall(Timestamp(NOW + 1_000));
    place.done("ann", Op::RevokeInvite { key: lasting.key() }).await.unwrap();
    for code in [&nowhere, &wrong, &short, &lasting] {
        assert_eq!(place.join("eve", code).await, Err(Code::InviteNotFound), "{code:?}");
        let asked = Call::InvitedTo { room: code.room().clone(), key: code.key() };
        assert_eq!(place.chat().call(&user("eve"), asked).await.unwrap_err().code, Code::InviteNotFound, "{code:?}");
    }
    let gone = Place::new(RoomKind::Private).await;
    let code = gone.make("ann", None, None).await.unwrap();
    gone.chat().delete_room(&user("ann"), &gone.room).await.unwrap();
    assert_eq!(gone.join("eve", &code).await, Err(Code::InviteNotFound));
    let revoked = place.done("ann", Op::RevokeInvite { key: lasting.key() }).await;
    assert_eq!(revoked, Err(Code::InviteNotFound), "what is revoked is not there");
}

#[tokio::test]
async fn whoever_has_a_good_code_sees_to_which_room_before_they_come_in_and_the_banned_stay_out() {
    let place = Place::new(RoomKind::Private).await;
    let code = place.make("ann", None, Some(1)).await.unwrap();
    let asked = || Call::InvitedTo { room: code.room().clone(), key: code.key() };
    let Ok(Reply::Room(record)) = place.chat().call(&user("bob"), asked()).await else { panic!() };
    assert_eq!((record.room, record.meta.name.as_str()), (place.room.clone(), "Den"));
    assert_eq!(place.list().await[0].invite.used, 0);
    place.done("ann", Op::Ban { user: user("eve").user, reason: None }).await.unwrap();
    assert_eq!(place.join("eve", &code).await, Err(Code::Banned));
    assert_eq!(place.chat().call(&user("eve"), asked()).await.unwrap_err().code, Code::Banned);
    assert_eq!(place.list().await[0].invite.used, 0);
    place.join("bob", &code).await.unwrap();
}

#[tokio::test]
async fn moderators_make_see_and_revoke_them_and_members_see_none_of_it() {
    let place = Place::new(RoomKind::Private).await;
    let code = place.make("ann", None, None).await.unwrap();
    place.join("bob", &code).await.unwrap();
    assert_eq!(place.make("bob", None, None).await, Err(Code::Forbidden));
    let list = place.chat().invites(&user("bob"), &place.room).await;
    assert_eq!(list.unwrap_err().code, Code::Forbidden);
    assert_eq!(place.done("bob", Op::RevokeInvite { key: code.key() }).await, Err(Code::Forbidden));
    assert_eq!(place.make("eve", None, None).await, Err(Code::RoomNotFound));
    place.done("ann", Op::SetRole { user: user("bob").user, role: Role::Moderator }).await.unwrap();
    let bobs = place.make("bob", Some(NOW + 1), Some(3)).await.unwrap();
    let listed = place.list().await;
    let of = |it: &ListedInvite| (it.code.clone(), it.by.shown().to_owned(), it.invite.uses, it.invite.expires);
    let expected = [
        (Some(code.clone()), "ann".to_owned(), None, None),
        (Some(bobs), "bob".to_owned(), Some(3), Some(Timestamp(NOW + 1))),
    ];
    assert_eq!(listed.iter().map(of).collect::<Vec<_>>(), expected);
    // Nothing that members read has a code, and nobody is told that one was made.
    let secret = code.to_string();
    let secret = secret.split_once('.').unwrap().0;
    let log = place.log().await;
    assert!(!format!("{log:?}").contains(secret));
    assert!(log.iter().filter(|entry| matches!(entry.body, Body::InviteMade { .. })).all(|entry| !entry.told));
}

#[tokio::test]
async fn an_invitation_is_made_once_under_its_client_id_and_its_code_is_known_to_nodes_with_the_secret() {
    let place = Place::new(RoomKind::Private).await;
    let make = |uses| Call::MakeInvite {
        room: place.room.clone(),
        expires: None,
        uses,
        client_id: Some(ClientId::parse("i-1").unwrap()),
    };
    let code = async |uses| match place.chat().call(&user("ann"), make(uses)).await {
        Ok(Reply::InviteMade { invite, .. }) => Ok(invite.code.unwrap()),
        Ok(_) => panic!("an invitation is made"),
        Err(refusal) => Err(refusal.code),
    };
    let first = code(Some(1)).await.unwrap();
    assert_eq!(code(Some(1)).await, Ok(first.clone()));
    assert_eq!(code(None).await, Err(Code::ClientIdReused));
    assert_eq!(place.list().await.len(), 1);
    let other = Chat::builder().store(place.store.clone()).environment(place.clock.clone()).secret([8; 32]).build();
    let listed = other.invites(&user("ann"), &place.room).await.unwrap();
    assert_eq!((listed[0].code.clone(), &listed[0].invite.key), (None, &first.key()));
    other.join_by_invite(&user("bob"), &first).await.expect("the room knows the code, whatever the secret is");
}

#[tokio::test]
async fn what_invitations_may_be_is_bounded() {
    let place = Place::new(RoomKind::Public).await;
    for (expires, uses) in [(Some(NOW), None), (Some(i64::MIN), None), (None, Some(0)), (None, Some(100_001))] {
        assert_eq!(place.make("ann", expires, uses).await, Err(Code::InvalidField), "{expires:?} {uses:?}");
    }
    for _ in 0..limits::MAX_INVITES {
        place.make("ann", Some(NOW + 10), Some(limits::MAX_INVITE_USES)).await.unwrap();
    }
    assert_eq!(place.make("ann", None, None).await, Err(Code::TooManyInvites));
    place.clock.set_wall(Timestamp(NOW + 10));
    place.make("ann", None, None).await.expect("those that have expired make room");
    assert_eq!(place.list().await.len(), 1);
    let news = Place::new(RoomKind::Announcement).await;
    let asked = news.chat().create_invite(&user("ann").administrator(), &news.room, None, None).await;
    assert_eq!(asked.unwrap_err().code, Code::Forbidden);
}
