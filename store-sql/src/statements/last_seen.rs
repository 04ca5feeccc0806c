//! When users were last connected: kept with their profiles.

use chat_model::{StoreError, Timestamp, UserId};

use super::{
    Connection, Row, Single, Statement,
    dialect::{look_up, texts, tuples},
};
use crate::{error::not_executed, rows};

/// Notes when users who have profiles were connected.
pub(crate) struct Seen(pub(crate) Vec<(UserId, Timestamp)>);

pub(crate) const SEEN: &str = concat!(
    "UPDATE profiles SET seen_at = CAST(value ->> 1 AS BIGINT) FROM ",
    tuples!("$1"),
    " WHERE user_id = value ->> 0 AND (seen_at IS NULL OR seen_at < CAST(value ->> 1 AS BIGINT))"
);

impl Single for Seen {
    type Done = ();
    type Error = StoreError;

    fn statement(&self) -> Result<Statement<'_>, StoreError> {
        let users: Vec<_> = self.0.iter().map(|(user, at)| (user.as_str(), at.0)).collect();
        Ok(sqlx::query(SEEN).bind(rows::json(&users)?))
    }

    fn read(_: Option<Row>) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Erases when a user was last connected.
pub(crate) struct ForgetSeen(pub(crate) UserId);

pub(crate) const FORGET: &str = "UPDATE profiles SET seen_at = NULL WHERE user_id = $1 AND seen_at IS NOT NULL";

impl Single for ForgetSeen {
    type Done = ();
    type Error = StoreError;

    fn statement(&self) -> Result<Statement<'_>, StoreError> {
        Ok(sqlx::query(FORGET).bind(self.0.as_str()))
    }

    fn read(_: Option<Row>) -> Result<(), StoreError> {
        Ok(())
    }
}

pub(crate) const LAST: &str = concat!(
    "SELECT user_id, seen_at FROM ",
    texts!("$1"),
    look_up!(),
    "profiles ON user_id = asked.value WHERE seen_at IS NOT NULL"
);

pub(crate) async fn last_seen(
    connection: &mut Connection,
    users: &[UserId],
) -> Result<Vec<(UserId, Timestamp)>, StoreError> {
    let rows = sqlx::query_as(LAST).bind(rows::json(users)?);
    let rows: Vec<(String, i64)> = rows.fetch_all(connection).await.map_err(not_executed)?;
    rows.iter().map(|(user, at)| Ok((rows::user(user)?, Timestamp(*at)))).collect()
}
