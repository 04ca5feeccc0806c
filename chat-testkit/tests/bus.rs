//! The bus: without faults it is a backplane, and with each fault it does what that fault says.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{future::poll_fn, sync::Arc, task::Poll, time::Duration};

use chat_core::{Backplane, Epoch, Hint, NodeMessage, RoomId, SeededEnvironment, Seq, Timestamp};
use chat_testkit::{Bus, BusCounts, BusFaults, BusNode, backplane::Nodes};

fn bus(seed: u64) -> Bus {
    Bus::new(Arc::new(SeededEnvironment::new(seed, Timestamp(0))))
}

mod quiet {
    use super::*;

    async fn make() -> (Nodes, ()) {
        let bus = bus(1);
        (vec![Arc::new(bus.node()), Arc::new(bus.node()), Arc::new(bus.node())], ())
    }

    chat_testkit::backplane_conformance!(make);
}

fn hint(head: Seq) -> NodeMessage {
    NodeMessage::Hint(Hint { room: RoomId::parse("room").unwrap(), epoch: Epoch::from_number(1).unwrap(), head })
}

async fn follow(nodes: &[&BusNode]) {
    for node in nodes {
        node.follow(&RoomId::parse("room").unwrap(), true).await;
    }
}

/// What a node has heard and not told yet.
async fn heard(node: &BusNode) -> Vec<Seq> {
    let mut heads = Vec::new();
    loop {
        let mut next = node.next();
        match poll_fn(|context| Poll::Ready(next.as_mut().poll(context))).await {
            Poll::Ready(NodeMessage::Hint(hint)) => heads.push(hint.head),
            Poll::Ready(other) => panic!("{other:?}"),
            Poll::Pending => return heads,
        }
    }
}

/// What arrives of twenty hints, at once and later.
async fn twenty(seed: u64, faults: BusFaults) -> (Vec<Seq>, Vec<Seq>, BusCounts) {
    let bus = bus(seed);
    bus.set_faults(faults);
    let (one, other) = (bus.node(), bus.node());
    follow(&[&other]).await;
    for head in 1..=20 {
        one.publish(hint(head)).await;
    }
    let at_once = heard(&other).await;
    bus.arrived().await;
    (at_once, heard(&other).await, bus.counts())
}

#[tokio::test(start_paused = true)]
async fn a_hint_may_be_lost() {
    let (at_once, later, counts) = twenty(1, BusFaults { lose: 500, ..BusFaults::default() }).await;
    assert!(later.is_empty(), "{later:?}");
    assert!(at_once.is_sorted() && (1..20).contains(&at_once.len()), "{at_once:?}");
    assert_eq!((counts.sent, counts.lost), (at_once.len() as u64, 20 - at_once.len() as u64));
    let (at_once, later, counts) = twenty(1, BusFaults::outage()).await;
    assert_eq!((at_once.len(), later.len(), counts.lost), (0, 0, 20));
}

#[tokio::test(start_paused = true)]
async fn a_hint_may_come_twice() {
    let (at_once, _, counts) = twenty(1, BusFaults { double: 1_000, ..BusFaults::default() }).await;
    assert!(at_once.chunks(2).map(|pair| (pair[0], pair[1])).eq((1..=20).map(|head| (head, head))));
    assert_eq!((counts.sent, counts.doubled), (40, 20));
}

#[tokio::test(start_paused = true)]
async fn a_hint_may_be_late_and_overtaken() {
    let delays = BusFaults { delay: 500, longest: Duration::from_secs(60), ..BusFaults::default() };
    let (at_once, mut later, counts) = twenty(1, delays).await;
    assert!(!at_once.is_empty() && !later.is_sorted(), "{at_once:?} {later:?}");
    assert_eq!(counts.delayed, later.len() as u64);
    later.extend(at_once);
    later.sort_unstable();
    assert!(later.into_iter().eq(1..=20), "none is lost");
}

#[tokio::test(start_paused = true)]
async fn a_seed_replays_exactly() {
    let runs = [twenty(1, BusFaults::some()).await, twenty(1, BusFaults::some()).await];
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], twenty(2, BusFaults::some()).await);
}

#[tokio::test]
async fn a_node_cut_off_neither_tells_nor_hears() {
    let bus = bus(1);
    let (one, two, three) = (bus.node(), bus.node(), bus.node());
    follow(&[&one, &two, &three]).await;
    one.publish(hint(1)).await;
    two.cut_off(true);
    one.publish(hint(2)).await;
    two.publish(hint(3)).await;
    two.cut_off(false);
    one.publish(hint(4)).await;
    assert_eq!(heard(&two).await, [1, 4]);
    assert_eq!(heard(&three).await, [1, 2, 4]);
    assert!(heard(&one).await.is_empty());
}
