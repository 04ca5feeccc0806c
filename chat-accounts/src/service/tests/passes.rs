//! Registration by invitation: who has the code of a pass may register.

use chat_core::{Code, Environment as _, Refusal, Timestamp, limits};

use super::{super::Registration, ANYWHERE, PASSWORD, Stage};
use crate::PassCode;

async fn register(stage: &Stage, code: &str, username: &str) -> Result<(), Code> {
    let registered = stage.accounts.register_invited(code, username, None, PASSWORD, ANYWHERE).await;
    registered.map(drop).map_err(|refusal| refusal.code)
}

fn code<T: std::fmt::Debug>(answer: Result<T, Refusal>) -> Code {
    answer.unwrap_err().code
}

#[tokio::test]
async fn a_code_lets_as_many_register_as_it_says() {
    let stage = Stage::registering(Registration::Invited);
    let console = stage.accounts.console();
    let refused = stage.accounts.register("ann", None, PASSWORD, ANYWHERE).await;
    assert_eq!(code(refused), Code::RegistrationClosed);
    let (pass, secret) = console.create_pass(2, None).await.unwrap();
    assert_eq!((format!("{secret:?}"), secret.as_str().len()), ("PassCode".into(), 22));
    let other = PassCode::new(&*stage.clock);
    for wrong in ["", "x", other.as_str(), &secret.as_str().to_lowercase(), &format!("{} ", secret.as_str())] {
        assert_eq!(register(&stage, wrong, "ann").await, Err(Code::RegistrationClosed), "{wrong:?}");
    }
    assert_eq!(stage.hashes().0, 0, "nothing is computed for who has no code");
    assert_eq!(register(&stage, secret.as_str(), "ann").await, Ok(()));
    assert_eq!(register(&stage, secret.as_str(), "ann").await, Err(Code::UsernameTaken));
    assert_eq!(console.passes().await.unwrap()[0].uses, 1, "who is refused uses nothing");
    assert_eq!(register(&stage, secret.as_str(), "bob").await, Ok(()));
    assert_eq!(register(&stage, secret.as_str(), "cat").await, Err(Code::RegistrationClosed));
    assert_eq!((console.passes().await.unwrap(), pass.uses), (vec![], 2));
    assert!(!stage.log_in("bob").await.admin);
}

#[tokio::test]
async fn a_code_expires_and_is_taken_back() {
    let stage = Stage::registering(Registration::Invited);
    let console = stage.accounts.console();
    let soon = Timestamp(stage.clock.wall().0 + 1_000);
    let (_, expiring) = console.create_pass(9, Some(soon)).await.unwrap();
    let (pass, removed) = console.create_pass(9, None).await.unwrap();
    assert_eq!(pass.expires.0 - pass.created_at.0, limits::PASS_MS);
    console.remove_pass(pass.id).await.unwrap();
    assert_eq!(code(console.remove_pass(pass.id).await), Code::NotFound);
    assert_eq!(register(&stage, removed.as_str(), "ann").await, Err(Code::RegistrationClosed));
    stage.clock.set_wall(Timestamp(soon.0 - 1));
    assert_eq!(register(&stage, expiring.as_str(), "ann").await, Ok(()));
    stage.clock.set_wall(soon);
    assert_eq!(register(&stage, expiring.as_str(), "bob").await, Err(Code::RegistrationClosed));
    assert_eq!(console.passes().await.unwrap(), []);
}

#[tokio::test]
async fn a_code_opens_nothing_that_is_closed_and_is_not_used_up_where_all_is_open() {
    for (registration, outcome) in [(Registration::Closed, Err(Code::RegistrationClosed)), (Registration::Open, Ok(()))]
    {
        let stage = Stage::registering(registration);
        let (_, secret) = stage.accounts.console().create_pass(1, None).await.unwrap();
        assert_eq!(register(&stage, secret.as_str(), "ann").await, outcome);
        assert_eq!(stage.accounts.console().passes().await.unwrap()[0].uses, 1);
    }
}

#[tokio::test]
async fn passes_have_bounds_and_makers() {
    let stage = Stage::registering(Registration::Invited);
    let console = stage.accounts.console();
    let (now, most) = (stage.clock.wall(), Timestamp(stage.clock.wall().0 + limits::MAX_PASS_MS));
    for (uses, expires) in [(0, None), (1_001, None), (1, Some(now)), (1, Some(Timestamp(most.0 + 1)))] {
        assert_eq!(code(console.create_pass(uses, expires).await), Code::InvalidField, "{uses} {expires:?}");
    }
    let (first, _) = console.create_pass(1_000, Some(most)).await.unwrap();
    assert_eq!(first.creator, None);
    console.create("root-of-all", None, PASSWORD, true).await.unwrap();
    let admin = stage.caller(&stage.log_in("root-of-all").await).await;
    stage.clock.set_wall(Timestamp(now.0 + 1));
    let (second, _) = stage.accounts.administer(&admin).unwrap().create_pass(1, None).await.unwrap();
    assert_eq!(second.creator.as_ref(), Some(&admin.user));
    assert_eq!(console.passes().await.unwrap(), [second, first.clone()]);
    for _ in 2..limits::MAX_PASSES {
        console.create_pass(1, None).await.unwrap();
    }
    assert_eq!(code(console.create_pass(1, None).await), Code::RateLimited);
    // Those that are of no use any more make place, and hide none that is.
    stage.clock.set_wall(Timestamp(now.0 + 1 + limits::PASS_MS));
    for _ in 1..limits::MAX_PASSES {
        console.create_pass(1, None).await.unwrap();
    }
    let listed = console.passes().await.unwrap();
    assert_eq!((listed.len(), listed.last()), (limits::MAX_PASSES, Some(&first)));
}
