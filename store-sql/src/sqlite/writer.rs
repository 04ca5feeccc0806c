//! The one writer: a task that owns the only connection that writes, and commits what waits for it in one transaction.

use std::{
    fs::File,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use chat_model::{Replaced, Source, StoreError};
use sqlx::{
    ConnectOptions, Connection,
    sqlite::{SqliteConnectOptions, SqliteConnection},
};
use tokio::sync::{mpsc, oneshot};

use super::{place::Place, statements::Single};
use crate::error::not_executed;

/// Work waiting for the writer; beyond it, callers wait to be let in.
const QUEUE: usize = 1_024;
/// Pieces of work in one transaction: the last one's wait for the commit is bounded by them.
const GROUP: usize = 256;
/// Bytes of drafts in one transaction, by which it takes no more.
const GROUP_BYTES: usize = 4 * 1024 * 1024;

/// Something to be done within a transaction, with an answer.
pub(super) trait Work: Send + Sync + 'static {
    /// What it comes to.
    type Done: Send;
    /// How it fails; what it did is then undone, and the others in its transaction are none the worse.
    type Error: From<StoreError> + Send;

    /// About how many bytes it writes.
    fn bytes(&self) -> usize {
        0
    }

    /// What is to be done, within a savepoint.
    fn steps(&self, connection: &mut SqliteConnection) -> impl Future<Output = Result<Self::Done, Self::Error>> + Send;

    /// A shortcut that does the same for a common case in fewer trips to the database's thread; `None` if it did
    /// nothing.
    fn shortcut(&self, _: &mut SqliteConnection) -> impl Future<Output = Result<Option<Self::Done>, Broken>> + Send {
        async { Ok(None) }
    }
}

impl<S: Single> Work for S {
    type Done = S::Done;
    type Error = S::Error;

    async fn steps(&self, connection: &mut SqliteConnection) -> Result<S::Done, S::Error> {
        S::read(self.statement()?.fetch_optional(connection).await.map_err(not_executed)?)
    }
}

/// The transaction cannot go on.
#[derive(Debug)]
pub(super) struct Broken(sqlx::Error);

const SAVE: &str = "SAVEPOINT work";
const RELEASE: &str = "RELEASE work";
/// Fails when the transaction was rolled back by SQLite, as it may be after a disk error: nothing that follows may then
/// run, as it would commit by itself.
const UNDO: &str = "ROLLBACK TO work; RELEASE work";

pub(super) async fn execute(connection: &mut SqliteConnection, sql: &'static str) -> Result<(), Broken> {
    sqlx::query(sql).execute(connection).await.map(|_| ()).map_err(Broken)
}

/// Undoes what was done since the savepoint, and forgets it.
pub(super) async fn undo(connection: &mut SqliteConnection) -> Result<(), Broken> {
    execute(connection, UNDO).await
}

/// One error that many callers are told of.
#[derive(Debug, Clone, thiserror::Error)]
#[error(transparent)]
struct Shared(#[from] Arc<sqlx::Error>);

impl From<sqlx::Error> for Shared {
    fn from(error: sqlx::Error) -> Self {
        Self(Arc::new(error))
    }
}

/// Why a transaction did not come to its end.
#[derive(Debug, Clone, thiserror::Error)]
enum Cause {
    #[error(transparent)]
    Database(#[from] Shared),
    #[error(transparent)]
    Replaced(#[from] Replaced),
}

impl Cause {
    fn source(&self) -> Source {
        match self {
            Self::Database(error) => error.clone().into(),
            Self::Replaced(error) => error.clone().into(),
        }
    }
}

impl From<sqlx::Error> for Cause {
    fn from(error: sqlx::Error) -> Self {
        Shared::from(error).into()
    }
}

/// How a transaction ended.
enum Verdict {
    Committed,
    NotExecuted(Cause),
    Unknown(Cause),
}

/// Work and whom to tell.
struct Waiting<W: Work> {
    work: W,
    result: Option<Result<W::Done, W::Error>>,
    reply: oneshot::Sender<Result<W::Done, W::Error>>,
}

/// Work of any kind.
#[async_trait]
trait Job: Send {
    fn bytes(&self) -> usize;
    async fn run(&mut self, connection: &mut SqliteConnection) -> Result<(), Broken>;
    fn answer(self: Box<Self>, verdict: &Verdict);
}

#[async_trait]
impl<W: Work> Job for Waiting<W> {
    fn bytes(&self) -> usize {
        self.work.bytes()
    }

    async fn run(&mut self, connection: &mut SqliteConnection) -> Result<(), Broken> {
        if let Some(done) = self.work.shortcut(connection).await? {
            self.result = Some(Ok(done));
            return Ok(());
        }
        execute(connection, SAVE).await?;
        let result = self.work.steps(connection).await;
        match &result {
            Ok(_) => execute(connection, RELEASE).await?,
            Err(_) => undo(connection).await?,
        }
        self.result = Some(result);
        Ok(())
    }

    fn answer(self: Box<Self>, verdict: &Verdict) {
        let result = match (verdict, self.result) {
            (Verdict::Committed, Some(result)) => result,
            (Verdict::Unknown(error), _) => Err(StoreError::OutcomeUnknown { source: error.source() }.into()),
            (Verdict::NotExecuted(error), _) => Err(StoreError::NotExecuted { source: error.source() }.into()),
            (Verdict::Committed, None) => Err(ended().into()),
        };
        // The caller may have stopped waiting.
        let _ = self.reply.send(result);
    }
}

fn ended() -> StoreError {
    StoreError::OutcomeUnknown { source: "the writer ended before it answered".into() }
}

enum Order {
    Job(Box<dyn Job>),
    Close(oneshot::Sender<()>),
}

/// How much was committed, and in how many transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commits {
    /// Transactions committed.
    pub transactions: u64,
    /// Appends and other changes in them, refused ones too.
    pub changes: u64,
}

#[derive(Default)]
struct Counters {
    transactions: AtomicU64,
    changes: AtomicU64,
}

/// The way to the writer.
pub(super) struct Writer {
    orders: mpsc::Sender<Order>,
    counters: Arc<Counters>,
}

impl Writer {
    /// Starts the writer with its connection; should that break, it opens another one with these options. The lock is
    /// let go when the writer has ended.
    pub(super) fn start(
        connection: SqliteConnection,
        options: SqliteConnectOptions,
        group_commit: bool,
        place: Place,
        lock: Option<File>,
    ) -> Self {
        let (orders, queue) = mpsc::channel(QUEUE);
        let counters = Arc::new(Counters::default());
        let task = Task {
            queue,
            connection: Some(connection),
            options,
            group: if group_commit { GROUP } else { 1 },
            counters: Arc::clone(&counters),
            closing: Vec::new(),
            place,
            lock,
        };
        tokio::spawn(task.run());
        Self { orders, counters }
    }

    /// Has the work done and committed. Once it is queued, it is done even if nobody waits for it any more.
    pub(super) async fn submit<W: Work>(&self, work: W) -> Result<W::Done, W::Error> {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Waiting { work, result: None, reply });
        if self.orders.send(Order::Job(job)).await.is_err() {
            return Err(StoreError::NotExecuted { source: "the store is closed".into() }.into());
        }
        answer.await.unwrap_or_else(|_| Err(ended().into()))
    }

    /// Refuses more work, and waits until what was queued is done and the connection is closed.
    pub(super) async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        if self.orders.send(Order::Close(reply)).await.is_ok() {
            let _ = closed.await;
        }
    }

    pub(super) fn commits(&self) -> Commits {
        Commits {
            transactions: self.counters.transactions.load(Ordering::Relaxed),
            changes: self.counters.changes.load(Ordering::Relaxed),
        }
    }
}

struct Task {
    queue: mpsc::Receiver<Order>,
    connection: Option<SqliteConnection>,
    options: SqliteConnectOptions,
    group: usize,
    counters: Arc<Counters>,
    closing: Vec<oneshot::Sender<()>>,
    place: Place,
    lock: Option<File>,
}

impl Task {
    async fn run(mut self) {
        while let Some(order) = self.queue.recv().await {
            let mut group = Vec::new();
            self.take(order, &mut group);
            self.fill(&mut group).await;
            let verdict = self.transact(&mut group).await;
            for job in group {
                job.answer(&verdict);
            }
        }
        if let Some(connection) = self.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "closing the database");
        }
        drop(self.lock);
        for closed in self.closing {
            let _ = closed.send(());
        }
    }

    /// Takes what else is waiting, within the bounds of a transaction.
    async fn fill(&mut self, group: &mut Vec<Box<dyn Job>>) {
        if self.group > 1 {
            // The callers whom the last commit answered run now, and may bring more.
            tokio::task::yield_now().await;
        }
        let mut bytes: usize = group.iter().map(|job| job.bytes()).sum();
        while group.len() < self.group && bytes < GROUP_BYTES {
            let Ok(order) = self.queue.try_recv() else { break };
            self.take(order, group);
            bytes += group.last().map_or(0, |job| job.bytes());
        }
    }

    fn take(&mut self, order: Order, group: &mut Vec<Box<dyn Job>>) {
        match order {
            Order::Job(job) => group.push(job),
            Order::Close(closed) => {
                self.queue.close();
                self.closing.push(closed);
            }
        }
    }

    async fn transact(&mut self, group: &mut [Box<dyn Job>]) -> Verdict {
        if group.is_empty() {
            return Verdict::Committed;
        }
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => match self.options.connect().await {
                Ok(connection) => {
                    self.place.reopened();
                    connection
                }
                Err(error) => return Verdict::NotExecuted(error.into()),
            },
        };
        let (mut verdict, sound) = match self.place.check() {
            Ok(()) => transact(&mut connection, group).await,
            Err(lost) => (Verdict::NotExecuted(lost.into()), true),
        };
        // It may have been taken away meanwhile.
        if matches!(verdict, Verdict::Committed)
            && let Err(lost) = self.place.check()
        {
            verdict = Verdict::Unknown(lost.into());
        }
        if sound {
            self.connection = Some(connection);
        } else if let Err(error) = connection.close().await {
            tracing::warn!(%error, "closing a connection that cannot be used any more");
        }
        match &verdict {
            Verdict::Committed => {
                self.counters.transactions.fetch_add(1, Ordering::Relaxed);
                self.counters.changes.fetch_add(group.len() as u64, Ordering::Relaxed);
            }
            Verdict::NotExecuted(error) => tracing::error!(%error, changes = group.len(), "not committed"),
            Verdict::Unknown(error) => tracing::error!(%error, changes = group.len(), "perhaps committed"),
        }
        verdict
    }
}

/// Whether the disk had no room: SQLITE_FULL. Whatever else fails while the log is written may have got there.
fn is_full(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == "13")
}

/// Runs the group in one transaction. Says also whether the connection can be used again.
async fn transact(connection: &mut SqliteConnection, group: &mut [Box<dyn Job>]) -> (Verdict, bool) {
    if let Err(Broken(error)) = execute(connection, "BEGIN IMMEDIATE").await {
        return (Verdict::NotExecuted(error.into()), false);
    }
    for job in group {
        if let Err(Broken(error)) = job.run(connection).await {
            // Nothing was committed, whether SQLite has rolled back already or does so now or at closing.
            let sound = execute(connection, "ROLLBACK").await.is_ok();
            return (Verdict::NotExecuted(error.into()), sound);
        }
    }
    match execute(connection, "COMMIT").await {
        Ok(()) => (Verdict::Committed, true),
        // What would mark the transaction as committed did not get to the disk, and SQLite has rolled back.
        Err(Broken(error)) if is_full(&error) => {
            let _ = execute(connection, "ROLLBACK").await;
            (Verdict::NotExecuted(error.into()), false)
        }
        // Still within the transaction: it was not committed. Otherwise the disk may have it, or not.
        Err(Broken(error)) => match execute(connection, "ROLLBACK").await {
            Ok(()) => (Verdict::NotExecuted(error.into()), true),
            Err(_) => (Verdict::Unknown(error.into()), false),
        },
    }
}

#[cfg(test)]
mod tests;
