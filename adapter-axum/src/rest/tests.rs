//! The crate's documentation has every endpoint in its table, and nothing else.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use chat_core::Chat;
use tower::ServiceExt as _;

use super::*;
use crate::AdapterOptions;

/// An adapter that has every endpoint it can be built with.
pub(super) fn adapter() -> Adapter {
    let options = AdapterOptions::default();
    #[cfg(feature = "accounts")]
    let options = options.accounts({
        let key = "k1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
        let signer = chat_accounts::Signer::new(chat_accounts::Keys::parse(key).unwrap(), "chat", "chat");
        chat_accounts::Accounts::builder(chat_accounts::MemoryAccounts::new(), signer)
            .mailer(Nowhere)
            .identity_provider(Nowhere)
            .build()
    });
    Adapter::new(Chat::builder().guests(true).build(), options)
}

/// Nobody is mailed anything here, or signs in at a provider.
#[cfg(feature = "accounts")]
struct Nowhere;

#[cfg(feature = "accounts")]
#[async_trait::async_trait]
impl chat_accounts::Mailer for Nowhere {
    async fn send(&self, _: &chat_accounts::ResetMail) -> Result<(), chat_accounts::MailError> {
        Ok(())
    }
}

#[cfg(feature = "accounts")]
#[async_trait::async_trait]
impl chat_accounts::IdentityProvider for Nowhere {
    fn label(&self) -> &str {
        "nowhere"
    }

    fn callback(&self) -> &str {
        "https://chat.example/api/auth/oidc/callback"
    }

    async fn begin(&self, _: &chat_accounts::SignInSecrets) -> Result<String, chat_accounts::ProviderError> {
        Err(chat_accounts::ProviderError::unavailable("there is none"))
    }

    async fn finish(
        &self,
        _: &str,
        _: &chat_accounts::SignInSecrets,
    ) -> Result<chat_accounts::Identified, chat_accounts::ProviderError> {
        Err(chat_accounts::ProviderError::unavailable("there is none"))
    }
}

/// Action, method and path of each row: the second table is of adapters with accounts.
pub(super) fn documented() -> Vec<(&'static str, &'static str, &'static str)> {
    let (always, accounts) = include_str!("../lib.rs").split_once("//! # Accounts").unwrap();
    let tables: &[_] = if cfg!(feature = "accounts") { &[always, accounts] } else { &[always] };
    let rows = tables.iter().flat_map(|table| table.lines()).filter_map(|line| line.strip_prefix("//! | `"));
    let row = |row: &'static str| {
        let (action, rest) = row.split_once("` | `")?;
        let (method, path) = rest.split_once('`')?.0.split_once(' ')?;
        Some((action, method, path))
    };
    rows.filter_map(row).collect()
}

#[tokio::test]
async fn the_documented_table_is_that_of_the_endpoints() {
    let adapter = adapter();
    let whole: Router = routes(&adapter);
    let rows = documented();
    let actions = |rows: &mut dyn Iterator<Item = (&'static str, &'static str)>| {
        let mut rows: Vec<_> = rows.collect();
        rows.sort_unstable();
        rows
    };
    assert_eq!(
        actions(&mut rows.iter().map(|(action, _, path)| (*action, *path))),
        actions(&mut endpoints(&adapter).map(|endpoint| (endpoint.0, endpoint.1)))
    );
    for (action, method, path) in rows {
        let alone: Router = Router::new().route(path, endpoint(&adapter, action));
        for router in [&whole, &alone] {
            let request = Request::builder().method(method).uri(path.replace(['{', '}'], "")).body(Body::empty());
            let answer = router.clone().oneshot(request.unwrap()).await.unwrap();
            let expected = match action {
                "guest"
                | "register"
                | "first-admin"
                | "login"
                | "refresh"
                | "mail-password-reset"
                | "reset-password" => StatusCode::BAD_REQUEST,
                "entry" => StatusCode::OK,
                "sign-in" | "sign-in-callback" => StatusCode::FOUND,
                _ => StatusCode::UNAUTHORIZED,
            };
            assert_eq!(answer.status(), expected, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn an_adapter_has_the_endpoints_of_accounts_only_with_accounts() {
    let without = Adapter::new(Chat::builder().build(), AdapterOptions::default());
    assert_eq!(endpoints(&without).count(), ENDPOINTS.len());
}

#[test]
#[should_panic(expected = "no endpoint for the action \"dance\"")]
fn an_unknown_action_is_told_when_it_is_mounted() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let adapter = Adapter::new(Chat::builder().build(), AdapterOptions::default());
        let _: Router = Router::new().route("/dance", adapter.endpoint("dance"));
    });
}
