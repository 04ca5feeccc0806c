//! Users are found by the words of their names.

use std::sync::Arc;

use chat_accounts::{Account, AccountStore, Ends, Place, Prefix, Standing, Username, Word};
use chat_core::{UserId, limits::MAX_PAGE};

use super::fixture::{account, user};

/// An account of a user of this id, whose name is shown so.
async fn named(store: &dyn AccountStore, id: &str, shown: &str) -> Account {
    let account = Account { username: Username::stored(shown, id).expect("a username"), ..account(id) };
    // Some names here look alike.
    store.import_account(&account).await.expect("a new account");
    account
}

fn prefix(search: &str) -> Prefix {
    Prefix::parse(search).expect("a search")
}

/// Ids of those who are found, in their order.
async fn found(store: &dyn AccountStore, search: &str) -> Vec<UserId> {
    let found = store.search(&prefix(search), None, MAX_PAGE).await.expect("an answer");
    found.into_iter().map(|found| found.place.id).collect()
}

fn ids<const N: usize>(ids: [&str; N]) -> Vec<UserId> {
    ids.map(user).into()
}

/// Whatever the case and the marks, in any script; and by what follows the word.
pub async fn users_are_found_by_the_beginning_of_a_word(store: Arc<dyn AccountStore>) {
    for (id, shown) in
        [("1", "José"), ("2", "Ann.Smith"), ("3", "שרה"), ("4", "100%"), ("5", "한국"), ("6", "\u{10400}x")]
    {
        named(&*store, id, shown).await;
    }
    let searches = [
        ("jose", ["1"].as_slice()),
        ("JOSÉ", &["1"]),
        ("j", &["1"]),
        ("ann", &["2"]),
        ("smi", &["2"]),
        ("@ann smi", &["2"]),
        ("ann.smith", &["2"]),
        ("שר", &["3"]),
        ("10", &["4"]),
        ("하", &["5"]),
        ("\u{10428}", &["6"]),
        ("ose", &[]),
        ("nn", &[]),
        ("smith ann", &[]),
        ("ann smiths", &[]),
        ("josef", &[]),
        ("00", &[]),
    ];
    for (search, expected) in searches {
        let expected: Vec<UserId> = expected.iter().map(|id| user(id)).collect();
        assert_eq!(found(&*store, search).await, expected, "{search:?}");
    }
}

/// First the whole name, then whole names that begin so, then later words; each by text, and then by user id.
pub async fn those_whose_whole_name_begins_so_come_first(store: Arc<dyn AccountStore>) {
    let names =
        [("1", "x.ann"), ("2", "annz"), ("3", "a.annb"), ("4", "anna"), ("6", "ÁNN"), ("5", "Ann"), ("7", "x-annb")];
    for (id, shown) in names {
        named(&*store, id, shown).await;
    }
    assert_eq!(found(&*store, "ann").await, ids(["5", "6", "4", "2", "1", "3", "7"]));
}

/// However many words of theirs begin so.
pub async fn a_user_is_found_once(store: Arc<dyn AccountStore>) {
    for (id, shown) in [("1", "ann.anna.annabel"), ("2", "x.ann.anna"), ("3", "x.anna.ann"), ("4", "ann.ann")] {
        named(&*store, id, shown).await;
    }
    assert_eq!(found(&*store, "an").await, ids(["4", "1", "2", "3"]));
    assert_eq!(found(&*store, "anna").await, ids(["2", "3", "1"]));
    assert_eq!(found(&*store, "annab").await, ids(["1"]));
    assert_eq!(found(&*store, "ann ").await, ids(["4", "1", "2", "3"]));
}

/// Nor are those whom an administrator has suspended, and who are deleted.
pub async fn whoever_does_not_want_to_be_found_is_not(store: Arc<dyn AccountStore>) {
    let hidden = Account { findable: false, ..account("ann1") };
    let suspended = Account { standing: Standing::Suspended, ..account("ann2") };
    let deleted = account("ann3").deleted();
    for account in [&hidden, &suspended, &deleted, &account("ann4")] {
        store.create_account(account).await.expect("a new account");
    }
    assert_eq!(found(&*store, "ann").await, ids(["ann4"]));
}

/// From the moment that it is made.
pub async fn a_change_of_an_account_changes_what_it_is_found_by(store: Arc<dyn AccountStore>) {
    let ann = named(&*store, "1", "ann.smith").await;
    named(&*store, "2", "smitty").await;
    let revised = |revision, account: &Account| Account { revision, ..account.clone() };
    let change = async |account: &Account| store.update_account(account, Ends::Nothing).await.expect("a change");
    let renamed = Account { username: Username::stored("Bea.Smith", "1").expect("a username"), ..ann };
    change(&renamed).await;
    assert_eq!([found(&*store, "ann").await, found(&*store, "bea").await], [ids([]), ids(["1"])]);
    assert_eq!(found(&*store, "smi").await, ids(["2", "1"]));
    change(&Account { findable: false, ..revised(1, &renamed) }).await;
    assert_eq!(found(&*store, "smi").await, ids(["2"]));
    change(&revised(2, &renamed)).await;
    assert_eq!(found(&*store, "smi").await, ids(["2", "1"]));
    change(&Account { standing: Standing::Suspended, ..revised(3, &renamed) }).await;
    assert_eq!(found(&*store, "smi").await, ids(["2"]));
    change(&revised(4, &renamed)).await;
    store.remove_account(&user("2")).await.expect("a removal");
    assert_eq!(found(&*store, "smi").await, ids(["1"]));
    change(&revised(5, &renamed).deleted()).await;
    assert_eq!(found(&*store, "smi").await, ids([]));
    store.remove_account(&user("1")).await.expect("a removal");
    named(&*store, "1", "Smith").await;
    assert_eq!(found(&*store, "smi").await, ids(["1"]));
}

/// Pages of any size hold together what one does; a page is at most as long as pages are.
pub async fn a_search_goes_on_where_its_page_ended(store: Arc<dyn AccountStore>) {
    for n in 0..MAX_PAGE + 5 {
        let shown = if n % 2 == 0 { format!("ann{n}") } else { format!("x.ann.x{}", n % 20) };
        named(&*store, &format!("user-{n}"), &shown).await;
    }
    let page =
        async |after: Option<&Place>, limit| store.search(&prefix("ann"), after, limit).await.expect("an answer");
    assert_eq!((page(None, usize::MAX).await.len(), page(None, 0).await.len()), (MAX_PAGE, 0));
    for limit in [7, MAX_PAGE] {
        let mut all: Vec<Place> = Vec::new();
        let mut is_last = false;
        // A store that begins anew on each page has no last one.
        while !is_last && all.len() <= MAX_PAGE + 5 {
            let found = page(all.last(), limit).await;
            is_last = found.len() < limit;
            all.extend(found.into_iter().map(|found| found.place));
        }
        assert!(all.is_sorted() && all.len() == MAX_PAGE + 5, "{limit}: {} found", all.len());
    }
}

/// As a look at each account says, of names that are all alike.
pub async fn a_search_finds_what_a_simple_one_does(store: Arc<dyn AccountStore>) {
    let mut accounts = Vec::new();
    for n in 0..120_usize {
        let part = |n: usize| ["a", "b", "ab", "ba", "é", "aß"][n % 6];
        let shown = format!("{}{}{}", part(n * 7 / 3), ["", ".", "_", "b."][n % 4], part(n / 2));
        accounts.push(named(&*store, &format!("user-{}", n * 37 % 120), &shown).await);
    }
    for search in ["a", "b", "ab", "aa", "ba", "e", "ss", "a b", "a s", "ab a", "z"] {
        let prefix = prefix(search);
        let by = |account: &Account, word: &Word| word.begins_with(&prefix).then(|| word.place(&account.user));
        let of = |account: &Account| account.words().iter().find_map(|word| by(account, word));
        let mut expected: Vec<Place> = accounts.iter().filter_map(of).collect();
        expected.sort();
        let found = store.search(&prefix, None, MAX_PAGE).await.expect("an answer");
        for found in &found {
            let theirs = accounts.iter().find(|account| account.user == found.place.id);
            assert_eq!(theirs.map(|account| &account.username), Some(&found.username));
        }
        let found: Vec<Place> = found.into_iter().map(|found| found.place).collect();
        assert_eq!(found, expected, "{search:?}");
    }
}
