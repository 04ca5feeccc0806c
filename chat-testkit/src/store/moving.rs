//! Moving: what a store lists of itself is all there is, and what it is given is as it was.

use std::sync::Arc;

use chat_core::{
    AppendError, Beginning, Body, Claimed, CreateError, Draft, Epoch, FactsQuery, MemberFact, MemoryStore, Moving,
    OwnRooms, Role, RoomId, RoomKind, SeededEnvironment, Seq, Store, StoreError, Stub, Timestamp, UserId, UserRoom,
    Window,
    limits::{MAX_BATCH, MAX_PAGE},
};

use super::{
    fixture::{claim, client, epoch, ids, lease, leases, meta, name, room_id, user, users},
    model,
    same::same,
    scribe::Scribe,
};

fn power(store: &Arc<dyn Store>) -> &dyn Moving {
    store.moving().expect("the store has the power")
}

async fn truncate(scribe: &Scribe, oldest: Seq) {
    let retention = scribe.store.retention().expect("who is moved has retention, too");
    assert_eq!(retention.truncate(&scribe.room, oldest).await.expect("a log to truncate"), oldest);
}

/// All users who have a name are listed by id, in pages.
pub async fn users_are_listed_by_id(store: Arc<dyn Store>) {
    assert_eq!(power(&store).users(None, 9).await.expect("users"), []);
    let mut users = users(MAX_PAGE + 3);
    users.extend(ids().iter().map(|id| user(id)));
    for user in users.iter().rev() {
        store.set_profile(user, Some(&name("A name"))).await.expect("a profile");
    }
    store.set_profile(&users.remove(5), None).await.expect("an erased profile");
    users.sort();
    let first = power(&store).users(None, usize::MAX).await.expect("users");
    assert_eq!(first.len(), MAX_PAGE);
    let mut listed = first;
    listed.extend(power(&store).users(listed.last().map(|last| &last.user), MAX_PAGE).await.expect("users"));
    assert!(listed.iter().all(|profile| profile.name == name("A name")));
    assert_eq!(listed.into_iter().map(|profile| profile.user).collect::<Vec<_>>(), users);
    let few = power(&store).users(Some(&users[0]), 2).await.expect("users");
    assert_eq!(few.into_iter().map(|profile| profile.user).collect::<Vec<_>>(), users[1..3]);
}

/// Ids of rooms that are no more are listed by id, and no others.
pub async fn ids_of_deleted_rooms_are_listed(store: Arc<dyn Store>) {
    let mut deleted = Vec::new();
    for (at, id) in ids().iter().enumerate() {
        let room = room_id(id);
        store.create_room(&room, epoch(7), &meta(RoomKind::Private)).await.expect("a new room");
        if at % 3 > 0 {
            store.delete_room(&room).await.expect("a deletion");
            deleted.push(room);
        }
    }
    store.delete_room(&room_id("never-was")).await.expect("a deletion");
    deleted.sort();
    assert_eq!(power(&store).deleted_rooms(None, MAX_PAGE).await.expect("ids"), deleted);
    assert_eq!(power(&store).deleted_rooms(Some(&deleted[2]), 2).await.expect("ids"), deleted[3..5]);
    assert_eq!(power(&store).deleted_rooms(deleted.last(), 2).await.expect("ids"), []);
}

/// Members and others are listed by id, as long as a room's log says anything of them.
pub async fn everyone_a_log_names_is_listed(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let mut named = users(MAX_PAGE + 2);
    for chunk in named.chunks(MAX_BATCH) {
        let joins: Vec<Draft> = chunk
            .iter()
            .map(|user| scribe.draft(user, Body::Joined { role: Role::Member, guest: false, invite: None }))
            .collect();
        scribe.write(&joins).await;
    }
    let (ann, eve) = (named[3].clone(), user("eve"));
    scribe.leave(&ann).await;
    scribe.add(&named[0].clone(), Body::Banned { user: eve.clone(), was_member: false, reason: None }).await;
    scribe.post(&user("a-writer"), "is not named").await;
    store.set_profile(&ann, Some(&name("Ann"))).await.expect("a profile");
    named.push(eve);
    named.sort();
    let first = power(&store).named(&scribe.room, None, usize::MAX).await.expect("facts");
    assert_eq!(first.len(), MAX_PAGE);
    let mut listed = first;
    let after = listed.last().map(|last| last.user.clone());
    listed.extend(power(&store).named(&scribe.room, after.as_ref(), 9).await.expect("facts"));
    assert_eq!(listed.iter().map(|fact| fact.user.clone()).collect::<Vec<_>>(), named);
    for fact in listed {
        let known = scribe.fact(&fact.user).await;
        assert_eq!(fact, MemberFact { name: None, ..known }, "facts are the same, without names");
    }
    let nowhere = power(&store).named(&room_id("nowhere"), None, 9).await;
    assert!(matches!(nowhere, Err(StoreError::NoSuchRoom)), "{nowhere:?}");
}

/// What is left of truncated entries that were claimed is listed by seq; nothing is left of the others.
pub async fn stubs_are_listed(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let ann = user("ann");
    let count = MAX_PAGE as u64 + 40;
    let drafts: Vec<Draft> = (1..=count)
        .map(|n| match n % 4 {
            0 => scribe.message(&ann, "not claimed"),
            _ => scribe.claimed(&ann, "claimed", claim(&format!("'{n}\""), n as u8)),
        })
        .collect();
    for batch in drafts.chunks(MAX_BATCH) {
        scribe.write(batch).await;
    }
    assert_eq!(power(&store).stubs(&scribe.room, 0, 9).await.expect("stubs"), [], "nothing was truncated");
    truncate(&scribe, count - 5).await;
    let gone = scribe.log.iter().filter(|entry| entry.seq < count - 5);
    let expected: Vec<Stub> = gone.filter_map(stub).collect();
    let page = power(&store).stubs(&scribe.room, 0, usize::MAX).await.expect("stubs");
    assert_eq!(page, expected[..expected.len().min(MAX_PAGE)]);
    let after = expected[9].seq;
    assert_eq!(power(&store).stubs(&scribe.room, after, 3).await.expect("stubs"), expected[10..13]);
    assert_eq!(power(&store).stubs(&scribe.room, u64::MAX, 3).await.expect("stubs"), []);
}

fn stub(entry: &chat_core::Entry) -> Option<Stub> {
    Some(Stub { seq: entry.seq, at: entry.at, sender: entry.sender.clone(), claim: entry.claim.clone()? })
}

/// Read cursors are listed by user, members' and others', where they are not 0.
pub async fn read_cursors_are_listed(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let readers = users(MAX_PAGE + 2);
    scribe.fill(&readers[0], 3, "hello").await;
    let mut expected = Vec::new();
    for (at, reader) in readers.iter().enumerate() {
        let seq = at as u64 % 4;
        store.set_read(&scribe.room, reader, seq).await.expect("a read cursor");
        expected.extend((seq > 0).then(|| (reader.clone(), seq)));
    }
    assert_eq!(power(&store).read_cursors(&scribe.room, None, usize::MAX).await.expect("reads"), expected);
    let after = Some(&expected[4].0);
    assert_eq!(power(&store).read_cursors(&scribe.room, after, 2).await.expect("reads"), expected[5..7]);
}

/// A room that begins late is as one of which the beginning was truncated, and goes on from there.
pub async fn a_log_may_begin_late(store: Arc<dyn Store>) {
    let room = room_id("late");
    let beginning = Beginning { oldest: 1_000, told: 998, members: 2, active_at: Some(Timestamp(77)) };
    power(&store).begin(&room, epoch(5), &meta(RoomKind::Public), &beginning).await.expect("a new room");
    let again = power(&store).begin(&room, epoch(6), &meta(RoomKind::Public), &beginning).await;
    assert!(matches!(again, Err(CreateError::Exists)), "{again:?}");
    let stubs: Vec<Stub> = (1..MAX_BATCH as u64)
        .map(|n| Stub {
            seq: 3 * n,
            at: Timestamp(-7 * n as i64),
            sender: user("ann"),
            claim: claim(&format!("c'{n}"), n as u8),
        })
        .collect();
    let members = ["ann", "bob"].map(|id| member(id, 900, false));
    power(&store).restore(&room, &members, &stubs).await.expect("restored");
    let record = store.room(&room).await.expect("a room").expect("a room that exists");
    assert_eq!((record.head, record.told, record.members, record.epoch), (999, 998, 2, epoch(5)));
    assert_eq!(record.active_at, Timestamp(77), "of a message that is gone");
    let page = store.entries(&room, Window::after(0, 9)).await.expect("entries");
    assert_eq!((page.oldest, page.head, page.items.len()), (1_000, 999, 0));
    assert_eq!(power(&store).stubs(&room, 0, 2).await.expect("stubs"), stubs[..2]);

    let mut scribe = Scribe::open(&store, "other").await;
    let draft = scribe.message(&user("ann"), "on");
    for wrong in [0, 3, 998, 1_000] {
        let refused = store.append(&room, epoch(5), wrong, std::slice::from_ref(&draft)).await;
        assert!(matches!(refused, Err(AppendError::Conflict { head: 999, .. })), "at {wrong}: {refused:?}");
    }
    let taken = scribe.claimed(&user("ann"), "again", claim("c'7", 7));
    let duplicate = store.append(&room, epoch(5), 999, std::slice::from_ref(&taken)).await;
    let Err(AppendError::Duplicate(claimed)) = duplicate else { panic!("the claim is taken: {duplicate:?}") };
    let receipt = chat_core::Receipt { epoch: epoch(5), seq: 21, at: Timestamp(-49) };
    let expected = Claimed { sender: user("ann"), client_id: client("c'7"), digest: stubs[6].claim.digest, receipt };
    assert_eq!(claimed, [expected]);
    store.append(&room, epoch(5), 999, &[draft]).await.expect("it goes on");
    let page = store.messages(&room, Window::last(None, 9)).await.expect("messages");
    assert_eq!((page.oldest, page.head), (1_000, 1_000));
    assert_eq!(page.items.iter().map(|message| message.entry.seq).collect::<Vec<_>>(), [1_000]);
    let rooms = store.rooms_of(&user("bob"), &OwnRooms::all(), 9).await.expect("rooms");
    let listed = |room: &UserRoom| (room.unread, room.since, room.last.as_ref().map(|last| last.seq));
    assert_eq!(rooms.iter().map(listed).collect::<Vec<_>>(), [(1, 899, Some(1_000))]);
}

fn member(id: &str, as_of: Seq, guest: bool) -> MemberFact {
    let membership = chat_core::Membership { role: Role::Moderator, since: as_of - 1, guest, held: guest };
    MemberFact { membership: Some(membership), as_of, ..MemberFact::unknown(user(id)) }
}

/// Facts that were restored are not changed by the entries that they are the outcome of; later ones do change them.
pub async fn facts_are_ahead_of_their_log(store: Arc<dyn Store>) {
    let (room, epoch) = (room_id("late"), epoch(5));
    let beginning = Beginning { oldest: 10, told: 9, members: 1, active_at: None };
    power(&store).begin(&room, epoch, &meta(RoomKind::Public), &beginning).await.expect("a new room");
    let (ann, bob, guest) = (user("ann"), user("bob"), user("g-1"));
    let mut known = vec![member("ann", 8, false), member("bob", 13, false), member("g-1", 11, true)];
    known[1].demoted = true;
    power(&store).restore(&room, &known, &[]).await.expect("restored");
    known[2].membership.as_mut().expect("a membership").held = false;
    let mut scribe = Scribe::open(&store, "other").await;
    let joined = |guest| Body::Joined { role: Role::Owner, guest, invite: None };
    let tail = [
        scribe.draft(&guest, joined(true)),
        scribe.draft(&bob, joined(false)),
        scribe.draft(&bob, Body::Left { why: chat_core::Leaving::Left }),
        scribe.draft(&bob, joined(false)),
    ];
    store.append(&room, epoch, 9, &tail[..1]).await.expect("an append");
    store.append(&room, epoch, 10, &tail[1..]).await.expect("an append");
    let users = vec![ann.clone(), bob.clone(), guest.clone()];
    let query = FactsQuery { users, roster: true, seniors: true, ..FactsQuery::default() };
    let mut facts = store.facts(&room, &query).await.expect("facts");
    facts.members.sort_by(|a, b| a.user.cmp(&b.user));
    assert_eq!(facts.members, known);
    let roster: Vec<&UserId> = facts.roster.iter().map(|fact| &fact.user).collect();
    assert_eq!(roster, [&ann, &guest, &bob], "by the seq at which they joined");
    let seniors: Vec<&UserId> = facts.seniors.iter().map(|fact| &fact.user).collect();
    assert_eq!(seniors, [&ann, &bob], "by rank");
    assert_eq!(store.room(&room).await.expect("a room").map(|record| record.members), Some(3));
    let stale = leases(&store).stale_leases(lease(1, 1), 9).await.expect("stale leases");
    assert_eq!(stale, [(room.clone(), guest.clone(), 10)], "nobody holds who was moved");
    let kick = scribe.draft(&ann, Body::Kicked { user: bob.clone(), reason: None });
    store.append(&room, epoch, 13, &[kick]).await.expect("an append");
    let query = FactsQuery { users: vec![bob], ..FactsQuery::default() };
    let facts = store.facts(&room, &query).await.expect("facts");
    assert!(facts.members[0].membership.is_none() && facts.members[0].as_of == 14, "{:?}", facts.members);
}

/// A room that is renewed is the same, in another life.
pub async fn a_renewed_log_is_another_life_of_its_room(store: Arc<dyn Store>) {
    let twin: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let ann = user("ann");
    let mut scribes = Vec::new();
    for store in [&store, &twin] {
        let mut scribe = Scribe::open(store, "log").await;
        scribe.join(&ann).await;
        scribe.join_guest(&user("g-1"), Some(lease(1, 1))).await;
        scribe.fill(&ann, 5, "hello").await;
        let draft = scribe.claimed(&ann, "claimed", claim("c", 1));
        scribe.write(&[draft]).await;
        scribe
            .add(
                &ann,
                Body::Edited { target: 4, text: "edited".into(), mentions: vec![ann.clone()], mentions_room: false },
            )
            .await;
        scribe
            .add(
                &ann,
                Body::Edited { target: 8, text: "edited".into(), mentions: vec![ann.clone()], mentions_room: false },
            )
            .await;
        store.set_read(&scribe.room, &ann, 6).await.expect("a read cursor");
        truncate(&scribe, 5).await;
        scribes.push(scribe);
    }
    let [scribe, twins] = &mut scribes[..] else { panic!("there are two") };
    let (rooms, users) = ([scribe.room.clone()], [ann.clone(), user("g-1")]);
    let old = std::mem::replace(&mut scribe.epoch, epoch(77));
    power(&store).renew(&scribe.room, epoch(77)).await.expect("renewed");
    let heads = store.heads(&rooms).await.expect("heads");
    assert_eq!(heads, [(scribe.room.clone(), epoch(77), scribe.head())]);
    same(&*store, &*twin, &rooms, &users).await;

    let late = twins.message(&ann, "late");
    let refused = store.append(&scribe.room, old, scribe.head(), std::slice::from_ref(&late)).await;
    assert!(matches!(refused, Err(AppendError::Conflict { epoch: of, .. }) if of == epoch(77)), "{refused:?}");
    let again = scribe.claimed(&ann, "claimed", claim("c", 1));
    let duplicate = store.append(&scribe.room, epoch(77), scribe.head(), &[again]).await;
    let Err(AppendError::Duplicate(claimed)) = duplicate else { panic!("the claim is taken: {duplicate:?}") };
    assert_eq!((claimed[0].receipt.seq, claimed[0].receipt.epoch), (8, epoch(77)));
    let delete = twins.draft(&ann, Body::Deleted { target: 8 });
    let leave = twins.draft(&ann, Body::Left { why: chat_core::Leaving::Left });
    for scribe in [scribe, twins] {
        scribe.write(&[late.clone(), delete.clone(), leave.clone()]).await;
    }
    same(&*store, &*twin, &rooms, &users).await;
    power(&store).renew(&rooms[0], epoch(78)).await.expect("renewed again");
    assert_eq!(store.room(&rooms[0]).await.expect("a room").map(|record| record.epoch), Some(epoch(78)));
    same(&*store, &*twin, &rooms, &users).await;
    store.delete_room(&rooms[0]).await.expect("a deletion");
    assert_eq!(power(&store).deleted_rooms(None, 9).await.expect("ids"), rooms);
    let nowhere = power(&store).renew(&rooms[0], epoch(79)).await;
    assert!(matches!(nowhere, Err(StoreError::NoSuchRoom)), "{nowhere:?}");
}

/// Random rooms that are moved here from a store in memory give the same answers, and move back as the same bytes.
pub async fn random_rooms_move_here(store: Arc<dyn Store>) {
    let from: Arc<dyn Store> = Arc::new(MemoryStore::new());
    model::fill(Arc::clone(&from), 3, 250).await;
    there_and_back(from, store).await;
}

/// Random rooms that are moved from here to a store in memory give the same answers there.
pub async fn random_rooms_move_away(store: Arc<dyn Store>) {
    model::fill(Arc::clone(&store), 4, 250).await;
    there_and_back(store, Arc::new(MemoryStore::new())).await;
}

/// Moves all from one store to an empty other one, and compares all that either can be asked.
///
/// # Panics
/// Where they differ.
pub async fn there_and_back(from: Arc<dyn Store>, to: Arc<dyn Store>) {
    let environment = SeededEnvironment::new(1, Timestamp(0));
    let mut file = Vec::new();
    let exported = chat_export::export(&*from, &mut file, &mut |_| {}).await.expect("an export");
    let imported = chat_export::import(&*to, &*file, &environment, None, &mut |_| {}).await.expect("an import");
    assert_eq!(imported, exported.summary);
    let mut again = Vec::new();
    chat_export::export(&*to, &mut again, &mut |_| {}).await.expect("an export");
    assert!(file == again, "what was moved is exported as other bytes");
    let (rooms, users) = model::cast();
    for (old, new) in epochs(&*from, &rooms).await.into_iter().zip(epochs(&*to, &rooms).await) {
        assert!(old.0 == new.0 && old.1 != new.1, "{old:?} became {new:?}");
    }
    same(&*from, &*to, &rooms, &users).await;
}

async fn epochs(store: &dyn Store, rooms: &[RoomId]) -> Vec<(RoomId, Epoch)> {
    let mut heads = store.heads(rooms).await.expect("heads");
    heads.sort();
    heads.into_iter().map(|(room, epoch, _)| (room, epoch)).collect()
}
