//! `NAME user add USERNAME --password-stdin [--admin]`: done by the application that runs, over a Unix socket in its data folder
//! that is its owner's alone, or in place where none runs. One line of JSON is one order, and is answered by one line.

use std::{
    fs::{self, Permissions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    time::Duration,
};

use chat_accounts::Accounts;
use chat_core::limits::MAX_PASSWORD_BYTES;
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{UnixListener, UnixStream},
    task::JoinHandle,
    time::timeout,
};

use crate::{Data, Failure, folder, secret, settings};

/// Bytes of one line: more than any name and password have.
const LONGEST: u64 = 16 * 1024;
/// How long one order may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Pause after orders could not be taken.
const PAUSE: Duration = Duration::from_secs(1);

/// A user to be added.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUser {
    username: String,
    password: String,
    admin: bool,
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
    Added,
    /// Why not, in one sentence.
    Refused(String),
}

impl NewUser {
    /// The user whom the command line asks for, with the password from standard input; `None` without any argument.
    pub(crate) fn asked_for(name: &str) -> Result<Option<Self>, Failure> {
        let arguments: Vec<_> = std::env::args_os().skip(1).map(|said| said.to_string_lossy().into_owned()).collect();
        if arguments.is_empty() {
            return Ok(None);
        }
        let usage = || Failure::of_settings(format!("usage: {name} [user add NAME --password-stdin [--admin]]"));
        let (username, admin) = read(&arguments).ok_or_else(usage)?;
        Ok(Some(Self { username, password: only_line(io::stdin().lock())?, admin }))
    }

    /// Adds the user, and says so on standard output.
    pub(crate) async fn add(self, name: &'static str) -> Result<(), Failure> {
        let sentence = format!("{} {} is added", if self.admin { "administrator" } else { "user" }, self.username);
        let outcome = match UnixStream::connect(socket(name)).await {
            Ok(stream) => self.ask(stream).await.map_err(|error| {
                Failure::new(format!("the {name} that runs did not say what became of it: {error}"))
            })?,
            // Nobody listens there.
            Err(_) => {
                let data = Data::open(name, settings::read(&settings::environment()?)?).await?;
                let outcome = self.carry_out(&data.accounts()?).await;
                data.store.close().await;
                outcome
            }
        };
        match outcome {
            Outcome::Added => {
                let said = writeln!(io::stdout(), "{sentence}");
                said.map_err(|error| Failure::new(format!("standard output cannot be written: {error}")))
            }
            Outcome::Refused(why) => Err(Failure::new(why)),
        }
    }

    async fn ask(&self, mut stream: UnixStream) -> io::Result<Outcome> {
        send(&mut stream, self).await?;
        Ok(serde_json::from_str(&line(&mut stream).await?)?)
    }

    async fn carry_out(self, accounts: &Accounts) -> Outcome {
        match accounts.console().create(&self.username, None, self.password, self.admin).await {
            Ok(_) => Outcome::Added,
            Err(refusal) => Outcome::Refused(refusal.to_string()),
        }
    }
}

fn read(arguments: &[String]) -> Option<(String, bool)> {
    let [user, add, username, flags @ ..] = arguments else { return None };
    let has = |flag: &str| flags.iter().filter(|said| *said == flag).count();
    let (password, admin) = (has("--password-stdin"), has("--admin"));
    let known = password == 1 && admin <= 1 && flags.len() == password + admin;
    (user == "user" && add == "add" && known && !username.starts_with("--")).then(|| (username.clone(), admin == 1))
}

fn only_line(from: impl io::Read) -> Result<String, Failure> {
    let mut text = String::new();
    let most = 4 * MAX_PASSWORD_BYTES as u64;
    let taken = from.take(most).read_to_string(&mut text);
    taken.map_err(|error| Failure::new(format!("the password cannot be read: {error}")))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() || line.contains('\n') {
        return Err(Failure::new("the password is read from standard input, which has to hold one line"));
    }
    Ok(line.to_owned())
}

fn socket(name: &str) -> PathBuf {
    folder(name).join("control")
}

/// Takes orders until it is dropped.
pub(crate) struct Control {
    path: PathBuf,
    task: JoinHandle<()>,
}

impl Control {
    /// Takes orders for these accounts. What is there of the socket is of an application that has ended.
    pub(crate) fn listen(name: &str, accounts: Accounts) -> Result<Self, Failure> {
        let path = socket(name);
        let failed = |error: io::Error| Failure::new(format!("{} cannot be listened on: {error}", path.display()));
        secret::make_folder(&folder(name)).map_err(failed)?;
        let (listener, owner) = bind(&path).map_err(failed)?;
        Ok(Self { task: tokio::spawn(take(listener, owner, accounts)), path })
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.task.abort();
        // One that stays is removed at the next start.
        let _ = fs::remove_file(&self.path);
    }
}

fn bind(path: &Path) -> io::Result<(UnixListener, u32)> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o600))?;
    Ok((listener, fs::metadata(path)?.uid()))
}

/// Takes one order after the other: whoever gives them has the machine.
async fn take(listener: UnixListener, owner: u32, accounts: Accounts) {
    loop {
        match listener.accept().await {
            // The socket's mode says so, too, but not from its first moment.
            Ok((stream, _)) if stream.peer_cred().is_ok_and(|peer| [owner, 0].contains(&peer.uid())) => {
                if let Err(error) = obey(stream, &accounts).await {
                    tracing::warn!(%error, "an order from the command line was not answered");
                }
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "orders from the command line cannot be taken at the moment");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

async fn obey(mut stream: UnixStream, accounts: &Accounts) -> io::Result<()> {
    let outcome = match serde_json::from_str::<NewUser>(&line(&mut stream).await?) {
        Ok(user) => user.carry_out(accounts).await,
        Err(error) => Outcome::Refused(format!("the application that runs does not know this order: {error}")),
    };
    send(&mut stream, &outcome).await
}

async fn line(stream: &mut UnixStream) -> io::Result<String> {
    let mut line = String::new();
    timeout(PATIENCE, BufReader::new(stream.take(LONGEST)).read_line(&mut line)).await??;
    let cut = || io::Error::new(io::ErrorKind::InvalidData, "a line was cut off, or is too long");
    line.strip_suffix('\n').map(str::to_owned).ok_or_else(cut)
}

async fn send(stream: &mut UnixStream, what: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(what)?;
    line.push(b'\n');
    timeout(PATIENCE, stream.write_all(&line)).await?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_is_understood_whole_or_refused() {
        let said = |line: &str| read(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(said("user add ann --password-stdin"), Some(("ann".to_owned(), false)));
        assert_eq!(said("user add ann --admin --password-stdin"), Some(("ann".to_owned(), true)));
        for wrong in [
            "user",
            "user add",
            "user add ann",
            "user add --password-stdin",
            "user add --admin --password-stdin",
            "user add ann --password-stdin --root",
            "user add ann --password-stdin --password-stdin",
            "user remove ann --password-stdin",
        ] {
            assert_eq!(said(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_password_is_the_only_line() {
        assert_eq!(only_line(&b"correct horse\r\n"[..]).unwrap(), "correct horse");
        assert_eq!(only_line(&b" two  spaces "[..]).unwrap(), " two  spaces ");
        for wrong in [&b""[..], b"\n", b"one\ntwo\n", b"\xff\n"] {
            assert!(only_line(wrong).is_err());
        }
    }
}
