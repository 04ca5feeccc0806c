//! Lanes: a request that has to wait holds back those that must not overtake it, and no others.

use std::{collections::VecDeque, future::Future, pin::Pin};

use crate::{Call, RoomId, UserId, host::ReplySink};

/// What of a request has to wait for the store, a host, a gate or a token's issuer.
pub(super) type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Which requests must not overtake one that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lane {
    /// All, as they depend on whom the session acts for.
    All,
    /// Requests to one room.
    Room(RoomId),
    /// Requests to the direct room with one user.
    Direct(UserId),
    /// Requests to go on with a new token.
    Token,
    /// Other words on whether the user is away.
    Presence,
    /// None.
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

/// The lanes in which something waits, each with what waits behind it.
#[derive(Default)]
pub(super) struct Lanes(Vec<(Lane, VecDeque<(Call, ReplySink)>)>);

impl Lanes {
    /// Queues a request behind the one it must not overtake. It comes back if there is none.
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

    /// Something waits in this lane from now on.
    pub(super) fn open(&mut self, lane: Lane) {
        if lane != Lane::Own && !self.0.iter().any(|(known, _)| *known == lane) {
            self.0.push((lane, VecDeque::new()));
        }
    }

    /// The next request of a lane, unless it waits behind another one's; where there is none, the lane is closed.
    pub(super) fn next(&mut self, lane: &Lane) -> Option<(Call, ReplySink)> {
        loop {
            let at = self.0.iter().position(|(known, _)| known == lane)?;
            let Some((call, sink)) = self.0[at].1.pop_front() else {
                self.0.swap_remove(at);
                return None;
            };
            // What waited for all may have to wait for others to its room, too.
            let next = if *lane == Lane::All { self.queue_in_own(call, sink) } else { Some((call, sink)) };
            if next.is_some() {
                return next;
            }
        }
    }
}
