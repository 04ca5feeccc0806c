//! A connection: one client's session at work. Requests go in; answers and entries come out through its outlet.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use bytes::Bytes;
use smallvec::SmallVec;
use tokio::sync::oneshot;

mod drive;
mod hello;
#[cfg(test)]
mod tests;

use crate::{
    Caller, CloseReason, Command, DirectWrite, Event, Name, Refusal, Request, RequestId, RoomId, Text, catch_up,
    engine::Engine,
    fanout::Outlet,
    host::{Asked, Asker, Host, Mail, SessionSink, Sink},
    limits,
    wire::Wire,
};
use chat_model::{
    room::{Answer, SignalKind},
    session::{Session, Step},
};

/// One client that speaks in typed requests and is answered in frames of its wire.
///
/// For wires with a framing of their own (Socket.IO), and for tests: see [`Chat::connect`](crate::Chat::connect).
/// Dropping it ends the session.
pub struct Connection {
    engine: Arc<Engine>,
    outlet: Arc<Outlet>,
    session: Session,
    /// The rooms this session asked to be subscribed to.
    places: SmallVec<[Place; 1]>,
}

/// A room this session is subscribed to, or asked to be; perhaps in vain, or no longer.
struct Place {
    host: Arc<Host>,
    asked: Option<Weak<Asked>>,
}

impl Connection {
    pub(crate) fn new(
        engine: Arc<Engine>,
        wire: Wire,
        caller: Option<Caller>,
        direct: Option<Arc<dyn DirectWrite>>,
    ) -> Self {
        let outlet = Outlet::new(engine.next_session(), wire, direct);
        engine.sessions.insert(outlet.id, outlet.clone());
        if engine.is_draining() {
            outlet.close(CloseReason::GoingAway);
        }
        let session = Session::new(caller, engine.guests_allowed, &engine.limits, engine.moment());
        Self { engine, outlet, session, places: SmallVec::new() }
    }

    /// Who the client is, once it is known.
    pub fn caller(&self) -> Option<&Caller> {
        self.session.caller()
    }

    /// Takes one request. Its answer, if it has one, comes out as a frame. A session that ends takes none.
    ///
    /// # Cancel safety
    /// Not cancel safe: a request that is dropped may be done without an answer.
    pub async fn request(&mut self, request: Request) {
        if self.outlet.closing().is_some() {
            return;
        }
        let Request { re, call } = request;
        let others = call.subscribes_to().map_or(0, |room| self.places_beside(room));
        match self.session.admit(call, others, self.engine.moment()) {
            Step::Refuse(refusal) => self.refuse(re.as_ref(), &refusal),
            Step::Pong => self.say(&Event::Pong { re: re.as_ref() }),
            Step::Hello { token, resume } => self.hello(re, token, resume).await,
            Step::JoinAsGuest { name, token, room, command } => {
                self.join_as_guest(re, name, token, room, command).await;
            }
            Step::Command { caller, room, command, refused } => {
                let is_join = matches!(command.op, crate::Op::Join);
                let guest_token = (is_join && caller.is_guest()).then(|| self.engine.guest_token(&caller));
                self.command(re, caller, room, command, refused, guest_token, false).await;
            }
            step => self.other(re, step).await,
        }
    }

    /// The next frames for the client, whole ones and in order; `None` once the session has ended.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn next(&mut self) -> Option<Vec<Bytes>> {
        loop {
            let frames = self.outlet.take();
            if !frames.is_empty() {
                return Some(frames);
            }
            if self.outlet.closing().is_some() {
                return None;
            }
            if !self.catch_up().await {
                self.outlet.woken().await;
            }
        }
    }

    async fn other(&mut self, re: Option<RequestId>, step: Step) {
        match step {
            Step::Subscribe { caller, room, from } => {
                let asked = Arc::new(Asked);
                let sink = self.sink(Asker { asked: Some(asked.clone()), ..Asker::nameless(re, &caller, "subscribe") });
                let host = self.post(&room, Mail::Subscribe { caller, from, sink }).await;
                self.note(host, &asked);
            }
            Step::Unsubscribe { room } => self.unsubscribe(re, &room).await,
            Step::Typing { caller, room } => {
                let sink = self.sink(Asker::nameless(re, &caller, "typing"));
                self.post(&room, Mail::Signal { caller, kind: SignalKind::Typing, sink }).await;
            }
            Step::Presence { caller, away } => {
                for Place { host, .. } in &self.places {
                    host.tell(Mail::Away { user: caller.user.clone(), session: self.outlet.id, away });
                }
                if let Some(re) = &re {
                    self.say(&Event::Taken { re });
                }
            }
            step => {
                if let Err(refusal) = self.ask(re.as_ref(), step).await {
                    self.refuse(re.as_ref(), &refusal);
                }
            }
        }
    }

    /// Questions that are answered from the store.
    async fn ask(&mut self, re: Option<&RequestId>, step: Step) -> Result<(), Refusal> {
        let engine = self.engine.clone();
        match step {
            Step::Read { caller, room, seq } => {
                let seq = engine.mark_read(&caller, &room, seq).await?;
                self.say(&Event::ReadMoved { re, room: &room, seq });
            }
            Step::History { caller, room, window } => {
                let page = engine.history(&caller, &room, window).await?;
                let (epoch, head, messages) = (page.epoch, page.head, &*page.messages);
                self.say(&Event::History { re, room: &room, epoch, head, messages });
            }
            Step::Members { caller, room, after, limit } => {
                let (members, count) = engine.members(&caller, &room, after.as_ref(), limit).await?;
                self.say(&Event::Members { re, room: &room, members: &members, count });
            }
            Step::CreateRoom { caller, new } => {
                let record = engine.create_room(&caller, new).await?;
                let (room, meta, epoch) = (&record.room, &record.meta, record.epoch);
                self.say(&Event::RoomCreated { re, room, meta, epoch });
            }
            _ => {}
        }
        Ok(())
    }

    #[allow(clippy::too_many_arguments, reason = "the fields of one mail, once")]
    async fn command(
        &mut self,
        re: Option<RequestId>,
        caller: Caller,
        room: RoomId,
        command: Command,
        refused: Option<Refusal>,
        guest_token: Option<String>,
        newcomer: bool,
    ) {
        let attach = matches!(command.op, crate::Op::Join);
        let (op, client_id) = (command.op.name(), command.client_id.clone());
        let asked = attach.then(|| Arc::new(Asked));
        let asker = Asker { re, caller: caller.clone(), op, client_id, guest_token, asked: asked.clone() };
        let sink = self.sink(asker);
        let mail = Mail::Command { caller, command, refused, attach, newcomer, by_engine: false, sink };
        let host = self.post(&room, mail).await;
        if let Some(asked) = asked {
            self.note(host, &asked);
        }
    }

    async fn join_as_guest(
        &mut self,
        re: Option<RequestId>,
        name: Option<Name>,
        token: Option<Text>,
        room: RoomId,
        command: Command,
    ) {
        let newcomer = token.is_none();
        match self.engine.guest(name, token.as_deref()) {
            Ok((caller, token)) => {
                if let Err(refusal) = self.session.identify(caller.clone()) {
                    return self.refuse(re.as_ref(), &refusal);
                }
                self.command(re, caller, room, command, None, Some(token), newcomer).await;
            }
            Err(refusal) => self.refuse(re.as_ref(), &refusal),
        }
    }

    async fn unsubscribe(&mut self, re: Option<RequestId>, room: &RoomId) {
        let at = self.places.iter().position(|place| place.host.room == *room);
        let (Some(caller), Some(at)) = (self.session.caller(), at) else {
            return self.say(&Event::Unsubscribed { re: re.as_ref(), room });
        };
        // The host answers: what it had to say to this session before comes before.
        let mut sink = self.sink(Asker::nameless(re, caller, "unsubscribe"));
        let host = self.places.swap_remove(at).host;
        for (host, mut mail) in self.leave(&host) {
            if let Mail::Detach { sink: place, .. } = &mut mail {
                std::mem::swap(place, &mut sink);
            }
            // A host that has closed has nobody to forget.
            if let Err(mail) = host.send(Box::new(mail)).await
                && let Mail::Detach { sink: unused, .. } = *mail
            {
                sink = unused;
            }
        }
        sink.unsubscribed(room);
    }

    /// Ends the subscription to one room. What its host must be told: and the next host, if mail was passed on to it.
    fn leave(&self, host: &Arc<Host>) -> SmallVec<[(Arc<Host>, Mail); 1]> {
        let Some(caller) = self.session.caller() else { return SmallVec::new() };
        let next = self.engine.registry.known(&host.room).filter(|next| !Arc::ptr_eq(next, host));
        let goodbye = |host: Arc<Host>| {
            host.fan.detach(&self.outlet, &caller.user);
            let (room, user, session) = (host.room.clone(), caller.user.clone(), self.outlet.id);
            (host, Mail::Detach { room, user, session, sink: Sink::Nobody })
        };
        [Some(host.clone()), next].into_iter().flatten().map(goodbye).collect()
    }

    fn sink(&self, asker: Asker) -> Sink {
        Sink::Session(Box::new(SessionSink::new(self.outlet.clone(), asker)))
    }

    async fn post(&mut self, room: &RoomId, mail: Mail) -> Option<Arc<Host>> {
        let mail = match self.places.iter().find(|place| place.host.room == *room) {
            Some(Place { host, .. }) => match host.send(Box::new(mail)).await {
                Ok(()) => return Some(host.clone()),
                Err(returned) => *returned,
            },
            None => mail,
        };
        // Without a host, the refusal is the answer.
        self.engine.registry.post(&self.engine, room, mail).await.ok()
    }

    fn note(&mut self, host: Option<Arc<Host>>, asked: &Arc<Asked>) {
        let Some(host) = host else { return };
        let place = Place { host, asked: Some(Arc::downgrade(asked)) };
        match self.places.iter_mut().find(|known| known.host.room == place.host.room) {
            Some(known) => *known = place,
            None => self.places.push(place),
        }
    }

    /// How many rooms beside this one it is subscribed to, or asks to be. Places of rooms that refused or ended it are
    /// given back when there are no others.
    fn places_beside(&mut self, room: &RoomId) -> usize {
        if self.places.len() >= limits::MAX_SUBSCRIPTIONS {
            // In this order: what is decided meanwhile is found among the subscriptions.
            for place in &mut self.places {
                place.asked = place.asked.take().filter(|asked| asked.strong_count() > 0);
            }
            let rooms = self.outlet.rooms();
            self.places.retain(|place| place.asked.is_some() || rooms.contains(&place.host.room));
        }
        self.places.iter().filter(|place| place.host.room != *room).count()
    }

    fn say(&self, event: &Event<'_>) {
        self.outlet.push(self.outlet.wire.frame(event));
    }

    fn refuse(&self, re: Option<&RequestId>, refusal: &Refusal) {
        self.say(&Event::Refused { re, refusal });
    }

    /// Reads one page for a subscription that is behind. `false` if none is.
    async fn catch_up(&self) -> bool {
        let Some(behind) = self.outlet.behind() else { return false };
        if let Err(error) = catch_up::step(&self.engine, &self.outlet, &behind).await {
            tracing::warn!(room = %behind.fan.room, %error, "a subscription could not catch up");
            tokio::time::sleep(Duration::from_millis(self.engine.limits.retry_ms)).await;
        }
        true
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.outlet.close(CloseReason::Done);
        self.engine.sessions.remove(&self.outlet.id);
        self.engine.session_ended.notify_waiters();
        for Place { host, .. } in std::mem::take(&mut self.places) {
            for (host, mail) in self.leave(&host) {
                if let Err(mail) = host.try_send(mail) {
                    // A full mailbox must not make a ghost.
                    self.engine.tasks.spawn(async move { drop(host.send(mail).await) });
                }
            }
        }
    }
}

/// The answer to a caller who waits for one.
pub(crate) async fn answered(answer: oneshot::Receiver<Answer>) -> Result<Answer, Refusal> {
    match answer.await {
        Ok(Answer::Refused(refusal)) => Err(refusal),
        Ok(answer) => Ok(answer),
        Err(_) => Err(Refusal::unanswered()),
    }
}
