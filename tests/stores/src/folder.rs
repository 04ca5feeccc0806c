//! A temporary folder that does not outlive the test process.

use std::{
    io,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// Removes the folder when its own input ends. A server that writes to it may take a moment to die.
const SWEEPER: &str = r#"read -r _; for _ in 1 2 3 4 5 6 7 8 9 10; do rm -rf "$1" && exit; sleep 1; done"#;

/// A temporary folder, removed when this is dropped, and when the test process ends otherwise: what is kept in a static
/// is never dropped.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    sweeper: Child,
}

impl Folder {
    /// An empty folder that nobody else may enter.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new() -> io::Result<Self> {
        Self::within(&std::env::temp_dir())
    }

    /// The same in another folder than the system's.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn within(parent: &Path) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("store-tests-").tempdir_in(parent)?;
        let mut sweeper = Command::new("sh");
        sweeper.args(["-c", SWEEPER, "sweeper"]).arg(folder.path());
        // A group of its own: who kills the test with its group must leave the sweeper to its work.
        let sweeper = sweeper.process_group(0).stdin(Stdio::piped()).spawn()?;
        Ok(Self { path: folder.keep(), sweeper })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(self.sweeper.stdin.take());
        let _ = self.sweeper.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_gone_with_all_in_it_when_dropped() {
        let folder = Folder::new().unwrap();
        std::fs::create_dir(folder.path().join("a")).unwrap();
        std::fs::write(folder.path().join("a/b"), "c").unwrap();
        let path = folder.path().to_owned();
        drop(folder);
        assert!(!path.exists());
    }
}
