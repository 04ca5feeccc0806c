//! The sans-IO reader: a client's bytes in, whole messages out, by the rules of RFC 6455.

use std::io::Cursor;

use bytes::{Buf, Bytes, BytesMut};
use chat_core::CloseReason;
use tungstenite::protocol::frame::{
    FrameHeader,
    coding::{CloseCode, Control, Data, OpCode},
};

use super::frame;
use crate::limits;

/// What a reader accepts.
///
/// ```
/// use adapter_axum::ws::{FrameReader, FrameRules};
///
/// let mut rules = FrameRules::default();
/// rules.max_message = 4 * 1024;
/// let mut reader = FrameReader::new(rules);
/// assert_eq!(reader.next(), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FrameRules {
    /// Bytes of one message, over all its fragments.
    pub max_message: u32,
    /// Frames one message may come in.
    pub max_fragments: u32,
    /// Whether binary messages are taken; otherwise they end the connection (1003).
    pub binary: bool,
}

impl Default for FrameRules {
    fn default() -> Self {
        Self { max_message: limits::MAX_MESSAGE_BYTES, max_fragments: limits::MAX_FRAGMENTS, binary: false }
    }
}

/// What came in from a client, at the level of WebSocket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// A text message: valid UTF-8.
    Text(Bytes),
    /// A binary message.
    Binary(Bytes),
    /// A frame to send back: a pong, or a ping of the server's own.
    Reply(Bytes),
    /// Nothing to be done for: an answer to a ping.
    Pong,
    /// The client closed, or is gone. What answers its close frame is said when the connection is closed, as the last
    /// frame there is.
    Closed,
    /// The client broke a rule.
    Broken(CloseReason),
}

/// Reads one client's frames.
///
/// Bytes go in by [`feed`](Self::feed) as they come, in pieces of any size; [`next`](Self::next) gives what is whole.
/// A reader holds what was fed and not yet given, at most one message and one piece; an idle one owns no buffer.
#[derive(Debug)]
pub struct FrameReader {
    rules: FrameRules,
    end: Option<End>,
    buffer: BytesMut,
    fragments: Option<Box<Fragments>>,
}

/// How a conversation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// By the client's close frame; the code in it, if there was one.
    Closed(Option<u16>),
    Broken,
}

/// The fragments so far of a message that is not whole.
#[derive(Debug)]
struct Fragments {
    is_text: bool,
    payload: BytesMut,
    /// How much of a text is known to be valid UTF-8; behind it is at most the beginning of one character.
    valid: usize,
    count: u32,
}

/// A frame whose payload has come in whole.
struct Frame {
    opcode: OpCode,
    is_final: bool,
    payload: BytesMut,
}

impl FrameReader {
    /// A reader by these rules.
    pub fn new(rules: FrameRules) -> Self {
        Self { rules, end: None, buffer: BytesMut::new(), fragments: None }
    }

    /// Takes bytes as they came. After the end of the conversation they are ignored.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.end.is_some() {
            return;
        }
        if self.buffer.is_empty() {
            // Exactly as large as the bytes, so that a lone message becomes `Bytes` without another allocation.
            self.buffer = BytesMut::from(bytes);
        } else {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// Whether the client has said its close frame.
    pub fn has_closed(&self) -> bool {
        matches!(self.end, Some(End::Closed(_)))
    }

    /// The close frame to send, the last one: the answer to the client's own, or for this reason.
    pub fn close_frame(&self, reason: CloseReason) -> Bytes {
        match self.end {
            Some(End::Closed(code)) => frame::close(code),
            _ => frame::close(Some(reason.code())),
        }
    }

    /// The next thing that is whole; `None` when more bytes are needed, and after the end.
    #[allow(clippy::should_implement_trait, reason = "not an iterator: `None` is not its end")]
    pub fn next(&mut self) -> Option<Incoming> {
        loop {
            let read = self.frame().and_then(|frame| match frame {
                Some(frame) => self.take(frame).map(Some),
                None => Ok(None),
            });
            match read {
                Ok(None) => return None,
                Ok(Some(None)) => {}
                Ok(Some(Some(incoming))) => return Some(incoming),
                Err(reason) => {
                    self.finish(End::Broken);
                    return Some(Incoming::Broken(reason));
                }
            }
        }
    }

    fn finish(&mut self, end: End) {
        (self.end, self.buffer, self.fragments) = (Some(end), BytesMut::new(), None);
    }

    /// Splits the next whole frame off the buffer.
    fn frame(&mut self) -> Result<Option<Frame>, CloseReason> {
        if self.end.is_some() || self.buffer.is_empty() {
            return Ok(None);
        }
        let mut cursor = Cursor::new(&self.buffer[..]);
        let parsed = FrameHeader::parse(&mut cursor).map_err(|_| CloseReason::ProtocolError)?;
        let Some((header, length)) = parsed else { return Ok(None) };
        let start = usize::try_from(cursor.position()).map_err(|_| CloseReason::TooLarge)?;
        let (key, length) = self.check(&header, length)?;
        if self.buffer.len() - start < length {
            return Ok(None);
        }
        self.buffer.advance(start);
        let mut payload =
            if self.buffer.len() == length { std::mem::take(&mut self.buffer) } else { self.buffer.split_to(length) };
        frame::mask(&mut payload, key);
        Ok(Some(Frame { opcode: header.opcode, is_final: header.is_final, payload }))
    }

    /// The rules that need the header alone: a frame that breaks one is not waited for.
    fn check(&self, header: &FrameHeader, length: u64) -> Result<([u8; 4], usize), CloseReason> {
        let key = header.mask.ok_or(CloseReason::ProtocolError)?;
        let reserved = header.rsv1 || header.rsv2 || header.rsv3;
        let sound = !reserved
            && match header.opcode {
                OpCode::Control(_) => header.is_final && length <= frame::MAX_CONTROL_PAYLOAD as u64,
                OpCode::Data(Data::Continue) => self.fragments.is_some(),
                OpCode::Data(_) => self.fragments.is_none(),
            };
        if !sound {
            return Err(CloseReason::ProtocolError);
        }
        if header.opcode == OpCode::Data(Data::Binary) && !self.rules.binary {
            return Err(CloseReason::NotText);
        }
        let (before, count) = match (&self.fragments, header.opcode) {
            (Some(fragments), OpCode::Data(_)) => (fragments.payload.len(), fragments.count),
            _ => (0, 0),
        };
        let length = usize::try_from(length).map_err(|_| CloseReason::TooLarge)?;
        if before.saturating_add(length) > self.rules.max_message as usize || count >= self.rules.max_fragments {
            return Err(CloseReason::TooLarge);
        }
        Ok((key, length))
    }

    fn take(&mut self, frame: Frame) -> Result<Option<Incoming>, CloseReason> {
        let Frame { opcode, is_final, payload } = frame;
        match opcode {
            OpCode::Control(Control::Ping) => Ok(Some(Incoming::Reply(frame::pong(&payload)))),
            OpCode::Control(Control::Pong) => Ok(Some(Incoming::Pong)),
            OpCode::Control(_) => {
                self.finish(End::Closed(close_code(&payload)?));
                Ok(Some(Incoming::Closed))
            }
            OpCode::Data(Data::Continue) => self.carry_on(&payload, is_final),
            OpCode::Data(kind) if is_final => whole(kind == Data::Text, payload).map(Some),
            OpCode::Data(kind) => {
                let is_text = kind == Data::Text;
                self.fragments = Some(Box::new(Fragments { is_text, payload: BytesMut::new(), valid: 0, count: 0 }));
                self.carry_on(&payload, false)
            }
        }
    }

    fn carry_on(&mut self, payload: &[u8], is_final: bool) -> Result<Option<Incoming>, CloseReason> {
        let Some(fragments) = &mut self.fragments else { return Err(CloseReason::ProtocolError) };
        fragments.payload.extend_from_slice(payload);
        fragments.count += 1;
        fragments.check_text()?;
        if !is_final {
            return Ok(None);
        }
        match self.fragments.take() {
            Some(fragments) if fragments.is_text && fragments.valid < fragments.payload.len() => {
                Err(CloseReason::NotUtf8)
            }
            Some(fragments) if fragments.is_text => Ok(Some(Incoming::Text(fragments.payload.freeze()))),
            Some(fragments) => Ok(Some(Incoming::Binary(fragments.payload.freeze()))),
            None => Ok(None),
        }
    }
}

impl Fragments {
    /// Checks what is new; a character may still be cut off at the end.
    fn check_text(&mut self) -> Result<(), CloseReason> {
        if !self.is_text {
            return Ok(());
        }
        match std::str::from_utf8(&self.payload[self.valid..]) {
            Ok(_) => self.valid = self.payload.len(),
            Err(error) if error.error_len().is_none() => self.valid += error.valid_up_to(),
            Err(_) => return Err(CloseReason::NotUtf8),
        }
        Ok(())
    }
}

fn whole(is_text: bool, payload: BytesMut) -> Result<Incoming, CloseReason> {
    match std::str::from_utf8(&payload) {
        _ if !is_text => Ok(Incoming::Binary(payload.freeze())),
        Ok(_) => Ok(Incoming::Text(payload.freeze())),
        Err(_) => Err(CloseReason::NotUtf8),
    }
}

/// The code in a close frame; the answer to it says the same.
fn close_code(payload: &[u8]) -> Result<Option<u16>, CloseReason> {
    let Some((code, reason)) = payload.split_first_chunk::<2>() else {
        return if payload.is_empty() { Ok(None) } else { Err(CloseReason::ProtocolError) };
    };
    let code = u16::from_be_bytes(*code);
    if !CloseCode::from(code).is_allowed() {
        return Err(CloseReason::ProtocolError);
    }
    std::str::from_utf8(reason).map_err(|_| CloseReason::NotUtf8)?;
    Ok(Some(code))
}

#[cfg(test)]
mod tests;
