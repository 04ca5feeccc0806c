//! Whether two stores give the same answers, but for the epochs.

use std::collections::{BTreeMap, BTreeSet};

use chat_core::{
    Claimed, ClientId, CreateError, Entry, Facts, FactsQuery, MemberFact, Message, OwnRooms, Page, Receipt, RoomId,
    RoomKind, RoomRecord, Seq, Store, UserId, UserRoom, Window,
    limits::{MAX_BATCH, MAX_PAGE},
};

use super::fixture::{epoch, meta, profile_names};

/// Asks both for all there is of these rooms and users.
///
/// # Panics
/// Where they differ.
pub(super) async fn same(one: &dyn Store, other: &dyn Store, rooms: &[RoomId], users: &[UserId]) {
    assert_eq!(profile_names(one, users).await, profile_names(other, users).await, "names");
    assert_eq!(listed(one).await, listed(other).await, "all rooms");
    assert_eq!(public(one).await, public(other).await, "public rooms");
    for user in users {
        assert_eq!(rooms_of(one, user).await, rooms_of(other, user).await, "rooms of {user}");
    }
    for room in rooms {
        if listed(one).await.iter().any(|record| record.room == *room) {
            assert_eq!(Answers::of(one, room, users).await, Answers::of(other, room, users).await, "{room}");
        } else {
            assert_eq!(is_free(one, room).await, is_free(other, room).await, "whether {room} is taken");
        }
    }
}

/// Says no epoch.
fn without_epoch(mut record: RoomRecord) -> RoomRecord {
    record.epoch = epoch(1);
    record
}

async fn listed(store: &dyn Store) -> Vec<RoomRecord> {
    store.rooms(None, MAX_PAGE).await.expect("rooms").into_iter().map(without_epoch).collect()
}

async fn public(store: &dyn Store) -> Vec<RoomRecord> {
    store
        .rooms_of_kind(RoomKind::Public, false, None, MAX_PAGE)
        .await
        .expect("rooms")
        .into_iter()
        .map(without_epoch)
        .collect()
}

async fn rooms_of(store: &dyn Store, user: &UserId) -> Vec<UserRoom> {
    let rooms = store.rooms_of(user, &OwnRooms::all(), MAX_PAGE).await.expect("rooms");
    let latest = store.rooms_of(user, &OwnRooms::latest(), MAX_PAGE).await.expect("rooms");
    let mut by_activity = rooms.clone();
    by_activity.sort_by_key(UserRoom::activity);
    assert_eq!(latest, by_activity, "rooms of {user} by activity");
    rooms.into_iter().map(|room| UserRoom { record: without_epoch(room.record), ..room }).collect()
}

/// Whether an id was never a room's. It is one's afterwards.
async fn is_free(store: &dyn Store, room: &RoomId) -> bool {
    match store.create_room(room, epoch(1), &meta(chat_core::RoomKind::Public)).await {
        Ok(()) => true,
        Err(CreateError::Exists) => false,
        Err(error) => panic!("{error:?}"),
    }
}

/// What a store says of a room.
#[derive(Debug, PartialEq, Eq)]
struct Answers {
    oldest: Seq,
    log: Vec<Entry>,
    history: Vec<Message>,
    facts: BTreeMap<UserId, MemberFact>,
    states: BTreeMap<Seq, (UserId, chat_core::MessageState)>,
    claims: BTreeMap<(UserId, ClientId), Claimed>,
    roster: Vec<MemberFact>,
    members: Vec<MemberFact>,
    reads: BTreeMap<UserId, Seq>,
}

impl Answers {
    async fn of(store: &dyn Store, room: &RoomId, users: &[UserId]) -> Self {
        let (oldest, log) = log(store, room).await;
        let history = history(store, room).await;
        let head = log.last().map_or(oldest - 1, |entry| entry.seq);
        let query = FactsQuery { users: users.to_vec(), roster: true, ..FactsQuery::default() };
        let facts = store.facts(room, &query).await.expect("facts");
        assert_eq!(facts.head, head);
        let mut reads = BTreeMap::new();
        for user in users {
            reads.insert(user.clone(), store.set_read(room, user, 0).await.expect("a read cursor"));
        }
        Self {
            oldest,
            states: states(store, room, head).await,
            claims: claims(store, room, &log).await,
            log,
            history,
            facts: facts.members.into_iter().map(unheld).map(|fact| (fact.user.clone(), fact)).collect(),
            roster: facts.roster.into_iter().map(unheld).collect(),
            members: store.members(room, None, MAX_PAGE).await.expect("members").into_iter().map(unheld).collect(),
            reads,
        }
    }
}

/// Who holds a guest's membership does not move with it.
fn unheld(mut fact: MemberFact) -> MemberFact {
    if let Some(membership) = &mut fact.membership {
        membership.held = false;
    }
    fact
}

async fn log(store: &dyn Store, room: &RoomId) -> (Seq, Vec<Entry>) {
    let mut log: Vec<Entry> = Vec::new();
    loop {
        let after = log.last().map_or(0, |entry| entry.seq);
        let Page { oldest, items, .. } = store.entries(room, Window::after(after, 7)).await.expect("entries");
        if items.is_empty() {
            return (oldest, log);
        }
        log.extend(items);
    }
}

async fn history(store: &dyn Store, room: &RoomId) -> Vec<Message> {
    let mut history: Vec<Message> = Vec::new();
    loop {
        let before = history.first().map(|message| message.entry.seq);
        let items = store.messages(room, Window::last(before, 7)).await.expect("messages").items;
        if items.is_empty() {
            return history;
        }
        history.splice(0..0, items);
    }
}

async fn states(store: &dyn Store, room: &RoomId, head: Seq) -> BTreeMap<Seq, (UserId, chat_core::MessageState)> {
    let mut states = BTreeMap::new();
    let seqs: Vec<Seq> = (0..head + 2).collect();
    for messages in seqs.chunks(MAX_BATCH) {
        let query = FactsQuery { messages: messages.to_vec(), ..FactsQuery::default() };
        let Facts { messages, .. } = store.facts(room, &query).await.expect("facts");
        states.extend(messages.into_iter().map(|fact| (fact.seq, (fact.sender, fact.state))));
    }
    states
}

/// The claims of a log and of what was truncated from it, as facts.
async fn claims(store: &dyn Store, room: &RoomId, log: &[Entry]) -> BTreeMap<(UserId, ClientId), Claimed> {
    let mut made: BTreeSet<(UserId, ClientId)> = BTreeSet::new();
    made.extend(log.iter().filter_map(|entry| Some((entry.sender.clone(), entry.claim.clone()?.client_id))));
    let stubs = store.moving().expect("the store has the power").stubs(room, 0, MAX_PAGE).await.expect("stubs");
    made.extend(stubs.into_iter().map(|stub| (stub.sender, stub.claim.client_id)));
    let mut found = BTreeMap::new();
    for claims in Vec::from_iter(made).chunks(MAX_BATCH) {
        let query = FactsQuery { claims: claims.to_vec(), ..FactsQuery::default() };
        let facts = store.facts(room, &query).await.expect("facts");
        assert_eq!(facts.claims.len(), claims.len(), "claims are known");
        found.extend(facts.claims.into_iter().map(|claimed| {
            let receipt = Receipt { epoch: epoch(1), ..claimed.receipt };
            ((claimed.sender.clone(), claimed.client_id.clone()), Claimed { receipt, ..claimed })
        }));
    }
    found
}
