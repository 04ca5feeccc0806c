//! Sessions end with their devices, whoever ended these, within a second.

use std::{sync::Arc, time::Duration};

use chat_core::{Chat, Timestamp, limits};
use tokio::time::{Instant, sleep};

use super::{ANYWHERE, PASSWORD, Stage, is_revoked, signer};
use crate::{AccountStore as _, Accounts, Ends};

/// The same store on another node, without a bus between the two.
fn another_node(stage: &Stage) -> Stage {
    let accounts = Accounts::builder(stage.store.clone(), signer()).environment(stage.clock.clone()).build();
    let chat = Chat::builder().authenticator(accounts.clone()).environment(stage.clock.clone()).build();
    accounts.attach(&chat);
    Stage { accounts, store: stage.store.clone(), chat, clock: stage.clock.clone() }
}

#[tokio::test(start_paused = true)]
async fn what_another_node_ends_is_ended_here_within_a_second() {
    let here = Stage::new();
    let there = another_node(&here);
    let (ann, other) = (here.register("ann").await, here.log_in("ann").await);
    let (on_ann, mut on_other) = (there.session(&ann).await, there.session(&other).await);
    let began = Instant::now();
    here.accounts.log_out(&here.caller(&ann).await, false).await.unwrap();
    is_revoked(on_ann).await;
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    there.is_over(&ann).await;
    sleep(Duration::from_secs(5)).await;
    assert!(futures_util::FutureExt::now_or_never(on_other.next()).is_none(), "the other device stays");
    let began = Instant::now();
    here.accounts.console().suspend(&ann.user).await.unwrap();
    is_revoked(on_other).await;
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn who_is_no_administrator_any_more_is_none_anywhere_within_a_second() {
    let here = Stage::new();
    let there = another_node(&here);
    let (ann, console) = (here.register("ann").await, here.accounts.console());
    let mut before = there.session(&ann).await;
    console.set_admin(&ann.user, true).await.unwrap();
    assert!(there.caller(&ann).await.admin);
    let with_it = there.session(&ann).await;
    sleep(Duration::from_secs(5)).await;
    assert!(futures_util::FutureExt::now_or_never(before.next()).is_none(), "who is given the right stays");
    let began = Instant::now();
    // As a command line does it: without an engine that knows of the session.
    let command_line = Accounts::builder(here.store.clone(), signer()).environment(here.clock.clone()).build();
    command_line.console().set_admin(&ann.user, false).await.unwrap();
    is_revoked(with_it).await;
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    there.is_over(&ann).await;
    assert!(!there.caller(&here.log_in("ann").await).await.admin);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_comes_in_while_its_device_ends_is_ended() {
    let stage = Stage::new();
    let ann = stage.register("ann").await;
    let caller = stage.caller(&ann).await;
    stage.store.end_devices(&ann.user, Ends::One(ann.device)).await.unwrap();
    // The watch has seen the revocation before the session is there.
    sleep(Duration::from_secs(5)).await;
    let began = Instant::now();
    is_revoked(stage.chat.session(caller).1).await;
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_session_that_came_back_is_not_asked_about_again() {
    let stage = Stage::new();
    let (ann, bob) = (stage.register("ann").await, stage.register("bob").await);
    let _events = stage.session(&ann).await;
    stage.accounts.log_out(&stage.caller(&bob).await, true).await.unwrap();
    sleep(Duration::from_secs(1)).await;
    let seen = |info: &chat_core::SessionInfo| info.caller.claims::<crate::SignedIn>().unwrap().seen();
    assert_eq!(stage.chat.sessions().iter().map(seen).collect::<Vec<_>>(), [1]);
}

#[tokio::test(start_paused = true)]
async fn the_watch_ends_with_the_engine_and_keeps_neither_alive() {
    let stage = Stage::new();
    let inner = Arc::downgrade(&stage.accounts.0);
    sleep(Duration::from_secs(2)).await;
    drop(stage);
    sleep(Duration::from_secs(2)).await;
    assert!(inner.upgrade().is_none());
}

#[tokio::test(start_paused = true)]
async fn expired_devices_are_removed() {
    let stage = Stage::new();
    let ann = stage.register("ann").await;
    stage.clock.set_wall(Timestamp(ann.expires_at.0 + limits::REFRESH_MS));
    let login = stage.accounts.log_in("ann", PASSWORD, ANYWHERE).await.unwrap();
    sleep(Duration::from_millis(limits::ACCOUNT_SWEEP_MS + limits::REVOCATION_MS)).await;
    let left: Vec<_> = stage.store.devices(&ann.user).await.unwrap().into_iter().map(|device| device.id).collect();
    assert_eq!(left, [login.device]);
}
