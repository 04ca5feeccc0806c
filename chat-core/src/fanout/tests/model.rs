//! The hand-over between host, flusher and connections, in many of the orders in which their threads may run.
//!
//! Run by the suite `orders` of `cargo xtask test`. Shuttle tries orders of steps, as if each were seen at once by all: what
//! processors may reorder is not tried.

use std::{collections::VecDeque, sync::Arc};

use futures_util::FutureExt as _;
use shuttle::{
    Config, Runner,
    scheduler::{PctScheduler, RandomScheduler},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use super::stage::{Socket, Stage, ann, commit, entry, message, page, taken};
use crate::{Body, Entry, Seq, fanout::Outlet};

/// Orders tried by each test, twice. All tests together take less than a minute on two cores.
const ORDERS: usize = 2_000;
const SEED: u64 = 1;

/// A room, its store, and what its threads know of each other.
struct World {
    stage: Stage,
    store: Mutex<Vec<Entry>>,
    /// The host has said all.
    is_said: AtomicBool,
    /// Whether the flusher is done.
    is_flushed: AtomicBool,
}

impl World {
    fn new() -> Arc<Self> {
        let (store, is_said, is_flushed) = (Mutex::new(Vec::new()), AtomicBool::new(false), AtomicBool::new(false));
        Arc::new(Self { stage: Stage::new(), store, is_said, is_flushed })
    }

    /// Commits to the store, and then to the fan.
    fn commit(&self, seq: Seq, body: Body) {
        let entry = entry(seq, body);
        {
            let mut store = self.store.lock().unwrap();
            let deleted = entry.body.deletes();
            for entry in store.iter_mut().filter(|entry| Some(entry.seq) == deleted) {
                entry.body.erase();
            }
            store.push(entry.clone());
        }
        commit(&self.stage.fan, &entry);
    }

    /// Serves the fan whenever it is queued, until the host has said all.
    fn run_flusher(&self) {
        let mut active = VecDeque::new();
        loop {
            let is_said = self.is_said.load(Ordering::SeqCst);
            active.extend(self.stage.flushers.due(0));
            match active.pop_front() {
                Some(fan) if !fan.flush_chunk(0) => active.push_back(fan),
                Some(_) => {}
                None if is_said => break,
                None => thread::yield_now(),
            }
        }
        self.is_flushed.store(true, Ordering::SeqCst);
    }

    /// Does what a session's task does, and only when it is woken; what it takes if it feeds its session. If the session shares its
    /// socket with flushers, the task writes what it takes to the socket.
    fn run_connection(&self, outlet: &Arc<Outlet>, shared: Option<&Socket>) -> String {
        let mut text = String::new();
        let mut is_woken = true;
        loop {
            if is_woken {
                if let Some(socket) = shared {
                    let taken = taken(outlet);
                    if !taken.is_empty() {
                        thread::yield_now();
                        socket.write(taken);
                        continue;
                    }
                } else if outlet.is_direct() {
                    outlet.flush();
                } else {
                    text += &taken(outlet);
                }
                if let Some(behind) = outlet.behind() {
                    let head = behind.fan.head();
                    let store: Vec<_> = {
                        let store = self.store.lock().unwrap();
                        store.iter().filter(|entry| entry.seq <= head).cloned().collect()
                    };
                    outlet.hand(&behind, page(&behind, &store));
                    continue;
                }
            }
            let is_flushed = self.is_flushed.load(Ordering::SeqCst);
            is_woken = outlet.woken().now_or_never().is_some();
            if !is_woken {
                if is_flushed {
                    return text;
                }
                thread::yield_now();
            }
        }
    }
}

/// Runs a host beside a flusher and connections, and returns what the connections took that feed their sessions.
fn run(world: &Arc<World>, outlets: &[Arc<Outlet>], host: impl FnOnce(&World)) -> Vec<String> {
    run_sharing(world, outlets, &[], host)
}

/// The same, beside sessions that share their sockets with flushers.
fn run_sharing(
    world: &Arc<World>,
    outlets: &[Arc<Outlet>],
    sharing: &[(Arc<Outlet>, Arc<Socket>)],
    host: impl FnOnce(&World),
) -> Vec<String> {
    let flusher = thread::spawn({
        let world = world.clone();
        move || world.run_flusher()
    });
    let outlets = outlets.iter().map(|outlet| (outlet.clone(), None));
    let sharing = sharing.iter().map(|(outlet, socket)| (outlet.clone(), Some(socket.clone())));
    let connections: Vec<_> = outlets
        .chain(sharing)
        .map(|(outlet, socket)| {
            let world = world.clone();
            thread::spawn(move || world.run_connection(&outlet, socket.as_deref()))
        })
        .collect();
    host(world);
    world.is_said.store(true, Ordering::SeqCst);
    flusher.join().unwrap();
    connections.into_iter().map(|connection| connection.join().unwrap()).collect()
}

fn in_many_orders(test: fn()) {
    Runner::new(RandomScheduler::new_from_seed(SEED, ORDERS), Config::default()).run(test);
    // Few switches at unlikely places: three are enough for all that is known to have gone wrong here.
    Runner::new(PctScheduler::new_from_seed(SEED, 3, ORDERS), Config::default()).run(test);
}

#[test]
fn everybody_gets_every_entry_once_in_order_and_every_answer() {
    in_many_orders(|| {
        let world = World::new();
        let (asker, socket) = world.stage.subscriber(1, None, || ());
        let (other, heard) = world.stage.subscriber(2, None, || ());
        let fed = world.stage.fed(3, None);
        let took = run(&world, &[asker.clone(), other, fed], |world| {
            for seq in 1..=3 {
                world.commit(seq, message("x"));
                asker.answer(Some("ack;".into()), Some(&world.stage.fan));
                world.stage.fan.flush();
            }
        });
        assert_eq!(socket.text().matches("ack;").count(), 3, "{}", socket.text());
        for text in [socket.text().replace("ack;", ""), heard.text(), took[2].clone()] {
            assert_eq!(text, "1:x;2:x;3:x;");
        }
    });
}

#[test]
fn what_is_taken_and_what_flushers_write_beside_it_come_once_and_in_order() {
    in_many_orders(|| {
        let world = World::new();
        world.commit(1, message("x"));
        let sharing = [world.stage.refused(1, None, 1), world.stage.refused(2, Some(0), 2)];
        run_sharing(&world, &[], &sharing, |world| {
            for seq in 2..=4 {
                world.commit(seq, message("x"));
                if seq == 3 {
                    sharing[0].0.push("ack;".into());
                }
                world.stage.fan.flush();
            }
        });
        assert_eq!(sharing[0].1.text().replace("ack;", ""), "2:x;3:x;4:x;");
        assert_eq!(sharing[0].1.text().matches("ack;").count(), 1);
        assert_eq!(sharing[1].1.text(), "1:x;2:x;3:x;4:x;");
    });
}

#[test]
fn what_is_taken_when_a_flusher_passes_over_its_session_is_all() {
    in_many_orders(|| {
        let world = World::new();
        // The task finds nothing the first time, and takes while the one entry is offered, or before, or after.
        let sharing = [world.stage.refused(1, None, 0)];
        run_sharing(&world, &[], &sharing, |world| {
            world.commit(1, message("x"));
            world.stage.fan.flush();
        });
        assert_eq!(sharing[0].1.text(), "1:x;");
    });
}

#[test]
fn a_flusher_that_is_about_to_rest_misses_nothing() {
    in_many_orders(|| {
        let world = World::new();
        let sockets: Vec<_> = (1..=2).map(|id| world.stage.subscriber(id, None, || ()).1).collect();
        // Without connections there are few orders, and a good part of them is tried.
        run(&world, &[], |world| {
            for seq in 1..=2 {
                world.commit(seq, message("x"));
                world.stage.fan.flush();
            }
        });
        assert!(sockets.iter().all(|socket| socket.text() == "1:x;2:x;"));
    });
}

#[test]
fn who_catches_up_meanwhile_misses_nothing_and_gets_nothing_twice() {
    in_many_orders(|| {
        let world = World::new();
        world.commit(1, message("x"));
        world.commit(2, message("x"));
        let (direct, socket) = world.stage.subscriber(1, Some(0), || ());
        let fed = world.stage.fed(2, Some(1));
        let took = run(&world, &[direct, fed], |world| {
            for seq in 3..=4 {
                world.commit(seq, message("x"));
                world.stage.fan.flush();
            }
        });
        assert_eq!(socket.text(), "1:x;2:x;3:x;4:x;");
        assert_eq!(took[1], "2:x;3:x;4:x;");
    });
}

#[test]
fn a_deletion_meanwhile_loses_nothing_and_holds_for_who_comes_after_it() {
    in_many_orders(|| {
        let world = World::new();
        let (direct, socket) = world.stage.subscriber(1, None, || ());
        let fed = world.stage.fed(2, None);
        let mut late = None;
        let took = run(&world, &[direct, fed], |world| {
            world.commit(1, message("secret"));
            world.stage.fan.flush();
            world.commit(2, Body::Deleted { target: 1 });
            late = Some(world.stage.subscriber(3, Some(0), || ()));
            world.stage.fan.flush();
        });
        for text in [&socket.text(), &took[1]] {
            assert!(["1:secret;2:deleted;", "1:;2:deleted;"].contains(&&**text), "{text}");
        }
        let (late, socket) = late.unwrap();
        world.run_connection(&late, None);
        assert_eq!(socket.text(), "1:;2:deleted;");
    });
}

#[test]
fn who_is_kicked_meanwhile_gets_the_kick_and_nothing_above() {
    in_many_orders(|| {
        let world = World::new();
        world.commit(1, message("x"));
        let (direct, socket) = world.stage.subscriber(1, None, || ());
        let fed = world.stage.fed(2, Some(0));
        let took = run(&world, &[direct, fed], |world| {
            world.commit(2, Body::Kicked { user: ann(), reason: None });
            world.commit(3, message("x"));
            world.stage.fan.flush();
        });
        assert_eq!((&*socket.text(), &*took[1]), ("2:other;", "1:x;2:other;"));
    });
}
