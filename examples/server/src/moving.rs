//! What is done with a store while no server uses it: it is moved to a file, filled from one, or given new epochs.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Write as _},
    path::Path,
};

use chat_core::{Store, SystemEnvironment};
use chat_export::{Exported, ImportError, Kept, Summary};

use crate::{
    config::{Config, StoreChoice, Task},
    data::Data,
    failure::{Failure, reasons},
    log,
    progress::Bar,
    stop::Stop,
    store::OpenStore,
    whole::{Draft, check_place},
};

/// Does what is asked. The data folder and, with SQLite, the file are locked meanwhile.
pub(crate) async fn run(config: &Config, task: Task) -> Result<(), Failure> {
    let checked = prepare(config, &task)?;
    let mut stop = Stop::listen()?;
    let data = Data::open(&config.data)?;
    let open = OpenStore::open(&config.store).await?;
    let (store, accounts) = (open.shared(), open.accounts());
    let kept = Kept::from(&*store).with_accounts(&*accounts);
    let done = tokio::select! {
        done = perform(kept, &*store, &task, checked, &data) => done,
        () = stop.next() => Err(Failure::new(interrupted(&task))),
    };
    open.close().await;
    done
}

/// What can be found wrong before anything is made or opened. Says what the file to be imported holds.
fn prepare(config: &Config, task: &Task) -> Result<Option<Summary>, Failure> {
    if let Task::Export { to: Some(path), overwrite } = task {
        check_place(path, *overwrite)?;
    }
    match (task, &config.store) {
        (Task::Import { from: Some(path) }, _) => check(path).map(Some),
        (Task::Import { from: None }, _) => Ok(None),
        #[cfg(feature = "sqlite")]
        (_, StoreChoice::Sqlite(path)) if !path.exists() => {
            Err(Failure::new(format!("there is no database {}", path.display())))
        }
        _ => Ok(None),
    }
}

async fn perform(
    kept: Kept<'_>,
    store: &dyn Store,
    task: &Task,
    checked: Option<Summary>,
    data: &Data,
) -> Result<(), Failure> {
    match task {
        Task::Export { to: Some(path), overwrite } => export(kept, path, *overwrite).await,
        Task::Export { to: None, .. } => export_to(kept, io::stdout()).await.map(|exported| tell(&exported)),
        Task::Import { from: Some(path) } => import(kept, open_file(path)?, checked, data).await,
        Task::Import { from: None } => import(kept, BufReader::new(io::stdin()), None, data).await,
        _ => renew(store).await,
    }
}

/// Of an import that may have left something behind.
const IN_PART: &str = "; the store may hold a part of the file now: throw it away before the next attempt";

fn interrupted(task: &Task) -> String {
    match task {
        Task::Export { .. } => "not exported: it was interrupted".into(),
        Task::Import { .. } => format!("not imported: it was interrupted{IN_PART}"),
        _ => "interrupted: not all rooms have new epochs".into(),
    }
}

/// The file is there as a whole or not at all, and survives a power cut. It is readable by its owner alone.
async fn export(kept: Kept<'_>, path: &Path, overwrite: bool) -> Result<(), Failure> {
    let draft = Draft::begin(path, ".chat-export-")?;
    let exported = export_to(kept, draft.file()).await?;
    draft.keep(overwrite)?;
    tell(&exported);
    Ok(())
}

async fn export_to(kept: Kept<'_>, to: impl io::Write + Send) -> Result<Exported, Failure> {
    let mut bar = Bar::default();
    let mut to = BufWriter::new(to);
    let exported = chat_export::export(kept, &mut to, &mut |now| bar.show(now)).await;
    bar.end();
    let exported = exported.map_err(|error| Failure::new(format!("not exported: {}", reasons(&error))))?;
    to.flush().map_err(|error| Failure::new(format!("the file cannot be written: {error}")))?;
    Ok(exported)
}

fn tell(exported: &Exported) {
    log::tell(format_args!("exported: {}", exported.summary));
    if exported.waiting > 0 {
        let waiting = exported.waiting;
        log::tell(format_args!(
            "not in the file: {waiting} messages that were handed in beside the rooms, and wait or were refused"
        ));
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
    kept: Kept<'_>,
    from: BufReader<impl io::Read + Send>,
    checked: Option<Summary>,
    data: &Data,
) -> Result<(), Failure> {
    data.importing()?;
    let mut bar = Bar::default();
    let of = checked.map(|summary| summary.counts.entries);
    let imported = chat_export::import(kept, from, &SystemEnvironment, of, &mut |now| bar.show(now)).await;
    bar.end();
    let is_whole =
        matches!(imported, Ok(_) | Err(ImportError::Unable | ImportError::NotEmpty | ImportError::NoAccounts));
    if is_whole {
        data.imported()?;
    }
    let rest = if is_whole { "" } else { IN_PART };
    let summary = imported.map_err(|error| Failure::new(format!("not imported: {}{rest}", reasons(&error))))?;
    log::tell(format_args!("imported, and read again to compare: {summary}"));
    Ok(())
}

async fn renew(store: &dyn Store) -> Result<(), Failure> {
    let mut bar = Bar::default();
    let renewed = chat_export::renew(store, &SystemEnvironment, &mut |now| bar.show(now)).await;
    bar.end();
    let rooms = renewed.map_err(|error| Failure::new(format!("not all rooms were renewed: {}", reasons(&error))))?;
    log::tell(format_args!("rooms with new epochs: {rooms}"));
    Ok(())
}
