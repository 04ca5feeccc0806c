//! The link that makes the first administrator.

use chat_core::Code;
use futures_util::future::join_all;

use super::{super::Registration, ANYWHERE, PASSWORD, Stage};

async fn make(stage: &Stage, secret: &str, username: &str, password: &str) -> Result<bool, Code> {
    let made = stage.accounts.create_first_admin(secret, username, None, password, ANYWHERE).await;
    made.map(|made| made.admin).map_err(|refusal| refusal.code)
}

#[tokio::test]
async fn it_makes_one_administrator_and_only_success_uses_it_up() {
    let stage = Stage::registering(Registration::Closed);
    let link = stage.accounts.first_admin_link().await.unwrap().unwrap();
    for wrong in ["", "x", &"A".repeat(43)] {
        assert_eq!(make(&stage, wrong, "ann", PASSWORD).await, Err(Code::LinkNotFound), "{wrong}");
    }
    stage.accounts.console().create("bob", None, PASSWORD, false).await.unwrap();
    assert_eq!(make(&stage, link.as_str(), "bob", PASSWORD).await, Err(Code::UsernameTaken));
    assert_eq!(make(&stage, link.as_str(), "ann", "short").await, Err(Code::InvalidField));
    assert_eq!(make(&stage, link.as_str(), "admin", PASSWORD).await, Err(Code::UsernameTaken));
    assert_eq!(make(&stage, link.as_str(), "ann", PASSWORD).await, Ok(true));
    assert_eq!(make(&stage, link.as_str(), "eve", PASSWORD).await, Err(Code::LinkNotFound));
    assert!(stage.caller(&stage.log_in("ann").await).await.admin);
    assert_eq!(stage.accounts.first_admin_link().await.unwrap(), None);
}

#[tokio::test]
async fn of_many_who_use_it_at_one_time_one_becomes_an_administrator() {
    let stage = Stage::registering(Registration::Closed);
    let link = stage.accounts.first_admin_link().await.unwrap().unwrap();
    let tries = ["ann", "bob", "cat"].map(|name| make(&stage, link.as_str(), name, PASSWORD));
    let (made, refused): (Vec<_>, Vec<_>) = join_all(tries).await.into_iter().partition(Result::is_ok);
    assert_eq!((made.len(), refused), (1, vec![Err(Code::LinkNotFound); 2]));
}

#[tokio::test]
async fn it_ends_when_there_is_an_administrator_and_with_the_next_link() {
    let stage = Stage::registering(Registration::Closed);
    let first = stage.accounts.first_admin_link().await.unwrap().unwrap();
    let second = stage.accounts.first_admin_link().await.unwrap().unwrap();
    assert_eq!(make(&stage, first.as_str(), "ann", PASSWORD).await, Err(Code::LinkNotFound));
    let bob = stage.accounts.console().create("bob", None, PASSWORD, true).await.unwrap();
    assert_eq!(make(&stage, second.as_str(), "ann", PASSWORD).await, Err(Code::LinkNotFound));
    assert_eq!(stage.accounts.first_admin_link().await.unwrap(), None);
    // Nor does it come back with the need for one: it stands in old logs.
    stage.accounts.console().set_admin(&bob.user, false).await.unwrap();
    assert_eq!(make(&stage, second.as_str(), "ann", PASSWORD).await, Err(Code::LinkNotFound));
}

#[tokio::test]
async fn a_use_that_is_dropped_leaves_it_as_it_was() {
    let stage = Stage::registering(Registration::Closed);
    let link = stage.accounts.first_admin_link().await.unwrap().unwrap();
    let (accounts, secret) = (stage.accounts.clone(), link.clone());
    let task = async move { accounts.create_first_admin(secret.as_str(), "ann", None, PASSWORD, ANYWHERE).await };
    let dropped = stage.abandoned(task).await;
    assert!(dropped, "it was waiting for its password to be hashed");
    assert_eq!(make(&stage, link.as_str(), "ann", PASSWORD).await, Ok(true));
}
