//! Who there is, as the host says.
#![allow(clippy::unwrap_used, missing_docs)]

#[allow(dead_code)]
mod wire;

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use chat_core::{
    Call, Caller, Chat, Code, FoundUsers, Limits, Name, NewRoom, People, Post, Refusal, RoomId, UserId, Who,
    async_trait,
};
use tokio::sync::Semaphore;
use wire::{Client, Lines};

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

/// Bob is a user, and Zoe once she has registered. Each question waits for a permit.
#[derive(Clone)]
struct Bob {
    asked: Arc<AtomicUsize>,
    turns: Arc<Semaphore>,
    has_zoe: Arc<AtomicBool>,
}

impl Bob {
    fn new(turns: usize) -> Self {
        Self { asked: Arc::default(), turns: Arc::new(Semaphore::new(turns)), has_zoe: Arc::default() }
    }
}

#[async_trait]
impl People for Bob {
    async fn name_of(&self, _: &UserId) -> Result<Option<Name>, Refusal> {
        Ok(None)
    }

    async fn check_guest_name(&self, name: &Name) -> Result<(), Refusal> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.turns.acquire().await.unwrap().forget();
        let is_taken = name.folded() == "bob" || (name.folded() == "zoe" && self.has_zoe.load(Ordering::Relaxed));
        if is_taken { Err(Refusal::new(Code::UsernameTaken, "the name is a user's")) } else { Ok(()) }
    }
}

async fn stage(turns: usize) -> (Chat, Bob, RoomId) {
    let bob = Bob::new(turns);
    let chat = Chat::builder().guests(true).people(bob.clone()).build();
    let owner = Caller::new(UserId::parse("owner").unwrap(), name("Owner"));
    let room = chat.create_room(&owner, NewRoom::public(name("Talk"))).await.unwrap().room;
    (chat, bob, room)
}

fn join(room: &RoomId, username: Option<&str>, guest_token: Option<&str>) -> Call {
    let (room, username) = (room.clone(), username.map(name));
    Call::Join { room, username, guest_token: guest_token.map(Into::into), client_id: None, invite: None }
}

#[tokio::test(start_paused = true)]
async fn a_guest_takes_no_users_name_and_may_try_another() {
    let (chat, bob, room) = stage(10).await;
    let mut client = Client::connect(&chat, &chat.wire(Lines), None);
    for taken in ["bob", "BOB"] {
        client.ask(join(&room, Some(taken), None)).await;
        client.until("refused username-taken").await;
    }
    client.ask(join(&room, Some("Rob"), None)).await;
    let joined = client.until("joined").await;
    assert_eq!(bob.asked.load(Ordering::Relaxed), 3);
    // The guest comes back, and is no new one: the name is asked about once more, as it may be a user's now.
    let token = joined.split_once("token=").unwrap().1;
    let mut again = Client::connect(&chat, &chat.wire(Lines), None);
    again.ask(join(&room, None, Some(token))).await;
    again.until("joined").await;
    assert_eq!(bob.asked.load(Ordering::Relaxed), 4);
    assert_eq!(chat.check_guest_name(&name("Bob")).await.unwrap_err().code, Code::UsernameTaken);
}

#[tokio::test(start_paused = true)]
async fn a_guests_token_is_good_for_nothing_once_a_user_has_the_name() {
    let (chat, people, room) = stage(100).await;
    let wire = chat.wire(Lines);
    let (zoe, token) = chat.guest(name("Zoe")).unwrap();
    chat.authenticate(&token).await.unwrap();
    let (_, token) = chat.renew_guest(&token).await.unwrap();
    let mut there = Client::connect(&chat, &wire, Some(zoe));
    there.ask(join(&room, None, None)).await;
    there.until("joined").await;
    people.has_zoe.store(true, Ordering::Relaxed);
    assert_eq!(chat.authenticate(&token).await.unwrap_err().code, Code::UsernameTaken);
    assert_eq!(chat.renew_guest(&token).await.unwrap_err().code, Code::UsernameTaken);
    let mut back = Client::connect(&chat, &wire, None);
    back.ask(Call::Hello { token: Some((*token).into()), protocol: 1, resume: Vec::new() }).await;
    back.until("refused username-taken").await;
    back.ask(join(&room, None, Some(&token))).await;
    back.until("refused username-taken").await;
    back.ask(join(&room, Some("Zora"), None)).await;
    back.until("joined").await;
    // Who is there goes on, and comes in nowhere.
    let command = chat_core::Command::from(Post::text("still here"));
    there.ask(Call::Command { room: room.clone(), command, username: None }).await;
    there.until("committed send").await;
    there.ask(join(&room, None, None)).await;
    there.until("refused username-taken").await;
}

#[tokio::test(start_paused = true)]
async fn nothing_overtakes_the_question_and_what_follows_is_the_guests() {
    let (chat, bob, room) = stage(0).await;
    let mut client = Client::connect(&chat, &chat.wire(Lines), None);
    client.ask(join(&room, Some("Rob"), None)).await;
    let post = Post::text("hello");
    let command = chat_core::Command::from(post);
    client.ask(Call::Command { room: room.clone(), command, username: None }).await;
    client.ask(Call::Ping).await;
    assert_eq!(client.until("Pong").await, "Pong", "a ping waits for nothing");
    bob.turns.add_permits(1);
    // Both may come at once.
    let mut told = Vec::new();
    while !told.iter().any(|line: &String| line.starts_with("committed send")) {
        told.extend(wire::lines(client.next().await.unwrap()));
    }
    assert!(told[0].starts_with("joined"), "{told:?}");
}

/// Finds Bob whatever is searched for, and says what it was asked.
struct Finder;

#[async_trait]
impl People for Finder {
    async fn name_of(&self, _: &UserId) -> Result<Option<Name>, Refusal> {
        Ok(None)
    }

    async fn search(&self, search: &str, after: Option<&str>, limit: usize) -> Result<FoundUsers, Refusal> {
        let user = UserId::parse("bob").unwrap();
        let next = format!("{search} {} {limit}", after.unwrap_or("-"));
        Ok(FoundUsers { users: vec![Who { user, name: Some(name("Bob")) }], next: Some(next.into()) })
    }
}

fn user(id: &str) -> Caller {
    Caller::new(UserId::parse(id).unwrap(), name(id))
}

#[tokio::test(start_paused = true)]
async fn a_user_searches_as_often_as_they_may() {
    let mut limits = Limits::default();
    limits.searches_per_minute = Some(3);
    let chat = Chat::builder().people(Finder).limits(limits).build();
    let (ann, cid) = (user("ann"), user("cid"));
    let found = chat.users(&ann, "b", Some("x"), 7).await.unwrap();
    assert_eq!((&*found.next.unwrap(), found.users[0].user.as_str()), ("b x 7", "bob"));
    assert_eq!(&*chat.users(&ann, "b", None, 0).await.unwrap().next.unwrap(), "b - 1");
    assert_eq!(&*chat.users(&ann, "b", None, 9_999).await.unwrap().next.unwrap(), "b - 200");
    let refusal = chat.users(&ann, "b", None, 1).await.unwrap_err();
    assert_eq!(refusal.code, Code::RateLimited);
    let details = r#"{"limit":"searches-per-minute","most":3,"retryAfterSeconds":20}"#;
    assert_eq!(refusal.details.as_deref(), Some(details));
    chat.users(&cid, "b", None, 1).await.expect("another user's searches are another's");
    tokio::time::advance(std::time::Duration::from_secs(20)).await;
    chat.users(&ann, "b", None, 1).await.expect("one more after a while");
}

#[tokio::test]
async fn guests_do_not_search_and_a_host_without_lists_finds_nobody() {
    let chat = Chat::builder().people(Finder).guests(true).build();
    let (guest, _) = chat.guest(name("Zoe")).unwrap();
    assert_eq!(chat.users(&guest, "b", None, 1).await.unwrap_err().code, Code::Forbidden);
    let bob = Bob::new(0);
    for chat in [Chat::builder().build(), Chat::builder().people(bob).build()] {
        assert_eq!(chat.users(&user("ann"), "b", None, 1).await.unwrap_err().code, Code::Unsupported);
    }
}
