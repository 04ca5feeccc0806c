//! Retention: what is removed from the beginning of a log is gone, and said to be.

use std::sync::Arc;

use chat_core::{
    AppendError, Body, Entry, FactsQuery, MessageState, OwnRooms, Retention, Role, Seq, Store, StoreError, Window,
    limits::MAX_PAGE,
};

use super::{
    fixture::{claim, lease, room_id, user},
    scribe::Scribe,
};

fn power(store: &Arc<dyn Store>) -> &dyn Retention {
    store.retention().expect("the store has the power")
}

async fn truncate(scribe: &Scribe, oldest: Seq) -> Seq {
    power(&scribe.store).truncate(&scribe.room, oldest).await.expect("a log to truncate")
}

/// Pages hold what is left, and tell where it begins, whatever part of the log they are asked for.
async fn check(scribe: &Scribe, oldest: Seq) {
    let (head, left) = (scribe.head(), scribe.log.iter().filter(|entry| entry.seq >= oldest));
    let left: Vec<Entry> = left.cloned().collect();
    assert_eq!(scribe.read_log().await, left, "the log");
    let messages: Vec<Entry> = left.iter().filter(|entry| entry.body.is_message()).cloned().collect();
    let history = scribe.read_history().await;
    assert_eq!(history.iter().map(|message| message.entry.clone()).collect::<Vec<_>>(), messages, "the history");
    let edges = [None, Some(0), Some(1), Some(oldest - 1), Some(oldest), Some(head), Some(head + 1), Some(u64::MAX)];
    for (after, before) in edges.iter().flat_map(|after| edges.map(|before| (*after, before))) {
        let window = Window { after, before, limit: 2 };
        let page = scribe.entries(window).await;
        assert_eq!((page.oldest, page.head, page.epoch), (oldest, head, scribe.epoch), "{window:?}");
        let within = left.iter().filter(|entry| after.is_none_or(|after| entry.seq > after));
        let mut within: Vec<&Entry> = within.filter(|entry| before.is_none_or(|before| entry.seq < before)).collect();
        if window.is_backwards() {
            within.drain(..within.len().saturating_sub(2));
        }
        within.truncate(2);
        assert_eq!(page.items.iter().collect::<Vec<_>>(), within, "{window:?}");
        assert_eq!(scribe.messages(window).await.oldest, oldest, "{window:?}");
    }
}

/// What lies below is gone from every page; the head stays, and the log goes on.
pub async fn what_is_truncated_is_gone_and_said_to_be(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let ann = user("ann");
    scribe.join(&ann).await;
    for n in 0..MAX_PAGE + 20 {
        scribe.post(&ann, &format!("message {n}")).await;
    }
    check(&scribe, 1).await;
    for oldest in [2, 7, MAX_PAGE as Seq + 3] {
        assert_eq!(truncate(&scribe, oldest).await, oldest);
        check(&scribe, oldest).await;
    }
    scribe.post(&ann, "and on").await;
    check(&scribe, MAX_PAGE as Seq + 3).await;
}

/// It goes forward only, and at most past the head.
pub async fn truncation_stays_within_the_log(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    assert_eq!(truncate(&scribe, 9).await, 1, "an empty log has nothing to lose");
    let ann = user("ann");
    scribe.fill(&ann, 6, "hello").await;
    for (asked, oldest) in [(0, 1), (1, 1), (4, 4), (2, 4), (4, 4), (u64::MAX, 7)] {
        assert_eq!(truncate(&scribe, asked).await, oldest, "asked for {asked}");
        check(&scribe, oldest).await;
    }
    scribe.post(&ann, "the only one").await;
    check(&scribe, 7).await;
    let nowhere = power(&store).truncate(&room_id("nowhere"), 1).await;
    assert!(matches!(nowhere, Err(StoreError::NoSuchRoom)), "{nowhere:?}");
}

/// A client id that was used stays used, and has its first receipt.
pub async fn claims_outlive_truncation(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let ann = user("ann");
    let first = scribe.claimed(&ann, "first", claim("c", 1));
    scribe.write(std::slice::from_ref(&first)).await;
    let receipt = scribe.log[0].receipt(scribe.epoch);
    scribe.fill(&ann, 3, "more").await;
    truncate(&scribe, 4).await;
    let again = store.append(&scribe.room, scribe.epoch, scribe.head(), &[first]).await;
    let Err(AppendError::Duplicate(claimed)) = again else { panic!("the claim is taken: {again:?}") };
    assert_eq!((claimed.len(), &claimed[0].receipt), (1, &receipt));
    let claims = vec![(ann, claim("c", 1).client_id)];
    let facts = scribe.facts(&FactsQuery { claims, ..FactsQuery::default() }).await;
    assert_eq!(facts.claims, claimed);
    check(&scribe, 4).await;
}

/// Who is a member, and what else is known of users, does not change.
pub async fn members_outlive_truncation(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let (ann, bob, eve, guest) = (user("ann"), user("bob"), user("eve"), user("g-1"));
    scribe.join(&ann).await;
    scribe.join(&bob).await;
    scribe.add(&ann, Body::RoleChanged { user: bob.clone(), role: Role::Moderator }).await;
    scribe.join_guest(&guest, Some(lease(1, 1))).await;
    scribe.add(&ann, Body::Banned { user: eve.clone(), reason: None, was_member: false }).await;
    let users = vec![ann.clone(), bob, eve, guest];
    let query = FactsQuery { users, roster: true, ..FactsQuery::default() };
    let before = (scribe.record().await, scribe.facts(&query).await);
    assert_eq!(truncate(&scribe, 6).await, 6);
    let after = (scribe.record().await, scribe.facts(&query).await);
    assert_eq!(before.0, after.0);
    assert_eq!(before.1.roster, after.1.roster);
    for fact in before.1.members {
        assert!(after.1.members.contains(&fact), "{fact:?}");
    }
    scribe.leave(&ann).await;
    assert_eq!(scribe.record().await.members, 2);
    check(&scribe, 6).await;
}

/// A message that is gone is none: it is not counted as unread, and nothing comes of it any more.
pub async fn truncated_messages_are_none(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let (ann, bob) = (user("ann"), user("bob"));
    scribe.join(&ann).await;
    let post = |text: &str| {
        let mentions = vec![ann.clone()];
        Body::Message(chat_core::Post { mentions, ..chat_core::Post::text(text) })
    };
    for text in ["one", "two", "three"] {
        scribe.add(&bob, post(text)).await;
    }
    let edit =
        |target| Body::Edited { target, text: "edited".into(), mentions: vec![ann.clone()], mentions_room: false };
    scribe.add(&bob, edit(2)).await;
    truncate(&scribe, 4).await;
    let unread = async || {
        let rooms = store.rooms_of(&ann, &OwnRooms::all(), 9).await.expect("rooms");
        (rooms[0].unread, rooms[0].mentions)
    };
    assert_eq!(unread().await, (1, 1));
    scribe.add(&bob, edit(3)).await;
    scribe.add(&bob, Body::Deleted { target: 2 }).await;
    power(&store).truncate(&scribe.room, 4).await.expect("the same again");
    let facts = scribe.facts(&FactsQuery { messages: vec![2, 3, 4], ..FactsQuery::default() }).await;
    assert!(store.edits(&scribe.room, 3, 0, 9).await.expect("edits").is_empty());
    let known: Vec<_> = facts.messages.iter().map(|fact| (fact.seq, fact.state.clone())).collect();
    assert_eq!(known, [(4, MessageState::default())]);
    assert_eq!(unread().await, (1, 1));
    check(&scribe, 4).await;
}

/// A pinned message that is gone is pinned no more, and gives its place back.
pub async fn truncated_messages_are_not_pinned(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let ann = user("ann");
    scribe.fill(&ann, 4, "hello").await;
    scribe.write_all(&ann, [3, 1, 2].map(|target| Body::Pinned { target })).await;
    truncate(&scribe, 3).await;
    let pins = store.pins(&scribe.room, None, 9).await.expect("pins");
    assert_eq!(pins.iter().map(|message| message.entry.seq).collect::<Vec<_>>(), [3]);
    assert_eq!(scribe.facts(&FactsQuery { pins: true, ..FactsQuery::default() }).await.pins, 1);
}
