//! What a room makes of the presence that other nodes tell of: whatever is lost, doubled or late on the way.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{collections::BTreeMap, sync::Arc};

use chat_model::{
    Body, Caller, Entry, Epoch, Facts, HistoryVisibility, Lease, Leaving, Limits, MemberFact, Moment, Name, Now, Page,
    Role, RolePolicy, RoomId, RoomKind, RoomMeta, RoomRecord, SessionId, Timestamp, UserId, limits,
    node::{NodePresence, PresencePart, PresenceVersion, PresentUser},
    room::{Answer, Effect, Input, Inquiry, Opening, Queued, Room, Rules, Ticket},
};
use proptest::prelude::*;

const OTHER: Lease = Lease { node: 2, incarnation: 9 };

fn user(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

fn room(others: Vec<Lease>) -> Room {
    let meta = RoomMeta {
        slow_mode_ms: 0,
        invites: Default::default(),
        topic: None,
        archived: false,
        name: Name::parse("Talk").unwrap(),
        kind: RoomKind::Public,
        history: HistoryVisibility::Everything,
        creator: None,
        created_at: Timestamp(0),
    };
    let epoch = Epoch::from_number(7).unwrap();
    let id = RoomId::parse("r").unwrap();
    let record = RoomRecord::new(id, epoch, meta);
    let opening = Some(Opening { number: 1, others, until: Moment(250) });
    Room::new(record, Rules { policy: Arc::new(RolePolicy), limits: Limits::default(), lease: None, opening })
}

fn part(part: u8, version: u64, users: &[&str]) -> PresencePart {
    let there = |id: &&str| PresentUser {
        user: user(id),
        name: Name::parse(id).unwrap(),
        away: false,
        gone: false,
        hides: false,
    };
    PresencePart { part, version, users: users.iter().map(there).collect() }
}

fn told(opening: u64, sum: u64, parts: Vec<PresencePart>) -> Input {
    let version = PresenceVersion { node: OTHER, opening, sum };
    Input::Present(NodePresence { room: RoomId::parse("r").unwrap(), version, parts, to: None })
}

fn at(ms: u64) -> Now {
    Now { wall: Timestamp(ms as i64), moment: Moment(ms) }
}

/// Who is present; `None` while the room does not answer.
fn online(room: &mut Room, ms: u64) -> Option<Vec<String>> {
    let caller = Caller::new(user("asker"), Name::parse("asker").unwrap()).administrator();
    let inquiry = Queued::Inquiry { ticket: Ticket(1), caller, inquiry: Inquiry::Online, at: Timestamp(0) };
    answered(room, Input::Enqueue(inquiry), ms)
}

/// Who is present, if the room answers so after this input.
fn answered(room: &mut Room, input: Input, ms: u64) -> Option<Vec<String>> {
    let mut effects = room.handle([input], at(ms));
    loop {
        let mut inputs = Vec::new();
        for effect in effects {
            match effect {
                Effect::Answer { answer: Answer::Online { online, count }, .. } => {
                    assert_eq!(online.len() as u64, count);
                    return Some(online.iter().map(|who| who.user.to_string()).collect());
                }
                Effect::Load(query) => {
                    let members = query.users.into_iter().map(MemberFact::unknown).collect();
                    let (epoch, head) = (room.at().epoch, room.at().seq);
                    let facts = Facts {
                        epoch,
                        head,
                        members,
                        messages: vec![],
                        claims: vec![],
                        roster: vec![],
                        seniors: vec![],
                        pins: 0,
                    };
                    inputs.push(Input::Loaded(Ok(facts)));
                }
                _ => {}
            }
        }
        if inputs.is_empty() {
            return None;
        }
        effects = room.handle(inputs, at(ms));
    }
}

#[test]
fn an_older_version_of_a_part_changes_nothing() {
    let mut room = room(vec![]);
    room.handle([told(1, 2, vec![part(0, 2, &["ann"])])], at(0));
    room.handle([told(1, 1, vec![part(0, 1, &["ann", "bob"])])], at(0));
    assert_eq!(online(&mut room, 0).unwrap(), ["ann"]);
    // Nor does what was told by the host before this one of the other node.
    room.handle([told(2, 1, vec![part(0, 1, &["cid"])]), told(1, 3, vec![part(0, 3, &["bob"])])], at(0));
    assert_eq!(online(&mut room, 0).unwrap(), ["ann", "cid"], "who was with the last host has the grace period");
    room.handle([Input::Tick], at(10_000));
    assert_eq!(online(&mut room, 10_000).unwrap(), ["cid"]);
}

/// The log is read up to here: what Ann has done.
fn read_log(room: &mut Room, bodies: Vec<Body>) {
    let entry = |(body, seq): (Body, u64)| Entry {
        seq,
        draft_id: uuid::Uuid::from_u128(seq.into()),
        at: Timestamp(0),
        sender: user("ann"),
        claim: None,
        told: true,
        after: seq - 1,
        body,
    };
    let items: Vec<Entry> = bodies.into_iter().zip(1..).map(entry).collect();
    let (head, epoch) = (items.len() as u64, room.at().epoch);
    let mut page = Some(Page { epoch, head, oldest: 1, items });
    let mut effects = room.handle([Input::Hint { epoch, head }], at(0));
    loop {
        let mut inputs = Vec::new();
        for effect in effects {
            match effect {
                Effect::ReadLog { .. } => inputs.push(Input::LogRead(Ok(page.take().unwrap()))),
                Effect::Load(query) => {
                    let members = query.users.into_iter().map(MemberFact::unknown).collect();
                    let facts = Facts {
                        epoch,
                        head,
                        members,
                        messages: vec![],
                        claims: vec![],
                        roster: vec![],
                        seniors: vec![],
                        pins: 0,
                    };
                    inputs.push(Input::Loaded(Ok(facts)));
                }
                _ => {}
            }
        }
        if inputs.is_empty() {
            return;
        }
        effects = room.handle(inputs, at(0));
    }
}

#[test]
fn who_left_and_came_back_before_that_was_read_is_asked_for_again() {
    let mut room = room(vec![]);
    room.handle([told(1, 2, vec![part(0, 2, &["ann"])])], at(0));
    read_log(
        &mut room,
        vec![Body::Left { why: Leaving::Left }, Body::Joined { role: Role::Member, guest: false, invite: None }],
    );
    // What the log took away is newer than nothing: the other node tells it again, as it was.
    room.handle([told(1, 2, vec![part(0, 2, &["ann"])])], at(1));
    assert_eq!(online(&mut room, 2).unwrap(), ["ann"]);
}

#[test]
fn versions_beyond_all_measure_are_no_panic() {
    let mut room = room(vec![]);
    room.handle([told(1, 2, vec![part(0, u64::MAX, &["ann"]), part(255, 2, &["bob"])])], at(0));
    assert_eq!(online(&mut room, 0).unwrap(), ["ann", "bob"]);
}

#[test]
fn nothing_is_answered_before_the_others_have_said_all_there_is_but_not_for_long() {
    let mut waiting = room(vec![OTHER]);
    assert_eq!(online(&mut waiting, 0), None);
    let (first, second) = (told(1, 2, vec![part(0, 1, &["ann"])]), told(1, 2, vec![part(1, 1, &["bob"])]));
    assert_eq!(answered(&mut waiting, first, 1), None, "a part is missing");
    assert_eq!(answered(&mut waiting, second, 2).unwrap(), ["ann", "bob"]);

    let mut lone = room(vec![OTHER]);
    assert_eq!((online(&mut lone, 0), lone.deadline()), (None, Some(Moment(250))));
    assert_eq!(answered(&mut lone, Input::Tick, 250).unwrap(), [""; 0]);

    let mut bereaved = room(vec![OTHER]);
    assert_eq!(online(&mut bereaved, 0), None);
    let silent = Input::Silent { node: OTHER, since: Moment(0) };
    assert_eq!(answered(&mut bereaved, silent, 1).unwrap(), [""; 0]);
}

proptest! {
    /// A node's users come and go. Each change is told; messages are lost, doubled and reordered; and at last it is told
    /// all that is missing.
    #[test]
    fn whoever_knows_the_same_sum_knows_the_same_users(
        changes in prop::collection::vec((0..4_u8, prop::collection::btree_set(0..3_u8, 0..3)), 1..40),
        deliveries in prop::collection::vec(any::<prop::sample::Index>(), 0..80),
    ) {
        let mut parts = BTreeMap::new();
        let mut messages = Vec::new();
        for (number, users) in changes {
            let (version, _) = parts.get(&number).cloned().unwrap_or((0, Vec::new()));
            let users: Vec<String> = users.into_iter().map(|user| format!("u{number}{user}")).collect();
            parts.insert(number, (version + 1, users.clone()));
            let sum: u64 = parts.values().map(|(version, _): &(u64, _)| version).sum();
            messages.push((sum, number, version + 1, users));
        }
        let told = |(sum, number, version, users): &(u64, u8, u64, Vec<String>)| {
            let users: Vec<&str> = users.iter().map(String::as_str).collect();
            told(1, *sum, vec![part(*number, *version, &users)])
        };
        let (mut room, sum) = (room(vec![]), messages.last().unwrap().0);
        let mut known = 0;
        let mut hear = |room: &mut Room, input: Input| {
            for effect in room.handle([input], at(0)) {
                if let Effect::PresenceKnown { others, .. } = effect {
                    known = others[0].sum;
                }
            }
            known
        };
        for delivery in deliveries {
            hear(&mut room, told(delivery.get(&messages)));
        }
        let expected: Vec<String> = parts.values().flat_map(|(_, users)| users.clone()).collect();
        let newest = parts.iter().map(|(number, (version, users))| (sum, *number, *version, users.clone()));
        for message in newest {
            if hear(&mut room, told(&message)) == sum {
                break;
            }
        }
        prop_assert_eq!(online(&mut room, 0).unwrap(), expected);
    }
}

#[test]
fn a_node_that_has_closed_the_room_meanwhile_is_not_waited_for() {
    let mut room = room(vec![OTHER]);
    // A message from before comes late, and is not all there was.
    room.handle([told(5, 3, vec![part(0, 1, &["ann"])])], at(0));
    assert_eq!(online(&mut room, 0), None);
    assert!(answered(&mut room, told(0, 0, vec![]), 1).is_some());
}

#[test]
fn a_node_that_is_one_too_many_is_not_waited_for() {
    let mut room = room(vec![OTHER]);
    for node in 0..limits::PEERS as u32 {
        let version = PresenceVersion { node: Lease { node: 1_000 + node, incarnation: 1 }, opening: 1, sum: 1 };
        let presence =
            NodePresence { room: RoomId::parse("r").unwrap(), version, parts: vec![part(0, 1, &["ann"])], to: None };
        room.handle([Input::Present(presence)], at(0));
    }
    assert_eq!(online(&mut room, 0), None);
    assert_eq!(answered(&mut room, told(1, 1, vec![part(0, 1, &["bob"])]), 1).unwrap(), ["ann"]);
}

/// To whom the room tells its presence after these inputs, and how many parts.
fn telling(room: &mut Room, inputs: Vec<Input>, ms: u64) -> Vec<(Option<Lease>, usize)> {
    let effects = room.handle(inputs, at(ms));
    let told = |effect| match effect {
        Effect::TellPresence { to, parts, .. } => Some((to, parts.len())),
        _ => None,
    };
    effects.into_iter().filter_map(told).collect()
}

#[test]
fn a_node_that_asks_is_answered_alone_and_what_is_new_goes_to_all() {
    const THIRD: Lease = Lease { node: 3, incarnation: 1 };
    let asks = |to: Lease| Input::TellPresence { to, at_once: true };
    let comes = |room: &mut Room, id: &str| {
        let caller = Caller::new(user(id), Name::parse(id).unwrap()).administrator();
        let subscribe =
            Queued::Subscribe { ticket: Ticket(2), caller, session: SessionId(1), from: None, at: Timestamp(0) };
        answered(room, Input::Enqueue(subscribe), 0);
    };
    let mut room = room(vec![]);
    comes(&mut room, "ann");
    assert_eq!(telling(&mut room, vec![Input::Tick], 1_000), [(None, 1)]);
    assert_eq!(telling(&mut room, vec![asks(OTHER)], 1_000), [(Some(OTHER), 1)]);
    assert_eq!(telling(&mut room, vec![asks(OTHER), asks(OTHER)], 1_000), [(Some(OTHER), 1)]);
    assert_eq!(telling(&mut room, vec![asks(OTHER), asks(THIRD), asks(OTHER)], 1_000), [(None, 1)]);
    comes(&mut room, "bob");
    assert_eq!(telling(&mut room, vec![asks(OTHER)], 1_000), [(None, 1), (Some(OTHER), 2)]);
    assert_eq!(telling(&mut room, vec![Input::Tick], 2_000), []);
}

/// A guest subscribes.
fn guest_comes(room: &mut Room, id: &str, session: u64, ms: u64) {
    let caller = Caller::guest(user(id), Name::parse(id).unwrap()).administrator();
    let session = SessionId(session);
    let subscribe = Queued::Subscribe { ticket: Ticket(2), caller, session, from: None, at: Timestamp(0) };
    answered(room, Input::Enqueue(subscribe), ms);
}

fn guest_goes(id: &str, session: u64) -> Input {
    Input::Detach { user: user(id), session: SessionId(session), ticket: None }
}

#[test]
fn that_guests_are_gone_is_told_at_once_but_not_of_each_by_itself() {
    let mut room = room(vec![]);
    for n in 0..300 {
        guest_comes(&mut room, &format!("g-{n}"), n, 0);
    }
    telling(&mut room, vec![Input::Tick], 1_000);
    let first = telling(&mut room, vec![guest_goes("g-0", 0)], 2_000);
    assert_eq!(first, [(None, 1)], "after a pause: at once");
    let told: usize =
        (1..300).map(|n| telling(&mut room, vec![guest_goes(&format!("g-{n}"), n)], 2_000 + n / 3).len()).sum();
    assert!((1..30).contains(&told), "{told} messages within a tenth of a second");
    assert!(room.deadline().unwrap() <= Moment(2_100 + limits::HURRY_MS), "the last ones are told soon, too");
}

#[test]
fn that_a_guest_is_back_is_told_as_soon_as_that_they_are_gone() {
    let mut room = room(vec![]);
    guest_comes(&mut room, "g-1", 1, 0);
    telling(&mut room, vec![Input::Tick], 1_000);
    assert_eq!(telling(&mut room, vec![guest_goes("g-1", 1)], 2_000), [(None, 1)]);
    guest_comes(&mut room, "g-1", 2, 2_001);
    assert_eq!(room.deadline(), Some(Moment(2_000 + limits::HURRY_MS)));
    // Who is gone from another node, as it says, and comes back here is back as soon.
    let mut gone = part(0, 1, &["g-2"]);
    gone.users[0].gone = true;
    telling(&mut room, vec![Input::Tick], 3_000);
    room.handle([told(1, 1, vec![gone])], at(3_500));
    guest_comes(&mut room, "g-2", 3, 4_000);
    assert_eq!(telling(&mut room, vec![Input::Tick], 5_000), [], "it was told already");
}
