//! Pure modules are told the time and random numbers, and do nothing themselves.

use crate::tidy::{Finding, tree::Tree};

/// Folders (ending in `/`) and files that are pure.
const PURE: &[&str] = &["chat-core/src/guest.rs", "chat-model/src/", "chat-wire/src/"];

/// The folder of the traits that are asked to do I/O: their methods wait, and nothing else in them does anything.
const TRAITS: &str = "chat-model/src/store/";

/// What they may not name: paths by how they start.
const PATHS: &[(&[&str], &str)] = &[
    (&["tokio"], "a runtime"),
    (&["std", "time"], "a clock"),
    (&["std", "net"], "I/O"),
    (&["std", "fs"], "I/O"),
    (&["std", "io"], "I/O"),
    (&["std", "env"], "the environment"),
    (&["std", "process"], "a process"),
    (&["std", "thread"], "threads"),
    (&["rand"], "random numbers"),
    (&["getrandom"], "random numbers"),
    (&["fastrand"], "random numbers"),
];

/// What they may not name: words wherever they stand.
const WORDS: &[(&str, &str)] = &[
    ("SystemTime", "a clock"),
    ("Instant", "a clock"),
    ("SystemEnvironment", "a clock and random numbers"),
    ("RandomState", "random numbers"),
    ("new_v4", "random numbers"),
    ("now_v7", "a clock and random numbers"),
    ("async", "waiting"),
    ("await", "waiting"),
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let is_pure = |path: &str| PURE.iter().any(|pure| path == *pure || (pure.ends_with('/') && path.starts_with(pure)));
    let mut findings = Vec::new();
    for (file, rust) in tree.rust().filter(|(file, _)| is_pure(&file.path)) {
        for (at, path) in rust.paths().into_iter().filter(|(at, _)| !rust.is_test_at(*at)) {
            let may_wait = file.path.starts_with(TRAITS);
            if let Some(what) = banned(&path).filter(|what| !(may_wait && *what == "waiting")) {
                let message = format!("`{}` is {what}: a pure module is told it as a value", path.join("::"));
                findings.push(Finding::new(&file.path, rust.line_at(at), message));
            }
        }
    }
    findings
}

/// A module that was renamed must not fall out of the table unnoticed.
pub(super) fn check_table(tree: &Tree) -> Vec<Finding> {
    let gone = PURE.iter().filter(|pure| !tree.has(pure));
    gone.map(|pure| Finding::new(pure, 1, "is said to be pure, but is not there: name what took its place")).collect()
}

fn banned(path: &[&str]) -> Option<&'static str> {
    // A length of time is a value.
    if path == ["std", "time", "Duration"] {
        return None;
    }
    let by_path = PATHS.iter().find(|(start, _)| path.starts_with(start)).map(|(_, what)| *what);
    by_path.or_else(|| WORDS.iter().find(|(word, _)| path.contains(word)).map(|(_, what)| *what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tests::{NONE, error_lines};

    #[test]
    fn refuses_runtimes_clocks_random_numbers_and_io() {
        let text = "use tokio::sync::mpsc;\n\
            use std::{fmt, time::Instant};\n\
            fn a() -> u64 { std::time::Instant::now() }\n\
            fn b(i: Instant) {}\n\
            fn c() { uuid::Uuid::now_v7() }\n\
            fn d() { rand::random() }\n\
            async fn e() {}\n\
            use crate::time::SystemEnvironment;\n\
            use std::{\n    collections::BTreeMap,\n    fs,\n};\n";
        assert_eq!(error_lines(check, "chat-model/src/room/judge.rs", text), [1, 2, 3, 4, 5, 6, 7, 8, 11]);
        assert_eq!(error_lines(check, "chat-model/src/entry.rs", text).len(), 9);
        assert_eq!(error_lines(check, "chat-core/src/host.rs", text), NONE);
    }

    #[test]
    fn allows_values_and_tests() {
        let text = "//! Knows no tokio, no Instant.\n\
            use crate::time::{Moment, Timestamp};\n\
            fn a(now: Moment, instant: u64, random: u128) -> &'static str { \"std::time\" }\n\
            #[cfg(test)]\nmod tests { use std::time::Instant; }\n";
        assert_eq!(error_lines(check, "chat-model/src/session/mod.rs", text), NONE);
    }

    #[test]
    fn misses_what_was_renamed() {
        let there: Vec<_> =
            PURE.iter().map(|pure| format!("{pure}{}", if pure.ends_with('/') { "mod.rs" } else { "" })).collect();
        let files: Vec<_> = there.iter().map(|path| (path.as_str(), "")).collect();
        assert_eq!(check_table(&Tree::of(&files)), []);
        assert_eq!(check_table(&Tree::of(&files[1..])).len(), 1);
    }
}
