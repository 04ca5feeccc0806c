//! Random operations, on the store and on a model that keeps nothing but the log and works out the rest each time.

mod compare;
mod generate;
mod room;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chat_core::{AppendError, Appended, CreateError, Epoch, Name, RoomId, Seq, Store, UserId};

use self::{
    compare::compare,
    generate::Generator,
    room::{Change, Room},
};
use super::fixture::{meta, sorted};

/// A random history of operations comes to the same in the store and in the model, step by step.
pub async fn random_operations_agree_with_a_model(store: Arc<dyn Store>) {
    random_operations(store, 1, 150).await;
}

/// The same with another seed.
pub async fn random_operations_agree_with_a_model_again(store: Arc<dyn Store>) {
    random_operations(store, 2, 150).await;
}

/// Does so many random operations on an empty store, and compares it with the model after each.
///
/// # Panics
/// If they differ; the seed is printed then, and replays the same operations.
pub async fn random_operations(store: Arc<dyn Store>, seed: u64, steps: usize) {
    let _replay = Replay(seed);
    let generator = Generator::new(seed);
    let mut model = Model::default();
    for _ in 0..steps {
        let room = step(&*store, &generator, &mut model).await;
        compare(&*store, &generator, &model, &room).await;
    }
}

/// Does so many random operations on an empty store, and truncates logs now and then; no entry is of a kind that is unknown.
///
/// # Panics
/// If the store answers other than the model; the seed is printed then.
pub async fn fill(store: Arc<dyn Store>, seed: u64, steps: usize) {
    let _replay = Replay(seed);
    let generator = Generator::of_known_kinds(seed);
    let mut model = Model::default();
    for _ in 0..steps {
        let room = step(&*store, &generator, &mut model).await;
        if let (Some(log), Some(retention)) = (model.rooms.get(&room), store.retention())
            && generator.dice.chance(40)
        {
            retention.truncate(&room, generator.seq(log)).await.expect("a truncation");
        }
    }
}

/// The rooms and users of random operations.
pub(super) fn cast() -> (Vec<RoomId>, Vec<UserId>) {
    (Generator::rooms(), Generator::users())
}

/// Names the seed when a comparison fails.
struct Replay(u64);

impl Drop for Replay {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the seed of these random operations is {}", self.0);
        }
    }
}

/// All there is, as logs.
#[derive(Default)]
struct Model {
    rooms: BTreeMap<RoomId, Room>,
    deleted: BTreeSet<RoomId>,
    names: BTreeMap<UserId, Name>,
}

/// Does one thing, and returns the room it was done to.
async fn step(store: &dyn Store, generator: &Generator, model: &mut Model) -> RoomId {
    let room = generator.room();
    let user = generator.user();
    if !model.rooms.contains_key(&room) || generator.dice.chance(20) {
        create(store, generator, model, &room).await;
    }
    let Some(log) = model.rooms.get_mut(&room) else { return room };
    match generator.dice.below(100) {
        0 => {
            store.delete_room(&room).await.expect("a deletion");
            model.rooms.remove(&room);
            model.deleted.insert(room.clone());
        }
        1..8 => {
            let seq = generator.seq(log);
            store.redact(&room, seq).await.expect("a redaction");
            log.redact(seq);
        }
        8..15 => {
            let seq = generator.seq(log);
            let stands = store.set_read(&room, &user, seq).await.expect("a read cursor");
            assert_eq!(stands, log.set_read(&user, seq), "{user} reads {seq} in {room}");
        }
        15..20 => {
            let name = generator.dice.chance(700).then(|| generator.name());
            store.set_profile(&user, name.as_ref()).await.expect("a profile");
            model.names.remove(&user);
            model.names.extend(name.map(|name| (user, name)));
        }
        20..25 => {
            let since = if generator.dice.chance(800) { log.since(&user) } else { generator.seq(log) };
            let lease = generator.lease();
            let Some(leases) = store.leases() else { return room };
            leases.hold_lease(&room, &user, since, lease).await.expect("a lease");
            log.changes.push((log.head(), user, Change { since, node: lease.node, life: Some(lease.incarnation) }));
        }
        25..28 => {
            let since = if generator.dice.chance(800) { log.since(&user) } else { generator.seq(log) };
            let node = generator.lease().node;
            let Some(leases) = store.leases() else { return room };
            leases.release_lease(&room, &user, since, node).await.expect("a release");
            log.changes.push((log.head(), user, Change { since, node, life: None }));
        }
        _ => append(store, generator, model, &room).await,
    }
    room
}

async fn create(store: &dyn Store, generator: &Generator, model: &mut Model, room: &RoomId) {
    let (epoch, meta) = (Epoch::from_random(generator.dice.random() as u64), meta(generator.room_kind()));
    let taken = model.rooms.contains_key(room) || model.deleted.contains(room);
    match store.create_room(room, epoch, &meta).await {
        Ok(()) if !taken => drop(model.rooms.insert(room.clone(), Room::new(epoch, meta))),
        Err(CreateError::Exists) if taken => {}
        other => panic!("{room} is {}: {other:?}", if taken { "taken" } else { "free" }),
    }
}

/// Appends drafts that make sense, now and then at a wrong place or with claims made before.
async fn append(store: &dyn Store, generator: &Generator, model: &mut Model, room: &RoomId) {
    let Some(log) = model.rooms.get_mut(room) else { return };
    let drafts = generator.drafts(log);
    let (epoch, expected) = generator.place(log);
    let appended = store.append(room, epoch, expected, &drafts).await;
    if (epoch, expected) != (log.epoch, log.head()) {
        let conflict = matches!(appended, Err(AppendError::Conflict { epoch, head })
            if (epoch, head) == (log.epoch, log.head()));
        assert!(conflict, "at {expected} of a log of {}: {appended:?}", log.head());
        return;
    }
    let duplicates = log.duplicates(&drafts);
    match appended {
        Err(AppendError::Duplicate(claims)) => assert_eq!(sorted(claims), duplicates),
        Ok(Appended { count }) => {
            assert_eq!(duplicates, [], "duplicates were appended");
            let distinct = Room::distinct(&drafts);
            assert!(count <= distinct && (count > 0 || drafts.is_empty()), "{count} of {distinct} drafts");
            for draft in &drafts[..count] {
                log.push(draft);
                if let Some(name) = &draft.name {
                    model.names.entry(draft.sender.clone()).or_insert_with(|| name.clone());
                }
            }
        }
        Err(other) => panic!("{other:?}"),
    }
}

/// A seq just below, in or just above a log.
fn around(head: Seq, choice: usize) -> Seq {
    (choice as Seq) % (head + 3)
}
