//! What usernames look like: rows beside the accounts, by which no two users take names that look alike.

use chat_accounts::Account;
use chat_model::{LOOKS_FORM, Looks, StoreError, UserId, limits::WORDS_BATCH};

use super::{
    super::{
        Connection, Work,
        dialect::{look_up, texts, to_change, tuples},
    },
    rows::{AccountRow, account_columns},
};
use crate::{
    error::not_executed,
    rows::{self, stored},
};

/// An account whose name has one of these looks.
pub(crate) const BY_LOOKS: &str = concat!(
    "SELECT chat_accounts.user_id, ",
    account_columns!(),
    " FROM ",
    texts!("$1"),
    look_up!(),
    "chat_looks ON chat_looks.look = value",
    look_up!(),
    "chat_accounts ON chat_accounts.user_id = chat_looks.user_id LIMIT 1"
);

pub(super) async fn account(connection: &mut Connection, looks: &Looks) -> Result<Option<AccountRow>, StoreError> {
    let query = sqlx::query_as(BY_LOOKS).bind(rows::json(&looks.as_slice())?);
    query.fetch_optional(connection).await.map_err(not_executed)
}

/// Whether another user's name has one of these looks.
pub(crate) const OTHERS: &str = concat!(
    "SELECT chat_looks.user_id FROM ",
    texts!("$1"),
    look_up!(),
    "chat_looks ON chat_looks.look = value WHERE chat_looks.user_id <> $2 LIMIT 1"
);

pub(super) async fn are_others(connection: &mut Connection, of: &Account) -> Result<bool, StoreError> {
    let query = sqlx::query_scalar(OTHERS).bind(rows::json(&of.username.looks().as_slice())?).bind(of.user.as_str());
    let other: Option<String> = query.fetch_optional(connection).await.map_err(not_executed)?;
    Ok(other.is_some())
}

/// Keeps the looks of an account that has none, unless somebody else has one of them: whether all of them are kept. In one
/// transaction with what changes the account, which is undone if not.
pub(super) async fn claim(connection: &mut Connection, account: &Account) -> Result<bool, StoreError> {
    // Looks that several have are those of earlier accounts, which become no more. So only two who take the first place of a
    // look at one time are kept apart by the key of the rows.
    const CLAIM: &str = concat!(
        "INSERT INTO chat_looks (look, place, user_id) SELECT value, 0, CAST($2 AS TEXT) FROM ",
        texts!("$1"),
        " WHERE NOT EXISTS (SELECT 1 FROM chat_looks AS kept WHERE kept.look = value) ON CONFLICT DO NOTHING"
    );
    let looks = account.username.looks();
    let query = sqlx::query(CLAIM).bind(rows::json(&looks.as_slice())?).bind(account.user.as_str());
    let claimed = query.execute(&mut *connection).await.map_err(not_executed)?.rows_affected();
    note(connection, &[account.user.as_str()]).await?;
    Ok(claimed == looks.as_slice().len() as u64)
}

pub(super) async fn remove(connection: &mut Connection, user: &UserId) -> Result<(), StoreError> {
    let query = sqlx::query("DELETE FROM chat_looks WHERE user_id = $1").bind(user.as_str());
    query.execute(connection).await.map(drop).map_err(not_executed)
}

/// Notes that the looks of these users are kept in today's form.
async fn note(connection: &mut Connection, users: &[&str]) -> Result<(), StoreError> {
    const NOTE: &str =
        concat!("UPDATE chat_accounts SET looks = $2 WHERE user_id IN (SELECT value FROM ", texts!("$1"), ")");
    let query = sqlx::query(NOTE).bind(rows::json(&users)?).bind(LOOKS_FORM);
    query.execute(connection).await.map(drop).map_err(not_executed)
}

/// Keeps the looks of these accounts, whoever else has them. In one transaction with what changes the accounts.
pub(super) async fn keep(connection: &mut Connection, accounts: &[Account]) -> Result<(), StoreError> {
    const FORGET: &str = concat!("DELETE FROM chat_looks WHERE user_id IN (SELECT value FROM ", texts!("$1"), ")");
    // Behind those who have the look already.
    const KEEP: &str = concat!(
        "INSERT INTO chat_looks (look, place, user_id) SELECT look, row_number() OVER (PARTITION BY look ORDER BY user_id) - 1 \
         + coalesce((SELECT max(place) + 1 FROM chat_looks AS kept WHERE kept.look = asked_for.look), 0), user_id \
         FROM (SELECT value ->> 0 AS look, value ->> 1 AS user_id FROM ",
        tuples!("$1"),
        ") AS asked_for WHERE NOT EXISTS (SELECT 1 FROM chat_looks AS own \
         WHERE own.user_id = asked_for.user_id AND own.look = asked_for.look) ON CONFLICT DO NOTHING"
    );
    let users: Vec<&str> = accounts.iter().map(|account| account.user.as_str()).collect();
    let forget = sqlx::query(FORGET).bind(rows::json(&users)?);
    forget.execute(&mut *connection).await.map_err(not_executed)?;
    let each = |account: &Account| account.username.looks().as_slice().to_vec();
    let looks: Vec<(String, &str)> = accounts
        .iter()
        .flat_map(|account| each(account).into_iter().map(|look| (look, account.user.as_str())))
        .collect();
    let (mut kept, asked) = (0, rows::json(&looks)?);
    // Others may take a place in between; it is then left out, and comes with the next statement.
    for _ in 0..TRIES {
        let query = sqlx::query(KEEP).bind(asked.as_str());
        kept += query.execute(&mut *connection).await.map_err(not_executed)?.rows_affected();
        if kept == looks.len() as u64 {
            return note(connection, &users).await;
        }
    }
    Err(StoreError::NotExecuted { source: "others kept taking the same looks".into() })
}

/// How often looks are kept again, where others take their places at the same time.
const TRIES: usize = 8;

/// Accounts of an earlier version get their looks; whether all have them then.
pub(crate) struct KeepLooks;

pub(crate) const WITHOUT_LOOKS: &str = concat!(
    "SELECT user_id, ",
    account_columns!(),
    " FROM chat_accounts WHERE looks < $1 ORDER BY looks, user_id LIMIT $2",
    to_change!()
);

impl Work for KeepLooks {
    type Done = bool;
    type Error = StoreError;

    async fn steps(&self, connection: &mut Connection) -> Result<bool, StoreError> {
        let query = sqlx::query_as(WITHOUT_LOOKS).bind(LOOKS_FORM).bind(stored(WORDS_BATCH as u64));
        let found: Vec<AccountRow> = query.fetch_all(&mut *connection).await.map_err(not_executed)?;
        let accounts = found.into_iter().map(Account::try_from).collect::<Result<Vec<_>, _>>()?;
        if accounts.is_empty() {
            return Ok(true);
        }
        keep(connection, &accounts).await?;
        Ok(false)
    }
}
