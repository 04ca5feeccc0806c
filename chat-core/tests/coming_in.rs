//! What a host says of its users while clients are coming in: whose sessions end, and what they are called.
#![allow(clippy::unwrap_used, missing_docs)]

mod wire;

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use chat_core::{
    Authenticator, Call, Caller, Chat, CloseReason, Name, NewRoom, Refusal, Request, UserId, WeakChat, async_trait,
    limits,
};
use wire::{Client, Lines, lines};

fn user(name: &str) -> Caller {
    Caller::new(UserId::parse(name).unwrap(), Name::parse(name).unwrap())
}

/// What the host says of its users while its authenticator is at work.
#[derive(Clone, Copy)]
enum Meanwhile {
    SuspendsAnn,
    RenamesAnn,
    SuspendsManyOthers,
}

/// Knows everybody by their id, as they were before the host said something.
#[derive(Clone)]
struct Late {
    chat: Arc<OnceLock<WeakChat>>,
    meanwhile: Meanwhile,
}

#[async_trait]
impl Authenticator for Late {
    async fn authenticate(&self, token: &str) -> Result<Caller, Refusal> {
        let (caller, ann) = (user(token), user("ann").user);
        let chat = self.chat.get().unwrap().upgrade().unwrap();
        match self.meanwhile {
            Meanwhile::SuspendsAnn => _ = chat.end_sessions(&ann, CloseReason::Revoked),
            Meanwhile::RenamesAnn => chat.set_name(&ann, &Name::parse("Anna").unwrap()).await.unwrap(),
            Meanwhile::SuspendsManyOthers => (0..=limits::RECENT_CHANGES).for_each(|n| {
                chat.end_sessions(&user(&format!("u{n}")).user, CloseReason::Revoked);
            }),
        }
        Ok(caller)
    }
}

fn chat(meanwhile: Meanwhile) -> Chat {
    let late = Late { chat: Arc::default(), meanwhile };
    let chat = Chat::builder().authenticator(late.clone()).build();
    drop(late.chat.set(chat.downgrade()));
    chat
}

fn hello(token: &str) -> Call {
    Call::Hello { token: Some(token.into()), protocol: 1, resume: Vec::new() }
}

/// What a client that begins so is told, and why its session ended.
async fn told(chat: &Chat, caller: Option<Caller>, call: Call) -> (Vec<String>, CloseReason) {
    let (requests, mut outgoing) = chat.connect(&chat.wire(Lines), caller);
    requests.submit(Request { re: None, call }).await;
    let mut told = Vec::new();
    let ended = async {
        loop {
            match outgoing.next().await {
                Ok(frames) => told.extend(lines(frames)),
                Err(reason) => return reason,
            }
        }
    };
    let reason = tokio::time::timeout(Duration::from_secs(60), ended).await.expect("the session ends");
    (told, reason)
}

#[tokio::test(start_paused = true)]
async fn a_user_who_is_suspended_while_they_say_who_they_are_does_not_come_in() {
    let chat = chat(Meanwhile::SuspendsAnn);
    let (ann, wire) = (user("ann"), chat.wire(Lines));
    let ended = (vec!["refused unauthorized".to_owned()], CloseReason::Revoked);
    assert_eq!(told(&chat, None, hello("ann")).await, ended);
    let mut bob = Client::connect(&chat, &wire, None);
    bob.ask(hello("bob")).await;
    bob.until("welcome").await;
    // Adapters ask first, and connect later.
    let asked = chat.authenticate("ann").await.unwrap();
    assert_eq!(told(&chat, Some(asked), Call::Ping).await.1, CloseReason::Revoked);
    let asked = ann.clone().as_of(chat.as_of());
    chat.end_sessions(&ann.user, CloseReason::Revoked);
    assert_eq!(told(&chat, Some(asked), Call::Ping).await.1, CloseReason::Revoked);
    assert!(chat.sessions_of(&ann.user).is_empty());
    // Whoever is asked for from now on comes in.
    let mut back = Client::connect(&chat, &wire, Some(ann.as_of(chat.as_of())));
    back.ask(Call::Ping).await;
    back.until("Pong").await;
}

#[tokio::test(start_paused = true)]
async fn a_user_who_is_renamed_while_they_say_who_they_are_goes_by_the_new_name() {
    let chat = chat(Meanwhile::RenamesAnn);
    let wire = chat.wire(Lines);
    let mut client = Client::connect(&chat, &wire, None);
    client.ask(hello("ann")).await;
    client.until("welcome").await;
    assert_eq!(client.requests.caller().unwrap().name.as_str(), "Anna");
    let room = chat.create_room(&user("bob"), NewRoom::public(Name::parse("Talk").unwrap())).await.unwrap().room;
    let client = Client::joined(&chat, &wire, chat.authenticate("ann").await.unwrap(), &room).await;
    assert_eq!(client.requests.caller().unwrap().name.as_str(), "Anna");
}

#[tokio::test(start_paused = true)]
async fn a_session_whose_user_is_suspended_while_it_renews_its_token_ends() {
    let chat = chat(Meanwhile::SuspendsAnn);
    let renew = Call::Token { token: "ann".into() };
    assert_eq!(told(&chat, Some(user("ann")), renew).await.1, CloseReason::Revoked);
}

#[tokio::test(start_paused = true)]
async fn whoever_was_asked_for_before_too_much_was_said_has_to_come_back() {
    let chat = chat(Meanwhile::SuspendsManyOthers);
    let ended = (vec!["refused busy".to_owned()], CloseReason::GoingAway);
    assert_eq!(told(&chat, None, hello("ann")).await, ended);
}
