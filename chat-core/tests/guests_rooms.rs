//! Rooms that guests have made come last in the list, and end when nobody was in them for long. In virtual time.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{sync::Arc, time::Duration};

use chat_core::{
    Call, Caller, Chat, Code, Command, Limits, MemoryStore, Name, NewRoom, Op, RoomId, RoomKind, SeededEnvironment,
    Store, Timestamp, UserId,
};
use uuid::Uuid;

const HOUR: i64 = 60 * 60 * 1_000;

fn user(id: &str) -> Caller {
    Caller::new(UserId::parse(id).unwrap(), Name::parse(id).unwrap())
}

fn guest(n: u128) -> Caller {
    Caller::guest(UserId::of_guest(Uuid::from_u128(n)), Name::parse(format!("Guest {n}")).unwrap())
}

fn room(id: &str) -> RoomId {
    RoomId::parse(id).unwrap()
}

fn new(id: &str) -> NewRoom {
    NewRoom::public(Name::parse("Talk").unwrap()).with_id(room(id))
}

fn private(id: &str) -> NewRoom {
    NewRoom { kind: RoomKind::Private, ..new(id) }
}

struct Stage {
    store: Arc<MemoryStore>,
    clock: Arc<SeededEnvironment>,
    limits: Limits,
    chats: Vec<Chat>,
}

impl Stage {
    /// So many nodes on one store.
    fn new(nodes: u32) -> Self {
        let (store, clock) = (Arc::new(MemoryStore::new()), Arc::new(SeededEnvironment::new(1, Timestamp(0))));
        let limits = Limits::default();
        let chat = |node| {
            let builder = Chat::builder().store(store.clone()).environment(clock.clone()).guests(true);
            builder.node(node).limits(limits.clone()).build()
        };
        let chats = (0..nodes).map(chat).collect();
        Self { store, clock, limits, chats }
    }

    fn chat(&self) -> &Chat {
        &self.chats[0]
    }

    async fn join(&self, caller: &Caller, id: &str) -> Result<(), Code> {
        let join = Call::Join { room: room(id), username: None, guest_token: None, invite: None, client_id: None };
        self.chat().call(caller, join).await.map(drop).map_err(|refusal| refusal.code)
    }

    async fn leave(&self, caller: &Caller, id: &str) {
        let leave = Command { client_id: None, op: Op::Leave };
        self.chat().command(caller, &room(id), leave).await.unwrap();
    }

    /// Sets the wall clock, and waits until every node has looked at all rooms.
    async fn at(&self, wall: i64) {
        self.clock.set_wall(Timestamp(wall));
        tokio::time::sleep(Duration::from_millis(self.limits.retention_ms + 1_000)).await;
    }

    async fn is_there(&self, id: &str) -> bool {
        self.store.room(&room(id)).await.unwrap().is_some()
    }
}

#[tokio::test(start_paused = true)]
async fn a_guests_room_ends_when_nobody_was_in_it_for_a_day() {
    let stage = Stage::new(2);
    let (ann, maker) = (user("ann"), guest(1));
    for id in ["empty", "left", "joined", "secret"] {
        let new = if id == "secret" { private(id) } else { new(id) };
        stage.chat().create_room(&maker, new).await.unwrap();
    }
    stage.chat().create_room(&ann, new("of-a-user")).await.unwrap();
    stage.leave(&ann, "of-a-user").await;
    stage.join(&ann, "left").await.unwrap();
    stage.join(&ann, "joined").await.unwrap();
    stage.at(10 * HOUR).await;
    stage.leave(&ann, "left").await;
    stage.at(24 * HOUR - 1).await;
    assert!(stage.is_there("empty").await && stage.is_there("secret").await, "a day is not over yet");
    stage.at(24 * HOUR).await;
    assert!(!stage.is_there("empty").await && !stage.is_there("secret").await);
    assert!(stage.is_there("left").await, "somebody was in it ten hours later");
    stage.at(34 * HOUR).await;
    assert!(!stage.is_there("left").await);
    assert_eq!(stage.join(&ann, "left").await, Err(Code::RoomNotFound));
    let again = stage.chat().create_room(&ann, new("left")).await;
    assert_eq!(again.unwrap_err().code, Code::RoomExists, "it is deleted as any room is: its id stays reserved");
    stage.at(1_000 * HOUR).await;
    assert!(stage.is_there("joined").await, "a user is a member of it");
    assert!(stage.is_there("of-a-user").await, "a user has made it");
    stage.join(&ann, "joined").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn whoever_has_a_room_open_that_ends_is_told_so() {
    let stage = Stage::new(1);
    stage.chat().create_room(&guest(1), new("empty")).await.unwrap();
    let (requests, mut events) = stage.chat().session(user("ann").administrator());
    // Administrators read without a membership.
    requests.call(Call::Subscribe { room: room("empty"), from: None }).await.unwrap();
    stage.at(25 * HOUR).await;
    let end = async {
        loop {
            if let chat_core::Event::Reset { room } = events.next().await.unwrap() {
                return room;
            }
        }
    };
    assert_eq!(tokio::time::timeout(Duration::from_secs(60), end).await.unwrap(), room("empty"));
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_goes_back_ends_nothing() {
    let stage = Stage::new(1);
    stage.clock.set_wall(Timestamp(100 * HOUR));
    stage.chat().create_room(&guest(1), new("empty")).await.unwrap();
    stage.at(0).await;
    assert!(stage.is_there("empty").await);
}

#[tokio::test(start_paused = true)]
async fn rooms_of_guests_are_listed_after_those_of_users() {
    let stage = Stage::new(1);
    let (ann, chat) = (user("ann"), stage.chat());
    for (n, id) in ["b", "d", "f", "h"].into_iter().enumerate() {
        chat.create_room(&guest(n as u128), new(id)).await.unwrap();
    }
    chat.create_room(&guest(9), private("e")).await.unwrap();
    for id in ["a", "c", "g"] {
        chat.create_room(&ann, new(id)).await.unwrap();
    }
    for limit in 1..9 {
        let (mut ids, mut after) = (Vec::new(), None);
        loop {
            let page = chat.public_rooms(&ann, after.as_ref(), limit).await.unwrap();
            assert!(page.len() <= limit);
            ids.extend(page.iter().map(|record| record.room.to_string()));
            match page.last() {
                Some(last) => after = Some(last.room.clone()),
                None => break,
            }
        }
        assert_eq!(ids, ["a", "c", "g", "b", "d", "f", "h"], "{limit} at a time");
    }
    assert!(chat.public_rooms(&ann, None, 0).await.unwrap().is_empty());
    let ids = async |after| {
        let page = chat.public_rooms(&ann, Some(&room(after)), 9).await.unwrap();
        page.into_iter().map(|record| record.room.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(ids("e").await, ids("e-which-nobody-made").await, "a private room is found by nobody");
}

#[tokio::test(start_paused = true)]
async fn administrators_list_private_rooms_those_of_guests_last() {
    let stage = Stage::new(1);
    let (ann, root, chat) = (user("ann"), user("root").administrator(), stage.chat());
    for (maker, id) in [(&guest(1), "b"), (&guest(2), "d"), (&ann, "c"), (&ann, "e")] {
        chat.create_room(maker, private(id)).await.unwrap();
        chat.create_room(maker, new(&format!("{id}-public"))).await.unwrap();
    }
    for limit in 1..6 {
        let (mut ids, mut after) = (Vec::new(), None);
        while let page @ [.., last] = &*chat.private_rooms(&root, after.as_ref(), limit).await.unwrap() {
            assert!(page.len() <= limit);
            ids.extend(page.iter().map(|record| record.room.to_string()));
            after = Some(last.room.clone());
        }
        assert_eq!(ids, ["c", "e", "b", "d"], "{limit} at a time");
    }
    for other in [ann, guest(1)] {
        let refused = chat.private_rooms(&other, None, 9).await.unwrap_err();
        assert_eq!((refused.code, &*refused.message), (Code::Forbidden, "only administrators list private rooms"));
    }
    for kind in [RoomKind::Direct, RoomKind::Announcement, RoomKind::Inbox] {
        let refused = chat.call(&root, Call::Rooms { kind, after: None, limit: 9 }).await.unwrap_err();
        assert_eq!(refused.code, Code::InvalidField, "{kind:?}");
    }
}
