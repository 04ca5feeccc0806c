//! Links kept and found, and what has expired removed.

use chat_accounts::{Link, SecretHash};
use chat_model::{StoreError, Timestamp};

use super::{
    super::{Connection, Work},
    rows::LinkRow,
};
use crate::{
    error::{corrupt, not_executed},
    rows::stored,
};

/// Keeps a link, in the place of an earlier one.
pub(crate) struct CreateLink(pub(crate) Link);

impl Work for CreateLink {
    type Done = ();
    type Error = StoreError;

    async fn steps(&self, connection: &mut Connection) -> Result<(), StoreError> {
        const SET: &str = "INSERT INTO chat_links (user_id, secret, expires) VALUES ($1, $2, $3) \
            ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, expires = excluded.expires";
        let Self(link) = self;
        let query = sqlx::query(SET).bind(link.user.as_str()).bind(link.secret.0.to_vec()).bind(link.expires.0);
        query.execute(connection).await.map(drop).map_err(not_executed)
    }
}

pub(crate) const LINK: &str = "SELECT user_id, secret, expires FROM chat_links WHERE secret = $1";

pub(crate) async fn link(connection: &mut Connection, secret: &SecretHash) -> Result<Option<Link>, StoreError> {
    let row = sqlx::query_as(LINK).bind(secret.0.to_vec()).fetch_optional(connection).await;
    row.map_err(not_executed)?.map(|row: LinkRow| row.try_into()).transpose()
}

/// Removes what has expired.
pub(crate) struct SweepAccounts(pub(crate) Timestamp, pub(crate) usize);

pub(crate) const EXPIRED: [&str; 3] = [
    "DELETE FROM chat_links WHERE user_id IN (SELECT user_id FROM chat_links WHERE expires <= $1 ORDER BY expires LIMIT $2)",
    "DELETE FROM chat_devices WHERE id IN (SELECT id FROM chat_devices WHERE expires <= $1 ORDER BY expires LIMIT $2)",
    "DELETE FROM chat_passes WHERE id IN (SELECT id FROM chat_passes WHERE expires <= $1 ORDER BY expires LIMIT $2)",
];

impl Work for SweepAccounts {
    type Done = usize;
    type Error = StoreError;

    async fn steps(&self, connection: &mut Connection) -> Result<usize, StoreError> {
        let Self(now, limit) = self;
        let mut removed = 0;
        for sql in EXPIRED {
            let rest = limit.saturating_sub(removed);
            let query = sqlx::query(sql).bind(now.0).bind(stored(rest as u64));
            let swept = query.execute(&mut *connection).await.map_err(not_executed)?.rows_affected();
            removed += usize::try_from(swept).map_err(corrupt)?;
        }
        Ok(removed)
    }
}
