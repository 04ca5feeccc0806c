//! What is done with a store while no server uses it: it is moved to a file, filled from one, or given new epochs.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Write as _},
    path::Path,
};

use chat_core::{Store, SystemEnvironment};
use chat_export::{Exported, ImportError, Summary};
use tempfile::NamedTempFile;

use crate::{
    config::{Config, StoreChoice, Task},
    data::Data,
    failure::{Failure, reasons},
    progress::Bar,
    stop::Stop,
    store::OpenStore,
};

/// Does what is asked. The data folder and, with SQLite, the file are locked meanwhile.
pub(crate) async fn run(config: &Config, task: Task) -> Result<(), Failure> {
    if let Task::Export { to: Some(path), overwrite } = &task
        && let Ok(there) = path.symlink_metadata()
    {
        match overwrite {
            false => return Err(taken(path)),
            true if !there.is_file() => {
                return Err(Failure::new(format!("{} is no plain file: nothing takes its place", path.display())));
            }
            true => {}
        }
    }
    if let (StoreChoice::Sqlite(path), false) = (&config.store, matches!(task, Task::Import { .. }))
        && !path.exists()
    {
        return Err(Failure::new(format!("there is no database {}", path.display())));
    }
    let mut stop = Stop::listen()?;
    let checked = match &task {
        Task::Import { from: Some(path) } => Some(check(path)?),
        _ => None,
    };
    let data = Data::open(&config.data)?;
    let open = OpenStore::open(&config.store).await?;
    let store = open.shared();
    let done = tokio::select! {
        done = perform(&*store, &task, checked, &data) => done,
        () = stop.next() => Err(Failure::new(interrupted(&task))),
    };
    open.close().await;
    done
}

async fn perform(store: &dyn Store, task: &Task, checked: Option<Summary>, data: &Data) -> Result<(), Failure> {
    match task {
        Task::Export { to: Some(path), overwrite } => export(store, path, *overwrite).await,
        Task::Export { to: None, .. } => export_to(store, io::stdout()).await.map(|exported| tell(&exported)),
        Task::Import { from: Some(path) } => import(store, open_file(path)?, checked, data).await,
        Task::Import { from: None } => import(store, BufReader::new(io::stdin()), None, data).await,
        _ => renew(store).await,
    }
}

fn interrupted(task: &Task) -> &'static str {
    match task {
        Task::Export { .. } => "not exported: it was interrupted",
        Task::Import { .. } => {
            "not imported: it was interrupted; the store may hold a part of the file now: throw it away before the next attempt"
        }
        _ => "interrupted: not all rooms have new epochs",
    }
}

/// The file is there as a whole or not at all, and survives a power cut. It is readable by its owner alone.
async fn export(store: &dyn Store, path: &Path, overwrite: bool) -> Result<(), Failure> {
    let refused = |error: io::Error| Failure::new(format!("the file {} cannot be written: {error}", path.display()));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = NamedTempFile::with_prefix_in(".chat-export-", folder).map_err(refused)?;
    let exported = export_to(store, file.as_file()).await?;
    file.as_file().sync_all().map_err(refused)?;
    let kept = if overwrite { file.persist(path) } else { file.persist_noclobber(path) };
    kept.map_err(|kept| match kept.error.kind() {
        io::ErrorKind::AlreadyExists => taken(path),
        _ => refused(kept.error),
    })?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(refused)?;
    tell(&exported);
    Ok(())
}

fn taken(path: &Path) -> Failure {
    Failure::new(format!("{} is there already: choose another name, or say --overwrite", path.display()))
}

async fn export_to(store: &dyn Store, to: impl io::Write + Send) -> Result<Exported, Failure> {
    let mut bar = Bar::default();
    let mut to = BufWriter::new(to);
    let exported = chat_export::export(store, &mut to, &mut |now| bar.show(now)).await;
    bar.end();
    let exported = exported.map_err(|error| Failure::new(format!("not exported: {}", reasons(&error))))?;
    to.flush().map_err(|error| Failure::new(format!("the file cannot be written: {error}")))?;
    Ok(exported)
}

fn tell(exported: &Exported) {
    eprintln!("exported: {}", exported.summary);
    if exported.waiting > 0 {
        let waiting = exported.waiting;
        eprintln!("not in the file: {waiting} messages that were handed in beside the rooms, and wait or were refused");
    }
}

/// What a file holds, if it is whole. Nothing was written before.
fn check(path: &Path) -> Result<Summary, Failure> {
    let mut bar = Bar::default();
    let checked = chat_export::check(open_file(path)?, &mut |now| bar.show(now));
    bar.end();
    checked.map_err(|error| not_imported(path, &error))
}

fn open_file(path: &Path) -> Result<BufReader<File>, Failure> {
    File::open(path).map(BufReader::new).map_err(|error| not_imported(path, &error))
}

fn not_imported(path: &Path, error: &dyn std::error::Error) -> Failure {
    Failure::new(format!("{} is not imported, and the store is as it was: {}", path.display(), reasons(error)))
}

async fn import(
    store: &dyn Store,
    from: BufReader<impl io::Read + Send>,
    checked: Option<Summary>,
    data: &Data,
) -> Result<(), Failure> {
    data.importing()?;
    let mut bar = Bar::default();
    let of = checked.map(|summary| summary.counts.entries);
    let imported = chat_export::import(store, from, &SystemEnvironment, of, &mut |now| bar.show(now)).await;
    bar.end();
    if let Ok(_) | Err(ImportError::Unable | ImportError::NotEmpty) = &imported {
        data.imported()?;
    }
    let summary = imported.map_err(|error| {
        let rest = match error {
            ImportError::Unable | ImportError::NotEmpty => "",
            _ => "; the store may hold a part of the file now: throw it away before the next attempt",
        };
        Failure::new(format!("not imported: {}{rest}", reasons(&error)))
    })?;
    eprintln!("imported, and read again to compare: {summary}");
    Ok(())
}

async fn renew(store: &dyn Store) -> Result<(), Failure> {
    let mut bar = Bar::default();
    let renewed = chat_export::renew(store, &SystemEnvironment, &mut |now| bar.show(now)).await;
    bar.end();
    let rooms = renewed.map_err(|error| Failure::new(format!("not all rooms were renewed: {}", reasons(&error))))?;
    eprintln!("rooms with new epochs: {rooms}");
    Ok(())
}
