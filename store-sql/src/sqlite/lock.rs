//! The lock on a database file: one store uses it alone, or several that all say so.

use std::{
    fs::{File, OpenOptions, TryLockError, canonicalize},
    path::{Path, PathBuf},
};

use crate::error::OpenError;

/// Locks the database for as long as the file that is returned stays open; the system lets go of it should the process
/// die.
///
/// The lock is on a file beside it: to close a handle of the database itself would take SQLite's own locks away. That
/// file stays, as whoever removed it could remove one that another store has just locked.
pub(super) fn take(database: &Path, shared: bool) -> Result<File, OpenError> {
    let path = beside(database)?;
    let unusable = |source| OpenError::File { path: path.clone(), source };
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path).map_err(unusable)?;
    match if shared { file.try_lock_shared() } else { file.try_lock() } {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path: database.to_owned() }),
        Err(TryLockError::Error(source)) => Err(unusable(source)),
    }
}

/// The same file for all paths that lead to the database.
fn beside(database: &Path) -> Result<PathBuf, OpenError> {
    let real = canonicalize(database).map_err(|source| OpenError::File { path: database.to_owned(), source })?;
    let mut name = real.into_os_string();
    name.push("-lock");
    Ok(name.into())
}
