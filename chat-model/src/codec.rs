//! `Codec`: how a wire reads requests, and writes replies and events.

use crate::{Event, Refusal, Reply, Request, RequestId};

/// A wire format: how requests are read, and how replies and events are written.
///
/// An engine keeps one byte log per room and codec in use, so what a codec writes must not depend on who reads it.
pub trait Codec: Send + Sync + 'static {
    /// Reads one message of a client.
    ///
    /// # Errors
    /// The refusal to answer with, and the request's id as far as it could be read.
    fn decode(&self, message: &[u8]) -> Result<Request, (Option<RequestId>, Refusal)>;

    /// Writes the answer to the request `re` as one whole frame, with the wire's framing, at the end of `frame`.
    fn encode_reply(&self, re: Option<&RequestId>, answer: Result<&Reply, &Refusal>, frame: &mut Vec<u8>);

    /// Writes one event as one whole frame, with the wire's framing, at the end of `frame`.
    fn encode_event(&self, event: &Event, frame: &mut Vec<u8>);
}
