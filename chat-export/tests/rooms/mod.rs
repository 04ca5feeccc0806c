//! A store with a little of everything.

use chat_core::{
    Body, Claim, ClientId, Digest, Directory, Draft, Epoch, HistoryVisibility, Leaving, MemoryStore, Name, Post,
    Retention as _, Role, RoomChange, RoomId, RoomKind, RoomMeta, Seq, Store, Timestamp, UserId,
};
use uuid::Uuid;

pub(crate) fn room_id(text: &str) -> RoomId {
    RoomId::parse(text).unwrap()
}

pub(crate) fn user(text: &str) -> UserId {
    UserId::parse(text).unwrap()
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

pub(crate) async fn make(store: &dyn Store, room: &str) -> (RoomId, Epoch) {
    let (room, epoch) = (room_id(room), Epoch::from_number(7).unwrap());
    let meta = RoomMeta {
        slow_mode_ms: 0,
        invites: Default::default(),
        topic: None,
        archived: false,
        name: name("A room"),
        kind: RoomKind::Public,
        history: HistoryVisibility::Everything,
        creator: Some(user("zoe")),
        created_at: Timestamp(1_700_000_000_000),
    };
    store.create_room(&room, epoch, &meta).await.unwrap();
    (room, epoch)
}

/// Appends to an empty log, as a store takes prefixes.
pub(crate) async fn fill(store: &dyn Store, room: &RoomId, epoch: Epoch, drafts: &[Draft]) {
    let mut done = 0;
    while done < drafts.len() {
        done += store.append(room, epoch, done as Seq, &drafts[done..]).await.unwrap().count;
    }
}

pub(crate) fn draft(sender: &str, seq: Seq, body: Body) -> Draft {
    Draft {
        draft_id: Uuid::from_u64_pair(7, seq),
        at: Timestamp(1_700_000_000_000 + seq as i64),
        sender: user(sender),
        claim: None,
        told: true,
        after: seq - 1,
        body,
        lease: None,
        name: None,
    }
}

fn claimed(draft: Draft, client_id: &str) -> Draft {
    let claim = Claim { client_id: ClientId::parse(client_id).unwrap(), digest: Digest([0xa5; 32]) };
    Draft { claim: Some(claim), ..draft }
}

/// Two users with names, an id that stays reserved, and three rooms: one with a whole log, one that lost its beginning, and one
/// that lost all of it.
pub(crate) async fn small() -> MemoryStore {
    let store = MemoryStore::new();
    store.set_profile(&user("ann"), Some(&name("Ann"))).await.unwrap();
    store.set_profile(&user("zoe"), Some(&name("Zo\u{eb} 'n' \"co\""))).await.unwrap();
    make(&store, "gone").await;
    store.delete_room(&room_id("gone")).await.unwrap();

    let (lobby, epoch) = make(&store, "lobby").await;
    let post = Post {
        mentions: vec![user("zoe")],
        data: Some("{\"$where\": \"'\\u0041'\"}".into()),
        ..Post::text("Hello,\n\t\"you\" \u{1f419}\u{1b}")
    };
    let drafts = [
        draft("zoe", 1, Body::Joined { role: Role::Owner, guest: false, invite: None }),
        draft("g-1", 2, Body::Joined { role: Role::Member, guest: true, invite: None }),
        claimed(draft("ann", 3, Body::Message(post)), "c-1"),
        draft("zoe", 4, Body::Reacted { target: 3, emoji: "\u{1f44d}\u{1f3fd}".into() }),
        draft("zoe", 5, Body::Muted { user: user("ann"), until: Some(Timestamp(-1)) }),
    ];
    store.append(&lobby, epoch, 0, &drafts).await.unwrap();
    store.set_read(&lobby, &user("ann"), 3).await.unwrap();
    store.set_read(&lobby, &user("zoe"), 5).await.unwrap();

    let (short, epoch) = make(&store, "short").await;
    let joined = Body::Joined { role: Role::Member, guest: false, invite: None };
    let drafts = [
        claimed(draft("ann", 1, joined), "c-1"),
        draft("ann", 2, Body::Message(Post::text("is gone"))),
        draft(
            "ann",
            3,
            Body::Edited { target: 2, text: "is gone, too".into(), mentions: Vec::new(), mentions_room: false },
        ),
        Draft { told: false, ..draft("ann", 4, Body::Left { why: Leaving::Left }) },
        Draft { after: 3, ..draft("ann", 5, Body::from(RoomChange::name(name("Short")))) },
    ];
    store.append(&short, epoch, 0, &drafts).await.unwrap();
    store.truncate(&short, 3).await.unwrap();

    let (void, epoch) = make(&store, "void").await;
    store.append(&void, epoch, 0, &[draft("ann", 1, Body::Message(Post::text("is gone")))]).await.unwrap();
    store.truncate(&void, 2).await.unwrap();
    store
}
