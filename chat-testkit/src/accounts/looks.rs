//! No two users take names that look alike; names that did so before are kept.

use std::sync::Arc;

use chat_accounts::{Account, AccountError, AccountStore, By, Ends, Standing, Username};
use chat_core::{Looks, Timestamp};
use futures_util::future::join_all;
use tokio::spawn;

use super::fixture::{Refused, account, created, found, pass, refused, username};

/// Shown and compared so, and each looks like `paypal`. The second and the third have Cyrillic letters.
const LIKE_PAYPAL: [(&str, &str); 5] = [
    ("PaypaI", "paypai"),
    ("pаypаl", "pаypаl"),
    ("Рaypal", "рaypal"),
    ("paypa1", "paypa1"),
    ("ｐａｙｐａｌ", "ｐａｙｐａｌ"),
];

fn named(user: &str, (shown, key): (&str, &str)) -> Account {
    Account { username: Username::stored(shown, key).expect("a username"), ..account(user) }
}

fn looks(text: &str) -> Looks {
    Looks::of(text, text)
}

/// Whose name looks so.
async fn looking(store: &dyn AccountStore, text: &str) -> Option<String> {
    let found = store.account(By::Looks(&looks(text))).await.expect("an answer");
    found.map(|account| account.user.as_str().to_owned())
}

/// Neither a new account has a name that looks like another's, nor one that is registered with a pass, nor a changed one.
pub async fn names_that_look_alike_are_taken(store: Arc<dyn AccountStore>) {
    assert_eq!(looking(&*store, "paypal").await, None);
    let (own, bob) = (named("own", ("Paypal", "paypal")), created(&*store, "bob").await);
    store.create_account(&own).await.expect("a new account");
    let pass = pass(1, 1);
    store.create_pass(&pass).await.expect("a new pass");
    for (n, name) in LIKE_PAYPAL.into_iter().enumerate() {
        let other = named(&format!("other-{n}"), name);
        assert_eq!(refused(store.create_account(&other).await), Refused::UsernameTaken, "{name:?}");
        let registered = store.register(&other, &pass.secret, Timestamp(0)).await;
        assert_eq!(refused(registered), Refused::UsernameTaken, "{name:?}");
        let renamed = Account { username: other.username.clone(), ..bob.clone() };
        assert_eq!(refused(store.update_account(&renamed, Ends::All).await), Refused::UsernameTaken, "{name:?}");
        assert_eq!(found(&*store, other.user.as_str()).await, None, "{name:?}");
        assert_eq!(store.account(By::Username(name.1)).await.expect("an answer"), None, "{name:?}");
        assert_eq!(looking(&*store, name.0).await.as_deref(), Some("own"), "{name:?}");
    }
    assert_eq!(found(&*store, "bob").await, Some(bob));
    assert_eq!(store.pass(&pass.secret).await.expect("an answer").map(|pass| pass.uses), Some(1));
    store.create_account(&named("other", ("paypals", "paypals"))).await.expect("a name that looks otherwise");
}

/// A user's own name is in nobody's way but others', and the one they give up in nobody's.
pub async fn a_name_may_look_like_the_one_it_takes_the_place_of(store: Arc<dyn AccountStore>) {
    let mut ann = named("ann", ("Ian", "ian"));
    store.create_account(&ann).await.expect("a new account");
    for name in [("lan", "lan"), ("IAN", "ian"), ("Ian", "ian"), ("bea", "bea")] {
        ann.username = Username::stored(name.0, name.1).expect("a username");
        store.update_account(&ann, Ends::Nothing).await.unwrap_or_else(|error| panic!("{name:?}: {error}"));
        ann.revision += 1;
        assert_eq!(looking(&*store, name.0).await.as_deref(), Some("ann"), "{name:?}");
    }
    assert_eq!((looking(&*store, "ian").await, looking(&*store, "lan").await), (None, None));
    store.create_account(&named("other", ("lan", "lan"))).await.expect("both looks of an earlier name are free");
    store.create_account(&named("another", ("ian", "ian"))).await.expect("both looks of an earlier name are free");
}

/// What a deleted account's name looks like stays taken with it, and is free once the account is removed.
pub async fn a_deleted_account_keeps_its_looks(store: Arc<dyn AccountStore>) {
    let deleted = created(&*store, "paypal").await.deleted();
    store.update_account(&deleted, Ends::All).await.expect("a deletion");
    let other = named("other", LIKE_PAYPAL[1]);
    assert_eq!(refused(store.create_account(&other).await), Refused::UsernameTaken);
    store.remove_account(&deleted.user).await.expect("a removal");
    store.create_account(&other).await.expect("the looks are free");
}

/// Accounts that come from another store are kept though their names look alike, and go on as any others.
pub async fn imported_accounts_may_look_alike(store: Arc<dyn AccountStore>) {
    let (first, second) = (named("first", ("paypal", "paypal")), named("second", LIKE_PAYPAL[1]));
    for account in [&first, &second] {
        store.import_account(account).await.expect("an account of another store");
        assert_eq!(refused(store.import_account(account).await), Refused::Conflict);
        assert_eq!(found(&*store, account.user.as_str()).await, Some(account.clone()));
    }
    let same = named("third", ("Paypal", "paypal"));
    assert_eq!(refused(store.import_account(&same).await), Refused::UsernameTaken, "the same name is not alike");
    for account in [&first, &second] {
        let suspended = Account { standing: Standing::Suspended, ..account.clone() };
        store.update_account(&suspended, Ends::All).await.expect("a change of all but the name");
        let found = store.account(By::Username(account.username.key())).await.expect("an answer");
        assert_eq!(found, Some(Account { revision: 1, ..suspended }));
    }
}

/// Nobody takes a name that looks like one of several that look alike, until the last of them is gone.
pub async fn whoever_looks_like_one_of_several_is_refused(store: Arc<dyn AccountStore>) {
    for first_gone in [0, 1] {
        let pair = [named("first", ("paypal", "paypal")), named("second", LIKE_PAYPAL[1])];
        for account in &pair {
            store.import_account(account).await.expect("an account of another store");
        }
        let newcomer = named("third", LIKE_PAYPAL[3]);
        let bob = account("bob");
        store.create_account(&bob).await.expect("a new account");
        let is_refused = async || {
            assert_eq!(refused(store.create_account(&newcomer).await), Refused::UsernameTaken);
            let renamed = Account { username: newcomer.username.clone(), ..bob.clone() };
            assert_eq!(refused(store.update_account(&renamed, Ends::Nothing).await), Refused::UsernameTaken);
        };
        is_refused().await;
        let renamed = Account { username: username("bea"), ..pair[first_gone].clone() };
        store.update_account(&renamed, Ends::Nothing).await.expect("another name");
        is_refused().await;
        let back = Account { username: newcomer.username.clone(), revision: 1, ..renamed };
        assert_eq!(refused(store.update_account(&back, Ends::Nothing).await), Refused::UsernameTaken);
        store.remove_account(&pair[1 - first_gone].user).await.expect("a removal");
        store.create_account(&newcomer).await.expect("nobody's name looks so any more");
        for user in [&pair[first_gone].user, &newcomer.user, &bob.user] {
            store.remove_account(user).await.expect("a removal");
        }
    }
}

/// Of many who take names that look alike at one time, one has theirs.
pub async fn of_many_who_take_names_that_look_alike_one_does(store: Arc<dyn AccountStore>) {
    for round in 0..20 {
        let bob = created(&*store, &format!("bob-{round}")).await;
        let tries = LIKE_PAYPAL.into_iter().enumerate().map(|(n, (shown, key))| {
            let (shown, key) = (format!("{shown}-{round}"), format!("{key}-{round}"));
            let (store, new) = (store.clone(), named(&format!("user-{round}-{n}"), (&shown, &key)));
            let renamed = Account { username: new.username.clone(), ..bob.clone() };
            spawn(async move {
                match n {
                    0 => store.update_account(&renamed, Ends::Nothing).await,
                    _ => store.create_account(&new).await,
                }
            })
        });
        let tries = join_all(tries.collect::<Vec<_>>()).await.into_iter().map(|tried| tried.expect("a runner"));
        let (won, lost): (Vec<_>, Vec<_>) = tries.partition(Result::is_ok);
        assert_eq!(won.len(), 1, "round {round}: {lost:?}");
        let is_taken = |lost: &AccountError| matches!(lost, AccountError::UsernameTaken);
        assert!(lost.iter().all(|lost| lost.as_ref().is_err_and(is_taken)), "{lost:?}");
        assert!(looking(&*store, &format!("paypal-{round}")).await.is_some());
    }
}
