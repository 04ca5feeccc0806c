//! What the cases are made of.

use chat_accounts::{
    Account, AccountError, AccountStore, By, Device, DeviceId, Email, Identity, Link, Pass, PassId, PasswordHash,
    SecretHash, Standing, Username,
};
use chat_core::{Timestamp, UserId};

/// What hashes look like; none of them is compared here.
pub(super) const HASHES: [&str; 2] = [
    "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    "$2b$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a",
];

pub(super) fn user(text: &str) -> UserId {
    UserId::parse(text).expect("a user id")
}

/// A username that is compared as it is shown.
pub(super) fn username(text: &str) -> Username {
    Username::stored(text, text).expect("a username")
}

pub(super) fn email(text: &str) -> Email {
    Email::parse(text).expect("an email address")
}

pub(super) fn identity(issuer: &str, subject: &str) -> Identity {
    Identity::new(issuer, subject).expect("an identity")
}

pub(super) fn hash(text: &str) -> PasswordHash {
    PasswordHash::parse(text).expect("a hash")
}

/// An active account without an email address.
pub(super) fn account(name: &str) -> Account {
    Account {
        user: user(name),
        username: username(name),
        email: None,
        password: Some(hash(HASHES[0])),
        admin: false,
        standing: Standing::Active,
        findable: true,
        hides: Default::default(),
        identity: None,
        created_at: Timestamp(7),
        revision: 0,
    }
}

pub(super) async fn created(store: &dyn AccountStore, name: &str) -> Account {
    let account = account(name);
    store.create_account(&account).await.expect("a new account");
    account
}

pub(super) async fn found(store: &dyn AccountStore, name: &str) -> Option<Account> {
    store.account(By::User(&user(name))).await.expect("an answer")
}

pub(super) fn secret(n: u64) -> SecretHash {
    let mut bytes = [0xff; 32];
    bytes[8..16].copy_from_slice(&n.to_be_bytes());
    SecretHash(bytes)
}

/// Devices of many users: `n` is unique among all of them.
pub(super) fn device(of: &str, n: u64) -> Device {
    let at = Timestamp(i64::try_from(n).expect("a small number"));
    Device {
        id: DeviceId::from_random(u128::from(n) << 64),
        user: user(of),
        created_at: at,
        last_seen: at,
        expires: Timestamp(1_000_000),
        user_agent: None,
        family: secret(1_000_000 + n),
        newest: secret(2_000_000 + n),
    }
}

pub(super) async fn logged_in(store: &dyn AccountStore, account: &Account, n: u64) -> Device {
    let device = device(account.user.as_str(), n);
    store.create_device(&device, account.revision).await.expect("a new device");
    device
}

pub(super) fn link(of: &str, n: u64) -> Link {
    Link { secret: secret(3_000_000 + n), user: user(of), expires: Timestamp(1_000_000) }
}

/// A pass that does not expire for long.
pub(super) fn pass(n: u64, uses: u32) -> Pass {
    Pass {
        id: PassId::from_random(u128::from(n) << 64),
        secret: secret(4_000_000 + n),
        creator: Some(user("ann")),
        created_at: Timestamp(7),
        expires: Timestamp(1_000_000),
        uses,
    }
}

/// Which devices a user has, by id.
pub(super) async fn ids(store: &dyn AccountStore, of: &str) -> Vec<DeviceId> {
    let devices = store.devices(&user(of)).await.expect("a list");
    let mut ids: Vec<_> = devices.into_iter().map(|device| device.id).collect();
    ids.sort();
    ids
}

/// What an account was refused for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    Conflict,
    UsernameTaken,
    EmailTaken,
    IdentityTaken,
    NoPass,
}

#[track_caller]
pub(super) fn refused<T: std::fmt::Debug>(answer: Result<T, AccountError>) -> Refused {
    match answer {
        Err(AccountError::Conflict) => Refused::Conflict,
        Err(AccountError::UsernameTaken) => Refused::UsernameTaken,
        Err(AccountError::EmailTaken) => Refused::EmailTaken,
        Err(AccountError::IdentityTaken) => Refused::IdentityTaken,
        Err(AccountError::NoPass) => Refused::NoPass,
        other => panic!("{other:?}"),
    }
}
