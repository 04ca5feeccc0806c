//! Members: who is one, since when and as what.

use std::sync::Arc;

use chat_core::{
    Body, FactsQuery, Leaving, MemberFact, Restriction, Role, RoomKind, Store, StoreError, Timestamp, UserId,
    limits::{MAX_BATCH, MAX_PAGE, ROSTER},
};

use super::{
    fixture::{claim, ids, name, room_id, user, users},
    scribe::{Scribe, named},
};

async fn list(scribe: &Scribe, after: Option<&UserId>, limit: usize) -> Vec<MemberFact> {
    scribe.store.members(&scribe.room, after, limit).await.expect("members")
}

async fn roster(scribe: &Scribe) -> Vec<UserId> {
    let facts = scribe.facts(&FactsQuery { roster: true, ..FactsQuery::default() }).await;
    facts.roster.into_iter().map(|fact| fact.user).collect()
}

/// A user's facts follow from the entries about them, step by step, through every kind there is.
pub async fn facts_follow_from_the_log(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let (ann, bob) = (user("ann"), user("bob"));
    let of_bob = || bob.clone();
    let join = |role, guest| Body::Joined { role, guest, invite: None };
    let ban = |was_member| Body::Banned { user: of_bob(), was_member, reason: None };
    let steps = [
        (&ann, Body::Invited { user: of_bob() }),
        (&bob, join(Role::Member, false)),
        (&ann, Body::RoleChanged { user: of_bob(), role: Role::Moderator }),
        (&ann, Body::Muted { user: of_bob(), until: Some(Timestamp(i64::MAX)) }),
        (&ann, Body::RoleChanged { user: of_bob(), role: Role::Owner }),
        (&ann, Body::Muted { user: of_bob(), until: Some(Timestamp(i64::MAX)) }),
        (&ann, Body::Kicked { user: of_bob(), reason: None }),
        (&bob, join(Role::Member, true)),
        (&ann, Body::Muted { user: of_bob(), until: None }),
        (&bob, Body::Left { why: Leaving::Gone }),
        (&ann, Body::Invited { user: of_bob() }),
        (&ann, ban(false)),
        (&ann, Body::Unbanned { user: of_bob() }),
        (&bob, join(Role::Owner, false)),
        (&ann, ban(true)),
        (&ann, Body::Muted { user: of_bob(), until: Some(Timestamp(i64::MIN)) }),
    ];
    let mut fact = MemberFact::unknown(of_bob());
    for (sender, body) in steps {
        scribe.post(&ann, "says nothing of members").await;
        let seq = scribe.add(sender, body.clone()).await;
        fact.apply(seq, &body, false);
        assert_eq!(scribe.fact(&bob).await, fact, "after {body:?}");
        let members: Vec<MemberFact> = fact.membership.iter().map(|_| fact.clone()).collect();
        assert_eq!(list(&scribe, None, 10).await, members, "members after {body:?}");
        assert_eq!(scribe.record().await.members, members.len() as u64, "their number after {body:?}");
    }
    assert_eq!(scribe.fact(&ann).await, MemberFact::unknown(ann), "who only acted is still unknown");
}

/// A block is known of both, and outlives what else is said of them; it is listed for who blocks, until it is lifted.
pub async fn a_block_is_known_of_both(store: Arc<dyn Store>) {
    let blocks = async |user: &UserId, after: Option<&UserId>, limit| {
        store.blocks(user, after, limit).await.expect("whom they block")
    };
    let ann = user("ann");
    let others = ["bob", "Bob", "cat"].map(user);
    for other in &others {
        let mut scribe = Scribe::open_kind(&store, &format!("with-{other}"), RoomKind::Direct).await;
        scribe.join(other).await;
        let before = scribe.fact(other).await;
        let seq = scribe.add(&ann, Body::Blocked { user: other.clone() }).await;
        let blocker = MemberFact { blocks: Some(other.clone()), as_of: seq, ..MemberFact::unknown(ann.clone()) };
        assert_eq!(scribe.fact(&ann).await, blocker);
        assert_eq!(scribe.fact(other).await, MemberFact { blocked: true, as_of: seq, ..before });
        scribe.add(&ann, Body::Joined { role: Role::Member, guest: false, invite: None }).await;
        assert_eq!(scribe.fact(&ann).await.blocks.as_ref(), Some(other), "{other} after joining");
        scribe.check().await;
    }
    let in_order = ["Bob", "bob", "cat"].map(user);
    assert_eq!(blocks(&ann, None, MAX_PAGE).await, in_order);
    assert_eq!(blocks(&ann, Some(&in_order[0]), 1).await, in_order[1..2]);
    assert_eq!(blocks(&ann, None, 0).await, []);
    assert_eq!(blocks(&others[0], None, 10).await, [], "who is blocked blocks nobody");

    let mut scribe = Scribe::open_kind(&store, "with-dan", RoomKind::Direct).await;
    let dan = user("dan");
    scribe.write_all(&ann, [Body::Blocked { user: dan.clone() }, Body::Unblocked { user: dan.clone() }]).await;
    scribe.add(&dan, Body::Blocked { user: ann.clone() }).await;
    let (of_ann, of_dan) = (scribe.fact(&ann).await, scribe.fact(&dan).await);
    assert_eq!((of_ann.blocks, of_ann.blocked, of_dan.blocks, of_dan.blocked), (None, true, Some(ann.clone()), false));
    assert_eq!((blocks(&ann, None, 10).await, blocks(&dan, None, 10).await), (in_order.to_vec(), vec![ann.clone()]));
    store.delete_room(&scribe.room).await.expect("a deletion");
    assert_eq!(blocks(&dan, None, 10).await, [], "a room is removed with its blocks");
}

/// The banned and the muted are listed by the bytes of their ids, members or not: the muted until their time has come.
pub async fn the_banned_and_the_muted_are_listed_by_id(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let (ann, bob, cat, dan, big) = (user("ann"), user("bob"), user("cat"), user("dan"), user("Bob"));
    let ban = |user: &UserId| Body::Banned { user: user.clone(), was_member: false, reason: None };
    let mute = |user: &UserId, until| Body::Muted { user: user.clone(), until };
    scribe.join(&cat).await;
    store.set_profile(&bob, Some(&name("Bob"))).await.expect("a profile");
    scribe.write_all(&ann, [ban(&dan), ban(&bob), ban(&big), ban(&cat), Body::Unbanned { user: cat.clone() }]).await;
    let (soon, for_good) = (Some(Timestamp(1_000)), Some(Timestamp::FOR_GOOD));
    scribe.write_all(&ann, [mute(&cat, for_good), mute(&bob, soon), mute(&dan, for_good), mute(&dan, None)]).await;
    let mut other = Scribe::open(&store, "other").await;
    other.write_all(&ann, [ban(&user("eve")), mute(&user("eve"), for_good)]).await;

    let list = async |restriction, at, after: Option<&UserId>, limit| {
        let held = store.restricted(&scribe.room, restriction, Timestamp(at), after, limit).await.expect("a list");
        for fact in &held {
            assert_eq!(*fact, scribe.fact(&fact.user).await);
        }
        held.into_iter().map(|fact| fact.user).collect::<Vec<_>>()
    };
    let banned = [big, bob.clone(), dan];
    assert_eq!(list(Restriction::Ban, 0, None, MAX_PAGE).await, banned);
    assert_eq!(list(Restriction::Ban, 0, Some(&banned[0]), 1).await, banned[1..2]);
    assert_eq!(list(Restriction::Ban, 0, None, 0).await, []);
    assert_eq!(list(Restriction::Mute, 999, None, MAX_PAGE).await, [bob.clone(), cat.clone()]);
    assert_eq!(list(Restriction::Mute, 999, Some(&bob), 5).await, std::slice::from_ref(&cat));
    assert_eq!(list(Restriction::Mute, 1_000, None, 1).await, [cat], "a mute that ends now");
    let held = store.restricted(&scribe.room, Restriction::Ban, Timestamp(0), None, 2).await.expect("a list");
    assert_eq!(held[1].name, Some(name("Bob")));
    let missing = store.restricted(&room_id("no-such-room"), Restriction::Ban, Timestamp(0), None, 2).await;
    assert!(matches!(missing, Err(StoreError::NoSuchRoom)), "{missing:?}");
}

/// Of direct rooms, the other member is told; of those without one, and of those that are not there, nothing.
pub async fn the_other_one_of_a_direct_room_is_known(store: Arc<dyn Store>) {
    let (ann, bob, cat) = (user("ann"), user("bob"), user("cat"));
    for (room, users) in
        [("one", vec![&ann, &bob]), ("two", vec![&cat, &ann]), ("alone", vec![&ann]), ("theirs", vec![&bob, &cat])]
    {
        let mut scribe = Scribe::open_kind(&store, room, RoomKind::Direct).await;
        for user in users {
            scribe.join(user).await;
        }
        if room == "alone" {
            scribe.join(&bob).await;
            scribe.leave(&bob).await;
        }
    }
    let asked = ["two", "one", "alone", "no-such-room"].map(room_id);
    let mut others = store.others(&ann, &asked).await.expect("the others");
    others.sort();
    assert_eq!(others, [(room_id("one"), bob), (room_id("two"), cat)]);
    assert_eq!(store.others(&ann, &[]).await.expect("nobody"), []);
}

/// Users the log does not name are unknown to it, but called by their profile's name.
pub async fn strangers_are_unknown(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    scribe.join(&user("ann")).await;
    store.set_profile(&user("bob"), Some(&name("Bob"))).await.expect("a profile");
    assert_eq!(scribe.fact(&user("an")).await, MemberFact::unknown(user("an")));
    assert_eq!(scribe.fact(&user("Ann")).await, MemberFact::unknown(user("Ann")));
    let bob = MemberFact { name: Some(name("Bob")), ..MemberFact::unknown(user("bob")) };
    assert_eq!(scribe.fact(&user("bob")).await, bob);
    scribe.add(&user("ann"), Body::Invited { user: user("bob") }).await;
    assert_eq!(scribe.fact(&user("bob")).await, MemberFact { invited: true, as_of: 2, ..bob });
}

/// Members are listed in the order of their ids' bytes, from above any id.
pub async fn members_are_listed_by_id(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let ids: Vec<UserId> = ids().iter().map(|id| user(id)).collect();
    for id in ids.iter().rev() {
        scribe.join(id).await;
    }
    let list = async |after: Option<&UserId>, limit| {
        list(&scribe, after, limit).await.into_iter().map(|fact| fact.user).collect::<Vec<_>>()
    };
    assert_eq!(list(None, MAX_PAGE).await, ids);
    assert_eq!(list(None, 0).await, []);
    for (n, id) in ids.iter().enumerate() {
        assert_eq!(list(Some(id), 3).await, ids[n + 1..].iter().take(3).cloned().collect::<Vec<_>>(), "after {id}");
    }
    assert_eq!(list(Some(&user("ZZZ-no-such-member")), 2).await, [user("_"), user("_0")]);
}

/// Who left, was kicked or banned is listed no more, and their number falls; who comes back is.
pub async fn who_left_is_not_listed(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let users = users(5);
    for user in &users {
        scribe.join(user).await;
    }
    let (owner, kicked, banned) = (&users[0], users[2].clone(), users[3].clone());
    scribe.leave(&users[1]).await;
    scribe.add(owner, Body::Kicked { user: kicked.clone(), reason: None }).await;
    scribe.add(owner, Body::Banned { user: banned, was_member: true, reason: None }).await;
    let listed: Vec<UserId> = list(&scribe, None, 10).await.into_iter().map(|fact| fact.user).collect();
    assert_eq!(listed, [users[0].clone(), users[4].clone()]);
    assert_eq!((scribe.record().await.members, roster(&scribe).await), (2, listed));
    let back = scribe.join(&kicked).await;
    assert_eq!(scribe.fact(&kicked).await.membership.map(|membership| membership.since), Some(back));
    assert_eq!(roster(&scribe).await, [users[0].clone(), users[4].clone(), kicked]);
    scribe.check().await;
}

/// A list gives at most [`MAX_PAGE`] members, and the rest from there.
pub async fn long_lists_of_members_come_in_pages(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let users = users(MAX_PAGE + 5);
    let mut joins = Vec::new();
    for user in &users {
        joins.push(scribe.draft(user, Body::Joined { role: Role::Member, guest: false, invite: None }));
    }
    scribe.write(&joins).await;
    for limit in [MAX_PAGE, MAX_PAGE + 1, usize::MAX] {
        let mut listed = list(&scribe, None, limit).await;
        assert_eq!(listed.len(), MAX_PAGE, "with limit {limit}");
        listed.extend(list(&scribe, Some(&users[MAX_PAGE - 1]), limit).await);
        assert!(listed.iter().map(|fact| &fact.user).eq(&users), "all of them");
    }
    assert_eq!(scribe.record().await.members, users.len() as u64);
}

/// The roster holds the first [`ROSTER`] members by the time of their joining, and only when it is asked for.
pub async fn the_roster_holds_the_first_who_joined(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let mut users = users(ROSTER + 20);
    users.reverse();
    let mut drafts = Vec::new();
    for user in &users {
        drafts.push(named(
            scribe.draft(user, Body::Joined { role: Role::Member, guest: false, invite: None }),
            &name("A name"),
        ));
    }
    scribe.write(&drafts).await;
    assert_eq!(roster(&scribe).await, users[..ROSTER]);
    scribe.leave(&users[3]).await;
    scribe.join(&users[3]).await;
    let gone = users.remove(3);
    users.push(gone);
    assert_eq!(roster(&scribe).await, users[..ROSTER]);
    let facts = scribe.facts(&FactsQuery { roster: true, ..FactsQuery::default() }).await;
    for fact in facts.roster {
        assert_eq!(fact, scribe.fact(&fact.user).await);
        assert_eq!(fact.name, Some(name("A name")));
    }
    assert_eq!(scribe.facts(&FactsQuery::default()).await.roster, []);
}

/// The seniors are the first [`SENIORS`](chat_core::limits::SENIORS) members by role, and then by the time of their joining. Guests are not among them.
pub async fn the_seniors_are_the_first_by_rank(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let [ann, bob, cat, guest] = ["zoe", "bob", "cat", "g-1"].map(user);
    let seniors = async |scribe: &Scribe| {
        let facts = scribe.facts(&FactsQuery { seniors: true, ..FactsQuery::default() }).await;
        for fact in &facts.seniors {
            assert_eq!(*fact, scribe.fact(&fact.user).await);
        }
        facts.seniors.into_iter().map(|fact| fact.user).collect::<Vec<_>>()
    };
    let role = |user: &UserId, role| Body::RoleChanged { user: user.clone(), role };
    assert_eq!(seniors(&scribe).await, []);
    scribe.add(&guest, Body::Joined { role: Role::Owner, guest: true, invite: None }).await;
    assert_eq!(seniors(&scribe).await, []);
    for user in [&ann, &bob, &cat] {
        scribe.join(user).await;
    }
    assert_eq!(seniors(&scribe).await, [ann.clone(), bob.clone()]);
    scribe.add(&ann, role(&cat, Role::Moderator)).await;
    assert_eq!(seniors(&scribe).await, [cat.clone(), ann.clone()]);
    scribe.add(&ann, role(&bob, Role::Owner)).await;
    assert_eq!(seniors(&scribe).await, [bob.clone(), cat.clone()]);
    scribe.add(&ann, role(&ann, Role::Owner)).await;
    assert_eq!(seniors(&scribe).await, [ann.clone(), bob.clone()]);
    scribe.leave(&ann).await;
    assert_eq!(seniors(&scribe).await, [bob.clone(), cat.clone()]);
    scribe.add(&cat, Body::Banned { user: bob, was_member: true, reason: None }).await;
    scribe.join(&ann).await;
    assert_eq!(seniors(&scribe).await, [cat, ann]);
    assert_eq!(scribe.facts(&FactsQuery::default()).await.seniors, []);
    scribe.check().await;
}

/// As much as a room host asks at once is answered at once: users, messages and claims, known and unknown.
pub async fn many_facts_are_asked_at_once(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let users = users(MAX_BATCH);
    let mut drafts = Vec::new();
    for (n, user) in users.iter().step_by(2).enumerate() {
        drafts.push(scribe.draft(user, Body::Joined { role: Role::Member, guest: false, invite: None }));
        drafts.push(scribe.claimed(user, "hello", claim(&format!("c-{n}"), n as u8)));
    }
    scribe.write(&drafts).await;
    let claims = users.iter().enumerate().map(|(n, user)| {
        let claim = claim(&format!("c-{}", n / 2), 0);
        (user.clone(), claim.client_id)
    });
    let query = FactsQuery {
        users: users.clone(),
        messages: (1..=MAX_BATCH as u64).collect(),
        claims: claims.collect(),
        roster: true,
        seniors: true,
        pins: true,
    };
    let facts = scribe.facts(&query).await;
    assert_eq!((facts.epoch, facts.head), (scribe.epoch, scribe.head()));
    let mut answered: Vec<UserId> = facts.members.iter().map(|fact| fact.user.clone()).collect();
    answered.sort();
    assert_eq!(answered, users, "one fact for every user asked about");
    assert_eq!(facts.members.iter().filter(|fact| fact.membership.is_some()).count(), MAX_BATCH / 2);
    assert_eq!((facts.messages.len(), facts.claims.len(), facts.roster.len()), (MAX_BATCH / 2, MAX_BATCH / 2, ROSTER));
}
