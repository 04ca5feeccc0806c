//! Links that are mailed: to whom, how often, and what is tried when a mail cannot be sent.

use std::{
    collections::VecDeque,
    net::IpAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use chat_core::{Code, Timestamp, limits};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, error::TryRecvError, unbounded_channel},
    time::{Instant, advance, sleep, timeout},
};

use super::{ANYWHERE, AccountChange, Client, PASSWORD, Stage, email, faulty::Faulty, faulty::Stop};
use crate::{MailError, Mailer, MemoryAccounts, ResetMail};

const NEW: &str = "battery staple";
const SOON: Duration = Duration::from_secs(5);

/// What becomes of one try.
#[derive(Clone, Copy)]
enum Try {
    Fails(fn(&'static str) -> MailError),
    Stalls,
}

/// Hands mails to the test, after what is said of the first tries.
struct Post {
    tries: Mutex<VecDeque<Try>>,
    sent: UnboundedSender<(ResetMail, bool)>,
}

/// Each try: the mail, and whether it was sent.
struct Mailbox(UnboundedReceiver<(ResetMail, bool)>);

fn post(tries: impl IntoIterator<Item = Try>) -> (Post, Mailbox) {
    let (sent, mails) = unbounded_channel();
    (Post { tries: Mutex::new(tries.into_iter().collect()), sent }, Mailbox(mails))
}

#[async_trait]
impl Mailer for Post {
    async fn send(&self, mail: &ResetMail) -> Result<(), MailError> {
        let next = self.tries.lock().unwrap().pop_front();
        self.sent.send((mail.clone(), next.is_none())).unwrap();
        match next {
            None => Ok(()),
            Some(Try::Fails(error)) => Err(error("as the test says")),
            Some(Try::Stalls) => std::future::pending().await,
        }
    }
}

impl Mailbox {
    async fn next(&mut self) -> ResetMail {
        let (mail, is_sent) = timeout(SOON, self.0.recv()).await.expect("no mail comes").unwrap();
        assert!(is_sent);
        mail
    }

    /// The next try, whenever it is.
    async fn tried(&mut self) -> (ResetMail, bool) {
        self.0.recv().await.unwrap()
    }

    /// Whatever was to be done is done, and there is no mail.
    async fn is_empty(&mut self) {
        sleep(SOON).await;
        assert_eq!(self.0.try_recv().unwrap_err(), TryRecvError::Empty);
    }
}

fn mailing(tries: impl IntoIterator<Item = Try>) -> (Stage, Mailbox) {
    let (post, mails) = post(tries);
    let store = Arc::new(MemoryAccounts::new());
    (Stage::mailing(store.clone(), store, post), mails)
}

impl Stage {
    async fn with_address(&self, username: &str, address: &str) {
        self.accounts.register(username, Some(address), PASSWORD, ANYWHERE).await.unwrap();
    }

    fn ask(&self, address: &str, client: Client<'_>) -> Result<(), Code> {
        self.accounts.mail_reset_link(address, client).map_err(|refusal| refusal.code)
    }

    async fn redeem(&self, mail: &ResetMail) -> Result<(), Code> {
        let reset = self.accounts.reset_password(mail.secret.as_str(), NEW, ANYWHERE).await;
        reset.map_err(|refusal| refusal.code)
    }
}

#[tokio::test(start_paused = true)]
async fn a_mailed_link_sets_a_password_once() {
    let (stage, mut mails) = mailing([]);
    stage.with_address("Ann", "Ann@example.org").await;
    stage.ask("ann@EXAMPLE.org", ANYWHERE).unwrap();
    let mail = mails.next().await;
    assert_eq!((mail.to.as_str(), mail.username.shown(), mail.id.len()), ("Ann@example.org", "Ann", 32));
    assert_eq!(mail.expires.0 - mail.made_at.0, limits::MAILED_LINK_MS);
    assert!(!format!("{mail:?}").contains(mail.secret.as_str()));
    stage.redeem(&mail).await.unwrap();
    stage.accounts.log_in("ann", NEW, ANYWHERE).await.unwrap();
    assert_eq!(stage.redeem(&mail).await, Err(Code::LinkNotFound));
    mails.is_empty().await;
}

#[tokio::test(start_paused = true)]
async fn a_mailed_link_expires_and_ends_with_a_later_one_and_with_what_the_user_changes() {
    let (stage, mut mails) = mailing([]);
    stage.with_address("ann", "ann@example.org").await;
    let mut mail = async || {
        stage.ask("ann@example.org", ANYWHERE).unwrap();
        mails.next().await
    };
    let (first, second) = (mail().await, mail().await);
    assert_ne!(first.id, second.id);
    assert_eq!(stage.redeem(&first).await, Err(Code::LinkNotFound), "there was a later one");
    stage.clock.set_wall(Timestamp(second.expires.0));
    assert_eq!(stage.redeem(&second).await, Err(Code::LinkNotFound), "it has expired");
    let third = mail().await;
    let ann = stage.caller(&stage.log_in("ann").await).await;
    let moved = AccountChange { password: Some(PASSWORD), ..email("ann@example.net") };
    stage.accounts.update(&ann, moved, ANYWHERE).await.unwrap();
    assert_eq!(stage.redeem(&third).await, Err(Code::LinkNotFound), "the mailbox is no longer theirs");
}

#[tokio::test(start_paused = true)]
async fn asking_tells_nobody_who_has_an_account() {
    let (stage, mut mails) = mailing([]);
    for name in ["suspended", "deleted"] {
        stage.with_address(name, &format!("{name}@example.org")).await;
        let user = stage.accounts.console().named(name).await.unwrap().user;
        if name == "suspended" {
            stage.accounts.console().suspend(&user).await.unwrap();
        } else {
            stage.accounts.console().delete(&user).await.unwrap();
        }
    }
    for address in ["nobody@example.org", "suspended@example.org", "deleted@example.org"] {
        for _ in 0..2 * limits::MAILED_BURST {
            assert_eq!(stage.ask(address, ANYWHERE), Ok(()), "{address}");
        }
    }
    mails.is_empty().await;
    assert_eq!(stage.ask("no address", ANYWHERE), Err(Code::InvalidField));
    assert_eq!(Stage::new().ask("ann@example.org", ANYWHERE), Err(Code::NotFound), "without a mailer");
}

/// Addresses of one key may be other mailboxes: the Kelvin sign is a `k` once it is in lower case.
#[tokio::test(start_paused = true)]
async fn a_mail_goes_to_the_address_of_the_account_and_not_to_the_one_that_was_typed() {
    let (stage, mut mails) = mailing([]);
    stage.with_address("mike", "mike@example.org").await;
    stage.ask("mi\u{212a}e@example.org", ANYWHERE).unwrap();
    assert_eq!(mails.next().await.to.as_str(), "mike@example.org");
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_is_not_flooded_and_the_last_link_in_it_is_of_use() {
    let (stage, mut mails) = mailing([]);
    stage.with_address("ann", "ann@example.org").await;
    stage.with_address("bob", "bob@example.org").await;
    let mut last = None;
    for _ in 0..limits::MAILED_BURST {
        stage.ask("ann@example.org", ANYWHERE).unwrap();
        last = Some(mails.next().await);
    }
    for _ in 0..10 {
        assert_eq!(stage.ask("ann@example.org", ANYWHERE), Ok(()), "the answer is the same");
    }
    mails.is_empty().await;
    stage.ask("bob@example.org", ANYWHERE).unwrap();
    assert_eq!(mails.next().await.username.shown(), "bob", "others are mailed");
    let last = last.unwrap();
    // The moment before there would be another one.
    let period = i64::try_from(limits::MAILED_PERIOD_MS).unwrap();
    stage.clock.set_wall(Timestamp(last.made_at.0 + period));
    stage.redeem(&last).await.expect("whoever asked in between is not locked out");
    advance(Duration::from_millis(limits::MAILED_PERIOD_MS)).await;
    stage.ask("ann@example.org", ANYWHERE).unwrap();
    mails.next().await;
    stage.ask("ann@example.org", ANYWHERE).unwrap();
    mails.is_empty().await;
}

#[tokio::test(start_paused = true)]
async fn an_address_asks_so_often_and_keeps_nobody_else_from_asking() {
    let (stage, _mails) = mailing([]);
    let from = |text: &str| Client { address: Some(text.parse::<IpAddr>().unwrap()), user_agent: None };
    for n in 0..limits::RESET_BURST {
        assert_eq!(stage.ask(&format!("user-{n}@example.org"), from("192.0.2.1")), Ok(()));
    }
    assert_eq!(stage.ask("ann@example.org", from("192.0.2.1")), Err(Code::RateLimited));
    assert_eq!(stage.ask("ann@example.org", from("192.0.2.2")), Ok(()));
    advance(Duration::from_millis(limits::RESET_PERIOD_MS)).await;
    assert_eq!(stage.ask("ann@example.org", from("192.0.2.1")), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_mail_is_tried_again_while_its_failure_may_pass() {
    let passing = Try::Fails(MailError::passing);
    let (stage, mut mails) = mailing([passing, Try::Stalls]);
    stage.with_address("ann", "ann@example.org").await;
    stage.ask("ann@example.org", ANYWHERE).unwrap();
    let began = Instant::now();
    let tries = [mails.tried().await, mails.tried().await, mails.tried().await];
    let [first, second] = limits::MAIL_WAITS_MS;
    assert_eq!(began.elapsed(), Duration::from_millis(first + limits::MAIL_TIMEOUT_MS + second));
    assert_eq!(tries.clone().map(|(_, is_sent)| is_sent), [false, false, true]);
    assert!(tries.iter().all(|(mail, _)| *mail == tries[0].0), "it is the same mail");
    stage.redeem(&tries[2].0).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_mail_is_given_up_after_three_tries_or_when_its_failure_stays() {
    let passing = Try::Fails(MailError::passing);
    for (tries, expected) in [(vec![passing; 9], 3), (vec![Try::Fails(MailError::lasting); 9], 1)] {
        let (stage, mut mails) = mailing(tries);
        stage.with_address("ann", "ann@example.org").await;
        stage.ask("ann@example.org", ANYWHERE).unwrap();
        for _ in 0..expected {
            assert!(!mails.tried().await.1);
        }
        sleep(Duration::from_secs(60 * 60)).await;
        mails.is_empty().await;
    }
}

#[tokio::test(start_paused = true)]
async fn so_many_mails_wait_and_no_more() {
    let (stage, mut mails) = mailing(vec![Try::Stalls; 3 * limits::MAILS_AT_ONCE]);
    for n in 0..limits::MAILS_AT_ONCE {
        stage.with_address(&format!("user-{n}"), &format!("user-{n}@example.org")).await;
    }
    for n in 0..limits::WAITING_MAILS {
        assert_eq!(stage.ask(&format!("user-{n}@example.org"), ANYWHERE), Ok(()));
    }
    assert_eq!(stage.ask("another@example.org", ANYWHERE), Err(Code::Busy));
    for _ in 0..limits::MAILS_AT_ONCE {
        mails.tried().await;
    }
    assert_eq!(stage.ask("another@example.org", ANYWHERE), Err(Code::Busy), "others wait for their turn");
    for _ in 0..2 * limits::MAILS_AT_ONCE {
        mails.tried().await;
    }
    sleep(Duration::from_millis(limits::MAIL_TIMEOUT_MS + 1)).await;
    assert_eq!(stage.ask("another@example.org", ANYWHERE), Ok(()), "all is given up or done");
}

#[tokio::test(start_paused = true)]
async fn no_link_is_mailed_to_an_address_that_the_user_gives_up_meanwhile() {
    let (faulty, (post, mut mails)) = (Arc::new(Faulty::default()), post([]));
    let stage = Stage::mailing(faulty.clone(), faulty.inner.clone(), post);
    stage.with_address("ann", "ann@example.org").await;
    let ann = stage.caller(&stage.log_in("ann").await).await;
    let (stop, has_come, go_on) = Stop::new();
    *faulty.before_link.lock().unwrap() = Some(stop);
    stage.ask("ann@example.org", ANYWHERE).unwrap();
    has_come.await.unwrap();
    let moved = AccountChange { password: Some(PASSWORD), ..email("ann@example.net") };
    stage.accounts.update(&ann, moved, ANYWHERE).await.unwrap();
    go_on.send(()).unwrap();
    mails.is_empty().await;
}

#[tokio::test]
async fn where_links_are_mailed_a_stolen_token_moves_no_address() {
    let (stage, _mails) = mailing([]);
    stage.with_address("ann", "ann@example.org").await;
    let ann = stage.caller(&stage.log_in("ann").await).await;
    let update = async |address, password| {
        let change = AccountChange { password, ..email(address) };
        let updated = stage.accounts.update(&ann, change, ANYWHERE).await;
        updated.map(|account| account.email.map(|it| it.as_str().to_owned())).map_err(|refusal| refusal.code)
    };
    for address in ["mallory@example.org", ""] {
        assert_eq!(update(address, None).await, Err(Code::InvalidField), "{address:?}");
        assert_eq!(update(address, Some("wrong")).await, Err(Code::InvalidCredentials), "{address:?}");
    }
    assert_eq!(update("ann@example.org", None).await, Ok(Some("ann@example.org".to_owned())), "it stays");
    assert_eq!(update("ann@example.net", Some(PASSWORD)).await, Ok(Some("ann@example.net".to_owned())));
    assert_eq!(update("", Some(PASSWORD)).await, Ok(None));
}
