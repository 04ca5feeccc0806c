//! Links that are mailed, from the question to the bytes on a mail server's socket.
#![allow(clippy::unwrap_used, missing_docs)]

mod server;

use std::time::Duration;

use chat_accounts::{Accounts, Client, Keys, MemoryAccounts, Registration, Signer};
use chat_core::{Code, limits};
use mail_smtp::Smtp;
use server::{Act, MailServer, Seen};

const KEY: &str = "k1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const PAGE: &str = "https://chat.example.org";
const FROM: &str = "Chät <chat@example.org>";
const PATIENCE: Duration = Duration::from_secs(30);
/// Seconds after which no try is made any more.
const LONGEST: usize = 300;

/// Accounts that mail through this URL. Ann has one.
async fn accounts(url: &str) -> Accounts {
    let signer = Signer::new(Keys::parse(KEY).unwrap(), PAGE, "chat");
    let builder = Accounts::builder(MemoryAccounts::new(), signer).registration(Registration::Open);
    let accounts = builder.mailer(Smtp::new(url, FROM, PAGE).unwrap()).build();
    let (username, email) = ("Änn", Some("ann@example.net"));
    accounts.register(username, email, "correct horse", Client::default()).await.unwrap();
    accounts
}

fn plain(server: &MailServer) -> String {
    format!("smtp://127.0.0.1:{}", server.port)
}

async fn seen(server: &mut MailServer) -> Seen {
    tokio::time::timeout(PATIENCE, server.seen()).await.expect("nobody comes")
}

/// The clock goes on faster, by a second each millisecond.
async fn hurry() {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(1)).await;
    tokio::time::resume();
    tokio::time::sleep(Duration::from_millis(1)).await;
}

/// What is seen of the connection after so many, which comes only after a wait.
async fn seen_later(server: &mut MailServer, earlier: usize) -> Seen {
    for _ in 0..LONGEST {
        if server.come() > earlier {
            return seen(server).await;
        }
        hurry().await;
    }
    panic!("nobody comes");
}

fn header<'a>(mail: &'a str, name: &str) -> &'a str {
    let (head, _) = mail.split_once("\r\n\r\n").unwrap();
    let line = head.split("\r\n").find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    line.unwrap_or_else(|| panic!("no {name} in {head}"))
}

/// The body, decoded from quoted-printable (RFC 2045).
fn body(mail: &str) -> String {
    let (_, body) = mail.strip_suffix("\r\n.\r\n").unwrap().split_once("\r\n\r\n").unwrap();
    let body = body.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = body.as_bytes();
    while let [first, others @ ..] = rest {
        let (byte, after) = match (first, others) {
            (b'=', [high, low, after @ ..]) => {
                let digits = [*high, *low];
                (u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap(), after)
            }
            _ => (*first, others),
        };
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8(bytes).unwrap()
}

fn secret(mail: &str) -> String {
    let body = body(mail);
    let link = body.lines().find_map(|line| line.strip_prefix("https://chat.example.org/reset-password#"));
    link.unwrap_or_else(|| panic!("no link in {body}")).to_owned()
}

#[tokio::test]
async fn a_mail_says_what_it_must_and_its_link_sets_a_password() {
    let mut server = MailServer::start(vec![Act::Take], false).await;
    let accounts = accounts(&plain(&server)).await;
    accounts.mail_reset_link("ANN@example.net", Client::default()).unwrap();
    let Seen { commands, mail } = seen(&mut server).await;
    let commands: Vec<_> = commands.iter().map(|(command, _)| command.as_str()).collect();
    assert_eq!(commands[..3], ["EHLO example.org", "MAIL FROM:<chat@example.org>", "RCPT TO:<ann@example.net>"]);
    assert_eq!(header(&mail, "From"), "=?utf-8?b?Q2jDpHQ=?= <chat@example.org>");
    assert_eq!(header(&mail, "To"), "ann@example.net");
    assert_eq!(header(&mail, "Subject"), "Set a new password");
    assert_eq!(header(&mail, "Auto-Submitted"), "auto-generated");
    assert_eq!(header(&mail, "MIME-Version"), "1.0");
    assert_eq!(header(&mail, "Content-Type"), "text/plain; charset=utf-8");
    assert!(header(&mail, "Date").ends_with(" +0000"), "{mail}");
    let id = header(&mail, "Message-ID").strip_prefix('<').and_then(|id| id.strip_suffix("@example.org>")).unwrap();
    assert_eq!((id.len(), id.chars().all(|c| c.is_ascii_hexdigit())), (32, true), "{id}");
    let longest = mail.split("\r\n").map(str::len).max().unwrap();
    assert!(mail.is_ascii() && !mail.replace("\r\n", "").contains('\n') && longest <= 78, "{mail}");
    let text = body(&mail);
    assert!(text.starts_with("Hello Änn,\r\n") && text.contains("for 60 minutes"), "{text}");
    let secret = secret(&mail);
    accounts.reset_password(&secret, "battery staple", Client::default()).await.unwrap();
    accounts.log_in("Änn", "battery staple", Client::default()).await.unwrap();
    let again = accounts.reset_password(&secret, "another horse", Client::default()).await;
    assert_eq!(again.unwrap_err().code, Code::LinkNotFound);
}

#[tokio::test]
async fn a_login_goes_over_tls_alone() {
    let mut server = MailServer::start(vec![Act::Take], true).await;
    let ca = server.authority();
    let url = format!("smtp://chat:hunter2@localhost:{}?ca={}", server.port, ca.display());
    let accounts = accounts(&url).await;
    accounts.mail_reset_link("ann@example.net", Client::default()).unwrap();
    let seen = seen(&mut server).await;
    let before: Vec<_> = seen.commands.iter().filter(|(_, is_tls)| !is_tls).map(|(it, _)| it.as_str()).collect();
    assert_eq!(before, ["EHLO example.org", "STARTTLS"]);
    assert!(seen.commands.iter().any(|(command, is_tls)| command.starts_with("AUTH PLAIN ") && *is_tls));
    secret(&seen.mail);
}

#[tokio::test]
async fn nothing_is_said_to_a_server_without_tls_or_that_nobody_vouches_for() {
    let mut without = MailServer::start(vec![Act::Take], false).await;
    let url = format!("smtp://chat:hunter2@localhost:{}?tls=required", without.port);
    let ours = accounts(&url).await;
    ours.mail_reset_link("ann@example.net", Client::default()).unwrap();
    let said = seen(&mut without).await;
    assert!(!said.has("AUTH") && !said.has("MAIL") && said.mail.is_empty(), "{said:?}");

    let mut stranger = MailServer::start(vec![Act::Take], true).await;
    let url = format!("smtp://chat:hunter2@localhost:{}?tls=required", stranger.port);
    let ours = accounts(&url).await;
    ours.mail_reset_link("ann@example.net", Client::default()).unwrap();
    let said = seen(&mut stranger).await;
    assert!(!said.has("AUTH") && !said.has("MAIL") && said.mail.is_empty(), "{said:?}");
}

/// The server fails in each way that may pass; what comes at last is what was tried first.
#[tokio::test]
async fn a_mail_comes_after_servers_that_put_off_stall_and_hang_up() {
    for act in [Act::Answer("451 4.7.1 <ann@example.net>: come back later"), Act::Drop] {
        let mut server = MailServer::start(vec![act, act, Act::Take], false).await;
        let accounts = accounts(&plain(&server)).await;
        accounts.mail_reset_link("ann@example.net", Client::default()).unwrap();
        let begun = seen(&mut server).await;
        seen_later(&mut server, 1).await;
        let Seen { mail, .. } = seen_later(&mut server, 2).await;
        if act == Act::Drop {
            assert!(!begun.mail.is_empty() && mail.starts_with(&begun.mail), "{} and {mail}", begun.mail);
        }
        accounts.reset_password(&secret(&mail), "battery staple", Client::default()).await.unwrap();
    }
    let mut server = MailServer::start(vec![Act::Stall, Act::Take], false).await;
    let accounts = accounts(&plain(&server)).await;
    accounts.mail_reset_link("ann@example.net", Client::default()).unwrap();
    seen(&mut server).await;
    let Seen { mail, .. } = seen_later(&mut server, 1).await;
    accounts.reset_password(&secret(&mail), "battery staple", Client::default()).await.unwrap();
}

#[tokio::test]
async fn a_mailbox_that_is_not_there_is_tried_once() {
    let mut server =
        MailServer::start(vec![Act::Answer("550 5.1.1 <ann@example.net>: unknown"), Act::Take], false).await;
    let accounts = accounts(&plain(&server)).await;
    accounts.mail_reset_link("ann@example.net", Client::default()).unwrap();
    seen(&mut server).await;
    for _ in 0..2 * limits::MAIL_WAITS_MS.iter().sum::<u64>() / 1_000 {
        hurry().await;
    }
    assert_eq!(server.come(), 1);
    accounts.mail_reset_link("ann@example.net", Client::default()).unwrap();
    accounts.reset_password(&secret(&seen(&mut server).await.mail), "battery staple", Client::default()).await.unwrap();
}

#[test]
fn settings_are_refused_in_one_sentence_without_their_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let (absent, no_pem) = (folder.path().join("absent.pem"), folder.path().join("no.pem"));
    std::fs::write(&no_pem, "-----BEGIN CERTIFICATE-----\nhunter2\n-----END CERTIFICATE-----\n").unwrap();
    for (url, from, why) in [
        ("smtp://chat:hunter2@mail?ssl=on".to_owned(), FROM, "it has no parameter \"ssl\""),
        (format!("smtp://chat:hunter2@mail?ca={}", absent.display()), FROM, "cannot be read"),
        (
            format!("smtp://chat:hunter2@mail?ca={}", no_pem.display()),
            FROM,
            "is no certificate in PEM that can be used",
        ),
        ("smtp://mail".to_owned(), "chat", "the sender is no email address"),
        ("smtp://mail".to_owned(), "chat@example.org\r\nBcc: all@example.org", "the sender is no email address"),
    ] {
        let refused = Smtp::new(&url, from, PAGE).unwrap_err().to_string();
        assert!(refused.contains(why) && refused.lines().count() == 1 && !refused.contains("hunter2"), "{refused}");
    }
}
