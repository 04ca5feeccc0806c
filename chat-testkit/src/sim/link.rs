//! Connections: a client at one end, a node at the other, and what carries the bytes between.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use chat_core::{Caller, Chat, CloseReason, Outgoing, Request, Requests, Wire};
use tokio::{sync::mpsc, task::AbortHandle};

use super::{
    heard::Splitter,
    pipe::{Pipe, ServerEnd},
    world::World,
};

/// By what a client is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Typed requests, and frames that are asked for.
    Typed,
    /// A socket the engine's flushers write to.
    Direct,
    /// A socket that is fed by its connection's task.
    Fed,
}

/// The client's end.
#[derive(Clone)]
pub(super) enum Wired {
    Typed { requests: mpsc::UnboundedSender<Request>, taken: Arc<AtomicU64> },
    Pipe(Arc<Pipe>),
}

impl Wired {
    /// How many bytes the server has got rid of.
    pub(super) fn written(&self) -> u64 {
        match self {
            Self::Typed { taken, .. } => taken.load(Ordering::Relaxed),
            Self::Pipe(pipe) => pipe.written(),
        }
    }
}

/// How a client reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// All that comes, at once.
    Fast,
    /// A little, now and then.
    Slow,
    /// Nothing.
    Never,
}

/// A client's pace, to be changed while it reads.
#[derive(Clone, Default)]
pub(super) struct Gear(Arc<AtomicU8>);

impl Gear {
    pub(super) fn shift(&self, pace: Pace) {
        self.0.store(pace as u8, Ordering::Relaxed);
    }

    fn pace(&self) -> Pace {
        match self.0.load(Ordering::Relaxed) {
            0 => Pace::Fast,
            1 => Pace::Slow,
            _ => Pace::Never,
        }
    }
}

/// What runs a connection.
pub(super) struct Running {
    pub(super) gear: Gear,
    pub(super) server: Option<AbortHandle>,
    pub(super) client: AbortHandle,
}

/// How long a slow reader pauses, and how much it then takes.
const PAUSE: Duration = Duration::from_millis(80);
const SIP: usize = 3_000;

/// Starts a typed connection, of which the caller has told the oracle already.
pub(super) fn typed(
    world: &World,
    link: usize,
    (requests, outgoing): (Requests, Outgoing),
    inbox: mpsc::UnboundedReceiver<Request>,
    taken: Arc<AtomicU64>,
) -> Running {
    let gear = Gear::default();
    let client = Typed { world: world.clone(), link, requests, outgoing, inbox, taken, gear: gear.clone() };
    let client = tokio::spawn(client.run()).abort_handle();
    Running { gear, server: None, client }
}

struct Typed {
    world: World,
    link: usize,
    requests: Requests,
    outgoing: Outgoing,
    inbox: mpsc::UnboundedReceiver<Request>,
    taken: Arc<AtomicU64>,
    gear: Gear,
}

impl Typed {
    async fn run(mut self) {
        let mut splitter = Splitter::default();
        loop {
            let pace = self.gear.pace();
            if pace == Pace::Slow {
                tokio::time::sleep(PAUSE).await;
            }
            tokio::select! {
                biased;
                frames = self.outgoing.next(), if pace != Pace::Never => match frames {
                    Ok(frames) => self.hear(&mut splitter, frames),
                    Err(_) => break,
                },
                request = self.inbox.recv() => match request {
                    Some(request) => self.submit(request),
                    None => break,
                },
                () = tokio::time::sleep(PAUSE), if pace == Pace::Never => {}
            }
        }
        drop(self.outgoing);
        closed(&self.world, self.link, None);
    }

    /// A client that asks too much at once waits, in a task of its own.
    fn submit(&self, request: Request) {
        let requests = self.requests.clone();
        tokio::spawn(async move { requests.submit(request).await });
    }

    fn hear(&self, splitter: &mut Splitter, frames: Vec<Bytes>) {
        for bytes in frames {
            self.taken.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            hear(&self.world, self.link, splitter, &bytes);
            if !splitter.is_between_frames() {
                self.world.fail(format!("connection {} was given a part of a frame", self.link));
            }
        }
    }
}

/// Starts a connection over a pipe, of which the caller has told the oracle already.
pub(super) fn piped(
    world: &World,
    link: usize,
    chat: &Chat,
    (wire, caller): (&Wire, Option<Caller>),
    pipe: &Arc<Pipe>,
    direct: bool,
) -> Running {
    let gear = Gear::default();
    let served = chat.serve(wire, caller, ServerEnd { pipe: pipe.clone(), direct });
    let server = tokio::spawn({
        let world = world.clone();
        async move {
            served.await;
            world.oracle(|oracle| oracle.detach(link));
        }
    });
    let client = tokio::spawn(read(world.clone(), link, pipe.clone(), gear.clone()));
    Running { gear, server: Some(server.abort_handle()), client: client.abort_handle() }
}

async fn read(world: World, link: usize, pipe: Arc<Pipe>, gear: Gear) {
    let mut splitter = Splitter::default();
    loop {
        let most = match gear.pace() {
            Pace::Fast => usize::MAX,
            Pace::Slow => {
                tokio::time::sleep(PAUSE).await;
                SIP
            }
            Pace::Never => {
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let Some(bytes) = pipe.read(most).await else { break };
        hear(&world, link, &mut splitter, &bytes);
    }
    closed(&world, link, pipe.closed());
}

fn hear(world: &World, link: usize, splitter: &mut Splitter, bytes: &[u8]) {
    splitter.add(bytes);
    while let Some(frame) = splitter.next() {
        let frame = match frame {
            Ok(frame) => frame,
            Err(why) => return world.fail(format!("connection {link}: {why}")),
        };
        world.with(|state| state.note(format_args!("c{link:<3} < {:?} {:?}", frame.re, frame.heard)));
        world.check(|oracle| oracle.hear(link, frame));
    }
}

/// The client has come to the end of a connection.
fn closed(world: &World, link: usize, reason: Option<CloseReason>) {
    world.note(format_args!("c{link:<3} closed {reason:?}"));
    world.check(|oracle| oracle.closed(link, reason));
}
