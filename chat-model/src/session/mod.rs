//! One client's session. Pure: it decides what a request means for this client; its connection does it.

mod bucket;

use std::num::NonZeroU32;

use self::bucket::Bucket;
use crate::{
    Call, Caller, Code, Command, Cursor, Moment, Name, NewRoom, Op, Refusal, Resume, RoomId, Seq, Text, UserId, Window,
    limits::{self, Limits},
};

/// The newest protocol version this engine speaks. A connection that never says `hello` speaks version 1.
pub const PROTOCOL: u32 = 1;

/// What a connection is to do for a request.
#[derive(Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "fields are named as their types are documented")]
pub enum Step {
    /// Answer with this refusal.
    Refuse(Refusal),
    /// Find out who this is (if there is a token), then welcome them.
    Hello { token: Option<Text>, resume: Vec<Resume> },
    /// Make a guest of this name, or the guest of this token, and join.
    JoinAsGuest { name: Option<Name>, token: Option<Text>, room: RoomId, command: Command },
    /// Hand a command to a room; refused already unless its client id is known there. A join subscribes, too.
    Command { caller: Caller, room: RoomId, command: Command, refused: Option<Refusal> },
    /// Subscribe the session to a room.
    Subscribe { caller: Caller, room: RoomId, from: Option<Cursor> },
    /// End a subscription.
    Unsubscribe { room: RoomId },
    /// Tell a room that the caller is writing.
    Typing { caller: Caller, room: RoomId },
    /// Move the caller's read cursor.
    Read { caller: Caller, room: RoomId, seq: Seq },
    /// Tell the session's rooms whether the caller is at the device.
    Presence { caller: Caller, away: bool },
    /// Answer with messages.
    History { caller: Caller, room: RoomId, window: Window },
    /// Answer with members.
    Members { caller: Caller, room: RoomId, after: Option<UserId>, limit: usize },
    /// Make a room.
    CreateRoom { caller: Caller, new: NewRoom },
    /// Answer a ping.
    Pong,
}

/// One client's session: who the client is, and how many requests it may still make.
#[derive(Debug)]
pub struct Session {
    caller: Option<Caller>,
    bucket: Option<Bucket>,
    guests: bool,
}

impl Session {
    /// The session of a connection that is this caller's, if anybody's. `guests` says whether guests are allowed.
    pub fn new(caller: Option<Caller>, guests: bool, limits: &Limits, now: Moment) -> Self {
        let rate = limits.requests_per_second.and_then(NonZeroU32::new);
        Self { caller, guests, bucket: rate.map(|rate| Bucket::new(rate, limits.request_burst, now)) }
    }

    /// Who the client is, if that is known.
    pub fn caller(&self) -> Option<&Caller> {
        self.caller.as_ref()
    }

    /// From now on the client is this caller.
    ///
    /// # Errors
    /// It was identified as another user before.
    pub fn identify(&mut self, caller: Caller) -> Result<(), Refusal> {
        match &self.caller {
            Some(known) if known.user != caller.user => Err(Refusal::unauthorized("you are somebody else already")),
            _ => {
                self.caller = Some(caller);
                Ok(())
            }
        }
    }

    /// What a request means for this client, who has so many subscriptions beside the one it may ask for.
    pub fn admit(&mut self, call: Call, subscriptions: usize, now: Moment) -> Step {
        let refused = self.limit(&call, now);
        match (refused, call) {
            (Some(refusal), call) if !names_command(&call) => Step::Refuse(refusal),
            (refused, Call::Room { room, command, username }) => self.command(room, command, username, refused),
            (refused, Call::Join { room, username, guest_token, client_id }) => {
                if subscriptions >= limits::MAX_SUBSCRIPTIONS {
                    return Step::Refuse(too_many());
                }
                self.join(room, username, guest_token, Command { client_id, op: Op::Join }, refused)
            }
            (_, call) => self.other(call, subscriptions),
        }
    }

    fn limit(&mut self, call: &Call, now: Moment) -> Option<Refusal> {
        if matches!(call, Call::Ping) { None } else { self.charge(now) }
    }

    /// Counts a request, of which nothing may be known but that it is none: the refusal if it is one too many.
    pub fn charge(&mut self, now: Moment) -> Option<Refusal> {
        let bucket = self.bucket.as_mut()?;
        (!bucket.take(now)).then(|| Refusal::new(Code::RateLimited, "too many requests; slow down"))
    }

    fn command(&self, room: RoomId, command: Command, username: Option<Name>, refused: Option<Refusal>) -> Step {
        let Some(caller) = self.caller.clone() else { return Step::Refuse(Refusal::not_a_member()) };
        if username.is_some_and(|name| name != caller.name) {
            return Step::Refuse(Refusal::new(Code::UsernameTaken, "the username is not yours"));
        }
        if matches!(command.op, Op::Join | Op::Notify(_)) {
            return Step::Refuse(Refusal::new(Code::UnknownAction, "there is no such command"));
        }
        match command.op.check() {
            Ok(()) => Step::Command { caller, room, command, refused },
            Err(refusal) => Step::Refuse(refusal),
        }
    }

    fn join(
        &self,
        room: RoomId,
        username: Option<Name>,
        token: Option<Text>,
        command: Command,
        refused: Option<Refusal>,
    ) -> Step {
        match self.caller.clone() {
            Some(caller) if username.as_ref().is_some_and(|name| *name != caller.name) => {
                Step::Refuse(Refusal::new(Code::UsernameTaken, "the username is not yours"))
            }
            Some(caller) => Step::Command { caller, room, command, refused },
            None if refused.is_some() => Step::Refuse(refused.unwrap_or_else(too_many)),
            None if !self.guests => Step::Refuse(Refusal::unauthorized("guests are not allowed here; log in first")),
            None if username.is_none() && token.is_none() => Step::Refuse(Refusal::field("username", "is missing")),
            None => Step::JoinAsGuest { name: username, token, room, command },
        }
    }

    fn other(&self, call: Call, subscriptions: usize) -> Step {
        let call = match call {
            Call::Hello { token, protocol, resume } => return hello(token, protocol, resume),
            Call::Ping => return Step::Pong,
            Call::Unsubscribe { room } => return Step::Unsubscribe { room },
            call => call,
        };
        let Some(caller) = self.caller.clone() else {
            return Step::Refuse(Refusal::unauthorized("say who you are first"));
        };
        match call {
            Call::Subscribe { .. } if subscriptions >= limits::MAX_SUBSCRIPTIONS => Step::Refuse(too_many()),
            Call::Subscribe { room, from } => Step::Subscribe { caller, room, from },
            Call::Typing { room } => Step::Typing { caller, room },
            Call::Read { room, seq } => Step::Read { caller, room, seq },
            Call::Presence { away } => Step::Presence { caller, away },
            Call::History { room, window } => Step::History { caller, room, window },
            Call::Members { room, after, limit } => Step::Members { caller, room, after, limit },
            Call::CreateRoom(new) => Step::CreateRoom { caller, new },
            _ => Step::Refuse(Refusal::new(Code::UnknownAction, "there is no such action")),
        }
    }
}

fn hello(token: Option<Text>, protocol: u32, resume: Vec<Resume>) -> Step {
    if protocol == 0 || protocol > PROTOCOL {
        return Step::Refuse(Refusal::field("protocol", "is not a version this server speaks"));
    }
    if resume.len() > limits::MAX_RESUME {
        return Step::Refuse(Refusal::field("resume", "names more than 200 rooms"));
    }
    Step::Hello { token, resume }
}

impl Call {
    /// The room it asks to be subscribed to, if it does.
    pub fn subscribes_to(&self) -> Option<&RoomId> {
        match self {
            Self::Join { room, .. } | Self::Subscribe { room, .. } => Some(room),
            _ => None,
        }
    }
}

/// Whether it is a command with a client id, whose first answer stands whatever the limits say now.
fn names_command(call: &Call) -> bool {
    match call {
        Call::Room { command, .. } => command.client_id.is_some(),
        Call::Join { client_id, .. } => client_id.is_some(),
        _ => false,
    }
}

fn too_many() -> Refusal {
    Refusal::new(Code::TooManySubscriptions, "the session is subscribed to as many rooms as it may be")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Post;

    fn ann() -> Caller {
        Caller::new(UserId::parse("ann").unwrap(), Name::parse("Ann").unwrap())
    }

    fn send(client_id: Option<&str>) -> Call {
        let client_id = client_id.map(|id| crate::ClientId::parse(id).unwrap());
        let command = Command { client_id, op: Op::Send(Post::text("hello")) };
        Call::Room { room: RoomId::parse("r").unwrap(), command, username: None }
    }

    fn limited() -> Limits {
        Limits { requests_per_second: Some(1), request_burst: 1, ..Limits::default() }
    }

    #[test]
    fn a_limited_command_with_a_client_id_is_looked_up_and_one_without_is_refused() {
        let mut session = Session::new(Some(ann()), true, &limited(), Moment(0));
        assert!(matches!(session.admit(send(None), 0, Moment(0)), Step::Command { refused: None, .. }));
        assert!(matches!(session.admit(send(None), 0, Moment(1)), Step::Refuse(r) if r.code == Code::RateLimited));
        let step = session.admit(send(Some("c")), 0, Moment(2));
        assert!(matches!(step, Step::Command { refused: Some(r), .. } if r.code == Code::RateLimited));
        assert!(matches!(session.admit(send(None), 0, Moment(60_000)), Step::Command { refused: None, .. }));
    }

    #[test]
    fn nobody_speaks_under_anothers_name() {
        let mut session = Session::new(Some(ann()), true, &Limits::default(), Moment(0));
        let bob = Some(Name::parse("Bob").unwrap());
        let room = RoomId::parse("r").unwrap();
        let join = Call::Join { room, username: bob, guest_token: None, client_id: None };
        assert!(matches!(session.admit(join, 0, Moment(0)), Step::Refuse(r) if r.code == Code::UsernameTaken));
    }

    #[test]
    fn a_session_is_one_user_for_ever() {
        let mut session = Session::new(None, true, &Limits::default(), Moment(0));
        assert!(session.identify(ann()).is_ok());
        let bob = Caller::new(UserId::parse("bob").unwrap(), Name::parse("Bob").unwrap());
        assert_eq!(session.identify(bob).unwrap_err().code, Code::Unauthorized);
    }

    #[test]
    fn subscriptions_are_bounded() {
        let mut session = Session::new(Some(ann()), true, &Limits::default(), Moment(0));
        let subscribe = Call::Subscribe { room: RoomId::parse("r").unwrap(), from: None };
        let step = session.admit(subscribe, limits::MAX_SUBSCRIPTIONS, Moment(0));
        assert!(matches!(step, Step::Refuse(r) if r.code == Code::TooManySubscriptions));
    }
}
