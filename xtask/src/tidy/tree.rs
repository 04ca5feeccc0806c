//! The files that the rules look at.

use crate::{Outcome, tidy::rust::Rust, workspace::Workspace};

/// All text files of the repository.
pub(super) struct Tree {
    pub(super) files: Vec<File>,
    /// Every path there is, text or not, sorted.
    paths: Vec<String>,
}

/// One text file.
pub(super) struct File {
    /// Relative to the root, with `/`.
    pub(super) path: String,
    pub(super) text: String,
    /// For `.rs` files: which parts are code, and which of them are tests.
    pub(super) rust: Option<Rust>,
}

impl Tree {
    pub(super) fn read(workspace: &Workspace) -> Outcome<Self> {
        let paths = workspace.files()?;
        let mut texts = Vec::new();
        for path in &paths {
            let full = workspace.root.join(path);
            if !full.is_file() {
                continue;
            }
            let bytes = std::fs::read(&full).map_err(|e| format!("cannot read {path}: {e}"))?;
            // What is not UTF-8 is an image or a corpus file: no rule is about it.
            if let Ok(text) = String::from_utf8(bytes) {
                texts.push((path.clone(), text));
            }
        }
        Ok(Self::new(texts, paths))
    }

    fn new(texts: Vec<(String, String)>, paths: Vec<String>) -> Self {
        let mut files: Vec<File> = texts
            .into_iter()
            .map(|(path, text)| {
                let rust = path.ends_with(".rs").then(|| Rust::read(&text));
                File { path, text, rust }
            })
            .collect();
        // `#[cfg(test)] mod name;` makes a whole file a test.
        let tests: Vec<String> = files.iter().flat_map(File::test_modules).collect();
        for file in &mut files {
            let module = file.path.trim_end_matches(".rs").trim_end_matches("/mod");
            let inside = |test: &String| module == test || module.starts_with(&format!("{test}/"));
            if in_test_folder(&file.path) || tests.iter().any(inside) {
                file.rust = file.rust.take().map(Rust::all_tests);
            }
        }
        Self { files, paths }
    }

    /// Whether there is such a file, or a folder with files in it.
    pub(super) fn has(&self, path: &str) -> bool {
        let folder = format!("{}/", path.trim_end_matches('/'));
        path.is_empty() || self.paths.iter().any(|known| known == path || known.starts_with(&folder))
    }

    /// The Rust files and what is known about them.
    pub(super) fn rust(&self) -> impl Iterator<Item = (&File, &Rust)> {
        self.files.iter().filter_map(|file| Some((file, file.rust.as_ref()?)))
    }

    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let texts: Vec<_> = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        let mut paths: Vec<_> = texts.iter().map(|file| file.0.clone()).collect();
        paths.sort();
        Self::new(texts, paths)
    }
}

impl File {
    /// The paths, without `.rs`, of the child modules that this file declares for tests alone.
    fn test_modules(&self) -> Vec<String> {
        let Some(rust) = &self.rust else { return Vec::new() };
        let (folder, name) = self.path.rsplit_once('/').unwrap_or(("", &self.path));
        let stem = name.trim_end_matches(".rs");
        let own = match stem {
            "mod" | "lib" | "main" => folder.to_owned(),
            _ => format!("{folder}/{stem}"),
        };
        rust.test_modules.iter().map(|module| format!("{own}/{module}")).collect()
    }
}

/// Whether cargo itself takes files of this folder for tests, or the file is named as a test module.
fn in_test_folder(path: &str) -> bool {
    let mut folders = path.split('/');
    let name = folders.next_back();
    name == Some("tests.rs") || folders.any(|folder| folder == "tests")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_files_that_are_tests() {
        let tree = Tree::of(&[
            ("a/src/lib.rs", "mod room;\n#[cfg(test)]\nmod oracle;\n"),
            ("a/src/oracle.rs", "fn o() {}\n"),
            ("a/src/room.rs", "fn r() {}\n#[cfg(test)]\nmod model;\n"),
            ("a/src/room/model/mod.rs", "fn m() {}\n"),
            ("a/src/oracle_two.rs", "fn o() {}\n"),
            ("a/tests/x.rs", "fn x() {}\n"),
            ("a/src/room/tests.rs", "fn t() {}\n"),
        ]);
        let is_test = |path: &str| tree.rust().any(|(file, rust)| file.path == path && rust.is_test(1));
        for path in ["a/src/oracle.rs", "a/src/room/model/mod.rs", "a/tests/x.rs", "a/src/room/tests.rs"] {
            assert!(is_test(path), "{path}");
        }
        for path in ["a/src/lib.rs", "a/src/room.rs", "a/src/oracle_two.rs"] {
            assert!(!is_test(path), "{path}");
        }
    }

    #[test]
    fn knows_files_and_folders() {
        let tree = Tree::of(&[("docs/adr/one.md", "")]);
        assert!(tree.has("docs/adr/one.md") && tree.has("docs/adr") && tree.has("docs/"));
        assert!(!tree.has("docs/ad") && !tree.has("docs/adr/two.md"));
    }
}
