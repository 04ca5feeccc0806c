//! `chat-server user …`, as an administrator of the machine meets it: while the server runs, and while none does.
#![allow(clippy::unwrap_used, missing_docs)]

mod client;
mod server;

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    os::unix::{fs::PermissionsExt as _, net::UnixStream},
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use chat_wire::ServerFrame;
use client::{Client, Ended};
use rustix::process::Signal;
use serde_json::{Value, json};
use server::{Server, command, rest::ask};
use store_tests::{
    mongodb::{Kind, Mongod},
    postgres::Postgres,
};

const ANYWHERE: &[&str] = &["--listen", "127.0.0.1:0"];
const KEYS: &str = "2026 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const PASSWORD: &str = "correct horse";

/// Starts `user` with this on standard input.
fn begun(mut command: Command, typed: &str) -> Child {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    child
}

fn ended(child: Child) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn user(folder: &Path, arguments: &[&str], typed: &str) -> (Option<i32>, String, String) {
    ended(begun(command(folder, &[&["user"], arguments].concat()), typed))
}

/// What it prints when it is done.
fn done(folder: &Path, arguments: &[&str], typed: &str) -> String {
    let (code, printed, said) = user(folder, arguments, typed);
    assert_eq!((code, said.as_str()), (Some(0), ""), "{arguments:?}: {printed}");
    printed
}

/// The one sentence with which it fails.
fn fails(folder: &Path, arguments: &[&str], typed: &str, with: i32) -> String {
    let (code, printed, said) = user(folder, arguments, typed);
    assert_eq!((code, printed.as_str(), said.lines().count()), (Some(with), "", 1), "{arguments:?}: {said}");
    said.trim_end().strip_prefix("chat-server: ").unwrap().to_owned()
}

fn log_in(server: &Server, username: &str, password: &str) -> (u16, Value) {
    let body = json!({ "username": username, "password": password });
    ask(server.address, "POST", "/api/auth/login", "", &body)
}

fn token(answer: &Value) -> String {
    answer["token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// A connection of whoever has logged in.
async fn connected(server: &Server, logged_in: &Value) -> Client {
    let mut client = Client::connect(server.address).await.unwrap();
    let hello = json!({ "action": "hello", "token": token(logged_in), "protocol": 1 });
    client.send_text(hello.to_string()).await.unwrap();
    client.until(|frame| matches!(frame, ServerFrame::Welcome(_)).then_some(())).await.unwrap();
    client
}

/// A second, and another one for a machine that has much to do.
const SHUT_OUT: Duration = Duration::from_secs(2);

/// Nobody is there any more who was shut out, and they are told not to come back.
async fn assert_closed(mut client: Client) {
    let ended = tokio::time::timeout(SHUT_OUT, client.until(|_| None::<()>)).await.unwrap();
    assert!(matches!(ended, Err(Ended(Some(code))) if u16::from(code) == 4003), "{ended:?}");
}

/// The columns of the list beside ids.
fn listed(folder: &Path) -> Vec<String> {
    let list = done(folder, &["list"], "");
    let line = |line: &str| {
        let columns: Vec<_> = line.split('\t').collect();
        assert_eq!(columns.len(), 5, "{line}");
        [&columns[..1], &columns[2..]].concat().join(" ")
    };
    let mut lines: Vec<_> = list.lines().map(line).collect();
    lines.sort();
    lines
}

#[test]
fn users_are_made_before_the_first_start() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    assert!(fails(at, &["list"], "", 1).starts_with("there is no database ./data/chat.db"));
    assert!(!at.join("data").exists());
    let added = done(at, &["add", "Ann", "--password-stdin", "--admin", "--email", "ann@example.org"], PASSWORD);
    assert!(added.starts_with("Ann is an administrator now: "), "{added}");
    done(at, &["add", "Bob"], &format!("{PASSWORD}\n"));
    assert_eq!(listed(at), ["Ann active admin ann@example.org", "Bob active user -"]);
    assert!(!at.join("data/control").exists());
    let server = Server::start(at, ANYWHERE);
    assert!(!server.said().contains("first-run"), "there is an administrator");
    let (status, ann) = log_in(&server, "ann", PASSWORD);
    assert_eq!((status, &ann["admin"]), (200, &json!(true)), "{ann}");
    assert_eq!(log_in(&server, "bob", PASSWORD).0, 200);
    assert_eq!(log_in(&server, "bob", "another horse").0, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_a_server_runs_it_does_what_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let server = Server::start(at, &[ANYWHERE, &["--registration", "closed"]].concat());
    assert_eq!(fs::metadata(at.join("data/control")).unwrap().permissions().mode() & 0o777, 0o600);
    done(at, &["add", "Ann", "--password-stdin"], PASSWORD);
    let (status, ann) = log_in(&server, "ann", PASSWORD);
    assert_eq!(status, 200, "{ann}");

    let client = connected(&server, &ann).await;
    assert_eq!(done(at, &["suspend", "ANN"], ""), "Ann is suspended, and logged out everywhere\n");
    assert_closed(client).await;
    assert_eq!(ask(server.address, "GET", "/api/me", &token(&ann), &Value::Null).0, 401);
    assert_eq!(log_in(&server, "ann", PASSWORD).1["code"], "suspended");
    assert_eq!(listed(at), ["Ann suspended user -"]);

    done(at, &["restore", "ann"], "");
    let client = connected(&server, &log_in(&server, "ann", PASSWORD).1).await;
    done(at, &["password", "ann"], "another horse\n");
    assert_closed(client).await;
    assert_eq!((log_in(&server, "ann", PASSWORD).0, log_in(&server, "ann", "another horse").0), (401, 200));

    assert_eq!(done(at, &["admin", "ann"], ""), "Ann is an administrator now\n");
    let ann = log_in(&server, "ann", "another horse").1;
    assert_eq!(ann["admin"], true);
    let client = connected(&server, &ann).await;
    done(at, &["admin", "ann", "--off"], "");
    assert_closed(client).await;

    let ann = token(&log_in(&server, "ann", "another horse").1);
    assert_eq!(fails(at, &["free", "ann"], "", 1), "the account is not deleted");
    assert_eq!(ask(server.address, "DELETE", "/api/me", &ann, &json!({ "password": "another horse" })).0, 204);
    assert_eq!(fails(at, &["restore", "ann"], "", 1), "there is no user Ann");
    assert_eq!(done(at, &["free", "ann"], ""), "the name Ann is free\n");
    done(at, &["add", "ann"], PASSWORD);
    assert_eq!(listed(at), ["ann active user -"]);

    server.signal(Signal::TERM);
    assert!(server.wait().0.success());
    assert!(!at.join("data/control").exists());
    assert_eq!(listed(at), ["ann active user -"]);
}

#[test]
fn what_is_wrong_is_said_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let refusals = || {
        assert_eq!(fails(at, &["suspend", "Zoe"], "", 1), "there is no user Zoe");
        assert_eq!(fails(at, &["add", "ANN"], PASSWORD, 1), "ANN is not added: the username is taken");
        assert!(fails(at, &["add", "admin"], PASSWORD, 1).contains("kept for the server"));
        assert!(fails(at, &["add", "two words"], PASSWORD, 1).starts_with("the username holds a character"));
        assert_eq!(fails(at, &["add", "Bob"], "short", 1), "the password must have at least 8 bytes");
        assert_eq!(fails(at, &["password", "Ann"], "short", 1), "the password must have at least 8 bytes");
        assert!(fails(at, &["add", "Bob"], "", 1).starts_with("the password is missing"));
        assert!(fails(at, &["add", "Bob"], "one\ntwo\n", 1).contains("several lines"));
        assert!(fails(at, &["add", "Bob", "--email", "nowhere"], PASSWORD, 1).starts_with("the email "));
    };
    done(at, &["add", "Ann"], PASSWORD);
    refusals();
    let server = Server::start(at, ANYWHERE);
    refusals();
    server.kill();
    for (arguments, said) in [
        (&["admn", "Ann"][..], "there is no command admn; did you mean admin?"),
        (&[], "`user` needs what is to be done: see `chat-server user --help`"),
        (&["suspend"], "<NAME> is missing"),
        (&["add", "Ann", "--admn"], "there is no flag --admn; did you mean --admin?"),
        (
            &["list", "--store", "memory:"],
            "rooms and users in memory are gone with the process: there is nothing to be moved, mended or changed",
        ),
    ] {
        assert_eq!(fails(at, arguments, "", 2), said);
    }
    for help in [&["--help"][..], &["add", "--help"]] {
        assert!(done(at, help, "").contains("Usage: chat-server user"), "{help:?}");
    }
}

#[test]
fn a_server_that_was_killed_is_no_obstacle() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let server = Server::start(at, ANYWHERE);
    done(at, &["add", "Ann"], PASSWORD);
    server.kill();
    assert!(at.join("data/control").exists(), "nobody was there to remove it");
    assert_eq!(listed(at), ["Ann active user -"]);
    let server = Server::start(at, ANYWHERE);
    done(at, &["suspend", "Ann"], "");
    assert_eq!(log_in(&server, "ann", PASSWORD).1["code"], "suspended");
}

#[test]
fn commands_at_one_time_wait_for_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let names: Vec<_> = (0..6).map(|n| format!("user{n}")).collect();
    let add = |name: &String| begun(command(at, &["user", "add", name]), PASSWORD);
    let begun: Vec<_> = names.iter().map(add).collect();
    let ended: Vec<_> = begun.into_iter().map(ended).collect();
    assert!(ended.iter().all(|(code, ..)| *code == Some(0)), "{ended:?}");
    assert_eq!(listed(at).len(), names.len());
}

#[test]
fn long_lists_come_whole() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let server = Server::start(at, &[ANYWHERE, &["--limits", "off"]].concat());
    let mut stream = UnixStream::connect(at.join("data/control")).unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    for n in 0..201 {
        let order = json!({ "do": "add", "username": format!("user{n}"), "password": "12345678", "admin": false });
        writeln!(stream, "{order}").unwrap();
        let mut answer = String::new();
        answers.read_line(&mut answer).unwrap();
        assert!(answer.starts_with(r#"{"done":"#), "{answer}");
    }
    assert_eq!(listed(at).len(), 201);
    drop(server);
}

#[test]
fn nonsense_on_the_socket_harms_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let _server = Server::start(at, ANYWHERE);
    let connect = || UnixStream::connect(at.join("data/control")).unwrap();
    let mut stream = connect();
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    for nonsense in ["", "null", "{}", r#"{"do":"explode"}"#, r#"{"do":"list","after":null,"more":1}"#, "\u{1}"] {
        writeln!(stream, "{nonsense}").unwrap();
        let mut answer = String::new();
        answers.read_line(&mut answer).unwrap();
        assert!(answer.starts_with(r#"{"refused":"the server does not know this order"#), "{nonsense:?}: {answer}");
    }
    // One that is too long is the connection's end, and so is half a line.
    let mut long = connect();
    let _ = long.write_all(&vec![b'x'; 1 << 20]);
    let mut end = String::new();
    assert!(!matches!(BufReader::new(long).read_line(&mut end), Ok(read) if read > 0), "{end}");
    connect().write_all(b"{").unwrap();
    // Those who say nothing leave room for others.
    let _silent: Vec<_> = (0..4).map(|_| connect()).collect();
    done(at, &["add", "Ann"], PASSWORD);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it needs a Postgres server: cargo xtask test postgres"]
async fn postgres_shuts_out_on_all_servers() {
    shuts_out_on_all_servers(Postgres::shared().database().await.url()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it needs a MongoDB server: cargo xtask test mongodb"]
async fn mongodb_shuts_out_on_all_servers() {
    shuts_out_on_all_servers(&Mongod::start(Kind::Standalone).unwrap().url()).await;
}

/// A command beside two servers on one database, and one to the first of them: sessions end on both.
async fn shuts_out_on_all_servers(store: &str) {
    let folders = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let start = |node: usize| {
        let text = (node + 1).to_string();
        let arguments = ["--listen", "127.0.0.1:0", "--store", store, "--node", &text];
        Server::started(folders[node].path(), command(folders[node].path(), &arguments).env("CHAT_JWT_KEYS", KEYS))
    };
    let servers = [start(0), start(1)];
    for folder in [&folders[2], &folders[0]] {
        let run =
            |arguments: &[&str], typed: &str| done(folder.path(), &[arguments, &["--store", store]].concat(), typed);
        run(&["add", "Ann"], PASSWORD);
        let ann = log_in(&servers[0], "ann", PASSWORD).1;
        let clients = [connected(&servers[0], &ann).await, connected(&servers[1], &ann).await];
        run(&["suspend", "Ann"], "");
        for client in clients {
            assert_closed(client).await;
        }
        run(&["restore", "Ann"], "");
        let ann = token(&log_in(&servers[0], "ann", PASSWORD).1);
        assert_eq!(ask(servers[0].address, "DELETE", "/api/me", &ann, &json!({ "password": PASSWORD })).0, 204);
        run(&["free", "Ann"], "");
    }
}
