//! Subscriptions that nobody asked for: those of a user's other sessions to a room that the user has come into.

use super::*;

/// A public room of Bob's.
async fn talk(chat: &Chat) -> RoomId {
    chat.create_room(&caller("bob"), NewRoom::public(Name::parse("Talk").unwrap())).await.unwrap().room
}

fn join(room: &RoomId) -> Call {
    Call::Join { room: room.clone(), username: None, guest_token: None, invite: None, client_id: None }
}

/// How many are present in a room.
async fn online(chat: &Chat, room: &RoomId) -> u64 {
    match chat.call(&caller("ann"), Call::Online { room: room.clone() }).await.unwrap() {
        Reply::Online { count, .. } => count,
        _ => panic!("not who is present"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_join_the_host_makes_for_a_user_reaches_their_sessions() {
    let chat = Chat::builder().build();
    let talk = talk(&chat).await;
    let (requests, mut outgoing) = connect(&chat);
    let join = Command { client_id: None, op: crate::Op::Join };
    chat.command(&requests.caller().unwrap(), &talk, join).await.unwrap();
    chat.send(&caller("bob"), &talk, Post::text("welcome")).await.unwrap();
    let mut seen = next(&mut outgoing).await;
    while !seen.ends_with("event") {
        seen += &next(&mut outgoing).await;
    }
    assert!(seen.starts_with("subscribed"), "subscribed, and then the message: {seen}");
}

#[tokio::test(start_paused = true)]
async fn a_session_that_has_joined_meanwhile_is_not_subscribed_once_more() {
    let chat = Chat::builder().build();
    let talk = talk(&chat).await;
    let (requests, mut outgoing) = connect(&chat);
    // The room has both in its mailbox before it reads one of them.
    requests.submit(ask(join(&talk))).await;
    let service = &requests.session.service;
    service.subscribe(service.node.sessions.of(&caller("ann").user), &talk, None).await;
    assert_eq!(next(&mut outgoing).await, "other");
    chat.send(&caller("bob"), &talk, Post::text("welcome")).await.unwrap();
    assert_eq!(next(&mut outgoing).await, "event");
    assert_eq!(requests.session.outlet().reserve(&room("another")).0, 1, "one place is taken");
    assert_eq!(online(&chat, &talk).await, 1);
    requests.call(Call::Unsubscribe { room: talk.clone() }).await.unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(online(&chat, &talk).await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_the_host_subscribed_is_let_go_of_like_any_other() {
    let chat = Chat::builder().build();
    let (requests, mut outgoing) = connect(&chat);
    let ann = requests.caller().unwrap();
    let talk = chat.create_room(&ann, NewRoom::public(Name::parse("Talk").unwrap())).await.unwrap().room;
    assert_eq!(next(&mut outgoing).await, "subscribed");
    assert_eq!(online(&chat, &talk).await, 1);
    requests.call(Call::Unsubscribe { room: talk.clone() }).await.unwrap();
    chat.send(&ann, &talk, Post::text("unheard")).await.unwrap();
    assert!(tokio::time::timeout(Duration::from_secs(5), outgoing.next()).await.is_err());
    chat.call(&ann, join(&talk)).await.unwrap();
    drop(outgoing);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(online(&chat, &talk).await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_session_is_refused_nothing_that_it_has_not_asked_for() {
    /// Members write, and do not read.
    struct WriteOnly;

    impl crate::Policy for WriteOnly {
        fn authorize(&self, question: &crate::Question<'_>) -> Result<(), Refusal> {
            match question.action {
                crate::Action::Read => Err(Refusal::new(Code::Forbidden, "nobody reads here")),
                _ => crate::RolePolicy.authorize(question),
            }
        }
    }

    let chat = Chat::builder().policy(WriteOnly).build();
    let (requests, mut outgoing) = connect(&chat);
    let ann = requests.caller().unwrap();
    drop(chat.create_room(&ann, NewRoom::public(Name::parse("Talk").unwrap())).await);
    tokio::time::sleep(Duration::from_secs(5)).await;
    chat.push(&ann.user, "{}").unwrap();
    assert_eq!(next(&mut outgoing).await, "event");
}

#[tokio::test(start_paused = true)]
async fn a_session_that_has_not_read_how_it_was_removed_is_subscribed_anew() {
    let chat = Chat::builder().build();
    let (bob, talk) = (caller("bob"), talk(&chat).await);
    let (requests, mut outgoing) = connect(&chat);
    let ann = requests.caller().unwrap();
    requests.call(join(&talk)).await.unwrap();
    let kick = Command { client_id: None, op: crate::Op::Kick { user: ann.user.clone(), reason: None } };
    chat.command(&bob, &talk, kick).await.unwrap();
    chat.call(&ann, join(&talk)).await.unwrap();
    chat.send(&bob, &talk, Post::text("welcome back")).await.unwrap();
    let mut seen = next(&mut outgoing).await;
    while !seen.ends_with("subscribedeventevent") {
        seen += &next(&mut outgoing).await;
    }
}
