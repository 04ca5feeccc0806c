//! A payload codec with WebSocket's framing around it.

use chat_core::{Codec, Event, Refusal, Reply, Request, RequestId};

use super::frame;

/// Frames what another codec encodes as WebSocket text frames.
///
/// Frames of a server are not masked, so one encoding serves every client.
#[derive(Debug, Clone, Copy, Default)]
pub struct WebSocketCodec<C>(pub C);

impl<C: Codec> Codec for WebSocketCodec<C> {
    fn decode(&self, message: &[u8]) -> Result<Request, (Option<RequestId>, Refusal)> {
        self.0.decode(message)
    }

    fn encode_reply(&self, re: Option<&RequestId>, answer: Result<&Reply, &Refusal>, frame: &mut Vec<u8>) {
        frame::write_frame(frame::TEXT, frame, |frame| self.0.encode_reply(re, answer, frame));
    }

    fn encode_event(&self, event: &Event, frame: &mut Vec<u8>) {
        frame::write_frame(frame::TEXT, frame, |frame| self.0.encode_event(event, frame));
    }
}
