//! Links are found, and what has expired is removed.

use std::sync::Arc;

use chat_accounts::{AccountStore, Device, Link};
use chat_core::Timestamp;

use super::fixture::{created, device, ids, link, secret};

/// A link is found by its secret alone, as often as it is looked for.
pub async fn a_link_is_found_by_its_secret(store: Arc<dyn AccountStore>) {
    created(&*store, "ann").await;
    let link = Link { expires: Timestamp(i64::MIN), ..link("ann", 1) };
    store.create_link(&link).await.expect("a link");
    assert_eq!(store.link(&secret(1)).await.expect("an answer"), None);
    for _ in 0..2 {
        assert_eq!(store.link(&link.secret).await.expect("an answer"), Some(link.clone()), "expired or not");
    }
}

/// A user has one link: the last.
pub async fn a_later_link_takes_an_earlier_ones_place(store: Arc<dyn AccountStore>) {
    let (first, second, bobs) = (link("ann", 1), link("ann", 2), link("bob", 3));
    for name in ["ann", "bob"] {
        created(&*store, name).await;
    }
    for link in [&bobs, &first, &second] {
        store.create_link(link).await.expect("a link");
    }
    assert_eq!(store.link(&first.secret).await.expect("an answer"), None);
    assert_eq!(store.link(&second.secret).await.expect("an answer"), Some(second));
    assert_eq!(store.link(&bobs.secret).await.expect("an answer"), Some(bobs));
}

async fn expiring(store: &dyn AccountStore, expires: &[i64]) {
    let ann = created(store, "ann").await;
    for (n, expires) in (1..).zip(expires) {
        let device = Device { expires: Timestamp(*expires), ..device("ann", n) };
        store.create_device(&device, ann.revision).await.expect("a new device");
        let name = format!("user-{n}");
        created(store, &name).await;
        store.create_link(&Link { expires: Timestamp(*expires), ..link(&name, n) }).await.expect("a link");
    }
}

/// What expires at that time is gone, what expires later stays.
pub async fn a_sweep_removes_what_has_expired(store: Arc<dyn AccountStore>) {
    expiring(&*store, &[-5, 99, 100, 101]).await;
    assert_eq!(store.sweep(Timestamp(100), 100).await.expect("a sweep"), 6);
    assert_eq!(ids(&*store, "ann").await, [device("ann", 4).id]);
    for n in 1..=4 {
        let found = store.link(&link("nobody", n).secret).await.expect("an answer");
        assert_eq!(found.is_some(), n == 4, "{n}");
    }
    assert_eq!(store.sweep(Timestamp(100), 100).await.expect("a sweep"), 0);
}

/// A sweep removes no more than it may, and says how much; the next one goes on.
pub async fn a_sweep_is_bounded(store: Arc<dyn AccountStore>) {
    expiring(&*store, &[1, 2, 3, 4, 1_000]).await;
    let mut removed = Vec::new();
    while removed.last() != Some(&0) && removed.len() < 10 {
        removed.push(store.sweep(Timestamp(100), 3).await.expect("a sweep"));
    }
    assert!(removed.iter().all(|count| *count <= 3), "{removed:?}");
    assert_eq!(removed.iter().sum::<usize>(), 8, "{removed:?}");
}
