//! How much of the server one user may take up.
#![allow(clippy::unwrap_used, missing_docs)]

use chat_core::{Caller, Chat, Code, Limits, MemoryStore, Name, NewRoom, Refusal, RoomId, UserId};

fn user(name: &str) -> Caller {
    Caller::new(UserId::parse(name).unwrap(), Name::parse(name).unwrap())
}

fn chat(most: Option<u32>) -> Chat {
    let mut limits = Limits::default();
    limits.rooms_per_day = most;
    Chat::builder().store(MemoryStore::new()).limits(limits).build()
}

async fn make(chat: &Chat, caller: &Caller, room: &str) -> Result<(), Refusal> {
    let new = NewRoom { room: Some(RoomId::parse(room).unwrap()), ..NewRoom::public(Name::parse("Talk").unwrap()) };
    chat.create_room(caller, new).await.map(drop)
}

#[tokio::test(start_paused = true)]
async fn a_user_makes_so_many_rooms_a_day_and_is_told_the_limit() {
    let (chat, ann) = (chat(Some(2)), user("ann"));
    make(&chat, &ann, "a").await.unwrap();
    for _ in 0..5 {
        assert_eq!(
            make(&chat, &ann, "a").await.unwrap_err().code,
            Code::RoomExists,
            "what was not made does not count"
        );
    }
    make(&chat, &ann, "b").await.unwrap();
    let refused = make(&chat, &ann, "c").await.unwrap_err();
    assert_eq!(refused.code, Code::RateLimited);
    let details = r#"{"limit":"rooms-per-day","most":2,"retryAfterSeconds":86400}"#;
    assert_eq!(refused.details.as_deref(), Some(details));
    assert_eq!(
        make(&chat, &ann, "b").await.unwrap_err().code,
        Code::RateLimited,
        "who may make no more finds out no ids"
    );
    make(&chat, &user("bob"), "c").await.unwrap();
    make(&chat, &ann.clone().administrator(), "d").await.unwrap();
    tokio::time::advance(std::time::Duration::from_secs(86_400)).await;
    make(&chat, &ann, "e").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn direct_rooms_count_when_they_are_made_and_not_when_they_are_opened_again() {
    let (chat, ann) = (chat(Some(1)), user("ann"));
    for other in ["bob", "cid"] {
        chat.set_name(&user(other).user, &user(other).name).await.unwrap();
    }
    chat.direct(&ann, &user("bob").user).await.unwrap();
    chat.direct(&ann, &user("bob").user).await.unwrap();
    assert_eq!(chat.direct(&ann, &user("cid").user).await.unwrap_err().code, Code::RateLimited);
    // The room is there, and neither of the two is in it.
    chat.block(&user("cid"), &ann.user).await.unwrap();
    chat.unblock(&user("cid"), &ann.user).await.unwrap();
    chat.direct(&ann, &user("cid").user).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_host_may_set_no_limit() {
    let (chat, ann) = (chat(None), user("ann"));
    for n in 0..1_100 {
        make(&chat, &ann, &format!("r{n}")).await.unwrap();
    }
}
