//! Copies of a database file: made while stores use it, looked at, and put back.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use chat_model::Source;
use sqlx::{
    ConnectOptions, Connection, Row as _,
    sqlite::{SqliteConnectOptions, SqliteConnection},
};

use super::{
    SqliteStore, lock,
    open::{beside, create, sync_directory, without_scheme},
};
use crate::{
    OpenError,
    migrations::{NEWEST, SQLITE},
};

/// Why a copy was not made, or not put back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// A file cannot be read or written.
    #[error("the file {} cannot be used", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What lies beneath.
        #[source]
        source: io::Error,
    },
    /// There is something in the file in which the copy was to be.
    #[error("{} is there already", _0.display())]
    Taken(PathBuf),
    /// The database refused.
    #[error("the database {} cannot be read", path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// What lies beneath.
        #[source]
        source: Source,
    },
    /// The database is not whole.
    #[error("the database {} is damaged: {what}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite has found, or what is beside the file.
        what: String,
    },
    /// The file is a database of a newer version.
    #[error("the database {} is of a newer version", _0.display())]
    Newer(PathBuf),
    /// The database that is to be replaced cannot be had alone.
    #[error(transparent)]
    Open(#[from] OpenError),
}

impl SqliteStore {
    /// Copies the database `file` to `to`, while stores use it, also those of other processes. The copy is of one moment: all that
    /// was committed before this was called is in it. It is one file without a log beside it, is on the disk when this returns, and
    /// has been checked. Free pages of the database, and so what was erased, are not in it.
    ///
    /// `to` must be empty, or not be there; a new file is readable by its owner alone. As long as the copy is being made, the
    /// write-ahead log grows.
    ///
    /// # Errors
    /// [`BackupError`]; then what is in `to` is no copy.
    ///
    /// # Cancel safety
    /// If it is dropped, the copy goes on in the background for a while, and what is in `to` is of no use.
    pub async fn back_up(file: impl AsRef<Path>, to: impl AsRef<Path>) -> Result<(), BackupError> {
        let (file, to) = (without_scheme(file.as_ref())?, to.as_ref());
        // SQLite would make an empty database.
        fs::metadata(&file).map_err(|source| unusable(&file, source))?;
        create(to).map_err(|source| unusable(to, source))?;
        if fs::metadata(to).map_err(|source| unusable(to, source))?.len() > 0 {
            return Err(BackupError::Taken(to.to_owned()));
        }
        let text = to.to_str().ok_or_else(|| unusable(to, io::Error::other("the path is not UTF-8")))?;
        let failed = |source: sqlx::Error| BackupError::Database { path: file.clone(), source: source.into() };
        let mut source = SqliteConnectOptions::new().filename(&file).read_only(true).connect().await.map_err(failed)?;
        let copied = sqlx::query("VACUUM INTO ?").bind(text).execute(&mut source).await;
        source.close().await.map_err(failed)?;
        copied.map_err(failed)?;
        // SQLite does not wait for the disk here.
        File::open(to).and_then(|copy| copy.sync_all()).map_err(|source| unusable(to, source))?;
        sync_directory(to).map_err(|source| unusable(to, source))?;
        Self::check(to).await
    }

    /// Looks whether this file, which no store uses, is a whole database that this version can open.
    ///
    /// # Errors
    /// [`BackupError`], which says what is wrong with it.
    pub async fn check(file: impl AsRef<Path>) -> Result<(), BackupError> {
        let file = without_scheme(file.as_ref())?;
        fs::metadata(&file).map_err(|source| unusable(&file, source))?;
        if fs::metadata(beside(&file, "-wal")).is_ok_and(|log| log.len() > 0) {
            let what = "a write-ahead log is beside it, so that it is no copy of one moment".into();
            return Err(BackupError::Damaged { path: file, what });
        }
        // Nothing is written, not even beside it.
        let options = SqliteConnectOptions::new().filename(&file).read_only(true).immutable(true);
        let failed = |source: sqlx::Error| BackupError::Database { path: file.clone(), source: source.into() };
        let mut connection = options.connect().await.map_err(failed)?;
        let found = look(&mut connection).await;
        connection.close().await.map_err(failed)?;
        match found.map_err(failed)? {
            (result, _) if result != "ok" => Err(BackupError::Damaged { path: file, what: result }),
            (_, version) if version > SQLITE.len() as i64 => Err(BackupError::Newer(file)),
            _ => Ok(()),
        }
    }

    /// Puts a copy in the place of the database `file`, which is made if it is not there. The store must not be open; if it is
    /// [shared](super::SqliteOptions::shared) or not. What was there is gone for good.
    ///
    /// Afterwards each room needs another epoch (`Moving::renew`), as seqs that clients have seen may come to mean something else.
    ///
    /// # Errors
    /// [`BackupError`]. [`OpenError::InUse`] and what is wrong with the copy are found before anything is changed; if the disk fails after
    /// that, or the process ends, there may be neither the old database as a whole nor the copy, and this must be called again.
    ///
    /// # Cancel safety
    /// If it is dropped, it goes on in the background.
    pub async fn put_back(copy: impl AsRef<Path>, file: impl AsRef<Path>) -> Result<(), BackupError> {
        let (copy, file) = (copy.as_ref().to_owned(), without_scheme(file.as_ref())?);
        Self::check(&copy).await?;
        let put = tokio::task::spawn_blocking(move || put(&copy, &file)).await;
        put.map_err(|error| BackupError::Open(OpenError::Database { source: error.into() }))?
    }
}

/// What SQLite finds wrong first, or `ok`; and the database's version.
async fn look(connection: &mut SqliteConnection) -> Result<(String, i64), sqlx::Error> {
    let result = sqlx::query("PRAGMA integrity_check(1)").fetch_one(&mut *connection).await?.try_get(0)?;
    let version = sqlx::query(NEWEST).fetch_one(connection).await?.try_get(0)?;
    Ok((result, version))
}

fn put(copy: &Path, file: &Path) -> Result<(), BackupError> {
    create(file).map_err(|source| unusable(file, source))?;
    let lock = lock::take(file, false)?;
    // A link goes on to lead there.
    let file = fs::canonicalize(file).map_err(|source| unusable(file, source))?;
    let draft = beside(&file, "-restoring");
    replace(copy, &draft, &file).map_err(|source| unusable(&draft, source))?;
    drop(lock);
    Ok(())
}

fn replace(copy: &Path, draft: &Path, file: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut to = options.open(draft)?;
    io::copy(&mut File::open(copy)?, &mut to)?;
    to.sync_all()?;
    // The old log would be taken for the copy's own. It is gone from the disk before the copy is there.
    for old in ["-wal", "-shm"] {
        match fs::remove_file(beside(file, old)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    sync_directory(file)?;
    fs::rename(draft, file)?;
    sync_directory(file)
}

fn unusable(path: &Path, source: io::Error) -> BackupError {
    BackupError::File { path: path.to_owned(), source }
}
