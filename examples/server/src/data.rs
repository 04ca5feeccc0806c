//! The data folder: locked by one server at a time, with the secret and the database in it.

use std::{
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::DirBuilderExt as _,
    path::Path,
};

use crate::{failure::Failure, secret};

/// A data folder in use. The lock is let go with it, and by the system should the process die.
pub(crate) struct Data {
    pub(crate) secret: [u8; secret::LENGTH],
    _lock: File,
}

impl Data {
    /// Makes the folder if it is not there, locks it, and reads or makes the secret.
    pub(crate) fn open(folder: &Path) -> Result<Self, Failure> {
        let shown = folder.display();
        let unusable = |error: io::Error| Failure::new(format!("the data folder {shown} cannot be used: {error}"));
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unusable)?;
        let lock = OpenOptions::new().write(true).create(true).truncate(false).open(folder.join("lock"));
        let lock = lock.map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { secret: secret::load_or_create(folder)?, _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                Err(Failure::new(format!("the data folder {shown} is in use by another chat-server")))
            }
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }
}
