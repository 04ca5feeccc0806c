//! How clients' frames are made, read and written.

use crate::{ClientAction, ClientFrame, FrameId};

impl ClientFrame {
    /// A frame with a request id.
    pub fn with_id(id: impl Into<FrameId>, action: ClientAction) -> Self {
        Self { action, id: Some(id.into()) }
    }

    /// Reads a frame. For tests and tools: a server reads frames with [`JsonCodec`](crate::JsonCodec), which answers
    /// every wrong one with a coded error.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(payload: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(payload)
    }

    /// The frame's JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl From<ClientAction> for ClientFrame {
    fn from(action: ClientAction) -> Self {
        Self { action, id: None }
    }
}
