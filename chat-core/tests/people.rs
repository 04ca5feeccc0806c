//! Who there is, as the host says.
#![allow(clippy::unwrap_used, missing_docs)]

#[allow(dead_code)]
mod wire;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use chat_core::{Call, Caller, Chat, Code, Name, NewRoom, People, Post, Refusal, RoomId, UserId, async_trait};
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
