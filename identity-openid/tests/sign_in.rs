//! Users who sign in at a provider.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

mod provider;

use std::time::Duration;

use chat_accounts::{
    Accounts, Client, Keys, LoggedIn, MemoryAccounts, ProviderAnswer, Registration, SignInBegun, Signer,
};
use chat_core::{Code, Refusal};
use identity_openid::OpenId;
use provider::{CALLBACK, CLIENT, Mistake, Names, Provider, SECRET, SUBJECT};
use serde_json::json;
use tokio::time::{advance, pause, resume};

const KEY: &str = "k1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

struct Door {
    accounts: Accounts,
    provider: Provider,
}

impl Door {
    async fn new() -> Self {
        let provider = Provider::start().await;
        let openid = OpenId::new(provider.issuer(), CLIENT, CALLBACK).unwrap().secret(SECRET);
        Self { accounts: accounts(openid), provider }
    }

    async fn begin(&self) -> Result<SignInBegun, Code> {
        self.accounts.begin_sign_in("/", Client::default()).await.map_err(|refusal| refusal.code)
    }

    async fn finish(&self, cookie: &str, state: &str, code: &str) -> Result<LoggedIn, Code> {
        let answer = ProviderAnswer { state, code: Some(code) };
        let code = |refusal: Refusal| refusal.code;
        let finished = self.accounts.finish_sign_in(cookie, answer, Client::default()).await;
        self.accounts.refresh(&finished.signed_in.map_err(code)?).await.map_err(code)
    }

    async fn sign_in(&self) -> Result<LoggedIn, Code> {
        let begun = self.begin().await?;
        let (code, state) = self.provider.signs_in(&begun.url);
        self.finish(&begun.cookie, &state, &code).await
    }
}

fn accounts(openid: OpenId) -> Accounts {
    let signer = Signer::new(Keys::parse(KEY).unwrap(), "https://chat.example", "chat");
    let builder = Accounts::builder(MemoryAccounts::new(), signer).registration(Registration::Open);
    builder.identity_provider(openid).build()
}

/// So much later, as the cache sees it.
async fn later(by: Duration) {
    pause();
    advance(by).await;
    resume();
}

#[tokio::test]
async fn a_user_of_the_provider_signs_in_and_comes_back() {
    let door = Door::new().await;
    let ann = door.sign_in().await.unwrap();
    assert_eq!(ann.username.shown(), "Ann");
    let account = door.accounts.console().user(&ann.user).await.unwrap();
    let identity = account.identity.unwrap();
    assert_eq!((identity.issuer(), identity.subject()), (door.provider.issuer(), SUBJECT));
    door.provider.makes(Mistake::Es256);
    assert_eq!(door.sign_in().await.unwrap().user, ann.user, "ES256 is taken, too");
    assert_eq!(door.provider.described(), 1, "what the provider says of itself is kept");
}

#[tokio::test]
async fn a_statement_that_does_not_hold_is_refused() {
    use Mistake as M;
    let door = Door::new().await;
    for mistake in [
        M::OtherNonce,
        M::NoNonce,
        M::OtherAudience,
        M::AnotherAudienceToo,
        M::OtherIssuer,
        M::Expired,
        M::Unsigned,
        M::NoSignature,
        M::SignedWithTheSecret,
        M::SignedWithThePublicKey,
        M::Rs512,
        M::UnknownKey,
        M::ChangedAfterwards,
        M::NoSubject,
        M::NoToken,
    ] {
        door.provider.makes(mistake);
        assert_eq!(door.sign_in().await.unwrap_err(), Code::SignInFailed, "{mistake:?}");
    }
    // These are no answer at all.
    for mistake in [M::NoExpiry, M::Talkative] {
        door.provider.makes(mistake);
        assert_eq!(door.sign_in().await.unwrap_err(), Code::ProviderUnavailable, "{mistake:?}");
    }
    door.provider.makes(M::None);
    door.sign_in().await.unwrap();
    assert_eq!(door.accounts.console().list(None, 100).await.unwrap().len(), 1, "nobody else has come in");
}

#[tokio::test]
async fn a_code_is_of_use_once_and_in_the_browser_that_began() {
    let door = Door::new().await;
    let (ann, mallory) = (door.begin().await.unwrap(), door.begin().await.unwrap());
    let (code, state) = door.provider.signs_in(&ann.url);
    let (others_code, others_state) = door.provider.signs_in(&mallory.url);
    let failed = |signed_in: Result<LoggedIn, Code>| assert_eq!(signed_in.unwrap_err(), Code::SignInFailed);
    failed(door.finish(&mallory.cookie, &state, &code).await);
    failed(door.finish(&ann.cookie, &others_state, &code).await);
    // Ann's code in another's sign-in has another verifier, and is used up by that.
    failed(door.finish(&mallory.cookie, &others_state, &code).await);
    failed(door.finish(&ann.cookie, &state, &code).await);
    failed(door.finish(&ann.cookie, &state, &others_code).await);
    let begun = door.begin().await.unwrap();
    let (code, state) = door.provider.signs_in(&begun.url);
    door.finish(&begun.cookie, &state, &code).await.unwrap();
    failed(door.finish(&begun.cookie, &state, &code).await);
}

#[tokio::test]
async fn names_are_asked_for_where_the_statement_has_none() {
    for (names, expected) in [(Names::WhenAsked, "Anna"), (Names::OfAnother, "user"), (Names::Nowhere, "user")] {
        let door = Door::new().await;
        door.provider.says_names(names);
        assert_eq!(door.sign_in().await.unwrap().username.shown(), expected, "{names:?}");
    }
    let door = Door::new().await;
    door.accounts.register("ann", None, "correct horse", Client::default()).await.unwrap();
    assert_eq!(door.sign_in().await.unwrap().username.shown(), "Ann2", "the name is taken");
}

#[tokio::test]
async fn a_new_key_is_fetched_and_no_more_often_than_once_a_minute() {
    let door = Door::new().await;
    door.sign_in().await.unwrap();
    door.provider.rotates("k2");
    assert_eq!(door.sign_in().await.unwrap_err(), Code::SignInFailed, "the keys were just fetched");
    later(Duration::from_secs(61)).await;
    door.sign_in().await.unwrap();
    assert_eq!(door.provider.described(), 2);
    door.provider.makes(Mistake::UnknownKey);
    later(Duration::from_secs(61)).await;
    for _ in 0..5 {
        assert_eq!(door.sign_in().await.unwrap_err(), Code::SignInFailed);
    }
    assert_eq!(door.provider.described(), 3, "whoever makes keys up has little fetched");
    door.provider.makes(Mistake::None);
    later(Duration::from_secs(3_600)).await;
    door.sign_in().await.unwrap();
    assert_eq!(door.provider.described(), 4, "what was fetched is kept for an hour");
}

#[tokio::test]
async fn a_provider_that_is_away_is_told_and_is_asked_again_later() {
    let door = Door::new().await;
    let begun = door.begin().await.unwrap();
    let (code, state) = door.provider.signs_in(&begun.url);
    door.provider.stop().await;
    assert_eq!(door.finish(&begun.cookie, &state, &code).await.unwrap_err(), Code::ProviderUnavailable);
    door.begin().await.expect("what is known is known");
    later(Duration::from_secs(3_600)).await;
    assert_eq!(door.begin().await.unwrap_err(), Code::ProviderUnavailable);
}

#[tokio::test]
async fn a_slow_provider_holds_nobody_up_for_long() {
    let door = Door::new().await;
    door.provider.is_slow();
    let others = async {
        pause();
        // Whoever waits is told at once when the time of the first one is over.
        tokio::join!(door.begin(), door.begin(), door.begin())
    };
    let (first, second, third) = others.await;
    resume();
    for begun in [first, second, third] {
        assert_eq!(begun.unwrap_err(), Code::ProviderUnavailable);
    }
}

#[tokio::test]
async fn what_a_provider_says_of_itself_must_hold() {
    let whole = |issuer: &str, page: &str| {
        json!({
            "issuer": issuer, "authorization_endpoint": page, "token_endpoint": "http://10.0.0.1/token",
            "jwks_uri": format!("{issuer}/keys"), "response_types_supported": ["code"],
            "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"],
        })
    };
    let door = Door::new().await;
    let issuer = door.provider.issuer().to_owned();
    for wrong in [
        json!({}),
        json!([1]),
        json!({ "issuer": issuer, "large": "x".repeat(1 << 20) }),
        whole("https://id.example", "https://id.example/authorize"),
        whole(&issuer, "http://10.0.0.1/authorize"),
    ] {
        door.provider.says_of_itself(wrong.clone());
        later(Duration::from_secs(3)).await;
        assert_eq!(
            door.begin().await.unwrap_err(),
            Code::ProviderUnavailable,
            "{}",
            &wrong.to_string()[..20.min(wrong.to_string().len())]
        );
    }
    // No code goes to another machine without TLS.
    door.provider.says_of_itself(whole(&issuer, &format!("{issuer}/authorize")));
    later(Duration::from_secs(3)).await;
    assert_eq!(door.sign_in().await.unwrap_err(), Code::ProviderUnavailable);
}

#[tokio::test]
async fn a_provider_with_tls_is_one_for_which_an_authority_vouches() {
    let (provider, authority) = Provider::start_with_tls().await;
    let openid = || OpenId::new(provider.issuer(), CLIENT, CALLBACK).unwrap().secret(SECRET);
    let others = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert.pem();
    for openid in [openid(), openid().authority(others.as_bytes()).unwrap()] {
        let door = Door { accounts: accounts(openid), provider: provider.clone() };
        assert_eq!(door.begin().await.unwrap_err(), Code::ProviderUnavailable);
    }
    let openid = openid().authority(authority.as_bytes()).unwrap();
    Door { accounts: accounts(openid), provider }.sign_in().await.unwrap();
}

#[tokio::test]
async fn another_secret_is_refused() {
    let provider = Provider::start().await;
    let openid = OpenId::new(provider.issuer(), CLIENT, CALLBACK).unwrap().secret("another");
    let door = Door { accounts: accounts(openid), provider };
    assert_eq!(door.sign_in().await.unwrap_err(), Code::SignInFailed);
}

#[test]
fn settings_that_cannot_be_are_refused() {
    for (issuer, client) in [
        ("", CLIENT),
        ("id.example", CLIENT),
        ("http://id.example", CLIENT),
        ("https://id.example?a=b", CLIENT),
        ("https://id.example#a", CLIENT),
        ("https://ann:secret@id.example", CLIENT),
        ("https://id.example", ""),
    ] {
        let refused = OpenId::new(issuer, client, CALLBACK).unwrap_err();
        assert!(!refused.to_string().contains("secret"), "{refused}");
    }
    assert!(OpenId::new("https://id.example", CLIENT, "nowhere").is_err());
    let openid = OpenId::new("https://id.example", CLIENT, CALLBACK).unwrap().secret("s3cret");
    assert!(!format!("{openid:?}").contains("s3cret"));
    assert!(openid.authority(b"-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----\n").is_err());
}
