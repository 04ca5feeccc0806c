//! One's own rooms: their order, their pages, and what is shown of their last messages.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;

use chat_core::{
    Action, Activity, Caller, Chat, Code, Command, HistoryVisibility, MemoryStore, Name, NewRoom, Op, OwnRooms, Policy,
    Post, Question, Refusal, RolePolicy, RoomId, SeededEnvironment, Timestamp, UserId, UserRoom,
};

fn user(id: &str) -> Caller {
    Caller::new(UserId::parse(id).unwrap(), Name::parse(id).unwrap())
}

fn room(id: &str) -> RoomId {
    RoomId::parse(id).unwrap()
}

fn new(id: &str) -> NewRoom {
    NewRoom::public(Name::parse("Talk").unwrap()).with_id(room(id))
}

fn ids(rooms: &[UserRoom]) -> Vec<&str> {
    rooms.iter().map(|own| own.record.room.as_str()).collect()
}

async fn last(chat: &Chat, caller: &Caller) -> Option<String> {
    let (rooms, _) = chat.my_rooms(caller, &OwnRooms::latest(), 1).await.unwrap();
    rooms[0].last.as_ref().map(|last| last.text.to_string())
}

#[tokio::test(start_paused = true)]
async fn a_room_that_is_written_to_between_two_pages_comes_first_and_not_twice() {
    let clock = Arc::new(SeededEnvironment::new(1, Timestamp(0)));
    let chat = Chat::builder().environment(clock.clone()).build();
    let ann = user("ann");
    for (at, id) in [(1, "a"), (2, "b"), (3, "c"), (4, "d")] {
        clock.set_wall(Timestamp(at));
        chat.create_room(&ann, new(id)).await.unwrap();
    }
    let (rooms, next) = chat.my_rooms(&ann, &OwnRooms::latest(), 2).await.unwrap();
    assert_eq!(ids(&rooms), ["d", "c"]);
    let next = next.unwrap();
    assert_eq!(next, OwnRooms::ByActivity(Some(Activity { at: Timestamp(3), room: room("c") })));
    clock.set_wall(Timestamp(5));
    chat.send(&ann, &room("a"), Post::text("hello")).await.unwrap();
    let (rooms, end) = chat.my_rooms(&ann, &next, 2).await.unwrap();
    assert_eq!((ids(&rooms), end), (vec!["b"], None));
    let (rooms, _) = chat.my_rooms(&ann, &OwnRooms::latest(), 10).await.unwrap();
    assert_eq!(ids(&rooms), ["a", "d", "c", "b"]);
    // By id it keeps its place.
    let (mut all, mut page) = (Vec::new(), Some(OwnRooms::all()));
    while let Some(this) = page {
        let (rooms, next) = chat.my_rooms(&ann, &this, 3).await.unwrap();
        chat.send(&ann, &room("a"), Post::text("hello")).await.unwrap();
        all.extend(ids(&rooms).into_iter().map(String::from));
        page = next;
    }
    assert_eq!(all, ["a", "b", "c", "d"]);
}

#[tokio::test(start_paused = true)]
async fn a_message_of_before_ones_join_is_not_shown_where_the_history_begins_with_it() {
    for (history, shown) in [(HistoryVisibility::SinceJoin, None), (HistoryVisibility::Everything, Some("before"))] {
        let chat = Chat::builder().build();
        let (ann, bob) = (user("ann"), user("bob"));
        let talk = chat.create_room(&ann, NewRoom { history, ..new("talk") }).await.unwrap().room;
        chat.send(&ann, &talk, Post::text("before")).await.unwrap();
        chat.command(&bob, &talk, Command { client_id: None, op: Op::Join }).await.unwrap();
        assert_eq!(last(&chat, &bob).await.as_deref(), shown, "{history:?}");
        assert_eq!(last(&chat, &ann).await.as_deref(), Some("before"));
        chat.send(&ann, &talk, Post::text("after")).await.unwrap();
        assert_eq!(last(&chat, &bob).await.as_deref(), Some("after"));
    }
}

/// Members of secret rooms do not read there.
struct Secrets;

impl Policy for Secrets {
    fn authorize(&self, question: &Question<'_>) -> Result<(), Refusal> {
        if matches!(question.action, Action::Read) && question.room.name.as_str() == "Secret" {
            return Err(Refusal::new(Code::Forbidden, "it is secret"));
        }
        RolePolicy.authorize(question)
    }
}

#[tokio::test(start_paused = true)]
async fn whom_the_policy_does_not_let_read_is_not_shown_what_was_said() {
    let store = Arc::new(MemoryStore::new());
    let open = Chat::builder().store(store.clone()).build();
    let ann = user("ann");
    let secret = NewRoom::public(Name::parse("Secret").unwrap());
    let secret = open.create_room(&ann, secret).await.unwrap().room;
    open.send(&ann, &secret, Post::text("the word is tea")).await.unwrap();
    assert_eq!(last(&open, &ann).await.as_deref(), Some("the word is tea"));
    let closed = Chat::builder().store(store).policy(Secrets).build();
    assert_eq!(last(&closed, &ann).await, None);
}
