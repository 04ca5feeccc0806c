//! What the engine tells `tracing`: a span for each request and each append, with what came of it, and no secrets.
#![allow(clippy::unwrap_used, missing_docs)]

mod listener;

use std::{sync::Arc, time::Duration};

use chat_core::{
    Authenticator, Call, Caller, Chat, ClientId, Code, Command, Gate, MemoryStore, Name, NewRoom, Op, Post, Refusal,
    Reply, Request, Requests, RoomChange, RoomId, SeededEnvironment, Timestamp, UserId, async_trait,
};
use chat_testkit::{Bus, Faults, FaultyStore};
use chat_wire::JsonCodec;
use listener::Listener;

fn user(name: &str) -> Caller {
    Caller::new(UserId::parse(name).unwrap(), Name::parse(name).unwrap())
}

fn room() -> RoomId {
    RoomId::parse("talk").unwrap()
}

fn new_room() -> Call {
    Call::CreateRoom(NewRoom::public(Name::parse("Talk").unwrap()).with_id(room()))
}

fn join(guest: Option<&str>) -> Call {
    let username = guest.map(|name| Name::parse(name).unwrap());
    Call::Join { room: room(), username, guest_token: None, invite: None, client_id: None }
}

fn send(text: &str) -> Call {
    let client_id = ClientId::parse(format!("id-of-{}", text.len())).ok();
    Call::Command { room: room(), command: Command { client_id, op: Op::Send(Post::text(text)) }, username: None }
}

fn faulty(store: &Arc<MemoryStore>) -> Arc<FaultyStore> {
    Arc::new(FaultyStore::new(store.clone(), Arc::new(SeededEnvironment::new(1, Timestamp(0)))))
}

async fn code(requests: &Requests, call: Call) -> Code {
    requests.call(call).await.unwrap_err().code
}

#[tokio::test(start_paused = true)]
async fn two_servers_of_one_number_hear_that_each_needs_its_own() {
    let listener = Listener::default();
    let _guard = tracing::subscriber::set_default(listener.clone());
    let told = || listener.fields().iter().filter(|field| field.contains("the number of this node")).count();
    let bus = Bus::new(Arc::new(SeededEnvironment::new(1, Timestamp(0))));
    let (store, mut chats) = (Arc::new(MemoryStore::new()), Vec::new());
    for (seed, number, expected) in [(1, 1, 0), (2, 2, 0), (3, 2, 2)] {
        let environment = Arc::new(SeededEnvironment::new(seed, Timestamp(seed as i64)));
        let chat = Chat::builder().store(store.clone()).backplane(Arc::new(bus.node())).node(number);
        chats.push(chat.environment(environment).build());
        tokio::time::sleep(Duration::from_secs(10)).await;
        assert_eq!(told(), expected, "each of the two is told once");
    }
}

#[tokio::test(start_paused = true)]
async fn a_span_for_each_request_and_each_append_says_what_came_of_it() {
    let listener = Listener::default();
    let _guard = tracing::subscriber::set_default(listener.clone());
    let take = || (listener.take("chat_core::request"), listener.take("chat_core::append"));
    let shared = Arc::new(MemoryStore::new());
    let store = faulty(&shared);
    let chat = Chat::builder().store(store.clone()).node(1).build();
    let other = Chat::builder().store(shared).node(2).build();

    chat.call(&user("ann"), new_room()).await.unwrap();
    let made = ["DEBUG room=talk op=create-room outcome=ok"].map(str::to_owned).to_vec();
    let appended = |count| vec![format!("DEBUG room=talk drafts={count} appended={count} outcome=appended")];
    assert_eq!(take(), (made, appended(1)), "its creator's join is a part of it");

    let (requests, mut outgoing) = chat.connect(&chat.wire(JsonCodec), Some(user("bob")));
    requests.submit(Request { re: None, call: Call::Hello { token: None, protocol: 1, resume: Vec::new() } }).await;
    outgoing.next().await.unwrap();
    assert_eq!(take().0, ["DEBUG op=hello outcome=ok"]);
    requests.submit(Request { re: None, call: join(None) }).await;
    outgoing.next().await.unwrap();
    assert_eq!(take(), (vec!["DEBUG room=talk op=join outcome=ok".to_owned()], appended(1)));
    requests.call(send("hello")).await.unwrap();
    assert_eq!(take(), (vec!["DEBUG room=talk op=send outcome=ok".to_owned()], appended(1)));

    let rename = Op::Change(RoomChange::name(Name::parse("Mine").unwrap()));
    let rename = Call::Command { room: room(), command: Command { client_id: None, op: rename }, username: None };
    assert_eq!(code(&requests, rename).await, Code::Forbidden);
    assert_eq!(take(), (vec!["DEBUG room=talk op=rename outcome=forbidden".to_owned()], vec![]));
    assert_eq!(chat.call(&user("eve"), send("hi")).await.unwrap_err().code, Code::NotAMember);
    assert_eq!(take(), (vec!["DEBUG room=talk op=send outcome=not-a-member".to_owned()], vec![]));
    requests.call(Call::Ping).await.unwrap();
    assert_eq!(take(), (vec!["DEBUG op=ping outcome=ok".to_owned()], vec![]), "it is about no room");

    // What another node sent first is a conflict, and the command is judged again.
    other.call(&user("ann"), send("before you")).await.unwrap();
    take();
    requests.call(send("and then")).await.unwrap();
    let (asked, appends) = take();
    assert_eq!(asked, ["DEBUG room=talk op=send outcome=ok"]);
    assert_eq!(appends, ["DEBUG room=talk drafts=1 outcome=conflict", &appended(1)[0]]);
}

/// Lets nobody send, and fails over pins.
struct Strict;

#[async_trait]
impl Gate for Strict {
    async fn admit(&self, _: &Caller, call: &Call) -> Result<(), Refusal> {
        assert_ne!(call.name(), "pin", "a gate that panics, for a test");
        if call.name() == "send" { Err(Refusal::new(Code::Host("closed-today", 403), "come back")) } else { Ok(()) }
    }
}

#[tokio::test(start_paused = true)]
async fn a_span_ends_however_its_request_does() {
    let listener = Listener::default();
    let _guard = tracing::subscriber::set_default(listener.clone());
    let chat = Chat::builder().gate(Strict).build();
    chat.call(&user("ann"), new_room()).await.unwrap();
    let (requests, mut outgoing) = chat.connect(&chat.wire(JsonCodec), Some(user("ann")));
    listener.take("chat_core::request");
    let pin =
        Call::Command { room: room(), command: Command { client_id: None, op: Op::Pin { target: 1 } }, username: None };
    for (call, refused) in [(send("hello"), "closed-today"), (pin, "outcome-unknown")] {
        let asked = format!("DEBUG room=talk op={} outcome={refused}", call.name());
        requests.submit(Request { re: None, call: call.clone() }).await;
        outgoing.next().await.unwrap();
        assert_eq!(listener.take("chat_core::request"), [&*asked]);
        if refused == "closed-today" {
            chat.call(&user("ann"), call).await.unwrap_err();
            assert_eq!(listener.take("chat_core::request"), [&*asked]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_span_says_how_the_store_failed() {
    let listener = Listener::default();
    let _guard = tracing::subscriber::set_default(listener.clone());
    let store = faulty(&Arc::new(MemoryStore::new()));
    let chat = Chat::builder().store(store.clone()).build();
    chat.call(&user("ann"), new_room()).await.unwrap();
    let op = |text: &str| Command { client_id: None, op: Op::Send(Post::text(text)) };
    chat.command(&user("ann"), &room(), op("hello")).await.unwrap();
    for (faults, refused, outcome) in [
        (Faults::outage(), Code::StoreUnavailable, "not-executed"),
        (Faults { lose_call: 1_000, ..Faults::default() }, Code::OutcomeUnknown, "outcome-unknown"),
    ] {
        listener.take("chat_core::request");
        listener.take("chat_core::append");
        store.set_faults(faults);
        let refusal = chat.command(&user("ann"), &room(), op("hello?")).await.unwrap_err();
        assert_eq!(refusal.code, refused);
        let asked = format!("DEBUG room=talk op=send outcome={}", refused.as_str());
        assert_eq!(listener.take("chat_core::request"), [asked]);
        assert_eq!(listener.take("chat_core::append")[0], format!("DEBUG room=talk drafts=1 outcome={outcome}"));
    }
}

struct Issuer;

#[async_trait]
impl Authenticator for Issuer {
    async fn authenticate(&self, token: &str) -> Result<Caller, Refusal> {
        match token.strip_prefix("bearer-of-") {
            Some(name) => Ok(user(name)),
            None => Err(Refusal::unauthorized("it is not one of ours")),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_field_says_a_text_or_a_token() {
    let listener = Listener::default();
    let _guard = tracing::subscriber::set_default(listener.clone());
    let store = faulty(&Arc::new(MemoryStore::new()));
    let chat = Chat::builder().store(store.clone()).guests(true).authenticator(Issuer).build();
    chat.call(&user("ann"), new_room()).await.unwrap();
    let wire = chat.wire(JsonCodec);
    let hello = |token: &str| Call::Hello { token: Some(token.into()), protocol: 1, resume: Vec::new() };
    let (bob, _bobs) = chat.connect(&wire, None);
    assert_eq!(code(&bob, hello("hunter2-bearer")).await, Code::Unauthorized);
    bob.call(hello("bearer-of-bob")).await.unwrap();
    bob.call(Call::Token { token: "bearer-of-bob".into() }).await.unwrap();
    let (guest, mut frames) = chat.connect(&wire, None);
    let joined = guest.call(join(Some("Whisperer"))).await.unwrap();
    let Reply::Joined(joined) = joined else { unreachable!("{joined:?}") };
    let token = joined.guest_token.unwrap();
    let again = |token: &str| Call::Join {
        room: room(),
        username: None,
        guest_token: Some(token.into()),
        invite: None,
        client_id: None,
    };
    let (back, _backs) = chat.connect(&wire, None);
    back.call(again(&token)).await.unwrap();
    let (liar, _liars) = chat.connect(&wire, None);
    assert_eq!(code(&liar, again("hunter2-guest")).await, Code::Unauthorized);
    liar.refuse(None, Refusal::field("all", "no request"));
    assert_eq!(code(&bob, send("a secret text")).await, Code::NotAMember);
    guest.call(send("a secret text")).await.unwrap();
    frames.next().await.unwrap();
    // Whatever the engine logs of failures.
    for faults in [Faults::outage(), Faults { lose_answer: 1_000, ..Faults::default() }] {
        store.set_faults(faults);
        guest.call(send("a secret text, again")).await.unwrap_err();
        bob.call(join(None)).await.unwrap_err();
    }
    let fields = listener.fields();
    assert!(fields.contains(&"outcome=unauthorized".to_owned()) && fields.contains(&"op=token".to_owned()));
    assert!(fields.iter().any(|field| field.starts_with("error=")), "nothing is logged of the failures");
    for secret in ["a secret text", "Whisperer", "hunter2", "bearer-of", &*token] {
        let said: Vec<_> = fields.iter().filter(|field| field.contains(secret)).collect();
        assert!(said.is_empty(), "{secret} is said: {said:?}");
    }
}
