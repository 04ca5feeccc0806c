//! Lanes: a request that has to wait holds back those that must not overtake it, and no others.

use std::{collections::VecDeque, future::Future, pin::Pin};

use crate::{Call, RoomId, UserId, host::ReplySink};

/// The part of a request that has to wait for the store, a host, a gate or a token's issuer.
pub(super) type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Which requests must not overtake one that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lane {
    /// All requests, because they depend on for whom the session acts.
    All,
    /// Requests to one room.
    Room(RoomId),
    /// Requests to the direct room with one user.
    Direct(UserId),
    /// Requests to go on with a new token.
    Token,
    /// Requests that say whether the user is away.
    Presence,
    /// No requests.
    Own,
}

impl Lane {
    pub(super) fn of(call: &Call) -> Self {
        match call {
            Call::Token { .. } => Self::Token,
            Call::Presence { .. } => Self::Presence,
            Call::Direct { user }
            | Call::DirectMessage { user, .. }
            | Call::Block { user }
            | Call::Unblock { user } => Self::Direct(user.clone()),
            Call::Broadcast { .. } => Self::Room(RoomId::announcements()),
            call => call.room().map_or(Self::Own, |room| Self::Room(room.clone())),
        }
    }
}

/// The lanes in which work waits, each with the requests that wait behind it.
#[derive(Default)]
pub(super) struct Lanes(Vec<(Lane, VecDeque<(Call, ReplySink)>)>);

impl Lanes {
    /// Queues a request behind the work that it must not overtake. The request comes back if there is no such work.
    pub(super) fn queue(&mut self, call: Call, sink: ReplySink) -> Option<(Call, ReplySink)> {
        if !matches!(call, Call::Ping)
            && let Some((_, queue)) = self.0.iter_mut().find(|(lane, _)| *lane == Lane::All)
        {
            queue.push_back((call, sink));
            return None;
        }
        self.queue_in_own(call, sink)
    }

    fn queue_in_own(&mut self, call: Call, sink: ReplySink) -> Option<(Call, ReplySink)> {
        let own = Lane::of(&call);
        match self.0.iter_mut().find(|(lane, _)| *lane == own && own != Lane::Own) {
            Some((_, queue)) => {
                queue.push_back((call, sink));
                None
            }
            None => Some((call, sink)),
        }
    }

    /// Notes that work waits in this lane.
    pub(super) fn open(&mut self, lane: Lane) {
        if lane != Lane::Own && !self.0.iter().any(|(known, _)| *known == lane) {
            self.0.push((lane, VecDeque::new()));
        }
    }

    /// Takes out the next request of a lane, unless that must wait behind another lane. Closes the lane if there is none.
    pub(super) fn next(&mut self, lane: &Lane) -> Option<(Call, ReplySink)> {
        loop {
            let at = self.0.iter().position(|(known, _)| known == lane)?;
            let Some((call, sink)) = self.0[at].1.pop_front() else {
                self.0.swap_remove(at);
                return None;
            };
            // A request that waited in the lane for all may have to wait in its room's lane, too.
            let next = if *lane == Lane::All { self.queue_in_own(call, sink) } else { Some((call, sink)) };
            if next.is_some() {
                return next;
            }
        }
    }
}
