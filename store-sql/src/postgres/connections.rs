//! How long a connection is lent, and what becomes of it.
//!
//! Every use of a connection has a time within which the server must answer. A connection goes back into the pool only
//! from a use that came to its end; one whose use was dropped, or ran out of time, is closed.

use std::{
    future::Future,
    ops::{Deref, DerefMut},
    sync::Arc,
    time::Duration,
};

use chat_model::StoreError;
use sqlx::{PgConnection, PgPool, Postgres, pool::PoolConnection};
use tokio::time::{error::Elapsed, timeout};

use super::{
    failure::at_commit,
    identity::{Identity, replaced},
    statements::{Single, Statement},
};
use crate::error::not_executed;

/// A change of several statements, to be run in one transaction.
pub(super) trait Work: Send + Sync {
    /// What it comes to.
    type Done: Send;
    /// How it fails; what it did is then undone.
    type Error: From<StoreError> + Send;

    /// What is to be done.
    fn steps(&self, connection: &mut PgConnection) -> impl Future<Output = Result<Self::Done, Self::Error>> + Send;
}

/// The isolation of changes: what they rely on they have locked.
const CHANGE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
/// The isolation of reads that are of one moment.
const MOMENT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
const COMMIT: &str = "COMMIT";
const ROLLBACK: &str = "ROLLBACK";

/// The way to the server.
pub(super) struct Connections {
    pool: PgPool,
    /// The database that they lead to.
    identity: Arc<Identity>,
    /// How long the server has to answer.
    limit: Duration,
}

impl Connections {
    pub(super) fn new(pool: PgPool, identity: Arc<Identity>, limit: Duration) -> Self {
        Self { pool, identity, limit }
    }

    /// Refuses further uses, and closes each connection when it comes back.
    pub(super) async fn close(&self) {
        self.pool.close().await;
    }

    /// One statement that reads.
    pub(super) async fn read<T>(
        &self,
        query: impl AsyncFnOnce(&mut PgConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut lent = self.lend().await?;
        let answer = self.in_time(query(&mut lent)).await.map_err(late)?;
        lent.give_back();
        answer
    }

    /// Statements that read what is of one moment.
    pub(super) async fn moment<T, E: From<StoreError>>(
        &self,
        queries: impl AsyncFnOnce(&mut PgConnection) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut lent = self.lend().await?;
        let answer = self.in_time(begin(MOMENT, &mut lent, queries)).await.map_err(late)?;
        self.end(lent, if answer.is_ok() { COMMIT } else { ROLLBACK }).await;
        answer
    }

    /// One statement that commits by itself; it returns one row at most.
    pub(super) async fn statement(
        &self,
        statement: Statement<'_>,
    ) -> Result<Option<sqlx::postgres::PgRow>, StoreError> {
        let mut lent = self.lend().await?;
        // `fetch_optional` reads on until the server is ready again, and so has committed.
        match self.in_time(statement.fetch_optional(&mut *lent)).await {
            Ok(answer) => {
                lent.give_back();
                answer.map_err(at_commit)
            }
            Err(late) => Err(StoreError::OutcomeUnknown { source: late.into() }),
        }
    }

    /// A change that is one statement.
    pub(super) async fn single<S: Single>(&self, single: &S) -> Result<S::Done, S::Error> {
        S::read(self.statement(single.statement()?).await?)
    }

    /// A change of several statements, in a transaction.
    pub(super) async fn work<W: Work>(&self, work: &W) -> Result<W::Done, W::Error> {
        self.transact(async |connection: &mut PgConnection| {
            self.identity.look(connection).await?;
            work.steps(connection).await
        })
        .await
    }

    /// Statements in a transaction, which is committed if they succeed.
    pub(super) async fn transact<T, E: From<StoreError>>(
        &self,
        steps: impl AsyncFnOnce(&mut PgConnection) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut lent = self.lend().await?;
        // Whatever fails here, the transaction is never committed.
        let done = match self.in_time(begin(CHANGE, &mut lent, steps)).await.map_err(late)? {
            Ok(done) => done,
            Err(error) => {
                self.end(lent, ROLLBACK).await;
                return Err(error);
            }
        };
        match self.in_time(run(COMMIT, &mut lent)).await {
            Ok(Ok(())) => {
                lent.give_back();
                Ok(done)
            }
            Ok(Err(error)) => Err(at_commit(error).into()),
            Err(late) => Err(StoreError::OutcomeUnknown { source: late.into() }.into()),
        }
    }

    /// Ends a transaction of which nothing more is expected.
    async fn end(&self, mut lent: Lent, how: &'static str) {
        if let Ok(Ok(())) = self.in_time(run(how, &mut lent)).await {
            lent.give_back();
        }
    }

    /// A connection to the database that was opened.
    async fn lend(&self) -> Result<Lent, StoreError> {
        let is_due = self.identity.is_due();
        if self.identity.is_another() && !is_due {
            return Err(StoreError::NotExecuted { source: replaced().into() });
        }
        let refused = self.identity.refused();
        let connection = tokio::select! {
            biased;
            connection = self.pool.acquire() => connection.map_err(not_executed)?,
            // The pool would go on trying.
            () = refused => return Err(StoreError::NotExecuted { source: replaced().into() }),
        };
        let mut lent = Lent { connection, unfinished: true };
        if is_due {
            self.in_time(self.identity.look(&mut lent)).await.map_err(late)??;
        }
        Ok(lent)
    }

    async fn in_time<T>(&self, answer: impl Future<Output = T>) -> Result<T, Elapsed> {
        timeout(self.limit, answer).await
    }
}

/// The server did not answer in time, and nothing was committed.
fn late(elapsed: Elapsed) -> StoreError {
    StoreError::NotExecuted { source: elapsed.into() }
}

async fn run(sql: &'static str, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(sql).execute(connection).await.map(|_| ())
}

async fn begin<T, E: From<StoreError>>(
    how: &'static str,
    connection: &mut PgConnection,
    steps: impl AsyncFnOnce(&mut PgConnection) -> Result<T, E>,
) -> Result<T, E> {
    run(how, connection).await.map_err(not_executed)?;
    steps(connection).await
}

/// A connection in use: closed when this is dropped, unless it was given back.
struct Lent {
    connection: PoolConnection<Postgres>,
    unfinished: bool,
}

impl Lent {
    /// The use came to its end, and left no transaction open.
    fn give_back(mut self) {
        self.unfinished = false;
    }
}

impl Deref for Lent {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if self.unfinished {
            self.connection.close_on_drop();
        }
    }
}
