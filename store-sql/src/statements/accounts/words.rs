//! The words by which users are found: kept with each change of an account, and searched.

use chat_accounts::{Account, Found, Place, Prefix, RANKS};
use chat_model::{
    StoreError, UserId,
    limits::{MAX_PAGE, WORDS_BATCH},
};

use super::{
    super::{
        Connection, Work,
        dialect::{look_up, texts, to_change, tuples},
        words::{find, find_each, keep, keep_each},
    },
    rows::{AccountRow, FoundRow, account_columns},
};
use crate::{
    error::not_executed,
    rows::{self, stored},
};

/// Keeps the words of these accounts, which have none. In one transaction with what changes the accounts.
pub(super) async fn keep(connection: &mut Connection, accounts: &[Account]) -> Result<(), StoreError> {
    let words = accounts.iter().flat_map(|it| it.words().into_iter().map(|word| (it.user.as_str(), word)));
    keep_each(connection, keep!("chat_words", "user_id"), words).await
}

pub(super) async fn remove(connection: &mut Connection, user: &UserId) -> Result<(), StoreError> {
    let query = sqlx::query("DELETE FROM chat_words WHERE user_id = $1").bind(user.as_str());
    query.execute(connection).await.map(drop).map_err(not_executed)
}

/// Accounts of an earlier version get their words; whether all have them then.
pub(crate) struct KeepWords;

pub(crate) const WITHOUT_WORDS: &str = concat!(
    "SELECT user_id, ",
    account_columns!(),
    " FROM chat_accounts WHERE NOT in_words ORDER BY user_id LIMIT $1",
    to_change!()
);

impl Work for KeepWords {
    type Done = bool;
    type Error = StoreError;

    async fn steps(&self, connection: &mut Connection) -> Result<bool, StoreError> {
        let found = sqlx::query_as(WITHOUT_WORDS).bind(stored(WORDS_BATCH as u64)).fetch_all(&mut *connection).await;
        let found: Vec<AccountRow> = found.map_err(not_executed)?;
        if found.is_empty() {
            return Ok(true);
        }
        let accounts = found.into_iter().map(Account::try_from).collect::<Result<Vec<_>, _>>()?;
        keep(connection, &accounts).await?;
        const NOTE: &str =
            concat!("UPDATE chat_accounts SET in_words = true WHERE user_id IN (SELECT value FROM ", texts!("$1"), ")");
        let users: Vec<&str> = accounts.iter().map(|account| account.user.as_str()).collect();
        let noted = sqlx::query(NOTE).bind(rows::json(&users)?).execute(connection).await;
        noted.map(|_| false).map_err(not_executed)
    }
}

pub(crate) const SEARCH: &str =
    find!("chat_words.user_id, username, username_key", "chat_words", "chat_accounts", "user_id");

/// Users one of whose words begins so. Of one moment.
pub(crate) async fn search(
    connection: &mut Connection,
    prefix: &Prefix,
    after: Option<&Place>,
    limit: usize,
) -> Result<Vec<Found>, StoreError> {
    let found: Vec<FoundRow> = find_each(connection, SEARCH, &RANKS, prefix, (after, limit.min(MAX_PAGE))).await?;
    found.into_iter().map(Found::try_from).collect()
}
