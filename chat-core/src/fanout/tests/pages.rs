//! Pages of the store, handed to sessions that are behind.

use std::{
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use super::stage::{Stage, entry, message, page};
use crate::{CloseReason, Entry, Seq};

fn entries(seqs: std::ops::RangeInclusive<Seq>) -> Vec<Entry> {
    seqs.map(|seq| entry(seq, message("x"))).collect()
}

fn text(seqs: std::ops::RangeInclusive<Seq>) -> String {
    seqs.map(|seq| format!("{seq}:x;")).collect()
}

#[test]
fn the_fan_is_free_while_a_page_is_written() {
    let stage = Arc::new(Stage::new());
    entries(1..=200).iter().for_each(|entry| super::stage::commit(&stage.fan, entry));
    let fan = stage.fan.clone();
    let (outlet, socket) = stage.subscriber(1, Some(0), move || {
        let (fan, (sender, free)) = (fan.clone(), mpsc::channel());
        thread::spawn(move || sender.send(fan.head()));
        free.recv_timeout(Duration::from_secs(10)).expect("the fan is locked during a write");
    });
    let behind = outlet.behind().unwrap();
    outlet.hand(&behind, page(&behind, &entries(1..=200)));
    assert_eq!(socket.text(), text(1..=200));
    assert!(socket.writes() <= 4, "{} writes for one page", socket.writes());
}

#[test]
fn what_is_committed_while_a_page_is_written_comes_behind_it() {
    let stage = Arc::new(Stage::new());
    stage.post(1, "x");
    let (other, once) = (Arc::downgrade(&stage), std::sync::Once::new());
    // Committed only: a flush would wait for the session that is written to.
    let (outlet, socket) = stage.subscriber(1, Some(0), move || {
        once.call_once(|| other.upgrade().unwrap().post(2, "x"));
    });
    stage.fan.flush();
    let behind = outlet.behind().unwrap();
    outlet.hand(&behind, page(&behind, &entries(1..=1)));
    outlet.flush();
    stage.post(3, "x");
    stage.finish();
    assert_eq!(socket.text(), text(1..=3));
}

#[test]
fn a_page_for_a_cursor_that_moved_is_not_handed_over() {
    let stage = Stage::new();
    entries(1..=3).iter().for_each(|entry| super::stage::commit(&stage.fan, entry));
    let (outlet, socket) = stage.subscriber(1, Some(0), || ());
    let behind = outlet.behind().unwrap();
    assert!(stage.fan.attach(&outlet, &super::stage::ann(), Some(1), 0));
    outlet.hand(&behind, page(&behind, &entries(1..=3)));
    assert_eq!(socket.text(), "");
    outlet.flush();
    assert_eq!(outlet.behind().map(|behind| behind.cursor), Some(1));
}

/// The answer to whoever subscribes again says where they stand now, also where the session is closing.
#[test]
fn what_came_before_a_new_subscription_does_not_follow_it() {
    let stage = Stage::new();
    let outlet = stage.fed(1, None);
    stage.post(1, "x");
    outlet.close(CloseReason::RateLimited);
    assert!(!stage.fan.attach(&outlet, &super::stage::ann(), None, 0));
    assert_eq!(super::stage::taken(&outlet), "");
}
