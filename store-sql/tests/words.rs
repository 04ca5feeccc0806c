//! Accounts of an earlier version, which kept no words, are found.
#![cfg(feature = "accounts")]
#![allow(clippy::unwrap_used, missing_docs)]

mod bed;

use bed::Bed;
use chat_accounts::{Account, AccountStore, Prefix, Standing, Username};
use chat_core::{
    Timestamp, UserId,
    limits::{MAX_PAGE, WORDS_BATCH},
};
use sqlx::{ConnectOptions as _, sqlite::SqliteConnectOptions};

fn account(n: usize) -> Account {
    Account {
        user: UserId::parse(format!("u{n}")).unwrap(),
        username: Username::parse(&format!("Ann.Smith{n}")).unwrap(),
        email: None,
        password: None,
        admin: false,
        standing: if n == 7 { Standing::Suspended } else { Standing::Active },
        findable: true,
        hides: Default::default(),
        identity: None,
        created_at: Timestamp(0),
        revision: 0,
    }
}

#[tokio::test]
async fn opening_a_store_has_accounts_of_an_earlier_version_found() {
    let bed = Bed::new().await;
    bed.store.create_account(&account(0)).await.unwrap();
    bed.store.close().await;
    let mut direct = SqliteConnectOptions::new().filename(bed.file()).connect().await.unwrap();
    // As the migration leaves them: more than are given their words at one time.
    let forget = "DELETE FROM chat_words; UPDATE chat_accounts SET in_words = 0";
    sqlx::raw_sql(forget).execute(&mut direct).await.unwrap();
    for n in 1..=WORDS_BATCH {
        const INSERT: &str = "INSERT INTO chat_accounts (user_id, username, username_key, admin, standing, created_at, revision) \
            VALUES ($1, $2, $3, 0, $4, 0, 0)";
        let account = account(n);
        let query = sqlx::query(INSERT).bind(account.user.as_str().to_owned());
        let query = query.bind(account.username.shown().to_owned()).bind(account.username.key().to_owned());
        query.bind(account.standing.as_str()).execute(&mut direct).await.unwrap();
    }
    sqlx::Connection::close(direct).await.unwrap();
    let bed = bed.reopened().await;
    let found = async |search: &str| {
        let found = bed.store.search(&Prefix::parse(search).unwrap(), None, MAX_PAGE).await.unwrap();
        found.into_iter().map(|found| found.place.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(found("smith0").await, ["u0"]);
    assert_eq!(found("ann").await.len(), MAX_PAGE);
    assert_eq!(found(&format!("smith{WORDS_BATCH}")).await, [format!("u{WORDS_BATCH}")]);
    assert!(!found("smith7").await.contains(&"u7".to_owned()), "nobody finds a suspended user");
    // Their changes take the words along.
    let renamed = Account { username: Username::parse("Bea").unwrap(), ..account(0) };
    bed.store.update_account(&renamed, chat_accounts::Ends::Nothing).await.unwrap();
    assert_eq!((found("smith0").await, found("bea").await), (vec![], vec!["u0".to_owned()]));
}
