//! The mutants. Each breaks one promise; the comment above it says which.

mod access;
mod accounts;
mod adapter;
mod engine;
mod fanout;
mod guests;
mod identities;
mod model;
mod moving;
mod nodes;
mod people;
mod presence;
mod seen;
mod server;
mod socketio;

use crate::mutants::Mutant;

/// All of them. A test sees to it that every `find` still fits.
pub(super) fn all() -> impl Iterator<Item = &'static Mutant> {
    [
        model::MUTANTS,
        engine::MUTANTS,
        fanout::MUTANTS,
        guests::MUTANTS,
        nodes::MUTANTS,
        moving::MUTANTS,
        people::MUTANTS,
        presence::MUTANTS,
        seen::MUTANTS,
        access::MUTANTS,
        accounts::MUTANTS,
        identities::MUTANTS,
        adapter::MUTANTS,
        server::MUTANTS,
        socketio::MUTANTS,
    ]
    .into_iter()
    .flatten()
}

/// Tests of the pure room and of the registry, rooms as a host sees them, and the simulator over its first seeds.
const ROOM: &str = "-p chat-core --test room";
/// What a room makes of the presence that other nodes tell of.
const PEERS: &str = "-p chat-model --test peers";
/// What nodes tell each other, as messages.
const NODE: &str = "-p chat-model --test node";
const PRESENCE: &str = "-p chat-model --lib presence";
/// Direct rooms, blocks and broadcasts, as a host sees them.
const DIRECT: &str = "-p chat-core --test direct";
/// What administrators tell everybody.
const BROADCASTS: &str = "-p chat-core --test broadcasts";
/// What messages said before they were edited, and what is pinned.
const EDITS: &str = "-p chat-core --test edits";
const PINS: &str = "-p chat-core --test pins";
/// One's own rooms, as a host sees them.
const OWN_ROOMS: &str = "-p chat-core --test own_rooms";
/// A room with members keeps an owner.
const OWNERS: &str = "-p chat-core --test owners";
/// What the default policy and the rooms' own rules let each user do.
const ROLES: &str = "-p chat-core --test roles";
/// That a room is not there, and when that is said.
const ABSENCE: &str = "-p chat-core --test absence";
/// What a host says of who there is.
const PEOPLE: &str = "-p chat-core --test people";
/// How far members have read, as a host sees it.
const READS: &str = "-p chat-core --test reads";
const NODE_READS: &str = "-p chat-testkit --test nodes who_hides_how_far_they_read";
/// When users were last connected: what waits to be written, who is told, what stores keep.
const SEEN: &str = "-p chat-core --lib seen";
const LAST_SEEN: &str = "-p chat-core --test last_seen";
const NODE_SEEN: &str = "-p chat-testkit --test nodes who_hides_when_they_were_last_seen";
const UNWRITTEN_SEEN: &str = "-p chat-testkit --test last_seen";
const MEMORY_SEEN: &str = "-p chat-testkit --test memory_store last_seen";
const SQLITE_SEEN: &str = "-p store-sql --test conformance sqlite_last_seen";
const INTAKE: &str = "-p chat-core --test intake";
const QUOTAS: &str = "-p chat-core --test quotas";
/// How long a member waits between two messages.
const PACE: &str = "-p chat-model --lib pace";
const SLOW_MODE: &str = "-p chat-core --test slow_mode";
const INVITES: &str = "-p chat-core --test invites";
/// What a node tells that has not heard of another one's entries.
const STALE: &str = "-p chat-core --test stale_nodes";
/// Rooms of guests: listed, and ended.
const GUESTS_ROOMS: &str = "-p chat-core --test guests_rooms";
/// For whom a room that is made counts.
const MAKERS: &str = "-p chat-core --lib quota";
/// What names, messages and reactions may hold.
const NAMES: &str = "-p chat-model --lib name";
const COMMANDS: &str = "-p chat-model --lib command";
const MESSAGES: &str = "-p chat-model --lib message";
const SIGNALS: &str = "-p chat-model --lib signals";
const FANOUT: &str = "-p chat-core --lib fanout";
/// A part of the fan-out under many orders of its threads.
const ORDERS: &str = "--config build.rustflags=[\"--cfg=shuttle\"] -p chat-core --lib fanout::tests::model::a_flusher";
const SHARED: &str =
    "--config build.rustflags=[\"--cfg=shuttle\"] -p chat-core --lib fanout::tests::model::what_is_taken";
/// The pure session: what a request means for its client.
const MACHINE: &str = "-p chat-model --lib session";
/// The default policy, case by case.
const POLICY: &str = "-p chat-model --test policy";
const SESSION: &str = "-p chat-core --lib session";
/// The page as it is served.
const PAGE: &str = "-p chat-web --test page";
/// The pages of the examples as they are served.
const PAGES: &str = "-p example-pages --test pages";
/// Guests' tokens.
const GUEST: &str = "-p chat-core --lib guest";
const SESSIONS: &str = "-p chat-core --test sessions";
/// What is bounded while it waits.
const BOUNDS: &str = "-p chat-core --test bounds";
const SUPERVISION: &str = "-p chat-core --test supervision";
/// What a host says of its users while they come in.
const COMING_IN: &str = "-p chat-core --test coming_in";
const REGISTRY: &str = "-p chat-core --lib registry";
const ROOMS: &str = "-p chat-core --test rooms";
const RETENTION: &str = "-p chat-core --test retention";
const SIMULATOR: &str = "-p chat-testkit --test simulator";
/// Several nodes on one store and one bus, in virtual time.
const NODES: &str = "-p chat-testkit --test nodes";
/// Inboxes that are not open while nothing happens in them.
const INBOXES: &str = "-p chat-testkit --test inboxes";
const LEASES: &str = "-p chat-testkit --test leases";
const METERS: &str = "-p chat-core --features metrics --test meters";
const SPANS: &str = "-p chat-testkit --test spans";
const TURNS: &str = "-p chat-testkit --test turns";
/// Rooms that are moved: the file, and the store in memory and SQLite as where from and where to.
const FILE: &str = "-p chat-export --test file";
const FILE_OF_ACCOUNTS: &str = "-p chat-export --test accounts";
const PLAN: &str = "-p chat-model --test plan";
const MEMORY: &str = "-p chat-testkit --test memory_store moving";
const SQLITE: &str = "-p store-sql --test conformance sqlite_moving";
const SQLITE_DELETED: &str = "-p store-sql --test conformance deleted_messages_are_not_unread";
/// Messages that mention everybody in a room.
const SQLITE_MENTIONS: &str = "-p store-sql --test conformance everybody_but_its_sender";
const ERASED_STATES: &str = "-p chat-model --lib erasing_the_state_and_erasing_the_entries";
const MEMORY_DELETED: &str = "-p chat-testkit --test memory_store deleted_messages_are_not_unread";
const SQLITE_REMOVALS: &str = "-p store-sql --test conformance a_room_is_removed_at";
const SQLITE_ROOMS_OF: &str = "-p store-sql --test conformance the_room_of_the_last_message";
const SQLITE_OTHERS: &str = "-p store-sql --test conformance the_other_one_of_a_direct_room";
const SQLITE_RESTRICTIONS: &str = "-p store-sql --test conformance the_banned_and_the_muted";
/// Who is banned or muted, and by whom.
const RESTRICTIONS: &str = "-p chat-model --lib restriction";
const PROFILES: &str = "-p store-sql --test conformance a_name_with_a_draft";
/// Accounts: tokens, devices, and the service over a store in memory.
const HASHING: &str = "-p chat-accounts --lib hashing";
const ACCESS: &str = "-p chat-accounts --lib access";
const DEVICE: &str = "-p chat-accounts --lib device";
const LOGINS: &str = "-p chat-accounts --lib service::tests::sign_in";
const PROXIES: &str = "-p adapter-axum --lib proxies";
const FIRST_ADMIN: &str = "-p chat-accounts --lib service::tests::first_admin";
const OWN: &str = "-p chat-accounts --lib service::tests::own";
/// Links that are mailed, and what goes to a mail server.
const MAILED: &str = "-p chat-accounts --lib service::tests::mailed";
const MAILS: &str = "-p mail-smtp";
/// Users who sign in at a provider: what is checked here, what a browser keeps, what a provider says.
const IDENTIFIED: &str = "-p chat-accounts --lib identified";
const TICKETS: &str = "-p chat-accounts --lib ticket";
const SUGGESTED: &str = "-p chat-accounts --lib suggested";
const SIGNED_IN: &str = "-p identity-openid --test sign_in";
const PLAIN: &str = "-p identity-openid --lib";
const OF_BROWSERS: &str = "-p adapter-axum --features accounts --test openid";
const MEMORY_IDENTITIES: &str = "-p chat-testkit --test memory_accounts identit";
const REVOCATION: &str = "-p chat-accounts --lib service::tests::revocation";
/// Who is found by whom, and by which words.
const SEARCH: &str = "-p chat-accounts --lib search";
const WORDS: &str = "-p chat-model --lib words";
/// What names look like.
const LOOKS: &str = "-p chat-model --lib look";
const MEMORY_ACCOUNTS: &str = "-p chat-testkit --test memory_accounts look";
const SQLITE_LOOKS: &str = "-p store-sql --features accounts --test looks";
/// Public rooms that are found by words.
const MEMORY_ROOMS: &str = "-p chat-testkit --test memory_store public_rooms";
const SQLITE_ROOMS: &str = "-p store-sql --test conformance what_changes_of_a_room";
const SQLITE_WORDS: &str = "-p store-sql --features accounts --test words";
const THROTTLES: &str = "-p chat-accounts --lib service::tests::throttles";
const SQLITE_ACCOUNTS: &str = "-p store-sql --features accounts --test conformance sqlite_accounts";
/// adapter-axum: how sockets are read, the suite of transports, and the checks wherever a piece is mounted.
const TCP: &str = "-p adapter-axum --lib tcp";
const RATE: &str = "-p adapter-axum --lib rate";
const REFUSED: &str = "-p adapter-axum --lib refused";
const INBOUND: &str = "-p adapter-axum --lib inbound";
const TRANSPORTS: &str = "-p adapter-axum --test transports";
const PIECES: &str = "-p adapter-axum --test pieces";
const HANDSHAKE: &str = "-p adapter-axum --test handshake";
const SERVE: &str = "-p adapter-axum --test serve";
const TLS: &str = "-p adapter-axum --features tls --test tls";
const CERTIFICATES: &str = "-p adapter-axum --features tls --lib tls";
const ORIGIN: &str = "-p adapter-axum --lib origin";
const READINESS: &str = "-p adapter-axum --test readiness";
const REST: &str = "-p adapter-axum --test rest";
/// Accounts over REST.
const OF_ACCOUNTS: &str = "-p adapter-axum --features accounts --test accounts";
/// Copies of an SQLite database.
const COPIES: &str = "-p store-sql --test backup";
/// A database file that is taken away.
const PLACE: &str = "-p store-sql --test place";
/// A Postgres that is another one than before. It needs the programs of Postgres.
const REPLACED: &str = "-p store-tests --test postgres_replaced";
/// A log that has lost entries.
const LESS: &str = "-p store-sql --test less";
/// The server's users.
const OF_SERVERS_ACCOUNTS: &str = "-p chat-server --test accounts";
const OF_SERVERS_USERS: &str = "-p chat-server --test users";
const HTTP: &str = "-p adapter-axum --test http";
/// The Socket.IO adapter's parts, each by itself.
const SOCKETIO: &str = "-p adapter-socketio --lib";
const WIRE: &str = "-p adapter-axum --test wire";
/// The example server: with few files that it may open, and with standard error that cannot be written.
const FILES: &str = "-p chat-server --test files";
const LOG: &str = "-p chat-server --test log";
/// Attacks on the server as a process.
const HOSTILE: &str = "-p chat-server --test hostile";
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
