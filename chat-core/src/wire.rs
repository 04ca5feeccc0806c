//! Wire formats in use: a codec with an identity, so that rooms can keep one byte log for each.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;

use crate::{Code, Codec, Event, Refusal, Reply, Request, RequestId};

/// A wire format registered with [`Chat::wire`](crate::Chat::wire). Cloning is cheap and keeps the identity.
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

    /// The format of sessions of this process: their events are [unpacked](Event::unpack) again.
    pub(crate) fn packed() -> Self {
        Self::new(Packed)
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

/// Events as the engine itself reads them. Answers have no frames: they go to their callers.
struct Packed;

impl Codec for Packed {
    fn decode(&self, _: &[u8]) -> Result<Request, (Option<RequestId>, Refusal)> {
        Err((None, Refusal::new(Code::Internal, "a session of this process asks by calls")))
    }

    fn encode_reply(&self, _: Option<&RequestId>, _: Result<&Reply, &Refusal>, _: &mut Vec<u8>) {}

    fn encode_event(&self, event: &Event, frame: &mut Vec<u8>) {
        event.pack(frame);
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
