//! Compares all a store can be asked with what the model works out.

use chat_core::{
    Activity, Facts, FactsQuery, MemberFact, Message, OwnRooms, Prefix, RoomId, RoomKind, RoomMeta, RoomRecord, Seq,
    Store, Timestamp, UserId, UserRoom, Window, WordIndex, limits::MAX_PAGE,
};

use super::{
    super::fixture::{profile_names, sorted, within},
    Model,
    generate::Generator,
    room::Room,
};

/// Compares one room, and what is known of all.
pub(super) async fn compare(store: &dyn Store, generator: &Generator, model: &Model, room: &RoomId) {
    match model.rooms.get(room) {
        Some(log) => {
            let record = store.room(room).await.expect("an answer");
            assert_eq!(record, Some(log.record(room)));
            pages(store, generator, room, log).await;
            facts(store, generator, model, room, log).await;
            pins_and_edits(store, generator, room, log).await;
            members(store, generator, model, room, log).await;
        }
        None => assert_eq!(store.room(room).await.expect("an answer"), None),
    }
    lists(store, generator, model).await;
    stale_leases(store, generator, model).await;
}

async fn pages(store: &dyn Store, generator: &Generator, room: &RoomId, log: &Room) {
    let history = log.history();
    let messages: Vec<Seq> = history.iter().map(|message: &Message| message.entry.seq).collect();
    let all: Vec<Seq> = (1..=log.head()).collect();
    for window in [generator.window(log), generator.window(log), Window::last(None, 50)] {
        let page = store.entries(room, window).await.expect("entries");
        let expected = within(&all, window).into_iter().map(|seq| &log.log[seq as usize - 1]);
        assert!(page.items.iter().eq(expected), "entries of {window:?}: {:?}\nof {:?}", page.items, log.log);
        assert_eq!((page.epoch, page.head, page.oldest), (log.epoch, log.head(), 1));
        let page = store.messages(room, window).await.expect("messages");
        let expected = within(&messages, window);
        let expected = history.iter().filter(|message| expected.contains(&message.entry.seq));
        assert!(page.items.iter().eq(expected), "messages of {window:?}: {:?}\nof {history:?}", page.items);
        assert_eq!((page.epoch, page.head, page.oldest), (log.epoch, log.head(), 1));
    }
}

async fn facts(store: &dyn Store, generator: &Generator, model: &Model, room: &RoomId, log: &Room) {
    let mut claims: Vec<_> = log.claims().into_keys().collect();
    claims.retain(|_| generator.dice.chance(300));
    let unused = (generator.user(), super::super::fixture::client("never used"));
    claims.push(unused);
    let mut messages: Vec<Seq> = (0..6).map(|_| generator.seq(log)).collect();
    messages.sort_unstable();
    messages.dedup();
    let query = FactsQuery {
        users: Generator::users(),
        messages,
        claims,
        roster: generator.dice.chance(500),
        seniors: generator.dice.chance(500),
        pins: generator.dice.chance(500),
    };
    let Facts { epoch, head, mut members, messages, claims, roster, seniors, pins } =
        store.facts(room, &query).await.expect("facts");
    assert_eq!((epoch, head), (log.epoch, log.head()));
    members.sort_by(|a, b| a.user.cmp(&b.user));
    let mut users = query.users.clone();
    users.sort();
    assert_eq!(members, users.iter().map(|user| log.fact(user, &model.names)).collect::<Vec<_>>());
    let mut messages = messages;
    messages.sort_by_key(|fact| fact.seq);
    assert_eq!(messages, log.message_facts(&query.messages));
    let known = log.claims();
    let expected = query.claims.iter().filter_map(|claim| known.get(claim).cloned()).collect();
    assert_eq!(sorted(claims), sorted(expected));
    assert_eq!(roster, if query.roster { log.roster(&model.names) } else { Vec::new() });
    assert_eq!(seniors, if query.seniors { log.seniors(&model.names) } else { Vec::new() });
    assert_eq!(pins, if query.pins { log.pins().len() as u64 } else { 0 });
}

async fn pins_and_edits(store: &dyn Store, generator: &Generator, room: &RoomId, log: &Room) {
    let (seq, limit) = (generator.seq(log), generator.dice.below(5));
    let below = log.pins().into_iter().filter(|(pin, _)| *pin < seq).map(|(_, message)| message);
    let listed = store.pins(room, Some(seq), limit).await.expect("pins");
    assert_eq!(listed, below.take(limit).collect::<Vec<_>>(), "pins below {seq}");
    let message = generator.seq(log);
    let edits = store.edits(room, message, seq, limit).await.expect("edits");
    let expected = log.edits(message).into_iter().filter(|entry| entry.seq > seq);
    assert_eq!(edits, expected.take(limit).collect::<Vec<_>>(), "edits of {message} above {seq}");
}

async fn members(store: &dyn Store, generator: &Generator, model: &Model, room: &RoomId, log: &Room) {
    let after = generator.dice.chance(500).then(|| generator.user());
    let limit = generator.dice.below(8);
    let listed = store.members(room, after.as_ref(), limit).await.expect("members");
    let expected = log.members(&model.names).into_iter().filter(|fact| Some(&fact.user) > after.as_ref());
    assert_eq!(listed, expected.take(limit).collect::<Vec<MemberFact>>(), "after {after:?}");
}

async fn lists(store: &dyn Store, generator: &Generator, model: &Model) {
    let after = generator.dice.chance(300).then(|| generator.room());
    let limit = generator.dice.below(6);
    let rooms = || model.rooms.iter().filter(|(room, _)| Some(*room) > after.as_ref());
    let records = rooms().map(|(room, log)| log.record(room));
    let kind = [RoomKind::Public, RoomKind::Private, RoomKind::Direct][generator.dice.below(3)];
    let is_listed = |record: &RoomRecord| kind != RoomKind::Direct && record.meta.kind == kind;
    let listed = store.rooms_of_kind(kind, false, after.as_ref(), limit).await.expect("rooms of a kind");
    let expected = records.filter(is_listed).take(limit);
    assert_eq!(listed, expected.collect::<Vec<_>>(), "{kind:?} rooms after {after:?}");

    let mut words = WordIndex::default();
    model.rooms.iter().for_each(|(room, log)| words.insert(room, log.record(room).meta.words()));
    for search in ["r", "a", "t"] {
        let prefix = Prefix::parse(search).expect("a search");
        let found = store.find_rooms(&prefix, None, MAX_PAGE).await.expect("rooms that are found");
        let places: Vec<_> = found.iter().map(|found| found.place.clone()).collect();
        assert_eq!(places, words.find(&RoomMeta::RANKS, &prefix, None).collect::<Vec<_>>(), "by {search:?}");
        assert!(found.iter().all(|found| found.record == model.rooms[&found.place.id].record(&found.place.id)));
    }

    let user = generator.user();
    let theirs = model.rooms.iter().filter_map(|(room, log)| log.user_room(room, &user, &model.names));
    let mut theirs: Vec<UserRoom> = theirs.collect();
    let at = |room: &RoomId| model.rooms.get(room).map_or(Timestamp(0), |log| log.record(room).active_at);
    let after = after.map(|room| Activity { at: at(&room), room });
    for page in [OwnRooms::ById(after.clone().map(|after| after.room)), OwnRooms::ByActivity(after)] {
        if matches!(page, OwnRooms::ByActivity(_)) {
            theirs.sort_by_key(UserRoom::activity);
        }
        let expected = theirs.iter().filter(|room| page.begins_before(&room.activity())).take(limit);
        let listed = store.rooms_of(&user, &page, limit).await.expect("rooms");
        assert_eq!(listed, expected.cloned().collect::<Vec<_>>(), "rooms of {user} on {page:?}");
    }

    let mut heads = store.heads(&Generator::rooms()).await.expect("heads");
    heads.sort();
    let expected = model.rooms.iter().map(|(room, log)| (room.clone(), log.epoch, log.head()));
    assert_eq!(heads, expected.collect::<Vec<_>>());
    let names = profile_names(store, &Generator::users()).await;
    assert_eq!(names, model.names.clone().into_iter().collect::<Vec<_>>());
}

async fn stale_leases(store: &dyn Store, generator: &Generator, model: &Model) {
    let Some(leases) = store.leases() else { return };
    let current = generator.lease();
    let mut expected: Vec<(RoomId, UserId, Seq)> = Vec::new();
    for (room, log) in &model.rooms {
        for fact in log.members(&model.names) {
            let Some(membership) = fact.membership.filter(|membership| membership.guest) else { continue };
            let held = log.leases(&fact.user);
            if held.is_empty() || held.get(&current.node).is_some_and(|life| *life != current.incarnation) {
                expected.push((room.clone(), fact.user, membership.since));
            }
        }
    }
    let mut listed = leases.stale_leases(current, 100).await.expect("stale leases");
    listed.sort();
    assert_eq!(listed, expected, "stale to {current:?}");
}
