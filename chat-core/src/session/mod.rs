//! A session: one connected client. Requests go into one half of it; answers and events come out of the other half.

mod drive;
mod events;
mod hello;
mod interest;
mod lanes;
mod outgoing;
mod requests;
#[cfg(test)]
mod tests;

use std::{
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use chat_model::session::{Effect, Input, Session as Machine};
use tokio::sync::{Notify, Semaphore};

pub(crate) use self::{drive::drive, outgoing::halves};
pub use self::{events::Events, outgoing::Outgoing, requests::Requests};
use self::{
    interest::Interests,
    lanes::{Lane, Lanes, Work},
};
use crate::{
    Call, Caller, CloseReason, Code, DirectWrite, Name, Refusal, RoomId, Text, Wire,
    fanout::{Outlet, Undecided},
    host::{Mail, ReplySink},
    limits,
    service::{Incoming, Route, Service},
    sessions::Live,
    shutdown::send_away,
    tasks::survive,
};

/// The state that both halves of a session share.
pub(crate) struct Session {
    service: Arc<Service>,
    live: Arc<Live>,
    /// The rooms that the session asked to be subscribed to.
    interests: Mutex<Interests>,
    /// Requests that wait for earlier ones.
    lanes: Mutex<Lanes>,
    /// Limits how many questions are put to the store at one time, since an answer may be a large page.
    questions: Semaphore,
    /// Notified when answers were taken out, so that further requests may come.
    progress: Notify,
    /// Whether the engine has subscribed the session to announcements by itself. A client that does not want them is not
    /// subscribed again.
    is_told_announcements: AtomicBool,
}

impl Session {
    pub(crate) fn begin(
        service: Arc<Service>,
        wire: Wire,
        caller: Option<Caller>,
        direct: Option<Arc<dyn DirectWrite>>,
        address: Option<IpAddr>,
    ) -> Arc<Self> {
        let node = service.node.clone();
        let outlet = Outlet::new(node.sessions.new_id(), wire, direct, node.unread.debt());
        let machine = Machine::new(None, service.guests_allowed, &node.limits, node.now());
        let live = node.sessions.begin(outlet, machine, address, node.moment());
        if let Some(caller) = caller
            && let Err(refusal) = node.sessions.identify(&live, caller, node.now())
        {
            let is_one_too_many = refusal.code == Code::RateLimited;
            live.outlet.close(if is_one_too_many { CloseReason::RateLimited } else { CloseReason::Revoked });
        }
        if node.is_draining() {
            send_away(&node, &live.outlet);
        }
        let (interests, lanes) = (Mutex::default(), Mutex::default());
        let questions = Semaphore::new(limits::QUESTIONS);
        let is_told_announcements = AtomicBool::new(!service.has_announcements());
        Arc::new(Self { service, live, interests, lanes, questions, progress: Notify::new(), is_told_announcements })
    }

    fn outlet(&self) -> &Arc<Outlet> {
        &self.live.outlet
    }

    fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn interests(&self) -> MutexGuard<'_, Interests> {
        self.interests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a request in, without waiting: a task does what has to wait. A session that is ending takes none.
    fn take(self: &Arc<Self>, call: Call, sink: ReplySink) {
        if self.outlet().closing().is_some() {
            return;
        }
        let sink = sink.asked(&call);
        let mut lanes = self.lanes();
        let Some((call, sink)) = lanes.queue(call, sink) else { return };
        if let Some((lane, work)) = self.start(call, sink) {
            lanes.open(lane.clone());
            self.service.node.tasks.spawn(self.clone().run_lane(lane, work));
        }
    }

    /// Does the work of a lane, and then the requests that wait behind it, one after the other.
    fn run_lane(self: Arc<Self>, lane: Lane, first: Work) -> Work {
        Box::pin(async move {
            run(first).await;
            loop {
                let next = self.lanes().next(&lane);
                let Some((call, sink)) = next else { return };
                if self.outlet().closing().is_some() {
                    // Nothing more is done for a session that is ending.
                    drop(sink);
                    continue;
                }
                match self.start(call, sink) {
                    Some((other, work)) if other != lane => {
                        self.lanes().open(other.clone());
                        self.service.node.tasks.spawn(self.clone().run_lane(other, work));
                    }
                    Some((_, work)) => run(work).await,
                    None => {}
                }
            }
        })
    }

    /// Begins a request. Returns the part of it that has to wait, with the lane of the requests that must not overtake it.
    fn start(self: &Arc<Self>, call: Call, sink: ReplySink) -> Option<(Lane, Work)> {
        let reserved = call.subscribes_to().map(|room| self.outlet().reserve(room));
        let (subscriptions, undecided) = reserved.map_or((0, None), |(beside, place)| (beside, Some(place)));
        let may_be_retry = call.client_id().is_some();
        let input = Input::Call { call, subscriptions };
        match self.live.handle(input, self.service.node.now())? {
            Effect::Answer(answer) => sink.answer(answer, None),
            Effect::Hello { token, resume } => {
                return Some((Lane::All, Box::pin(self.clone().hello(token, resume, sink))));
            }
            Effect::Renew { token } => {
                return Some((Lane::Token, Box::pin(self.clone().renew(token, sink))));
            }
            Effect::JoinAsGuest { name, token, join } => {
                // No other request overtakes this one, because the client's next request is made as this guest.
                let named = self.service.guest_name(name.as_ref(), token.as_deref());
                return self.once_checked(named, Lane::All, move |session, checked| {
                    session.come_as_guest(checked, (name, token), join, undecided, sink)
                });
            }
            Effect::Call { caller, call, refused } => {
                let (joins, lane) = (matches!(call, Call::Join { .. }), Lane::of(&call));
                let named = (joins && caller.is_guest()).then(|| caller.name.clone());
                let incoming = Incoming { undecided, ..Incoming::new(caller, call, sink) };
                return self.once_checked(named, lane, move |session, checked| {
                    session.call(Incoming { refused: refused.or(checked.err()), ..incoming })
                });
            }
            Effect::Close(reason) => {
                // The session ends because the client asks too much, so this request is not done either. A retry may have been done before,
                // which is not looked up any more.
                let refusal = if may_be_retry { Refusal::unanswered() } else { Refusal::rate_limited() };
                sink.answer(Err(refusal), None);
                self.outlet().close(reason);
            }
        }
        None
    }

    fn call(self: &Arc<Self>, mut incoming: Incoming) -> Option<(Lane, Work)> {
        if matches!(incoming.call, Call::Join { .. }) && incoming.sink.is_frame() {
            self.tell_announcements(|| incoming.sink.until_answered());
        }
        match incoming.call {
            Call::Unsubscribe { room } => self.unsubscribe(room, incoming.caller, incoming.sink),
            Call::Presence { away } => self.tell_presence(incoming.caller.user, away, incoming.sink),
            _ if self.service.has_gate() => {
                let (session, lane) = (self.clone(), Lane::of(&incoming.call));
                let work = async move {
                    match session.service.admit(&incoming.caller, &incoming.call).await {
                        Ok(()) => {
                            if let Some((_, work)) = session.dispatch(incoming) {
                                work.await;
                            }
                        }
                        Err(refusal) => incoming.sink.answer(Err(refusal), None),
                    }
                };
                Some((lane, Box::pin(work)))
            }
            _ => self.dispatch(incoming),
        }
    }

    /// Hands a call to the room or the service that answers it.
    fn dispatch(self: &Arc<Self>, incoming: Incoming) -> Option<(Lane, Work)> {
        let (lane, undecided) = (Lane::of(&incoming.call), incoming.undecided.clone());
        match self.service.route(incoming) {
            Route::Refused(refusal, sink) => {
                sink.answer(Err(refusal), None);
                None
            }
            Route::Room(room, mail) => self.post(room, mail, undecided),
            Route::Question(question) => {
                let session = self.clone();
                let work = async move {
                    let _turn = session.questions.acquire().await;
                    if question.sink.is_frame() {
                        session.until_answers_are_read().await;
                    }
                    session.service.answer(*question).await;
                };
                Some((lane, Box::pin(work)))
            }
        }
    }

    /// Subscribes the session to announcements, once. It waits until a request was answered, because a client expects the answer
    /// first. Only clients on a wire are subscribed without asking; the host's own code asks.
    fn tell_announcements<A: Future<Output = ()> + Send + 'static>(&self, answered: impl FnOnce() -> A) {
        if self.live.caller().is_some() && !self.is_told_announcements.swap(true, Ordering::Relaxed) {
            let (service, live, answered) = (self.service.clone(), self.live.clone(), answered());
            self.service.node.tasks.spawn(async move {
                answered.await;
                service.subscribe_to_announcements(live).await;
            });
        }
    }

    /// Waits while the client leaves many answers unread. Nothing more is read from the client then, but requests that were read
    /// may still ask for much.
    async fn until_answers_are_read(&self) {
        loop {
            let progress = self.progress.notified();
            if !self.outlet().is_half_full() || self.outlet().closing().is_some() {
                return;
            }
            progress.await;
        }
    }

    /// Sends mail to a room: at once if its host is open and its mailbox has room, and by work that waits otherwise.
    fn post(
        self: &Arc<Self>,
        room: RoomId,
        mail: Box<Mail>,
        undecided: Option<Arc<Undecided>>,
    ) -> Option<(Lane, Work)> {
        if undecided.is_some() {
            self.forget_note(&room);
        }
        let known = self.interests().host(&room);
        let posted = match known {
            Some(host) => host.try_send(mail).map(|()| host),
            None => self.service.registry.try_post(&room, mail),
        };
        match posted {
            Ok(host) => {
                self.note(host, undecided.as_ref());
                None
            }
            Err(mail) => {
                let session = self.clone();
                let lane = Lane::Room(room.clone());
                let work = async move {
                    // If the room cannot be opened, the mail's sender was refused.
                    if let Ok(host) = session.service.registry.post(&room, *mail).await {
                        session.note(host, undecided.as_ref());
                    }
                };
                Some((lane, Box::pin(work)))
            }
        }
    }

    /// Goes on once it was asked whether a guest may go by this name: at once without a name, or without anybody to ask.
    fn once_checked(
        self: &Arc<Self>,
        named: Option<Name>,
        lane: Lane,
        go_on: impl FnOnce(&Arc<Self>, Result<(), Refusal>) -> Option<(Lane, Work)> + Send + 'static,
    ) -> Option<(Lane, Work)> {
        let Some(name) = named.filter(|_| self.service.checks_guest_names()) else { return go_on(self, Ok(())) };
        let session = self.clone();
        let work = async move {
            let checked = session.service.check_guest_name(&name).await;
            if let Some((_, work)) = go_on(&session, checked) {
                work.await;
            }
        };
        Some((lane, Box::pin(work)))
    }

    fn come_as_guest(
        self: &Arc<Self>,
        checked: Result<(), Refusal>,
        (name, token): (Option<Name>, Option<Text>),
        join: Call,
        undecided: Option<Arc<Undecided>>,
        sink: ReplySink,
    ) -> Option<(Lane, Work)> {
        let node = &self.service.node;
        let guest = checked.and_then(|()| self.service.guest(name, token.as_deref(), self.live.address()));
        let identified = guest.and_then(|(guest, _)| {
            node.sessions.identify(&self.live, guest.clone(), node.now())?;
            Ok(guest)
        });
        match identified {
            Ok(guest) => {
                self.call(Incoming { is_newcomer: token.is_none(), undecided, ..Incoming::new(guest, join, sink) })
            }
            Err(refusal) => {
                sink.answer(Err(refusal), None);
                None
            }
        }
    }

    /// Ends the session and all its subscriptions.
    fn end(&self) {
        self.outlet().close(CloseReason::Done);
        self.outlet().end();
        let node = &self.service.node;
        node.sessions.end(&self.live, node.environment.wall());
        self.progress.notify_waiters();
        let Some(caller) = self.live.caller() else { return };
        for host in self.hosts() {
            self.leave(host, &caller);
        }
        self.forget_note(&RoomId::inbox(&caller.user));
        *self.interests() = Interests::default();
    }
}

/// Does work that has to wait. A panic in it (of a gate, an authenticator or a store) ends this request alone: the request's sink
/// answers when it is dropped, and the requests behind it go on.
async fn run(work: Work) {
    if survive(work).await.is_none() {
        tracing::error!("a request panicked; its client is told that its outcome is not known");
    }
}
