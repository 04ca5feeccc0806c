//! The state machine of one client's session. It decides what a request means for this client; the engine does it.
//!
//! ```
//! use chat_model::{Call, Caller, Limits, Moment, Name, Now, Reply, UserId};
//! use chat_model::session::{Effect, Input, Session};
//!
//! let ann = Caller::new(UserId::parse("ann")?, Name::parse("Ann")?);
//! let mut session = Session::new(Some(ann), false, &Limits::default(), Now::default());
//! let effect = session.handle(Input::Call { call: Call::Ping, subscriptions: 0 }, Now::default());
//! assert!(matches!(effect, Some(Effect::Answer(Ok(Reply::Pong)))));
//! let Some(tomorrow) = session.caller().map(|ann| ann.clone().until(chat_model::Timestamp(9))) else { return Ok(()) };
//! session.handle(Input::Identified(tomorrow), Now::default());
//! assert!(session.expires().is_some());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bucket;

use std::num::NonZeroU32;

pub use self::bucket::Allowance;
use self::bucket::Excess;
use crate::{
    Call, Caller, CloseReason, Code, Command, Hides, Moment, Name, Now, Refusal, Reply, Resume, RoomId, Text,
    Timestamp,
    limits::{self, Limits},
};

/// The newest protocol version this engine speaks. A connection that never says `hello` speaks version 1.
pub const PROTOCOL: u32 = 1;

/// What a session is told.
#[derive(Debug)]
pub enum Input {
    /// The client asks something.
    Call {
        /// What it asks.
        call: Call,
        /// How many rooms the session is subscribed to, beside the one that the call names.
        subscriptions: usize,
    },
    /// The client sent something that is no request: the refusal to answer with.
    Malformed(Refusal),
    /// The client sent something of the wire's own (a ping, a pong). Nothing is to be done for it if it is not one too many.
    Control,
    /// The session acts for this caller from now on.
    Identified(Caller),
    /// The user goes by this name from now on.
    Renamed(Name),
    /// The user hides this from others from now on, and nothing else.
    Hides(Hides),
    /// Time has passed.
    Tick,
}

/// What a session wants done.
#[derive(Debug)]
pub enum Effect {
    /// Answer the request.
    Answer(Result<Reply, Refusal>),
    /// Find out for whom the token stands, if there is one; then resume the rooms and welcome the client.
    Hello {
        /// The token.
        token: Option<Text>,
        /// The rooms.
        resume: Vec<Resume>,
    },
    /// Find out for whom the token stands, and answer once the session was told ([`Input::Identified`]).
    Renew {
        /// The token.
        token: Text,
    },
    /// Make a guest of this name, or the guest of this token; tell the session; then hand the join on.
    JoinAsGuest {
        /// The name.
        name: Option<Name>,
        /// What the guest got when they joined before.
        token: Option<Text>,
        /// The join, without name and token.
        join: Call,
    },
    /// Hand the call on.
    Call {
        /// For whom.
        caller: Caller,
        /// What is asked.
        call: Call,
        /// What it is refused with, unless it is a command whose client id is known.
        refused: Option<Refusal>,
    },
    /// End the session.
    Close(CloseReason),
}

/// One client's session.
#[derive(Debug)]
pub struct Session {
    caller: Option<Caller>,
    /// The user's, once the session acts for one.
    allowance: Option<Allowance>,
    /// What strangers of the same address share, who are guests and nobody yet.
    strangers: Option<Allowance>,
    burst: u32,
    excess: Excess,
    guests: bool,
}

impl Session {
    /// A session that acts for `caller`, or for nobody yet. `guests` says whether it may make a guest of its client.
    pub fn new(caller: Option<Caller>, guests: bool, limits: &Limits, now: Now) -> Self {
        let rate = limits.requests_per_second.and_then(NonZeroU32::new);
        let burst = limits.request_burst;
        let allowance = rate.map(|rate| Allowance::new(rate, burst, now.moment));
        Self { caller, allowance, strangers: None, burst, excess: Excess::default(), guests }
    }

    /// The session takes what it does from this allowance from now on: that of its user.
    pub fn count_with(&mut self, user: Option<Allowance>) {
        self.allowance = user;
    }

    /// As long as it acts for nobody, or a guest, it takes from this one, too.
    pub fn count_among(&mut self, strangers: Option<Allowance>) {
        self.strangers = strangers;
    }

    /// For whom the session acts, once it is known.
    pub fn caller(&self) -> Option<&Caller> {
        self.caller.as_ref()
    }

    /// When its caller expires.
    pub fn expires(&self) -> Option<Timestamp> {
        self.caller.as_ref()?.expires
    }

    /// Takes in what has come, and says what is to be done for it, if anything.
    pub fn handle(&mut self, input: Input, now: Now) -> Option<Effect> {
        match input {
            Input::Call { call, subscriptions } => Some(self.call(call, subscriptions, now.moment)),
            Input::Malformed(refusal) => Some(self.charge(now.moment).unwrap_or_else(|| refuse(refusal))),
            Input::Control => self.charge(now.moment),
            Input::Identified(caller) => self.identify(caller).err().map(refuse),
            Input::Renamed(name) => {
                self.caller.iter_mut().for_each(|caller| caller.name = name.clone());
                None
            }
            Input::Hides(hides) => {
                self.caller.iter_mut().for_each(|caller| caller.hides = hides);
                None
            }
            Input::Tick => {
                let is_expired = self.caller.as_ref().is_some_and(|caller| caller.is_expired(now.wall));
                is_expired.then_some(Effect::Close(CloseReason::TokenExpired))
            }
        }
    }

    /// A session acts for one user for as long as it lives. The name it is known under stays, too: it is the host's to
    /// change.
    fn identify(&mut self, caller: Caller) -> Result<(), Refusal> {
        caller.check()?;
        match &mut self.caller {
            Some(known) if known.user != caller.user => Err(Refusal::unauthorized("you are somebody else already")),
            Some(known) => {
                let name = known.name.clone();
                *known = caller;
                known.name = name;
                Ok(())
            }
            None => {
                self.caller = Some(caller);
                Ok(())
            }
        }
    }

    fn call(&mut self, call: Call, subscriptions: usize, now: Moment) -> Effect {
        let refused = match self.charge(now) {
            None => None,
            Some(Effect::Answer(Err(refusal))) if is_command_with_client_id(&call) => Some(refusal),
            Some(effect) => return effect,
        };
        match (refused, call) {
            (refused, Call::Command { room, command, username }) => self.command(room, command, username, refused),
            (refused, Call::Join { room, username, guest_token, invite, client_id }) => {
                if subscriptions >= limits::MAX_SUBSCRIPTIONS {
                    return refuse(too_many_subscriptions());
                }
                let join = Call::Join { room, username: None, guest_token: None, invite, client_id };
                self.join(join, username, guest_token, refused)
            }
            (_, Call::Hello { token, protocol, resume }) => hello(token, protocol, resume),
            (_, Call::Token { token }) => Effect::Renew { token },
            (_, Call::Ping) => Effect::Answer(Ok(Reply::Pong)),
            (_, Call::Subscribe { .. }) if subscriptions >= limits::MAX_SUBSCRIPTIONS => {
                refuse(too_many_subscriptions())
            }
            (_, Call::Unsubscribe { room }) if self.caller.is_none() => {
                Effect::Answer(Ok(Reply::Unsubscribed { room }))
            }
            (refused, call) => match self.caller.clone() {
                Some(caller) => Effect::Call { caller, call, refused },
                None => refuse(Refusal::unauthorized("say who you are first")),
            },
        }
    }

    /// Counts what the client sent: what becomes of it if it is too much.
    fn charge(&mut self, now: Moment) -> Option<Effect> {
        let is_stranger = self.caller.as_ref().is_none_or(Caller::is_guest);
        // A session that is refused for its own rate takes nothing from the others of its address.
        let all = [self.allowance.as_ref(), self.strangers.as_ref().filter(|_| is_stranger)];
        if all.into_iter().flatten().all(|allowance| allowance.take(now)) {
            return None;
        }
        if self.excess.is_too_much(self.burst, now) {
            return Some(Effect::Close(CloseReason::RateLimited));
        }
        Some(refuse(Refusal::rate_limited()))
    }

    fn command(&self, room: RoomId, command: Command, username: Option<Name>, refused: Option<Refusal>) -> Effect {
        let Some(caller) = self.caller.clone() else { return refuse(Refusal::not_a_member()) };
        if username.as_ref().is_some_and(|name| *name != caller.name) {
            return refuse(Refusal::new(Code::UsernameTaken, "the username is not yours"));
        }
        if command.op.is_of_engine() {
            return refuse(Refusal::new(Code::UnknownAction, "there is no such command"));
        }
        Effect::Call { caller, call: Call::Command { room, command, username }, refused }
    }

    fn join(&self, join: Call, username: Option<Name>, token: Option<Text>, refused: Option<Refusal>) -> Effect {
        match self.caller.clone() {
            Some(caller) if username.as_ref().is_some_and(|name| *name != caller.name) => {
                refuse(Refusal::new(Code::UsernameTaken, "the username is not yours"))
            }
            Some(caller) => Effect::Call { caller, call: join, refused },
            None => match refused {
                Some(refusal) => refuse(refusal),
                None if !self.guests => refuse(Refusal::unauthorized("guests are not allowed here; log in first")),
                None if username.is_none() && token.is_none() => refuse(Refusal::field("username", "is missing")),
                None => Effect::JoinAsGuest { name: username, token, join },
            },
        }
    }
}

fn hello(token: Option<Text>, protocol: u32, resume: Vec<Resume>) -> Effect {
    if protocol == 0 || protocol > PROTOCOL {
        return refuse(Refusal::field("protocol", "is not a version this server speaks"));
    }
    if resume.len() > limits::MAX_RESUME {
        return refuse(Refusal::field("resume", "names more than 200 rooms"));
    }
    Effect::Hello { token, resume }
}

fn refuse(refusal: Refusal) -> Effect {
    Effect::Answer(Err(refusal))
}

/// Whether it is a command with a client id, whose first answer stands whatever the limits say now.
fn is_command_with_client_id(call: &Call) -> bool {
    match call {
        Call::Command { command, .. } => command.client_id.is_some(),
        Call::Join { client_id, .. } | Call::DirectMessage { client_id, .. } | Call::Broadcast { client_id, .. } => {
            client_id.is_some()
        }
        _ => false,
    }
}

fn too_many_subscriptions() -> Refusal {
    Refusal::new(Code::TooManySubscriptions, "the session is subscribed to as many rooms as it may be")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClientId, Command, Op, Post, UserId};

    fn ann() -> Caller {
        Caller::new(UserId::parse("ann").unwrap(), Name::parse("Ann").unwrap())
    }

    fn at(ms: u64) -> Now {
        Now { wall: Timestamp(i64::try_from(ms).unwrap()), moment: Moment(ms) }
    }

    fn send(client_id: Option<&str>) -> Call {
        let client_id = client_id.map(|id| ClientId::parse(id).unwrap());
        let command = Command { client_id, op: Op::Send(Post::text("hello")) };
        Call::Command { room: RoomId::parse("r").unwrap(), command, username: None }
    }

    fn limited() -> Limits {
        Limits { requests_per_second: Some(1), request_burst: 1, ..Limits::default() }
    }

    fn ask(session: &mut Session, call: Call, subscriptions: usize, now: Now) -> Effect {
        session.handle(Input::Call { call, subscriptions }, now).unwrap()
    }

    fn code(effect: &Effect) -> Option<Code> {
        match effect {
            Effect::Answer(Err(refusal)) => Some(refusal.code),
            _ => None,
        }
    }

    #[test]
    fn a_limited_command_with_a_client_id_is_looked_up_and_one_without_is_refused() {
        let mut session = Session::new(Some(ann()), true, &limited(), at(0));
        assert!(matches!(ask(&mut session, send(None), 0, at(0)), Effect::Call { refused: None, .. }));
        assert_eq!(code(&ask(&mut session, send(None), 0, at(1))), Some(Code::RateLimited));
        let effect = ask(&mut session, send(Some("c")), 0, at(2));
        assert!(matches!(effect, Effect::Call { refused: Some(r), .. } if r.code == Code::RateLimited));
        assert!(matches!(ask(&mut session, send(None), 0, at(60_000)), Effect::Call { refused: None, .. }));
    }

    #[test]
    fn what_is_no_request_counts_as_one() {
        let mut session = Session::new(Some(ann()), true, &limited(), at(0));
        let mut garbage = || {
            let refusal = Refusal::new(Code::BadJson, "no JSON");
            code(&session.handle(Input::Malformed(refusal), at(0)).unwrap())
        };
        assert_eq!((garbage(), garbage()), (Some(Code::BadJson), Some(Code::RateLimited)));
    }

    #[test]
    fn what_is_the_wires_own_counts_and_who_goes_on_and_on_is_closed() {
        let mut session = Session::new(Some(ann()), true, &limited(), at(0));
        let mut control = |ms| session.handle(Input::Control, at(ms));
        assert!(control(0).is_none());
        // Slowly too much is refused for ever; fast, it is closed.
        for n in 1..100 {
            let ms = 3_500 * n;
            assert!((0..2).filter_map(|_| control(ms)).all(|effect| code(&effect) == Some(Code::RateLimited)), "{n}");
        }
        let effects: Vec<_> = (0..5).filter_map(|_| control(1_000_000)).collect();
        assert!(matches!(effects[..], [.., Effect::Close(CloseReason::RateLimited)]), "{effects:?}");
    }

    #[test]
    fn sessions_share_what_they_are_given_and_users_are_no_strangers() {
        let allowance = |burst| Some(Allowance::new(NonZeroU32::MIN, burst, Moment(0)));
        let of = |caller, user: &Option<Allowance>, strangers: &Option<Allowance>| {
            let mut session = Session::new(caller, true, &Limits::default(), at(0));
            session.count_with(user.clone());
            session.count_among(strangers.clone());
            move || (0..10).take_while(|_| session.handle(Input::Control, at(0)).is_none()).count()
        };
        let (user, strangers) = (allowance(3), allowance(2));
        let mut two = [of(Some(ann()), &user, &strangers), of(Some(ann()), &user, &strangers)];
        assert_eq!((two[0](), two[1]()), (3, 0));
        let mut nobody = [of(None, &None, &strangers), of(None, &None, &strangers)];
        assert_eq!((nobody[0](), nobody[1]()), (2, 0), "ann took nothing of theirs");
    }

    #[test]
    fn a_ping_counts_as_any_other_request() {
        let mut session = Session::new(None, true, &limited(), at(0));
        assert!(matches!(ask(&mut session, Call::Ping, 0, at(0)), Effect::Answer(Ok(Reply::Pong))));
        assert_eq!(code(&ask(&mut session, Call::Ping, 0, at(1))), Some(Code::RateLimited));
    }

    #[test]
    fn nobody_speaks_under_anothers_name() {
        let mut session = Session::new(Some(ann()), true, &Limits::default(), at(0));
        let bob = Some(Name::parse("Bob").unwrap());
        let room = RoomId::parse("r").unwrap();
        let join = Call::Join { room, username: bob, guest_token: None, invite: None, client_id: None };
        assert_eq!(code(&ask(&mut session, join, 0, at(0))), Some(Code::UsernameTaken));
    }

    #[test]
    fn a_session_acts_for_one_user_for_ever() {
        let mut session = Session::new(None, true, &Limits::default(), at(0));
        assert!(session.handle(Input::Identified(ann()), at(0)).is_none());
        let bob = Caller::new(UserId::parse("bob").unwrap(), Name::parse("Bob").unwrap());
        let effect = session.handle(Input::Identified(bob), at(0)).unwrap();
        assert_eq!(code(&effect), Some(Code::Unauthorized));
    }

    #[test]
    fn a_session_ends_with_its_token_unless_a_new_one_came() {
        let mut session = Session::new(Some(ann().until(Timestamp(100))), true, &Limits::default(), at(0));
        assert!(session.handle(Input::Tick, at(99)).is_none());
        assert!(session.handle(Input::Identified(ann().until(Timestamp(200))), at(99)).is_none());
        assert!(session.handle(Input::Tick, at(100)).is_none());
        let effect = session.handle(Input::Tick, at(200));
        assert!(matches!(effect, Some(Effect::Close(CloseReason::TokenExpired))));
    }

    #[test]
    fn an_old_name_does_not_come_back_with_a_new_token() {
        let mut session = Session::new(Some(ann()), true, &Limits::default(), at(0));
        session.handle(Input::Renamed(Name::parse("Anna").unwrap()), at(0));
        session.handle(Input::Identified(ann()), at(0));
        assert_eq!(session.caller().unwrap().name.as_str(), "Anna");
    }

    #[test]
    fn subscriptions_are_bounded() {
        let mut session = Session::new(Some(ann()), true, &Limits::default(), at(0));
        let subscribe = Call::Subscribe { room: RoomId::parse("r").unwrap(), from: None };
        let effect = ask(&mut session, subscribe, limits::MAX_SUBSCRIPTIONS, at(0));
        assert_eq!(code(&effect), Some(Code::TooManySubscriptions));
    }
}
