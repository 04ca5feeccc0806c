//! Frames one after the other on a stream of bytes, each with its length before it.

use chat_model::{Codec, Event, Refusal, Reply, Request, RequestId};

/// Bytes of the length before each frame: a big-endian `u32`.
const PREFIX: usize = 4;

/// A codec whose frames each begin with their length, for wires that have no framing: pipes, memory, tests.
#[derive(Debug, Clone, Default)]
pub struct LengthPrefixed<C>(pub C);

impl<C: Codec> Codec for LengthPrefixed<C> {
    /// Reads one message without its prefix: whoever cut it from the stream has read that.
    fn decode(&self, message: &[u8]) -> Result<Request, (Option<RequestId>, Refusal)> {
        self.0.decode(message)
    }

    fn encode_reply(&self, re: Option<&RequestId>, answer: Result<&Reply, &Refusal>, frame: &mut Vec<u8>) {
        prefixed(frame, |frame| self.0.encode_reply(re, answer, frame));
    }

    fn encode_event(&self, event: &Event, frame: &mut Vec<u8>) {
        prefixed(frame, |frame| self.0.encode_event(event, frame));
    }
}

impl LengthPrefixed<()> {
    /// Cuts what came so far into whole frames, and the rest of which more must come.
    ///
    /// ```
    /// # use chat_wire::LengthPrefixed;
    /// let (frames, rest) = LengthPrefixed::split(b"\0\0\0\x02hi\0\0\0\x03yo");
    /// assert_eq!(frames, [b"hi"]);
    /// assert_eq!(rest, b"\0\0\0\x03yo");
    /// ```
    pub fn split(bytes: &[u8]) -> (Vec<&[u8]>, &[u8]) {
        let (mut frames, mut rest) = (Vec::new(), bytes);
        while let Some((prefix, after)) = rest.split_first_chunk::<PREFIX>() {
            let length = usize::try_from(u32::from_be_bytes(*prefix)).unwrap_or(usize::MAX);
            let Some((frame, next)) = after.split_at_checked(length) else { break };
            frames.push(frame);
            rest = next;
        }
        (frames, rest)
    }
}

/// Writes a frame behind its length.
fn prefixed(frame: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = frame.len();
    frame.extend_from_slice(&[0; PREFIX]);
    write(frame);
    // A frame is at most a page; a length beyond u32 would need a page of 4 GiB.
    let length = u32::try_from(frame.len() - start - PREFIX).unwrap_or(u32::MAX);
    frame[start..start + PREFIX].copy_from_slice(&length.to_be_bytes());
}
