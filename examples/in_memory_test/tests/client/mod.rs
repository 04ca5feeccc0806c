//! A client without a socket.

use std::{collections::VecDeque, time::Duration};

use chat_core::{Caller, Chat, Codec as _, Outgoing, Requests, Wire};
use chat_wire::{ClientAction, ClientFrame, JsonCodec, LengthPrefixed, ServerFrame};

/// A client that speaks the native wire's frames to an engine in the same process.
pub(crate) struct Client {
    requests: Requests,
    outgoing: Outgoing,
    received: VecDeque<ServerFrame>,
}

/// The wire of all clients of one engine. Without a socket, each frame has its length before it.
pub(crate) fn wire(chat: &Chat) -> Wire {
    chat.wire(LengthPrefixed(JsonCodec))
}

impl Client {
    /// Connects as this user, or as somebody who has to say who they are.
    pub(crate) fn connect(chat: &Chat, wire: &Wire, caller: Option<Caller>) -> Self {
        let (requests, outgoing) = chat.connect(wire, caller);
        Self { requests, outgoing, received: VecDeque::new() }
    }

    /// Sends one frame.
    pub(crate) async fn send(&mut self, action: ClientAction) {
        let frame = ClientFrame::from(action).to_json();
        self.requests.submit(JsonCodec.decode(frame.as_bytes()).unwrap()).await;
    }

    /// The next frame that `wanted` finds something in; others are skipped.
    pub(crate) async fn until<T>(&mut self, wanted: impl Fn(&ServerFrame) -> Option<T>) -> T {
        let found = async {
            loop {
                while let Some(frame) = self.received.pop_front() {
                    if let Some(found) = wanted(&frame) {
                        return found;
                    }
                }
                self.receive().await;
            }
        };
        // With paused time this waits only until nobody else has anything to do.
        tokio::time::timeout(Duration::from_secs(600), found).await.expect("the frame comes")
    }

    async fn receive(&mut self) {
        let bytes = self.outgoing.next().await.expect("the session goes on").concat();
        let (frames, rest) = LengthPrefixed::split(&bytes);
        assert!(rest.is_empty(), "frames come whole");
        self.received.extend(frames.into_iter().map(|frame| ServerFrame::parse(frame).unwrap()));
    }
}
