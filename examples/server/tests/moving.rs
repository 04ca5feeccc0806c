//! Rooms that are moved to another server, and what those who were in them meet there.
#![allow(clippy::unwrap_used, missing_docs)]

mod client;
mod server;

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Output, Stdio},
};

use chat_core::{RoomId, Seq, Store as _};
use chat_wire::ResumeStatus;
use client::{Client, Place, room_id, say};
use serde_json::json;
use server::{
    Server, command,
    rest::{ask, create_room},
};
use store_sql::{SqliteOptions, SqliteStore};
use store_tests::{
    mongodb::{Kind, Mongod},
    postgres::Postgres,
};

const ANYWHERE: &[&str] = &["--listen", "127.0.0.1:0"];

/// What a task ends with: its exit code, its standard output and its standard error.
fn task(folder: &Path, arguments: &[&str]) -> (Option<i32>, Vec<u8>, String) {
    let Output { status, stdout, stderr } = command(folder, arguments).stdin(Stdio::null()).output().unwrap();
    (status.code(), stdout, String::from_utf8(stderr).unwrap())
}

/// Does it, and returns what is told of it.
fn done(folder: &Path, arguments: &[&str]) -> String {
    let (code, stdout, told) = task(folder, arguments);
    assert_eq!((code, stdout.as_slice()), (Some(0), &b""[..]), "{told}");
    told
}

/// The one sentence with which it fails.
fn fails(folder: &Path, arguments: &[&str], with: i32) -> String {
    let (code, stdout, told) = task(folder, arguments);
    assert_eq!((code, stdout.as_slice()), (Some(with), &b""[..]), "{told}");
    let sentence = told.lines().last().unwrap();
    sentence.strip_prefix("chat-server: ").unwrap().to_owned()
}

/// Somebody who was in a room, said these things there, and left for a while.
struct Absent {
    place: Place,
    said: Vec<(&'static str, Seq)>,
}

impl Absent {
    async fn from(folder: &Path) -> Self {
        let server = Server::start(folder, ANYWHERE);
        let room = room_id("lobby");
        create_room(server.address, &room);
        let mut client = Client::connect(server.address).await.unwrap();
        let place = client.join(&room, "Ann").await.unwrap();
        let mut said = Vec::new();
        for id in ["c-1", "c-2", "c-3"] {
            client.send(say(&room, id, "Hello")).await.unwrap();
            said.push((id, client.acked().await.unwrap()));
        }
        server.stop().await;
        Self { place, said }
    }

    /// Comes back to a room that is another life of the one they left.
    async fn come_back(&self, folder: &Path, arguments: &[&str]) {
        let server = Server::start(folder, &[ANYWHERE, arguments].concat());
        let mut client = Client::connect(server.address).await.unwrap();
        let resumed = client.resume(&self.place).await.unwrap();
        assert_eq!(resumed.status, ResumeStatus::Reset);
        assert_ne!(resumed.epoch, Some(self.place.epoch));
        let last = self.said.last().unwrap().1;
        assert_eq!(resumed.head, Some(last));
        for (id, seq) in &self.said {
            client.send(say(&self.place.room, id, "Hello")).await.unwrap();
            assert_eq!(client.acked().await.unwrap(), *seq, "{id} gets its first ack");
        }
        client.send(say(&self.place.room, "c-4", "Here I am again")).await.unwrap();
        assert_eq!(client.acked().await.unwrap(), last + 1);
        drop(client);
        server.stop().await;
    }
}

async fn truncate(folder: &Path, room: &RoomId, oldest: Seq) {
    let store = SqliteStore::open(folder.join("data/chat.db"), SqliteOptions::default()).await.unwrap();
    assert_eq!(store.retention().unwrap().truncate(room, oldest).await.unwrap(), oldest);
    store.close().await;
}

#[tokio::test]
async fn who_comes_back_after_a_move_begins_anew_and_repeats_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let absent = Absent::from(folder).await;
    truncate(folder, &absent.place.room, absent.said[1].1 + 1).await;
    let told = done(folder, &["export", "rooms.jsonl"]);
    assert!(told.contains("exported: users: ") && told.contains("stubs: "), "{told}");
    assert_eq!(fs::metadata(folder.join("rooms.jsonl")).unwrap().permissions().mode() & 0o777, 0o600);
    let summary = told.lines().last().unwrap().split_once(": ").unwrap().1;
    let there = ["--data", "there"];
    let told = done(folder, &[&["import", "rooms.jsonl"], &there[..]].concat());
    assert!(told.contains(&format!("imported, and read again to compare: {summary}")), "{told}");
    // The same secret: guests are known again.
    fs::copy(folder.join("data/secret"), folder.join("there/secret")).unwrap();
    absent.come_back(folder, &there).await;
}

#[tokio::test]
#[ignore = "it needs a Postgres server: cargo xtask test postgres"]
async fn rooms_move_to_postgres_and_back() {
    there_and_back(Postgres::shared().database().await.url()).await;
}

#[tokio::test]
#[ignore = "it needs a MongoDB server: cargo xtask test mongodb"]
async fn rooms_move_to_mongodb_and_back() {
    there_and_back(&Mongod::start(Kind::ReplicaSet).unwrap().url()).await;
    there_and_back(&Mongod::start(Kind::Standalone).unwrap().url()).await;
}

/// From SQLite to another store, where they get another life once more, and back to SQLite.
async fn there_and_back(store: &str) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let absent = Absent::from(folder).await;
    truncate(folder, &absent.place.room, absent.said[1].1 + 1).await;
    let there = ["--data", "there", "--store", store];
    done(folder, &["export", "rooms.jsonl"]);
    done(folder, &[&["import", "rooms.jsonl"], &there[..]].concat());
    done(folder, &[&["doctor", "--new-epoch"], &there[..]].concat());
    done(folder, &[&["export", "again.jsonl"], &there[..]].concat());
    assert_eq!(fs::read(folder.join("again.jsonl")).unwrap(), fs::read(folder.join("rooms.jsonl")).unwrap());
    done(folder, &["import", "again.jsonl", "--data", "back"]);
    for (data, arguments) in [("there", &there[..]), ("back", &["--data", "back"])] {
        fs::copy(folder.join("data/secret"), folder.join(data).join("secret")).unwrap();
        absent.come_back(folder, arguments).await;
    }
}

#[tokio::test]
async fn users_come_along_and_log_in_again() {
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let enter = |server: &Server, how: &str, username: &str| {
        let body = json!({ "username": username, "password": "correct horse" });
        ask(server.address, "POST", &format!("/api/auth/{how}"), "", &body)
    };
    let server = Server::start(old.path(), ANYWHERE);
    let (status, ann) = enter(&server, "register", "Ann");
    assert_eq!(status, 201, "{ann}");
    server.stop().await;
    let file = old.path().join("all.jsonl");
    let file = file.to_str().unwrap();
    let told = done(old.path(), &["export", file]);
    assert!(told.contains("accounts: 1;"), "{told}");
    done(new.path(), &["import", file]);
    let server = Server::start(new.path(), ANYWHERE);
    let refreshed =
        ask(server.address, "POST", "/api/auth/refresh", "", &json!({ "refreshToken": ann["refreshToken"] }));
    assert_eq!(refreshed.0, 401, "where she was logged in is not moved");
    let (status, again) = enter(&server, "login", "Ann");
    assert_eq!((status, &again["userId"]), (200, &ann["userId"]), "{again}");
    assert_eq!(enter(&server, "register", "Ann").0, 409, "the name is taken");
    server.stop().await;
}

#[tokio::test]
async fn who_comes_back_to_a_copy_that_was_put_back_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let absent = Absent::from(folder).await;
    let told = done(folder, &["doctor", "--new-epoch"]);
    assert!(told.lines().last().unwrap().starts_with("rooms with new epochs: "), "{told}");
    absent.come_back(folder, &[]).await;
}

#[tokio::test]
async fn a_file_goes_through_a_pipe_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    Absent::from(folder).await;
    done(folder, &["export", "rooms.jsonl"]);
    let (code, piped, told) = task(folder, &["export", "-"]);
    assert_eq!((code, &piped), (Some(0), &fs::read(folder.join("rooms.jsonl")).unwrap()), "{told}");
    let mut import = command(folder, &["import", "-", "--data", "there"]);
    let file = fs::File::open(folder.join("rooms.jsonl")).unwrap();
    assert!(import.stdin(file).output().unwrap().status.success());
    done(folder, &["export", "again.jsonl", "--data", "there"]);
    assert_eq!(fs::read(folder.join("again.jsonl")).unwrap(), piped);
}

#[tokio::test]
async fn what_prevents_a_move_is_told_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let server = Server::start(folder, ANYWHERE);
    for asked in [&["export", "rooms.jsonl"][..], &["import", "-"], &["doctor", "--new-epoch"]] {
        assert_eq!(fails(folder, asked, 1), "the data folder ./data is in use by another chat-server");
        let elsewhere = [asked, &["--data", "other", "--store", "sqlite:data/chat.db"]].concat();
        assert_eq!(fails(folder, &elsewhere, 1), "the database data/chat.db is in use by another process");
        let memory = fails(folder, &[asked, &["--store", "memory:"]].concat(), 2);
        assert_eq!(
            memory,
            "rooms and users in memory are gone with the process: there is nothing to be moved, mended or changed"
        );
    }
    create_room(server.address, &room_id("lobby"));
    server.stop().await;
    for asked in [&["export", "rooms.jsonl"][..], &["doctor", "--new-epoch"]] {
        let absent = fails(folder, &[asked, &["--data", "typo"]].concat(), 1);
        assert_eq!(absent, "there is no database typo/chat.db");
    }
    let device = fails(folder, &["export", "--overwrite", "/dev/null"], 1);
    assert_eq!(device, "/dev/null is no plain file: nothing takes its place");
    assert!(!folder.join("typo").exists());

    assert!(!folder.join("rooms.jsonl").exists());
    done(folder, &["export", "rooms.jsonl"]);
    let taken = fails(folder, &["export", "rooms.jsonl"], 1);
    assert_eq!(taken, "rooms.jsonl is there already: choose another name, or say --overwrite");
    done(folder, &["export", "--overwrite", "rooms.jsonl"]);
    let nowhere = fails(folder, &["export", "no/such/rooms.jsonl"], 1);
    assert!(nowhere.starts_with("the file no/such/rooms.jsonl cannot be written: "), "{nowhere}");

    let taken = fails(folder, &["import", "rooms.jsonl"], 1);
    assert_eq!(taken, "not imported: the store has rooms or users already: a file is imported into an empty one");
    let absent = fails(folder, &["import", "absent.jsonl", "--data", "new"], 1);
    assert!(absent.starts_with("absent.jsonl is not imported, and the store is as it was: "), "{absent}");
    let text = fs::read_to_string(folder.join("rooms.jsonl")).unwrap();
    fs::write(folder.join("altered.jsonl"), text.replace("A room", "A rune")).unwrap();
    let altered = fails(folder, &["import", "altered.jsonl", "--data", "new"], 1);
    let line = text.lines().count();
    let why = format!("altered.jsonl is not imported, and the store is as it was: line {line}: the file was altered: ");
    assert!(altered.starts_with(&why), "{altered}");
    let mut piped = command(folder, &["import", "-", "--data", "piped"]);
    let told = piped.stdin(fs::File::open(folder.join("altered.jsonl")).unwrap()).output().unwrap();
    assert_eq!(told.status.code(), Some(1));
    assert!(String::from_utf8(told.stderr).unwrap().trim_end().ends_with("throw it away before the next attempt"));
    for asked in [&["export", "part.jsonl"][..], &["import", "rooms.jsonl"], &[]] {
        let part = fails(folder, &[asked, &["--data", "piped"]].concat(), 1);
        assert!(
            part.starts_with("an import into this store, or putting a copy back, came to no good end")
                && part.ends_with("piped/importing with it"),
            "{part}"
        );
    }
    assert!(!folder.join("new").exists(), "a file that is refused leaves nothing behind");
    done(folder, &["import", "rooms.jsonl", "--data", "new"]);

    let left: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with('.')), "{left:?}");
}

#[test]
fn what_is_asked_wrongly_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for (asked, why) in [
        (&["doctor"][..], "--new-epoch is missing"),
        (&["export"], "<FILE> is missing"),
        (&["exprot", "x"], "there is no command exprot; did you mean export?"),
        (&["export", "x", "--overwrit"], "there is no flag --overwrit; did you mean --overwrite?"),
        (&["import", "x", "--store", "mongodb+srv://h"], "--store: `mongodb+srv:` is not built into this version"),
    ] {
        let told = fails(folder.path(), asked, 2);
        assert!(told.starts_with(why), "{told}");
    }
    let (code, help, _) = task(folder.path(), &["--help"]);
    let help = String::from_utf8(help).unwrap();
    assert!(code == Some(0) && ["export", "import", "doctor"].iter().all(|word| help.contains(word)), "{help}");
}
