//! Every bound of this adapter, named once, with its reason. Those of the engine are in [`chat_core::limits`].

use std::time::Duration;

/// Bytes of one message of a client, over all its fragments: what the engine takes.
#[allow(clippy::cast_possible_truncation, reason = "64 KiB")]
pub const MAX_MESSAGE_BYTES: u32 = chat_core::limits::MAX_FRAME_BYTES as u32;
/// Frames one message may come in. Clients that fragment at all send a few; empty fragments would never end.
pub const MAX_FRAGMENTS: u32 = 1_024;
/// Bytes read from a socket at once, into a buffer each thread has once: a full message and its header.
pub const READ_BYTES: usize = 64 * 1024;
/// Buffers handed to a stream at once.
pub const MAX_SLICES: usize = 64;
/// A silent client is asked after so long, and given up after as long again. Proxies cut idle connections after 60 s.
pub const HEARTBEAT: Duration = Duration::from_secs(30);
