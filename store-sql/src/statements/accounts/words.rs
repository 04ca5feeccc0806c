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
    },
    rows::{AccountRow, FoundRow, account_columns},
};
use crate::{
    error::not_executed,
    rows::{self, stored},
};

/// Keeps the words of these accounts, which have none. In one transaction with what changes the accounts.
pub(super) async fn keep(connection: &mut Connection, accounts: &[Account]) -> Result<(), StoreError> {
    const INSERT: &str = concat!(
        "INSERT INTO chat_words (rank, word, user_id, shared) SELECT CAST(value ->> 0 AS BIGINT), value ->> 1, \
         value ->> 2, CAST(value ->> 3 AS BIGINT) FROM ",
        tuples!("$1")
    );
    let words = accounts.iter().flat_map(|account| account.words().into_iter().map(move |word| (account, word)));
    let words = words.map(|(account, word)| (word.rank, word.text, account.user.as_str(), word.shared));
    let words: Vec<(u8, String, &str, usize)> = words.collect();
    if words.is_empty() {
        return Ok(());
    }
    let query = sqlx::query(INSERT).bind(rows::json(&words)?);
    query.execute(connection).await.map(drop).map_err(not_executed)
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

pub(crate) const SEARCH: &str = concat!(
    "SELECT rank, word, chat_words.user_id, username, username_key FROM chat_words",
    look_up!(),
    "chat_accounts ON chat_accounts.user_id = chat_words.user_id \
     WHERE rank = $1 AND (word, chat_words.user_id) > ($2, $3) AND word < $4 AND shared < $5 \
     ORDER BY word, chat_words.user_id LIMIT $6"
);

/// Users one of whose words begins so. Of one moment.
pub(crate) async fn search(
    connection: &mut Connection,
    prefix: &Prefix,
    after: Option<&Place>,
    limit: usize,
) -> Result<Vec<Found>, StoreError> {
    let (limit, mut found) = (limit.min(MAX_PAGE), Vec::new());
    for rank in RANKS.into_iter().filter(|rank| after.is_none_or(|after| after.rank <= *rank)) {
        let after = after.filter(|after| after.rank == rank);
        let rows = sqlx::query_as(SEARCH)
            .bind(i64::from(rank))
            .bind(after.map_or(prefix.as_str(), |after| &after.text))
            .bind(after.map_or("", |after| after.user.as_str()))
            .bind(prefix.end())
            .bind(stored(prefix.as_str().len() as u64))
            .bind(stored((limit - found.len()) as u64));
        let rows: Vec<FoundRow> = rows.fetch_all(&mut *connection).await.map_err(not_executed)?;
        for row in rows {
            found.push(row.try_into()?);
        }
    }
    Ok(found)
}
