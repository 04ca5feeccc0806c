//! What every [`Backplane`] must do while nothing is wrong, as named tests.
//!
//! A backplane may lose, double and delay messages: nodes repair it. A healthy one should not, or nothing is gained by
//! it; [`backplane_conformance!`](crate::backplane_conformance) makes a test of each case.

use std::{collections::BTreeSet, future::poll_fn, sync::Arc, task::Poll, time::Duration};

use chat_core::{
    Backplane, CloseReason, Cursor, Epoch, Errand, ForUser, Hint, KnownPresence, Lease, Name, NodeMessage,
    NodePresence, PresencePart, PresenceVersion, PresentUser, RoomId, Seq, SignalKind, UserId, Who, limits,
};

use futures_util::future::join_all;
use tokio::time::timeout;

/// The nodes a case is about: each is the [`Backplane`] of one engine, and they are on one bus.
pub type Nodes = Vec<Arc<dyn Backplane>>;

fn hint(room: &str, epoch: u64, head: Seq) -> NodeMessage {
    NodeMessage::Hint(Hint { room: room_id(room), epoch: Epoch::from_number(epoch).expect("an epoch"), head })
}

fn room_id(id: &str) -> RoomId {
    RoomId::parse(id).expect("a room id")
}

/// Has all nodes follow a room, and waits until each hears each other one of it.
async fn follow(nodes: &Nodes, room: &str) {
    let probe = |n: usize, head: Seq| hint(room, PROBE + n as u64, head);
    for node in nodes {
        node.follow(&room_id(room), true).await;
    }
    for (n, publisher) in nodes.iter().enumerate() {
        for (_, other) in nodes.iter().enumerate().filter(|(other, _)| *other != n) {
            // One that does not hear yet loses it.
            loop {
                publisher.publish(probe(n, 0)).await;
                if timeout(PATIENCE, other.next()).await.is_ok() {
                    break;
                }
            }
        }
        publisher.publish(probe(n, 1)).await;
        for (_, other) in nodes.iter().enumerate().filter(|(other, _)| *other != n) {
            while other.next().await != probe(n, 1) {}
        }
    }
}

/// Epochs of hints that are published until they are heard.
const PROBE: u64 = 1 << 40;
/// How long a node may take to hear what it was told, where it hears already.
const PATIENCE: Duration = Duration::from_millis(50);

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
    for room in ["a", "A.b:c_d-e", &longest] {
        follow(&nodes, room).await;
    }
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
    follow(&nodes, &"r".repeat(limits::MAX_ID_BYTES)).await;
    for message in largest() {
        nodes[0].publish(message.clone()).await;
        for other in &nodes[1..] {
            assert_eq!(other.next().await, message);
        }
    }
}

/// The largest message of each kind: where there may be any number of something, as many as find a place.
fn largest() -> Vec<NodeMessage> {
    let (room, from) =
        (room_id(&"r".repeat(limits::MAX_ID_BYTES)), Lease { node: u32::MAX, incarnation: (1 << 53) - 1 });
    let version = PresenceVersion { node: from, opening: u64::MAX, sum: u64::MAX };
    let user = |n: usize| UserId::parse(format!("{n:0width$}", width = limits::MAX_ID_BYTES)).expect("a user id");
    let longest = Name::parse("\"".repeat(limits::MAX_NAME_BYTES)).expect("a name");
    let name = || longest.clone();
    let present = |count: usize| {
        let users =
            (0..count).map(|n| PresentUser { user: user(n), name: name(), away: false, gone: false, hides: false });
        let part = PresencePart { part: limits::PRESENCE_PARTS - 1, version: u64::MAX, users: users.collect() };
        NodeMessage::Present(NodePresence { room: room.clone(), version, parts: vec![part], to: Some(from) })
    };
    let compare = |count: usize| {
        let nodes = |n: usize| vec![version; count / limits::COMPARED + usize::from(n < count % limits::COMPARED)];
        let rooms = (0..limits::COMPARED).map(|n| KnownPresence { room: room.clone(), nodes: nodes(n) });
        NodeMessage::Compare { from, rooms: rooms.collect() }
    };
    let alive = |length: usize| {
        let tasks = [
            ForUser::Push("\u{1}".repeat(length).into()),
            ForUser::End(CloseReason::Revoked),
            ForUser::Rename,
            ForUser::Hides,
            ForUser::Push("\"\u{FFFF}\u{1}".repeat(length / 5).into()),
            ForUser::Subscribe(room.clone()),
        ];
        let errand = |(id, what): (usize, &ForUser)| {
            let id_of = u64::MAX - id as u64;
            let after = Cursor { epoch: Epoch::from_random(u64::MAX), seq: u64::MAX };
            Errand { id: id_of, age_ms: u64::MAX, user: user(id), what: what.clone(), after: Some(after) }
        };
        let errands = tasks.iter().cycle().take(limits::ERRANDS).enumerate().map(errand).collect();
        NodeMessage::Alive { from, errands }
    };
    let who = Who { user: user(0), name: Some(name()) };
    vec![
        filled(present),
        NodeMessage::Ask { from, room: room.clone() },
        filled(compare),
        NodeMessage::Signal { room: room.clone(), who: who.clone(), kind: SignalKind::Typing },
        NodeMessage::Signal { room: room.clone(), who, kind: SignalKind::Read(u64::MAX) },
        filled(alive),
        NodeMessage::Leaving { from },
    ]
}

/// The largest of these messages that finds a place. They grow with what they are made of.
fn filled(message: impl Fn(usize) -> NodeMessage) -> NodeMessage {
    let (mut fits, mut beyond) = (0, limits::NODE_MESSAGE_BYTES);
    while beyond - fits > 1 {
        let middle = fits.midpoint(beyond);
        if message(middle).bytes() <= limits::NODE_MESSAGE_BYTES { fits = middle } else { beyond = middle }
    }
    message(fits)
}

/// A node does not hear itself.
pub async fn nobody_hears_themselves(nodes: Nodes) {
    follow(&nodes, "from-0").await;
    follow(&nodes, "from-1").await;
    for head in 0..10 {
        nodes[0].publish(hint("from-0", 1, head)).await;
        assert_eq!(nodes[1].next().await, hint("from-0", 1, head));
        nodes[1].publish(hint("from-1", 1, head)).await;
        assert_eq!(nodes[0].next().await, hint("from-1", 1, head), "the first that node 0 hears is not its own");
    }
}

/// Publishing does not wait for those who listen.
pub async fn publishing_does_not_wait_for_listeners(nodes: Nodes) {
    follow(&nodes, "room").await;
    for head in 0..500 {
        nodes[0].publish(hint("room", 1, head)).await;
    }
    for other in &nodes[1..] {
        assert_eq!(hear(&**other, 500).await.len(), 500);
    }
}

/// Hints of many nodes at one time arrive at all others.
pub async fn many_hints_arrive(nodes: Nodes) {
    for n in 0..nodes.len() {
        follow(&nodes, &format!("room-{n}")).await;
    }
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
    follow(&nodes, "room").await;
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
    follow(&nodes, "room").await;
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

/// What is about no room reaches all nodes; of a room that it does not follow any more, a node may hear nothing, and another
/// that follows the room hears all.
pub async fn what_is_about_a_room_reaches_those_who_follow_it(nodes: Nodes) {
    follow(&nodes, "in-00").await;
    follow(&nodes, "room").await;
    nodes[1].follow(&room_id("room"), false).await;
    for head in 2..50 {
        nodes[0].publish(hint("room", 1, head)).await;
        assert_eq!(nodes[2].next().await, hint("room", 1, head));
    }
    let leaving = NodeMessage::Leaving { from: Lease { node: 1, incarnation: 1 } };
    nodes[0].publish(leaving.clone()).await;
    assert_eq!(nodes[2].next().await, leaving);
    while nodes[1].next().await != leaving {}
    nodes[0].publish(hint("in-00", 1, 7)).await;
    assert_eq!(nodes[1].next().await, hint("in-00", 1, 7));
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
            what_is_about_a_room_reaches_those_who_follow_it,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_message_is_larger_than_it_is_said_to_be_and_the_largest_are_as_large_as_may_be() {
        for message in largest() {
            let (json, said) = (serde_json::to_string(&message).unwrap(), message.bytes());
            assert!(json.len() <= said && said <= limits::NODE_MESSAGE_BYTES, "{} bytes, said {said}", json.len());
            let is_bounded =
                matches!(message, NodeMessage::Present(_) | NodeMessage::Compare { .. } | NodeMessage::Alive { .. });
            assert!(!is_bounded || said > limits::NODE_MESSAGE_BYTES - 1_024, "{said} bytes");
            assert!(!is_bounded || json.len() > said / 4 * 3, "{} bytes, said {said}", json.len());
            assert_eq!(serde_json::from_str::<NodeMessage>(&json).unwrap(), message);
        }
    }
}
