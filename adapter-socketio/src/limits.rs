//! Every bound of this adapter, named once, with its reason. Those of the engine are in [`chat_core::limits`].

use std::time::Duration;

/// A client is asked whether it is there so long after it was asked last.
pub const PING_INTERVAL: Duration = Duration::from_secs(8);
/// How long it may take to answer. With the interval, a client that falls silent is given up within twelve seconds.
pub const PING_TIMEOUT: Duration = Duration::from_secs(4);
/// Within this time it is noticed that a client is gone.
pub const NOTICED: Duration = PING_INTERVAL.saturating_add(PING_TIMEOUT);
/// A client that was told entries is asked this soon, so that it is known what has arrived. Each answer is a small packet.
pub const CONFIRM: Duration = Duration::from_millis(250);
/// Bytes of one packet of a client, and of one body of polling: what the engine takes.
pub const MAX_PAYLOAD: usize = chat_core::limits::MAX_FRAME_BYTES;
/// How long a client may take until it is in a namespace, from when it has connected.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a client that polls may take to change to WebSocket.
pub const UPGRADE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a client may take to take what is written to it at one time. A client that is there has answered a ping by then.
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(12);
/// How long a connection may take to end in order.
pub const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// Messages of one body of polling. Stock clients fill a body with what has waited.
pub const MAX_MESSAGES: usize = 1_024;
/// How long a body waits until what came before it was taken.
pub const POST_TIMEOUT: Duration = Duration::from_secs(30);
/// Namespaces of one connection.
pub const MAX_NAMESPACES: usize = 8;
/// Bytes of a namespace's name.
pub const MAX_NAMESPACE_BYTES: usize = 128;
/// Events of one client that wait in a namespace. While they do, nothing more is read from it.
pub const MAX_WAITING: usize = 16;
/// Binary parts that one packet may announce. They are not taken, but have to be told from what follows.
pub const MAX_ATTACHMENTS: usize = 16;
/// Clients that poll at one time.
pub const MAX_POLLING: usize = 20_000;
/// Clients of one address that poll at one time. Offices share an address.
pub const MAX_POLLING_PER_ADDRESS: usize = 1_000;
/// Clients that have lost their connection of whom it is kept what they have been told; of more, those who left first are
/// forgotten.
pub const KEPT: usize = 10_000;
/// Of one user: each client that has lost its connection counts once, or twice if its user is how it comes back.
pub const KEPT_PER_USER: usize = 16;
/// Rooms of one client that it takes up again when it comes back: as many as it may be told of at one time.
pub const MAX_RECALLED: usize = chat_core::limits::MAX_SUBSCRIPTIONS;
/// How long that is kept.
pub const KEPT_FOR: Duration = Duration::from_secs(120);
/// Pause before a subscription that was interrupted is made again.
pub const RETRY: Duration = Duration::from_millis(250);
/// How long those who are told of comings and goings wait for the list of who is there, so that it is made once for many.
pub const REFRESH: Duration = Duration::from_millis(200);
