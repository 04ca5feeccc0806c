//! From the first start to the last goodbye.
#![allow(clippy::unwrap_used, missing_docs)]

mod client;
mod server;

use std::{
    fs,
    os::unix::{
        fs::{PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::Path,
    process::Output,
};

use chat_wire::ServerFrame;
use client::{Client, Ended, room_id, say};
use rustix::process::Signal;
use serde_json::{Value, json};
use server::{
    Server, command,
    rest::{ask, create_room},
};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

const ANYWHERE: &[&str] = &["--listen", "127.0.0.1:0"];

/// The one sentence with which a start fails.
fn fails(folder: &Path, arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = command(folder, arguments).output().unwrap();
    let said = String::from_utf8(stderr).unwrap();
    assert_eq!((status.code(), stdout.as_slice()), (Some(1), &b""[..]), "{said}");
    assert_eq!(said.lines().count(), 1, "one sentence: {said}");
    said.trim_end().strip_prefix("chat-server: ").unwrap().to_owned()
}

fn sent(frame: &ServerFrame) -> Option<u64> {
    match frame {
        ServerFrame::Sent(ack) => Some(ack.seq),
        _ => None,
    }
}

fn guest(server: &Server, name: &str) -> String {
    let (status, guest) = ask(server.address, "POST", "/api/auth/guest", "", &json!({ "username": name }));
    assert_eq!(status, 201, "{guest}");
    guest["token"].as_str().unwrap().to_owned()
}

#[test]
fn the_ready_line_is_all_that_is_printed_and_a_drained_server_exits_with_0() {
    for signal in [Signal::TERM, Signal::INT] {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(folder.path(), ANYWHERE);
        assert_eq!(server.ready, format!("chat is ready at http://{}\n", server.address));
        server.signal(signal);
        let (status, rest, log) = server.wait();
        assert_eq!((status.code(), rest.as_str()), (Some(0), ""));
        assert!(log.starts_with("there is no administrator yet") && log.lines().count() == 1, "{log}");
    }
}

#[test]
fn what_prevents_a_start_is_told_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), ANYWHERE);
    let address = server.address.to_string();
    let taken = fails(folder.path(), &["--listen", &address, "--store", "memory:"]);
    assert_eq!(taken, format!("{address} is in use by another program: choose one with --listen"));
    let locked = fails(folder.path(), ANYWHERE);
    assert_eq!(locked, "the data folder ./data is in use by another chat-server");
    let elsewhere = [ANYWHERE, &["--data", "other", "--store", "sqlite:data/chat.db"]].concat();
    assert_eq!(fails(folder.path(), &elsewhere), "the database data/chat.db is in use by another process");
    drop(server);
    let nowhere = fails(folder.path(), &[ANYWHERE, &["--store", "sqlite:no/such/folder.db"]].concat());
    assert!(nowhere.starts_with("the database no/such/folder.db cannot be opened: No such file"), "{nowhere}");
    fs::write(folder.path().join("file"), "").unwrap();
    let no_folder = fails(folder.path(), &[ANYWHERE, &["--data", "file"]].concat());
    assert!(no_folder.starts_with("the data folder file cannot be used: "), "{no_folder}");
    fs::write(folder.path().join("no.db"), "this is not a database, though it is long enough to be one".repeat(99))
        .unwrap();
    let no_database = fails(folder.path(), &[ANYWHERE, &["--store", "sqlite:no.db"]].concat());
    assert!(no_database.starts_with("the database no.db cannot be opened: "), "{no_database}");
    if cfg!(feature = "postgres") {
        let postgres = ["--store", "postgres://chat:hunter2@127.0.0.1:1/chat"];
        let no_server = fails(folder.path(), &[ANYWHERE, &postgres].concat());
        let unreachable = "the database postgres://chat:…@127.0.0.1:1/chat cannot be opened: ";
        assert!(no_server.starts_with(unreachable) && !no_server.contains("hunter2"), "{no_server}");
    }
    let elsewhere = fails(folder.path(), &["--listen", "192.0.2.1:80", "--store", "memory:"]);
    assert!(elsewhere.starts_with("cannot listen on 192.0.2.1:80: "), "{elsewhere}");
}

/// As a copy that somebody else put back leaves it. SQLite opens such a file for reading without complaint.
#[test]
fn a_database_that_cannot_be_written_is_told_at_the_start() {
    const NOBODY: u32 = 65_534;
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), ANYWHERE);
    server.signal(Signal::TERM);
    assert!(server.wait().0.success());
    let data = folder.path().join("data");
    fs::set_permissions(data.join("chat.db"), fs::Permissions::from_mode(0o444)).unwrap();
    let mut command = command(folder.path(), ANYWHERE);
    // Whoever may write everything is somebody else for once.
    if rustix::process::geteuid().is_root() {
        let files = fs::read_dir(&data).unwrap().map(|file| file.unwrap().path());
        for path in files.filter(|path| !path.ends_with("chat.db")).chain([data.clone(), folder.path().into()]) {
            chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        command.uid(NOBODY).gid(NOBODY);
    }
    let Output { status, stdout, stderr } = command.output().unwrap();
    let said = String::from_utf8(stderr).unwrap();
    assert_eq!((status.code(), stdout.as_slice(), said.lines().count()), (Some(1), &b""[..], 1), "{said}");
    assert!(said.starts_with("chat-server: the store sqlite:./data/chat.db cannot be written: "), "{said}");
}

#[test]
fn a_server_without_data_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[ANYWHERE, &["--store", "memory:"]].concat());
    server.signal(Signal::TERM);
    assert!(server.wait().0.success());
    assert!(!folder.path().join("data").exists());
}

#[test]
fn the_secret_is_made_once_and_kept_to_its_owner() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("data/secret");
    let server = Server::start(folder.path(), ANYWHERE);
    let token = guest(&server, "Ann");
    let mode = fs::metadata(&secret).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let first = fs::read_to_string(&secret).unwrap();
    drop(server);
    let server = Server::start(folder.path(), ANYWHERE);
    assert_eq!(fs::read_to_string(&secret).unwrap(), first);
    let (status, me) = ask(server.address, "GET", "/api/me", &token, &Value::Null);
    assert_eq!((status, me["username"].as_str()), (200, Some("Ann")), "the guest is known again");
    drop(server);
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(
        fails(folder.path(), ANYWHERE),
        "the secret ./data/secret is open to others (mode 640): run `chmod 600` on it, or delete it to make a new one, which several servers of one database must share"
    );
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&secret, "short").unwrap();
    assert!(fails(folder.path(), ANYWHERE).contains("is not 32 bytes in hexadecimal"));
}

#[tokio::test]
async fn a_drain_tells_clients_to_come_back_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), ANYWHERE);
    let room = room_id("lobby");
    create_room(server.address, &room);
    let mut clients = Vec::new();
    for name in ["Ann", "Bob", "Eve"] {
        let mut client = Client::connect(server.address).await.unwrap();
        let place = client.join(&room, name).await.unwrap();
        clients.push((client, place));
    }
    let mut writer = clients.remove(0).0;
    writer.send(say(&room, "c-1", "the last word")).await.unwrap();
    let seq = writer.until(|frame| sent(&frame)).await.unwrap();
    server.signal(Signal::TERM);
    let mut places = Vec::new();
    for (mut client, mut place) in clients {
        let mut goodbye = false;
        let end = loop {
            match client.next().await {
                Ok(ServerFrame::Goaway { retry_after_ms }) => goodbye = retry_after_ms > 0,
                Ok(frame) => drop(frame.entry().map(|head| place.take(head))),
                Err(end) => break end,
            }
        };
        assert_eq!((goodbye, end), (true, Ended(Some(CloseCode::Away))));
        places.push(place);
    }
    drop(writer);
    let (status, ..) = tokio::task::spawn_blocking(|| server.wait()).await.unwrap();
    assert_eq!(status.code(), Some(0));
    let server = Server::start(folder.path(), ANYWHERE);
    for mut place in places {
        // Whether it came before the goodbye or comes now: it comes once.
        let mut client = Client::connect(server.address).await.unwrap();
        client.resume(&place).await.unwrap();
        while place.cursor < seq {
            let frame = client.next().await.unwrap();
            assert!(frame.entry().is_none_or(|head| place.take(head)), "{frame:?}");
        }
    }
}

#[tokio::test]
async fn history_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), ANYWHERE);
    let room = room_id("lobby");
    create_room(server.address, &room);
    let mut client = Client::connect(server.address).await.unwrap();
    let place = client.join(&room, "Ann").await.unwrap();
    client.send(say(&room, "c-1", "Hello, everyone!")).await.unwrap();
    client.until(|frame| sent(&frame)).await.unwrap();
    drop(client);
    server.signal(Signal::TERM);
    tokio::task::spawn_blocking(|| server.wait()).await.unwrap();
    let server = Server::start(folder.path(), ANYWHERE);
    let mut client = Client::connect(server.address).await.unwrap();
    client.resume(&place).await.unwrap();
    let path = "/api/rooms/lobby/messages";
    let (status, page) = ask(server.address, "GET", path, &place.token, &Value::Null);
    assert_eq!(status, 200, "{page}");
    let messages = page["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 1);
    assert_eq!(
        (messages[0]["sender"].as_str(), messages[0]["message"].as_str()),
        (Some("Ann"), Some("Hello, everyone!"))
    );
}

#[test]
fn the_page_is_served_with_a_strict_policy_at_every_rooms_address() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[ANYWHERE, &["--store", "memory:"]].concat());
    for path in ["/", "/room/any", "/invite/any", "/settings"] {
        let answer = server::rest::exchange(server.address, "GET", path, "", "");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains("content-type: text/html"), "{path}: {head}");
        assert!(head.contains("content-security-policy: default-src 'none'; script-src 'self';"), "{head}");
        assert!(body.contains("<title>Chat</title>"), "{path}: {body}");
    }
    for (method, path, status) in [("GET", "/nothing", 404), ("POST", "/", 405), ("POST", "/healthz", 405)] {
        let answer = server::rest::exchange(server.address, method, path, "", "");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {head}");
        assert!(
            head.contains("x-content-type-options: nosniff") && body.starts_with("{\"code\":"),
            "{path}: {head} {body}"
        );
    }
    let page = server::rest::exchange(server.address, "GET", "/", "", "");
    assert!(!page.contains("<script>") && !page.contains("onclick") && !page.contains("style="), "nothing inline");
}

/// The answer to a page of this origin that opens a WebSocket under this host; `PORT` stands for the server's.
fn opened(server: &Server, host: &str, origin: &str) -> String {
    let port = server.address.port().to_string();
    let upgrade = format!(
        "Host: {host}\r\nOrigin: {origin}\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    );
    server::rest::exchange(server.address, "GET", "/chat", &upgrade.replace("PORT", &port), "")
}

#[test]
fn a_foreign_page_cannot_use_the_server() {
    let named = ["--listen", "127.0.0.1:0", "--origin", "https://chat.example"];
    let everywhere = ["--listen", "0.0.0.0:0", "--guests"];
    for (arguments, pages) in [
        (
            &named[..],
            &[("localhost:PORT", "https://chat.example", true), ("127.0.0.1:PORT", "http://127.0.0.1:PORT", false)][..],
        ),
        (
            &["--listen", "127.0.0.1:0"],
            &[("127.0.0.1:PORT", "http://127.0.0.1:PORT", true), ("localhost:PORT", "http://localhost:PORT", true)],
        ),
        // The address that is printed, whichever it is.
        (
            &["--listen", "127.1.2.3:0"],
            &[("127.1.2.3:PORT", "http://127.1.2.3:PORT", true), ("127.1.2.4:PORT", "http://127.1.2.4:PORT", false)],
        ),
        // Where it is reached from elsewhere, a name may have been made to lead here.
        (
            &everywhere,
            &[
                ("192.0.2.1:PORT", "http://192.0.2.1:PORT", true),
                ("127.0.0.1:PORT", "http://127.0.0.1:PORT", true),
                ("localhost:PORT", "http://localhost:PORT", true),
                ("192.0.2.1:PORT", "http://192.0.2.2:PORT", false),
            ],
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(folder.path(), &[arguments, &["--store", "memory:"]].concat());
        let foreign = ["https://evil.example", "http://127.0.0.1", "null", "http://evil.example:PORT"];
        let foreign = foreign.map(|origin| ("evil.example:PORT", origin, false));
        for (host, origin, is_allowed) in pages.iter().copied().chain(foreign) {
            let expected = if is_allowed { "HTTP/1.1 101 " } else { "HTTP/1.1 403 " };
            let answer = opened(&server, host, origin);
            assert!(answer.starts_with(expected), "{arguments:?}, {origin} at {host}: {answer}");
        }
    }
}
