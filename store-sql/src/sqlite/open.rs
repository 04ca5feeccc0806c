//! Opening a database file: who may read it, what it promises, and its tables.

use std::{
    fs::{File, OpenOptions},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use sqlx::{
    ConnectOptions, Connection,
    sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{SqliteStore, lock, place::Place, writer::Writer};
use crate::{
    Durability, OpenError,
    migrations::{SQLITE, migrator},
};

/// Pages of the write-ahead log at which a commit also moves them to the database file. Much-used pages are then moved
/// once for many commits; at the default of 1,000, this took half of a busy writer's time.
const CHECKPOINT_PAGES: u32 = 4_000;
/// Bytes the write-ahead log's file keeps when it is used anew; a long read can make it grow beyond.
const KEEP_WAL_BYTES: u32 = 64 * 1024 * 1024;
/// Prepared statements kept per connection: all texts of this crate, appends in all their sizes included.
const STATEMENTS: usize = 160;

/// How to use a database file.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    durability: Durability,
    group_commit: bool,
    readers: u32,
    busy_timeout: Duration,
    shared: bool,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        let busy_timeout = Duration::from_secs(5);
        Self { durability: Durability::Full, group_commit: true, readers: 4, busy_timeout, shared: false }
    }
}

impl SqliteOptions {
    /// What a commit survives: [`Durability::Full`] unless set.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Whether what waits is committed together (it is, unless set), or everything in a transaction of its own, for
    /// comparison.
    #[must_use]
    pub fn group_commit(mut self, group_commit: bool) -> Self {
        self.group_commit = group_commit;
        self
    }

    /// How many connections read at one time, at least one; each is a thread. 4 unless set.
    #[must_use]
    pub fn readers(mut self, readers: u32) -> Self {
        self.readers = readers.max(1);
        self
    }

    /// How long to wait for another process that writes to the file: 5 seconds unless set.
    #[must_use]
    pub fn busy_timeout(mut self, busy_timeout: Duration) -> Self {
        self.busy_timeout = busy_timeout;
        self
    }

    /// Whether other stores may have the file open at the same time, of this process or of others, which must all say
    /// so. They may not, unless set.
    ///
    /// Each of their engines needs a number of its own (`Builder::node`): an engine takes
    /// the guests of its own number out whom it does not know, because it believes that they are of its last life.
    #[must_use]
    pub fn shared(mut self, shared: bool) -> Self {
        self.shared = shared;
        self
    }

    fn connection(&self, file: &Path) -> SqliteConnectOptions {
        SqliteConnectOptions::new().filename(file).busy_timeout(self.busy_timeout).statement_cache_capacity(STATEMENTS)
    }

    fn writer(&self, file: &Path) -> SqliteConnectOptions {
        let synchronous = match self.durability {
            Durability::Full => SqliteSynchronous::Full,
            Durability::Normal => SqliteSynchronous::Normal,
        };
        self.connection(file)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(synchronous)
            // On macOS a plain fsync leaves the data in the drive's cache; elsewhere these two change nothing.
            .pragma("fullfsync", "ON")
            .pragma("checkpoint_fullfsync", "ON")
            // What is erased is overwritten, not only forgotten.
            .pragma("secure_delete", "ON")
            // What may have to be undone is noted in memory, not in a file.
            .pragma("temp_store", "MEMORY")
            .pragma("wal_autocheckpoint", CHECKPOINT_PAGES.to_string())
            .pragma("journal_size_limit", KEEP_WAL_BYTES.to_string())
    }
}

impl SqliteStore {
    /// Opens the database in this file; makes both if they are not there.
    ///
    /// `sqlite:` before the path is taken off. A new file is readable and writable by its owner alone.
    ///
    /// # Errors
    /// [`OpenError`] when the file cannot be used, is open in another store (see [`SqliteOptions::shared`]), is no
    /// database, or was written by a newer version.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    pub async fn open(file: impl AsRef<Path>, options: SqliteOptions) -> Result<Self, OpenError> {
        let file = without_scheme(file.as_ref())?;
        create(&file).map_err(|source| OpenError::File { path: file.clone(), source })?;
        let lock = lock::take(&file, options.shared)?;
        let writing = options.writer(&file);
        // One that was closed leaves none. Others who share the file may be using theirs.
        let was_cut_off = !options.shared && std::fs::metadata(beside(&file, "-wal")).is_ok_and(|log| log.len() > 0);
        let mut connection = prepare(&writing).await?;
        if was_cut_off {
            check_whole(&mut connection, &file).await?;
        }
        let place = Place::of(&file);
        let readers = SqlitePoolOptions::new()
            .max_connections(options.readers)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with(options.connection(&file).read_only(true));
        let writer = Writer::start(connection, writing, options.group_commit, place, Some(lock));
        let store = Self { writer, readers };
        store.sweep_all().await?;
        while !store.change(super::statements::words::KeepRoomWords).await? {}
        #[cfg(feature = "accounts")]
        store.keep_words_and_looks().await?;
        Ok(store)
    }
}

async fn prepare(options: &SqliteConnectOptions) -> Result<SqliteConnection, OpenError> {
    let database = |error: sqlx::Error| OpenError::Database { source: error.into() };
    let mut connection = options.connect().await.map_err(database)?;
    if let Err(error) = migrator(SQLITE).run(&mut connection).await {
        connection.close().await.map_err(database)?;
        return Err(OpenError::Migration { source: error.into() });
    }
    Ok(connection)
}

/// Looks through a database whose log was left behind: that log may be another one's.
async fn check_whole(connection: &mut SqliteConnection, file: &Path) -> Result<(), OpenError> {
    let what: Result<String, _> = sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(connection).await;
    match what.map_err(|error| OpenError::Database { source: error.into() })? {
        ok if ok == "ok" => Ok(()),
        what => Err(OpenError::Damaged { path: file.to_owned(), what: what.replace('\n', " ") }),
    }
}

/// The file with this behind its name.
pub(super) fn beside(file: &Path, what: &str) -> PathBuf {
    let mut name = file.to_owned().into_os_string();
    name.push(what);
    name.into()
}

pub(super) fn without_scheme(file: &Path) -> Result<PathBuf, OpenError> {
    let path = match file.to_str().and_then(|text| text.strip_prefix("sqlite:")) {
        Some(rest) => Path::new(rest.strip_prefix("//").unwrap_or(rest)),
        None => file,
    };
    if path.as_os_str().is_empty() || path.starts_with(":memory:") {
        return Err(OpenError::InMemory);
    }
    Ok(path.to_owned())
}

/// Makes an empty file if there is none. SQLite gives the files it makes beside it the same permissions.
pub(super) fn create(file: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Ok(_) => sync_directory(file),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// A file's name, too, has to survive power loss.
#[cfg(unix)]
pub(super) fn sync_directory(file: &Path) -> io::Result<()> {
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(directory)?.sync_all()
}

#[cfg(not(unix))]
pub(super) fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}
