//! How SQLite means to run the statements whose cost must not grow with a room or a database.

use chat_model::{Entry, Message};
use sqlx::Row as _;

use super::{
    SqliteOptions, SqliteStore,
    statements::{
        append, erase, facts, intake, last_seen, leases, lists, moving,
        pages::{self, Item},
        retention, rooms, words,
    },
};

/// The steps by which a statement is run.
async fn plan(store: &SqliteStore, sql: &str) -> Vec<String> {
    let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
    let rows = sqlx::query(explain).fetch_all(&store.readers).await.unwrap();
    rows.iter().map(|row| row.get("detail")).collect()
}

/// Whether a step costs the same however large the tables are: it looks up, or walks an index from where it looked up, or goes
/// through what was asked or picked before, of which there is a page at most.
fn is_bounded(step: &str) -> bool {
    let is_page = step.starts_with("SCAN asked VIRTUAL TABLE") || step == "SCAN picked";
    is_page || !(step.starts_with("SCAN") || step.contains("TEMP B-TREE") || step.contains("AUTOMATIC"))
}

async fn store() -> (tempfile::TempDir, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("chat.db"), SqliteOptions::default()).await.unwrap();
    (folder, store)
}

#[tokio::test]
async fn every_statement_looks_up_by_its_index() {
    let (_folder, store) = store().await;
    let statements = [
        (Entry::FORWARDS, "entries USING INDEX log (room=? AND seq>? AND seq<?)"),
        (Entry::BACKWARDS, "entries USING INDEX log (room=? AND seq>? AND seq<?)"),
        (Message::FORWARDS, "e USING INDEX history (room=? AND seq>? AND seq<?)"),
        (Message::BACKWARDS, "e USING INDEX history (room=? AND seq>? AND seq<?)"),
        (pages::PINS, "message_states USING INDEX pins (room=? AND pin<?)"),
        (pages::EDITS, "entries USING INDEX targets (room=? AND target=? AND seq>?)"),
        (facts::PINS, "message_states USING COVERING INDEX pins (room=?"),
        (facts::HEAD, "rooms USING INDEX sqlite_autoindex_rooms_1 (room_id=?)"),
        (facts::MEMBERS, "members USING PRIMARY KEY (room=? AND user_id=?)"),
        (facts::MESSAGES, "entries USING INDEX log (room=? AND seq=?)"),
        (facts::CLAIMS, "entries USING INDEX claims (room=? AND sender=? AND client_id=?)"),
        (facts::ROSTER_OF, "members USING INDEX roster (room=?)"),
        (facts::SENIORS_OF, "members USING INDEX seniors (room=? AND role>?)"),
        (lists::ROOM, "rooms USING INDEX sqlite_autoindex_rooms_1 (room_id=?)"),
        (lists::ROOMS, "rooms USING INDEX sqlite_autoindex_rooms_1 (room_id>?)"),
        (words::FIND, "room_words USING PRIMARY KEY (rank=? AND (word,room_id)>(?,?) AND word<?)"),
        (lists::USERS_ROOMS, "rooms USING INDEX users_rooms (kind=? AND room_id>?)"),
        (lists::GUESTS_ROOMS, "rooms USING INDEX guests_rooms (kind=? AND room_id>?)"),
        (lists::MEMBERS, "members USING INDEX members_by_id (room=? AND user_id>?)"),
        (lists::BANNED, "members USING INDEX banned (room=? AND user_id>?)"),
        (lists::MUTED, "members USING INDEX muted (room=? AND user_id>?)"),
        (lists::OTHERS, "members USING INDEX members_by_id (room=?)"),
        (lists::READS, "reads USING PRIMARY KEY (room=? AND user_id=?)"),
        (lists::LAST_MESSAGES, "e USING INDEX log (room=? AND seq=?)"),
        (lists::LAST_MESSAGES, "newest USING COVERING INDEX history (room=?)"),
        (lists::BLOCKS, "members USING COVERING INDEX blocks (user_id=? AND blocks>?)"),
        (lists::HEADS, "rooms USING INDEX sqlite_autoindex_rooms_1 (room_id=?)"),
        (lists::PROFILES, "profiles USING PRIMARY KEY (user_id=?)"),
        (last_seen::SEEN, "profiles USING PRIMARY KEY (user_id=?)"),
        (last_seen::LAST, "profiles USING PRIMARY KEY (user_id=?)"),
        (last_seen::FORGET, "profiles USING PRIMARY KEY (user_id=?)"),
        (leases::HOLD, "members USING PRIMARY KEY (room=? AND user_id=?)"),
        (leases::RELEASE, "leases USING PRIMARY KEY (room=? AND user_id=? AND node=?)"),
        (leases::COUNT, "leases USING PRIMARY KEY (room=? AND user_id=?)"),
        (leases::END, "leases USING PRIMARY KEY (room=? AND user_id=?)"),
        (leases::STALE, "leases USING COVERING INDEX lives (node=?)"),
        (leases::STALE, "members USING INDEX unheld (held=?)"),
        (erase::MESSAGE, "entries USING INDEX log (room=? AND seq=?)"),
        (erase::DELETE, "entries USING INDEX log (room=? AND seq=?)"),
        (erase::CHANGES, "entries USING INDEX targets (room=? AND target=? AND seq>? AND seq<?)"),
        (erase::SAVE, "entries USING COVERING INDEX log (room=? AND seq=?)"),
        (moving::USERS, "profiles USING PRIMARY KEY (user_id>?)"),
        (moving::DELETED, "rooms USING COVERING INDEX deleted_rooms (room_id>?)"),
        (moving::NAMED, "members USING PRIMARY KEY (room=? AND user_id>?)"),
        (moving::STUBS, "entries USING INDEX log (room=? AND seq>? AND seq<?)"),
        (moving::READS, "reads USING PRIMARY KEY (room=? AND user_id>?)"),
        (append::FORGET_MENTIONS, "mentions USING COVERING INDEX mentioning (room=? AND seq=?)"),
    ];
    for (sql, search) in statements {
        let steps = plan(&store, sql).await;
        let found = steps.iter().any(|step| step.starts_with(&format!("SEARCH {search}")));
        assert!(found && steps.iter().all(|step| is_bounded(step)), "{sql}\n{steps:#?}");
    }
    for sql in rooms::SWEEPS.into_iter().chain(retention::TRUNCATE).chain([intake::WAITING, intake::REFUSED]) {
        let steps = plan(&store, sql).await;
        assert!(steps.iter().all(|step| is_bounded(step)), "{sql}\n{steps:#?}");
    }
}

#[tokio::test]
async fn rooms_without_words_are_looked_up_by_an_index_of_those_alone() {
    let (_folder, store) = store().await;
    assert_eq!(plan(&store, words::WITHOUT_WORDS).await, ["SCAN rooms USING INDEX rooms_without_words"]);
}

#[cfg(feature = "accounts")]
#[tokio::test]
async fn every_statement_about_accounts_looks_up_by_its_index() {
    use super::statements::accounts::{changes, devices, links, looks, passes, words};

    let (_folder, store) = store().await;
    let statements = [
        (changes::BY_USER, "chat_accounts USING PRIMARY KEY (user_id=?)"),
        (changes::BY_USERNAME, "chat_accounts USING INDEX sqlite_autoindex_chat_accounts_2 (username_key=?)"),
        (changes::BY_EMAIL, "chat_accounts USING INDEX sqlite_autoindex_chat_accounts_3 (email_key=?)"),
        (changes::BY_IDENTITY, "chat_accounts USING INDEX chat_accounts_by_identity (identity=?)"),
        (changes::HIDDEN, "chat_accounts USING PRIMARY KEY (user_id=?)"),
        (changes::ACCOUNTS, "chat_accounts USING PRIMARY KEY (user_id>?)"),
        (changes::UNFINISHED, "chat_accounts USING INDEX chat_accounts_unfinished (user_id>?)"),
        (looks::BY_LOOKS, "chat_looks USING PRIMARY KEY (look=?)"),
        (looks::BY_LOOKS, "chat_accounts USING PRIMARY KEY (user_id=?)"),
        (looks::OTHERS, "chat_looks USING PRIMARY KEY (look=?)"),
        (looks::WITHOUT_LOOKS, "chat_accounts USING INDEX chat_accounts_by_looks (looks<?)"),
        (devices::TOO_MANY, "chat_devices USING COVERING INDEX chat_devices_of (user_id=?)"),
        (devices::DEVICE, "chat_devices USING PRIMARY KEY (id=?)"),
        (devices::DEVICES, "chat_devices USING INDEX chat_devices_of (user_id=?)"),
        (devices::LIVING, "chat_devices USING PRIMARY KEY (id=?)"),
        (links::EXPIRED[1], "chat_devices USING COVERING INDEX chat_devices_by_expiry (expires<?)"),
        (links::EXPIRED[0], "chat_links USING COVERING INDEX chat_links_by_expiry (expires<?)"),
        (links::EXPIRED[2], "chat_passes USING COVERING INDEX chat_passes_by_expiry (expires<?)"),
        (links::LINK, "chat_links USING INDEX sqlite_autoindex_chat_links_2 (secret=?)"),
        (passes::USE, "chat_passes USING INDEX sqlite_autoindex_chat_passes_2 (secret=?)"),
        (words::SEARCH, "chat_words USING PRIMARY KEY (rank=? AND (word,user_id)>(?,?) AND word<?)"),
        (passes::PASS, "chat_passes USING INDEX sqlite_autoindex_chat_passes_2 (secret=?)"),
    ];
    for (sql, search) in statements {
        let steps = plan(&store, sql).await;
        let found = steps.iter().any(|step| step.starts_with(&format!("SEARCH {search}")));
        assert!(found && steps.iter().all(|step| is_bounded(step)), "{sql}\n{steps:#?}");
    }
    // An index of those alone that have no words.
    let steps = plan(&store, words::WITHOUT_WORDS).await;
    assert_eq!(steps, ["SCAN chat_accounts USING INDEX chat_accounts_without_words"]);
}

#[tokio::test]
async fn a_users_rooms_are_sorted_but_nothing_else_is_in_their_list() {
    let (_folder, store) = store().await;
    for sql in [lists::ROOMS_BY_ID, lists::ROOMS_BY_ACTIVITY] {
        let steps = plan(&store, sql).await;
        let rest: Vec<_> = steps.iter().filter(|step| !is_bounded(step)).map(String::as_str).collect();
        // Two sorts: of all that are the user's, and of the page that was made of them. The scans are of the page,
        // and of at most MAX_UNREAD messages and mentions, by name and of everybody, which are sorted to be put together.
        let sort = "USE TEMP B-TREE FOR ORDER BY";
        let expected = [sort, "SCAN own", "SCAN newest", "SCAN named", "SCAN everybody", "SCAN mine"];
        assert!(rest.iter().all(|step| expected.contains(step)), "{steps:#?}");
        assert!(rest.iter().filter(|step| **step == sort).count() <= 4 && rest.len() <= 9, "{steps:#?}");
        let mentions = "SEARCH mentions USING PRIMARY KEY (room=? AND user_id=? AND seq>?)";
        assert_eq!(steps.iter().filter(|step| *step == mentions).count(), 2, "{steps:#?}");
        // Unread messages are counted without a look at them.
        let searches =
            ["members USING INDEX memberships (user_id=?)", "entries USING COVERING INDEX history (room=? AND seq>?)"];
        for search in searches {
            assert!(steps.iter().any(|step| *step == format!("SEARCH {search}")), "{search}\n{steps:#?}");
        }
    }
}

#[tokio::test]
async fn a_scan_would_be_seen() {
    let (_folder, store) = store().await;
    for sql in ["SELECT * FROM entries WHERE sender = 'u'", "SELECT * FROM entries WHERE room = 1 ORDER BY sender"] {
        let steps = plan(&store, sql).await;
        assert!(!steps.iter().all(|step| is_bounded(step)), "{sql}\n{steps:#?}");
    }
}
