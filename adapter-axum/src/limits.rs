//! Every bound of this adapter, named once, with its reason. Those of the engine are in [`chat_core::limits`].

use std::time::Duration;

/// Bytes of one message of a client, over all its fragments: what the engine takes.
#[allow(clippy::cast_possible_truncation, reason = "64 KiB")]
pub const MAX_MESSAGE_BYTES: u32 = chat_core::limits::MAX_FRAME_BYTES as u32;
/// Frames one message may come in. Clients that fragment at all send a few; empty fragments would never end.
pub const MAX_FRAGMENTS: u32 = 1_024;
/// Bytes read from a socket at once, into a buffer each thread has once: a full message and its header.
pub const READ_BYTES: usize = 64 * 1024;
/// Bytes that a client may still send once it is being closed: what was on its way. Who sends more is cut off, and may
/// not learn why.
pub const UNHEARD_BYTES: usize = 1024 * 1024;
/// Bytes of a WebSocket's answers that the kernel holds for a client who does not read (Linux takes twice that, for its own
/// records). What more there is waits in the engine, which counts it.
pub const SEND_BUFFER: usize = 64 * 1024;
/// Buffers handed to a stream at once.
pub const MAX_SLICES: usize = 64;
/// A silent client is asked after so long, and given up after as long again. Proxies cut idle connections after 60 s.
pub const HEARTBEAT: Duration = Duration::from_secs(30);

/// Bytes of a request's body: the largest command, as on the wire.
pub const MAX_BODY_BYTES: usize = chat_core::limits::MAX_FRAME_BYTES;
/// How long a body may take to come in.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(15);
/// How long the store may take to show that it can be used: whoever asks for readiness does not wait for ever either.
pub const READINESS_TIMEOUT: Duration = Duration::from_secs(3);
/// How long what was found then holds, so that asking is no work for the store.
pub const READINESS_AGE: Duration = Duration::from_secs(1);
/// Requests per second and user over REST; the wire's own rate is [`chat_core::Limits::requests_per_second`].
pub const REQUESTS: Rate = Rate { per_second: 20, burst: 100 };

/// Bytes of a request's line and headers; hyper answers 431 beyond it, or beyond 100 headers.
pub const MAX_HEAD_BYTES: usize = 16 * 1024;
/// How long the line and headers may take to come in, counted from the connection's beginning (so that a TLS handshake is in it), or
/// from their first byte.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an HTTP connection may wait for its next request. Proxies keep theirs for 60 s and more: where the server is
/// the first to give one up, now and then a request goes into a connection that is just being closed.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(75);
/// How long an HTTP connection may make no progress, in reading or writing, while a request is answered.
pub const STALL_TIMEOUT: Duration = Duration::from_secs(30);
/// Connections in all, WebSockets included. A process may open as many files only if it is allowed to.
pub const MAX_CONNECTIONS: usize = 50_000;
/// Connections beyond that, each of which gets a single answer: who asks how the server is learns it when it is full.
pub const SPARE_CONNECTIONS: usize = 8;
/// Connections of one address (for IPv6 of one /64), WebSockets included. Offices share an address.
pub const MAX_CONNECTIONS_PER_ADDRESS: usize = 1_000;
/// New connections of one address.
pub const CONNECTIONS: Rate = Rate { per_second: 50, burst: 500 };
/// Keys a rate limiter tells apart; beyond it, further ones share one allowance.
pub const MAX_RATED: usize = 64 * 1024;
/// How often the files of the certificate and its key are looked at. They are read again when they were the same twice, so that nobody
/// is shown a half of a pair.
pub const CERTIFICATE_LOOKED_AT: Duration = Duration::from_secs(5);
/// Bytes of a file with a certificate and those that vouch for it, or with a key. A chain has a few KiB.
pub const MAX_PEM_BYTES: usize = 1024 * 1024;
/// Pause after the listener failed (no file descriptors left, for one), so that it does not spin.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long connections have to end when the server goes away.
pub const DRAIN: Duration = Duration::from_secs(10);

/// A rate: how many per second, and how many at once after a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "two numbers are all there is to it")]
pub struct Rate {
    /// How many a second, in the long run.
    pub per_second: u32,
    /// How many at once.
    pub burst: u32,
}
