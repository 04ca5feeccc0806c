//! Why a session ends.

use serde::{Deserialize, Serialize};

/// Why the engine ends a session.
///
/// A wire turns it into its own code; WebSocket close codes (RFC 6455) are given here. A client whose session ends while
/// its `hello` is answered is told by the code alone: no frame goes before the welcome, and so no
/// [`Goaway`](crate::Event::Goaway) either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CloseReason {
    /// All is said. 1000; come back or not.
    Done,
    /// The server goes away. 1001; come back after a moment.
    GoingAway,
    /// The client broke the protocol. 1002; do not come back so.
    ProtocolError,
    /// A binary message, where the wire is text. 1003; do not come back so.
    NotText,
    /// A text was not UTF-8. 1007; do not come back so.
    NotUtf8,
    /// A frame was larger than [`MAX_FRAME_BYTES`](crate::limits::MAX_FRAME_BYTES). 1009; do not come back so.
    TooLarge,
    /// The client made no progress in reading. 4000; come back and resume.
    TooSlow,
    /// The client said nothing for too long. 4001; come back and resume.
    IdleTimeout,
    /// The host has ended the session, or no longer vouches for its user. 4003; do not come back with these credentials.
    Revoked,
    /// The token has expired. 4004; get a new one, then come back and resume.
    TokenExpired,
    /// The client went on far above its rate. 4005; come back and resume, after a pause and more slowly.
    RateLimited,
}

impl CloseReason {
    /// The WebSocket close code.
    pub fn code(self) -> u16 {
        match self {
            Self::Done => 1000,
            Self::GoingAway => 1001,
            Self::ProtocolError => 1002,
            Self::NotText => 1003,
            Self::NotUtf8 => 1007,
            Self::TooLarge => 1009,
            Self::TooSlow => 4000,
            Self::IdleTimeout => 4001,
            Self::Revoked => 4003,
            Self::TokenExpired => 4004,
            Self::RateLimited => 4005,
        }
    }

    /// The reason as text, as on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::GoingAway => "going-away",
            Self::ProtocolError => "protocol-error",
            Self::NotText => "not-text",
            Self::NotUtf8 => "not-utf8",
            Self::TooLarge => "too-large",
            Self::TooSlow => "too-slow",
            Self::IdleTimeout => "idle-timeout",
            Self::Revoked => "revoked",
            Self::TokenExpired => "token-expired",
            Self::RateLimited => "rate-limited",
        }
    }

    /// Whether the client should come back and resume; after [`RateLimited`](Self::RateLimited) not at once.
    pub fn is_retryable(self) -> bool {
        matches!(
            self,
            Self::Done | Self::GoingAway | Self::TooSlow | Self::IdleTimeout | Self::TokenExpired | Self::RateLimited
        )
    }
}

impl std::fmt::Display for CloseReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the session has ended: {}", self.as_str())
    }
}

/// For `?`, where the end of a session ends what it is for.
impl std::error::Error for CloseReason {}
