//! The engine: what all rooms and sessions of one node share.

mod inbox;
mod intake;
mod leases;
mod questions;
mod retention;
mod shutdown;
mod tasks;
mod upkeep;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use dashmap::DashMap;
use tokio::{
    sync::{Notify, Semaphore, mpsc, oneshot},
    time::Instant,
};

use self::{leases::Leases, tasks::Tasks};
use crate::{
    Authenticator, Caller, Code, Command, Environment, Epoch, Keep, Lease, Moment, Name, Now, Observed, Observer, Op,
    Policy, Receipt, Refusal, RoomId, RoomRecord, Seq, SessionId, Store, StoreError, UserId,
    backplane::{Backplane, Hint},
    connection::answered,
    fanout::{Flushers, Outlet},
    guest::Guests,
    host::{Mail, Sink},
    limits::{self, Limits},
    registry::Registry,
};
use chat_model::room::Answer;

/// Says how much of each room's log is kept.
pub(crate) type KeepOf = dyn Fn(&RoomRecord) -> Keep + Send + Sync;

/// What an engine is made of.
pub(crate) struct Parts {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) policy: Arc<dyn Policy>,
    pub(crate) observer: Option<Arc<dyn Observer>>,
    pub(crate) backplane: Option<Arc<dyn Backplane>>,
    pub(crate) authenticator: Option<Arc<dyn Authenticator>>,
    pub(crate) limits: Limits,
    pub(crate) guests: bool,
    pub(crate) secret: Option<[u8; 32]>,
    pub(crate) node: u32,
    pub(crate) environment: Arc<dyn Environment>,
    pub(crate) keep: Option<Arc<KeepOf>>,
}

pub(crate) struct Engine {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) policy: Arc<dyn Policy>,
    pub(crate) limits: Limits,
    pub(crate) environment: Arc<dyn Environment>,
    pub(crate) guests_allowed: bool,
    pub(crate) lease: Lease,
    leases: Leases,
    pub(crate) registry: Registry,
    pub(crate) flushers: Arc<Flushers>,
    pub(crate) sessions: DashMap<SessionId, Arc<Outlet>>,
    pub(crate) session_ended: Notify,
    pub(crate) catch_ups: Semaphore,
    notices: Arc<Semaphore>,
    handed_in: Arc<Notify>,
    pub(crate) tasks: Tasks,
    guests: Guests,
    authenticator: Option<Arc<dyn Authenticator>>,
    observed: Option<mpsc::Sender<Observed>>,
    missed: std::sync::Mutex<HashMap<RoomId, (Epoch, u64, u64)>>,
    hints: Option<mpsc::Sender<Hint>>,
    started: Instant,
    draining: AtomicBool,
    next_session: AtomicU64,
}

impl Engine {
    pub(crate) fn start(parts: Parts) -> Arc<Self> {
        let random = parts.environment.random();
        let secret = parts.secret.unwrap_or_else(|| random_key(&*parts.environment));
        let (observed, observations) = mpsc::channel(limits::OBSERVER_QUEUE);
        let (hints, submission) = mpsc::channel(limits::HINT_QUEUE);
        let flushers = Flushers::new(tokio::runtime::Handle::current().metrics().num_workers());
        let engine = Arc::new(Self {
            store: parts.store,
            policy: parts.policy,
            limits: parts.limits,
            environment: parts.environment,
            guests_allowed: parts.guests,
            lease: Lease { node: parts.node, incarnation: Epoch::from_random(random as u64).number() },
            leases: Leases::default(),
            registry: Registry::default(),
            flushers,
            sessions: DashMap::new(),
            session_ended: Notify::new(),
            catch_ups: Semaphore::new(limits::CATCH_UPS),
            notices: Arc::new(Semaphore::new(limits::MAX_NOTICES)),
            handed_in: Arc::default(),
            tasks: Tasks::default(),
            guests: Guests::new(secret),
            authenticator: parts.authenticator,
            observed: parts.observer.is_some().then_some(observed),
            missed: std::sync::Mutex::default(),
            hints: parts.backplane.is_some().then_some(hints),
            started: Instant::now(),
            draining: AtomicBool::new(false),
            next_session: AtomicU64::new(0),
        });
        upkeep::start(&engine, parts.observer, observations, parts.backplane, submission, parts.keep);
        engine
    }

    pub(crate) fn moment(&self) -> Moment {
        Moment(u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    pub(crate) fn now(&self) -> Now {
        Now { wall: self.environment.wall(), moment: self.moment() }
    }

    pub(crate) fn instant(&self, moment: Moment) -> Instant {
        self.started + Duration::from_millis(moment.0)
    }

    pub(crate) fn next_session(&self) -> SessionId {
        SessionId(self.next_session.fetch_add(1, Ordering::Relaxed))
    }

    /// A UUIDv7: sorted by time, so that an index over drafts grows at its end.
    pub(crate) fn draft_id(&self) -> uuid::Uuid {
        let mut random = [0; 10];
        random.copy_from_slice(&self.environment.random().to_be_bytes()[..10]);
        let ms = u64::try_from(self.environment.wall().0).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(ms, &random).into_uuid()
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    pub(crate) async fn authenticate(&self, token: &str) -> Result<Caller, Refusal> {
        if let Some(guest) = self.guests.recognize(token) {
            return guest;
        }
        match &self.authenticator {
            Some(authenticator) => authenticator.authenticate(token).await,
            None => Err(Refusal::unauthorized("the token is not valid")),
        }
    }

    /// The guest of this token, under this name if one is given; or a new one of this name.
    pub(crate) fn guest(&self, name: Option<Name>, token: Option<&str>) -> Result<(Caller, String), Refusal> {
        if !self.guests_allowed {
            return Err(Refusal::unauthorized("guests are not allowed here; log in first"));
        }
        let guest = match (token, name) {
            (Some(token), name) => {
                let unknown = || Err(Refusal::unauthorized("the guest token is not valid"));
                let guest = self.guests.recognize(token).unwrap_or_else(unknown)?;
                if name.is_some_and(|name| name != guest.name) {
                    return Err(Refusal::new(Code::UsernameTaken, "the username is not that of the guest token"));
                }
                guest
            }
            (None, Some(name)) => self.guests.create(name, self.environment.random(), self.environment.wall()),
            (None, None) => return Err(Refusal::field("username", "is missing")),
        };
        let token = self.guest_token(&guest);
        Ok((guest, token))
    }

    /// What makes a guest the same next time.
    pub(crate) fn guest_token(&self, guest: &Caller) -> String {
        self.guests.token(guest)
    }

    pub(crate) async fn command(
        self: &Arc<Self>,
        caller: &Caller,
        room: &RoomId,
        command: Command,
    ) -> Result<Receipt, Refusal> {
        self.command_or(caller, room, command, None).await
    }

    /// With a refusal, a command is answered only if its client id is known.
    pub(crate) async fn command_or(
        self: &Arc<Self>,
        caller: &Caller,
        room: &RoomId,
        command: Command,
        refused: Option<Refusal>,
    ) -> Result<Receipt, Refusal> {
        command.op.check()?;
        if matches!(command.op, Op::Notify(_)) {
            return Err(Refusal::new(Code::Forbidden, "only the server writes to an inbox"));
        }
        match refused {
            Some(refusal) if command.client_id.is_none() => Err(refusal),
            refused => self.submit(caller.clone(), room, command, refused, false).await,
        }
    }

    async fn submit(
        self: &Arc<Self>,
        caller: Caller,
        room: &RoomId,
        command: Command,
        refused: Option<Refusal>,
        by_engine: bool,
    ) -> Result<Receipt, Refusal> {
        let (answer_to, answer) = oneshot::channel();
        let sink = Sink::Caller(answer_to);
        let mail = Mail::Command { caller, command, refused, attach: false, newcomer: false, by_engine, sink };
        self.registry.post(self, room, mail).await?;
        match answered(answer).await? {
            Answer::Committed(receipt) => Ok(receipt),
            _ => Err(Refusal::new(Code::Internal, "the room answered something else")),
        }
    }

    pub(crate) fn new_epoch(&self) -> Epoch {
        Epoch::from_random(self.environment.random() as u64)
    }

    /// Sends mail that came too late for its host to the next one.
    pub(crate) fn forward(self: Arc<Self>, room: RoomId, mail: Box<Mail>) {
        let engine = self.clone();
        self.tasks.spawn(async move {
            if let Err(refusal) = engine.registry.post(&engine, &room, *mail).await {
                tracing::debug!(%room, %refusal, "mail for a closed room was refused");
            }
        });
    }

    /// Has what was handed in beside the logs looked for now.
    pub(crate) fn nudge(&self) {
        self.handed_in.notify_one();
    }

    /// Tells the other nodes; a hint that finds no place is lost, as hints may be.
    pub(crate) fn hint(&self, hint: Hint) {
        if let Some(hints) = &self.hints {
            drop(hints.try_send(hint));
        }
    }

    /// Tells the observer; what finds no place is told later, as missed.
    pub(crate) fn observe(&self, observed: Observed) {
        let Some(sender) = &self.observed else { return };
        if let Err(error) = sender.try_send(observed) {
            let lost = error.into_inner();
            self.missed(lost.room, lost.epoch, lost.entry.seq, lost.entry.seq);
        }
    }

    /// Notes what the observer, if there is one, was not told of a room.
    pub(crate) fn missed(&self, room: RoomId, epoch: Epoch, first: Seq, last: Seq) {
        if self.observed.is_some() {
            let mut missed = self.missed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            missed.entry(room).and_modify(|(_, _, known)| *known = last).or_insert((epoch, first, last));
        }
    }

    fn take_missed(&self) -> HashMap<RoomId, (Epoch, u64, u64)> {
        std::mem::take(&mut *self.missed.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// The names of some users; who has none is not in it.
    pub(crate) async fn names(&self, mut users: Vec<UserId>) -> Result<HashMap<UserId, Name>, StoreError> {
        users.sort();
        users.dedup();
        let profiles = self.store.profiles(&users).await?;
        Ok(profiles.into_iter().map(|profile| (profile.user, profile.name)).collect())
    }
}

fn random_key(environment: &dyn Environment) -> [u8; 32] {
    let mut key = [0; 32];
    key[..16].copy_from_slice(&environment.random().to_be_bytes());
    key[16..].copy_from_slice(&environment.random().to_be_bytes());
    key
}
