//! The workspace as its manifests tell it.

use std::{path::PathBuf, process::Command};

use serde::Deserialize;

use crate::Outcome;

/// Where things are, and which crates there are.
#[derive(Debug, Deserialize)]
pub(crate) struct Workspace {
    #[serde(rename = "workspace_root")]
    pub(crate) root: PathBuf,
    #[serde(rename = "target_directory")]
    pub(crate) target: PathBuf,
    pub(crate) packages: Vec<Package>,
}

/// A crate of the workspace.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) manifest_path: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
}

/// A line of a manifest's dependency tables.
#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `None` for a normal dependency, else "dev" or "build".
    pub(crate) kind: Option<String>,
}

impl Workspace {
    /// Asks cargo about the workspace of the current folder.
    pub(crate) fn load() -> Outcome<Self> {
        let output = cargo()
            .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
            .output()
            .map_err(|e| format!("cannot start cargo: {e}"))?;
        if !output.status.success() {
            return Err(format!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr)));
        }
        serde_json::from_slice(&output.stdout).map_err(|e| format!("cargo metadata cannot be read: {e}"))
    }

    /// The paths of all files that are tracked or could be (not ignored), relative to the root.
    pub(crate) fn files(&self) -> Outcome<Vec<String>> {
        let output = Command::new("git")
            .current_dir(&self.root)
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .output()
            .map_err(|e| format!("cannot start git: {e}"))?;
        if !output.status.success() {
            return Err(format!("git ls-files failed: {}", String::from_utf8_lossy(&output.stderr)));
        }
        let names = String::from_utf8(output.stdout).map_err(|e| format!("a file name is not UTF-8: {e}"))?;
        let mut files: Vec<String> = names.split_terminator('\0').map(str::to_owned).collect();
        // A deleted file stays listed until the deletion is staged.
        files.retain(|file| self.root.join(file).exists());
        files.sort();
        files.dedup();
        Ok(files)
    }
}

/// The cargo that runs this task, else the one on the path.
///
/// It is not told of this package, as cargo tells what it runs: libraries whose build scripts look at that (ring) would be built anew
/// whenever a developer's own `cargo test` comes after this.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_of_package(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    command
}

/// Whether cargo tells a program of the package by a variable of this name.
fn is_of_package(name: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_is_not_told_which_package_started_it() {
        // Cargo has told these tests.
        assert!(std::env::vars_os().any(|(name, _)| name == "CARGO_PKG_NAME"));
        let command = cargo();
        let removed: Vec<_> = command.get_envs().filter(|(_, value)| value.is_none()).map(|(name, _)| name).collect();
        for name in ["CARGO_PKG_NAME", "CARGO_MANIFEST_DIR"] {
            assert!(removed.contains(&name.as_ref()), "{name}");
        }
    }
}
