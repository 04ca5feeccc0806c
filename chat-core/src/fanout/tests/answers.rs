//! Answers that wait for a flush of their room.

use futures_util::FutureExt as _;

use super::stage::Stage;
use crate::limits::FLUSH_CHUNK;

#[test]
fn an_answer_that_comes_after_the_flusher_has_passed_is_sent_by_the_next_flush() {
    let stage = Stage::new();
    let sessions: Vec<_> = (0..2 * FLUSH_CHUNK as u64).map(|id| stage.subscriber(id, None, || ())).collect();
    stage.post(1, "one");
    stage.fan.flush();
    stage.post(2, "two");
    // The flusher is at work in the middle of the host's batch.
    while !stage.fan.flush_chunk(0) {}
    let (asker, socket) = &sessions[0];
    asker.answer(Some("ack;".into()), Some(&stage.fan));
    assert_eq!(socket.text(), "1:one;2:two;", "it waits for the flush");
    stage.finish();
    assert_eq!(socket.text(), "1:one;2:two;ack;");
}

#[test]
fn an_answer_that_waits_is_sent_when_its_session_leaves_the_room() {
    let stage = Stage::new();
    let (asker, socket) = stage.subscriber(1, None, || ());
    assert!(asker.woken().now_or_never().is_some());
    asker.answer(Some("ack;".into()), Some(&stage.fan));
    stage.fan.detach(&asker, &super::stage::ann());
    stage.finish();
    assert!(asker.woken().now_or_never().is_some(), "nobody was told");
    asker.flush();
    assert_eq!(socket.text(), "ack;");
}
