//! Signing in at a provider.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use chat_core::{Caller, Code, Environment as _, SeededEnvironment, Timestamp, limits};

use super::{ANYWHERE, PASSWORD, Stage, signer};
use crate::{
    Account, AccountStore as _, Accounts, By, Client, Identified, Identity, IdentityProvider, LoggedIn, MemoryAccounts,
    ProviderAnswer, ProviderError, Registration, SignInBegun, SignInSecrets,
};

/// A provider that knows who is behind each code, once.
#[derive(Clone, Default)]
struct Office(Arc<Mutex<HashMap<String, Result<Identified, ProviderError>>>>);

#[async_trait]
impl IdentityProvider for Office {
    fn label(&self) -> &str {
        "the office"
    }

    fn callback(&self) -> &str {
        "https://chat.example/api/auth/oidc/callback"
    }

    async fn begin(&self, secrets: &SignInSecrets) -> Result<String, ProviderError> {
        Ok(secrets.state().to_owned())
    }

    async fn finish(&self, code: &str, _: &SignInSecrets) -> Result<Identified, ProviderError> {
        let known = self.0.lock().unwrap().remove(code);
        known.unwrap_or_else(|| Err(ProviderError::refused("there is no such code")))
    }
}

fn said(subject: &str, username: &str) -> Identified {
    let identity = Identity::new("https://id.example", subject).unwrap();
    Identified { identity, preferred_username: Some(username.into()), name: None }
}

struct Door {
    stage: Stage,
    office: Office,
}

impl Door {
    fn new(registration: Registration) -> Self {
        Self::over(Arc::new(MemoryAccounts::new()), registration)
    }

    fn over(store: Arc<MemoryAccounts>, registration: Registration) -> Self {
        let office = Office::default();
        let clock = Arc::new(SeededEnvironment::new(1, Timestamp(1_800_000_000_000)));
        let builder = Accounts::builder(store.clone(), signer()).registration(registration);
        Self { stage: Stage::begin(builder.identity_provider(office.clone()), store, clock), office }
    }

    async fn begin(&self) -> SignInBegun {
        self.stage.accounts.begin_sign_in("/", ANYWHERE).await.unwrap()
    }

    /// Comes back with an answer of the provider's.
    async fn finish(&self, cookie: &str, state: &str, code: Option<&str>) -> Result<String, Code> {
        let answer = ProviderAnswer { state, code };
        let finished = self.stage.accounts.finish_sign_in(cookie, answer, ANYWHERE).await;
        finished.signed_in.map_err(|refusal| refusal.code)
    }

    async fn hand_over(&self, said: Result<Identified, ProviderError>) -> Result<String, Code> {
        self.office.0.lock().unwrap().insert("code".into(), said);
        let begun = self.begin().await;
        self.finish(&begun.cookie, &begun.url, Some("code")).await
    }

    async fn signed_in(&self, subject: &str, username: &str) -> LoggedIn {
        let token = self.hand_over(Ok(said(subject, username))).await.unwrap();
        self.stage.accounts.refresh(&token).await.unwrap()
    }

    async fn account(&self, login: &LoggedIn) -> Account {
        self.stage.accounts.0.account(&login.user).await.unwrap().unwrap()
    }

    async fn caller(&self, login: &LoggedIn) -> Caller {
        self.stage.caller(login).await
    }

    fn wait(&self, ms: i64) {
        self.stage.clock.set_wall(Timestamp(self.stage.clock.wall().0 + ms));
    }
}

#[tokio::test]
async fn whoever_comes_from_the_provider_gets_an_account_and_comes_back_to_it() {
    let door = Door::new(Registration::Open);
    let ann = door.signed_in("1", "Ann").await;
    let account = door.account(&ann).await;
    assert_eq!((account.username.shown(), account.email, account.password), ("Ann", None, None));
    assert_eq!(account.identity, Some(said("1", "Ann").identity));
    let again = door.signed_in("1", "another").await;
    assert_eq!((again.user, again.username.shown()), (ann.user.clone(), "Ann"));
    assert_eq!(door.stage.store.devices(&ann.user).await.unwrap().len(), 2);
    let other = door.signed_in("2", "Bob").await;
    assert_ne!(other.user, ann.user);
    assert_eq!(door.stage.refused("Ann", "").await.code, Code::InvalidCredentials, "there is no password");
}

#[tokio::test]
async fn a_sign_in_is_finished_by_the_browser_that_began_it() {
    let door = Door::new(Registration::Open);
    let (ann, mallory) = (door.begin().await, door.begin().await);
    door.office.0.lock().unwrap().insert("code".into(), Ok(said("1", "Ann")));
    let failed = Err(Code::SignInFailed);
    for (cookie, state) in [
        (&*mallory.cookie, &*ann.url),
        (&ann.cookie, &mallory.url),
        (&ann.cookie, ""),
        ("", &ann.url),
        ("x.y", &ann.url),
        (&ann.url, &ann.url),
    ] {
        assert_eq!(door.finish(cookie, state, Some("code")).await, failed, "{cookie:?} {state:?}");
    }
    let long = "x".repeat(limits::MAX_PROVIDER_CODE_BYTES + 1);
    for code in [None, Some("another"), Some(""), Some(&*long)] {
        assert_eq!(door.finish(&ann.cookie, &ann.url, code).await, failed, "{code:?}");
    }
    door.wait(limits::TICKET_MS);
    assert_eq!(door.finish(&ann.cookie, &ann.url, Some("code")).await, failed, "it took too long");
    door.wait(-1);
    door.finish(&ann.cookie, &ann.url, Some("code")).await.unwrap();
    assert_eq!(door.finish(&ann.cookie, &ann.url, Some("code")).await, failed, "the code was used");
}

#[tokio::test]
async fn a_provider_that_is_away_is_told_from_one_that_refuses() {
    let door = Door::new(Registration::Open);
    let away = door.hand_over(Err(ProviderError::unavailable("it is away"))).await;
    assert_eq!(away, Err(Code::ProviderUnavailable));
    let refused = door.hand_over(Err(ProviderError::refused("the nonce is another"))).await;
    assert_eq!(refused, Err(Code::SignInFailed));
    let none = Stage::new().accounts;
    assert_eq!(none.begin_sign_in("/", ANYWHERE).await.unwrap_err().code, Code::NotFound);
    for place in ["https://evil.example", "//evil.example", "", "/\\evil.example"] {
        let refused = door.stage.accounts.begin_sign_in(place, ANYWHERE).await.unwrap_err();
        assert_eq!(refused.code, Code::InvalidField, "{place:?}");
    }
}

#[tokio::test]
async fn a_name_that_another_has_gets_a_number() {
    let door = Door::new(Registration::Open);
    door.stage.register("ann").await;
    for (n, (wanted, got)) in [
        ("Ann", "Ann2"),
        ("ann@example.org", "ann3"),
        // Cyrillic.
        ("\u{430}nn", "\u{430}nn4"),
        ("admin", "admin2"),
        ("two words", "twowords"),
        ("!?", "!?"),
        ("😀", "user"),
        ("😀😀", "user2"),
    ]
    .into_iter()
    .enumerate()
    {
        let login = door.signed_in(&n.to_string(), wanted).await;
        assert_eq!(login.username.shown(), got, "{wanted:?}");
    }
    let mut names = Vec::new();
    for n in 0..20 {
        names.push(door.signed_in(&format!("many-{n}"), "bob").await.username.shown().to_owned());
    }
    assert_eq!(names[..9], ["bob", "bob2", "bob3", "bob4", "bob5", "bob6", "bob7", "bob8", "bob9"]);
    assert!(names[9..].iter().all(|name| name.starts_with("bob") && name.len() > 4), "{names:?}");
}

#[tokio::test]
async fn where_nobody_registers_those_who_have_an_account_come_in() {
    let open = Door::new(Registration::Open);
    let ann = open.signed_in("1", "Ann").await;
    for registration in [Registration::Closed, Registration::Invited] {
        let door = Door::over(open.stage.store.clone(), registration);
        assert_eq!(door.signed_in("1", "Ann").await.user, ann.user);
        assert_eq!(door.hand_over(Ok(said("2", "Bob"))).await, Err(Code::RegistrationClosed));
    }
    assert!(open.stage.store.account(By::Username("bob")).await.unwrap().is_none());
}

#[tokio::test]
async fn an_account_is_found_by_nothing_but_the_identity() {
    let door = Door::new(Registration::Open);
    let bob = door.stage.accounts.register("bob", Some("bob@example.org"), PASSWORD, ANYWHERE).await.unwrap();
    let elsewhere = Identity::new("https://other.example", "1").unwrap();
    let ann = door.signed_in("1", "bob@example.org").await;
    assert_ne!(ann.user, bob.user);
    let said = Identified { identity: elsewhere, ..said("1", "Ann") };
    let token = door.hand_over(Ok(said)).await.unwrap();
    assert_ne!(door.stage.accounts.refresh(&token).await.unwrap().user, ann.user, "another provider's 1");
}

#[tokio::test]
async fn of_two_sign_ins_at_one_time_one_makes_the_account() {
    let door = Door::new(Registration::Open);
    let inner = &door.stage.accounts.0;
    let first = inner.create_identified(&said("1", "Ann"), ANYWHERE).await.unwrap();
    let second = inner.create_identified(&said("1", "Ann"), ANYWHERE).await.unwrap();
    assert_eq!(first, second);
}

#[tokio::test]
async fn whoever_is_suspended_stays_out_and_whoever_deleted_their_account_begins_anew() {
    let door = Door::new(Registration::Open);
    let ann = door.signed_in("1", "Ann").await;
    door.stage.accounts.console().suspend(&ann.user).await.unwrap();
    assert_eq!(door.hand_over(Ok(said("1", "Ann"))).await, Err(Code::Suspended));
    door.stage.accounts.console().restore(&ann.user).await.unwrap();
    let ann = door.signed_in("1", "Ann").await;
    door.stage.accounts.delete(&door.caller(&ann).await, None, ANYWHERE).await.unwrap();
    assert_eq!(door.account(&ann).await.identity, None);
    let again = door.signed_in("1", "Ann").await;
    assert_ne!(again.user, ann.user);
    assert_eq!(again.username.shown(), "Ann2", "the name stays taken");
}

#[tokio::test]
async fn what_is_handed_over_is_of_use_once_and_for_a_minute() {
    let door = Door::new(Registration::Open);
    let late = door.hand_over(Ok(said("1", "Ann"))).await.unwrap();
    door.wait(limits::HAND_OVER_MS);
    assert_eq!(door.stage.accounts.refresh(&late).await.unwrap_err().code, Code::Unauthorized);
    let token = door.hand_over(Ok(said("1", "Ann"))).await.unwrap();
    door.wait(limits::HAND_OVER_MS - 1);
    let ann = door.stage.accounts.refresh(&token).await.unwrap();
    door.wait(limits::HAND_OVER_MS);
    let refreshed = door.stage.accounts.refresh(&ann.refresh_token).await.unwrap();
    assert_eq!(door.stage.accounts.refresh(&token).await.unwrap_err().code, Code::Unauthorized);
    door.stage.is_over(&refreshed).await;
}

#[tokio::test]
async fn without_a_password_a_sign_in_of_the_last_minutes_is_needed() {
    let door = Door::new(Registration::Open);
    let (accounts, ann) = (&door.stage.accounts, door.signed_in("1", "Ann").await);
    door.wait(limits::FRESH_SIGN_IN_MS);
    let ann = accounts.refresh(&ann.refresh_token).await.unwrap();
    let caller = door.caller(&ann).await;
    for password in [None, Some(PASSWORD)] {
        let changed = accounts.change_password(&caller, password, PASSWORD, ANYWHERE).await;
        assert_eq!(changed.unwrap_err().code, Code::SignInAgain, "{password:?}");
        let deleted = accounts.delete(&caller, password, ANYWHERE).await;
        assert_eq!(deleted.unwrap_err().code, Code::SignInAgain, "{password:?}");
    }
    let fresh = door.signed_in("1", "Ann").await;
    let deleted = accounts.delete(&caller, None, ANYWHERE).await;
    assert_eq!(deleted.unwrap_err().code, Code::SignInAgain, "it is another device that is fresh");
    door.wait(limits::FRESH_SIGN_IN_MS - 1);
    let fresh = door.caller(&accounts.refresh(&fresh.refresh_token).await.unwrap()).await;
    accounts.change_password(&fresh, None, PASSWORD, ANYWHERE).await.unwrap();
    door.stage.is_over(&ann).await;
    door.stage.log_in("Ann").await;
    let deleted = accounts.delete(&fresh, None, ANYWHERE).await;
    assert_eq!(deleted.unwrap_err().code, Code::InvalidField, "from now on there is a password");
    accounts.delete(&fresh, PASSWORD, ANYWHERE).await.unwrap();
}

#[tokio::test]
async fn sign_ins_are_counted_as_logins() {
    let door = Door::new(Registration::Open);
    let from = Client { address: Some("192.0.2.1".parse().unwrap()), user_agent: None };
    let begun = door.begin().await;
    for _ in 0..limits::LOGIN_BURST / 2 {
        door.stage.accounts.begin_sign_in("/", from).await.unwrap();
        let answer = ProviderAnswer { state: &begun.url, code: Some("none") };
        let refused = door.stage.accounts.finish_sign_in(&begun.cookie, answer, from).await.signed_in.unwrap_err();
        assert_eq!(refused.code, Code::SignInFailed);
    }
    assert_eq!(door.stage.accounts.begin_sign_in("/", from).await.unwrap_err().code, Code::RateLimited);
    let answer = ProviderAnswer { state: &begun.url, code: Some("none") };
    let refused = door.stage.accounts.finish_sign_in(&begun.cookie, answer, from).await.signed_in.unwrap_err();
    assert_eq!(refused.code, Code::RateLimited);
}
