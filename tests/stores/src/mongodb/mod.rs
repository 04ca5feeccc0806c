//! MongoDB servers: a replica set of one, or a server on its own.

mod gate;

use std::{
    collections::BTreeMap,
    io,
    process::Command,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use mongodb::{
    Client,
    bson::{Document, doc},
};
use tokio::time::{Instant, sleep};

pub use self::gate::Gate;
use crate::{Child, Folder};

/// The server to use instead of one's own: any kind of it stands for both.
const URL: &str = "CHAT_TEST_MONGODB";

/// How a server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// As the only member of a replica set.
    ReplicaSet,
    /// On its own.
    Standalone,
}

/// A running `mongod` with data of its own.
#[derive(Debug)]
pub struct Mongod {
    kind: Kind,
    port: u16,
    process: Option<Child>,
    folder: Folder,
}

impl Mongod {
    /// Starts one with no data, on a free port.
    ///
    /// # Errors
    /// When it cannot be started, or does not take commands in time.
    pub fn start(kind: Kind) -> io::Result<Self> {
        Self::start_in(Folder::new()?, kind)
    }

    /// The same with its data in this folder.
    ///
    /// # Errors
    /// When it cannot be started, or does not take commands in time.
    pub fn start_in(folder: Folder, kind: Kind) -> io::Result<Self> {
        let mut server = Self { kind, folder, port: 0, process: None };
        server.run()?;
        if kind == Kind::ReplicaSet {
            server.initiate()?;
        }
        server.is_ready()?;
        Ok(server)
    }

    /// Kills it with SIGKILL.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Starts it again, with the same data and on the same port.
    ///
    /// # Errors
    /// When it cannot be started, or does not take commands in time.
    pub fn restart(&mut self) -> io::Result<()> {
        self.kill();
        self.run()?;
        self.is_ready()
    }

    /// How to connect to it.
    pub fn url(&self) -> String {
        match self.kind {
            Kind::ReplicaSet => format!("mongodb://127.0.0.1:{}/?replicaSet=rs0", self.port),
            Kind::Standalone => Self::url_through(self.port),
        }
    }

    /// How to connect to it through another port: a replica set would tell its own.
    pub fn url_through(port: u16) -> String {
        format!("mongodb://127.0.0.1:{port}/?directConnection=true")
    }

    /// Its port on the loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How often each command was run so far, by its name.
    ///
    /// # Errors
    /// When it does not tell.
    pub fn commands(&self) -> io::Result<BTreeMap<String, u64>> {
        let status = self.in_runtime(async |admin| admin.run_command(doc! { "serverStatus": 1 }).await)?;
        let commands = status.get_document("metrics").and_then(|metrics| metrics.get_document("commands"));
        let counts = commands.map_err(io::Error::other)?.iter().filter_map(|(name, counts)| {
            let total = counts.as_document()?.get_i64("total").ok()?;
            Some((name.clone(), u64::try_from(total).ok()?))
        });
        Ok(counts.collect())
    }

    fn run(&mut self) -> io::Result<()> {
        let mut command = Command::new("mongod");
        command.arg("--dbpath").arg(self.folder.path()).args(["--port", &self.port.to_string()]);
        command.args(["--bind_ip", "127.0.0.1", "--nounixsocket", "--wiredTigerCacheSizeGB", "0.25"]);
        if self.kind == Kind::ReplicaSet {
            command.args(["--replSet", "rs0", "--oplogSize", "64"]);
        }
        let (process, port) = Child::start(&command, port)?;
        (self.port, self.process) = (port, Some(process));
        Ok(())
    }

    fn initiate(&self) -> io::Result<()> {
        let member = doc! { "_id": 0, "host": format!("127.0.0.1:{}", self.port) };
        let initiate = doc! { "replSetInitiate": { "_id": "rs0", "members": [member] } };
        self.in_runtime(async |admin| admin.run_command(initiate).await.map(drop))
    }

    /// Waits until it takes writes.
    fn is_ready(&self) -> io::Result<()> {
        self.in_runtime(async |admin| {
            let until = Instant::now() + Duration::from_secs(60);
            loop {
                let hello: Document = admin.run_command(doc! { "hello": 1 }).await?;
                if hello.get_bool("isWritablePrimary").unwrap_or(false) || Instant::now() > until {
                    return Ok(());
                }
                sleep(Duration::from_millis(10)).await;
            }
        })
    }

    fn in_runtime<T: Send>(
        &self,
        then: impl AsyncFnOnce(mongodb::Database) -> mongodb::error::Result<T> + Send,
    ) -> io::Result<T> {
        // Direct, as a set that was not initiated has no primary.
        in_runtime(&Self::url_through(self.port), "admin", then)
    }
}

/// The port a line of the log says it listens on.
fn port(line: &str) -> Option<u16> {
    line.contains("Waiting for connections").then_some(())?;
    let digits = line.split("\"port\":").nth(1)?;
    digits.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// Does something with a database in a thread of its own: the caller may be in a runtime, where nothing may block.
fn in_runtime<T: Send>(
    url: &str,
    database: &str,
    then: impl AsyncFnOnce(mongodb::Database) -> mongodb::error::Result<T> + Send,
) -> io::Result<T> {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let client = Client::with_uri_str(url).await.map_err(io::Error::other)?;
                then(client.database(database)).await.map_err(io::Error::other)
            })
        });
        thread.join().unwrap_or_else(|_| Err(io::Error::other("it panicked")))
    })
}

/// A database of a test's own, on a server that all tests of its process share. It is dropped with this.
#[derive(Debug)]
pub struct TestDatabase {
    url: String,
    name: String,
    server: Option<Arc<Mongod>>,
}

impl TestDatabase {
    /// An empty one.
    ///
    /// # Errors
    /// When there is no server and none can be started.
    pub fn new(kind: Kind) -> io::Result<Self> {
        match std::env::var(URL) {
            Ok(url) => Ok(Self { url, name: Self::unused(), server: None }),
            Err(_) => Self::on_our_own(kind),
        }
    }

    /// An empty one on a server that the test process starts, whatever it was given.
    ///
    /// # Errors
    /// When none can be started.
    pub fn on_our_own(kind: Kind) -> io::Result<Self> {
        let server = shared(kind)?;
        Ok(Self { url: server.url(), name: Self::unused(), server: Some(server) })
    }

    fn unused() -> String {
        format!("test-{}", uuid::Uuid::new_v4().simple())
    }

    /// Where it is; without its name.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The server's port on the loopback, if the test process started it.
    pub fn port(&self) -> Option<u16> {
        self.server.as_ref().map(|server| server.port())
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let _ = in_runtime(&self.url, &self.name, async |database| database.drop().await);
    }
}

/// The server that tests share: it ends, and its data go, with the last of those that use it at one time.
fn shared(kind: Kind) -> io::Result<Arc<Mongod>> {
    static SHARED: [Mutex<Weak<Mongod>>; 2] = [const { Mutex::new(Weak::new()) }; 2];
    let mut shared = SHARED[kind as usize].lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(server) = shared.upgrade() {
        return Ok(server);
    }
    let server = Arc::new(Mongod::start(kind)?);
    *shared = Arc::downgrade(&server);
    Ok(server)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_in_the_line_that_says_it_is_ready() {
        let line =
            r#"{"t":{"$date":"x"},"id":23016,"msg":"Waiting for connections","attr":{"port":40123,"ssl":"off"}}"#;
        assert_eq!(port(line), Some(40123));
        assert_eq!(port(r#"{"msg":"Listening on","attr":{"port":1}}"#), None);
    }
}
