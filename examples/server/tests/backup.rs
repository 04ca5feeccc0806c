//! Copies of the database: made beside a server that is busy, and put back.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used, missing_docs)]

mod client;
mod server;

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Output, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use chat_wire::ResumeStatus;
use client::{Client, Place, room_id, say};
use serde_json::{Value, json};
use server::{
    Server, command,
    rest::{ask, create_room},
};

const ANYWHERE: &[&str] = &["--listen", "127.0.0.1:0"];

/// What a task ends with: its exit code, and its standard error.
fn task(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = command(folder, arguments).stdin(Stdio::null()).output().unwrap();
    assert!(stdout.is_empty());
    (status.code(), String::from_utf8(stderr).unwrap())
}

fn done(folder: &Path, arguments: &[&str]) -> String {
    let (code, told) = task(folder, arguments);
    assert_eq!(code, Some(0), "{told}");
    told
}

/// The one sentence with which it fails.
fn fails(folder: &Path, arguments: &[&str], with: i32) -> String {
    let (code, told) = task(folder, arguments);
    assert_eq!((code, told.lines().count()), (Some(with), 1), "{told}");
    told.trim_end().strip_prefix("chat-server: ").unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_a_busy_server_has_what_was_acked() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let server = Server::start(folder, &[ANYWHERE, &["--limits", "off"]].concat());
    let room = room_id("lobby");
    create_room(server.address, &room);
    let mut client = Client::connect(server.address).await.unwrap();
    let place = client.join(&room, "Ann").await.unwrap();
    let (acked, is_over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let (counted, ends) = (acked.clone(), is_over.clone());
    let writing = tokio::spawn(async move {
        let mut count = 0;
        while !ends.load(Ordering::Relaxed) {
            client.send(say(&room, &format!("c-{count}"), "Hello")).await.unwrap();
            counted.store(client.acked().await.unwrap(), Ordering::Release);
            count += 1;
        }
        client
    });
    while acked.load(Ordering::Acquire) < 50 {
        tokio::task::yield_now().await;
    }
    let before = acked.load(Ordering::Acquire);
    let told = done(folder, &["backup", "copy.db"]);
    assert!(told.starts_with("copied, and looked through: copy.db ("), "{told}");
    assert_eq!(fs::metadata(folder.join("copy.db")).unwrap().permissions().mode() & 0o777, 0o600);
    let is_there = fails(folder, &["backup", "copy.db"], 1);
    assert_eq!(is_there, "copy.db is there already: choose another name, or say --overwrite");
    done(folder, &["backup", "copy.db", "--overwrite"]);
    is_over.store(true, Ordering::Relaxed);
    drop(writing.await.unwrap());
    let last = acked.load(Ordering::Acquire);
    let in_use = fails(folder, &["restore", "copy.db", "--overwrite"], 1);
    assert!(in_use.ends_with("is in use by another chat-server"), "{in_use}");
    server.stop().await;
    let is_there = fails(folder, &["restore", "copy.db"], 1);
    assert_eq!(is_there, "./data/chat.db is there already: choose another name, or say --overwrite");

    // Twice: what was put back can be put back again, and started anew.
    for _ in 0..2 {
        let told = done(folder, &["restore", "copy.db", "--overwrite"]);
        assert_eq!(told, "put back: copy.db; rooms with new epochs: 2\n");
        let server = Server::start(folder, ANYWHERE);
        let mut client = Client::connect(server.address).await.unwrap();
        let resumed = client.resume(&Place { cursor: last, ..place.clone() }).await.unwrap();
        assert_eq!(resumed.status, ResumeStatus::Reset);
        assert!((before..=last).contains(&resumed.head.unwrap()), "{before} <= {:?} <= {last}", resumed.head);
        client.send(say(&place.room, "c-0", "Hello")).await.unwrap();
        assert!(client.acked().await.unwrap() <= before, "a message that is in the copy gets its first ack");
        drop(client);
        server.stop().await;
    }
    let left: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with(".chat-")), "{left:?}");
}

fn enter(server: &Server, how: &str, username: &str) -> Value {
    let body = json!({ "username": username, "password": "correct horse" });
    let (status, answer) = ask(server.address, "POST", &format!("/api/auth/{how}"), "", &body);
    assert!(status == 200 || status == 201, "{answer}");
    answer
}

fn refresh(server: &Server, tokens: &Value) -> (u16, Value) {
    ask(server.address, "POST", "/api/auth/refresh", "", &json!({ "refreshToken": tokens["refreshToken"] }))
}

fn me(server: &Server, tokens: &Value) -> u16 {
    ask(server.address, "GET", "/api/me", tokens["token"].as_str().unwrap(), &Value::Null).0
}

#[tokio::test]
async fn users_are_as_they_were_when_the_copy_was_made() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let server = Server::start(folder, ANYWHERE);
    let (ann, bob) = (enter(&server, "register", "Ann"), enter(&server, "register", "Bob"));
    let phone = enter(&server, "login", "Ann");
    done(folder, &["backup", "copy.db"]);
    let (status, newer) = refresh(&server, &bob);
    assert_eq!(status, 200);
    assert_eq!(ask(server.address, "POST", "/api/auth/logout", phone["token"].as_str().unwrap(), &json!({})).0, 204);
    enter(&server, "register", "Cleo");
    server.stop().await;
    done(folder, &["restore", "copy.db", "--overwrite"]);

    let server = Server::start(folder, ANYWHERE);
    assert_eq!((me(&server, &ann), refresh(&server, &ann).0), (200, 200), "who did nothing since goes on");
    assert_eq!(refresh(&server, &phone).0, 200, "who logged out since is logged in again");
    assert_eq!(refresh(&server, &newer).0, 401, "a token that came since is not known, and ends the device");
    assert_eq!((refresh(&server, &bob).0, me(&server, &bob)), (401, 401));
    enter(&server, "login", "Bob");
    enter(&server, "register", "Cleo");
    server.stop().await;

    // On another machine, without the keys: devices are in the copy, what the keys have signed is of no use.
    let other = tempfile::tempdir().unwrap();
    let copy = folder.join("copy.db");
    done(other.path(), &["restore", copy.to_str().unwrap()]);
    let server = Server::start(other.path(), ANYWHERE);
    assert_eq!((me(&server, &ann), refresh(&server, &ann).0), (401, 200));
    server.stop().await;
}

#[tokio::test]
async fn what_is_no_copy_is_refused_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let nothing = fails(folder, &["backup", "copy.db"], 1);
    assert!(nothing.starts_with("not copied: the file ./data/chat.db cannot be used: "), "{nothing}");
    assert!(!folder.join("data").exists() && !folder.join("copy.db").exists());
    let server = Server::start(folder, ANYWHERE);
    enter(&server, "register", "Ann");
    server.stop().await;
    done(folder, &["backup", "copy.db"]);
    let copy = fs::read(folder.join("copy.db")).unwrap();
    fs::write(folder.join("half.db"), &copy[..copy.len() / 2]).unwrap();
    let half = fails(folder, &["restore", "half.db", "--overwrite"], 1);
    assert!(half.starts_with("half.db is not put back: "), "{half}");
    let none = fails(folder, &["restore", "none.db", "--overwrite"], 1);
    assert!(none.starts_with("none.db is not put back: "), "{none}");
    let other = fails(folder, &["backup", "other.db", "--store", "memory:"], 2);
    assert!(other.contains("in memory"), "{other}");
    let server = Server::start(folder, ANYWHERE);
    enter(&server, "login", "Ann");
    server.stop().await;
    fs::write(folder.join("data/importing"), "").unwrap();
    let part = fails(folder, &["backup", "part.db"], 1);
    assert!(part.starts_with("not copied: the store may hold a part"), "{part}");
}
