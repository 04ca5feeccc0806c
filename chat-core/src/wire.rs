//! Wire formats in use: a codec with an caller, so that rooms can keep one byte log for each.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;

use crate::{Codec, Event, Refusal, Reply, RequestId};

/// A wire format registered with [`Chat::wire`](crate::Chat::wire). Cloning is cheap and keeps the caller.
#[derive(Clone)]
pub struct Wire(Arc<Inner>);

struct Inner {
    id: u64,
    codec: Box<dyn Codec>,
}

impl Wire {
    pub(crate) fn new(codec: impl Codec) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(Arc::new(Inner { id: NEXT.fetch_add(1, Ordering::Relaxed), codec: Box::new(codec) }))
    }

    pub(crate) fn codec(&self) -> &dyn Codec {
        &*self.0.codec
    }

    /// One event as one frame of its own.
    pub(crate) fn event(&self, event: &Event) -> Bytes {
        let mut frame = Vec::new();
        self.codec().encode_event(event, &mut frame);
        frame.into()
    }

    /// One answer as one frame of its own.
    pub(crate) fn reply(&self, re: Option<&RequestId>, answer: Result<&Reply, &Refusal>) -> Bytes {
        let mut frame = Vec::new();
        self.codec().encode_reply(re, answer, &mut frame);
        frame.into()
    }
}

impl PartialEq for Wire {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

impl Eq for Wire {}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wire({})", self.0.id)
    }
}
