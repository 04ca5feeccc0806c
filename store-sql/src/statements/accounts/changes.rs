//! Accounts made, found, changed and removed.

use chat_accounts::{Account, AccountError, By, Email, Ends, Identity, PasswordHash};
use chat_model::{Hides, StoreError, UserId};

use super::{
    super::{
        Connection, Work,
        dialect::{look_up, texts, to_change},
        lists,
    },
    devices::end,
    looks,
    rows::{AccountRow, account_columns, hides},
    words,
};
use crate::{
    error::not_executed,
    rows::{self, stored},
};

macro_rules! account_where {
    ($($condition:literal),+) => {
        concat!("SELECT user_id, ", account_columns!(), " FROM chat_accounts WHERE ", $($condition),+)
    };
}

pub(crate) const BY_USER: &str = account_where!("user_id = $1");
pub(crate) const BY_USERNAME: &str = account_where!("username_key = $1");
pub(crate) const BY_EMAIL: &str = account_where!("email_key = $1");
pub(crate) const BY_IDENTITY: &str = account_where!("identity = $1");
pub(crate) const ACCOUNTS: &str = account_where!("user_id > $1 ORDER BY user_id LIMIT $2");
/// Also keeps others from changing it.
const TO_CHANGE: &str =
    concat!("SELECT user_id, ", account_columns!(), " FROM chat_accounts WHERE user_id = $1", to_change!());

pub(crate) async fn account(connection: &mut Connection, by: By<'_>) -> Result<Option<Account>, StoreError> {
    let (sql, key) = match by {
        By::Looks(looks) => return looks::account(connection, looks).await?.map(Account::try_from).transpose(),
        By::User(user) => (BY_USER, user.as_str().to_owned()),
        By::Username(key) => (BY_USERNAME, key.to_owned()),
        By::Email(key) => (BY_EMAIL, key.to_owned()),
        By::Identity(identity) => (BY_IDENTITY, identity.key()),
    };
    let row: Option<AccountRow> =
        sqlx::query_as(sql).bind(key).fetch_optional(connection).await.map_err(not_executed)?;
    row.map(Account::try_from).transpose()
}

pub(crate) async fn accounts(
    connection: &mut Connection,
    after: Option<&UserId>,
    wanted: usize,
) -> Result<Vec<Account>, StoreError> {
    let rows = sqlx::query_as(ACCOUNTS).bind(after.map_or("", UserId::as_str)).bind(lists::limit(wanted));
    let rows: Vec<AccountRow> = rows.fetch_all(connection).await.map_err(not_executed)?;
    rows.into_iter().map(Account::try_from).collect()
}

pub(crate) const HIDDEN: &str = concat!(
    "SELECT user_id, shows_reads, shows_last_seen FROM ",
    texts!("$1"),
    look_up!(),
    "chat_accounts ON user_id = asked.value WHERE NOT (shows_reads AND shows_last_seen)"
);

/// What those of these users hide who hide something.
pub(crate) async fn hidden(connection: &mut Connection, users: &[UserId]) -> Result<Vec<(UserId, Hides)>, StoreError> {
    let rows = sqlx::query_as(HIDDEN).bind(rows::json(users)?);
    let rows: Vec<(String, bool, bool)> = rows.fetch_all(connection).await.map_err(not_executed)?;
    rows.iter().map(|(user, reads, last_seen)| Ok((rows::user(user)?, hides(*reads, *last_seen)))).collect()
}

/// Keeps a new account; one that is imported may have a name that looks like another one's.
pub(crate) struct CreateAccount {
    pub(crate) account: Account,
    pub(crate) is_imported: bool,
}

impl Work for CreateAccount {
    type Done = ();
    type Error = AccountError;

    async fn steps(&self, connection: &mut Connection) -> Result<(), AccountError> {
        let Self { account, is_imported } = self;
        const INSERT: &str = concat!(
            "INSERT INTO chat_accounts (in_words, unfinished, user_id, email_key, ",
            account_columns!(),
            ") VALUES (true, $8 = 'deleted', $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT DO NOTHING"
        );
        let query = sqlx::query(INSERT)
            .bind(account.user.as_str())
            .bind(account.email.as_ref().map(Email::key))
            .bind(account.username.shown())
            .bind(account.username.key())
            .bind(account.email.as_ref().map(Email::as_str))
            .bind(account.password.as_ref().map(PasswordHash::as_str))
            .bind(account.admin)
            .bind(account.standing.as_str())
            .bind(account.findable)
            .bind(!account.hides.reads)
            .bind(!account.hides.last_seen)
            .bind(account.created_at.0)
            .bind(stored(account.revision))
            .bind(account.identity.as_ref().map(Identity::key));
        if query.execute(&mut *connection).await.map_err(not_executed)?.rows_affected() == 1 {
            if *is_imported {
                looks::keep(connection, std::slice::from_ref(account)).await?;
            } else if !looks::claim(connection, account).await? {
                return Err(AccountError::UsernameTaken);
            }
            return Ok(words::keep(connection, std::slice::from_ref(account)).await?);
        }
        // Something of it is another's: whose it was may be gone again by now.
        if self::account(connection, By::User(&account.user)).await?.is_some() {
            return Err(AccountError::Conflict);
        }
        Err(taken(connection, account, *is_imported).await?.unwrap_or(AccountError::Conflict))
    }
}

/// What of an account's keys is another's.
async fn taken(
    connection: &mut Connection,
    of: &Account,
    may_look_alike: bool,
) -> Result<Option<AccountError>, StoreError> {
    let is_others = |found: Option<Account>| found.is_some_and(|found| found.user != of.user);
    if is_others(account(&mut *connection, By::Username(of.username.key())).await?) {
        return Ok(Some(AccountError::UsernameTaken));
    }
    if !may_look_alike && looks::are_others(connection, of).await? {
        return Ok(Some(AccountError::UsernameTaken));
    }
    if let Some(email) = &of.email
        && is_others(account(&mut *connection, By::Email(&email.key())).await?)
    {
        return Ok(Some(AccountError::EmailTaken));
    }
    let Some(identity) = &of.identity else { return Ok(None) };
    let others = is_others(account(connection, By::Identity(identity)).await?);
    Ok(others.then_some(AccountError::IdentityTaken))
}

/// Changes an account, and ends devices.
pub(crate) struct UpdateAccount(pub(crate) Account, pub(crate) Ends);

impl Work for UpdateAccount {
    type Done = ();
    type Error = AccountError;

    async fn steps(&self, connection: &mut Connection) -> Result<(), AccountError> {
        let Self(account, ends) = self;
        let now = locked(connection, &account.user).await?.filter(|now| now.revision == account.revision);
        let is_renamed = now.ok_or(AccountError::Conflict)?.username != account.username;
        if let Some(taken) = taken(connection, account, !is_renamed).await? {
            return Err(taken);
        }
        const UPDATE: &str = "UPDATE chat_accounts SET username = $2, username_key = $3, email = $4, email_key = $5, \
            password = $6, admin = $7, standing = $8, findable = $9, shows_reads = $10, shows_last_seen = $11, \
            in_words = true, unfinished = ($8 = 'deleted'), identity = $12, revision = revision + 1 WHERE user_id = $1";
        let query = sqlx::query(UPDATE)
            .bind(account.user.as_str())
            .bind(account.username.shown())
            .bind(account.username.key())
            .bind(account.email.as_ref().map(Email::as_str))
            .bind(account.email.as_ref().map(Email::key))
            .bind(account.password.as_ref().map(PasswordHash::as_str))
            .bind(account.admin)
            .bind(account.standing.as_str())
            .bind(account.findable)
            .bind(!account.hides.reads)
            .bind(!account.hides.last_seen)
            .bind(account.identity.as_ref().map(Identity::key));
        query.execute(&mut *connection).await.map_err(|error| match &error {
            // Taken since it was looked up, where others write at the same time.
            sqlx::Error::Database(database) if database.is_unique_violation() => AccountError::Conflict,
            _ => AccountError::Store(not_executed(error)),
        })?;
        if is_renamed {
            looks::remove(connection, &account.user).await?;
            if !looks::claim(connection, account).await? {
                return Err(AccountError::UsernameTaken);
            }
        }
        words::remove(connection, &account.user).await?;
        words::keep(connection, std::slice::from_ref(account)).await?;
        remove_link(connection, &account.user).await?;
        end(connection, &account.user, *ends).await?;
        Ok(())
    }
}

pub(super) async fn locked(connection: &mut Connection, user: &UserId) -> Result<Option<Account>, StoreError> {
    let row = sqlx::query_as(TO_CHANGE).bind(user.as_str()).fetch_optional(connection).await;
    row.map_err(not_executed)?.map(|row: AccountRow| row.try_into()).transpose()
}

async fn remove_link(connection: &mut Connection, user: &UserId) -> Result<(), StoreError> {
    let query = sqlx::query("DELETE FROM chat_links WHERE user_id = $1").bind(user.as_str());
    query.execute(connection).await.map(drop).map_err(not_executed)
}

pub(crate) const UNFINISHED: &str =
    "SELECT user_id FROM chat_accounts WHERE unfinished AND user_id > $1 ORDER BY user_id LIMIT $2";

pub(crate) async fn unfinished(
    connection: &mut Connection,
    after: Option<&UserId>,
    wanted: usize,
) -> Result<Vec<UserId>, StoreError> {
    let found = sqlx::query_scalar(UNFINISHED).bind(after.map_or("", UserId::as_str)).bind(lists::limit(wanted));
    let found: Vec<String> = found.fetch_all(connection).await.map_err(not_executed)?;
    found.iter().map(|user| rows::user(user)).collect()
}

/// Notes that nothing is left to be done for a deletion.
pub(crate) struct FinishDeletion(pub(crate) UserId);

impl Work for FinishDeletion {
    type Done = ();
    type Error = StoreError;

    async fn steps(&self, connection: &mut Connection) -> Result<(), StoreError> {
        let query = sqlx::query("UPDATE chat_accounts SET unfinished = false WHERE user_id = $1").bind(self.0.as_str());
        query.execute(connection).await.map(drop).map_err(not_executed)
    }
}

/// Removes an account with all that is the user's.
pub(crate) struct RemoveAccount(pub(crate) UserId);

impl Work for RemoveAccount {
    type Done = ();
    type Error = StoreError;

    async fn steps(&self, connection: &mut Connection) -> Result<(), StoreError> {
        let query = sqlx::query("DELETE FROM chat_accounts WHERE user_id = $1").bind(self.0.as_str());
        query.execute(&mut *connection).await.map_err(not_executed)?;
        looks::remove(connection, &self.0).await?;
        words::remove(connection, &self.0).await?;
        remove_link(connection, &self.0).await?;
        end(connection, &self.0, Ends::All).await.map(drop)
    }
}
