//! WebSocket (RFC 6455), the server's side: frames, and the two transports that carry them.
//!
//! [`FrameReader`] turns a client's bytes into messages without any I/O. [`TcpTransport`] and [`StreamTransport`] share
//! it: the first lets the engine write to the socket directly, the second is fed by its task. No extension is
//! negotiated, so permessage-deflate is off.

mod codec;
mod frame;
mod handshake;
mod heartbeat;
mod inbound;
mod reader;
mod stream;
mod tcp;
mod upgrade;

pub use codec::WebSocketCodec;
pub use frame::{binary_frame, text_frame};
pub use handshake::{HandshakeError, accept};
pub use inbound::SocketOptions;
pub use reader::{FrameReader, FrameRules, Incoming};
pub use stream::StreamTransport;
pub use tcp::TcpTransport;
pub use upgrade::{Socket, Upgrade};
