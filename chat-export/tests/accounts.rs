//! Accounts in a file: who can read it gets them, and nobody gets a part of them.
#![allow(clippy::unwrap_used, missing_docs)]

use chat_accounts::{Account, AccountStore, By, MemoryAccounts, PasswordHash, Standing, Username};
use chat_core::{MemoryStore, SystemEnvironment, Timestamp, UserId};
use chat_export::{ImportError, Kept, Summary, export, import};
use sha2::{Digest as _, Sha256};

const HASH: &str = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

fn account(name: &str) -> Account {
    Account {
        user: UserId::parse(name).unwrap(),
        username: Username::parse(name).unwrap(),
        email: None,
        password: Some(PasswordHash::parse(HASH).unwrap()),
        admin: name == "Ann",
        standing: Standing::Active,
        findable: true,
        hides: Default::default(),
        identity: None,
        created_at: Timestamp(7),
        revision: 3,
    }
}

async fn file() -> String {
    let (rooms, accounts, mut file) = (MemoryStore::new(), MemoryAccounts::new(), Vec::new());
    for name in ["Ann", "Bob"] {
        accounts.create_account(&account(name)).await.unwrap();
    }
    export(Kept::from(&rooms).with_accounts(&accounts), &mut file, &mut |_| {}).await.unwrap();
    String::from_utf8(file).unwrap()
}

/// The file with something else in it, and an end that fits.
fn altered(file: &str, from: &str, to: &str) -> String {
    let (lines, end) = file.split_at(file.rfind("{\"end\"").unwrap());
    assert!(lines.contains(from), "{from}");
    let lines = lines.replace(from, to);
    let hash = |text: &str| Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let at = end.find("\"sha256\":\"").unwrap() + "\"sha256\":\"".len();
    format!("{lines}{}{}{}", &end[..at], hash(&lines), &end[at + 64..])
}

async fn imported(accounts: Option<&MemoryAccounts>, file: &str) -> Result<Summary, ImportError> {
    let rooms = MemoryStore::new();
    let kept = Kept::from(&rooms);
    let kept = accounts.map_or(kept, |accounts| kept.with_accounts(accounts));
    import(kept, file.as_bytes(), &SystemEnvironment, None, &mut |_| {}).await
}

#[tokio::test]
async fn an_account_is_written_so() {
    let file = file().await;
    let line = file.lines().nth(1).unwrap();
    let expected = format!(
        r#"{{"account":{{"user":"Ann","username":"Ann","key":"ann","password":"{HASH}","admin":true,"standing":"active","created_at":7,"revision":3}}}}"#
    );
    assert_eq!(line, expected);
    let accounts = MemoryAccounts::new();
    assert_eq!(imported(Some(&accounts), &file).await.unwrap().counts.accounts, 2);
    for name in ["Ann", "Bob"] {
        let user = UserId::parse(name).unwrap();
        assert_eq!(accounts.account(By::User(&user)).await.unwrap(), Some(account(name)));
    }
    // Beside others, they would be mixed with them.
    let again = imported(Some(&accounts), &file).await;
    assert!(matches!(again, Err(ImportError::NotEmpty)), "{again:?}");
}

#[tokio::test]
async fn accounts_need_a_store_that_keeps_them() {
    let refused = imported(None, &file().await).await;
    assert!(matches!(refused, Err(ImportError::NoAccounts)), "{refused:?}");
}

#[tokio::test]
async fn what_is_no_account_is_refused() {
    let file = file().await;
    let (ann, bob) = (r#""user":"Ann","username":"Ann","key":"ann""#, r#""user":"Bob","username":"Bob","key":"bob""#);
    for (from, to, problem) in [
        (HASH, "correct horse", "its password's hash is none"),
        (r#""standing":"active""#, r#""standing":"frozen""#, "its standing is of a newer version"),
        (r#""revision":3"#, r#""revision":18446744073709551615"#, "it cannot have changed so often"),
        (ann, r#""user":"Zoe","username":"Ann","key":"ann""#, "it does not come after the line before it"),
        (bob, r#""user":"Bob","username":"Ann","key":"ann""#, "has a username that another one has"),
        (r#""admin":true,"#, r#""admin":true,"owner":true,"#, "it is not a line of this format"),
    ] {
        let refused = imported(Some(&MemoryAccounts::new()), &altered(&file, from, to)).await.unwrap_err().to_string();
        assert!(refused.contains(problem), "{refused}");
    }
    assert!(imported(Some(&MemoryAccounts::new()), &altered(&file, "\"admin\":true", "\"admin\":true")).await.is_ok());
}
