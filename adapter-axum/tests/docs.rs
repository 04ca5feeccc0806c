//! The page on REST, and what the page on the wire says of this adapter, are what the adapter does.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{collections::BTreeSet, fs, path::PathBuf, time::Duration};

use adapter_axum::limits;

/// A file of the repository, with one blank for each run of white space.
fn page(file: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn in_one_line(page: &str) -> String {
    page.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `METHOD /path` of each row of a table, which is in its cell of this number; parameters go by one name.
fn routes(page: &str, prefix: &str, cell: usize) -> BTreeSet<String> {
    let cells = page.lines().filter_map(|line| line.strip_prefix(prefix)?.split('|').nth(cell));
    let ticked = cells.filter_map(|cell| cell.split('`').nth(1));
    let routes = ticked.filter(|text| text.contains(" /")).map(|text| text.split('?').next().unwrap_or_default());
    routes.map(|route| route.replace("{room}", "{roomId}")).collect()
}

#[test]
fn the_table_of_routes_is_that_of_the_crate() {
    // The crate's own is compared with what it serves, in the tests of its module `rest`.
    let of_crate = routes(&page("adapter-axum/src/lib.rs"), "//! |", 1);
    assert_eq!(routes(&page("docs/rest.md"), "|", 0), of_crate);
    assert!(of_crate.len() > 20, "{of_crate:?}");
}

#[test]
fn the_numbers_are_those_of_the_adapter() {
    let s = |duration: Duration| duration.as_secs();
    let (kib, of_users) = (limits::MAX_BODY_BYTES / 1024, limits::REQUESTS);
    let (pages, most) = (chat_wire::page_limit(None).unwrap(), chat_core::limits::MAX_PAGE);
    let told = [
        format!("A body has {kib} KiB at most and {} seconds to come in", s(limits::BODY_TIMEOUT)),
        format!("Pages have {pages} items unless `limit` says otherwise, from 1 to {most}"),
        format!("A user may make {} requests a second, {} at once", of_users.per_second, of_users.burst),
        format!("and for {} s at most", s(limits::READINESS_TIMEOUT)),
        format!("the first {} users present by id", chat_core::limits::ROSTER),
        format!("the grace period ({} seconds unless", chat_core::Limits::default().grace_ms / 1_000),
    ];
    let rest = in_one_line(&page("docs/rest.md"));
    for phrase in told {
        assert!(rest.contains(&phrase), "the page does not say: {phrase}");
    }
    let heartbeat = s(limits::HEARTBEAT);
    let told = format!(
        "frame came for {heartbeat} s is sent a ping, and after {heartbeat} s more without one it is closed with 4001"
    );
    assert!(in_one_line(&page("docs/wire/README.md")).contains(&told), "the page does not say: {told}");
    assert_eq!(limits::READINESS_AGE, Duration::from_secs(1), "the store is asked once a second");
}
