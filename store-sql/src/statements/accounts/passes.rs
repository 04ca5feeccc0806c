//! Passes made, used, listed and removed; and whether there is an administrator.

use chat_accounts::{Account, AccountError, Pass, PassId, SecretHash};
use chat_model::{StoreError, Timestamp, UserId, limits::MAX_PASSES};

use super::{
    super::{Connection, Work},
    changes::CreateAccount,
    rows::{PassRow, pass_columns},
};
use crate::{error::not_executed, rows::stored};

/// Keeps a new account, and uses a pass for it.
pub(crate) struct Register(pub(crate) Account, pub(crate) SecretHash, pub(crate) Timestamp);

pub(crate) const USE: &str = "UPDATE chat_passes SET uses = uses - 1 WHERE secret = $1 AND uses > 0 AND expires > $2";

impl Work for Register {
    type Done = ();
    type Error = AccountError;

    async fn steps(&self, connection: &mut Connection) -> Result<(), AccountError> {
        let Self(account, pass, now) = self;
        let used = sqlx::query(USE).bind(pass.0.to_vec()).bind(now.0).execute(&mut *connection).await;
        if used.map_err(not_executed)?.rows_affected() == 0 {
            return Err(AccountError::NoPass);
        }
        // If it fails, the use is undone with it.
        CreateAccount { account: account.clone(), is_imported: false }.steps(connection).await
    }
}

pub(crate) const ADMIN: &str = "SELECT user_id FROM chat_accounts WHERE admin ORDER BY user_id LIMIT 1";

pub(crate) async fn has_admin(connection: &mut Connection) -> Result<bool, StoreError> {
    let found: Option<String> = sqlx::query_scalar(ADMIN).fetch_optional(connection).await.map_err(not_executed)?;
    Ok(found.is_some())
}

/// Keeps a new pass.
pub(crate) struct CreatePass(pub(crate) Pass);

impl Work for CreatePass {
    type Done = ();
    type Error = StoreError;

    async fn steps(&self, connection: &mut Connection) -> Result<(), StoreError> {
        const INSERT: &str = concat!("INSERT INTO chat_passes (", pass_columns!(), ") VALUES ($1, $2, $3, $4, $5, $6)");
        let Self(pass) = self;
        let query = sqlx::query(INSERT)
            .bind(id_bytes(pass.id))
            .bind(pass.secret.0.to_vec())
            .bind(pass.creator.as_ref().map(UserId::as_str))
            .bind(pass.created_at.0)
            .bind(pass.expires.0)
            .bind(i64::from(pass.uses));
        query.execute(connection).await.map(drop).map_err(not_executed)
    }
}

pub(crate) const PASS: &str = concat!("SELECT ", pass_columns!(), " FROM chat_passes WHERE secret = $1");

pub(crate) async fn pass(connection: &mut Connection, secret: &SecretHash) -> Result<Option<Pass>, StoreError> {
    let row: Option<PassRow> =
        sqlx::query_as(PASS).bind(secret.0.to_vec()).fetch_optional(connection).await.map_err(not_executed)?;
    row.map(Pass::try_from).transpose()
}

pub(crate) const PASSES: &str = concat!("SELECT ", pass_columns!(), " FROM chat_passes ORDER BY expires DESC LIMIT $1");

pub(crate) async fn passes(connection: &mut Connection) -> Result<Vec<Pass>, StoreError> {
    let rows = sqlx::query_as(PASSES).bind(stored(MAX_PASSES as u64)).fetch_all(connection).await;
    let rows: Vec<PassRow> = rows.map_err(not_executed)?;
    rows.into_iter().map(Pass::try_from).collect()
}

/// Removes a pass.
pub(crate) struct RemovePass(pub(crate) PassId);

impl Work for RemovePass {
    type Done = bool;
    type Error = StoreError;

    async fn steps(&self, connection: &mut Connection) -> Result<bool, StoreError> {
        let query = sqlx::query("DELETE FROM chat_passes WHERE id = $1").bind(id_bytes(self.0));
        Ok(query.execute(connection).await.map_err(not_executed)?.rows_affected() == 1)
    }
}

fn id_bytes(pass: PassId) -> Vec<u8> {
    pass.number().to_be_bytes().to_vec()
}
