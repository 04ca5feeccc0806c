//! The rooms to which a session is subscribed, or asked to be.

use std::sync::{Arc, Weak};

use futures_util::future::join_all;
use smallvec::SmallVec;

use super::{Lane, Session, Work};
use crate::{
    Caller, Reply, RoomId, UserId,
    fanout::{Outlet, Undecided},
    host::{Host, Mail, ReplySink, Sink},
    limits,
};

/// The hosts of the rooms to which a session asked to be subscribed. The room may have refused, or ended the subscription.
#[derive(Default)]
pub(super) struct Interests(SmallVec<[Interest; 1]>);

struct Interest {
    host: Arc<Host>,
    undecided: Option<Weak<Undecided>>,
}

impl Interests {
    pub(super) fn host(&self, room: &RoomId) -> Option<Arc<Host>> {
        self.0.iter().find(|known| known.host.room == *room).map(|known| known.host.clone())
    }

    fn note(&mut self, host: Arc<Host>, undecided: &Arc<Undecided>, outlet: &Outlet) {
        if self.0.len() >= limits::MAX_SUBSCRIPTIONS {
            self.prune(outlet);
        }
        let interest = Interest { host, undecided: Some(Arc::downgrade(undecided)) };
        match self.0.iter_mut().find(|known| known.host.room == interest.host.room) {
            Some(known) => *known = interest,
            None => self.0.push(interest),
        }
    }

    fn remove(&mut self, room: &RoomId) -> Option<Arc<Host>> {
        let at = self.0.iter().position(|known| known.host.room == *room)?;
        Some(self.0.swap_remove(at).host)
    }

    /// Forgets the hosts that refused or ended the subscription.
    fn prune(&mut self, outlet: &Outlet) {
        // Undecided requests are looked at before subscriptions: one that is decided in between is found among the latter.
        for known in &mut self.0 {
            known.undecided = known.undecided.take().filter(|undecided| undecided.strong_count() > 0);
        }
        let rooms = outlet.rooms();
        self.0.retain(|known| known.undecided.is_some() || rooms.contains(&known.host.room));
    }
}

impl Session {
    /// Notes that the session asked this host to be subscribed; without `undecided` it asked for something else. If the session is
    /// over by now, this ends the subscription, since nobody else does.
    pub(super) fn note(&self, host: Arc<Host>, undecided: Option<&Arc<Undecided>>) {
        let Some(undecided) = undecided else { return };
        self.interests().note(host.clone(), undecided, self.outlet());
        if self.service.node.sessions.get(self.live.id()).is_none()
            && let Some(caller) = self.live.caller()
        {
            self.leave(host, &caller);
        }
    }

    /// Removes the session's note for an inbox.
    pub(super) fn forget_note(&self, room: &RoomId) {
        if room.is_inbox() {
            self.service.node.sessions.noted.remove(room, self.live.id());
        }
    }

    /// Ends a subscription. The room's host answers, so that the answer comes after all frames of the room.
    pub(super) fn unsubscribe(
        self: &std::sync::Arc<Self>,
        room: RoomId,
        caller: Caller,
        sink: ReplySink,
    ) -> Option<(Lane, Work)> {
        self.forget_note(&room);
        let asked = self.interests().remove(&room);
        // The host application or the engine may have subscribed the session, or may be about to.
        let known = || self.service.registry.known(&room).filter(|_| self.outlet().has_place(&room));
        let host = asked.or_else(known);
        // A closing host may have noted the session meanwhile, and a new host may have been asked to subscribe it.
        self.forget_note(&room);
        let host = host.or_else(known);
        host.iter().for_each(|host| host.fan.detach(self.outlet(), &caller.user));
        let Some(host) = host else {
            sink.answer(Ok(Reply::Unsubscribed { room }), None);
            return None;
        };
        let mail = self.detach(&room, &caller, Sink::Reply(Box::new(sink)));
        let mail = host.try_send(mail).err()?;
        let session = self.clone();
        let work = async move {
            // Nobody is subscribed to a room without a host.
            if let Err(mail) = session.service.registry.post_if_open(&room, mail).await
                && let Mail::Detach { sink, .. } = *mail
            {
                sink.unsubscribed(&room);
            }
        };
        Some((Lane::Room(host.room.clone()), Box::pin(work)))
    }

    /// The hosts of the rooms to which the session asked to be subscribed, or to which the host application subscribed it.
    pub(super) fn hosts(&self) -> Vec<Arc<Host>> {
        let mut hosts: Vec<_> = self.interests().0.iter().map(|known| known.host.clone()).collect();
        for room in self.outlet().rooms() {
            if !hosts.iter().any(|host| host.room == room) {
                hosts.extend(self.service.registry.known(&room));
            }
        }
        hosts
    }

    /// Tells all these rooms whether the user is away. If a mailbox is full, this waits for a place in it.
    pub(super) fn tell_presence(&self, user: UserId, away: bool, sink: ReplySink) -> Option<(Lane, Work)> {
        let session = self.live.id();
        // This is set first: a room that subscribes the session meanwhile looks here.
        self.live.set_away(away);
        let unsent = |host: Arc<Host>| {
            let mail = host.try_send(Box::new(Mail::Away { user: user.clone(), session, away })).err()?;
            Some((host.room.clone(), mail))
        };
        let unsent: Vec<_> = self.hosts().into_iter().filter_map(unsent).collect();
        if unsent.is_empty() {
            sink.answer(Ok(Reply::Taken), None);
            return None;
        }
        let registry = self.service.registry.clone();
        let work = async move {
            // Nobody is present in a room without a host.
            join_all(unsent.into_iter().map(async |(room, mail)| drop(registry.post_if_open(&room, mail).await))).await;
            sink.answer(Ok(Reply::Taken), None);
        };
        Some((Lane::Presence, Box::pin(work)))
    }

    /// Ends a subscription of a session that is over.
    pub(super) fn leave(&self, host: Arc<Host>, caller: &Caller) {
        host.fan.detach(self.outlet(), &caller.user);
        let mail = self.detach(&host.room, caller, Sink::Nobody);
        if let Err(mail) = host.try_send(mail) {
            // The mail is sent again until a host takes it. Otherwise the user of an ended session would stay present.
            let registry = self.service.registry.clone();
            self.service.node.tasks.spawn(async move {
                drop(registry.post_if_open(&host.room, mail).await);
            });
        }
    }

    fn detach(&self, room: &RoomId, caller: &Caller, sink: Sink) -> Box<Mail> {
        let (room, user, session) = (room.clone(), caller.user.clone(), self.live.id());
        Box::new(Mail::Detach { room, user, session, sink })
    }
}
