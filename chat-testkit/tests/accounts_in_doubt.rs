//! Accounts over a store that does not say whether it did what it was asked.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

mod flawed_accounts;

use chat_accounts::{Accounts, Client, Keys, LoggedIn, Registration, Signer};
use chat_core::{Authenticator as _, Code, Refusal};
use flawed_accounts::{Flaw, Flawed};

async fn logged_in(flaw: Flaw) -> (Accounts, LoggedIn) {
    let keys = Keys::parse("k1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff").unwrap();
    let accounts = Accounts::builder(Flawed::new(flaw), Signer::new(keys, "chat", "chat"));
    let accounts = accounts.registration(Registration::Open).build();
    let ann = accounts.register("ann", None, "correct horse", Client::default()).await.unwrap();
    (accounts, ann)
}

/// Losing the answer of a database must log nobody out.
#[tokio::test]
async fn a_refresh_whose_answer_is_lost_is_settled_by_what_the_store_has() {
    let (accounts, ann) = logged_in(Flaw::LosesTheAnswer).await;
    let next = accounts.refresh(&ann.refresh_token).await.unwrap();
    let next = accounts.refresh(&next.refresh_token).await.unwrap();
    accounts.authenticate(&next.token).await.unwrap();
    let reused: Result<_, Refusal> = accounts.refresh(&ann.refresh_token).await;
    assert_eq!(reused.unwrap_err().code, Code::Unauthorized);
    assert_eq!(accounts.authenticate(&next.token).await.unwrap_err().code, Code::Unauthorized);
}

#[tokio::test]
async fn a_refresh_that_was_lost_leaves_the_token_valid() {
    let (accounts, ann) = logged_in(Flaw::LosesTheCall).await;
    for _ in 0..3 {
        assert_eq!(accounts.refresh(&ann.refresh_token).await.unwrap_err().code, Code::OutcomeUnknown);
    }
    accounts.authenticate(&ann.token).await.unwrap();
}
