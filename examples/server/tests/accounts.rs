//! Users with accounts, from the first start on.
#![allow(clippy::unwrap_used, missing_docs)]

mod client;
mod server;

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output},
    time::Duration,
};

use chat_wire::ServerFrame;
use client::{Client, Ended, join, room_id, say};
use serde_json::{Value, json};
use server::{
    Server, command,
    rest::{ask, create_room},
};
use store_tests::{
    mongodb::{Kind, Mongod},
    postgres::Postgres,
};

const ANYWHERE: &[&str] = &["--listen", "127.0.0.1:0"];
const KEYS: &str = "2026 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// The one sentence with which a configuration is refused.
fn refused(mut command: Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let said = String::from_utf8(stderr).unwrap();
    assert_eq!((status.code(), stdout.as_slice()), (Some(2), &b""[..]), "{said}");
    assert_eq!(said.lines().count(), 1, "one sentence: {said}");
    said.trim_end().strip_prefix("chat-server: ").unwrap().to_owned()
}

fn come_in(server: &Server, how: &str, username: &str) -> (u16, Value) {
    let body = json!({ "username": username, "password": "correct horse" });
    ask(server.address, "POST", &format!("/api/auth/{how}"), "", &body)
}

fn token(answer: &Value) -> String {
    answer["token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

fn hello(answer: &Value) -> String {
    json!({ "action": "hello", "token": token(answer), "protocol": 1 }).to_string()
}

fn me(server: &Server, token: &str) -> (u16, Value) {
    ask(server.address, "GET", "/api/me", token, &Value::Null)
}

#[tokio::test]
async fn who_registers_chats_with_their_token_beside_guests() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), ANYWHERE);
    let room = room_id("lobby");
    create_room(server.address, &room);
    let (status, ann) = come_in(&server, "register", "Ann");
    assert_eq!(status, 201, "{ann}");

    let mut user = Client::connect(server.address).await.unwrap();
    user.send_text(hello(&ann)).await.unwrap();
    user.send(join(&room, "Ann")).await.unwrap();
    let joined = |frame| matches!(frame, ServerFrame::Joined(_)).then_some(());
    user.until(joined).await.unwrap();
    let mut guest = Client::connect(server.address).await.unwrap();
    guest.join(&room, "Zoe").await.unwrap();
    user.send(say(&room, "c-1", "Hello!")).await.unwrap();
    let text = loop {
        let text = guest.next_text().await.unwrap();
        if text.contains("\"new-message\"") {
            break text;
        }
    };
    let message: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&message["sender"], &message["senderId"]), (&json!("Ann"), &ann["userId"]), "{message}");
    assert_eq!(message["guest"], Value::Null);
}

#[test]
fn an_account_and_its_token_outlive_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), ANYWHERE);
    let (status, ann) = come_in(&server, "register", "Ann");
    assert_eq!(status, 201, "{ann}");
    let keys = folder.path().join("data/jwt-keys");
    assert_eq!(fs::metadata(&keys).unwrap().permissions().mode() & 0o777, 0o600);
    let first = fs::read_to_string(&keys).unwrap();
    server.kill();
    let server = Server::start(folder.path(), ANYWHERE);
    assert_eq!(fs::read_to_string(&keys).unwrap(), first);
    let (status, known) = me(&server, &token(&ann));
    assert_eq!((status, &known["userId"]), (200, &ann["userId"]), "{known}");
    assert_eq!(come_in(&server, "register", "ann").0, 409);
    assert_eq!(come_in(&server, "login", "ann").0, 200);
}

#[test]
fn rooms_in_memory_have_users_too() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[ANYWHERE, &["--store", "memory:"]].concat());
    let (status, ann) = come_in(&server, "register", "Ann");
    assert_eq!((status, me(&server, &token(&ann)).0), (201, 200), "{ann}");
    assert!(!folder.path().join("data").exists());
}

#[test]
fn where_registration_is_closed_nobody_registers() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[ANYWHERE, &["--registration", "closed"]].concat());
    let (status, refusal) = come_in(&server, "register", "Ann");
    assert_eq!((status, &refusal["code"]), (403, &json!("registration-closed")));
    assert_eq!(come_in(&server, "login", "Ann").0, 401);
}

/// What is behind `#` in the last link to the first administrator, of so many.
fn first_run(server: &Server, shown: usize) -> String {
    let said = server.said();
    let links: Vec<_> = said.lines().filter_map(|line| line.split_once("/first-run#")).collect();
    assert_eq!(links.len(), shown, "{said}");
    let (before, secret) = links[shown - 1];
    assert!(before.ends_with(&format!("http://{}", server.address)), "{before}");
    secret.to_owned()
}

fn make_first_admin(server: &Server, token: &str, username: &str) -> (u16, Value) {
    let body = json!({ "token": token, "username": username, "password": "correct horse" });
    ask(server.address, "POST", "/api/auth/first-admin", "", &body)
}

#[test]
fn the_first_start_shows_a_link_that_makes_the_first_administrator() {
    let folder = tempfile::tempdir().unwrap();
    let closed = [ANYWHERE, &["--registration", "closed"]].concat();
    let server = Server::start(folder.path(), &closed);
    let first = first_run(&server, 1);
    server.kill();
    let server = Server::start(folder.path(), &closed);
    let second = first_run(&server, 2);
    assert_ne!(first, second);
    assert_eq!(make_first_admin(&server, &first, "Rita").0, 404, "of an earlier start");
    assert_eq!(make_first_admin(&server, &second, "two words").0, 400);
    let (status, rita) = make_first_admin(&server, &second, "Rita");
    assert_eq!((status, &rita["admin"]), (201, &json!(true)), "{rita}");
    assert_eq!(make_first_admin(&server, &second, "Eve").1["code"], "link-not-found");
    assert_eq!(me(&server, &token(&rita)).1["admin"], true);
    server.kill();
    let server = Server::start(folder.path(), &closed);
    assert_eq!(server.said().matches("/first-run#").count(), 2, "there is an administrator: no third link");
}

#[test]
fn by_invitation_those_register_who_have_a_code() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[ANYWHERE, &["--registration", "invite"]].concat());
    let (status, refusal) = come_in(&server, "register", "Ann");
    assert_eq!((status, &refusal["code"]), (403, &json!("registration-closed")));
    let rita = make_first_admin(&server, &first_run(&server, 1), "Rita").1;
    let (status, made) = ask(server.address, "POST", "/api/registrations", &token(&rita), &json!({}));
    assert_eq!(status, 201, "{made}");
    server.kill();
    let server = Server::start(folder.path(), &[ANYWHERE, &["--registration", "invite"]].concat());
    let register = |name: &str| {
        let body = json!({ "username": name, "password": "correct horse", "code": made["code"] });
        ask(server.address, "POST", "/api/auth/register", "", &body)
    };
    assert_eq!((register("Ann").0, register("Bob").0), (201, 403), "a code outlives the process, and is for one");
}

#[test]
fn without_limits_nobody_who_registers_is_throttled() {
    let registered = |limits: &str| {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(folder.path(), &[ANYWHERE, &["--store", "memory:", "--limits", limits]].concat());
        (0..25).filter(|n| come_in(&server, "register", &format!("user{n}")).0 == 201).count()
    };
    assert_eq!((registered("default"), registered("off")), (20, 25));
}

#[test]
fn keys_that_others_may_read_or_guess_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("data/jwt-keys");
    drop(Server::start(folder.path(), ANYWHERE));
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o644)).unwrap();
    let start = |folder: &Path| command(folder, ANYWHERE);
    assert_eq!(
        refused(start(folder.path())),
        "the file of keys ./data/jwt-keys is open to others (mode 644): run `chmod 600` on it, or delete it to make a new one, which several servers of one database must share"
    );
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&keys, "k1 0011\n").unwrap();
    assert_eq!(
        refused(start(folder.path())),
        "the file of keys ./data/jwt-keys cannot be used: line 1: the key k1 has 2 bytes, and needs at least 32"
    );
    let mut short = start(folder.path());
    short.env("CHAT_JWT_KEYS", "k1 0011");
    let said = refused(short);
    assert_eq!(said, "CHAT_JWT_KEYS: line 1: the key k1 has 2 bytes, and needs at least 32");
    let mut checked = command(folder.path(), &["--check-config"]);
    let Output { status, stdout, .. } = checked.env("CHAT_JWT_KEYS", KEYS).output().unwrap();
    let shown = String::from_utf8(stdout).unwrap();
    assert!(status.success() && shown.contains("CHAT_JWT_KEYS and not shown") && !shown.contains("0011"), "{shown}");
}

#[test]
fn servers_with_the_same_keys_know_each_others_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let started = || Server::started(folder.path(), command(folder.path(), ANYWHERE).env("CHAT_JWT_KEYS", KEYS));
    let server = started();
    let ann = come_in(&server, "register", "Ann").1;
    server.kill();
    assert!(!folder.path().join("data/jwt-keys").exists());
    assert_eq!(me(&started(), &token(&ann)).0, 200);
    let other = Server::start(folder.path(), ANYWHERE);
    assert_eq!(me(&other, &token(&ann)).0, 401, "a token of other keys");
}

#[tokio::test]
#[ignore = "it needs a Postgres server: cargo xtask test postgres"]
async fn postgres_has_accounts_for_two_servers() {
    two_servers(Postgres::shared().database().await.url()).await;
}

#[tokio::test]
#[ignore = "it needs a MongoDB server: cargo xtask test mongodb"]
async fn mongodb_has_accounts_for_two_servers() {
    two_servers(&Mongod::start(Kind::ReplicaSet).unwrap().url()).await;
}

#[tokio::test]
#[ignore = "it needs a MongoDB server: cargo xtask test mongodb"]
async fn mongodb_has_accounts_for_two_servers_without_a_replica_set() {
    two_servers(&Mongod::start(Kind::Standalone).unwrap().url()).await;
}

/// Who registers on one server is known on the other, and who logs out on one is closed on the other within a second.
async fn two_servers(store: &str) {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let start = |node: usize| {
        let node_text = (node + 1).to_string();
        let arguments = ["--listen", "127.0.0.1:0", "--store", store, "--node", &node_text];
        let folder = folders[node].path();
        Server::started(folder, command(folder, &arguments).env("CHAT_JWT_KEYS", KEYS))
    };
    let servers = [start(0), start(1)];
    let (status, ann) = come_in(&servers[0], "register", "Ann");
    assert_eq!(status, 201, "{ann}");
    assert_eq!(come_in(&servers[1], "register", "ann").0, 409);
    assert_eq!(come_in(&servers[1], "login", "ann").0, 200);
    let mut client = Client::connect(servers[1].address).await.unwrap();
    client.send_text(hello(&ann)).await.unwrap();
    client.until(|frame| matches!(frame, ServerFrame::Welcome(_)).then_some(())).await.unwrap();
    assert_eq!(ask(servers[0].address, "POST", "/api/auth/logout", &token(&ann), &json!({})).0, 204);
    let ended = tokio::time::timeout(Duration::from_secs(2), client.until(|_| None::<()>)).await.unwrap();
    assert!(matches!(ended, Err(Ended(Some(code))) if u16::from(code) == 4003), "{ended:?}");
    let [first, second] = servers;
    first.kill();
    second.kill();
    assert_eq!(come_in(&start(0), "login", "ANN").0, 200, "accounts outlive the processes");
}
