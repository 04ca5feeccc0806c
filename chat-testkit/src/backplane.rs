//! What every [`Backplane`] must do while nothing is wrong, as named tests.
//!
//! A backplane may lose, double and delay hints: the log repairs it. A healthy one should not, or nothing is gained by
//! it; [`backplane_conformance!`](crate::backplane_conformance) makes a test of each case.

use std::{collections::BTreeSet, future::poll_fn, sync::Arc, task::Poll};

use chat_core::{Backplane, Epoch, Hint, RoomId, Seq};
use futures_util::future::join_all;

/// The nodes a case is about: each is the [`Backplane`] of one engine, and they are on one bus.
pub type Nodes = Vec<Arc<dyn Backplane>>;

fn hint(room: &str, epoch: u64, head: Seq) -> Hint {
    let room = RoomId::parse(room).expect("a room id");
    Hint { room, epoch: Epoch::from_number(epoch).expect("an epoch"), head }
}

fn key(hint: &Hint) -> (RoomId, u64, Seq) {
    (hint.room.clone(), hint.epoch.number(), hint.head)
}

/// What a node hears, without what is doubled, until it has heard so much.
async fn hear(node: &dyn Backplane, count: usize) -> BTreeSet<(RoomId, u64, Seq)> {
    let mut heard = BTreeSet::new();
    while heard.len() < count {
        heard.insert(key(&node.next().await));
    }
    heard
}

/// A hint arrives at every other node, and as it was published.
pub async fn a_hint_reaches_every_other_node(nodes: Nodes) {
    let longest = "x".repeat(64);
    for (n, publisher) in nodes.iter().enumerate() {
        for hint in [hint("a", 1, n as Seq), hint("A.b:c_d-e", (1 << 53) - 1, u64::MAX), hint(&longest, 2, 1 << 53)] {
            publisher.publish(hint.clone()).await;
            for (_, other) in nodes.iter().enumerate().filter(|(other, _)| *other != n) {
                assert_eq!(other.next().await, hint);
            }
        }
    }
}

/// A node does not hear itself.
pub async fn nobody_hears_themselves(nodes: Nodes) {
    for head in 0..10 {
        nodes[0].publish(hint("from-0", 1, head)).await;
        assert_eq!(nodes[1].next().await, hint("from-0", 1, head));
        nodes[1].publish(hint("from-1", 1, head)).await;
        assert_eq!(nodes[0].next().await, hint("from-1", 1, head), "the first that node 0 hears is not its own");
    }
}

/// Publishing does not wait for those who listen.
pub async fn publishing_does_not_wait_for_listeners(nodes: Nodes) {
    for head in 0..500 {
        nodes[0].publish(hint("room", 1, head)).await;
    }
    for other in &nodes[1..] {
        assert_eq!(hear(&**other, 500).await.len(), 500);
    }
}

/// Hints of many nodes at one time arrive at all others.
pub async fn many_hints_arrive(nodes: Nodes) {
    let publish = nodes.iter().enumerate().map(|(n, node)| async move {
        for head in 0..300 {
            node.publish(hint(&format!("room-{n}"), 1, head)).await;
        }
    });
    let listen = nodes.iter().enumerate().map(|(n, node)| {
        let others = nodes.len() - 1;
        async move {
            let heard = hear(&**node, others * 300).await;
            assert!(heard.iter().all(|(room, ..)| room.as_str() != format!("room-{n}")), "not its own");
        }
    });
    tokio::join!(join_all(publish), join_all(listen));
}

/// Listening may be given up at any time, and loses nothing.
pub async fn giving_up_listening_loses_nothing(nodes: Nodes) {
    let mut heard = BTreeSet::new();
    for head in 0..200 {
        nodes[0].publish(hint("room", 1, head)).await;
        for _ in 0..head % 4 {
            let mut next = nodes[1].next();
            if let Poll::Ready(hint) = poll_fn(|context| Poll::Ready(next.as_mut().poll(context))).await {
                heard.insert(key(&hint));
            }
        }
    }
    while heard.len() < 200 {
        heard.insert(key(&nodes[1].next().await));
    }
}

/// A node that is gone disturbs nobody.
pub async fn a_node_that_is_gone_disturbs_nobody(mut nodes: Nodes) {
    nodes[2].publish(hint("room", 1, 1)).await;
    assert_eq!(nodes[0].next().await, hint("room", 1, 1));
    nodes.truncate(2);
    for head in 2..5_000 {
        nodes[0].publish(hint("room", 1, head)).await;
        if head % 100 == 0 {
            while nodes[1].next().await.head != head {}
        }
    }
}

/// Makes a test of every case a healthy backplane must pass; put it into a module of its own.
///
/// It takes an async function that gives three nodes on a bus of their own, ready to hear, as
/// [`Nodes`](crate::backplane::Nodes), and whatever must live as long as they.
///
/// ```
/// # mod example {
/// use std::sync::Arc;
/// use chat_core::{SeededEnvironment, Timestamp};
/// use chat_testkit::{Bus, backplane::Nodes};
///
/// async fn make() -> (Nodes, ()) {
///     let bus = Bus::new(Arc::new(SeededEnvironment::new(1, Timestamp(0))));
///     (vec![Arc::new(bus.node()), Arc::new(bus.node()), Arc::new(bus.node())], ())
/// }
///
/// chat_testkit::backplane_conformance!(make);
/// # }
/// ```
#[macro_export]
macro_rules! backplane_conformance {
    ($make:expr) => {
        $crate::backplane_conformance! {
            $make =>
            a_hint_reaches_every_other_node,
            nobody_hears_themselves,
            publishing_does_not_wait_for_listeners,
            many_hints_arrive,
            giving_up_listening_loses_nothing,
            a_node_that_is_gone_disturbs_nobody
        }
    };
    ($make:expr => $($case:ident),+) => {
        $(
            #[test]
            fn $case() {
                $crate::run($make, $crate::backplane::$case);
            }
        )+
    };
}
