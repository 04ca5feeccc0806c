//! Code that an embedder brings may panic.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::stage::{Stage, UNSPEAKABLE};
use crate::{CloseReason, Event};

#[test]
fn a_codec_that_panics_leaves_the_room_as_it_was() {
    let stage = Stage::new();
    let (_, socket) = stage.subscriber(1, None, || ());
    stage.post(1, "one");
    catch_unwind(AssertUnwindSafe(|| stage.post(2, UNSPEAKABLE))).unwrap_err();
    assert_eq!(stage.fan.head(), 1);
    stage.post(2, "two");
    stage.finish();
    assert_eq!(socket.text(), "1:one;2:two;");
}

#[test]
fn after_a_panic_everybody_is_told_to_subscribe_again() {
    let stage = Stage::new();
    let sockets: Vec<_> = (0..3).map(|id| stage.subscriber(id, None, || ())).collect();
    catch_unwind(AssertUnwindSafe(|| stage.post(1, UNSPEAKABLE))).unwrap_err();
    let end = Event::Reset { room: stage.fan.room.clone() };
    stage.fan.reset_all(&end);
    assert!(!stage.fan.has_subscriptions());
    for (outlet, socket) in &sockets {
        assert_eq!(socket.text(), "reset;");
        assert!(outlet.rooms().is_empty());
        assert_eq!(outlet.closing(), None);
    }
    stage.fan.reset_all(&end);
    assert!(sockets.iter().all(|(_, socket)| socket.text() == "reset;"), "it is told once");
}

#[test]
fn a_socket_whose_writer_panics_ends_alone() {
    let stage = Stage::new();
    let (broken, _) = stage.subscriber(1, None, || panic!("the writer is broken"));
    let (_, socket) = stage.subscriber(2, None, || ());
    stage.post(1, "one");
    stage.finish();
    stage.post(2, "two");
    stage.finish();
    assert_eq!(socket.text(), "1:one;2:two;");
    assert_eq!(broken.closing(), Some(CloseReason::Done));
}
