//! Every bound of this adapter, named once, with its reason. Those of the engine are in [`chat_core::limits`].

use std::time::Duration;

/// The time between two pings to one client.
pub const PING_INTERVAL: Duration = Duration::from_secs(8);
/// How long a client may take to answer a ping. With the interval, a silent client is disconnected within twelve seconds.
pub const PING_TIMEOUT: Duration = Duration::from_secs(4);
/// The longest time until the adapter notices that a client is gone.
pub const NOTICED: Duration = PING_INTERVAL.saturating_add(PING_TIMEOUT);
/// A ping goes with the entries that are sent to a client if the client has answered the last one this long ago: the answer tells
/// that they have arrived.
pub const CONFIRM: Duration = Duration::from_millis(250);
/// How much longer entries without a ping wait for further ones with which a ping goes, before one is sent by itself.
pub const CONFIRM_GRACE: Duration = Duration::from_millis(100);
/// Bytes of one packet of a client, and of one body of a polling request. It is the engine's own limit for a frame.
pub const MAX_PAYLOAD: usize = chat_core::limits::MAX_FRAME_BYTES;
/// How long a client may take to enter a namespace after it has connected.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a polling client may take to upgrade to WebSocket.
pub const UPGRADE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long one write to a client may take. A client that reads has answered a ping by then.
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(12);
/// How long a connection may take to close in order.
pub const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// Messages in one body of a polling request. Stock clients put all messages that wait into one body.
pub const MAX_MESSAGES: usize = 1_024;
/// How long a body of a polling request waits until the messages of the body before it were read.
pub const POST_TIMEOUT: Duration = Duration::from_secs(30);
/// Namespaces of one connection.
pub const MAX_NAMESPACES: usize = 8;
/// Bytes of a namespace's name.
pub const MAX_NAMESPACE_BYTES: usize = 128;
/// Events of one client that wait for their handlers in a namespace. When there are so many, the adapter stops reading from
/// the client.
pub const MAX_WAITING: usize = 16;
/// Binary parts that one packet may announce. The packet is refused, but its binary parts must be read and skipped.
pub const MAX_ATTACHMENTS: usize = 16;
/// Clients that poll at one time.
pub const MAX_POLLING: usize = 20_000;
/// Clients of one address that poll at one time. Offices share an address.
pub const MAX_POLLING_PER_ADDRESS: usize = 1_000;
/// Clients without a connection whose progress is kept. When there are more, those that left first are forgotten.
pub const KEPT: usize = 10_000;
/// The same for one user. A client counts once, or twice if it is recognised by its user when it comes back.
pub const KEPT_PER_USER: usize = 16;
/// Rooms of one client that go on when the client comes back: as many as a session may subscribe to.
pub const MAX_RECALLED: usize = chat_core::limits::MAX_SUBSCRIPTIONS;
/// How long a client's progress is kept after the client lost its connection.
pub const KEPT_FOR: Duration = Duration::from_secs(120);
/// How long a client that enters a namespace waits for the host's hook before it is told that it is connected all the same.
pub const READY: Duration = Duration::from_secs(2);
/// Pause before a subscription that was interrupted is made again.
pub const RETRY: Duration = Duration::from_millis(250);
/// How long a client waits for a new list of the users present after one of them came or went, so that one list is made for
/// many changes.
pub const REFRESH: Duration = Duration::from_millis(200);
