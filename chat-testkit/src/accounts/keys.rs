//! Accounts are kept, found and listed, and what is unique is.

use std::sync::Arc;

use chat_accounts::{Account, AccountStore, By, Standing, Username};
use chat_core::{Hides, Timestamp, UserId, limits::MAX_PAGE};

use super::fixture::{HASHES, Refused, account, created, email, found, hash, identity, refused, user, username};

/// Every field comes back, whichever way the account is found.
pub async fn an_account_comes_back_as_it_was(store: Arc<dyn AccountStore>) {
    let shown = ["Ann", "Zo\u{eb}", "שרה", "नरेन्द्र", "O'Neill", "100%", "a_b", "\u{10400}"];
    for (n, name) in shown.into_iter().enumerate() {
        let account = Account {
            user: user(&format!("user-{n}")),
            username: Username::stored(name, &format!("{}-{n}", name.to_lowercase())).expect("a username"),
            email: (n % 3 > 0).then(|| email(&format!("O'Neill+{n}@Bücher.example"))),
            password: HASHES.get(n % 3).map(|text| hash(text)),
            admin: n % 2 == 0,
            standing: Standing::ALL[n % 3],
            findable: n % 5 > 0,
            hides: Hides { reads: n % 4 == 0, last_seen: n % 3 == 0 },
            identity: (n % 2 > 0).then(|| identity("https://id.example/a%_b", &format!(" O'Neill|Bücher {n} "))),
            created_at: Timestamp([0, -1, i64::MIN, i64::MAX, 1_800_000_000_123][n % 5]),
            revision: n as u64,
        };
        store.create_account(&account).await.expect("a new account");
        assert_eq!(store.account(By::User(&account.user)).await.expect("an answer"), Some(account.clone()));
        let key = account.username.key();
        assert_eq!(store.account(By::Username(key)).await.expect("an answer"), Some(account.clone()));
        if let Some(email) = &account.email {
            let by_email = store.account(By::Email(&email.key())).await.expect("an answer");
            assert_eq!(by_email, Some(account.clone()));
        }
        if let Some(identity) = &account.identity {
            let by_identity = store.account(By::Identity(identity)).await.expect("an answer");
            assert_eq!(by_identity, Some(account));
        }
    }
    assert_eq!(found(&*store, "nobody").await, None);
    for by in [By::Username("nobody"), By::Username(""), By::Email(""), By::Email("nobody@example.org")] {
        assert_eq!(store.account(by).await.expect("an answer"), None, "{by:?}");
    }
}

/// No two accounts have usernames of one key, whatever they show.
pub async fn a_username_is_taken_once(store: Arc<dyn AccountStore>) {
    created(&*store, "ann").await;
    let other = Account { username: Username::stored("ANN", "ann").expect("a username"), ..account("other") };
    assert_eq!(refused(store.create_account(&other).await), Refused::UsernameTaken);
    assert_eq!(found(&*store, "other").await, None);
    created(&*store, "other").await;
}

/// No two accounts have email addresses of one key; many have none.
pub async fn an_address_is_taken_once(store: Arc<dyn AccountStore>) {
    let with = |name: &str, address: &str| Account { email: Some(email(address)), ..account(name) };
    store.create_account(&with("ann", "Ann@example.org")).await.expect("a new account");
    assert_eq!(refused(store.create_account(&with("bob", "ann@EXAMPLE.org")).await), Refused::EmailTaken);
    store.create_account(&with("bob", "bob@example.org")).await.expect("another address");
    for name in ["c", "d", "e"] {
        created(&*store, name).await;
    }
}

/// A user has one account; this comes before what is taken.
pub async fn a_user_has_one_account(store: Arc<dyn AccountStore>) {
    let ann = created(&*store, "ann").await;
    assert_eq!(refused(store.create_account(&ann).await), Refused::Conflict);
    let renamed = Account { username: username("anna"), ..ann.clone() };
    assert_eq!(refused(store.create_account(&renamed).await), Refused::Conflict);
    assert_eq!(found(&*store, "ann").await, Some(ann));
    assert_eq!(store.account(By::Username("anna")).await.expect("an answer"), None);
}

/// What is refused for its address takes no username.
pub async fn nothing_of_a_refused_account_is_kept(store: Arc<dyn AccountStore>) {
    let address = || Some(email("ann@example.org"));
    store.create_account(&Account { email: address(), ..account("ann") }).await.expect("a new account");
    let bob = Account { email: address(), ..account("bob") };
    assert_eq!(refused(store.create_account(&bob).await), Refused::EmailTaken);
    let both = Account { user: user("carol"), username: username("ann"), ..bob };
    assert_eq!(refused(store.create_account(&both).await), Refused::UsernameTaken, "the username comes first");
    assert_eq!((found(&*store, "bob").await, found(&*store, "carol").await), (None, None));
    let other = Account { username: username("bob"), ..account("other") };
    store.create_account(&other).await.expect("the username is free");
}

/// Keys that differ in a byte are others: no case, normal form, white space or wildcard makes two of them one.
pub async fn keys_are_compared_byte_by_byte(store: Arc<dyn AccountStore>) {
    let texts = [
        "ann",
        "Ann",
        "ann ",
        " ann",
        "a%",
        "a_n",
        "an",
        "zoe",
        "zo\u{eb}",
        "zoe\u{308}",
        "ß",
        "ss",
        "ı",
        "i",
        "'",
        "\"",
    ];
    for (n, text) in texts.into_iter().enumerate() {
        assert_eq!(store.account(By::Username(text)).await.expect("an answer"), None, "{text:?} before it is taken");
        let account = Account { username: username(text), ..account(&format!("user-{n}")) };
        // Some of them look alike.
        store.import_account(&account).await.expect(text);
    }
    for (n, text) in texts.into_iter().enumerate() {
        let found = store.account(By::Username(text)).await.expect("an answer").expect(text);
        assert_eq!((found.user, found.username.shown()), (user(&format!("user-{n}")), text));
    }
}

/// Lists go by the bytes of the users' ids.
pub async fn accounts_are_listed_by_id(store: Arc<dyn AccountStore>) {
    for (n, id) in ["b", "a", "B", "a-", "a.", "a_", "A", "10", "9"].into_iter().enumerate() {
        let account = Account { user: user(id), ..account(&format!("user-{n}")) };
        store.create_account(&account).await.expect("a new account");
    }
    let list = async |after: Option<&str>, limit: usize| {
        let after = after.map(user);
        let list = store.accounts(after.as_ref(), limit).await.expect("a list");
        list.into_iter().map(|account| account.user.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(list(None, 100).await, ["10", "9", "A", "B", "a", "a-", "a.", "a_", "b"]);
    assert_eq!(list(Some("9"), 3).await, ["A", "B", "a"]);
    assert_eq!(list(Some("a-"), 2).await, ["a.", "a_"]);
    assert_eq!(list(None, 0).await, [""; 0]);
}

/// A list is no longer than a page, whatever is asked for.
pub async fn long_lists_of_accounts_come_in_pages(store: Arc<dyn AccountStore>) {
    let names: Vec<String> = (0..MAX_PAGE + 5).map(|n| format!("user-{n:04}")).collect();
    for name in &names {
        created(&*store, name).await;
    }
    let first = store.accounts(None, usize::MAX).await.expect("a page");
    assert_eq!(first.len(), MAX_PAGE);
    let last: Option<&UserId> = first.last().map(|account| &account.user);
    let second = store.accounts(last, usize::MAX).await.expect("a page");
    let all: Vec<_> = first.iter().chain(&second).map(|account| account.user.as_str()).collect();
    assert_eq!(all, names);
}
