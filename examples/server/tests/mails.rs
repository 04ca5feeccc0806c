//! The server mails links: from its settings to a mail server's socket, and what it says when that fails.
#![cfg(feature = "smtp")]
#![allow(clippy::unwrap_used, missing_docs)]

mod server;

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
};

use serde_json::json;
use server::{Server, rest::ask};

/// The next mail that a client of this mail server brings, which answers recipients with this.
fn take_mail(listener: &TcpListener, to_recipients: &str) -> String {
    let (stream, _) = listener.accept().unwrap();
    let (mut lines, mut mail) = (BufReader::new(stream.try_clone().unwrap()), String::new());
    let say = |mut stream: &TcpStream, line: &str| stream.write_all(format!("{line}\r\n").as_bytes()).unwrap();
    say(&stream, "220 mail");
    let mut line = String::new();
    while lines.read_line(&mut line).unwrap_or(0) > 0 {
        match line.split([' ', '\r']).next().unwrap() {
            "EHLO" => say(&stream, "250-mail\r\n250 AUTH PLAIN"),
            "AUTH" => say(&stream, "235 welcome"),
            "RCPT" => say(&stream, to_recipients),
            "DATA" => {
                say(&stream, "354 go on");
                while !mail.ends_with("\r\n.\r\n") && lines.read_line(&mut mail).unwrap() > 0 {}
                say(&stream, "250 taken");
            }
            "QUIT" => break,
            _ => say(&stream, "250 fine"),
        }
        line.clear();
    }
    mail
}

#[test]
fn a_user_sets_a_new_password_by_a_mailed_link_and_a_failure_is_logged_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let smtp = format!("smtp://chat:hunter2@{}", listener.local_addr().unwrap());
    let mails = ["--smtp", &smtp, "--mail-from", "chat@example.org"];
    let arguments = [&["--listen", "127.0.0.1:0", "--origin", "https://chat.example.org"][..], &mails].concat();
    let server = Server::start(folder.path(), &arguments);
    let post = |path: &str, body| ask(server.address, "POST", path, "", &body);
    let register = json!({ "username": "ann", "password": "correct horse", "email": "ann@example.net" });
    assert_eq!(post("/api/auth/register", register).0, 201);

    assert_eq!(post("/api/password-resets", json!({ "email": "ann@example.net" })).0, 202);
    assert_eq!(take_mail(&listener, "550 5.1.1 <ann@example.net> unknown"), "");
    assert_eq!(post("/api/password-resets", json!({ "email": "ann@example.net" })).0, 202);
    // Quoted-printable breaks long lines.
    let mail = take_mail(&listener, "250 fine").replace("=\r\n", "");
    let link = mail.lines().find_map(|line| line.strip_prefix("https://chat.example.org/reset-password#"));
    let token = link.unwrap_or_else(|| panic!("no link in {mail}"));
    let redeem = || post("/api/password-resets/redeem", json!({ "token": token, "newPassword": "battery staple" })).0;
    assert_eq!((redeem(), redeem()), (204, 404));
    assert_eq!(post("/api/auth/login", json!({ "username": "ann", "password": "battery staple" })).0, 200);

    let log = server.said();
    let failure = log.lines().find(|line| line.contains("was not mailed")).unwrap_or_else(|| panic!("{log}"));
    assert!(failure.contains("example.net") && failure.contains("the mail server answered 550"), "{failure}");
    for secret in ["ann@example.net", token, "hunter2"] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}
