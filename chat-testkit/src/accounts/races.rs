//! Many at one time: one wins, and nothing is seen by halves.

use std::{sync::Arc, task::Poll};

use chat_accounts::{Account, AccountError, AccountStore, Ends, Rotation, Standing};
use chat_core::Timestamp;
use futures_util::future::{join_all, poll_fn};
use tokio::{spawn, task::yield_now};

use super::{
    devices::rotation,
    fixture::{account, created, device, email, found, identity, ids, logged_in, pass, secret, user, username},
};

/// How often each race is run.
const ROUNDS: u64 = 20;
/// How many run in it.
const RUNNERS: u64 = 8;

/// Of many who register with one pass at one time, as many do as it has uses.
pub async fn of_many_who_use_a_pass_as_many_do_as_may(store: Arc<dyn AccountStore>) {
    for round in 0..ROUNDS / 4 {
        let pass = pass(round, 3);
        store.create_pass(&pass).await.expect("a new pass");
        let tries = (0..RUNNERS).map(|n| {
            let (store, account) = (store.clone(), account(&format!("user-{round}-{n}")));
            spawn(async move { store.register(&account, &pass.secret, Timestamp(0)).await })
        });
        let tries = join_all(tries).await.into_iter().map(|tried| tried.expect("a runner"));
        let (won, lost): (Vec<_>, Vec<_>) = tries.partition(Result::is_ok);
        assert_eq!(won.len(), 3, "round {round}: {lost:?}");
        assert!(lost.iter().all(|lost| matches!(lost, Err(AccountError::NoPass))), "{lost:?}");
        assert_eq!(store.pass(&pass.secret).await.expect("an answer").map(|pass| pass.uses), Some(0));
    }
}

/// Of many who take one username, or one address, at one time, one has it.
pub async fn of_many_who_take_a_key_one_does(store: Arc<dyn AccountStore>) {
    for round in 0..ROUNDS {
        let tries = (0..RUNNERS).map(|n| {
            let (store, own) = (store.clone(), account(&format!("user-{round}-{n}")));
            let named = Account { username: username(&format!("name-{round}")), ..own.clone() };
            let address = email(&format!("name-{round}@example.org"));
            let addressed = Account { email: Some(address), ..own };
            let account = if round % 2 == 0 { named } else { addressed };
            spawn(async move { store.create_account(&account).await })
        });
        let tries = join_all(tries).await.into_iter().map(|tried| tried.expect("a runner"));
        let (won, lost): (Vec<_>, Vec<_>) = tries.partition(Result::is_ok);
        assert_eq!(won.len(), 1, "round {round}");
        let is_taken = |lost: &AccountError| matches!(lost, AccountError::UsernameTaken | AccountError::EmailTaken);
        assert!(lost.iter().all(|lost| lost.as_ref().is_err_and(is_taken)), "{lost:?}");
    }
    let mut all = Vec::new();
    while let page = store.accounts(all.last(), 100).await.expect("a page")
        && !page.is_empty()
    {
        all.extend(page.into_iter().map(|account| account.user));
    }
    assert_eq!(all.len() as u64, ROUNDS, "who lost has left nothing");
}

/// Of many who make an account for one identity at one time, one does, and the others are told that it has one.
pub async fn of_many_who_bring_an_identity_one_gets_an_account(store: Arc<dyn AccountStore>) {
    for round in 0..ROUNDS {
        let tries = (0..RUNNERS).map(|n| {
            let identity = identity("https://id.example", &round.to_string());
            let account = Account { identity: Some(identity), ..account(&format!("user-{round}-{n}")) };
            let store = store.clone();
            spawn(async move { store.create_account(&account).await })
        });
        let tries = join_all(tries).await.into_iter().map(|tried| tried.expect("a runner"));
        let (won, lost): (Vec<_>, Vec<_>) = tries.partition(Result::is_ok);
        assert_eq!(won.len(), 1, "round {round}");
        assert!(lost.iter().all(|lost| matches!(lost, Err(AccountError::IdentityTaken))), "{lost:?}");
    }
}

/// Of many who change an account from one state, one does.
pub async fn of_many_updates_one_is_done(store: Arc<dyn AccountStore>) {
    let ann = created(&*store, "ann").await;
    for round in 0..ROUNDS {
        let tries = (0..RUNNERS).map(|n| {
            let store = store.clone();
            let changed = Account { username: username(&format!("ann-{round}-{n}")), revision: round, ..ann.clone() };
            spawn(async move { store.update_account(&changed, Ends::Nothing).await.map(|()| changed) })
        });
        let tries = join_all(tries).await.into_iter().map(|tried| tried.expect("a runner"));
        let (won, lost): (Vec<_>, Vec<_>) = tries.partition(Result::is_ok);
        assert!(lost.iter().all(|lost| matches!(lost, Err(AccountError::Conflict))), "{lost:?}");
        let won: Vec<_> = won.into_iter().flatten().collect();
        assert_eq!(won.len(), 1, "round {round}");
        let expected = Account { revision: round + 1, ..won[0].clone() };
        assert_eq!(found(&*store, "ann").await, Some(expected));
    }
}

/// Of many who refresh with one token at one time, one does.
pub async fn of_many_rotations_one_is_done(store: Arc<dyn AccountStore>) {
    let ann = created(&*store, "ann").await;
    let mut device = logged_in(&*store, &ann, 1).await;
    for round in 0..ROUNDS {
        let tries = (0..RUNNERS).map(|n| {
            let (store, rotation) = (store.clone(), rotation(&device, round * RUNNERS + n));
            spawn(async move { store.rotate(&rotation).await.expect("an answer").then_some(rotation) })
        });
        let tries = join_all(tries).await.into_iter().filter_map(|tried| tried.expect("a runner"));
        let won: Vec<Rotation> = tries.collect();
        assert_eq!(won.len(), 1, "round {round}");
        assert!(device.rotate(&won[0]));
        assert_eq!(store.device(device.id).await.expect("an answer"), Some((device.clone(), ann.clone())));
    }
}

/// A user who is suspended while they log in is logged in nowhere.
pub async fn a_login_is_before_a_suspension_or_fails(store: Arc<dyn AccountStore>) {
    for round in 0..ROUNDS {
        let name = format!("user-{round}");
        let account = created(&*store, &name).await;
        let logins = (0..RUNNERS).map(|n| {
            let (store, device) = (store.clone(), device(&name, round * RUNNERS + n));
            spawn(async move { store.create_device(&device, 0).await })
        });
        let logins: Vec<_> = logins.collect();
        for _ in 0..round % 5 {
            yield_now().await;
        }
        let suspended = Account { standing: Standing::Suspended, ..account };
        store.update_account(&suspended, Ends::All).await.expect("a suspension");
        for login in join_all(logins).await {
            let login = login.expect("a runner");
            assert!(matches!(login, Ok(()) | Err(AccountError::Conflict)), "{login:?}");
        }
        assert_eq!(ids(&*store, &name).await, [], "round {round}");
    }
}

/// A device that is ended while it is refreshed stays ended.
pub async fn a_rotation_revives_no_device(store: Arc<dyn AccountStore>) {
    let ann = created(&*store, "ann").await;
    for round in 0..ROUNDS {
        let device = logged_in(&*store, &ann, round).await;
        let rotations = (0..RUNNERS).map(|n| {
            let (store, rotation) = (store.clone(), rotation(&device, n));
            spawn(async move { store.rotate(&rotation).await.expect("an answer") })
        });
        let rotations: Vec<_> = rotations.collect();
        for _ in 0..round % 5 {
            yield_now().await;
        }
        assert_eq!(store.end_devices(&ann.user, Ends::One(device.id)).await.expect("an end"), 1);
        join_all(rotations).await;
        assert_eq!(store.device(device.id).await.expect("an answer"), None, "round {round}");
    }
}

/// Nobody sees a device beside an account that has ended it.
pub async fn a_device_and_its_account_are_of_one_moment(store: Arc<dyn AccountStore>) {
    for round in 0..ROUNDS {
        let name = format!("user-{round}");
        let account = created(&*store, &name).await;
        let device = logged_in(&*store, &account, round).await;
        let readers = (0..RUNNERS).map(|_| {
            let store = store.clone();
            spawn(async move {
                while let Some((_, account)) = store.device(device.id).await.expect("an answer") {
                    assert!(account.is_active(), "a suspended user has this device");
                    yield_now().await;
                }
            })
        });
        let readers: Vec<_> = readers.collect();
        yield_now().await;
        let suspended = Account { standing: Standing::Suspended, ..account };
        store.update_account(&suspended, Ends::All).await.expect("a suspension");
        for reader in readers {
            reader.await.expect("a reader");
        }
    }
}

/// Whoever has read that there were revocations does not find what was ended by them.
pub async fn who_reads_a_new_number_finds_no_ended_device(store: Arc<dyn AccountStore>) {
    let ann = created(&*store, "ann").await;
    for round in 0..ROUNDS {
        let device = logged_in(&*store, &ann, round).await.id;
        let before = store.revocations().await.expect("a number");
        let reader = {
            let store = store.clone();
            spawn(async move {
                while store.revocations().await.expect("a number") == before {
                    yield_now().await;
                }
                store.living(&[device]).await.expect("an answer")
            })
        };
        yield_now().await;
        store.end_devices(&ann.user, Ends::One(device)).await.expect("an end");
        assert_eq!(reader.await.expect("a reader"), [], "round {round}");
    }
}

/// A call that is dropped was done or was not, and those after it are answered.
pub async fn a_dropped_call_holds_nothing_up(store: Arc<dyn AccountStore>) {
    let ann = created(&*store, "ann").await;
    for n in 0..ROUNDS {
        let device = logged_in(&*store, &ann, n).await;
        let (first, second) = (rotation(&device, 1), Rotation { from: secret(1), ..rotation(&device, 2) });
        {
            let mut dropped = store.rotate(&first);
            poll_fn(|cx| {
                let _ = dropped.as_mut().poll(cx);
                Poll::Ready(())
            })
            .await;
        }
        // Whether it was done is settled by doing it: only one of the two can be.
        let again = store.rotate(&first).await.expect("an answer");
        let next = store.rotate(&second).await.expect("an answer");
        let newest = store.device(device.id).await.expect("an answer").expect("the device").0.newest;
        assert!(next && newest == secret(2), "{again} {next} {newest:?}");
    }
    assert!(found(&*store, "ann").await.is_some() && user("ann") == ann.user);
}
