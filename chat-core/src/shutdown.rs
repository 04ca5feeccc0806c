//! The shutdown of a node, which loses no acked entry.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use crate::{CloseReason, Event, fanout::Outlet, host::Mail, node::Node, service::Service};

/// Clients are told to come back after this and a random part of what follows, so that they do not all come at once.
const COME_BACK_AFTER_MS: u64 = 500;
const COME_BACK_WITHIN_MS: u64 = 5_000;

/// How long it may take to tell other nodes that this one goes away, even after the deadline.
const LEAVE_WITHIN: Duration = Duration::from_millis(500);

/// Ends the engine. Returns how many sessions had to be cut off.
pub(crate) async fn shutdown(engine: &Arc<Service>, deadline: Duration) -> usize {
    let (node, end) = (&engine.node, Instant::now() + deadline);
    node.drain();
    for live in node.sessions.all() {
        send_away(node, &live.outlet);
    }
    drop(tokio::time::timeout_at(end, node.sessions.ended()).await);
    let cut_off = node.sessions.all();
    cut_off.iter().for_each(|live| live.outlet.cut_off());
    for host in engine.registry.hosts() {
        host.tell(Mail::Drain);
    }
    drop(tokio::time::timeout_at(end, node.tasks.ended()).await);
    // Users were connected until now. If the time is over before that is written, an earlier minute stands, and nothing else is lost.
    drop(tokio::time::timeout_at(end.max(Instant::now()) + LEAVE_WITHIN, engine.write_seen()).await);
    drop(tokio::time::timeout_at(end.max(Instant::now()) + LEAVE_WITHIN, node.peers.leave()).await);
    node.observations.close();
    drop(tokio::time::timeout_at(end, node.observations.told()).await);
    cut_off.len()
}

/// Closes a session of a node that drains, and tells its client when to come back. A session that begins meanwhile is sent away
/// like the others.
pub(crate) fn send_away(node: &Node, outlet: &Outlet) {
    let retry_after_ms = COME_BACK_AFTER_MS + (node.environment.random() as u64) % COME_BACK_WITHIN_MS;
    outlet.close_with(&Event::Goaway { retry_after_ms }, CloseReason::GoingAway);
}
