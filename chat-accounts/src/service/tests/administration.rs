//! What administrators do with accounts.

use std::sync::atomic::Ordering;

use chat_core::{Code, Timestamp, limits};
use futures_util::future::join_all;

use super::{ANYWHERE, PASSWORD, Stage, is_revoked};

#[tokio::test]
async fn only_administrators_administer() {
    let stage = Stage::new();
    let ann = stage.caller(&stage.register("ann").await).await;
    assert_eq!(stage.accounts.administer(&ann).unwrap_err().code, Code::Forbidden);
    stage.accounts.console().set_admin(&ann.user, true).await.unwrap();
    let ann = stage.caller(&stage.log_in("ann").await).await;
    let admin = stage.accounts.administer(&ann).unwrap();
    assert_eq!(admin.suspend(&ann.user).await.unwrap_err().code, Code::Forbidden, "nobody locks themselves out");
    assert_eq!(admin.set_admin(&ann.user, false).await.unwrap_err().code, Code::Forbidden);
    let nobody = "nobody".parse().unwrap();
    assert_eq!(admin.suspend(&nobody).await.unwrap_err().code, Code::UserNotFound);
    assert_eq!(admin.reset_link(&nobody).await.unwrap_err().code, Code::UserNotFound);
    let names: Vec<_> = admin.list(None, 10).await.unwrap().into_iter().map(|it| it.username.to_string()).collect();
    assert_eq!(names, ["ann"]);
    assert_eq!(admin.named("ANN").await.unwrap().user, ann.user);
}

#[tokio::test]
async fn whoever_has_the_machine_deletes_an_account_without_its_password() {
    let stage = Stage::new();
    let (ann, bob) = (stage.register("ann").await, stage.register("bob").await);
    let (console, events) = (stage.accounts.console(), stage.session(&ann).await);
    assert_eq!(console.user(&ann.user).await.unwrap().username.shown(), "ann");
    console.delete(&ann.user).await.unwrap();
    is_revoked(events).await;
    stage.is_over(&ann).await;
    assert_eq!(console.user(&ann.user).await.unwrap_err().code, Code::UserNotFound);
    assert_eq!(console.delete(&ann.user).await.unwrap_err().code, Code::UserNotFound);
    console.set_admin(&bob.user, true).await.unwrap();
    let bob = stage.caller(&stage.log_in("bob").await).await;
    let refused = stage.accounts.administer(&bob).unwrap().delete(&bob.user).await;
    assert_eq!(refused.unwrap_err().code, Code::Forbidden);
}

#[tokio::test]
async fn a_suspended_user_is_out_until_they_log_in_again() {
    let stage = Stage::new();
    let ann = stage.register("ann").await;
    let (console, events) = (stage.accounts.console(), stage.session(&ann).await);
    console.suspend(&ann.user).await.unwrap();
    is_revoked(events).await;
    stage.is_over(&ann).await;
    assert_eq!(stage.refused("ann", PASSWORD).await.code, Code::Suspended);
    console.restore(&ann.user).await.unwrap();
    stage.is_over(&ann).await;
    stage.caller(&stage.log_in("ann").await).await;
}

#[tokio::test]
async fn a_link_sets_a_password_once() {
    let stage = Stage::new();
    let ann = stage.register("ann").await;
    let console = stage.accounts.console();
    let reset = async |secret: &str, new: &str| {
        stage.accounts.reset_password(secret, new, ANYWHERE).await.map_err(|refusal| refusal.code)
    };
    let (_, earlier) = console.reset_link(&ann.user).await.unwrap();
    let (link, secret) = console.reset_link(&ann.user).await.unwrap();
    assert_eq!(format!("{secret:?}"), "LinkSecret");
    for secret in ["", "x", earlier.as_str(), &"A".repeat(43), &ann.refresh_token] {
        assert_eq!(reset(secret, "battery staple").await, Err(Code::LinkNotFound), "{secret}");
    }
    assert_eq!(reset(secret.as_str(), "short").await, Err(Code::InvalidField));
    let tries = ["battery staple", "staple battery"].map(|new| reset(secret.as_str(), new));
    let won: Vec<_> = join_all(tries).await.into_iter().map(|reset| reset.is_ok()).collect();
    assert_eq!(won.iter().filter(|won| **won).count(), 1);
    stage.is_over(&ann).await;
    let new = if won[0] { "battery staple" } else { "staple battery" };
    stage.accounts.log_in("ann", new, ANYWHERE).await.unwrap();
    let (_, late) = console.reset_link(&ann.user).await.unwrap();
    stage.clock.set_wall(Timestamp(link.expires.0 + limits::LINK_MS));
    assert_eq!(reset(late.as_str(), "battery staple").await, Err(Code::LinkNotFound));
}

#[tokio::test]
async fn a_link_of_a_deleted_user_sets_nothing() {
    let stage = Stage::new();
    let ann = stage.register("ann").await;
    let (_, secret) = stage.accounts.console().reset_link(&ann.user).await.unwrap();
    stage.accounts.delete(&stage.caller(&ann).await, PASSWORD, ANYWHERE).await.unwrap();
    let reset = stage.accounts.reset_password(secret.as_str(), "battery staple", ANYWHERE).await;
    assert_eq!(reset.unwrap_err().code, Code::LinkNotFound);
    let console = stage.accounts.console();
    assert_eq!(console.restore(&ann.user).await.unwrap_err().code, Code::UserNotFound);
    assert_eq!(console.set_password(&ann.user, "battery staple").await.unwrap_err().code, Code::UserNotFound);
    assert_eq!(stage.refused("ann", PASSWORD).await.code, Code::InvalidCredentials);
}

#[tokio::test]
async fn a_password_set_by_an_administrator_ends_all_devices() {
    let stage = Stage::new();
    let ann = stage.register("ann").await;
    let (console, events) = (stage.accounts.console(), stage.session(&ann).await);
    console.set_password(&ann.user, "battery staple").await.unwrap();
    is_revoked(events).await;
    stage.is_over(&ann).await;
    stage.accounts.log_in("ann", "battery staple", ANYWHERE).await.unwrap();
    assert_eq!(console.free_username(&ann.user).await.unwrap_err().code, Code::Forbidden);
}

#[tokio::test]
async fn a_link_is_still_of_use_when_the_password_could_not_be_set() {
    let (stage, store) = Stage::faulty();
    let ann = stage.register("ann").await;
    let (_, secret) = stage.accounts.console().reset_link(&ann.user).await.unwrap();
    let reset = async || stage.accounts.reset_password(secret.as_str(), "battery staple", ANYWHERE).await;
    store.refuses_changes.store(true, Ordering::Relaxed);
    assert_eq!(reset().await.unwrap_err().code, Code::StoreUnavailable);
    store.refuses_changes.store(false, Ordering::Relaxed);
    reset().await.unwrap();
    assert_eq!(reset().await.unwrap_err().code, Code::LinkNotFound);
    stage.accounts.log_in("ann", "battery staple", ANYWHERE).await.unwrap();
}
