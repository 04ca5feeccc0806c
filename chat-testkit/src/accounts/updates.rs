//! Accounts change as a whole, from the state that was read.

use std::sync::Arc;

use chat_accounts::{Account, AccountStore, By, Ends, Standing};
use chat_core::{Hides, Timestamp};

use super::fixture::{HASHES, Refused, created, email, found, hash, ids, link, logged_in, refused, username};

/// A change of an account that was changed since, or that is not there, changes nothing and ends nothing.
pub async fn an_update_needs_the_account_as_it_is(store: Arc<dyn AccountStore>) {
    let ann = created(&*store, "ann").await;
    let device = logged_in(&*store, &ann, 1).await;
    let admin = Account { admin: true, ..ann.clone() };
    store.update_account(&admin, Ends::Nothing).await.expect("a change");
    let now = Account { revision: 1, ..admin };
    assert_eq!(found(&*store, "ann").await, Some(now.clone()));
    for revision in [0, 2, 7] {
        let stale = Account { revision, standing: Standing::Suspended, ..ann.clone() };
        assert_eq!(refused(store.update_account(&stale, Ends::All).await), Refused::Conflict, "{revision}");
    }
    assert_eq!(found(&*store, "ann").await, Some(now.clone()));
    assert_eq!(ids(&*store, "ann").await, [device.id]);
    let nobody = super::fixture::account("nobody");
    assert_eq!(refused(store.update_account(&nobody, Ends::All).await), Refused::Conflict);
    assert_eq!(found(&*store, "nobody").await, None);
    let mut expected = now;
    for n in 0..3 {
        let next = Account { password: HASHES.get(n).map(|text| hash(text)), standing: Standing::ALL[n], ..expected };
        store.update_account(&next, Ends::Nothing).await.expect("a change");
        expected = Account { revision: next.revision + 1, ..next };
        assert_eq!(found(&*store, "ann").await, Some(expected.clone()));
    }
}

/// Of many users, it is known what those hide whose accounts say now that they hide something.
pub async fn what_users_hide_is_known(store: Arc<dyn AccountStore>) {
    let ann = created(&*store, "ann").await;
    let bob = created(&*store, "bob").await;
    let [reads, last_seen] = [true, false].map(|reads| Hides { reads, last_seen: !reads });
    let hidden = Account { hides: reads, ..super::fixture::account("hid") };
    store.create_account(&hidden).await.expect("an account");
    let asked = [&bob, &hidden, &ann].map(|account| account.user.clone());
    let hide = async |users: &[chat_core::UserId]| {
        let mut hide = store.hidden(users).await.expect("an answer");
        hide.sort_by(|(one, _), (other, _)| one.cmp(other));
        hide
    };
    assert_eq!(hide(&asked).await, [(hidden.user.clone(), reads)]);
    assert_eq!(hide(&[]).await, []);
    assert_eq!(hide(&[bob.user.clone(), "nobody".parse().expect("an id")]).await, []);
    let now_hidden = Account { hides: last_seen, ..ann.clone() };
    store.update_account(&now_hidden, Ends::Nothing).await.expect("a change");
    assert_eq!(hide(&asked).await, [(ann.user.clone(), last_seen), (hidden.user.clone(), reads)]);
    let now_shown = Account { hides: Hides::default(), ..hidden.clone() };
    store.update_account(&now_shown, Ends::Nothing).await.expect("a change");
    assert_eq!(hide(&asked).await, [(ann.user.clone(), last_seen)]);
    assert_eq!(found(&*store, "ann").await, Some(Account { revision: 1, ..now_hidden }));
    let many: Vec<_> = (0..999).map(|n| format!("u{n}").parse().expect("an id")).chain([ann.user.clone()]).collect();
    assert_eq!(hide(&many).await, [(ann.user.clone(), last_seen)]);
    store.remove_account(&ann.user).await.expect("a removal");
    assert_eq!(hide(&asked).await, []);
}

/// A new username and a new address are taken, and the old ones are free.
pub async fn an_update_moves_the_keys(store: Arc<dyn AccountStore>) {
    let ann = created(&*store, "ann").await;
    let first = Account { email: Some(email("ann@example.org")), ..ann };
    store.update_account(&first, Ends::Nothing).await.expect("an address");
    let second = Account { username: username("anna"), email: Some(email("anna@example.org")), revision: 1, ..first };
    store.update_account(&second, Ends::Nothing).await.expect("other keys");
    for by in [By::Username("ann"), By::Email("ann@example.org")] {
        assert_eq!(store.account(by).await.expect("an answer"), None, "{by:?}");
    }
    for by in [By::Username("anna"), By::Email("anna@example.org")] {
        assert!(store.account(by).await.expect("an answer").is_some(), "{by:?}");
    }
    let other = super::fixture::account("other");
    let other = Account { username: username("ann"), email: Some(email("ann@example.org")), ..other };
    store.create_account(&other).await.expect("the old keys are free");
    let none = Account { email: None, revision: 2, ..second };
    store.update_account(&none, Ends::Nothing).await.expect("no address");
    assert_eq!(store.account(By::Email("anna@example.org")).await.expect("an answer"), None);
}

/// A change to another account's keys changes nothing.
pub async fn an_update_to_anothers_key_changes_nothing(store: Arc<dyn AccountStore>) {
    let (ann, bob) = (created(&*store, "ann").await, created(&*store, "bob").await);
    let device = logged_in(&*store, &bob, 1).await;
    let with = Account { email: Some(email("ann@example.org")), ..ann };
    store.update_account(&with, Ends::Nothing).await.expect("an address");
    let named = Account { username: username("ann"), ..bob.clone() };
    assert_eq!(refused(store.update_account(&named, Ends::All).await), Refused::UsernameTaken);
    let addressed = Account { username: username("bobby"), email: Some(email("ANN@example.org")), ..bob.clone() };
    assert_eq!(refused(store.update_account(&addressed, Ends::All).await), Refused::EmailTaken);
    assert_eq!(found(&*store, "bob").await, Some(bob));
    assert_eq!(store.account(By::Username("bobby")).await.expect("an answer"), None);
    assert_eq!(ids(&*store, "bob").await, [device.id]);
}

/// A change ends the devices it names, and no others.
pub async fn an_update_ends_the_devices_it_names(store: Arc<dyn AccountStore>) {
    let (mut ann, bob) = (created(&*store, "ann").await, created(&*store, "bob").await);
    let mut devices = Vec::new();
    for n in 1..=4 {
        devices.push(logged_in(&*store, &ann, n).await.id);
    }
    let bobs = logged_in(&*store, &bob, 9).await;
    let ends = [
        (Ends::Nothing, vec![0, 1, 2, 3]),
        (Ends::One(devices[0]), vec![1, 2, 3]),
        (Ends::One(bobs.id), vec![1, 2, 3]),
        (Ends::AllBut(devices[2]), vec![2]),
        (Ends::All, vec![]),
    ];
    for (ends, left) in ends {
        store.update_account(&ann, ends).await.expect("a change");
        ann.revision += 1;
        let left: Vec<_> = left.into_iter().map(|n: usize| devices[n]).collect();
        assert_eq!(ids(&*store, "ann").await, left, "{ends:?}");
    }
    assert_eq!(ids(&*store, "bob").await, [bobs.id]);
}

/// A link sets the password of the account for which it was made, and of no later state of it.
pub async fn an_update_removes_the_link(store: Arc<dyn AccountStore>) {
    let (ann, _) = (created(&*store, "ann").await, created(&*store, "bob").await);
    for link in [link("ann", 1), link("bob", 2)] {
        store.create_link(&link).await.expect("a link");
    }
    store.update_account(&ann, Ends::Nothing).await.expect("a change");
    assert_eq!(store.link(&link("ann", 1).secret).await.expect("an answer"), None);
    assert_eq!(store.link(&link("bob", 2).secret).await.expect("an answer"), Some(link("bob", 2)));
}

/// Whatever a change says of it.
pub async fn the_time_of_creation_stays(store: Arc<dyn AccountStore>) {
    let ann = created(&*store, "ann").await;
    store.update_account(&Account { created_at: Timestamp(99), ..ann.clone() }, Ends::Nothing).await.expect("a change");
    assert_eq!(found(&*store, "ann").await, Some(Account { revision: 1, ..ann }));
}

/// A deleted account is one whose username is taken.
pub async fn a_deleted_account_keeps_its_name(store: Arc<dyn AccountStore>) {
    let ann = Account { email: Some(email("ann@example.org")), ..super::fixture::account("ann") };
    store.create_account(&ann).await.expect("a new account");
    logged_in(&*store, &ann, 1).await;
    let deleted = ann.deleted();
    store.update_account(&deleted, Ends::All).await.expect("a deletion");
    assert_eq!(found(&*store, "ann").await, Some(Account { revision: 1, ..deleted }));
    let with = |name: &str| Account { username: username(name), ..super::fixture::account("other") };
    assert_eq!(refused(store.create_account(&with("ann")).await), Refused::UsernameTaken);
    let other = Account { email: Some(email("ann@example.org")), ..with("other") };
    store.create_account(&other).await.expect("the address is free");
}

/// Whoever deletes an account finds later for whom something is left to be done, until it is noted that nothing is.
pub async fn a_deletion_is_unfinished_until_that_is_noted(store: Arc<dyn AccountStore>) {
    let unfinished = async |after: Option<&str>, limit| {
        let after = after.map(super::fixture::user);
        let users = store.unfinished_deletions(after.as_ref(), limit).await.expect("a list");
        users.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let names = ["cat", "ann", "bob", "dan"];
    for name in names {
        created(&*store, name).await;
    }
    assert_eq!(unfinished(None, 9).await, [""; 0]);
    for name in &names[..3] {
        let now = found(&*store, name).await.expect("an account");
        store.update_account(&now.deleted(), Ends::All).await.expect("a deletion");
    }
    assert_eq!(unfinished(None, 9).await, ["ann", "bob", "cat"]);
    assert_eq!(unfinished(Some("ann"), 1).await, ["bob"]);
    assert_eq!(unfinished(None, 0).await, [""; 0]);
    for _ in 0..2 {
        store.finish_deletion(&super::fixture::user("bob")).await.expect("a note");
    }
    store.finish_deletion(&super::fixture::user("nobody")).await.expect("a note of nobody");
    assert_eq!(unfinished(None, 9).await, ["ann", "cat"]);
    let bob = found(&*store, "bob").await.expect("the account stays");
    assert_eq!((bob.is_deleted(), bob.revision), (true, 1));
    store.remove_account(&super::fixture::user("cat")).await.expect("a removal");
    assert_eq!(unfinished(None, 9).await, ["ann"]);
    let moved = super::fixture::account("eve").deleted();
    store.create_account(&moved).await.expect("an account that is moved here");
    assert_eq!(unfinished(None, 9).await, ["ann", "eve"]);
}

/// A removed account's keys are free, its devices and its link are gone, and its user may have another one.
pub async fn a_removed_account_leaves_nothing(store: Arc<dyn AccountStore>) {
    let ann = Account { email: Some(email("ann@example.org")), ..super::fixture::account("ann") };
    store.create_account(&ann).await.expect("a new account");
    let (device, before) = (logged_in(&*store, &ann, 1).await, store.revocations().await.expect("a number"));
    store.create_link(&link("ann", 1)).await.expect("a link");
    for _ in 0..2 {
        store.remove_account(&ann.user).await.expect("a removal");
        for by in [By::User(&ann.user), By::Username("ann"), By::Email("ann@example.org")] {
            assert_eq!(store.account(by).await.expect("an answer"), None, "{by:?}");
        }
    }
    assert_eq!(store.device(device.id).await.expect("an answer"), None);
    assert!(store.revocations().await.expect("a number") > before);
    assert_eq!(store.link(&link("ann", 1).secret).await.expect("an answer"), None);
    store.create_account(&ann).await.expect("a new account");
    assert_eq!(ids(&*store, "ann").await, []);
}
