//! A database that is another one than before while a server runs: it is noticed, said and never acked into.
#![allow(clippy::unwrap_used, missing_docs)]

mod scene;

use chat_core::{Code, Directory, Resumption, Store};
use scene::{REPLACED, Scene, talk};
use sqlx::{Connection as _, PgConnection};
use store_sql::{PostgresOptions, PostgresStore};
use store_tests::{
    Folder,
    postgres::{Database, Postgres},
};

async fn open(url: &str) -> PostgresStore {
    PostgresStore::open(url, PostgresOptions::default().connections(4)).await.unwrap()
}

/// How many rows there are in these tables.
async fn rows(database: &Database, tables: &[&str]) -> Vec<i64> {
    let mut direct = PgConnection::connect(database.url()).await.unwrap();
    let mut counts = Vec::new();
    for table in tables {
        let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        counts.push(sqlx::query_scalar(sql).fetch_one(&mut direct).await.unwrap());
    }
    counts
}

const TABLES: [&str; 5] = ["rooms", "entries", "chat_accounts", "reads", "profiles"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_was_made_anew_takes_nothing() {
    let database = Postgres::shared().database().await;
    let scene = Scene::with_messages(open(database.url()).await, 3).await;
    database.make_anew().await.unwrap();
    scene.takes_nothing().await;
    let tables = rows(&database, &["pg_tables WHERE schemaname = 'public'"]).await;
    assert_eq!(tables, [0], "nothing is made in it either");
    assert_eq!(scene.head().await, Err(Code::StoreUnavailable), "the room does not look gone");
    // Another server finds it empty and begins in it: that is the other's.
    let other = open(database.url()).await;
    scene.takes_nothing().await;
    assert_eq!(rows(&database, &TABLES).await, [0; 5]);
    assert!(other.rooms(None, 9).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_was_put_back_from_a_dump_takes_nothing_and_has_new_epochs_when_it_is_opened() {
    let (database, folder) = (Postgres::shared().database().await, Folder::new().unwrap());
    let file = folder.path().join("dump");
    let scene = Scene::with_messages(open(database.url()).await, 3).await;
    database.dump(&file).unwrap();
    let dumped = scene.cursor().await;
    scene.says().await.unwrap();
    scene.says().await.unwrap();
    let lost = scene.cursor().await;
    database.make_anew().await.unwrap();
    database.put_back(&file).unwrap();
    let before = rows(&database, &TABLES).await;
    scene.takes_nothing().await;
    assert_eq!(rows(&database, &TABLES).await, before);
    // A server that starts anew goes on with what is there. Cursors of before lead nowhere: not even those that were right.
    let anew = Scene::new(open(database.url()).await);
    let now = anew.cursor().await;
    assert_eq!(now.seq, dumped.seq);
    assert_ne!(now.epoch, dumped.epoch);
    assert_eq!(anew.resumes(lost).await, Resumption::Reset);
    assert_eq!(anew.says().await, Ok(dumped.seq + 1));
    // Once is enough.
    drop(anew);
    assert_eq!(Scene::new(open(database.url()).await).cursor().await.epoch, now.epoch);
    scene.takes_nothing().await;
}

/// The connections live on, and so do the statements that were prepared in them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_that_were_put_back_under_living_connections_take_nothing() {
    let (database, folder) = (Postgres::shared().database().await, Folder::new().unwrap());
    let file = folder.path().join("dump");
    let scene = Scene::with_messages(open(database.url()).await, 3).await;
    database.dump(&file).unwrap();
    scene.says().await.unwrap();
    database.put_back(&file).unwrap();
    let before = rows(&database, &["rooms", "entries", "chat_accounts"]).await;
    assert!(scene.makes_no_account().await.replaced().is_some());
    assert_eq!(scene.says().await, Err(Code::StoreUnavailable));
    scene.until_readiness(503, REPLACED).await;
    scene.takes_nothing().await;
    assert_eq!(rows(&database, &["rooms", "entries", "chat_accounts"]).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_leads_elsewhere_for_a_while_takes_nothing_meanwhile() {
    let database = Postgres::shared().database().await;
    let (name, away) = (database.name().to_owned(), format!("{}_away", database.name()));
    let scene = Scene::with_messages(open(database.url()).await, 3).await;
    let server = Postgres::shared().url("postgres");
    let execute = async |sql: String| {
        let mut direct = PgConnection::connect(&server).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut direct).await.unwrap();
    };
    database.rename(&name, &away).await.unwrap();
    execute(format!("CREATE DATABASE {name}")).await;
    let wrong = open(database.url()).await;
    scene.takes_nothing().await;
    assert_eq!(rows(&database, &TABLES).await, [0; 5]);
    wrong.close().await;
    execute(format!("DROP DATABASE {name} WITH (FORCE)")).await;
    database.rename(&away, &name).await.unwrap();
    scene.until_readiness(200, "").await;
    // What was written meanwhile may be in it now: whoever wrote it was not told that it is not.
    let seq = scene.says().await.unwrap();
    assert_eq!(scene.head().await, Ok(seq));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_was_restarted_has_the_same_database() {
    let mut server = Postgres::start(&[]).unwrap();
    let scene = Scene::with_messages(open(&server.url("postgres")).await, 3).await;
    let before = scene.cursor().await;
    for _ in 0..2 {
        server.kill().unwrap();
        server.start_again().unwrap();
        scene.until_readiness(200, "").await;
    }
    // Neither has it for one that opens it.
    let anew = Scene::new(open(&server.url("postgres")).await);
    assert_eq!(anew.cursor().await, before);
    assert_eq!(scene.says().await, Ok(before.seq + 1));
}

/// As the files of a whole server that are put back: nothing in the database says that it is not the newest.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_has_lost_entries_takes_nothing_until_it_has_them_again() {
    let database = Postgres::shared().database().await;
    let scene = Scene::with_messages(open(database.url()).await, 3).await;
    let mut direct = PgConnection::connect(database.url()).await.unwrap();
    let head = scene.head().await.unwrap();
    const LOSE: &str = "CREATE TABLE kept AS SELECT * FROM entries; DELETE FROM entries WHERE seq > 2; \
        UPDATE rooms SET head = 2, told = 2";
    sqlx::raw_sql(LOSE).execute(&mut direct).await.unwrap();
    assert_eq!(scene.says().await, Err(Code::StoreUnavailable));
    assert_eq!(rows(&database, &["entries"]).await, [2]);
    let find =
        format!("INSERT INTO entries SELECT * FROM kept WHERE seq > 2; UPDATE rooms SET head = {head}, told = {head}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(find)).execute(&mut direct).await.unwrap();
    let until = tokio::time::Instant::now() + std::time::Duration::from_secs(120);
    loop {
        match scene.says().await {
            Ok(seq) => break assert_eq!(seq, head + 1),
            Err(Code::StoreUnavailable) => assert!(tokio::time::Instant::now() < until),
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(scene.store.room(&talk()).await.unwrap().unwrap().head, head + 1);
}
