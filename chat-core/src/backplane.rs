//! `Backplane`: what the nodes that share a store tell each other.

use std::sync::Arc;

use async_trait::async_trait;

use crate::{NodeMessage, RoomId};

/// Carries messages between nodes: each that is published is to reach every other node.
///
/// A message may be lost, doubled or late. The log repairs hints, and what nodes tell of presence repairs itself; what is
/// to be done for the sessions of a user is told several times. A backplane that loses much makes all of this slow.
///
/// A message says itself which room it is about ([`NodeMessage::room`]), and only nodes that [follow](Self::follow) the room
/// need it.
/// Messages hold user ids and display names, and what a host application pushes to its users, but no message's text.
#[async_trait]
pub trait Backplane: Send + Sync + 'static {
    /// Tells the other nodes. It should not wait for them.
    async fn publish(&self, message: NodeMessage);

    /// Whether this node follows a room from now on: follows it, it needs the messages about that room
    /// ([`NodeMessage::room`]). One that does not may be given them all the same. A node follows the rooms that are open
    /// there, and the inboxes of users who are connected.
    async fn follow(&self, room: &RoomId, follows: bool);

    /// Whether messages get through at this moment, as far as is known. Without that nodes go on, more slowly.
    fn is_connected(&self) -> bool;

    /// The next message of another node.
    ///
    /// # Cancel safety
    /// Must be cancel safe.
    async fn next(&self) -> NodeMessage;
}

#[async_trait]
impl<B: Backplane + ?Sized> Backplane for Arc<B> {
    async fn publish(&self, message: NodeMessage) {
        (**self).publish(message).await;
    }

    async fn follow(&self, room: &RoomId, follows: bool) {
        (**self).follow(room, follows).await;
    }

    fn is_connected(&self) -> bool {
        (**self).is_connected()
    }

    async fn next(&self) -> NodeMessage {
        (**self).next().await
    }
}

/// The backplane of a node that is alone: it tells nobody and hears nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Alone;

#[async_trait]
impl Backplane for Alone {
    async fn publish(&self, _: NodeMessage) {}

    async fn follow(&self, _: &RoomId, _: bool) {}

    fn is_connected(&self) -> bool {
        true
    }

    async fn next(&self) -> NodeMessage {
        std::future::pending().await
    }
}
