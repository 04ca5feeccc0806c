//! What a deleted message said is not handed to anybody any more.

use std::sync::Arc;

use futures_util::FutureExt as _;

use super::stage::{Stage, entry, message, page, taken};
use crate::{Body, Seq, fanout::Outlet, limits};

fn delete(target: Seq) -> Body {
    Body::Deleted { target }
}

/// A message, an edit of it and a reaction on it, and then its deletion.
fn post_and_delete(stage: &Stage) {
    stage.post(1, "hello");
    stage.post(2, "secret");
    stage.commit(3, Body::Edited { target: 2, text: "secret".into(), mentions: vec![], mentions_room: false });
    stage.post(4, "between");
    stage.commit(5, Body::Reacted { target: 2, emoji: "secret".into() });
    stage.post(6, "after");
    stage.commit(7, delete(2));
}

/// Has a session that is behind read the store, where everything the deleted message said is erased.
fn catch_up(outlet: &Arc<Outlet>) {
    let erased = |seq| entry(seq, message(""));
    let store = [entry(1, message("hello")), erased(2), erased(3), entry(4, message("between")), erased(5)];
    let behind = outlet.behind().expect("it has to catch up");
    outlet.hand(&behind, page(&behind, &store));
}

const ALL: &str = "1:hello;2:;3:;4:between;5:;6:after;7:deleted;";

#[test]
fn who_resumes_from_before_reads_the_store() {
    let stage = Stage::new();
    let _first = stage.fed(1, None);
    post_and_delete(&stage);
    for cursor in 0..5 {
        let outlet = stage.fed(2, Some(cursor));
        assert!(outlet.behind().is_some(), "{cursor} is served from the log");
    }
    assert_eq!(taken(&stage.fed(2, Some(5))), "6:after;7:deleted;");
}

#[test]
fn subscribers_who_were_not_flushed_yet_lose_nothing_and_get_nothing_twice() {
    let stage = Stage::new();
    let (direct, socket) = stage.subscriber(1, None, || ());
    let fed = stage.fed(2, None);
    post_and_delete(&stage);
    stage.finish();
    assert_eq!((socket.text(), taken(&fed)), (String::new(), String::new()));
    for outlet in [&direct, &fed] {
        catch_up(outlet);
    }
    direct.flush();
    assert_eq!((&*socket.text(), &*taken(&fed)), (ALL, ALL));
    stage.post(8, "on");
    stage.finish();
    assert_eq!((&*socket.text(), &*taken(&fed)), (&*format!("{ALL}8:on;"), "8:on;"));
}

#[test]
fn a_flusher_hands_out_nothing_of_a_snapshot_made_before() {
    let stage = Arc::new(Stage::new());
    // The first to be visited sees the deletion come while the flusher is on its way with a snapshot.
    let other = Arc::downgrade(&stage);
    let once = std::sync::Once::new();
    let (_, first) = stage.subscriber(1, None, move || {
        once.call_once(|| other.upgrade().unwrap().commit(3, delete(2)));
    });
    let (second, socket) = stage.subscriber(2, None, || ());
    stage.post(1, "hello");
    stage.post(2, "secret");
    stage.fan.flush();
    stage.finish();
    assert_eq!(first.text(), "1:hello;2:secret;3:deleted;", "this write was under way");
    assert!(second.woken().now_or_never().is_some(), "nobody was told");
    second.flush();
    assert_eq!(socket.text(), "");
    let behind = second.behind().unwrap();
    let store = [entry(1, message("hello")), entry(2, message(""))];
    second.hand(&behind, page(&behind, &store));
    second.flush();
    assert_eq!(socket.text(), "1:hello;2:;3:deleted;");
}

#[test]
fn a_page_encoded_before_is_read_again() {
    let stage = Stage::new();
    stage.post(1, "secret");
    let outlet = stage.fed(1, Some(0));
    let behind = outlet.behind().unwrap();
    let encoded = page(&behind, &[entry(1, message("secret"))]);
    stage.commit(2, delete(1));
    outlet.hand(&behind, encoded);
    assert_eq!(taken(&outlet), "");
    assert!(outlet.woken().now_or_never().is_some(), "nobody reads it again");
    assert_eq!(outlet.behind().map(|behind| behind.cursor), Some(0));
}

#[test]
fn deletions_since_a_page_was_read_are_known_up_to_a_bound() {
    let stage = Stage::new();
    let erasures = &stage.fan.erasures;
    erasures.add(7);
    let then = erasures.count();
    assert_eq!(erasures.since(then), Some((vec![], then)));
    for message in 0..limits::RECENT_ERASURES as Seq {
        erasures.add(message);
    }
    assert_eq!(erasures.since(then).unwrap().0, (0..limits::RECENT_ERASURES as Seq).collect::<Vec<_>>());
    assert_eq!(erasures.since(then - 1), None);
    assert_eq!(erasures.since(erasures.count() - 1).unwrap().0, [limits::RECENT_ERASURES as Seq - 1]);
}
