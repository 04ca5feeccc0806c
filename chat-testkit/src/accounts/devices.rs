//! Where users are logged in: made, refreshed, listed, ended.

use std::sync::Arc;

use chat_accounts::{Account, AccountStore, Device, DeviceId, Ends, Rotation, Standing};
use chat_core::{
    Timestamp,
    limits::{DEVICES_PER_QUERY, MAX_DEVICES, MAX_USER_AGENT_BYTES},
};

use super::fixture::{Refused, created, device, ids, logged_in, refused, secret, user};

pub(super) fn rotation(device: &Device, to: u64) -> Rotation {
    let (at, expires) = (Timestamp(500), Timestamp(2_000_000));
    Rotation { device: device.id, from: device.newest, to: secret(to), at, expires }
}

/// Every field comes back, with the account.
pub async fn a_device_comes_back_as_it_was(store: Arc<dyn AccountStore>) {
    let ann = created(&*store, "ann").await;
    let long = "ä".repeat(MAX_USER_AGENT_BYTES / 2);
    let agents = [None, Some(""), Some("Mozilla/5.0 (X11; O'Neill \"%_\")"), Some(&*long)];
    for (n, agent) in (0..).zip(agents) {
        let device = Device {
            created_at: Timestamp(i64::MIN),
            last_seen: Timestamp(-1),
            expires: Timestamp(i64::MAX),
            user_agent: agent.map(str::to_owned),
            family: chat_accounts::SecretHash([0; 32]),
            ..device("ann", n)
        };
        store.create_device(&device, 0).await.expect("a new device");
        assert_eq!(store.device(device.id).await.expect("an answer"), Some((device, ann.clone())));
    }
    assert_eq!(store.device(DeviceId::from_random(99)).await.expect("an answer"), None);
}

/// A device is made of an account that is active and as it was read.
pub async fn a_device_needs_its_account_as_it_is(store: Arc<dyn AccountStore>) {
    let ann = created(&*store, "ann").await;
    let conflict = async |n: u64, revision: u64, of: &str| {
        let device = device(of, n);
        assert_eq!(refused(store.create_device(&device, revision).await), Refused::Conflict, "{of} {revision}");
        assert_eq!(store.device(device.id).await.expect("an answer"), None);
    };
    conflict(1, 1, "ann").await;
    conflict(2, 0, "nobody").await;
    store.update_account(&ann, Ends::Nothing).await.expect("a change");
    conflict(3, 0, "ann").await;
    for (n, standing) in (1..).zip([Standing::Suspended, Standing::Deleted]) {
        let account = Account { standing, revision: n, ..ann.clone() };
        store.update_account(&account, Ends::Nothing).await.expect("a change");
        conflict(4, n + 1, "ann").await;
    }
    store.update_account(&Account { revision: 3, ..ann.clone() }, Ends::Nothing).await.expect("a change");
    let device = logged_in(&*store, &Account { revision: 4, ..ann }, 4).await;
    assert_eq!(ids(&*store, "ann").await, [device.id]);
}

/// The device seen last comes first.
pub async fn devices_are_listed_by_when_they_were_seen(store: Arc<dyn AccountStore>) {
    let (ann, bob) = (created(&*store, "ann").await, created(&*store, "bob").await);
    let seen = [5, -3, 9, 0, 7];
    for (n, seen) in (1..).zip(seen) {
        let device = Device { last_seen: Timestamp(seen), ..device("ann", n) };
        store.create_device(&device, ann.revision).await.expect("a new device");
    }
    logged_in(&*store, &bob, 99).await;
    let times = async || {
        let devices = store.devices(&user("ann")).await.expect("a list");
        devices.into_iter().map(|device| device.last_seen.0).collect::<Vec<_>>()
    };
    assert_eq!(times().await, [9, 7, 5, 0, -3]);
    assert!(store.rotate(&rotation(&device("ann", 2), 1)).await.expect("an answer"));
    assert_eq!(times().await, [500, 9, 7, 5, 0]);
    assert_eq!(store.devices(&user("nobody")).await.expect("a list"), []);
}

/// A user is logged in on so many devices; a further one ends the one that was seen longest ago.
pub async fn of_too_many_devices_those_seen_longest_ago_end(store: Arc<dyn AccountStore>) {
    let (ann, bob) = (created(&*store, "ann").await, created(&*store, "bob").await);
    let bobs = logged_in(&*store, &bob, 0).await;
    let most = MAX_DEVICES as u64;
    for n in 1..=most {
        logged_in(&*store, &ann, n).await;
    }
    let before = store.revocations().await.expect("a number");
    assert!(store.rotate(&rotation(&device("ann", 1), 1)).await.expect("an answer"), "the first is seen again");
    for n in most + 1..=most + 2 {
        logged_in(&*store, &ann, n).await;
    }
    let mut left: Vec<_> = (1..=most + 2).filter(|n| ![2, 3].contains(n)).map(|n| device("ann", n).id).collect();
    left.sort();
    assert_eq!(ids(&*store, "ann").await, left);
    assert!(store.revocations().await.expect("a number") > before);
    assert_eq!(ids(&*store, "bob").await, [bobs.id]);
}

/// A rotation changes what it says; a second one from the same token does nothing.
pub async fn a_rotation_is_done_once(store: Arc<dyn AccountStore>) {
    let ann = created(&*store, "ann").await;
    let (first, other) = (logged_in(&*store, &ann, 1).await, logged_in(&*store, &ann, 2).await);
    assert!(store.rotate(&rotation(&first, 1)).await.expect("an answer"));
    let (last_seen, expires) = (Timestamp(500), Timestamp(2_000_000));
    let rotated = Device { newest: secret(1), last_seen, expires, ..first.clone() };
    assert_eq!(store.device(first.id).await.expect("an answer"), Some((rotated.clone(), ann.clone())));
    for to in [1, 2] {
        assert!(!store.rotate(&rotation(&first, to)).await.expect("an answer"));
    }
    assert_eq!(store.device(first.id).await.expect("an answer"), Some((rotated.clone(), ann.clone())));
    assert_eq!(store.device(other.id).await.expect("an answer"), Some((other, ann)));
    assert!(store.rotate(&rotation(&rotated, 3)).await.expect("an answer"));
}

/// A rotation from another token, or of a device that is not there, does nothing.
pub async fn a_rotation_needs_the_newest_token(store: Arc<dyn AccountStore>) {
    let ann = created(&*store, "ann").await;
    let (one, other) = (logged_in(&*store, &ann, 1).await, logged_in(&*store, &ann, 2).await);
    let wrong = [
        Rotation { from: other.newest, ..rotation(&one, 1) },
        Rotation { from: one.family, ..rotation(&one, 1) },
        Rotation { device: DeviceId::from_random(99), ..rotation(&one, 1) },
    ];
    for rotation in wrong {
        assert!(!store.rotate(&rotation).await.expect("an answer"), "{rotation:?}");
    }
    assert_eq!(store.device(one.id).await.expect("an answer"), Some((one.clone(), ann)));
    store.end_devices(&one.user, Ends::One(one.id)).await.expect("an end");
    assert!(!store.rotate(&rotation(&one, 1)).await.expect("an answer"));
    assert_eq!(ids(&*store, "ann").await, [other.id]);
}

/// Devices are ended as they are named, and it is told how many.
pub async fn devices_end_as_they_are_named(store: Arc<dyn AccountStore>) {
    let (ann, bob) = (created(&*store, "ann").await, created(&*store, "bob").await);
    let mut devices = Vec::new();
    for n in 1..=4 {
        devices.push(logged_in(&*store, &ann, n).await.id);
    }
    let bobs = logged_in(&*store, &bob, 9).await;
    let ends = [
        (Ends::Nothing, 0, vec![0, 1, 2, 3]),
        (Ends::One(devices[1]), 1, vec![0, 2, 3]),
        (Ends::One(devices[1]), 0, vec![0, 2, 3]),
        (Ends::AllBut(devices[3]), 2, vec![3]),
        (Ends::AllBut(devices[3]), 0, vec![3]),
        (Ends::All, 1, vec![]),
        (Ends::All, 0, vec![]),
    ];
    for (ends, count, left) in ends {
        assert_eq!(store.end_devices(&ann.user, ends).await.expect("an end"), count, "{ends:?}");
        let left: Vec<_> = left.into_iter().map(|n: usize| devices[n]).collect();
        assert_eq!(ids(&*store, "ann").await, left, "{ends:?}");
    }
    for device in devices {
        assert_eq!(store.device(device).await.expect("an answer"), None);
    }
    assert_eq!(ids(&*store, "bob").await, [bobs.id]);
}

/// A user's word ends only their own devices.
pub async fn nobody_ends_anothers_device(store: Arc<dyn AccountStore>) {
    let (ann, bob) = (created(&*store, "ann").await, created(&*store, "bob").await);
    let (anns, bobs) = (logged_in(&*store, &ann, 1).await, logged_in(&*store, &bob, 2).await);
    assert_eq!(store.end_devices(&bob.user, Ends::One(anns.id)).await.expect("an end"), 0);
    assert_eq!(store.end_devices(&bob.user, Ends::AllBut(anns.id)).await.expect("an end"), 1);
    assert_eq!((ids(&*store, "ann").await, ids(&*store, "bob").await), (vec![anns.id], vec![]));
    assert_eq!(store.device(bobs.id).await.expect("an answer"), None);
}

/// Of many devices those are told that there are.
pub async fn many_devices_are_asked_about_at_once(store: Arc<dyn AccountStore>) {
    let ann = created(&*store, "ann").await;
    let mut asked = Vec::new();
    for n in 0..DEVICES_PER_QUERY as u64 {
        asked.push(if n % 100 == 7 { logged_in(&*store, &ann, n).await.id } else { device("ann", n).id });
    }
    let living = async |devices: &[DeviceId]| {
        let mut living = store.living(devices).await.expect("an answer");
        living.sort();
        living
    };
    assert_eq!(living(&asked).await, ids(&*store, "ann").await);
    assert_eq!(living(&[]).await, []);
    store.end_devices(&ann.user, Ends::All).await.expect("an end");
    assert_eq!(living(&asked).await, []);
}

/// The number rises when devices are ended, and only then.
pub async fn revocations_rise_when_devices_end(store: Arc<dyn AccountStore>) {
    let ann = created(&*store, "ann").await;
    let revocations = async || store.revocations().await.expect("a number");
    let (device, other) = (logged_in(&*store, &ann, 1).await, logged_in(&*store, &ann, 2).await);
    let before = revocations().await;
    assert!(store.rotate(&rotation(&device, 1)).await.expect("an answer"));
    store.end_devices(&ann.user, Ends::Nothing).await.expect("an end");
    store.end_devices(&user("nobody"), Ends::All).await.expect("an end");
    store.update_account(&ann, Ends::Nothing).await.expect("a change");
    assert_eq!(revocations().await, before);
    store.end_devices(&ann.user, Ends::One(device.id)).await.expect("an end");
    let then = revocations().await;
    assert!(then > before);
    store.update_account(&Account { revision: 1, ..ann }, Ends::AllBut(device.id)).await.expect("a change");
    assert!(revocations().await > then);
    assert_eq!(store.device(other.id).await.expect("an answer"), None);
}
