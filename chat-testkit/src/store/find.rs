//! Public rooms are found by the words of their names and topics.

use std::sync::Arc;

use chat_core::{
    Body, FoundRoom, Place, Prefix, RoomChange, RoomId, RoomKind, RoomMeta, Store, WordIndex, limits::MAX_PAGE,
};

use super::{
    fixture::{epoch, meta, name, room_id, user},
    scribe::Scribe,
};

fn prefix(search: &str) -> Prefix {
    Prefix::parse(search).expect("a search")
}

/// A room of this kind that is called so.
async fn called(store: &Arc<dyn Store>, id: &str, kind: RoomKind, called: &str) -> Scribe {
    let mut scribe = Scribe::open_kind(store, id, kind).await;
    change(&mut scribe, RoomChange::name(name(called))).await;
    scribe
}

async fn change(scribe: &mut Scribe, change: RoomChange) {
    scribe.add(&user("ann"), Body::from(change)).await;
}

async fn found(store: &dyn Store, search: &str) -> Vec<String> {
    let found = store.find_rooms(&prefix(search), None, MAX_PAGE).await.expect("an answer");
    found.into_iter().map(|found| found.record.room.to_string()).collect()
}

/// First by its name, then by what begins within it, then by its topic; archived rooms come last.
pub async fn public_rooms_are_found_by_the_beginning_of_a_word(store: Arc<dyn Store>) {
    let rooms =
        [("b", "Rust"), ("a", "Rustacean Club"), ("c", "Über Rust"), ("d", "C++"), ("e", "Ruste"), ("f", "Rust")];
    let mut scribes = Vec::new();
    for (id, name) in rooms {
        scribes.push(called(&store, id, RoomKind::Public, name).await);
    }
    change(&mut scribes[3], RoomChange::topic("or maybe RUST?")).await;
    change(&mut scribes[1], RoomChange::topic("Rust and more")).await;
    change(&mut scribes[4], RoomChange::archived(true)).await;
    let searches = [
        ("rust", ["b", "f", "a", "c", "d", "e"].as_slice()),
        ("rustac", &["a"]),
        ("uber rust", &["c"]),
        ("c", &["d", "a"]),
        ("maybe rust", &["d"]),
        ("more", &["a"]),
        ("ust", &[]),
        ("e", &[]),
    ];
    for (search, expected) in searches {
        assert_eq!(found(&*store, search).await, expected, "{search:?}");
    }
    let first = store.find_rooms(&prefix("RUST"), None, 1).await.expect("an answer").remove(0);
    assert_eq!(first.place, Place { rank: 0, text: "rust".into(), id: room_id("b") });
    assert_eq!(first.record, scribes[0].record().await);
    assert_eq!(store.find_rooms(&prefix("rust"), None, 0).await.expect("an answer"), []);
}

/// Whatever they are called.
pub async fn only_public_rooms_are_found(store: Arc<dyn Store>) {
    for (id, kind) in [
        ("private", RoomKind::Private),
        ("direct", RoomKind::Direct),
        ("inbox", RoomKind::Inbox),
        ("news", RoomKind::Announcement),
        ("public", RoomKind::Public),
    ] {
        let mut scribe = called(&store, id, kind, "Tea").await;
        change(&mut scribe, RoomChange::topic("Tea")).await;
    }
    assert_eq!(found(&*store, "tea").await, ["public"]);
}

/// A new name, a topic that is taken away, an archive and its end hold at once, and a deleted room is found no more.
pub async fn what_changes_of_a_room_changes_what_it_is_found_by(store: Arc<dyn Store>) {
    let made = RoomMeta { name: name("Tea"), topic: Some("green".into()), ..meta(RoomKind::Public) };
    store.create_room(&room_id("made"), epoch(1), &made).await.expect("a new room");
    assert_eq!(
        (found(&*store, "tea").await, found(&*store, "green").await),
        (vec!["made".to_owned()], vec!["made".to_owned()])
    );
    let mut scribe = called(&store, "log", RoomKind::Public, "Tea house").await;
    assert_eq!(found(&*store, "tea").await, ["made", "log"]);
    change(&mut scribe, RoomChange { topic: Some("green".into()), ..RoomChange::name(name("Coffee house")) }).await;
    assert_eq!(
        (found(&*store, "tea").await, found(&*store, "green").await),
        (vec!["made".to_owned()], vec!["log".to_owned(), "made".to_owned()])
    );
    assert_eq!(found(&*store, "house").await, ["log"], "what two names share stays");
    change(&mut scribe, RoomChange::slow_mode(1_000)).await;
    assert_eq!(found(&*store, "coffee").await, ["log"]);
    change(&mut scribe, RoomChange::archived(true)).await;
    assert_eq!(found(&*store, "green").await, ["made", "log"]);
    change(&mut scribe, RoomChange::archived(false)).await;
    change(&mut scribe, RoomChange::topic("")).await;
    assert_eq!(found(&*store, "green").await, ["made"]);
    store.delete_room(&scribe.room).await.expect("a deletion");
    assert_eq!((found(&*store, "coffee").await, found(&*store, "tea").await), (vec![], vec!["made".to_owned()]));
}

/// Pages of any length follow each other without a hole, and no room comes twice.
pub async fn a_search_of_rooms_goes_on_where_its_page_ended(store: Arc<dyn Store>) {
    let (mut index, count) = (WordIndex::default(), MAX_PAGE + 20);
    for n in 0..count {
        let (id, topic) = (room_id(&format!("r-{n:03}")), ["tea", "te te", "", "Tee"][n % 4]);
        let made = RoomMeta {
            name: name(["Tea", "Big tea", "Teahouse tea", "The tea"][n / 7 % 4]),
            topic: Some(topic.into()).filter(|_| !topic.is_empty()),
            archived: n % 11 == 0,
            ..meta(RoomKind::Public)
        };
        index.insert(&id, made.words());
        store.create_room(&id, epoch(1), &made).await.expect("a new room");
    }
    let prefix = prefix("te");
    let expected: Vec<Place<RoomId>> = index.find(&RoomMeta::RANKS, &prefix, None).collect();
    assert_eq!(expected.len(), count, "the index finds each once");
    for limit in [1, 7, MAX_PAGE, usize::MAX] {
        let mut all: Vec<Place<RoomId>> = Vec::new();
        loop {
            let page: Vec<FoundRoom> = store.find_rooms(&prefix, all.last(), limit).await.expect("an answer");
            assert!(page.len() <= limit.min(MAX_PAGE));
            let is_end = page.is_empty();
            all.extend(page.into_iter().map(|found| found.place));
            if is_end {
                break;
            }
        }
        assert_eq!(all, expected, "by {limit}");
    }
}
