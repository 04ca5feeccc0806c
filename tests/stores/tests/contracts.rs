//! The examples' designs on the databases that their contracts name: the same tests by stock clients that run on SQLite elsewhere.
#![allow(clippy::unwrap_used)]

use std::{path::Path, process::Command};

use store_tests::{
    mongodb::{Kind, Mongod},
    postgres::Postgres,
};

const ON_MONGODB: [&str; 4] = ["invite-rooms", "socketio-jwt", "rooms-and-dms", "direct-and-broadcast"];

#[tokio::test(flavor = "multi_thread")]
async fn postgres() {
    let database = Postgres::shared().database().await;
    passes("rooms-and-dms", database.url());
}

#[test]
fn mongodb() {
    let server = Mongod::start(Kind::ReplicaSet).unwrap();
    // One after the other: some of the tests are of what happens within moments.
    for contract in ON_MONGODB {
        passes(contract, &in_database(&server.url(), contract));
    }
}

/// A server's URL with this database in it.
fn in_database(url: &str, name: &str) -> String {
    let (server, options) = url.split_once('?').unwrap_or((url, ""));
    format!("{}/{name}?{options}", server.trim_end_matches('/'))
}

/// Runs the tests of a contract, whose server is to keep everything in this database. The suite has a limit for all of them.
fn passes(contract: &str, url: &str) {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../foreign/socketio");
    let mut node = Command::new("node");
    node.args(["--test", &format!("{contract}.test.mjs")]).current_dir(tests).env("TEST_DATABASE_URL", url);
    let ended = node.output().unwrap();
    assert!(ended.status.success(), "{contract} on {url}:\n{}", String::from_utf8_lossy(&ended.stdout));
}
