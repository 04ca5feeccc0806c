//! Refusals: the one coded answer to everything that cannot be done.

use std::borrow::Cow;

use crate::{InvalidSearch, Text};

impl From<InvalidSearch> for Refusal {
    fn from(invalid: InvalidSearch) -> Self {
        Self::field("search", invalid.problem())
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $text:literal, $status:literal;)*) => {
        /// Why something was refused. The text form is part of the wire and never changes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $doc])+ $variant,)*
            /// A code of the host application's own: its text form, and the HTTP status that goes with it.
            Host(&'static str, u16),
        }

        impl Code {
            /// Every code of the engine's.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The text form, as on the wire.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Host(text, _) => text,
                }
            }

            /// What it means, in a sentence; nothing of a host's own code.
            ///
            /// ```
            /// assert_eq!(chat_model::Code::Banned.meaning(), "The caller is banned from the room.");
            /// ```
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($doc),+).trim_ascii(),)*
                    Self::Host(..) => "",
                }
            }

            /// The HTTP status an answer over HTTP has (RFC 9110).
            pub fn http_status(self) -> u16 {
                match self {
                    $(Self::$variant => $status,)*
                    Self::Host(_, status) => status,
                }
            }
        }
    };
}

codes! {
    /// The frame or body is not the JSON (or UTF-8) it must be.
    BadJson = "bad-json", 400;
    /// A field is missing or breaks a rule; `details.field` names it.
    InvalidField = "invalid-field", 400;
    /// There is no such action.
    UnknownAction = "unknown-action", 400;
    /// There is nothing at this path.
    NotFound = "not-found", 404;
    /// What is at this path does not take this method.
    MethodNotAllowed = "method-not-allowed", 405;
    /// The request did not come in whole in the time it may take.
    RequestTimeout = "request-timeout", 408;
    /// The frame, body or text is larger than its limit.
    TooLarge = "too-large", 413;
    /// Nobody is identified, or the token is not valid.
    Unauthorized = "unauthorized", 401;
    /// The token has expired.
    TokenExpired = "token-expired", 401;
    /// There is no such user, or the password is another.
    InvalidCredentials = "invalid-credentials", 401;
    /// The user did not sign in at the provider: begin again.
    SignInFailed = "sign-in-failed", 401;
    /// The user has no password, and has to sign in again before they do this.
    SignInAgain = "sign-in-again", 403;
    /// The provider at which users sign in cannot be reached; nothing was done.
    ProviderUnavailable = "provider-unavailable", 503;
    /// An administrator has suspended the user.
    Suspended = "suspended", 403;
    /// Nobody may register here, or not without a registration code that is of use.
    RegistrationClosed = "registration-closed", 403;
    /// The link was used, has expired, or never was one.
    LinkNotFound = "link-not-found", 404;
    /// The role does not allow it.
    Forbidden = "forbidden", 403;
    /// There is no such room, or the caller may not know of it.
    RoomNotFound = "room-not-found", 404;
    /// The room id is taken.
    RoomExists = "room-exists", 409;
    /// The caller is not a member of the room.
    NotAMember = "not-a-member", 403;
    /// There is no such user, or they are not a member of the room.
    UserNotFound = "user-not-found", 404;
    /// The caller is banned from the room.
    Banned = "banned", 403;
    /// One of the two users has blocked the other.
    Blocked = "blocked", 403;
    /// The caller is muted in the room.
    Muted = "muted", 403;
    /// The room would have no owner any more: another member has to become one first.
    LastOwner = "last-owner", 403;
    /// The room is archived.
    Archived = "archived", 403;
    /// The member has to wait before they write again; `details.retryAfterMs` says how long.
    SlowMode = "slow-mode", 429;
    /// There is no such message, or it was deleted.
    MessageNotFound = "message-not-found", 404;
    /// There is no such invitation: it was spent, has expired, was revoked, or never was one.
    InviteNotFound = "invite-not-found", 404;
    /// The room has as many invitations by link as it may have.
    TooManyInvites = "too-many-invites", 409;
    /// The name is another's, or not the caller's own.
    UsernameTaken = "username-taken", 409;
    /// The email address is another account's.
    EmailTaken = "email-taken", 409;
    /// The client id belongs to another request.
    ClientIdReused = "client-id-reused", 409;
    /// The message has as many reactions as it may have.
    TooManyReactions = "too-many-reactions", 409;
    /// The room has as many pinned messages as it may have.
    TooManyPins = "too-many-pins", 409;
    /// The session is subscribed to as many rooms as it may be.
    TooManySubscriptions = "too-many-subscriptions", 409;
    /// Too many requests in a short time.
    RateLimited = "rate-limited", 429;
    /// The room has too much to do; nothing was done.
    Busy = "busy", 503;
    /// The store could not do it; nothing was done.
    StoreUnavailable = "store-unavailable", 503;
    /// It may have been done, or may yet be: try again with the same client id.
    OutcomeUnknown = "outcome-unknown", 503;
    /// The room holds entries of a newer version; this server only reads it.
    ReadOnly = "read-only", 503;
    /// The server lacks what this needs.
    Unsupported = "unsupported", 501;
    /// The server is going away; nothing was done.
    ShuttingDown = "shutting-down", 503;
    /// The server failed; its log says how.
    Internal = "internal", 500;
}

impl Code {
    /// Whether the same request may well succeed later.
    pub fn is_retryable(self) -> bool {
        matches!(
            self,
            Self::SlowMode
                | Self::RateLimited
                | Self::Busy
                | Self::ProviderUnavailable
                | Self::StoreUnavailable
                | Self::OutcomeUnknown
                | Self::ShuttingDown
        )
    }
}

/// The answer to a request that was not fulfilled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", .code.as_str())]
pub struct Refusal {
    /// Which rule said no.
    pub code: Code,
    /// The same for people.
    pub message: Cow<'static, str>,
    /// The field it is about, if it is about one.
    pub field: Option<Cow<'static, str>>,
    /// What the host application says besides: a JSON object, as raw text.
    pub details: Option<Text>,
}

impl Refusal {
    /// A refusal by this rule, in these words.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), field: None, details: None }
    }

    /// A refusal of one field.
    pub fn field(field: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code: Code::InvalidField, message: message.into(), field: Some(field.into()), details: None }
    }

    /// The same, with what the host application says besides: a JSON object, as raw text.
    #[must_use]
    pub fn with_details(self, details: impl Into<Text>) -> Self {
        Self { details: Some(details.into()), ..self }
    }

    /// There is no such room, or the caller may not know of it.
    pub fn room_not_found() -> Self {
        Self::new(Code::RoomNotFound, "there is no such room")
    }

    /// There is no such invitation by link, or it is good no more.
    pub fn invite_not_found() -> Self {
        Self::new(Code::InviteNotFound, "there is no such invitation, or it is good no more")
    }

    /// The same, to whoever knows a room by an invitation's code alone: what it does not open is not told from what is not there.
    #[must_use]
    pub fn to_invited(self) -> Self {
        if self.code == Code::RoomNotFound { Self::invite_not_found() } else { self }
    }

    /// The client sends too much in a short time; nothing was done.
    pub fn rate_limited() -> Self {
        Self::new(Code::RateLimited, "too many requests; slow down")
    }

    /// What was asked is lost, done or not.
    pub fn unanswered() -> Self {
        Self::new(Code::OutcomeUnknown, "the room closed before it answered; try again with the same clientId")
    }

    /// One of the two users of a direct room has blocked the other.
    pub fn blocked() -> Self {
        Self::new(Code::Blocked, "one of you has blocked the other")
    }

    /// The room would have no owner any more.
    pub fn last_owner() -> Self {
        Self::new(Code::LastOwner, "the room would have no owner; make another member an owner first")
    }

    /// The caller is not a member of the room.
    pub fn not_a_member() -> Self {
        Self::new(Code::NotAMember, "you are not a member of this room")
    }

    /// Nobody is identified, or the token is not valid.
    pub fn unauthorized(message: &'static str) -> Self {
        Self::new(Code::Unauthorized, message)
    }
}
