//! Rooms: made once, listed, kept apart.

use std::sync::Arc;

use chat_core::{
    Body, CreateError, FactsQuery, HistoryVisibility, OwnRooms, Role, RoomChange, RoomId, RoomKind, RoomMeta,
    RoomRecord, Store, StoreError, Timestamp, Window, limits::MAX_PAGE,
};
use futures_util::future::join_all;

use super::{
    fixture::{TEXTS, epoch, ids, key, meta, name, room_id, user},
    scribe::Scribe,
};

/// A new room has an empty log, whose oldest entry would be the first.
pub async fn a_new_room_is_empty(store: Arc<dyn Store>) {
    let scribe = Scribe::open(&store, "new").await;
    let record = scribe.record().await;
    assert_eq!((record.room.as_str(), record.epoch), ("new", scribe.epoch));
    assert_eq!((record.head, record.told, record.members, record.has_unknown), (0, 0, 0, false));
    let page = scribe.entries(Window::after(0, 10)).await;
    assert_eq!((page.epoch, page.head, page.oldest, page.items.len()), (scribe.epoch, 0, 1, 0));
    let page = scribe.messages(Window::last(None, 10)).await;
    assert_eq!((page.epoch, page.head, page.oldest, page.items.len()), (scribe.epoch, 0, 1, 0));
    let facts = scribe.facts(&FactsQuery { roster: true, ..FactsQuery::default() }).await;
    assert_eq!((facts.epoch, facts.head, facts.roster.len()), (scribe.epoch, 0, 0));
    assert_eq!(store.members(&scribe.room, None, 10).await.expect("members"), []);
    let heads = store.heads(std::slice::from_ref(&scribe.room)).await.expect("heads");
    assert_eq!(heads, [(scribe.room.clone(), scribe.epoch, 0)]);
}

/// Kind, visibility, name, creator, time and epoch come back as they were given, extremes too.
pub async fn a_room_keeps_what_it_was_made_with(store: Arc<dyn Store>) {
    let kinds = [
        RoomKind::Public,
        RoomKind::Private,
        RoomKind::Direct,
        RoomKind::Announcement,
        RoomKind::Inbox,
        RoomKind::Public,
    ];
    let epochs = [1, 2, (1 << 31) + 1, 1 << 32, (1 << 53) - 2, (1 << 53) - 1];
    let times = [0, -1, i64::MIN, i64::MAX, 1, 1_700_000_000_123];
    for (n, kind) in kinds.into_iter().enumerate() {
        let made = RoomMeta {
            slow_mode_ms: [0, 1, 5_000, 21_600_000, u32::MAX, 0][n],
            invites: Default::default(),
            topic: None,
            archived: false,
            name: name(["Zoë", "🐙 🏳️‍🌈", "e\u{301}", "O'Neil \"%\"", "0", "{\"$ne\":null}"][n]),
            kind,
            history: if n % 2 == 0 { HistoryVisibility::Everything } else { HistoryVisibility::SinceJoin },
            creator: (n % 3 != 0).then(|| user("creator")),
            created_at: Timestamp(times[n]),
        };
        let room = room_id(&format!("room-{n}"));
        store.create_room(&room, epoch(epochs[n]), &made).await.expect("a new room");
        let record = store.room(&room).await.expect("a room").expect("the room just made");
        assert_eq!((record.room, record.epoch, record.meta), (room, epoch(epochs[n]), made));
    }
}

/// Another room under a taken id is refused, and the one that has it is not touched.
pub async fn a_taken_id_is_refused(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "taken").await;
    scribe.post(&user("ann"), "still here").await;
    let before = scribe.record().await;
    for (number, kind) in [(scribe.epoch.number(), RoomKind::Public), (77, RoomKind::Private)] {
        let again = store.create_room(&scribe.room, epoch(number), &meta(kind)).await;
        assert!(matches!(again, Err(CreateError::Exists)), "{again:?}");
    }
    assert_eq!(scribe.record().await, before);
    scribe.check().await;
}

/// Of many who make a room under one id at one time, one succeeds, and the room is theirs.
pub async fn of_many_creators_one_succeeds(store: Arc<dyn Store>) {
    for round in 0..4 {
        let room = room_id(&format!("wanted-{round}"));
        let creators = (1..=8).map(|number| {
            let (store, room) = (Arc::clone(&store), room.clone());
            tokio::spawn(async move {
                match store.create_room(&room, epoch(number), &meta(RoomKind::Public)).await {
                    Ok(()) => Some(number),
                    Err(CreateError::Exists | CreateError::Store(StoreError::NotExecuted { .. })) => None,
                    Err(other) => panic!("{other:?}"),
                }
            })
        });
        let answers = join_all(creators).await.into_iter().map(|answer| answer.expect("a creator"));
        let winners: Vec<u64> = answers.flatten().collect();
        assert_eq!(winners.len(), 1, "who made the room: {winners:?}");
        let record = store.room(&room).await.expect("a room").expect("the room just made");
        assert_eq!(record.epoch, epoch(winners[0]));
    }
}

/// Ids are compared by their bytes: those that differ only in case, or at the end, are other rooms.
pub async fn rooms_do_not_mix(store: Arc<dyn Store>) {
    let mut scribes = Vec::new();
    for id in ids() {
        scribes.push(Scribe::open(&store, &id).await);
    }
    for scribe in &mut scribes {
        let text = format!("in {}", scribe.room);
        scribe.join(&user("ann")).await;
        scribe.post(&user("ann"), &text).await;
    }
    for scribe in &scribes {
        scribe.check().await;
    }
}

/// Where there is no room, reading and writing say so, and the other methods do without.
pub async fn what_does_not_exist_is_answered_so(store: Arc<dyn Store>) {
    let mut other = Scribe::open(&store, "other").await;
    let (room, ann) = (room_id("nowhere"), user("ann"));
    let draft = other.message(&ann, "hello");
    is_nowhere(&store, &room, &[draft]).await;
    assert_eq!(store.heads(&[room.clone(), other.room.clone()]).await.expect("heads").len(), 1);
    assert_eq!(store.rooms_of(&ann, &OwnRooms::all(), 10).await.expect("rooms"), []);
    assert_eq!(store.profiles(&[ann]).await.expect("profiles"), []);
    store.delete_room(&room).await.expect("removing what does not exist is no error");
}

/// Asserts that no method finds the room.
pub(super) async fn is_nowhere(store: &Arc<dyn Store>, room: &chat_core::RoomId, drafts: &[chat_core::Draft]) {
    let ann = user("ann");
    let no_such_room = |error: &StoreError| matches!(error, StoreError::NoSuchRoom);
    assert_eq!(store.room(room).await.expect("an answer"), None);
    let append = store.append(room, epoch(9), 0, drafts).await;
    assert!(matches!(append, Err(chat_core::AppendError::Store(StoreError::NoSuchRoom))), "{append:?}");
    let append = store.append(room, epoch(9), 0, &[]).await;
    assert!(matches!(append, Err(chat_core::AppendError::Store(StoreError::NoSuchRoom))), "{append:?}");
    assert!(store.entries(room, Window::after(0, 1)).await.is_err_and(|e| no_such_room(&e)), "entries");
    assert!(store.messages(room, Window::last(None, 1)).await.is_err_and(|e| no_such_room(&e)), "messages");
    assert!(store.pins(room, None, 1).await.is_err_and(|e| no_such_room(&e)), "pins");
    assert!(store.edits(room, 1, 0, 1).await.is_err_and(|e| no_such_room(&e)), "edits");
    assert!(store.facts(room, &FactsQuery::default()).await.is_err_and(|e| no_such_room(&e)), "facts");
    assert!(store.members(room, None, 1).await.is_err_and(|e| no_such_room(&e)), "members");
    assert!(store.set_read(room, &ann, 1).await.is_err_and(|e| no_such_room(&e)), "set_read");
    assert!(store.redact(room, 1).await.is_err_and(|e| no_such_room(&e)), "redact");
    assert_eq!(store.heads(std::slice::from_ref(room)).await.expect("heads"), []);
}

/// Public rooms are listed in the order of their ids' bytes, from above any id, and private ones likewise. Rooms of other kinds are
/// not listed.
pub async fn rooms_of_a_kind_are_listed_by_id(store: Arc<dyn Store>) {
    for (n, kind) in [RoomKind::Direct, RoomKind::Announcement, RoomKind::Inbox].into_iter().enumerate() {
        Scribe::open_kind(&store, &format!("b-{n}"), kind).await;
    }
    let kinds = [RoomKind::Public, RoomKind::Private];
    let ids = ids();
    for (n, id) in ids.iter().enumerate().rev() {
        Scribe::open_kind(&store, id, kinds[n % 2]).await;
    }
    let list = async |kind, after: Option<&str>, limit| {
        let after = after.map(room_id);
        let records = store.rooms_of_kind(kind, false, after.as_ref(), limit).await.expect("rooms of a kind");
        records.into_iter().map(|record| record.room.to_string()).collect::<Vec<_>>()
    };
    for (which, kind) in kinds.into_iter().enumerate() {
        let theirs: Vec<String> = ids.iter().skip(which).step_by(2).cloned().collect();
        assert_eq!(list(kind, None, MAX_PAGE).await, theirs);
        assert_eq!(list(kind, None, 0).await, [""; 0]);
        for id in &ids {
            let next: Vec<String> = theirs.iter().filter(|other| *other > id).take(3).cloned().collect();
            assert_eq!(list(kind, Some(id), 3).await, next, "after {id}");
        }
        let behind: Vec<String> = theirs.iter().filter(|id| &***id > "ZZZ-no-such-room").take(2).cloned().collect();
        assert_eq!(list(kind, Some("ZZZ-no-such-room"), 2).await, behind);
    }
    for kind in [RoomKind::Direct, RoomKind::Announcement, RoomKind::Inbox] {
        assert_eq!(list(kind, None, MAX_PAGE).await, [""; 0], "{kind:?}");
    }
}

/// Rooms that guests have made are not among those of users. Those of each kind are listed by themselves, by id.
pub async fn rooms_of_guests_are_listed_apart(store: Arc<dyn Store>) {
    let kinds = [RoomKind::Public, RoomKind::Private];
    let ids = ids();
    for (n, id) in ids.iter().enumerate().rev() {
        let meta = RoomMeta { creator: Some(user(&format!("g-{n}"))), ..meta(kinds[n % 2]) };
        Scribe::open_as(&store, id, &meta).await;
    }
    // Neither one that a user has made whose id begins almost so, nor what a guest has besides rooms.
    for (id, creator, kind) in [
        ("other-1", "g", RoomKind::Public),
        ("other-2", "G-1", RoomKind::Public),
        ("other-3", "g_1", RoomKind::Public),
        ("other-4", "gg-1", RoomKind::Private),
        ("other-5", "g-1", RoomKind::Inbox),
    ] {
        Scribe::open_as(&store, id, &RoomMeta { creator: Some(user(creator)), ..meta(kind) }).await;
    }
    let of = |records: Vec<RoomRecord>| records.into_iter().map(|it| it.room.to_string()).collect::<Vec<_>>();
    let list = async |kind: RoomKind, after: Option<&str>, limit| {
        of(store.rooms_of_kind(kind, true, after.map(room_id).as_ref(), limit).await.expect("rooms of guests"))
    };
    for (which, kind) in kinds.into_iter().enumerate() {
        let theirs: Vec<String> = ids.iter().skip(which).step_by(2).cloned().collect();
        assert_eq!(list(kind, None, MAX_PAGE).await, theirs);
        assert_eq!(list(kind, None, 0).await, [""; 0]);
        for (n, id) in theirs.iter().enumerate() {
            let next: Vec<String> = theirs[n + 1..].iter().take(3).cloned().collect();
            assert_eq!(list(kind, Some(id), 3).await, next, "after {id}");
        }
    }
    assert_eq!(list(RoomKind::Inbox, None, MAX_PAGE).await, [""; 0]);
    for (kind, expected) in
        [(RoomKind::Public, &["other-1", "other-2", "other-3"][..]), (RoomKind::Private, &["other-4"])]
    {
        assert_eq!(of(store.rooms_of_kind(kind, false, None, MAX_PAGE).await.expect("rooms of users")), expected);
    }
    store.delete_room(&room_id(&ids[0])).await.expect("a deletion");
    assert!(!list(RoomKind::Public, None, MAX_PAGE).await.contains(&ids[0]));
}

/// Rooms of all kinds are listed, by id, and deleted ones are not.
pub async fn all_rooms_are_listed_by_id(store: Arc<dyn Store>) {
    let kinds =
        [RoomKind::Public, RoomKind::Private, RoomKind::Direct, RoomKind::Announcement, RoomKind::Inbox].iter().cycle();
    let mut ids = ids();
    for (id, kind) in ids.iter().rev().zip(kinds) {
        Scribe::open_kind(&store, id, *kind).await;
    }
    store.delete_room(&room_id(&ids.remove(3))).await.expect("a room to delete");
    for (n, id) in ids.iter().enumerate() {
        let after = n.checked_sub(1).map(|n| room_id(&ids[n]));
        let records = store.rooms(after.as_ref(), 3).await.expect("rooms");
        let listed: Vec<String> = records.iter().map(|record| record.room.to_string()).collect();
        assert_eq!(listed, ids[n..].iter().take(3).cloned().collect::<Vec<_>>(), "up to {id}");
        assert_eq!(store.room(&room_id(id)).await.expect("a room").as_ref(), records.first());
    }
}

/// A list gives at most [`MAX_PAGE`], and the rest from there.
pub async fn long_lists_of_rooms_come_in_pages(store: Arc<dyn Store>) {
    let ids: Vec<String> = (0..MAX_PAGE + 5).map(|n| format!("room-{n:04}")).collect();
    for id in &ids {
        store.create_room(&room_id(id), epoch(5), &meta(RoomKind::Public)).await.expect("a new room");
    }
    for limit in [MAX_PAGE, MAX_PAGE + 1, usize::MAX] {
        let page = store.rooms_of_kind(RoomKind::Public, false, None, limit).await.expect("public rooms");
        assert_eq!(page.len(), MAX_PAGE, "with limit {limit}");
        let rest = store
            .rooms_of_kind(RoomKind::Public, false, page.last().map(|record| &record.room), limit)
            .await
            .expect("public rooms");
        let all: Vec<String> = page.iter().chain(&rest).map(|record| record.room.to_string()).collect();
        assert_eq!(all, ids);
    }
}

/// A room has the last topic it was given, and is archived or not as was said last; what a change does not name stays.
pub async fn a_room_is_what_it_was_last_changed_to(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "changed").await;
    let ann = user("ann");
    scribe.join(&ann).await;
    let mut expected = meta(RoomKind::Public);
    for text in TEXTS.iter().filter(|text| !text.is_empty()) {
        scribe.add(&ann, Body::from(RoomChange::topic(*text))).await;
        expected.topic = Some((*text).into());
        assert_eq!(scribe.record().await.meta, expected);
    }
    scribe.add(&ann, Body::from(RoomChange::archived(true))).await;
    expected.archived = true;
    assert_eq!(scribe.record().await.meta, expected);
    assert_eq!(store.rooms_of_kind(RoomKind::Public, false, None, 10).await.expect("public rooms")[0].meta, expected);
    assert_eq!(store.rooms_of(&ann, &OwnRooms::all(), 10).await.expect("rooms")[0].record.meta, expected);
    // Two changes in one append: the later one counts, field by field.
    let back = RoomChange { topic: Some("".into()), archived: Some(false), ..RoomChange::slow_mode(u32::MAX) };
    let changes = [RoomChange { name: Some(name("New")), ..RoomChange::topic("lost") }, back];
    let drafts = changes.map(|change| scribe.draft(&ann, Body::from(change)));
    scribe.write(&drafts).await;
    expected = RoomMeta { name: name("New"), slow_mode_ms: u32::MAX, ..meta(RoomKind::Public) };
    assert_eq!(scribe.record().await.meta, expected);
    scribe.check().await;
}

/// A room's invitations by link are those that are neither revoked nor used up, with how often each was used, wherever the room
/// is told.
pub async fn invitations_end_with_their_last_use(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "invites").await;
    let (ann, salt) = (user("ann"), || "a salt".into());
    scribe.join(&ann).await;
    let used = async |store: &dyn Store, room: &RoomId| {
        let record = store.room(room).await.expect("a room").expect("a room that exists");
        let invites = record.meta.invites.live(Timestamp(i64::MIN));
        invites.map(|invite| (invite.key.clone(), invite.used, invite.by.clone())).collect::<Vec<_>>()
    };
    let made = |n, uses| Body::InviteMade { key: key(n), salt: salt(), expires: None, uses };
    let by = |n| Body::Joined { role: Role::Member, guest: false, invite: Some(key(n)) };
    scribe.add(&ann, made(1, Some(2))).await;
    scribe.add(&user("bob"), by(1)).await;
    assert_eq!(used(&*store, &scribe.room).await, [(key(1), 1, ann.clone())]);
    // In one append: the last use of one, and another that is made, used and revoked.
    let drafts = [
        scribe.draft(&user("cat"), by(1)),
        scribe.draft(&ann, made(2, None)),
        scribe.draft(&user("dan"), by(2)),
        scribe.draft(&ann, made(3, Some(1))),
        scribe.draft(&ann, Body::InviteRevoked { key: key(2) }),
    ];
    scribe.write(&drafts).await;
    assert_eq!(used(&*store, &scribe.room).await, [(key(3), 0, ann.clone())]);
    let record = scribe.record().await;
    assert_eq!(
        store.rooms_of_kind(RoomKind::Public, false, None, 10).await.expect("public rooms"),
        std::slice::from_ref(&record)
    );
    assert_eq!(store.rooms_of(&ann, &OwnRooms::all(), 10).await.expect("rooms")[0].record, record);
    scribe.check().await;
    store.delete_room(&scribe.room).await.expect("a deletion");
}

/// The name of a room is the last one it was given, wherever it is told.
pub async fn a_room_has_its_last_name(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "renamed").await;
    let ann = user("ann");
    scribe.join(&ann).await;
    for text in TEXTS.iter().filter(|text| chat_core::Name::stored(text).is_ok()) {
        let to = name(text);
        scribe.add(&ann, Body::from(RoomChange::name(to.clone()))).await;
        assert_eq!(scribe.record().await.meta.name, to);
    }
    let record = scribe.record().await;
    assert_eq!(record.meta, RoomMeta { name: record.meta.name.clone(), ..meta(RoomKind::Public) });
    assert_eq!(
        store.rooms_of_kind(RoomKind::Public, false, None, 10).await.expect("public rooms"),
        std::slice::from_ref(&record)
    );
    assert_eq!(store.rooms_of(&ann, &OwnRooms::all(), 10).await.expect("rooms")[0].record, record);
    scribe.check().await;
}
