//! The Unix socket in a server's data folder, for the folder's owner alone. One line of JSON is one order, and is answered by one
//! line.

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

use crate::{Order, Outcome};

/// Connections that are served at one time; others wait.
const AT_ONE_TIME: usize = 8;
/// Bytes of one line: a page of users is less.
const LONGEST: u64 = 256 * 1024;
/// How long one order may take, and the next one of a connection let wait.
const PATIENCE: Duration = Duration::from_secs(30);
/// Pause after a connection could not be taken.
const PAUSE: Duration = Duration::from_secs(1);

/// The socket's path in a data folder.
fn path(folder: &Path) -> PathBuf {
    folder.join("control")
}

/// A server's side of the socket: takes orders until it is dropped.
#[derive(Debug)]
pub struct Control {
    path: PathBuf,
    task: JoinHandle<()>,
}

impl Control {
    /// Takes orders for these accounts, in a folder that no other server uses: a socket that is there is of a server that has
    /// ended. It is to be called within a runtime of tokio.
    ///
    /// # Errors
    /// Where the socket cannot be made in the folder.
    ///
    /// # Panics
    /// Outside of a runtime of tokio.
    pub fn listen(folder: &Path, accounts: Accounts) -> io::Result<Self> {
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
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let accounts = accounts.clone();
        tokio::spawn(async move {
            // A connection that has ended wants no answer.
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

/// The command line's side of the socket.
#[derive(Debug)]
pub struct Connection(Lines);

impl Connection {
    /// Connects to the server that uses this data folder.
    ///
    /// # Errors
    /// Where no server listens there.
    pub async fn open(folder: &Path) -> io::Result<Self> {
        UnixStream::connect(path(folder)).await.map(|stream| Self(Lines::of(stream)))
    }

    /// Has the server carry an order out, and says what came of it.
    ///
    /// # Errors
    /// Where the server does not answer: then the order may be carried out or not.
    ///
    /// # Cancel safety
    /// An order that is dropped may be carried out or not, and the connection is of no use any more.
    pub async fn ask(&mut self, order: &Order) -> io::Result<Outcome> {
        self.0.send(order).await?;
        let ended = || io::Error::new(io::ErrorKind::UnexpectedEof, "it has ended");
        Ok(serde_json::from_str(&self.0.next().await?.ok_or_else(ended)?)?)
    }
}

/// A connection, by lines.
#[derive(Debug)]
struct Lines {
    from: BufReader<OwnedReadHalf>,
    to: OwnedWriteHalf,
}

impl Lines {
    fn of(stream: UnixStream) -> Self {
        let (from, to) = stream.into_split();
        Self { from: BufReader::new(from), to }
    }

    /// The next line; `None` at the end.
    async fn next(&mut self) -> io::Result<Option<String>> {
        let mut line = String::new();
        let mut bounded = (&mut self.from).take(LONGEST);
        timeout(PATIENCE, bounded.read_line(&mut line)).await??;
        match line.strip_suffix('\n') {
            Some(line) => Ok(Some(line.to_owned())),
            None if line.is_empty() => Ok(None),
            None => Err(io::Error::new(io::ErrorKind::InvalidData, "a line was cut off, or is too long")),
        }
    }

    async fn send(&mut self, what: &impl serde::Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(what)?;
        line.push(b'\n');
        timeout(PATIENCE, self.to.write_all(&line)).await?
    }
}
