//! Leases: whose guests a node finds when it starts again.

use std::sync::Arc;

use chat_core::{Body, Lease, RoomId, Store, UserId, limits::MAX_PAGE};

use super::{
    fixture::{lease, user, users},
    scribe::Scribe,
};

async fn stale(store: &Arc<dyn Store>, current: Lease, limit: usize) -> Vec<(RoomId, UserId)> {
    let mut stale = store.stale_leases(current, limit).await.expect("stale leases");
    stale.sort();
    stale
}

/// Stale are the guests held by another life of the same node, in whatever room, and nobody else.
pub async fn leases_of_earlier_lives_are_stale(store: Arc<dyn Store>) {
    let mut here = Scribe::open(&store, "here").await;
    let mut there = Scribe::open(&store, "there").await;
    let (old, older, new) = (lease(1, 7), lease(1, 0), lease(1, (1 << 53) - 1));
    for scribe in [&mut here, &mut there] {
        scribe.join_guest(&user("old"), Some(old)).await;
        scribe.join_guest(&user("older"), Some(older)).await;
        scribe.join_guest(&user("new"), Some(new)).await;
        scribe.join_guest(&user("elsewhere"), Some(lease(2, 7))).await;
        scribe.join_guest(&user("nobodys"), None).await;
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
    assert_eq!(stale(&store, new, 100).await, held(&["old", "older"]));
    assert_eq!(stale(&store, old, 100).await, held(&["new", "older"]));
    assert_eq!(stale(&store, lease(2, 8), 100).await, held(&["elsewhere"]));
    assert_eq!(stale(&store, lease(3, 7), 100).await, []);
    store.delete_room(&there.room).await.expect("a deletion");
    assert_eq!(stale(&store, lease(2, 8), 100).await, [(here.room.clone(), user("elsewhere"))]);
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
        for (room, user) in found {
            assert!(room == scribe.room && left.contains(&user), "{user} is stale");
            left.retain(|other| *other != user);
            scribe.leave(&user).await;
        }
    }
    assert_eq!(stale(&store, now, 10).await, []);
    scribe.check().await;
}

/// A renewed lease is the new one's; only guests who are members have one, and the log tells nothing of it.
pub async fn only_guests_are_renewed(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let (old, new) = (lease(1, 1), lease(9, 2));
    for guest in ["guest", "other"] {
        scribe.join_guest(&user(guest), Some(old)).await;
    }
    scribe.join_guest(&user("nobodys"), None).await;
    scribe.join(&user("member")).await;
    scribe.join_guest(&user("left"), Some(old)).await;
    scribe.leave(&user("left")).await;
    let mut before = Vec::new();
    for name in ["guest", "other", "nobodys", "member", "left", "stranger"] {
        before.push(scribe.fact(&user(name)).await);
    }
    for fact in before.iter().filter(|fact| fact.user.as_str() != "other") {
        store.renew_lease(&scribe.room, &fact.user, new).await.expect("a renewal");
    }
    for mut fact in before {
        if let Some(membership) =
            fact.membership.as_mut().filter(|_| ["guest", "nobodys"].contains(&fact.user.as_str()))
        {
            membership.lease = Some(new);
        }
        assert_eq!(scribe.fact(&fact.user).await, fact);
    }
    scribe.check().await;
    assert_eq!(stale(&store, lease(1, 5), 10).await, [(scribe.room.clone(), user("other"))]);
    assert_eq!(stale(&store, lease(9, 5), 10).await, ["guest", "nobodys"].map(|g| (scribe.room.clone(), user(g))));
}
