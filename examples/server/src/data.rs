//! The data folder: locked by one server at a time, with the secret, the keys and the database in it.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use crate::{failure::Failure, secret};

/// A data folder in use. The lock is let go with it, and by the system should the process die.
pub(crate) struct Data {
    pub(crate) secret: [u8; secret::LENGTH],
    folder: PathBuf,
    importing: PathBuf,
    _lock: File,
}

/// The file that is there while the store holds a part of a file.
const IMPORTING: &str = "importing";

/// A data folder, or that another process has locked it.
pub(crate) enum Opened {
    Free(Data),
    InUse,
}

impl Data {
    /// As [`try_open`](Self::try_open), where nobody else may use the folder.
    pub(crate) fn open(folder: &Path) -> Result<Self, Failure> {
        let in_use = || Failure::new(format!("the data folder {} is in use by another chat-server", folder.display()));
        match Self::try_open(folder)? {
            Opened::Free(data) => Ok(data),
            Opened::InUse => Err(in_use()),
        }
    }

    /// Makes the folder if it is not there, locks it, and reads or makes the secret.
    pub(crate) fn try_open(folder: &Path) -> Result<Opened, Failure> {
        let shown = folder.display();
        let unusable = |error: io::Error| Failure::new(format!("the data folder {shown} cannot be used: {error}"));
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unusable)?;
        let lock = OpenOptions::new().write(true).create(true).truncate(false).open(folder.join("lock"));
        let lock = lock.map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {
                let importing = folder.join(IMPORTING);
                if importing.exists() {
                    return Err(Failure::new(format!(
                        "an import into this store, or putting a copy back, came to no good end, and a part of it may be missing: \
                         throw the store away, and {} with it",
                        importing.display()
                    )));
                }
                let secret = secret::load_or_create(folder)?;
                Ok(Opened::Free(Self { secret, folder: folder.to_owned(), importing, _lock: lock }))
            }
            Err(TryLockError::WouldBlock) => Ok(Opened::InUse),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }

    /// Whether what is in the store of a data folder may be a part of a file alone.
    #[cfg(feature = "sqlite")]
    pub(crate) fn has_part_of_import(folder: &Path) -> bool {
        folder.join(IMPORTING).exists()
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Notes that the store holds a part of a file: until that is [over](Self::imported), nothing else is done with it.
    pub(crate) fn importing(&self) -> Result<(), Failure> {
        let noted = File::create(&self.importing).and_then(|note| note.sync_all());
        noted.map_err(|error| Failure::new(format!("{} cannot be written: {error}", self.importing.display())))
    }

    /// The store is whole again.
    pub(crate) fn imported(&self) -> Result<(), Failure> {
        let removed = fs::remove_file(&self.importing);
        removed.map_err(|error| Failure::new(format!("{} cannot be removed: {error}", self.importing.display())))
    }
}
