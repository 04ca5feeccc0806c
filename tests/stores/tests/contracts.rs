//! The examples' designs on the databases that their contracts name: the same tests by stock clients, and by people in browsers, that
//! run on SQLite elsewhere.
#![allow(clippy::unwrap_used)]

use std::{path::Path, process::Command};

use store_tests::{
    mongodb::{Kind, Mongod},
    nats::Nats,
    postgres::Postgres,
};

const ON_MONGODB: [&str; 4] = ["invite-rooms", "socketio-jwt", "rooms-and-dms", "direct-and-broadcast"];
/// Those with a page. The page of rooms-and-dms is looked at on Postgres.
const PAGES_ON_MONGODB: [&str; 2] = ["invite-rooms", "direct-and-broadcast"];

#[tokio::test(flavor = "multi_thread")]
async fn postgres() {
    let database = Postgres::shared().database().await;
    passes("rooms-and-dms", database.url());
    let database = Postgres::shared().database().await;
    page_passes("rooms-and-dms", database.url());
}

#[test]
fn mongodb() {
    let server = Mongod::start(Kind::ReplicaSet).unwrap();
    // One after the other: some of the tests are of what happens within moments.
    for contract in ON_MONGODB {
        passes(contract, &in_database(&server.url(), contract));
    }
    for contract in PAGES_ON_MONGODB {
        page_passes(contract, &in_database(&server.url(), &format!("{contract}-page")));
    }
}

/// Two servers of a contract on one database and one bus.
#[test]
fn two_servers() {
    let (server, bus) = (Mongod::start(Kind::ReplicaSet).unwrap(), Nats::start(&[]).unwrap());
    let mut tests = Command::new("node");
    tests.args(["--test", "two-servers.mjs"]).env("TEST_BUS_URL", bus.url("direct-and-broadcast"));
    run(&mut tests, "../foreign/socketio", &in_database(&server.url(), "two-servers"));
}

/// A server's URL with this database in it.
fn in_database(url: &str, name: &str) -> String {
    let (server, options) = url.split_once('?').unwrap_or((url, ""));
    format!("{}/{name}?{options}", server.trim_end_matches('/'))
}

/// Runs the tests of a contract, whose server is to keep everything in this database. The suite has a limit for all of them.
fn passes(contract: &str, url: &str) {
    run(Command::new("node").args(["--test", &format!("{contract}.test.mjs")]), "../foreign/socketio", url);
}

/// Has two people use the page of a contract, of whom one reloads it and loses the way to the server.
fn page_passes(contract: &str, url: &str) {
    let words = ["vitest", "run", &format!("tests/{contract}.test.ts"), "--testNamePattern", "lost or doubled"];
    run(Command::new("npx").args(words), "../../web/browser", url);
}

fn run(tests: &mut Command, folder: &str, url: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let ended = tests.current_dir(folder).env("TEST_DATABASE_URL", url).output().unwrap();
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success(), "{tests:?} on {url}:\n{said}");
}
