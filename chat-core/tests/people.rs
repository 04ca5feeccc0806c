//! Who there is, as the host says.
#![allow(clippy::unwrap_used, missing_docs)]

#[allow(dead_code)]
mod wire;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use chat_core::{
    Call, Caller, Chat, Code, FoundUsers, Limits, Name, NewRoom, People, Post, Refusal, RoomId, UserId, Who,
    async_trait,
};
use tokio::sync::Semaphore;
use wire::{Client, Lines, lines};

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

/// Bob is a user. Each question waits for a permit.
#[derive(Clone)]
struct Bob {
    asked: Arc<AtomicUsize>,
    turns: Arc<Semaphore>,
}

#[async_trait]
impl People for Bob {
    async fn name_of(&self, _: &UserId) -> Result<Option<Name>, Refusal> {
        Ok(None)
    }

    async fn check_guest_name(&self, name: &Name) -> Result<(), Refusal> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.turns.acquire().await.unwrap().forget();
        let is_taken = name.folded() == "bob";
        if is_taken { Err(Refusal::new(Code::UsernameTaken, "the name is a user's")) } else { Ok(()) }
    }
}

async fn stage(turns: usize) -> (Chat, Bob, RoomId) {
    let bob = Bob { asked: Arc::default(), turns: Arc::new(Semaphore::new(turns)) };
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
    // The guest comes back, and is no new one.
    let token = joined.split_once("token=").unwrap().1;
    let mut again = Client::connect(&chat, &chat.wire(Lines), None);
    again.ask(join(&room, None, Some(token))).await;
    again.until("joined").await;
    assert_eq!(bob.asked.load(Ordering::Relaxed), 3);
    assert_eq!(chat.check_guest_name(&name("Bob")).await.unwrap_err().code, Code::UsernameTaken);
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
    let mut heard = Vec::new();
    while !heard.iter().any(|line: &String| line.starts_with("committed send")) {
        heard.extend(lines(client.next().await.unwrap()));
    }
    assert!(heard.iter().any(|line| line.starts_with("joined")), "{heard:?}");
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
    let bob = Bob { asked: Arc::default(), turns: Arc::new(Semaphore::new(0)) };
    for chat in [Chat::builder().build(), Chat::builder().people(bob).build()] {
        assert_eq!(chat.users(&user("ann"), "b", None, 1).await.unwrap_err().code, Code::Unsupported);
    }
}
