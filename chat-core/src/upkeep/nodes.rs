//! What a node does with the others: it hears them, tells them that it lives, and compares with them what they know of
//! presence.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use tokio::sync::mpsc;

use crate::{
    Backplane, KnownPresence, Lease, Moment, NodeMessage, NodePresence, PresenceVersion, RoomId,
    following::Following,
    host::{Host, Mail},
    service::Service,
    tasks::survive,
};

/// Publishes what rooms and sessions have for other nodes, until the node goes away or the engine is gone; and says of which
/// rooms the node has to hear.
pub(super) async fn publish(
    backplane: Arc<dyn Backplane>,
    mut messages: mpsc::Receiver<NodeMessage>,
    following: Following,
) {
    loop {
        let message = tokio::select! {
            biased;
            () = following.changed() => None,
            message = messages.recv() => match message {
                Some(message) => Some(message),
                None => return,
            },
        };
        // Before the message: it may ask others to tell of a room that was just opened.
        for (room, follows) in following.take_changes() {
            if survive(async { backplane.follow(&room, follows).await }).await.is_none() {
                tracing::error!(%room, "the backplane panicked; it may not tell of a room");
            }
        }
        let Some(message) = message else { continue };
        let is_last = matches!(message, NodeMessage::Leaving { .. });
        if survive(async { backplane.publish(message).await }).await.is_none() {
            tracing::error!("the backplane panicked; a message to other nodes is lost");
        }
        if is_last {
            return;
        }
    }
}

/// Hears the others.
pub(super) async fn listen(engine: Weak<Service>, backplane: Arc<dyn Backplane>) {
    loop {
        let message = survive(async { backplane.next().await }).await;
        let Some(engine) = engine.upgrade() else { return };
        let Some(message) = message else {
            tracing::error!("the backplane panicked; it is asked again");
            let pause = Duration::from_millis(engine.node.limits.retry_ms);
            drop(engine);
            tokio::time::sleep(pause).await;
            continue;
        };
        receive(&engine, message);
    }
}

fn receive(engine: &Arc<Service>, message: NodeMessage) {
    let (node, now) = (&engine.node, engine.node.moment());
    let tell = |room: &RoomId, mail: Mail| {
        if let Some(host) = engine.registry.known(room) {
            host.tell(mail);
        }
    };
    match message {
        NodeMessage::Hint(hint) => match engine.registry.known(&hint.room) {
            Some(host) => host.tell(Mail::Hint(hint)),
            None => engine.wake_inbox_soon(hint.room),
        },
        NodeMessage::Signal { room, who, kind } => tell(&room, Mail::Told { who, kind }),
        NodeMessage::Present(presence) => {
            node.peers.heard(presence.version.node, now);
            if presence.to.is_none_or(|to| to == node.lease) {
                tell(&presence.room.clone(), Mail::Present(presence));
            }
        }
        NodeMessage::Ask { from, room } => {
            node.peers.heard(from, now);
            match engine.registry.known(&room) {
                Some(host) => host.tell(Mail::TellPresence { to: from, at_once: true }),
                None => tell_empty(engine, room, 0, from),
            }
        }
        NodeMessage::Compare { from, rooms } => {
            node.peers.heard(from, now);
            rooms.into_iter().for_each(|known| compare(engine, from, known));
        }
        NodeMessage::Alive { from, errands } => {
            node.peers.heard(from, now);
            for errand in node.peers.take_new(from, errands) {
                engine.run_errand(errand);
            }
        }
        NodeMessage::Leaving { from } if node.peers.take_leaving(from) => lose(engine, vec![(from, now)]),
        // Of a node that is gone already, or a newer node's: there is nothing to be done about it here.
        _ => {}
    }
}

/// Another node says how far it knows the presence in a room: where it does not know all of this node's, it is told.
fn compare(engine: &Service, from: Lease, KnownPresence { room, nodes }: KnownPresence) {
    let lease = engine.node.lease;
    let known = nodes.into_iter().find(|version| version.node == lease);
    match (engine.registry.known(&room), known) {
        (Some(host), known) if !host.presence.is_known(known.as_ref()) => {
            host.tell(Mail::TellPresence { to: from, at_once: false })
        }
        // The room was closed here, and that nobody is present any more got lost.
        // Numbers of openings grow, so that the next host's is this one at least.
        (None, Some(known)) if known.sum > 0 => tell_empty(engine, room, known.opening + 1, from),
        _ => {}
    }
}

/// Tells another node that nobody is present here, in a room that is not open.
fn tell_empty(engine: &Service, room: RoomId, opening: u64, to: Lease) {
    let version = PresenceVersion { node: engine.node.lease, opening, sum: 0 };
    engine.node.peers.tell(NodeMessage::Present(NodePresence { room, version, parts: Vec::new(), to: Some(to) }));
}

/// Nothing is heard of these nodes any more: rooms are told that know of them.
fn lose(engine: &Arc<Service>, nodes: Vec<(Lease, Moment)>) {
    let rooms = engine.registry.hosts().into_iter().flat_map(|host| {
        let known = |(node, _): &&(Lease, Moment)| host.presence.knows(*node);
        nodes.iter().filter(known).map(|(node, since)| (host.clone(), *node, *since)).collect::<Vec<_>>()
    });
    let (rooms, registry) = (rooms.collect::<Vec<_>>(), engine.registry.clone());
    engine.node.tasks.spawn(async move {
        for (host, node, since) in rooms {
            drop(registry.post_if_open(&host.room, Box::new(Mail::Silent { node, since })).await);
        }
    });
}

/// Tells the others that this node lives, and finds out which of them do not.
pub(super) async fn live(engine: Weak<Service>) {
    while let Some(engine) = engine.upgrade() {
        let (node, now) = (&engine.node, engine.node.moment());
        for message in node.peers.alive(now) {
            node.peers.tell(message);
        }
        let silent = node.peers.take_silent(node.limits.silence_ms, now);
        for (silent, _) in &silent {
            tracing::warn!(node = silent.node, "nothing is heard of another node any more");
        }
        if !silent.is_empty() {
            lose(&engine, silent);
        }
        let pause = Duration::from_millis(node.limits.alive_ms);
        drop(engine);
        tokio::time::sleep(pause).await;
    }
}

/// Repairs what was lost of presence: says how far it is known in each open room, to the others that live; as often as
/// heads are compared, and at once when there is a node that was not known.
pub(super) async fn compare_presence(engine: Weak<Service>) {
    while let Some(engine) = engine.upgrade() {
        let node = engine.node.clone();
        let hosts = engine.registry.hosts();
        let compared = hosts.iter().filter(|host| !host.room.is_inbox());
        let known: Vec<_> = compared.map(|host| known_here(&engine, host)).collect();
        if node.peers.has_any() {
            NodeMessage::compare(node.lease, known).into_iter().for_each(|message| node.peers.tell(message));
        }
        drop((engine, hosts));
        let pause = Duration::from_millis(node.limits.head_check_ms);
        drop(tokio::time::timeout(pause, node.peers.has_new.notified()).await);
    }
}

/// How far the presence of others is known in a room. A node that has fallen silent may have been heard of late.
fn known_here(engine: &Service, host: &Arc<Host>) -> KnownPresence {
    let (mut nodes, now) = (host.presence.others(), engine.node.moment());
    nodes.retain(|version| {
        let lives = engine.node.peers.lives(version.node);
        if !lives {
            host.tell(Mail::Silent { node: version.node, since: now });
        }
        lives && version.sum > 0
    });
    KnownPresence { room: host.room.clone(), nodes }
}
