//! Accounts of an earlier version, of which nobody kept what their names look like.
#![cfg(feature = "accounts")]
#![allow(clippy::unwrap_used, missing_docs)]

mod bed;

use bed::Bed;
use chat_accounts::{Account, AccountError, AccountStore, By, Ends, Standing, Username};
use chat_core::{Timestamp, UserId, limits::WORDS_BATCH};
use sqlx::{ConnectOptions as _, sqlite::SqliteConnectOptions};

fn account(user: &str, name: &str) -> Account {
    Account {
        user: UserId::parse(user).unwrap(),
        username: Username::parse(name).unwrap(),
        email: None,
        password: None,
        admin: false,
        standing: Standing::Active,
        findable: true,
        hides: Default::default(),
        identity: None,
        created_at: Timestamp(0),
        revision: 0,
    }
}

/// Opening a store does not fail for names that look alike, and loses none; nobody comes to look like them.
#[tokio::test]
async fn accounts_of_an_earlier_version_that_look_alike_are_kept() {
    let bed = Bed::new().await;
    let pairs = [
        account("a", "paypal"),
        account("b", "p\u{430}ypal"),
        account("c", "Ian"),
        account("d", "lan"),
        account("e", "1an"),
    ];
    // More than get their looks at one time.
    let others = (0..WORDS_BATCH).map(|n| account(&format!("user-{n}"), &format!("name-{n}")));
    let all: Vec<Account> = pairs.iter().cloned().chain(others).collect();
    for account in &all {
        bed.store.import_account(account).await.unwrap();
    }
    bed.store.close().await;
    let mut direct = SqliteConnectOptions::new().filename(bed.file()).connect().await.unwrap();
    // As the migration leaves them; some looks are of an earlier form.
    let forget = "DELETE FROM chat_looks WHERE user_id <> 'c'; UPDATE chat_looks SET look = 'x' || look; UPDATE chat_accounts SET looks = 0";
    sqlx::raw_sql(forget).execute(&mut direct).await.unwrap();
    sqlx::Connection::close(direct).await.unwrap();
    let bed = bed.reopened().await;
    for account in &all {
        assert_eq!(bed.store.account(By::User(&account.user)).await.unwrap().as_ref(), Some(account));
    }
    let last = format!("Name-{}", WORDS_BATCH - 1);
    for name in ["paypa1", "IAN", "Lan", &last] {
        let refused = bed.store.create_account(&account("new", name)).await;
        assert!(matches!(refused, Err(AccountError::UsernameTaken)), "{name}: {refused:?}");
    }
    bed.store.create_account(&account("new", "xian")).await.expect("a look of an earlier form is nobody's");
    // Each of them goes on as it was, and has its looks to itself once the others have gone.
    for account in &pairs {
        bed.store.update_account(&Account { admin: true, ..account.clone() }, Ends::Nothing).await.unwrap();
    }
    for user in ["c", "d"] {
        bed.store.remove_account(&UserId::parse(user).unwrap()).await.unwrap();
    }
    assert!(bed.store.create_account(&account("other", "lan")).await.is_err());
    bed.store.remove_account(&pairs[4].user).await.unwrap();
    bed.store.create_account(&account("other", "lan")).await.unwrap();
}
