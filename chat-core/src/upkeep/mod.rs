//! What an engine does by itself: flush, compare heads, bound what is unread, speak with other nodes, pass observations on, end sessions that have expired, sweep
//! old leases, write when users were last connected, take in what was handed in, remove what is kept no longer, announcements that have expired, and rooms of
//! guests that nobody is in.

mod nodes;

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Weak},
    time::Duration,
};

use futures_util::{StreamExt as _, stream};
use tokio::sync::{Notify, mpsc};

use crate::{
    Caller, Cursor, Hint, Name, NodeMessage, Observer, RoomId, StoreError,
    fanout::Unread,
    host::Mail,
    limits,
    service::{KeepOf, Service},
    tasks::survive,
};

/// How often sessions are looked at for callers that have expired.
const EXPIRY_CHECK: Duration = Duration::from_millis(250);

/// What the engine's own tasks are given.
pub(crate) struct Parts {
    pub(crate) observer: Option<Arc<dyn Observer>>,
    /// What is to be published.
    pub(crate) messages: mpsc::Receiver<NodeMessage>,
    pub(crate) keep: Option<Arc<KeepOf>>,
}

/// Starts the engine's own tasks. Each holds the engine weakly or not at all, and ends with it.
pub(crate) fn start(engine: &Arc<Service>, parts: Parts) {
    let node = &engine.node;
    for flusher in 0..node.flushers.count() {
        tokio::spawn(until_dropped(Arc::downgrade(engine), node.flushers.clone().run(flusher)));
    }
    tokio::spawn(check_heads(Arc::downgrade(engine)));
    tokio::spawn(end_expired(Arc::downgrade(engine)));
    tokio::spawn(sweep_leases(Arc::downgrade(engine)));
    tokio::spawn(end_guests_rooms(Arc::downgrade(engine)));
    tokio::spawn(write_seen(Arc::downgrade(engine)));
    let relief = relieve(Arc::downgrade(engine), node.unread.clone());
    tokio::spawn(until_dropped(Arc::downgrade(engine), relief));
    tokio::spawn(take_in(Arc::downgrade(engine), engine.nudged()));
    let (weak, announcing) = (Arc::downgrade(engine), Arc::downgrade(engine));
    tokio::spawn(until_dropped(weak, async move {
        if let Some(engine) = announcing.upgrade() {
            engine.begin_announcements().await;
        }
    }));
    if engine.has_announcements() {
        tokio::spawn(end_announcements(Arc::downgrade(engine)));
    }
    if let Some(keep) = parts.keep {
        tokio::spawn(truncate(Arc::downgrade(engine), keep));
    }
    if let Some(observer) = parts.observer {
        let observations = node.observations.clone();
        observations.open();
        tokio::spawn(until_dropped(Arc::downgrade(engine), async move { observations.tell(observer).await }));
    }
    if let Some(backplane) = node.backplane.clone() {
        tokio::spawn(nodes::publish(backplane.clone(), parts.messages, node.peers.following.clone()));
        tokio::spawn(until_dropped(Arc::downgrade(engine), nodes::listen(Arc::downgrade(engine), backplane)));
        tokio::spawn(nodes::live(Arc::downgrade(engine)));
        tokio::spawn(nodes::compare_presence(Arc::downgrade(engine)));
    }
}

/// Runs a task that never ends by itself until the engine is gone.
async fn until_dropped(engine: Weak<Service>, task: impl Future<Output = ()> + Send) {
    let gone = async {
        while engine.strong_count() > 0 {
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
    };
    tokio::select! {
        biased;
        () = gone => {}
        () = task => {}
    }
}

/// A panic in what a host brought (a store, what says how much is kept) fails as the store does: it is tried again.
async fn tried<T>(part: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    let panicked = || Err(StoreError::NotExecuted { source: "it panicked".into() });
    survive(part).await.unwrap_or_else(panicked)
}

async fn end_expired(engine: Weak<Service>) {
    while let Some(engine) = engine.upgrade() {
        engine.node.sessions.expire(engine.node.now());
        drop(engine);
        tokio::time::sleep(EXPIRY_CHECK).await;
    }
}

/// Keeps what all clients leave unread within its bound.
async fn relieve(engine: Weak<Service>, unread: Arc<Unread>) {
    loop {
        unread.exceeded().await;
        while unread.is_exceeded() {
            let Some(engine) = engine.upgrade() else { return };
            let sessions = engine.node.sessions.relieve(&unread);
            if sessions == 0 {
                // What was left unread is gone by itself.
                break;
            }
            tracing::warn!(sessions, "clients left too much unread: those who left most were given up");
            drop(engine);
            // What was added meanwhile may be more than was given up.
            tokio::task::yield_now().await;
        }
    }
}

/// Repairs lost hints: rooms whose log has grown elsewhere read it up; rooms that are gone find that out by reading.
async fn check_heads(engine: Weak<Service>) {
    loop {
        let Some(pause) = engine.upgrade().map(|engine| engine.node.limits.head_check_ms) else { return };
        tokio::time::sleep(Duration::from_millis(pause)).await;
        let Some(engine) = engine.upgrade() else { return };
        let hosts = engine.registry.hosts();
        for chunk in hosts.chunks(limits::HEADS_PER_QUERY) {
            let rooms: Vec<_> = chunk.iter().map(|host| host.room.clone()).collect();
            // Before the store is asked: afterwards its heads may be higher, but never lower.
            let before: Vec<_> = chunk.iter().map(|host| host.fan.head()).collect();
            let Some(heads) = heads_of(&engine, &rooms).await else { continue };
            for (host, before) in chunk.iter().zip(before) {
                let known = host.fan.head();
                let found = heads.get(&host.room).copied();
                let found = found.filter(|found| found.epoch != host.fan.epoch || found.seq >= before);
                // A room that is gone, or whose log has lost entries, finds that out by reading.
                let amiss = Cursor { epoch: host.fan.epoch, seq: known + 1 };
                let Cursor { epoch, seq: head } = found.unwrap_or(amiss);
                if epoch != host.fan.epoch || head > known {
                    host.tell(Mail::Hint(Hint { room: host.room.clone(), epoch, head }));
                }
            }
        }
        check_noted(&engine).await;
    }
}

/// The same for inboxes that have no host, but sessions that are noted.
async fn check_noted(engine: &Service) {
    let (noted, mut after) = (&engine.node.sessions.noted, None);
    loop {
        let rooms = noted.page(after.as_ref(), limits::HEADS_PER_QUERY);
        let Some(last) = rooms.last() else { return };
        after = Some(last.clone());
        let Some(heads) = heads_of(engine, &rooms).await else { continue };
        let changed = rooms.iter().filter(|room| noted.is_behind(room, heads.get(*room).copied()));
        stream::iter(changed).for_each_concurrent(limits::RESUMES, |room| engine.wake_inbox(room)).await;
    }
}

/// Where the logs of these rooms end, of those that there are; `None` if the store failed.
async fn heads_of(engine: &Service, rooms: &[RoomId]) -> Option<HashMap<RoomId, Cursor>> {
    match tried(async { engine.node.store.heads(rooms).await }).await {
        Ok(heads) => Some(heads.into_iter().map(|(room, epoch, seq)| (room, Cursor { epoch, seq })).collect()),
        Err(error) => {
            tracing::warn!(%error, "heads could not be compared");
            None
        }
    }
}

/// Sends what hosts hand in beside the logs, at every nudge and from time to time.
async fn take_in(engine: Weak<Service>, nudged: Arc<Notify>) {
    while let Some(engine) = engine.upgrade() {
        let Some(intake) = engine.node.store.intake() else { return };
        if let Err(error) = tried(engine.take_in(intake)).await {
            tracing::warn!(%error, "what was handed in could not be looked at");
        }
        let pause = Duration::from_millis(engine.node.limits.head_check_ms);
        drop(engine);
        tokio::select! {
            () = nudged.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Removes what is to be kept no longer.
async fn truncate(engine: Weak<Service>, keep: Arc<KeepOf>) {
    while let Some(engine) = engine.upgrade() {
        let Some(power) = engine.node.store.retention() else {
            return tracing::warn!("the store cannot truncate logs: they are kept whole");
        };
        if let Err(error) = tried(engine.truncate_all(power, &*keep)).await {
            tracing::warn!(%error, "logs could not be truncated");
        }
        let pause = Duration::from_millis(engine.node.limits.retention_ms);
        drop(engine);
        tokio::time::sleep(pause).await;
    }
}

/// Writes when users were last connected: those who came or went, and one part after the other of those who stay.
async fn write_seen(engine: Weak<Service>) {
    for turn in 0.. {
        let Some(pause) = engine.upgrade().map(|engine| engine.node.limits.seen_ms) else { return };
        tokio::time::sleep(Duration::from_millis(pause)).await;
        let Some(engine) = engine.upgrade().filter(|engine| engine.node.store.last_seen().is_some()) else { return };
        engine.note_connected(turn);
        if let Err(error) = tried(engine.write_seen()).await {
            tracing::warn!(%error, "it could not be written when users were last connected");
        }
    }
}

/// Removes the rooms of guests in which nobody was for long.
async fn end_guests_rooms(engine: Weak<Service>) {
    loop {
        let Some(pause) = engine.upgrade().map(|engine| engine.node.limits.retention_ms) else { return };
        tokio::time::sleep(Duration::from_millis(pause)).await;
        let Some(engine) = engine.upgrade() else { return };
        if let Err(error) = tried(engine.end_guests_rooms()).await {
            tracing::warn!(%error, "rooms of guests could not be looked at");
        }
    }
}

/// Deletes announcements that have expired. Where several nodes do so, the later ones find nothing left to do.
async fn end_announcements(engine: Weak<Service>) {
    let mut from = None;
    loop {
        tokio::time::sleep(Duration::from_millis(limits::EXPIRY_SWEEP_MS)).await;
        let Some(engine) = engine.upgrade() else { return };
        match survive(engine.delete_expired(from)).await {
            Some(Ok(next)) => from = next,
            Some(Err(refusal)) => tracing::warn!(%refusal, "announcements that have expired could not be deleted"),
            None => tracing::error!("the search for announcements that have expired panicked; it is tried again"),
        }
    }
}

/// Has rooms look at the guests whom nobody who lives watches over, once they had time to come back.
async fn sweep_leases(engine: Weak<Service>) {
    let Some(grace) = engine.upgrade().map(|engine| engine.node.limits.grace_ms) else { return };
    tokio::time::sleep(Duration::from_millis(grace)).await;
    while let Some(engine) = engine.upgrade() {
        let Some(leases) = engine.node.store.leases() else { return };
        let stale = match tried(async { leases.stale_leases(engine.node.lease, limits::MAX_PAGE).await }).await {
            Ok(stale) => stale,
            Err(error) => {
                tracing::warn!(%error, "old leases could not be listed");
                tokio::time::sleep(Duration::from_millis(engine.node.limits.retry_ms)).await;
                continue;
            }
        };
        if stale.is_empty() {
            return;
        }
        for (room, user, since) in stale {
            let Ok(name) = Name::parse(user.as_str()) else { continue };
            let mail = Mail::Unwatched { guest: Caller::guest(user, name), since };
            if let Err(refusal) = engine.registry.post(&room, mail).await {
                tracing::warn!(%room, %refusal, "a guest who is gone could not be looked at");
            }
        }
        // What becomes of them takes its time, and some have just come back.
        tokio::time::sleep(Duration::from_millis(engine.node.limits.retry_ms)).await;
    }
}
