//! What becomes of the others when something breaks. Work of the tests' own breaks it.

use futures_util::future::join_all;
use sqlx::SqlitePool;

use super::*;

/// A piece of work that runs these statements; the last decides what it says.
struct Sql(&'static [&'static str]);

impl Work for Sql {
    type Done = ();
    type Error = StoreError;

    async fn steps(&self, connection: &mut SqliteConnection) -> Result<(), StoreError> {
        for sql in self.0 {
            sqlx::query(*sql).execute(&mut *connection).await.map_err(crate::error::not_executed)?;
        }
        Ok(())
    }
}

const INSERT: &[&str] = &["INSERT INTO t VALUES (1)"];

struct Bed {
    _folder: tempfile::TempDir,
    writer: Writer,
    reader: SqlitePool,
}

/// A writer on a file with a table `t`, and a table `child` whose foreign keys are checked by COMMIT.
async fn bed() -> Bed {
    bed_with(true).await
}

async fn bed_with(group_commit: bool) -> Bed {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteConnectOptions::new().filename(folder.path().join("t.db")).create_if_missing(true);
    let options = options.journal_mode(sqlx::sqlite::SqliteJournalMode::Wal).busy_timeout(std::time::Duration::ZERO);
    let mut connection = options.connect().await.unwrap();
    for sql in [
        "CREATE TABLE t (n INTEGER)",
        "CREATE TABLE child (n INTEGER REFERENCES parent (n) DEFERRABLE INITIALLY DEFERRED)",
        "CREATE TABLE parent (n INTEGER PRIMARY KEY)",
    ] {
        sqlx::query(sql).execute(&mut connection).await.unwrap();
    }
    let reader = SqlitePool::connect_lazy_with(options.clone());
    let place = Place::of(&folder.path().join("t.db"));
    Bed { _folder: folder, writer: Writer::start(connection, options, group_commit, place, None), reader }
}

impl Bed {
    /// All of these at one time: on a single thread they are queued before the writer runs, and so are one group.
    async fn together(&self, work: &[&'static [&'static str]]) -> Vec<Result<(), StoreError>> {
        let before = self.writer.commits();
        let answers = join_all(work.iter().map(|sql| self.writer.submit(Sql(sql)))).await;
        let after = self.writer.commits();
        assert!(after.transactions - before.transactions <= 1, "one group, one transaction");
        answers
    }

    async fn rows(&self) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM t").fetch_one(&self.reader).await.unwrap()
    }

    async fn is_well(&self) {
        let before = self.rows().await;
        self.writer.submit(Sql(INSERT)).await.unwrap();
        assert_eq!(self.rows().await, before + 1);
    }
}

#[tokio::test]
async fn work_that_fails_is_undone_alone() {
    let bed = bed().await;
    let answers =
        bed.together(&[INSERT, &["INSERT INTO t VALUES (2)", "INSERT INTO nowhere VALUES (1)"], INSERT]).await;
    assert!(matches!(answers[..], [Ok(()), Err(StoreError::NotExecuted { .. }), Ok(())]), "{answers:?}");
    assert_eq!(bed.rows().await, 2);
    assert_eq!(bed.writer.commits(), Commits { transactions: 1, changes: 3 });
}

#[tokio::test]
async fn nothing_runs_outside_the_transaction_once_the_database_rolled_it_back() {
    let bed = bed().await;
    // What SQLite may do by itself after a disk error.
    let answers = bed.together(&[INSERT, &["ROLLBACK", "INSERT INTO nowhere VALUES (1)"], INSERT]).await;
    assert!(answers.iter().all(|answer| matches!(answer, Err(StoreError::NotExecuted { .. }))), "{answers:?}");
    assert_eq!(bed.rows().await, 0);
    bed.is_well().await;
}

#[tokio::test]
async fn a_commit_that_certainly_failed_was_not_executed() {
    let bed = bed().await;
    let answers = bed.together(&[INSERT, &["INSERT INTO child VALUES (7)"]]).await;
    assert!(answers.iter().all(|answer| matches!(answer, Err(StoreError::NotExecuted { .. }))), "{answers:?}");
    assert_eq!(bed.rows().await, 0);
    bed.is_well().await;
}

#[tokio::test]
async fn a_commit_of_which_nothing_is_known_is_of_unknown_outcome() {
    let bed = bed().await;
    // The writer's own COMMIT finds no transaction any more, and nor does its ROLLBACK.
    let answers = bed.together(&[INSERT, &["RELEASE work", "COMMIT", "SAVEPOINT work"], INSERT]).await;
    assert!(answers.iter().all(|answer| matches!(answer, Err(StoreError::OutcomeUnknown { .. }))), "{answers:?}");
    bed.is_well().await;
}

#[tokio::test]
async fn while_another_process_writes_for_too_long_nothing_is_executed() {
    let bed = bed().await;
    let mut other = bed.reader.acquire().await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *other).await.unwrap();
    let answers = bed.together(&[INSERT, INSERT]).await;
    assert!(answers.iter().all(|answer| matches!(answer, Err(StoreError::NotExecuted { .. }))), "{answers:?}");
    sqlx::query("ROLLBACK").execute(&mut *other).await.unwrap();
    drop(other);
    bed.is_well().await;
}

#[tokio::test]
async fn closing_finishes_what_waits_and_refuses_the_rest() {
    let bed = bed_with(false).await;
    // The last two are let in after the order to close, which the writer has not seen yet.
    let after = join_all([INSERT, INSERT].map(|sql| bed.writer.submit(Sql(sql))));
    let (before, (), after) = tokio::join!(bed.writer.submit(Sql(INSERT)), bed.writer.close(), after);
    assert!(before.is_ok() && after.iter().all(Result::is_ok), "{before:?} {after:?}");
    assert!(matches!(bed.writer.submit(Sql(INSERT)).await, Err(StoreError::NotExecuted { .. })));
    assert_eq!(bed.rows().await, 3);
    bed.writer.close().await;
}
