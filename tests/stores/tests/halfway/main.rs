//! A process is killed between every two writes of registering, of signing in at a provider, of handing a room over, of inviting by link
//! and of deleting an account. Whoever looks afterwards sees nothing half done, and whoever tries again comes to the end.
#![allow(clippy::unwrap_used, missing_docs)]

mod coming_in;
mod mortal;
mod scenes;

use std::process::{Command, Output};

use store_tests::{
    mongodb::{Kind, TestDatabase},
    postgres::Postgres,
};

const STEP: &str = "HALFWAY_STEP";
const SCENE: &str = "HALFWAY_SCENE";
const WRITES: &str = "HALFWAY_WRITES";
const DATABASE: &str = "HALFWAY_DATABASE";

/// More writes than a scene has.
const ENOUGH: i64 = 30;
/// What a step says at its end.
const DONE: &str = "the step is done";

#[test]
fn sqlite() {
    between_all_writes(|| {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("chat.db").display());
        (url, folder)
    });
}

#[test]
#[ignore = "it needs a Postgres server: cargo xtask test postgres"]
fn postgres() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    between_all_writes(|| {
        let database = runtime.block_on(Postgres::shared().database());
        (database.url().to_owned(), database)
    });
}

#[test]
#[ignore = "it needs a MongoDB server: cargo xtask test mongodb"]
fn mongodb() {
    between_all_writes(|| {
        let database = TestDatabase::new(Kind::Standalone).unwrap();
        (format!("{} {}", database.url(), database.name()), database)
    });
}

/// Plays each scene on a database of its own, again and again, with one more write before it ends.
fn between_all_writes<T>(database: impl Fn() -> (String, T)) {
    for (scene, least) in [("hand-over", 2), ("invite", 2), ("delete", 7), ("register", 2), ("sign-in", 3)] {
        let mut writes = 0;
        loop {
            let (url, _kept) = database();
            assert!(is_done(&step("set-up", scene, ENOUGH, &url)), "{scene} is set up");
            let played = step("play", scene, writes, &url);
            let checked = step("check", scene, ENOUGH, &url);
            assert!(is_done(&checked), "{scene} after {writes} writes: {}", text(&checked));
            if is_done(&played) {
                break;
            }
            assert!(!played.status.success() && writes < ENOUGH, "{scene} after {writes} writes: {}", text(&played));
            writes += 1;
        }
        assert!(writes >= least, "{scene} has {writes} writes");
    }
}

/// Does one step of a scene in a process of its own, which dies when it has written so often and is about to write once more.
fn step(name: &str, scene: &str, writes: i64, database: &str) -> Output {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_step", "--ignored", "--nocapture"])
        .envs([(STEP, name), (SCENE, scene), (DATABASE, database)])
        .env(WRITES, writes.to_string())
        .output()
        .unwrap()
}

fn is_done(ended: &Output) -> bool {
    ended.status.success() && text(ended).contains(DONE)
}

fn text(ended: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr))
}

/// Not a test: the process that is killed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "started and killed by a test"]
async fn a_step() {
    let Ok(name) = std::env::var(STEP) else { return };
    let (scene, database) = (std::env::var(SCENE).unwrap(), std::env::var(DATABASE).unwrap());
    let writes = if name == "play" { std::env::var(WRITES).unwrap().parse().unwrap() } else { i64::MAX };
    let stage = scenes::Stage::open(&database, writes).await;
    match &*name {
        "set-up" => stage.set_up().await,
        "play" => stage.play(&scene).await,
        _ => stage.check(&scene).await,
    }
    println!("{DONE}");
}
