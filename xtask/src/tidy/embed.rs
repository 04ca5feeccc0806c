//! The README's application, rooms on SQLite behind axum, builds a bounded number of crates.

use std::collections::BTreeSet;

use crate::{
    tidy::Finding,
    workspace::{Workspace, cargo},
};

/// Crates that it builds, ours among them and build scripts' own left out: each is code that an embedder has to trust and to compile.
const MOST_CRATES: usize = 140;

/// Counted for one platform, so that the number is the same everywhere.
const COUNT: &[&str] = &[
    "tree",
    "--locked",
    "--edges=normal",
    "--prefix=none",
    "--target=x86_64-unknown-linux-gnu",
    "--package=adapter-axum",
    "--package=chat-core",
    "--package=store-sql",
];

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let finding = |message: String| vec![Finding::new("README.md", 1, message)];
    match cargo().args(COUNT).current_dir(&workspace.root).output() {
        Ok(output) if output.status.success() => {
            let count = crates(&String::from_utf8_lossy(&output.stdout)).len();
            let message = || format!("its application builds {count} crates, and {MOST_CRATES} are the most");
            if count > MOST_CRATES { finding(message()) } else { Vec::new() }
        }
        Ok(output) => finding(format!("its crates cannot be listed: {}", String::from_utf8_lossy(&output.stderr))),
        Err(error) => finding(format!("cannot start cargo: {error}")),
    }
}

/// Each crate once, by its name and version.
fn crates(tree: &str) -> BTreeSet<(&str, &str)> {
    let lines = tree.lines().map(str::split_whitespace);
    lines.filter_map(|mut words| Some((words.next()?, words.next()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_counts_once_and_its_versions_each() {
        let tree =
            "a v0.1.0 (/w/a)\nb v1.0.0\nb v2.0.0 (proc-macro)\n\nc v0.1.0 (/w/c)\na v0.1.0 (/w/a) (*)\nb v1.0.0\n";
        assert_eq!(crates(tree).len(), 4);
    }
}
