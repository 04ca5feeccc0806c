//! Who users are at a provider: an identity has one account.

use std::sync::Arc;

use chat_accounts::{Account, AccountStore, By, Ends};

use super::fixture::{Refused, account, created, email, found, identity, refused, username};

fn with(name: &str, issuer: &str, subject: &str) -> Account {
    Account { identity: Some(identity(issuer, subject)), ..account(name) }
}

/// No two accounts have one identity; many have none. This comes after the other keys, and a refused account leaves nothing.
pub async fn an_identity_has_one_account(store: Arc<dyn AccountStore>) {
    let ann = with("ann", "https://id.example", "1");
    store.create_account(&Account { email: Some(email("ann@example.org")), ..ann }).await.expect("a new account");
    let bob = with("bob", "https://id.example", "1");
    assert_eq!(refused(store.create_account(&bob).await), Refused::IdentityTaken);
    assert_eq!(refused(store.import_account(&bob).await), Refused::IdentityTaken);
    let addressed = Account { email: Some(email("ann@example.org")), ..bob.clone() };
    assert_eq!(refused(store.create_account(&addressed).await), Refused::EmailTaken, "the address comes first");
    let named = Account { username: username("ann"), ..addressed };
    assert_eq!(refused(store.create_account(&named).await), Refused::UsernameTaken, "the username comes first");
    assert_eq!(found(&*store, "bob").await, None);
    store.create_account(&Account { identity: None, ..bob }).await.expect("the username is free");
    for name in ["c", "d", "e"] {
        created(&*store, name).await;
    }
    store.create_account(&with("f", "https://id.example", "2")).await.expect("another subject");
    store.create_account(&with("g", "https://other.example", "1")).await.expect("another provider's");
}

/// Identities that differ in a byte are others.
pub async fn identities_are_compared_byte_by_byte(store: Arc<dyn AccountStore>) {
    let keys = [
        ("https://id.example", "ann"),
        ("https://id.example", "Ann"),
        ("https://id.example", "ann "),
        ("https://id.example", " ann"),
        ("https://id.example/", "ann"),
        ("https://id.example", "a%"),
        ("https://id.example", "zo\u{eb}"),
        ("https://id.example", "zoe\u{308}"),
        ("https://id.example", "'"),
    ];
    for (n, (issuer, subject)) in keys.into_iter().enumerate() {
        let by = identity(issuer, subject);
        assert_eq!(store.account(By::Identity(&by)).await.expect("an answer"), None, "{by} before it is taken");
        store.create_account(&with(&format!("user-{n}"), issuer, subject)).await.expect(subject);
    }
    for (n, (issuer, subject)) in keys.into_iter().enumerate() {
        let by = identity(issuer, subject);
        let found = store.account(By::Identity(&by)).await.expect("an answer").expect(subject);
        assert_eq!((found.user.as_str(), found.identity), (&*format!("user-{n}"), Some(by)));
    }
}

/// It stays while an account changes, may not become another account's, and is free once its account is deleted or removed.
pub async fn an_identity_is_free_when_its_account_is_gone(store: Arc<dyn AccountStore>) {
    let of = |n: usize| with(&format!("user-{n}"), "https://id.example", "1");
    let by = identity("https://id.example", "1");
    store.create_account(&of(0)).await.expect("a new account");
    store.update_account(&Account { admin: true, ..of(0) }, Ends::Nothing).await.expect("a change");
    assert_eq!(refused(store.create_account(&of(1)).await), Refused::IdentityTaken);
    let bob = created(&*store, "bob").await;
    let taking = Account { identity: Some(by.clone()), ..bob.clone() };
    assert_eq!(refused(store.update_account(&taking, Ends::All).await), Refused::IdentityTaken);
    assert_eq!(found(&*store, "bob").await, Some(bob));
    let now = found(&*store, "user-0").await.expect("an account");
    assert_eq!(now.identity, Some(by.clone()));
    store.update_account(&now.deleted(), Ends::All).await.expect("a deletion");
    assert_eq!(store.account(By::Identity(&by)).await.expect("an answer"), None);
    store.create_account(&of(1)).await.expect("the identity is free");
    store.remove_account(&of(1).user).await.expect("a removal");
    assert_eq!(store.account(By::Identity(&by)).await.expect("an answer"), None);
    store.create_account(&of(2)).await.expect("the identity is free");
}
