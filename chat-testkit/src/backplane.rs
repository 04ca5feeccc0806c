//! What every [`Backplane`] must do while nothing is wrong, as named tests.
//!
//! A backplane may lose, double and delay messages: nodes repair it. A healthy one should not, or nothing is gained by
//! it; [`backplane_conformance!`](crate::backplane_conformance) makes a test of each case.

use std::{collections::BTreeSet, future::poll_fn, sync::Arc, task::Poll};

use chat_core::{
    Backplane, CloseReason, Epoch, Errand, ForUser, Hint, KnownPresence, Lease, Name, NodeMessage, NodePresence,
    PresencePart, PresenceVersion, PresentUser, RoomId, Seq, SignalKind, UserId, Who, limits,
};

use futures_util::future::join_all;

/// The nodes a case is about: each is the [`Backplane`] of one engine, and they are on one bus.
pub type Nodes = Vec<Arc<dyn Backplane>>;

fn hint(room: &str, epoch: u64, head: Seq) -> NodeMessage {
    NodeMessage::Hint(Hint { room: room_id(room), epoch: Epoch::from_number(epoch).expect("an epoch"), head })
}

fn room_id(id: &str) -> RoomId {
    RoomId::parse(id).expect("a room id")
}

fn key(message: &NodeMessage) -> (RoomId, u64, Seq) {
    match message {
        NodeMessage::Hint(hint) => (hint.room.clone(), hint.epoch.number(), hint.head),
        other => panic!("nobody published {other:?}"),
    }
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

/// The largest message of each kind arrives as it was published.
pub async fn every_kind_of_message_arrives_whole(nodes: Nodes) {
    for message in largest() {
        nodes[0].publish(message.clone()).await;
        for other in &nodes[1..] {
            assert_eq!(other.next().await, message);
        }
    }
}

/// The largest message of each kind.
fn largest() -> Vec<NodeMessage> {
    let (room, from) =
        (room_id(&"r".repeat(limits::MAX_ID_BYTES)), Lease { node: u32::MAX, incarnation: (1 << 53) - 1 });
    let version = PresenceVersion { node: from, opening: u64::MAX, sum: u64::MAX };
    let user = |n: usize| UserId::parse(format!("{n:0width$}", width = limits::MAX_ID_BYTES)).expect("a user id");
    let name = || Name::parse("\u{1F600}".repeat(limits::MAX_NAME_BYTES / 4)).expect("a name");
    let users = (0..limits::PRESENCE_USERS).map(|n| PresentUser {
        user: user(n),
        name: name(),
        away: n % 2 == 0,
        gone: n % 3 == 0,
    });
    let part = PresencePart { part: limits::PRESENCE_PARTS - 1, version: u64::MAX, users: users.collect() };
    let known = KnownPresence { room: room.clone(), nodes: vec![version; 8] };
    let who = Who { user: user(0), name: Some(name()) };
    let tasks = [
        ForUser::End(CloseReason::Revoked),
        ForUser::Rename,
        ForUser::Subscribe(room.clone()),
        ForUser::Push("\"\u{1}\u{FFFF}".repeat(2_000).into()),
    ];
    let errand =
        |(id, what): (usize, &ForUser)| Errand { id: id as u64, age_ms: u64::MAX, user: user(id), what: what.clone() };
    let errands = tasks.iter().cycle().take(limits::ERRANDS).enumerate().map(errand).collect();
    vec![
        NodeMessage::Present(NodePresence { room: room.clone(), version, parts: vec![part] }),
        NodeMessage::Ask { from, room: room.clone() },
        NodeMessage::Compare { from, rooms: vec![known; limits::COMPARED] },
        NodeMessage::Signal { room: room.clone(), who: who.clone(), kind: SignalKind::Typing },
        NodeMessage::Signal { room, who, kind: SignalKind::Read(u64::MAX) },
        NodeMessage::Alive { from, errands },
        NodeMessage::Leaving { from },
    ]
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
            if let Poll::Ready(message) = poll_fn(|context| Poll::Ready(next.as_mut().poll(context))).await {
                heard.insert(key(&message));
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
            while key(&nodes[1].next().await).2 != head {}
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
            every_kind_of_message_arrives_whole,
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
