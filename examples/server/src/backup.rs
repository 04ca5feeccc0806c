//! `chat-server backup` and `chat-server restore`: a copy of the database, made beside the server that uses it, and put back.

use std::path::Path;

use chat_core::SystemEnvironment;
use store_sql::{BackupError, OpenError, SqliteOptions, SqliteStore};

use crate::{
    config::{Config, StoreChoice},
    data::Data,
    failure::{Failure, reasons},
    log,
    progress::Bar,
    stop::Stop,
    whole::{Draft, check_place},
};

/// Copies the database. No lock is taken: a server may use it meanwhile.
pub(crate) async fn back_up(config: &Config, to: &Path, overwrite: bool) -> Result<(), Failure> {
    let database = database(config)?;
    check_place(to, overwrite)?;
    if Data::has_part_of_import(&config.data) {
        return Err(Failure::new("not copied: the store may hold a part of an import or of a copy alone"));
    }
    let mut stop = Stop::listen()?;
    let draft = Draft::begin(to, ".chat-backup-")?;
    let copied = tokio::select! {
        copied = SqliteStore::back_up(database, draft.path()) => copied,
        () = stop.next() => return Err(Failure::new("not copied: it was interrupted")),
    };
    copied.map_err(|error| Failure::new(format!("not copied: {}", reasons(&error))))?;
    draft.keep(overwrite)?;
    let bytes = to.metadata().map(|file| file.len()).unwrap_or_default();
    log::tell(format_args!("copied, and looked through: {} ({bytes} bytes)", to.display()));
    Ok(())
}

/// Puts a copy back, and gives its rooms new epochs. The data folder and the database are locked meanwhile.
pub(crate) async fn restore(config: &Config, from: &Path, overwrite: bool) -> Result<(), Failure> {
    let database = database(config)?;
    check_place(database, overwrite)?;
    let checked = SqliteStore::check(from).await;
    checked.map_err(|error| refused(from, &error))?;
    let data = Data::open(&config.data)?;
    // Until all is done, no server begins: it would find a part of the copy, or epochs that clients know.
    data.importing()?;
    // It can only be had as a whole: a signal does not end it.
    if let Err(error) = SqliteStore::put_back(from, database).await {
        if matches!(error, BackupError::Open(OpenError::InUse { .. })) {
            data.imported()?;
        }
        return Err(refused(from, &error));
    }
    let opened = SqliteStore::open(database, SqliteOptions::default()).await;
    let store = opened.map_err(|error| refused(from, &error))?;
    let mut bar = Bar::default();
    let renewed = chat_export::renew(&store, &SystemEnvironment, &mut |now| bar.show(now)).await;
    bar.end();
    store.close().await;
    let rooms = renewed.map_err(|error| Failure::new(format!("not all rooms were renewed: {}", reasons(&error))))?;
    data.imported()?;
    log::tell(format_args!("put back: {}; rooms with new epochs: {rooms}", from.display()));
    Ok(())
}

fn refused(from: &Path, error: &dyn std::error::Error) -> Failure {
    Failure::new(format!("{} is not put back: {}", from.display(), reasons(error)))
}

/// The database file, where there is one.
fn database(config: &Config) -> Result<&Path, Failure> {
    let other = |tool| {
        Failure::new(format!(
            "only SQLite is copied so: use {tool}, and after a copy was put back, `chat-server doctor --new-epoch`"
        ))
    };
    match &config.store {
        StoreChoice::Sqlite(path) => Ok(path),
        #[cfg(feature = "postgres")]
        StoreChoice::Postgres(_) => Err(other("pg_dump and pg_restore")),
        #[cfg(feature = "mongodb")]
        StoreChoice::Mongo(_) => Err(other("mongodump and mongorestore")),
        StoreChoice::Memory => Err(other("a store that is kept")),
    }
}
