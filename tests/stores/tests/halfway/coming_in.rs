//! How users come in: by a registration, and by a provider of identities.

use std::sync::Arc;

use chat_accounts::{
    AccountStore as _, Accounts, By, Client, Identified, Identity, IdentityProvider, Keys, MemoryAccounts, Pass,
    PassCode, ProviderAnswer, ProviderError, Registration, SignInSecrets, Signer,
};
use chat_core::{Code, SeededEnvironment, Timestamp, async_trait};

use crate::{
    mortal::Mortal,
    scenes::{KEY, builder},
};

const PASSWORD: &str = "a word that nobody knows";

/// A pass for one, and its code: the same in every process.
async fn pass() -> (Pass, PassCode) {
    let keys = Keys::parse(KEY).unwrap();
    let environment = Arc::new(SeededEnvironment::new(1, Timestamp(0)));
    let accounts = Accounts::builder(MemoryAccounts::new(), Signer::new(keys, "chat", "chat")).environment(environment);
    let (pass, code) = accounts.build().console().create_pass(1, None).await.unwrap();
    (Pass { expires: Timestamp(i64::MAX), ..pass }, code)
}

pub(crate) async fn set_up(store: &Mortal) {
    store.create_pass(&pass().await.0).await.unwrap();
}

pub(crate) async fn register(store: &Arc<Mortal>) {
    let accounts = builder(store).registration(Registration::Invited).build();
    let (_, code) = pass().await;
    accounts.register_invited(code.as_str(), "cat", None, PASSWORD, Client::default()).await.unwrap();
}

/// There is an account that its user can log in to and the pass is used up, or there is neither.
pub(crate) async fn check_registration(store: &Arc<Mortal>) {
    let (pass, code) = pass().await;
    let uses = store.pass(&pass.secret).await.unwrap().map_or(0, |pass| pass.uses);
    let account = store.account(By::Username("cat")).await.unwrap();
    assert_eq!(uses, u32::from(account.is_none()));
    if account.is_none() {
        register(store).await;
    }
    let accounts = builder(store).registration(Registration::Invited).build();
    accounts.log_in("cat", PASSWORD, Client::default()).await.unwrap();
    let again = accounts.register_invited(code.as_str(), "cora", None, PASSWORD, Client::default()).await;
    assert_eq!(again.unwrap_err().code, Code::RegistrationClosed);
}

/// A provider that knows one user.
struct Office;

#[async_trait]
impl IdentityProvider for Office {
    fn label(&self) -> &str {
        "the office"
    }

    fn callback(&self) -> &str {
        "https://chat.example/back"
    }

    async fn begin(&self, secrets: &SignInSecrets) -> Result<String, ProviderError> {
        Ok(secrets.state().to_owned())
    }

    async fn finish(&self, _: &str, _: &SignInSecrets) -> Result<Identified, ProviderError> {
        Ok(Identified { identity: dan(), preferred_username: Some("dan".into()), name: None })
    }
}

fn dan() -> Identity {
    Identity::new("https://id.example", "4711").unwrap()
}

/// As a browser does: it is sent to the provider and back, and trades the token that it is handed for its own.
pub(crate) async fn sign_in(store: &Arc<Mortal>) {
    let accounts = builder(store).registration(Registration::Open).identity_provider(Office).build();
    let begun = accounts.begin_sign_in("/", Client::default()).await.unwrap();
    let answer = ProviderAnswer { state: &begun.url, code: Some("dan's") };
    let finished = accounts.finish_sign_in(&begun.cookie, answer, Client::default()).await;
    accounts.refresh(&finished.signed_in.unwrap()).await.unwrap();
}

/// Whoever signs in again comes to the account that there is, if there is one, and there is one of theirs alone.
pub(crate) async fn check_sign_in(store: &Arc<Mortal>) {
    let before = store.account(By::Identity(&dan())).await.unwrap().map(|account| account.user);
    sign_in(store).await;
    let account = store.account(By::Identity(&dan())).await.unwrap().unwrap();
    assert!(before.is_none_or(|before| before == account.user));
    let theirs = store.accounts(None, 9).await.unwrap().into_iter().filter(|account| account.identity.is_some());
    assert_eq!(theirs.map(|account| account.username.to_string()).collect::<Vec<_>>(), ["dan"]);
}
