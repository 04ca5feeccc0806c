//! A session that begins as soon as its transport is there.

use std::net::IpAddr;

use chat_core::{Caller, Chat, Transport, Wire};

/// What the engine serves a transport for.
pub(crate) struct Session {
    pub(crate) chat: Chat,
    pub(crate) wire: Wire,
    pub(crate) caller: Option<Caller>,
    /// Where strangers are counted together.
    pub(crate) address: Option<IpAddr>,
}

impl Session {
    /// Has a task of its own serve this transport, until the session ends.
    pub(crate) fn start(self, transport: impl Transport) {
        drop(tokio::spawn(self.chat.serve_from(&self.wire, self.caller, self.address, transport)));
    }
}
