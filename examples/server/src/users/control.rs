//! Orders for the server that runs: a Unix socket in the data folder, for its owner alone. One line of JSON is one order, and
//! is answered by one line.

use std::{
    fs::{self, Permissions},
    io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use chat_accounts::Accounts;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{UnixListener, UnixStream, unix::OwnedReadHalf, unix::OwnedWriteHalf},
    sync::Semaphore,
    task::JoinHandle,
    time::timeout,
};

use super::orders::{Order, Outcome};

/// Who gives orders at one time; others wait.
const AT_ONE_TIME: usize = 8;
/// Bytes of one line: a page of users is less.
const LONGEST: u64 = 256 * 1024;
/// How long one order may take, and the next one of a connection let wait.
const PATIENCE: Duration = Duration::from_secs(30);

/// The socket's path in a data folder.
pub(super) fn path(folder: &Path) -> PathBuf {
    folder.join("control")
}

/// Takes orders until it is dropped.
pub(crate) struct Control {
    path: PathBuf,
    task: JoinHandle<()>,
}

impl Control {
    /// Takes orders for these accounts. The folder must be locked: what is there of the socket is of a process that is gone.
    pub(crate) fn listen(folder: &Path, accounts: Accounts) -> io::Result<Self> {
        let path = path(folder);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        fs::set_permissions(&path, Permissions::from_mode(0o600))?;
        Ok(Self { path, task: tokio::spawn(take(listener, accounts)) })
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.task.abort();
        // One that stays is removed at the next start.
        let _ = fs::remove_file(&self.path);
    }
}

async fn take(listener: UnixListener, accounts: Accounts) {
    let places = Arc::new(Semaphore::new(AT_ONE_TIME));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let stream = match listener.accept().await {
            Ok((stream, _)) if is_ours(&stream) => stream,
            Ok(_) => continue,
            Err(error) => {
                tracing::warn!(%error, "orders from the command line cannot be taken at the moment");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        let accounts = accounts.clone();
        tokio::spawn(async move {
            // Whoever is gone does not want to know.
            let _ = obey(Lines::of(stream), &accounts).await;
            drop(place);
        });
    }
}

/// Whether it is the server's own user who connects, or root. The socket's mode says so, too, but not from its first moment.
fn is_ours(stream: &UnixStream) -> bool {
    let own = rustix::process::geteuid().as_raw();
    stream.peer_cred().is_ok_and(|peer| [own, 0].contains(&peer.uid()))
}

async fn obey(mut lines: Lines, accounts: &Accounts) -> io::Result<()> {
    while let Some(line) = lines.next().await? {
        let outcome = match serde_json::from_str::<Order>(&line) {
            Ok(order) => order.carry_out(accounts).await,
            Err(error) => Outcome::Refused(format!("the server does not know this order: {error}")),
        };
        lines.send(&outcome).await?;
    }
    Ok(())
}

/// A connection, by lines.
pub(super) struct Lines {
    from: BufReader<OwnedReadHalf>,
    to: OwnedWriteHalf,
}

impl Lines {
    pub(super) fn of(stream: UnixStream) -> Self {
        let (from, to) = stream.into_split();
        Self { from: BufReader::new(from), to }
    }

    /// The next line; `None` at the end.
    pub(super) async fn next(&mut self) -> io::Result<Option<String>> {
        let mut line = String::new();
        let mut bounded = (&mut self.from).take(LONGEST);
        timeout(PATIENCE, bounded.read_line(&mut line)).await??;
        match line.strip_suffix('\n') {
            Some(line) => Ok(Some(line.to_owned())),
            None if line.is_empty() => Ok(None),
            None => Err(io::Error::new(io::ErrorKind::InvalidData, "a line was cut off, or is too long")),
        }
    }

    pub(super) async fn send(&mut self, what: &impl serde::Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(what)?;
        line.push(b'\n');
        timeout(PATIENCE, self.to.write_all(&line)).await?
    }
}
