//! A file that is there as a whole or not at all, and survives a power cut.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use crate::failure::Failure;

/// Refuses a path at which something is that may not be replaced.
pub(crate) fn check_place(path: &Path, overwrite: bool) -> Result<(), Failure> {
    match path.symlink_metadata() {
        Ok(_) if !overwrite => Err(taken(path)),
        Ok(there) if !there.is_file() => {
            Err(Failure::new(format!("{} is no plain file: nothing takes its place", path.display())))
        }
        _ => Ok(()),
    }
}

fn taken(path: &Path) -> Failure {
    Failure::new(format!("{} is there already: choose another name, or say --overwrite", path.display()))
}

/// A file under another name in the same folder, readable by its owner alone. If it is not kept, it is removed.
pub(crate) struct Draft {
    file: NamedTempFile,
    path: PathBuf,
}

impl Draft {
    /// Begins what will be at this path; the draft's name begins with the prefix.
    pub(crate) fn begin(path: &Path, prefix: &str) -> Result<Self, Failure> {
        let file = NamedTempFile::with_prefix_in(prefix, folder(path)).map_err(|error| unwritable(path, &error))?;
        Ok(Self { file, path: path.to_owned() })
    }

    pub(crate) fn file(&self) -> &File {
        self.file.as_file()
    }

    /// Where it is meanwhile.
    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Gives it its name, once all of it is on the disk.
    pub(crate) fn keep(self, overwrite: bool) -> Result<(), Failure> {
        let Self { file, path } = self;
        let refused = |error: io::Error| unwritable(&path, &error);
        file.as_file().sync_all().map_err(refused)?;
        let kept = if overwrite { file.persist(&path) } else { file.persist_noclobber(&path) };
        kept.map_err(|kept| match kept.error.kind() {
            io::ErrorKind::AlreadyExists => taken(&path),
            _ => refused(kept.error),
        })?;
        File::open(folder(&path)).and_then(|folder| folder.sync_all()).map_err(refused)
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("the file {} cannot be written: {error}", path.display()))
}
