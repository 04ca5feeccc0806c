//! The service: all that can be asked of the engine, by whatever way it comes.

mod announcements;
mod call;
mod direct;
mod duties;
mod errands;
mod guests_rooms;
mod inbox;
mod intake;
mod invites;
mod last_seen;
mod leases;
mod leaving;
mod messages;
mod questions;
mod quota;
mod restrictions;
mod retention;
mod rooms;

use std::{
    net::IpAddr,
    sync::{Arc, Weak},
};

use chat_model::room::Answer;
use tokio::sync::{Notify, Semaphore, oneshot};

pub(crate) use self::call::{Incoming, Route};
use self::{announcements::Announcements, leases::Leases, quota::RoomsMade};
use crate::{
    Authenticator, Caller, Code, Gate, Keep, Name, People, Refusal, RoomRecord, Wire, guest::Guests, limits,
    node::Node, registry::Registry,
};

/// Says how much of each room's log is kept.
pub(crate) type KeepOf = dyn Fn(&RoomRecord) -> Keep + Send + Sync;

/// What can be asked of the engine, and who answers.
pub(crate) struct Service {
    /// Itself, for tasks that outlive the call which began them.
    me: Weak<Self>,
    pub(crate) node: Arc<Node>,
    pub(crate) registry: Arc<Registry>,
    gate: Option<Arc<dyn Gate>>,
    authenticator: Option<Arc<dyn Authenticator>>,
    people: Option<Arc<dyn People>>,
    guests: Guests,
    /// Codes of invitations are made of it.
    secret: [u8; 32],
    pub(crate) guests_allowed: bool,
    announcements: Announcements,
    /// The wire of all sessions of this process, so that a room packs each event once for them.
    pub(crate) packed: Wire,
    leases: Leases,
    rooms_made: RoomsMade,
    /// Turns to write to an inbox, or to open one.
    notices: Arc<Semaphore>,
    /// Turns of those who open inboxes in which something has happened.
    wakes: Arc<Semaphore>,
    handed_in: Arc<Notify>,
}

/// What a service is made of, beside its node.
pub(crate) struct Parts {
    pub(crate) gate: Option<Arc<dyn Gate>>,
    pub(crate) authenticator: Option<Arc<dyn Authenticator>>,
    pub(crate) people: Option<Arc<dyn People>>,
    pub(crate) guests: bool,
    pub(crate) announcements: bool,
    /// Signs guests' tokens, and makes codes of invitations.
    pub(crate) secret: [u8; 32],
}

impl Service {
    pub(crate) fn new(node: Arc<Node>, parts: Parts) -> Arc<Self> {
        let registry = Registry::new(node.clone());
        let service = Arc::new_cyclic(|me: &Weak<Self>| Self {
            me: me.clone(),
            node,
            registry,
            gate: parts.gate,
            authenticator: parts.authenticator,
            people: parts.people,
            guests: Guests::new(parts.secret),
            secret: parts.secret,
            guests_allowed: parts.guests,
            announcements: Announcements::new(parts.announcements),
            packed: Wire::packed(),
            leases: Leases::default(),
            rooms_made: RoomsMade::default(),
            notices: Arc::new(Semaphore::new(limits::MAX_NOTICES)),
            wakes: Arc::new(Semaphore::new(limits::MAX_WAKES)),
            handed_in: Arc::default(),
        });
        service.node.serve_duties(Arc::downgrade(&service) as Weak<_>);
        service
    }

    /// For whom a token stands: a guest, or a user the host's [`Authenticator`] knows. What the host says of them
    /// meanwhile is found out when a session is to act for them.
    pub(crate) async fn authenticate(&self, token: &str) -> Result<Caller, Refusal> {
        let as_of = self.node.sessions.as_of(self.node.moment());
        if let Some(guest) = self.guests.recognize(token, self.node.environment.wall()) {
            let guest = guest?;
            self.check_guest_name(&guest.name).await?;
            return Ok(guest.as_of(as_of));
        }
        let Some(authenticator) = &self.authenticator else {
            return Err(Refusal::unauthorized("the token is not valid"));
        };
        let caller = authenticator.authenticate(token).await?;
        caller.check()?;
        if caller.is_expired(self.node.environment.wall()) {
            return Err(Refusal::new(Code::TokenExpired, "the token has expired"));
        }
        Ok(caller.as_of(as_of))
    }

    /// The guest of this token, under this name if one is given; or a new one of this name.
    pub(crate) fn guest(
        &self,
        name: Option<Name>,
        token: Option<&str>,
        address: Option<IpAddr>,
    ) -> Result<(Caller, String), Refusal> {
        if !self.guests_allowed {
            return Err(Refusal::unauthorized("guests are not allowed here; log in first"));
        }
        let guest = match (token, name) {
            (Some(token), name) => {
                let unknown = || Err(Refusal::unauthorized("the guest token is not valid"));
                let guest = self.guests.recognize(token, self.node.environment.wall()).unwrap_or_else(unknown)?;
                if name.is_some_and(|name| name != guest.name) {
                    return Err(Refusal::new(Code::UsernameTaken, "the username is not that of the guest token"));
                }
                guest
            }
            (None, Some(name)) => {
                self.node.sessions.guests.make(address, self.node.moment())?;
                let environment = &self.node.environment;
                self.guests.create(name, environment.random(), environment.wall())
            }
            (None, None) => return Err(Refusal::field("username", "is missing")),
        };
        let token = self.guest_token(&guest);
        Ok((guest.at(address), token))
    }

    /// The name of the guest of this token, or else the one that is given to a new guest.
    pub(crate) fn guest_name(&self, name: Option<&Name>, token: Option<&str>) -> Option<Name> {
        match token {
            Some(token) => Some(self.guests.recognize(token, self.node.environment.wall())?.ok()?.name),
            None => name.cloned(),
        }
    }

    /// Whether guests' names are the host's to check.
    pub(crate) fn checks_guest_names(&self) -> bool {
        self.people.is_some()
    }

    /// Whether a guest may go by this name. A token tells nothing of that: the name may be a user's since it was given.
    pub(crate) async fn check_guest_name(&self, name: &Name) -> Result<(), Refusal> {
        match &self.people {
            Some(people) => people.check_guest_name(name).await,
            None => Ok(()),
        }
    }

    /// What makes a guest the same next time.
    pub(crate) fn guest_token(&self, guest: &Caller) -> String {
        self.guests.token(guest, self.node.environment.wall())
    }

    /// Has what was handed in beside the logs looked for now.
    pub(crate) fn nudge(&self) {
        self.handed_in.notify_one();
    }

    /// Resolves at the next nudge.
    pub(crate) fn nudged(&self) -> Arc<Notify> {
        self.handed_in.clone()
    }
}

/// What a room answers the engine.
async fn answered(answer: oneshot::Receiver<Answer>) -> Result<Answer, Refusal> {
    match answer.await {
        Ok(Answer::Refused(refusal)) => Err(refusal),
        Ok(answer) => Ok(answer),
        Err(_) => Err(Refusal::unanswered()),
    }
}

/// No call is answered so.
pub(crate) fn another_reply() -> Refusal {
    Refusal::new(Code::Internal, "the engine answered something else")
}

/// No room answers so.
fn another_answer() -> Refusal {
    Refusal::new(Code::Internal, "the room answered something else")
}
