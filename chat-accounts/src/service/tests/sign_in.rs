//! Registering, logging in, refreshing, guests.

use std::sync::atomic::Ordering;

use chat_core::{Code, Name, limits};
use futures_util::future::join_all;

use super::{ANYWHERE, PASSWORD, Stage, is_revoked, username};
use crate::{
    Account, AccountStore, Accounts, By, Ends, MemoryAccounts, PasswordHash, Standing, service::tests::signer,
};

const IMPORTED: &str = "$2b$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a";
const IMPORTED_PASSWORD: &str = "U*U*U";

#[tokio::test]
async fn who_registers_is_known_by_their_token() {
    let stage = Stage::new();
    let ann = stage.register("Ann").await;
    assert_eq!((ann.username.shown(), ann.admin), ("Ann", false));
    assert_eq!(ann.expires_at.0, 1_800_000_000_000 + 900_000);
    let caller = stage.caller(&ann).await;
    assert_eq!((&caller.user, caller.name.as_str(), caller.expires), (&ann.user, "Ann", Some(ann.expires_at)));
    assert!(!caller.admin && !caller.is_guest());
    let kept = stage.store.account(By::Username("ann")).await.unwrap().unwrap();
    assert!(kept.password.unwrap().as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    assert_eq!(format!("{ann:?}"), format!("LoggedIn {{ user: {:?}, device: {:?}, .. }}", ann.user, ann.device));
}

#[tokio::test]
async fn a_name_and_an_address_are_registered_once() {
    let stage = Stage::new();
    let register = async |username: &str, email: Option<&str>, password: &str| {
        stage.accounts.register(username, email, password, ANYWHERE).await.map(drop).map_err(|refusal| refusal.code)
    };
    assert_eq!(register("ann", Some("Ann@example.org"), PASSWORD).await, Ok(()));
    assert_eq!(register("ANN", None, PASSWORD).await, Err(Code::UsernameTaken));
    assert_eq!(register("bob", Some("ann@EXAMPLE.org"), PASSWORD).await, Err(Code::EmailTaken));
    assert_eq!(register("Аdmin", None, PASSWORD).await, Err(Code::UsernameTaken));
    for (username, email, password) in [
        ("", None, PASSWORD),
        ("two words", None, PASSWORD),
        ("bob", Some("nowhere"), PASSWORD),
        ("bob", None, "1234567"),
        ("bob", None, &"x".repeat(1_025)),
    ] {
        assert_eq!(register(username, email, password).await, Err(Code::InvalidField), "{username} {email:?}");
    }
    let names = ["carol", "Carol", "CAROL", "caroL"];
    let all = join_all(names.map(|name| stage.accounts.register(name, None, PASSWORD, ANYWHERE))).await;
    assert_eq!(all.iter().filter(|registered| registered.is_ok()).count(), 1);
}

#[tokio::test]
async fn nobody_registers_where_it_is_closed() {
    let accounts = Accounts::builder(MemoryAccounts::new(), signer()).build();
    let refusal = accounts.register("ann", None, PASSWORD, ANYWHERE).await.unwrap_err();
    assert_eq!((refusal.code, accounts.0.hashing.made()), (Code::RegistrationClosed, (0, 0)));
    accounts.console().create("ann", None, PASSWORD, true).await.unwrap();
    assert!(accounts.log_in("ann", PASSWORD, ANYWHERE).await.unwrap().admin);
}

#[tokio::test]
async fn whoever_cannot_log_in_is_told_the_same_after_the_same_work() {
    for imported in [None, Some(PasswordHash::parse(IMPORTED).unwrap())] {
        let each = (1, u64::from(imported.is_some()));
        let stage = Stage::with(imported.clone());
        stage.register("ann").await;
        let gone = stage.register("gone").await;
        stage.accounts.delete(&stage.caller(&gone).await, PASSWORD, ANYWHERE).await.unwrap();
        let suspended = stage.register("mallory").await;
        stage.accounts.console().suspend(&suspended.user).await.unwrap();
        let old = stage.register("old").await;
        let account = stage.store.account(By::User(&old.user)).await.unwrap().unwrap();
        let password = imported.or(account.password.clone());
        stage.store.update_account(&Account { password, ..account }, Ends::Nothing).await.unwrap();
        let refused = stage.refused("nobody", PASSWORD).await;
        assert_eq!(refused.code, Code::InvalidCredentials);
        let wrong = [
            ("nobody", PASSWORD),
            ("ann", "wrong"),
            ("ann", ""),
            ("gone", PASSWORD),
            ("mallory", "wrong"),
            ("old", "wrong"),
            ("no username", "wrong"),
            ("", ""),
            (&"x".repeat(70_000), "wrong"),
        ];
        for (username, password) in wrong {
            let before = stage.hashes();
            assert_eq!(stage.refused(username, password).await, refused);
            let after = stage.hashes();
            assert_eq!((after.0 - before.0, after.1 - before.1), each, "{username}");
        }
        assert_eq!(stage.refused("mallory", PASSWORD).await.code, Code::Suspended, "with the right one alone");
        let before = stage.hashes();
        assert_eq!(stage.refused("ann", &"x".repeat(1_025)).await.code, Code::InvalidField);
        assert_eq!(stage.hashes(), before, "the length is checked before");
    }
}

async fn import(stage: &Stage, username: &str) -> Account {
    let made = stage.register(username).await;
    let account = stage.store.account(By::User(&made.user)).await.unwrap().unwrap();
    let imported = Account { password: Some(PasswordHash::parse(IMPORTED).unwrap()), ..account };
    stage.store.update_account(&imported, Ends::All).await.unwrap();
    imported
}

#[tokio::test]
async fn an_imported_hash_is_replaced_at_the_next_login() {
    let stage = Stage::with(Some(PasswordHash::parse(IMPORTED).unwrap()));
    let account = import(&stage, "ann").await;
    let password = async || stage.store.account(By::User(&account.user)).await.unwrap().unwrap().password.unwrap();
    assert_eq!(stage.refused("ann", "wrong").await.code, Code::InvalidCredentials);
    assert!(password().await.is_outdated());
    for _ in 0..2 {
        stage.accounts.log_in("ann", IMPORTED_PASSWORD, ANYWHERE).await.unwrap();
        assert!(!password().await.is_outdated());
    }
    let account = import(&stage, "bob").await;
    let logins = (0..3).map(|_| stage.accounts.log_in("bob", IMPORTED_PASSWORD, ANYWHERE));
    for login in join_all(logins).await {
        login.expect("who logs in at the same time is let in, too");
    }
    assert_eq!(stage.store.devices(&account.user).await.unwrap().len(), 3);
}

#[tokio::test]
async fn what_happens_while_a_password_is_compared_counts() {
    let stage = Stage::new();
    let ann = stage.register("ann").await;
    let log_in = || {
        let accounts = stage.accounts.clone();
        async move { accounts.log_in("ann", PASSWORD, ANYWHERE).await.map(drop).map_err(|refusal| refusal.code) }
    };
    let console = stage.accounts.console();
    let suspended = stage.meanwhile(log_in(), async || console.suspend(&ann.user).await.unwrap()).await;
    assert_eq!(suspended, Err(Code::Suspended));
    let restored = stage.meanwhile(log_in(), async || console.restore(&ann.user).await.unwrap()).await;
    assert_eq!(restored, Err(Code::Suspended), "they were suspended when they were looked up");
    let change = async || {
        let account = stage.store.account(By::User(&ann.user)).await.unwrap().unwrap();
        let password = Some(PasswordHash::parse(IMPORTED).unwrap());
        stage.store.update_account(&Account { password, ..account }, Ends::All).await.unwrap();
    };
    assert_eq!(stage.meanwhile(log_in(), change).await, Err(Code::InvalidCredentials));
    assert_eq!(stage.store.devices(&ann.user).await.unwrap(), []);
}

#[tokio::test]
async fn a_refresh_token_is_valid_once_and_reuse_ends_its_device_alone() {
    let stage = Stage::new();
    let phone = stage.register("ann").await;
    let laptop = stage.log_in("ann").await;
    let (on_phone, mut on_laptop) = (stage.session(&phone).await, stage.session(&laptop).await);
    let next = stage.accounts.refresh(&phone.refresh_token).await.unwrap();
    assert_eq!((&next.user, next.device), (&phone.user, phone.device));
    assert!(next.token == phone.token || stage.chat.authenticate(&next.token).await.is_ok());
    let newest = stage.accounts.refresh(&next.refresh_token).await.unwrap();
    assert_eq!(stage.accounts.refresh(&phone.refresh_token).await.unwrap_err().code, Code::Unauthorized);
    for login in [&phone, &next, &newest] {
        stage.is_over(login).await;
    }
    is_revoked(on_phone).await;
    stage.caller(&laptop).await;
    assert_eq!(stage.chat.sessions_of(&laptop.user).len(), 1);
    assert!(futures_util::FutureExt::now_or_never(on_laptop.next()).is_none());
    stage.accounts.refresh(&laptop.refresh_token).await.unwrap();
}

#[tokio::test]
async fn of_refreshes_at_one_time_one_succeeds() {
    let stage = Stage::new();
    let ann = stage.register("ann").await;
    let tries = (0..8).map(|_| {
        let (accounts, token) = (stage.accounts.clone(), ann.refresh_token.clone());
        tokio::spawn(async move { accounts.refresh(&token).await })
    });
    let tries = join_all(tries).await.into_iter().map(Result::unwrap);
    let won: Vec<_> = tries.filter_map(Result::ok).collect();
    assert_eq!(won.len(), 1);
    stage.is_over(&won[0]).await;
}

#[tokio::test]
async fn a_refresh_whose_store_is_lost_with_its_answer_is_not_said_to_have_left_the_token_valid() {
    let (stage, faulty) = Stage::faulty();
    let ann = stage.register("ann").await;
    faulty.loses_rotations.store(true, Ordering::Relaxed);
    assert_eq!(stage.accounts.refresh(&ann.refresh_token).await.unwrap_err().code, Code::OutcomeUnknown);
    // What could not even be looked up has spent nothing.
    assert_eq!(stage.accounts.refresh(&ann.refresh_token).await.unwrap_err().code, Code::StoreUnavailable);
    faulty.come_back();
    assert_eq!(stage.accounts.refresh(&ann.refresh_token).await.unwrap_err().code, Code::Unauthorized, "it was spent");
}

#[tokio::test]
async fn what_is_no_refresh_token_ends_nothing() {
    let stage = Stage::new();
    let (ann, bob) = (stage.register("ann").await, stage.register("bob").await);
    // Ann's device, with what is secret in Bob's token.
    let mixed = format!("{}{}", &ann.refresh_token[..21], &bob.refresh_token[21..]);
    let junk = "A".repeat(86);
    for token in ["", "x", &junk, &mixed, &ann.token, &format!("{}=", ann.refresh_token)] {
        assert_eq!(stage.accounts.refresh(token).await.unwrap_err().code, Code::Unauthorized, "{token}");
    }
    stage.accounts.refresh(&ann.refresh_token).await.unwrap();
}

#[tokio::test]
async fn tokens_expire() {
    let stage = Stage::new();
    let ann = stage.register("ann").await;
    stage.clock.set_wall(ann.expires_at);
    assert_eq!(stage.chat.authenticate(&ann.token).await.unwrap_err().code, Code::TokenExpired);
    let next = stage.accounts.refresh(&ann.refresh_token).await.unwrap();
    stage.caller(&next).await;
    stage.clock.set_wall(chat_core::Timestamp(ann.expires_at.0 + limits::REFRESH_MS));
    assert_eq!(stage.accounts.refresh(&next.refresh_token).await.unwrap_err().code, Code::Unauthorized);
}

#[tokio::test]
async fn a_guest_has_no_users_name() {
    let stage = Stage::new();
    stage.register("Ann").await;
    let guest =
        async |name: &str| stage.accounts.guest(Name::parse(name).unwrap(), ANYWHERE).await.map_err(|it| it.code);
    assert_eq!(guest("ANN").await.unwrap_err(), Code::UsernameTaken);
    // Cyrillic letters, a letter in a circle, and names that could not be usernames.
    for taken in ["Аnn", "ⓐnn", "аnn", "Adm1n", "ⓐdmin", "ad min", "Me!", "Deleted User"] {
        assert_eq!(guest(taken).await.unwrap_err(), Code::UsernameTaken, "{taken}");
    }
    let (caller, token) = guest("Bob the Builder").await.unwrap();
    assert!(caller.is_guest());
    assert_eq!(stage.chat.authenticate(&token).await.unwrap().user, caller.user);
    assert_eq!(stage.accounts.me(&caller).await.unwrap_err().code, Code::UserNotFound);
    let (_, token) = guest("BankSupport").await.unwrap();
    stage.register("banksupport").await;
    assert_eq!(stage.chat.authenticate(&token).await.unwrap_err().code, Code::UsernameTaken);
    assert_eq!(stage.chat.renew_guest(&token).await.unwrap_err().code, Code::UsernameTaken);
}

#[tokio::test]
async fn a_suspended_or_deleted_user_is_known_by_no_token() {
    for standing in [Standing::Suspended, Standing::Deleted] {
        let stage = Stage::new();
        let ann = stage.register("ann").await;
        let account = stage.store.account(By::User(&ann.user)).await.unwrap().unwrap();
        // Even where a store has kept the device.
        stage.store.update_account(&Account { standing, ..account }, Ends::Nothing).await.unwrap();
        stage.is_over(&ann).await;
    }
}

#[tokio::test]
async fn nobody_takes_a_name_that_looks_like_another_users() {
    let stage = Stage::new();
    stage.register("paypal").await;
    let bob = stage.caller(&stage.register("bob").await).await;
    let (accounts, code) = (&stage.accounts, |refusal: chat_core::Refusal| refusal.code);
    let link = accounts.first_admin_link().await.unwrap().unwrap();
    for name in ["pаypаl", "PaypaI", "paypa1", "Рaypal"] {
        let before = stage.hashes();
        let registered = accounts.register(name, None, PASSWORD, ANYWHERE).await;
        assert_eq!(registered.map_err(code).unwrap_err(), Code::UsernameTaken, "{name}");
        let first = accounts.create_first_admin(link.as_str(), name, None, PASSWORD, ANYWHERE).await;
        assert_eq!(first.map_err(code).unwrap_err(), Code::UsernameTaken, "{name}");
        let created = accounts.console().create(name, None, PASSWORD, false).await;
        assert_eq!(created.map_err(code).unwrap_err(), Code::UsernameTaken, "{name}");
        assert_eq!(stage.hashes(), before, "nothing is hashed for a name that is taken");
        let renamed = accounts.update(&bob, username(name), ANYWHERE).await;
        assert_eq!(renamed.map_err(code).unwrap_err(), Code::UsernameTaken, "{name}");
    }
    // A name of a deleted user's stays taken with all that looks like it.
    let user = accounts.console().named("paypal").await.unwrap().user;
    accounts.console().delete(&user).await.unwrap();
    let registered = accounts.register("pаypаl", None, PASSWORD, ANYWHERE).await;
    assert_eq!(registered.map_err(code).unwrap_err(), Code::UsernameTaken);
    accounts.console().free_username(&user).await.unwrap();
    stage.register("pаypаl").await;
}
