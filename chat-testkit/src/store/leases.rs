//! Leases: which nodes hold guests' memberships, and whose guests a node finds when it starts again.

use std::sync::Arc;

use chat_core::{
    Body, Draft, Lease, Leaving, Role, RoomId, Seq, Store, StoreError, Timestamp, UserId, limits::MAX_PAGE,
};

use super::{
    fixture::{lease, leases, room_id, user, users},
    scribe::Scribe,
};

async fn stale(store: &Arc<dyn Store>, current: Lease, limit: usize) -> Vec<(RoomId, UserId, Seq)> {
    let mut stale = leases(store).stale_leases(current, limit).await.expect("stale leases");
    stale.sort();
    stale
}

async fn places(store: &Arc<dyn Store>, current: Lease) -> Vec<(RoomId, UserId)> {
    stale(store, current, 100).await.into_iter().map(|(room, user, _)| (room, user)).collect()
}

async fn stale_names(store: &Arc<dyn Store>, current: Lease) -> Vec<String> {
    stale(store, current, 100).await.into_iter().map(|(_, user, _)| user.to_string()).collect()
}

/// A guest's membership is held by the lease that came with the join, which outlives other entries about them.
pub async fn a_lease_comes_with_a_guests_join(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let (ann, bob, cat) = (user("ann"), user("bob"), user("cat"));
    let held = lease(u32::MAX, (1 << 53) - 1);
    scribe.join_guest(&ann, Some(held)).await;
    scribe.join_guest(&bob, None).await;
    let draft = scribe.draft(&cat, Body::Joined { role: Role::Member, guest: false, invite: None });
    scribe.write(&[Draft { lease: Some(held), ..draft }]).await;
    scribe.add(&cat, Body::RoleChanged { user: ann.clone(), role: Role::Moderator }).await;
    scribe.add(&cat, Body::Muted { user: ann.clone(), until: Some(Timestamp(1)) }).await;
    for (user, guest, held) in [(&ann, true, true), (&bob, true, false), (&cat, false, false)] {
        let membership = scribe.fact(user).await.membership.expect("a membership");
        assert_eq!((membership.guest, membership.held), (guest, held), "{user}");
    }
}

/// Where there is no room, none is held, and nothing is stale.
pub async fn nothing_is_held_where_there_is_no_room(store: Arc<dyn Store>) {
    let (nowhere, ann) = (room_id("nowhere"), user("ann"));
    let held = leases(&store).hold_lease(&nowhere, &ann, 1, lease(1, 1)).await;
    assert!(matches!(held, Err(StoreError::NoSuchRoom)), "{held:?}");
    let released = leases(&store).release_lease(&nowhere, &ann, 1, 1).await;
    assert!(matches!(released, Err(StoreError::NoSuchRoom)), "{released:?}");
    assert_eq!(stale(&store, lease(1, 2), 9).await, []);
}

/// Stale are the guests held by another life of the same node, in whatever room, and of the held nobody else.
pub async fn leases_of_earlier_lives_are_stale(store: Arc<dyn Store>) {
    let mut here = Scribe::open(&store, "here").await;
    let mut there = Scribe::open(&store, "there").await;
    let (old, older, new) = (lease(1, 7), lease(1, 0), lease(1, (1 << 53) - 1));
    for scribe in [&mut here, &mut there] {
        scribe.join_guest(&user("old"), Some(old)).await;
        scribe.join_guest(&user("older"), Some(older)).await;
        scribe.join_guest(&user("new"), Some(new)).await;
        scribe.join_guest(&user("elsewhere"), Some(lease(2, 7))).await;
        scribe.join(&user("member")).await;
        scribe.join_guest(&user("left"), Some(old)).await;
        scribe.leave(&user("left")).await;
        scribe.join_guest(&user("kicked"), Some(old)).await;
        scribe.add(&user("member"), Body::Kicked { user: user("kicked"), reason: None }).await;
        scribe.join_guest(&user("stayed"), Some(old)).await;
        scribe.leave(&user("stayed")).await;
        scribe.join(&user("stayed")).await;
    }
    let held = |names: &[&str]| {
        let rooms = [&here.room, &there.room];
        rooms.iter().flat_map(|room| names.iter().map(|name| ((*room).clone(), user(name)))).collect::<Vec<_>>()
    };
    assert_eq!(places(&store, new).await, held(&["old", "older"]));
    assert_eq!(places(&store, old).await, held(&["new", "older"]));
    assert_eq!(places(&store, lease(2, 8)).await, held(&["elsewhere"]));
    assert_eq!(stale(&store, lease(3, 7), 100).await, []);
    store.delete_room(&there.room).await.expect("a deletion");
    assert_eq!(places(&store, lease(2, 8)).await, [(here.room.clone(), user("elsewhere"))]);
}

/// At most so many are told as were asked for; sweeping them away brings the others.
pub async fn a_sweep_goes_on_until_none_is_left(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let mut left = users(25);
    for user in &left {
        scribe.join_guest(user, Some(lease(1, 1))).await;
    }
    let now = lease(1, 2);
    assert_eq!(stale(&store, now, 0).await, []);
    assert_eq!(stale(&store, now, usize::MAX).await.len(), 25.min(MAX_PAGE));
    while !left.is_empty() {
        let found = stale(&store, now, 10).await;
        assert_eq!(found.len(), left.len().min(10));
        for (room, user, _) in found {
            assert!(room == scribe.room && left.contains(&user), "{user} is stale");
            left.retain(|other| *other != user);
            scribe.leave(&user).await;
        }
    }
    assert_eq!(stale(&store, now, 10).await, []);
    scribe.check().await;
}

/// Only guests who are members are held, and the log tells nothing of it.
pub async fn only_guests_are_held(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    scribe.join_guest(&user("guest"), Some(lease(1, 1))).await;
    scribe.join_guest(&user("nobodys"), None).await;
    scribe.join(&user("member")).await;
    scribe.join_guest(&user("left"), Some(lease(1, 1))).await;
    scribe.leave(&user("left")).await;
    for name in ["guest", "nobodys", "member", "left", "stranger"] {
        let mut fact = scribe.fact(&user(name)).await;
        for since in 0..=scribe.head() {
            leases(&store).hold_lease(&scribe.room, &fact.user, since, lease(9, 2)).await.expect("a lease");
        }
        if let Some(membership) = &mut fact.membership {
            membership.held = membership.guest;
        }
        assert_eq!(scribe.fact(&fact.user).await, fact);
    }
    scribe.check().await;
    assert_eq!(stale_names(&store, lease(1, 5)).await, ["guest"]);
    assert_eq!(stale_names(&store, lease(9, 5)).await, ["guest", "nobodys"]);
}

/// Several nodes hold one membership; it is held until the last of them has released it.
pub async fn a_membership_is_held_until_its_last_lease_is_released(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let (guest, other) = (user("guest"), user("other"));
    let since = scribe.join_guest(&guest, Some(lease(1, 1))).await;
    scribe.join_guest(&other, Some(lease(1, 1))).await;
    for node in [2, 3, 3] {
        leases(&store).hold_lease(&scribe.room, &guest, since, lease(node, 1)).await.expect("a lease");
    }
    for (node, held) in [(4, true), (3, true), (1, true), (1, true), (2, false), (2, false)] {
        leases(&store).release_lease(&scribe.room, &guest, since, node).await.expect("a release");
        assert_eq!(scribe.is_held(&guest).await, held, "node {node} has let go");
        assert_eq!(stale_names(&store, lease(node, 1)).await.is_empty(), held, "node {node} has let go");
    }
    assert!(scribe.is_held(&other).await);
    leases(&store).hold_lease(&scribe.room, &guest, since, lease(2, 1)).await.expect("a lease");
    assert!(scribe.is_held(&guest).await);
    scribe.check().await;
}

/// Guests whom nobody holds are stale to every node.
pub async fn whom_nobody_holds_is_stale(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let since = scribe.join_guest(&user("guest"), Some(lease(1, 1))).await;
    scribe.join_guest(&user("left"), Some(lease(1, 1))).await;
    scribe.join(&user("member")).await;
    leases(&store).release_lease(&scribe.room, &user("guest"), since, 1).await.expect("a release");
    leases(&store).release_lease(&scribe.room, &user("left"), since + 1, 1).await.expect("a release");
    scribe.leave(&user("left")).await;
    for current in [lease(1, 1), lease(1, 2), lease(7, 7)] {
        assert_eq!(stale(&store, current, 10).await, [(scribe.room.clone(), user("guest"), since)]);
    }
    store.delete_room(&scribe.room).await.expect("a deletion");
    assert_eq!(stale(&store, lease(7, 7), 10).await, []);
}

/// A node holds a membership once: in its last life.
pub async fn a_new_life_replaces_the_old(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let guest = user("guest");
    let since = scribe.join_guest(&guest, Some(lease(1, 1))).await;
    leases(&store).hold_lease(&scribe.room, &guest, since, lease(2, 1)).await.expect("a lease");
    assert_eq!(stale_names(&store, lease(1, 2)).await, ["guest"]);
    leases(&store).hold_lease(&scribe.room, &guest, since, lease(1, 2)).await.expect("a lease");
    assert_eq!(stale_names(&store, lease(1, 2)).await, [""; 0]);
    assert_eq!(stale_names(&store, lease(1, 1)).await, ["guest"]);
    for node in [1, 2] {
        assert!(scribe.is_held(&guest).await);
        leases(&store).release_lease(&scribe.room, &guest, since, node).await.expect("a release");
    }
    assert!(!scribe.is_held(&guest).await);
}

/// Leases end with the membership; what is said of one that has ended says nothing of the next.
pub async fn a_lease_is_of_one_membership(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let (guest, member) = (user("guest"), user("member"));
    scribe.join(&member).await;
    let ends = [
        Body::Left { why: Leaving::Gone },
        Body::Kicked { user: guest.clone(), reason: None },
        Body::Banned { user: guest.clone(), was_member: true, reason: None },
    ];
    for end in ends {
        let first = scribe.join_guest(&guest, Some(lease(1, 1))).await;
        leases(&store).hold_lease(&scribe.room, &guest, first, lease(2, 1)).await.expect("a lease");
        let by = if matches!(end, Body::Left { .. }) { &guest } else { &member };
        scribe.add(by, end).await;
        let next = scribe.join_guest(&guest, None).await;
        assert!(!scribe.is_held(&guest).await);
        leases(&store).hold_lease(&scribe.room, &guest, first, lease(1, 1)).await.expect("a lease");
        assert!(!scribe.is_held(&guest).await);
        leases(&store).hold_lease(&scribe.room, &guest, next, lease(1, 1)).await.expect("a lease");
        leases(&store).release_lease(&scribe.room, &guest, first, 1).await.expect("a release");
        assert!(scribe.is_held(&guest).await);
        scribe.leave(&guest).await;
    }
    scribe.check().await;
}
