//! Accounts are moved from one store to another.

use std::sync::Arc;

use chat_accounts::{Account, AccountStore, MemoryAccounts, Standing};
use chat_core::{Hides, MemoryStore, SeededEnvironment, Timestamp};
use chat_export::Kept;

use super::fixture::{account, email, found, hash, identity, username};

/// More than come in one page, of all kinds.
fn all_kinds() -> Vec<Account> {
    let of = |n: usize| Account {
        email: n.is_multiple_of(2).then(|| email(&format!("user{n}@example.org"))),
        password: (!n.is_multiple_of(3)).then(|| hash(super::fixture::HASHES[n % 2])),
        admin: n.is_multiple_of(5),
        standing: Standing::ALL[n % 3],
        findable: !n.is_multiple_of(7),
        hides: Hides { reads: n.is_multiple_of(11), last_seen: n.is_multiple_of(13) },
        identity: n.is_multiple_of(6).then(|| identity("https://id.example", &format!("subject {n}"))),
        created_at: Timestamp(n as i64),
        revision: n as u64,
        // One looks like another one, as was let in once.
        username: username(&if n == 13 { "userl".to_owned() } else { format!("user{n}") }),
        ..account(&format!("user{n}"))
    };
    (0..250).map(of).collect()
}

async fn exported(accounts: &dyn AccountStore) -> Vec<u8> {
    let (rooms, mut file) = (MemoryStore::new(), Vec::new());
    let kept = Kept::from(&rooms).with_accounts(accounts);
    let exported = chat_export::export(kept, &mut file, &mut |_| {}).await.expect("an export");
    assert_eq!(exported.summary.counts.accounts, 250);
    file
}

async fn imported(accounts: &dyn AccountStore, file: &[u8]) {
    let (rooms, environment) = (MemoryStore::new(), SeededEnvironment::new(1, Timestamp(0)));
    let kept = Kept::from(&rooms).with_accounts(accounts);
    chat_export::import(kept, file, &environment, None, &mut |_| {}).await.expect("an import");
}

/// Accounts that come from another store are as they were there, and go on to a third one so.
pub async fn accounts_are_moved_as_they_are(store: Arc<dyn AccountStore>) {
    let first = MemoryAccounts::new();
    for account in all_kinds() {
        first.import_account(&account).await.expect("a new account");
    }
    let file = exported(&first).await;
    imported(&*store, &file).await;
    for account in all_kinds() {
        assert_eq!(found(&*store, account.user.as_str()).await, Some(account));
    }
    assert!(exported(&*store).await == file, "what was moved is exported as other bytes");
}
