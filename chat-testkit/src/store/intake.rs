//! Intake: messages that wait beside the logs. How they are handed in is each store's own.

use std::{future::Future, sync::Arc};

use chat_core::{Intake, Op, Post, Store, Submission, limits::MAX_PAGE};
use uuid::Uuid;

use super::fixture::{TEXTS, room_id, user};

/// All that a store with the power of intake ([`Store::intake`]) promises; `hand_in` hands a message in, and commits that.
///
/// # Panics
/// When a promise is broken.
pub async fn keeps_what_is_handed_in<F: Future<Output = ()>>(store: Arc<dyn Store>, hand_in: impl Fn(Submission) -> F) {
    let intake = store.intake().expect("the store has the power");
    let all = messages(MAX_PAGE + 5);
    // Not in their order; and a second time, which changes nothing.
    for submission in all.iter().rev().chain(&all) {
        hand_in(submission.clone()).await;
    }
    assert_eq!(waiting(intake).await, all);
    assert_eq!(intake.waiting(None, usize::MAX).await.expect("a page").len(), MAX_PAGE);
    let (first, second, third) = (&all[0], &all[1], &all[2]);
    assert_eq!(intake.waiting(Some(first.draft_id), 2).await.expect("a page"), [second.clone(), third.clone()]);

    intake.forget(first.draft_id).await.expect("forgotten");
    intake.forget(first.draft_id).await.expect("forgotten twice");
    intake.refuse(second.draft_id, "not-a-member").await.expect("refused");
    intake.refuse(first.draft_id, "muted").await.expect("what is not there is not refused");
    assert_eq!(waiting(intake).await, all[2..]);
    let refused = async |after| intake.refused(after, 9).await.expect("the refused");
    assert_eq!(refused(None).await, [(second.clone(), "not-a-member".to_owned())]);
    assert_eq!(refused(Some(second.draft_id)).await, []);
    hand_in(second.clone()).await;
    assert_eq!(waiting(intake).await, all[2..], "what was refused is not handed in again");
    intake.forget(second.draft_id).await.expect("forgotten");
    assert_eq!(refused(None).await, []);
}

/// With ids in an order of their own, and all that a message may hold.
fn messages(count: usize) -> Vec<Submission> {
    // Some texts show nothing, and are no messages.
    let shows = |text: &&str| Op::Send(Post::text(*text)).check().is_ok();
    let texts: Vec<&str> = TEXTS.iter().copied().filter(shows).collect();
    let message = |n: usize| {
        let post = Post {
            reply_to: (n % 3 == 1).then_some(n as u64),
            mentions: vec![user("ann"); n % 2],
            data: (n % 5 == 2).then(|| r#"{"$where": "'\u0041' <> ?"}"#.into()),
            ..Post::text(texts[n % texts.len()])
        };
        let id = Uuid::from_u128((n as u128) << 64 | 7);
        let message = Submission::new(id, room_id(&format!("room-{}", n % 4)), user("clerk"), post).expect("a message");
        if n.is_multiple_of(2) { message.administrator() } else { message }
    };
    (1..=count).map(message).collect()
}

async fn waiting(intake: &dyn Intake) -> Vec<Submission> {
    let mut all: Vec<Submission> = Vec::new();
    loop {
        let page = intake.waiting(all.last().map(|last| last.draft_id), 50).await.expect("a page");
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}
