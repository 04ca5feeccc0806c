//! Whether a database is still where it was opened: a file that is removed or replaced stays open, and what is written to it is lost
//! with the process.

use std::path::{Path, PathBuf};

use chat_model::Replaced;

/// A database file and its write-ahead log, as they were opened.
pub(super) struct Place {
    file: PathBuf,
    log: PathBuf,
    file_id: Option<Id>,
    /// `None` until it is there.
    log_id: Option<Id>,
}

/// What a file is, whatever its name.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Id(u64, u64);

impl Place {
    /// The place of a database that was just opened.
    pub(super) fn of(file: &Path) -> Self {
        // SQLite has the log beside the file that a link leads to.
        let mut log = file.canonicalize().unwrap_or_else(|_| file.to_owned()).into_os_string();
        log.push("-wal");
        let (file, log) = (file.to_owned(), PathBuf::from(log));
        Self { file_id: id(&file), log_id: id(&log), file, log }
    }

    /// Another connection was opened, and the log may have been made anew.
    pub(super) fn reopened(&mut self) {
        self.log_id = None;
    }

    /// Fails where the database is not what was opened.
    pub(super) fn check(&mut self) -> Result<(), Replaced> {
        if id(&self.file) != self.file_id {
            return Err(lost(&self.file));
        }
        let log = id(&self.log);
        match self.log_id {
            None => self.log_id = log,
            Some(_) if log == self.log_id => {}
            Some(_) => return Err(lost(&self.log)),
        }
        Ok(())
    }
}

fn lost(file: &Path) -> Replaced {
    Replaced::new(format!("the file {}", file.display()))
}

#[cfg(unix)]
fn id(file: &Path) -> Option<Id> {
    use std::os::unix::fs::MetadataExt as _;
    file.metadata().ok().map(|it| Id(it.dev(), it.ino()))
}

/// Where files have no such numbers, one that is open cannot be removed.
#[cfg(not(unix))]
fn id(_: &Path) -> Option<Id> {
    None
}
