//! Passes are used as often as they may be, together with the account that is made.

use std::sync::Arc;

use chat_accounts::{Account, AccountStore, By, Ends, Pass, Standing};
use chat_core::Timestamp;

use super::fixture::{Refused, account, created, found, pass, refused, secret, user};

/// What was kept is told, whoever asks.
pub async fn a_pass_comes_back_as_it_was(store: Arc<dyn AccountStore>) {
    let (mine, another) = (pass(1, 3), Pass { creator: None, created_at: Timestamp(-1), ..pass(2, 1_000) });
    for pass in [&mine, &another] {
        store.create_pass(pass).await.expect("a new pass");
        assert_eq!(store.pass(&pass.secret).await.expect("an answer").as_ref(), Some(pass));
    }
    let mut passes = store.passes().await.expect("a list");
    passes.sort_by_key(|pass| pass.uses);
    assert_eq!(passes, [mine.clone(), another.clone()]);
    assert_eq!(store.pass(&secret(9)).await.expect("an answer"), None);
    assert!(store.remove_pass(mine.id).await.expect("an answer"));
    assert!(!store.remove_pass(mine.id).await.expect("an answer"));
    assert_eq!(store.pass(&mine.secret).await.expect("an answer"), None);
    assert_eq!(store.passes().await.expect("a list"), [another]);
}

/// Each use makes an account as it was given, and the last one is the last.
pub async fn a_pass_is_used_as_often_as_it_may_be(store: Arc<dyn AccountStore>) {
    let pass = pass(1, 2);
    store.create_pass(&pass).await.expect("a new pass");
    for (name, left) in [("ann", 1), ("bob", 0)] {
        store.register(&account(name), &pass.secret, Timestamp(0)).await.expect("a new account");
        assert_eq!(found(&*store, name).await, Some(account(name)));
        let now = store.pass(&pass.secret).await.expect("an answer");
        assert_eq!(now, Some(Pass { uses: left, ..pass.clone() }));
    }
    assert_eq!(refused(store.register(&account("cat"), &pass.secret, Timestamp(0)).await), Refused::NoPass);
    assert_eq!(found(&*store, "cat").await, None);
    assert_eq!(store.passes().await.expect("a list").len(), 1);
}

/// Whoever is refused for another reason has used nothing.
pub async fn a_use_and_its_account_are_one_step(store: Arc<dyn AccountStore>) {
    let ann = created(&*store, "ann").await;
    let pass = pass(1, 1);
    store.create_pass(&pass).await.expect("a new pass");
    let register = async |account: &Account| refused(store.register(account, &pass.secret, Timestamp(0)).await);
    assert_eq!(register(&ann).await, Refused::Conflict);
    assert_eq!(register(&Account { user: user("another"), ..ann.clone() }).await, Refused::UsernameTaken);
    assert_eq!(store.pass(&pass.secret).await.expect("an answer"), Some(pass.clone()));
    store.register(&account("bob"), &pass.secret, Timestamp(0)).await.expect("a new account");
    // An account that was made by a pass is like any other.
    let bob = found(&*store, "bob").await.expect("the account");
    store.update_account(&Account { admin: true, ..bob }, Ends::All).await.expect("a change");
    assert!(found(&*store, "bob").await.is_some_and(|bob| bob.admin && bob.revision == 1));
}

/// An expired pass, a removed one and what never was one.
pub async fn a_pass_of_no_use_makes_no_account(store: Arc<dyn AccountStore>) {
    let (expired, removed) = (Pass { expires: Timestamp(100), ..pass(1, 9) }, pass(2, 9));
    for pass in [&expired, &removed] {
        store.create_pass(pass).await.expect("a new pass");
    }
    store.remove_pass(removed.id).await.expect("an answer");
    for secret in [expired.secret, removed.secret, secret(9)] {
        assert_eq!(refused(store.register(&account("ann"), &secret, Timestamp(100)).await), Refused::NoPass);
    }
    assert!(store.account(By::Username("ann")).await.expect("an answer").is_none());
    store.register(&account("ann"), &expired.secret, Timestamp(99)).await.expect("a new account");
}

/// A pass is for so many who register, whatever becomes of them.
pub async fn a_removed_account_gives_no_use_back(store: Arc<dyn AccountStore>) {
    let pass = pass(1, 2);
    store.create_pass(&pass).await.expect("a new pass");
    for name in ["ann", "bob"] {
        store.register(&account(name), &pass.secret, Timestamp(0)).await.expect("a new account");
        store.remove_account(&user(name)).await.expect("a removal");
    }
    assert_eq!(refused(store.register(&account("ann"), &pass.secret, Timestamp(0)).await), Refused::NoPass);
    assert_eq!(store.pass(&pass.secret).await.expect("an answer").map(|pass| pass.uses), Some(0));
}

/// What expires at that time is gone, what expires later stays; so does whoever registered by it.
pub async fn expired_passes_are_swept(store: Arc<dyn AccountStore>) {
    for (n, expires) in [(1, -5), (2, 100), (3, 101)] {
        store.create_pass(&Pass { expires: Timestamp(expires), ..pass(n, 1) }).await.expect("a new pass");
    }
    store.register(&account("ann"), &pass(2, 1).secret, Timestamp(0)).await.expect("a new account");
    let mut removed = 0;
    while let more @ 1.. = store.sweep(Timestamp(100), 1).await.expect("a sweep") {
        removed += more;
    }
    let left: Vec<_> = store.passes().await.expect("a list").into_iter().map(|pass| pass.id).collect();
    assert_eq!((removed, left), (2, vec![pass(3, 1).id]));
    assert!(found(&*store, "ann").await.is_some());
}

/// Whoever is suspended is one, too; nobody who was one.
pub async fn an_administrator_is_found(store: Arc<dyn AccountStore>) {
    created(&*store, "ann").await;
    assert!(!store.has_admin().await.expect("an answer"));
    let mut ann = account("ann");
    for (admin, standing) in [(true, Standing::Active), (true, Standing::Suspended), (false, Standing::Active)] {
        store.update_account(&Account { admin, standing, ..ann.clone() }, Ends::Nothing).await.expect("a change");
        ann.revision += 1;
        assert_eq!(store.has_admin().await.expect("an answer"), admin);
    }
    store.create_account(&Account { admin: true, ..account("bob") }).await.expect("a new account");
    assert!(store.has_admin().await.expect("an answer"));
    store.remove_account(&user("bob")).await.expect("a removal");
    assert!(!store.has_admin().await.expect("an answer"));
}
