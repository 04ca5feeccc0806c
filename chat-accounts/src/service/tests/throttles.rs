//! Who tries too often, and who is not kept out by them.

use std::{net::IpAddr, time::Duration};

use chat_core::{Code, limits};
use tokio::time::advance;

use super::{ANYWHERE, Client, PASSWORD, Stage, email};

fn from(address: &str) -> Client<'static> {
    Client { address: Some(address.parse::<IpAddr>().unwrap()), user_agent: None }
}

#[tokio::test(start_paused = true)]
async fn who_guesses_is_stopped_and_locks_nobody_else_out() {
    let stage = Stage::new();
    stage.register("ann").await;
    let log_in = async |username: &str, password: &str, address: &str| {
        let login = stage.accounts.log_in(username, password, from(address)).await;
        login.map(drop).map_err(|refusal| refusal.code)
    };
    for username in ["ann", "nobody"] {
        for n in 0..limits::GUESS_BURST {
            assert_eq!(log_in(username, "wrong", "192.0.2.1").await, Err(Code::InvalidCredentials), "{username} {n}");
        }
        let before = stage.hashes();
        assert_eq!(log_in(username, "wrong", "192.0.2.1").await, Err(Code::RateLimited), "{username}");
        assert_eq!(log_in(username, PASSWORD, "192.0.2.1").await, Err(Code::RateLimited), "{username}");
        assert_eq!(stage.hashes(), before, "nothing is computed for who is stopped");
    }
    assert_eq!(log_in("ANN", PASSWORD, "192.0.2.2").await, Ok(()), "from elsewhere");
    advance(Duration::from_millis(limits::GUESS_PERIOD_MS)).await;
    assert_eq!(log_in("ann", "wrong", "192.0.2.1").await, Err(Code::InvalidCredentials));
    assert_eq!(log_in("ann", PASSWORD, "192.0.2.1").await, Err(Code::RateLimited));
    advance(Duration::from_millis(limits::GUESS_PERIOD_MS)).await;
    assert_eq!(log_in("ann", PASSWORD, "192.0.2.1").await, Ok(()));
    for n in 0..2 * limits::GUESS_BURST {
        assert_eq!(log_in("ann", PASSWORD, "192.0.2.1").await, Ok(()), "who knows it is not throttled: {n}");
        advance(Duration::from_millis(limits::LOGIN_PERIOD_MS)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_address_tries_so_many_users_and_no_more() {
    let stage = Stage::new();
    let mut refused = Vec::new();
    for n in 0..limits::LOGIN_BURST + 10 {
        // A network of one customer is one address.
        let address = format!("2001:db8:1:1::{n:x}");
        let login = stage.accounts.log_in(&format!("user-{n}"), "wrong", from(&address)).await;
        refused.extend(login.map(drop).err().filter(|refusal| refusal.code == Code::RateLimited));
    }
    assert_eq!(refused.len(), 10);
    stage.accounts.log_in("user-0", "wrong", from("2001:db8:1:2::1")).await.unwrap_err();
    for n in 0..limits::REGISTER_BURST {
        stage.accounts.register(&format!("new-{n}"), None, PASSWORD, from("192.0.2.1")).await.unwrap();
    }
    let before = stage.hashes();
    let refused = stage.accounts.register("another", None, PASSWORD, from("192.0.2.1")).await.unwrap_err();
    assert_eq!((refused.code, stage.hashes()), (Code::RateLimited, before));
    stage.accounts.register("another", None, PASSWORD, from("192.0.2.2")).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_stolen_token_does_not_let_anybody_guess_the_password() {
    let stage = Stage::new();
    let ann = stage.register("ann").await;
    let caller = stage.caller(&ann).await;
    for _ in 0..limits::GUESS_BURST {
        let refused = stage.accounts.delete(&caller, "wrong", from("192.0.2.1")).await.unwrap_err();
        assert_eq!(refused.code, Code::InvalidCredentials);
    }
    let refused = stage.accounts.change_password(&caller, PASSWORD, "battery staple", from("192.0.2.1")).await;
    assert_eq!(refused.unwrap_err().code, Code::RateLimited);
}

#[tokio::test]
async fn who_logs_in_often_at_one_time_leaves_places_to_others() {
    let stage = Stage::new();
    stage.register("ann").await;
    let held = stage.accounts.0.hashing.hold().await;
    let log_in = |username: String, address: &'static str| {
        let accounts = stage.accounts.clone();
        tokio::spawn(async move { accounts.log_in(&username, PASSWORD, from(address)).await.map_err(|it| it.code) })
    };
    let many: Vec<_> = (0..limits::WAITING_HASHES).map(|n| log_in(format!("user-{n}"), "2001:db8:1:1::1")).collect();
    let waiting = || stage.accounts.0.hashing.waiting();
    while waiting() + many.iter().filter(|one| one.is_finished()).count() < limits::WAITING_HASHES {
        tokio::task::yield_now().await;
    }
    let (before, ann) = (waiting(), log_in("ann".into(), "2001:db8:1:2::1"));
    while waiting() == before && !ann.is_finished() {
        tokio::task::yield_now().await;
    }
    drop(held);
    assert_eq!(ann.await.unwrap().map(drop), Ok(()), "from elsewhere");
    let mut busy = 0;
    for one in many {
        busy += usize::from(one.await.unwrap().map(drop) == Err(Code::Busy));
    }
    assert_eq!(busy, limits::WAITING_HASHES - limits::WAITING_HASHES_PER_NETWORK);
}

#[tokio::test(start_paused = true)]
async fn nobody_finds_out_by_many_updates_who_has_an_account() {
    let stage = Stage::new();
    let ann = stage.caller(&stage.register("ann").await).await;
    let bob = stage.caller(&stage.register("bob").await).await;
    stage.accounts.update(&bob, email("bob@example.org"), ANYWHERE).await.unwrap();
    let ask = async || stage.accounts.update(&ann, email("bob@example.org"), ANYWHERE).await.unwrap_err().code;
    for _ in 0..limits::UPDATE_BURST {
        assert_eq!(ask().await, Code::EmailTaken);
    }
    assert_eq!(ask().await, Code::RateLimited);
    stage.accounts.update(&bob, email(""), ANYWHERE).await.expect("another user is another");
    advance(Duration::from_millis(limits::UPDATE_PERIOD_MS)).await;
    stage.accounts.update(&ann, email("bob@example.org"), ANYWHERE).await.unwrap();
}
