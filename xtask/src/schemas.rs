//! `cargo xtask schemas`: the committed schemas of the wire and the description of REST are those of the Rust types.
//!
//! A crate that has such documents has an example that writes them into a folder.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Command,
    time::Duration,
};

use crate::{
    Outcome, process,
    workspace::{Workspace, cargo},
};

/// Documents that one example writes.
struct Documents {
    package: &'static str,
    example: &'static str,
    /// The folder in which they are committed.
    committed: &'static str,
}

const DOCUMENTS: &[Documents] = &[
    Documents { package: "chat-wire", example: "schemas", committed: "docs/wire" },
    Documents { package: "adapter-axum", example: "openapi", committed: "adapter-axum" },
];

/// Builds these examples. Of the workspace as a whole, so that the tests find its dependencies built.
const BUILD: &str = "build --quiet --locked --workspace --features chat-server/full,adapter-axum/schemas,chat-wire/schemas \
                     --example schemas --example openapi";

/// Building them and their dependencies from nothing takes some minutes.
const LIMIT: Duration = Duration::from_secs(10 * 60);

/// Writes them anew.
pub(crate) fn write(workspace: &Workspace) -> Outcome {
    build(workspace)?;
    DOCUMENTS
        .iter()
        .try_for_each(|documents| generate(workspace, documents, &workspace.root.join(documents.committed)))?;
    // The TypeScript client's types follow from them. The suite `web` finds old ones, should Node.js not be here.
    let mut types = Command::new("node");
    types.arg("web/client/scripts/generate.mjs").current_dir(&workspace.root);
    if let Err(why) = process::run(types, LIMIT) {
        eprintln!("the types of web/client stay as they are: {why}");
    }
    Ok(())
}

/// Fails unless the committed ones are what would be written.
pub(crate) fn check(workspace: &Workspace) -> Outcome {
    build(workspace)?;
    DOCUMENTS.iter().try_for_each(|documents| {
        let folder = tempfile::tempdir().map_err(|e| format!("cannot make a folder: {e}"))?;
        generate(workspace, documents, folder.path())?;
        let committed = read(&workspace.root.join(documents.committed))?;
        compare(documents, &committed, &read(folder.path())?)
    })
}

fn build(workspace: &Workspace) -> Outcome {
    let mut build = cargo();
    build.args(BUILD.split(' ')).current_dir(&workspace.root);
    process::run(build, LIMIT)
}

fn generate(workspace: &Workspace, documents: &Documents, folder: &Path) -> Outcome {
    std::fs::create_dir_all(folder).map_err(|e| format!("cannot make {}: {e}", folder.display()))?;
    let mut example = Command::new(workspace.target.join("debug/examples").join(documents.example));
    example.arg(folder).current_dir(&workspace.root);
    process::run(example, LIMIT)
}

/// The JSON files of a folder; none if there is no folder.
fn read(folder: &Path) -> Outcome<BTreeMap<String, String>> {
    let failed = |e: std::io::Error| format!("cannot read {}: {e}", folder.display());
    let mut files = BTreeMap::new();
    if !folder.exists() {
        return Ok(files);
    }
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|ending| ending == "json") {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.insert(name, std::fs::read_to_string(&path).map_err(failed)?);
        }
    }
    Ok(files)
}

fn compare(documents: &Documents, committed: &BTreeMap<String, String>, made: &BTreeMap<String, String>) -> Outcome {
    let Documents { package, example, committed: folder, .. } = documents;
    if made.is_empty() {
        return Err(format!("the example `{example}` of {package} wrote no JSON file"));
    }
    let names: BTreeSet<_> = committed.keys().chain(made.keys()).collect();
    let stale: Vec<_> = names.into_iter().filter(|name| committed.get(*name) != made.get(*name)).cloned().collect();
    if stale.is_empty() {
        return Ok(());
    }
    Err(format!("{folder} is not what the Rust types say ({}): run `cargo xtask schemas`", stale.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(of: &[(&str, &str)]) -> BTreeMap<String, String> {
        of.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn compares_names_and_contents() {
        let made = files(&[("a.json", "1"), ("b.json", "2")]);
        assert_eq!(compare(&DOCUMENTS[0], &made, &made), Ok(()));
        let stale = |committed: &[(&str, &str)]| compare(&DOCUMENTS[0], &files(committed), &made).unwrap_err();
        assert!(stale(&[("a.json", "1"), ("b.json", "3")]).contains("(b.json)"));
        assert!(stale(&[("a.json", "1")]).contains("(b.json)"));
        assert!(stale(&[("a.json", "1"), ("b.json", "2"), ("c.json", "")]).contains("(c.json)"));
        assert!(compare(&DOCUMENTS[0], &files(&[]), &files(&[])).is_err());
    }

    #[test]
    fn reads_the_json_files_of_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.json"), "1").unwrap();
        std::fs::write(folder.path().join("README.md"), "2").unwrap();
        assert_eq!(read(folder.path()), Ok(files(&[("a.json", "1")])));
        assert_eq!(read(&folder.path().join("none")), Ok(files(&[])));
    }
}
