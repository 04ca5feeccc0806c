//! Postgres servers for tests.

use std::{
    collections::BTreeMap,
    env, fs, io,
    net::TcpListener,
    os::unix::fs::{MetadataExt as _, chown},
    path::{Path, PathBuf},
    process::Command,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::{Child, Folder};

/// The URL of a server to be used instead of one of the tests' own; its user may create databases.
const GIVEN: &str = "CHAT_TEST_POSTGRES";
/// Where Debian keeps the programs, by version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// How a server says that it is ready.
const READY: &str = "database system is ready to accept connections";

/// The setting of a server that counts its statements.
pub const COUNTING: &str = "shared_preload_libraries=pg_stat_statements";

/// A server that writes through to the disk, as one in production does.
#[derive(Debug)]
pub struct Postgres {
    /// Up to the host and port.
    url: String,
    own: Option<Own>,
}

/// A server of the test's own.
#[derive(Debug)]
struct Own {
    // In this order: the folder goes last.
    process: Option<Child>,
    port: u16,
    settings: Vec<String>,
    folder: Folder,
}

impl Postgres {
    /// The server that the tests of this process share: the one given by the environment, or else one of their own.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(|| match env::var(GIVEN) {
            Ok(url) => Self { url: without_database(&url).to_owned(), own: None },
            Err(_) => Self::start(&[]).expect("a Postgres server"),
        })
    }

    /// A server of the caller's own with these settings (`name=value`), for those who mistreat it.
    ///
    /// # Errors
    /// When there are no programs, or it does not start.
    pub fn start(settings: &[&str]) -> io::Result<Self> {
        Self::start_in(Folder::new()?, settings)
    }

    /// The same with its data in this folder.
    ///
    /// # Errors
    /// When there are no programs, or it does not start.
    pub fn start_in(folder: Folder, settings: &[&str]) -> io::Result<Self> {
        let data = folder.path().join("data");
        let mut init = as_user(folder.path(), &program("initdb")?)?;
        init.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(&data);
        let made = init.output()?;
        if !made.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&made.stderr).into_owned()));
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let settings = settings.iter().copied().map(String::from).collect();
        let url = format!("postgres://postgres@127.0.0.1:{port}");
        let mut server = Self { url, own: Some(Own { process: None, port, settings, folder }) };
        server.start_again()?;
        Ok(server)
    }

    /// Starts a server that was killed, on the same data and port; once it is ready it has recovered.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start_again(&mut self) -> io::Result<()> {
        self.own.as_mut().map_or_else(|| Err(not_own()), Own::start)
    }

    /// Kills the server with all its processes, which get no time for anything.
    ///
    /// # Errors
    /// When it is not the caller's own, or does not run.
    pub fn kill(&mut self) -> io::Result<()> {
        let process = self.own.as_mut().ok_or_else(not_own)?.process.take().ok_or(io::ErrorKind::NotFound)?;
        let pid = process.pid();
        // Stopped first, as it might have more children else.
        signal("STOP", &[pid])?;
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))?;
        let children: Vec<u32> = children.split_whitespace().filter_map(|child| child.parse().ok()).collect();
        // They may have ended by themselves.
        let _ = signal("KILL", &[&[pid], &children[..]].concat());
        drop(process);
        // A new server finds the shared memory in use until they are gone.
        while children.iter().any(|child| Path::new(&format!("/proc/{child}")).exists()) {
            std::thread::yield_now();
        }
        Ok(())
    }

    /// Its host and port.
    pub fn address(&self) -> &str {
        address(&self.url)
    }

    /// The URL of one of its databases.
    pub fn url(&self, database: &str) -> String {
        format!("{}/{database}", self.url)
    }

    /// A new database, which is dropped with what is returned.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn database(&self) -> Database {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("chat_test_{}_{number}", std::process::id());
        let server = self.url("postgres");
        run(&server, format!("CREATE DATABASE {name}")).await.expect("a new database");
        Database { server, url: self.url(&name), name }
    }
}

impl Own {
    fn start(&mut self) -> io::Result<()> {
        let postgres = as_user(self.folder.path(), &program("postgres")?)?;
        let mut command = Command::new("sh");
        // It says on its error output that it is ready.
        command.args(["-c", r#"exec "$@" 2>&1"#, "postgres"]).arg(postgres.get_program()).args(postgres.get_args());
        command.arg("-D").arg(self.folder.path().join("data")).args(["-p", &self.port.to_string()]);
        for setting in ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200"] {
            command.args(["-c", setting]);
        }
        command.args(self.settings.iter().flat_map(|setting| ["-c", setting]));
        let (process, ()) = Child::start(&command, |line| line.contains(READY).then_some(()))?;
        self.process = Some(process);
        Ok(())
    }
}

/// A database of one test.
#[derive(Debug)]
pub struct Database {
    server: String,
    url: String,
    name: String,
}

impl Database {
    /// Its URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How often each statement was run in it so far, by the beginning of its text; on a server with [`COUNTING`].
    ///
    /// # Errors
    /// When the server does not count.
    pub async fn statements(&self) -> Result<BTreeMap<String, u64>, sqlx::Error> {
        let mut connection = PgConnection::connect(&self.url).await?;
        sqlx::raw_sql("CREATE EXTENSION IF NOT EXISTS pg_stat_statements").execute(&mut connection).await?;
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "SELECT left(regexp_replace(query, '\\s+', ' ', 'g'), 100), calls FROM pg_stat_statements \
             WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())",
        )
        .fetch_all(&mut connection)
        .await?;
        connection.close().await?;
        let mut counts = BTreeMap::new();
        for (query, calls) in rows {
            *counts.entry(query).or_default() += u64::try_from(calls).unwrap_or_default();
        }
        Ok(counts)
    }

    /// Drops it, whoever uses it, and makes an empty one of its name.
    ///
    /// # Errors
    /// When the server does not.
    pub async fn make_anew(&self) -> Result<(), sqlx::Error> {
        run(&self.server, format!("DROP DATABASE {} WITH (FORCE)", self.name)).await?;
        run(&self.server, format!("CREATE DATABASE {}", self.name)).await
    }

    /// Gives it another name, or gives it its own back. Its connections end.
    ///
    /// # Errors
    /// When the server does not.
    pub async fn rename(&self, from: &str, to: &str) -> Result<(), sqlx::Error> {
        let end = format!("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{from}'");
        // One that came in between keeps it from being renamed.
        let mut tries = 100;
        loop {
            run(&self.server, end.clone()).await?;
            match run(&self.server, format!("ALTER DATABASE {from} RENAME TO {to}")).await {
                Err(_) if tries > 0 => tries -= 1,
                renamed => return renamed,
            }
        }
    }

    /// Writes a copy of it to a file, as operators do.
    ///
    /// # Errors
    /// When `pg_dump` fails.
    pub fn dump(&self, file: &Path) -> io::Result<()> {
        succeed(Command::new(program("pg_dump")?).args(["--format=custom", "--dbname", &self.url, "--file"]).arg(file))
    }

    /// Puts a copy back: each table is dropped, if it is there, and made anew.
    ///
    /// # Errors
    /// When `pg_restore` fails.
    pub fn put_back(&self, file: &Path) -> io::Result<()> {
        let mut restore = Command::new(program("pg_restore")?);
        succeed(restore.args(["--clean", "--if-exists", "--single-transaction", "--dbname", &self.url]).arg(file))
    }

    /// Its URL by way of another port of the loopback.
    pub fn url_at(&self, port: u16) -> String {
        self.url.replacen(address(&self.url), &format!("127.0.0.1:{port}"), 1)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, sql) = (self.server.clone(), format!("DROP DATABASE {} WITH (FORCE)", self.name));
        // The runtime of whoever drops it may be about to end. The server may be gone with all its databases.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(run(&server, sql)).map_err(io::Error::other)
        });
        let _ = dropping.join();
    }
}

fn succeed(command: &mut Command) -> io::Result<()> {
    let ended = command.output()?;
    match ended.status.success() {
        true => Ok(()),
        false => Err(io::Error::other(String::from_utf8_lossy(&ended.stderr).into_owned())),
    }
}

/// Runs a statement whose names are this file's own.
async fn run(url: &str, sql: String) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
    connection.close().await
}

/// A program of the server: on the path, or of the newest version that Debian keeps.
fn program(name: &str) -> io::Result<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten().map(|version| version.path());
    let mut versions: Vec<(u32, PathBuf)> =
        versions.filter_map(|path| Some((path.file_name()?.to_str()?.parse().ok()?, path.join("bin")))).collect();
    versions.sort();
    let folders = env::split_paths(&path).chain(versions.into_iter().rev().map(|(_, folder)| folder));
    let mut programs = folders.map(|folder| folder.join(name));
    let missing = || io::Error::other(format!("there is no {name}: install PostgreSQL, or set {GIVEN}"));
    programs.find(|program| program.is_file()).ok_or_else(missing)
}

/// A command that may use this folder and runs as an ordinary user: a server refuses to run as root.
fn as_user(folder: &Path, program: &Path) -> io::Result<Command> {
    // Whoever made the folder, or was given it, is the user who tests.
    let root = fs::metadata("/proc/self")?.uid() == 0;
    if !root {
        return Ok(Command::new(program));
    }
    chown(folder, Some(id("-u", "nobody")?), Some(id("-g", "nobody")?))?;
    let mut command = Command::new("setpriv");
    command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"]).arg(program);
    Ok(command)
}

fn id(which: &str, user: &str) -> io::Result<u32> {
    let output = Command::new("id").args([which, user]).output()?;
    String::from_utf8_lossy(&output.stdout).trim().parse().map_err(io::Error::other)
}

fn signal(name: &str, pids: &[u32]) -> io::Result<()> {
    let status = Command::new("kill").args(["-s", name, "--"]).args(pids.iter().map(u32::to_string)).status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other(format!("kill: {status}"))) }
}

fn not_own() -> io::Error {
    io::Error::other("it is not this test's own")
}

/// A URL up to its host and port.
fn without_database(url: &str) -> &str {
    let host = url.find("://").map_or(0, |scheme| scheme + 3);
    let end = url[host..].find(['/', '?']).map_or(url.len(), |path| host + path);
    &url[..end]
}

/// The host and port of a URL that names both.
fn address(url: &str) -> &str {
    let url = without_database(url);
    let start = url.rfind(['@', '/']).map_or(0, |before| before + 1);
    &url[start..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_cut_after_its_host() {
        for url in ["postgres://u:p@h:1/d?x=/", "postgres://u:p@h:1?x=/", "postgres://u:p@h:1/", "postgres://u:p@h:1"] {
            assert_eq!(without_database(url), "postgres://u:p@h:1");
            assert_eq!(address(url), "h:1");
        }
    }
}
