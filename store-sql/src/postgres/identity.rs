//! Which database this is: every connection must lead to the one that was opened.
//!
//! A database is known by an id that is kept in it, which copies of it have too, and by the number of the table that keeps the id.
//! A table that was made anew, as by restoring a dump, has another number.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use chat_model::{Replaced, StoreError};
use sqlx::{Connection as _, PgConnection};
use tokio::{sync::Notify, time::Instant};

use crate::error::not_executed;

/// A connection that is in use is looked at so often at most. A new one always is.
const LOOK: Duration = Duration::from_secs(1);

const WHICH: &str = "SELECT id, CAST(tableoid AS BIGINT) FROM chat_database";
/// Others who open the database wait.
const TO_SETTLE: &str = "SELECT id, CAST(tableoid AS BIGINT), place FROM chat_database FOR UPDATE";
const SETTLE: &str = "UPDATE chat_database SET place = $1";
/// Numbers of epochs are below 2^53.
const RENEW: &str = "UPDATE rooms SET epoch = 1 + CAST(floor(random() * 9007199254740990) AS BIGINT) WHERE epoch <> 0";

/// The id of a database, and the number of its table.
type Mark = (String, i64);

/// The database that was opened.
pub(super) struct Identity {
    opened: Mark,
    /// When this was made, and how many milliseconds later a connection was last looked at.
    began: Instant,
    looked: AtomicU64,
    is_another: AtomicBool,
    refused: Notify,
}

impl Identity {
    /// Learns which database this is. The rooms of a copy get new epochs: seqs that clients have seen may come to mean something
    /// else there.
    pub(super) async fn settle(connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        let mut transaction = connection.begin().await?;
        let found: (String, i64, Option<i64>) = sqlx::query_as(TO_SETTLE).fetch_one(&mut *transaction).await?;
        let (id, place, noted) = found;
        if noted.is_some_and(|noted| noted != place) {
            let rooms = sqlx::query(RENEW).execute(&mut *transaction).await?.rows_affected();
            tracing::warn!(rooms, "the database was put back from a copy: its rooms have new epochs");
        }
        if noted != Some(place) {
            sqlx::query(SETTLE).bind(place).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        let (looked, is_another) = (AtomicU64::new(0), AtomicBool::new(false));
        Ok(Self { opened: (id, place), began: Instant::now(), looked, is_another, refused: Notify::new() })
    }

    /// Whether the last connection that was looked at led to another database.
    pub(super) fn is_another(&self) -> bool {
        self.is_another.load(Ordering::Relaxed)
    }

    /// Whether it is time to look at a connection. Of those who ask at one time, one is to look.
    pub(super) fn is_due(&self) -> bool {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let last = self.looked.load(Ordering::Relaxed);
        let is_over = now.saturating_sub(last) >= LOOK.as_millis() as u64;
        is_over && self.looked.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Waits until a connection is refused, from the call on.
    pub(super) fn refused(&self) -> impl Future<Output = ()> + '_ {
        self.refused.notified()
    }

    /// Fails where the connection leads to another database than the one that was opened.
    pub(super) async fn look(&self, connection: &mut PgConnection) -> Result<(), StoreError> {
        let found: Option<Mark> = match sqlx::query_as(WHICH).fetch_optional(connection).await {
            Err(error) if is_missing(&error) => None,
            found => found.map_err(not_executed)?,
        };
        let is_another = found.as_ref() != Some(&self.opened);
        if self.is_another.swap(is_another, Ordering::Relaxed) != is_another {
            match is_another {
                true => tracing::error!(error = %replaced(), "the database cannot be used"),
                false => tracing::info!("the right database is back"),
            }
        }
        if is_another {
            self.refused.notify_waiters();
            return Err(StoreError::NotExecuted { source: replaced().into() });
        }
        Ok(())
    }
}

/// What is said of a database that is another one.
pub(super) fn replaced() -> Replaced {
    Replaced::new("the Postgres database")
}

/// Whether there is no such table, nor a schema that it might be in.
fn is_missing(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| matches!(&*code, "42P01" | "42703" | "3F000"))
}
