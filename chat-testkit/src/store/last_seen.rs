//! When users were last connected.

use std::sync::Arc;

use chat_core::{LastSeen, Store, Timestamp, UserId, limits::SEEN_BATCH};

use super::fixture::{name, user, users};

fn power(store: &Arc<dyn Store>) -> &dyn LastSeen {
    store.last_seen().expect("a store that keeps when users were last connected")
}

async fn named(store: &Arc<dyn Store>, users: &[UserId]) {
    for user in users {
        store.set_profile(user, Some(&name("Somebody"))).await.expect("a profile");
    }
}

async fn see(store: &Arc<dyn Store>, user: &UserId, at: i64) {
    power(store).seen(&[(user.clone(), Timestamp(at))]).await.expect("a time");
}

async fn last(store: &Arc<dyn Store>, users: &[UserId]) -> Vec<(UserId, i64)> {
    let seen = power(store).when_seen(users).await.expect("times");
    let mut seen: Vec<_> = seen.into_iter().map(|(user, at)| (user, at.0)).collect();
    seen.sort();
    seen
}

/// Of each user the latest time stays, in whatever order times come.
pub async fn the_latest_time_stays(store: Arc<dyn Store>) {
    let (ann, bob, cat) = (user("ann"), user("bob"), user("cat"));
    let asked = [ann.clone(), bob.clone(), cat.clone(), user("Ann"), user("nobody")];
    named(&store, &asked[..4]).await;
    assert_eq!(last(&store, &asked).await, []);
    for at in [-120_000, -60_000, 60_000, 0, -60_000] {
        see(&store, &ann, at).await;
    }
    let both = [(ann.clone(), Timestamp(0)), (bob.clone(), Timestamp(180_000))];
    power(&store).seen(&both).await.expect("times");
    power(&store).seen(&[]).await.expect("nothing");
    assert_eq!(last(&store, &asked).await, [(ann, 60_000), (bob, 180_000)]);
    assert_eq!(last(&store, &[cat]).await, []);
    assert_eq!(last(&store, &[]).await, []);
}

/// Of several who say so at one time, the latest stays.
pub async fn of_many_times_at_once_the_latest_stays(store: Arc<dyn Store>) {
    let ann = user("ann");
    named(&store, std::slice::from_ref(&ann)).await;
    let mut tasks = tokio::task::JoinSet::new();
    for minute in [3, 7, 1, 5, 8, 2, 6, 4] {
        let (store, ann) = (store.clone(), ann.clone());
        tasks.spawn(async move { see(&store, &ann, minute * 60_000).await });
    }
    tasks.join_all().await;
    assert_eq!(last(&store, std::slice::from_ref(&ann)).await, [(ann.clone(), 480_000)]);
}

/// A time belongs to a profile: without one there is none, with another name it stays, and it is erased with it.
pub async fn a_time_goes_with_its_profile(store: Arc<dyn Store>) {
    let ann = user("ann");
    let of = std::slice::from_ref(&ann);
    see(&store, &ann, 60_000).await;
    assert_eq!(last(&store, of).await, []);
    named(&store, of).await;
    assert_eq!(last(&store, of).await, [], "nothing was kept beside the profile");
    see(&store, &ann, 60_000).await;
    store.set_profile(&ann, Some(&name("Anna"))).await.expect("another name");
    assert_eq!(last(&store, of).await, [(ann.clone(), 60_000)]);
    store.set_profile(&ann, None).await.expect("an erasure");
    see(&store, &ann, 120_000).await;
    assert_eq!(last(&store, of).await, []);
    named(&store, of).await;
    assert_eq!(last(&store, of).await, [], "what was erased does not come back");
}

/// What is forgotten is gone, and the profile stays.
pub async fn a_time_is_forgotten(store: Arc<dyn Store>) {
    let (ann, bob) = (user("ann"), user("bob"));
    let both = [ann.clone(), bob.clone()];
    named(&store, &both).await;
    see(&store, &ann, 60_000).await;
    see(&store, &bob, 60_000).await;
    for _ in 0..2 {
        power(&store).forget_seen(&ann).await.expect("an erasure");
    }
    power(&store).forget_seen(&user("nobody")).await.expect("an erasure of nothing");
    assert_eq!(last(&store, &both).await, [(bob, 60_000)]);
    assert_eq!(store.profiles(std::slice::from_ref(&ann)).await.expect("profiles").len(), 1);
    see(&store, &ann, 0).await;
    assert_eq!(last(&store, std::slice::from_ref(&ann)).await, [(ann.clone(), 0)]);
}

/// As many as a batch holds are written and asked about at once.
pub async fn many_are_seen_at_once(store: Arc<dyn Store>) {
    let users = users(SEEN_BATCH);
    named(&store, &users).await;
    let times: Vec<_> = users.iter().cloned().zip((0..).map(|n| Timestamp(n * 60_000))).collect();
    power(&store).seen(&times).await.expect("times");
    let mut expected: Vec<_> = times.into_iter().map(|(user, at)| (user, at.0)).collect();
    expected.sort();
    assert_eq!(last(&store, &users).await, expected);
}
