//! The mutants. Each breaks one promise; the comment above it says which.

mod adapter;
mod engine;
mod model;
mod moving;

use crate::mutants::Mutant;

/// All of them. A test sees to it that every `find` still fits.
pub(super) fn all() -> impl Iterator<Item = &'static Mutant> {
    [model::MUTANTS, engine::MUTANTS, moving::MUTANTS, adapter::MUTANTS].into_iter().flatten()
}

/// Tests of the pure room and of the registry, rooms as a host sees them, and the simulator over its first seeds.
const ROOM: &str = "-p chat-core --test room";
/// What names, messages and reactions may hold.
const NAMES: &str = "-p chat-model --lib name";
const COMMANDS: &str = "-p chat-model --lib command";
const MESSAGES: &str = "-p chat-model --lib message";
const SIGNALS: &str = "-p chat-model --lib signals";
const FANOUT: &str = "-p chat-core --lib fanout";
/// A part of the fan-out under many orders of its threads.
const ORDERS: &str = "--config build.rustflags=[\"--cfg=shuttle\"] -p chat-core --lib fanout::tests::model::a_flusher";
const SESSION: &str = "-p chat-core --lib session";
const SESSIONS: &str = "-p chat-core --test sessions";
const REGISTRY: &str = "-p chat-core --lib registry";
const ROOMS: &str = "-p chat-core --test rooms";
const SIMULATOR: &str = "-p chat-testkit --test simulator";
const LEASES: &str = "-p chat-testkit --test leases";
const METERS: &str = "-p chat-core --features metrics --test meters";
const SPANS: &str = "-p chat-testkit --test spans";
const TURNS: &str = "-p chat-testkit --test turns";
/// Rooms that are moved: the file, and the store in memory and SQLite as where from and where to.
const FILE: &str = "-p chat-export --test file";
const PLAN: &str = "-p chat-model --test plan";
const MEMORY: &str = "-p chat-testkit --test memory_store moving";
const SQLITE: &str = "-p store-sql --test conformance sqlite_moving";
/// adapter-axum: how sockets are read, the suite of transports, and the checks wherever a piece is mounted.
const INBOUND: &str = "-p adapter-axum --lib inbound";
const TRANSPORTS: &str = "-p adapter-axum --test transports";
const PIECES: &str = "-p adapter-axum --test pieces";
const SERVE: &str = "-p adapter-axum --test serve";
/// What waits for a store that answers late, in virtual time.
const SLOW: &str = "-p chat-testkit --test slow_store";

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::all;
    use crate::{mutants::copy::Copy, workspace::Workspace};

    #[test]
    fn every_mutant_fits_the_code_and_has_a_name_of_its_own() {
        let workspace = Workspace::load().unwrap();
        let checkout = Copy::here(&workspace);
        let mut names = HashSet::new();
        for mutant in all() {
            checkout.mutated(mutant).unwrap();
            assert_ne!(mutant.find, mutant.replace, "{}", mutant.name);
            assert!(names.insert(mutant.name), "{}", mutant.name);
        }
    }
}
