//! The messages between a connection and the tasks of its namespaces. They travel in boxes: a channel keeps room for 32 of them, however
//! few it lets in.

use std::sync::Arc;

use bytes::Bytes;
use chat_core::{CloseReason, Refusal};

use crate::direct::Pause;

/// A message from a client to one of its namespaces.
#[derive(Debug)]
pub(crate) enum Said {
    /// An event: the id that the client gave it, and its JSON array.
    Event(Option<u64>, String),
    /// An event that is refused before any handler sees it.
    Refused(Option<u64>, Refusal),
    /// The client leaves the namespace.
    Leaves,
}

/// Frames from a namespace for a client.
pub(crate) struct Batch {
    pub(crate) namespace: Arc<str>,
    /// The number of this batch in its namespace, by which its arrival is confirmed. 0 if nobody needs to know of its arrival.
    pub(crate) number: u64,
    pub(crate) frames: Vec<Bytes>,
    pub(crate) end: End,
    /// Flushers write nothing before this batch is sent.
    pub(crate) pause: Option<Pause>,
}

/// What ends after a batch was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Nothing,
    /// The client leaves the namespace.
    Namespace,
    /// The connection ends, and the client may come back.
    Connection(CloseReason),
}
