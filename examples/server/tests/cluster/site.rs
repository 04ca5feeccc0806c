//! Three servers on one database, with one bus between them. Each server reaches the two by ways of its own.

use std::{
    collections::BTreeSet,
    fs::{DirBuilder, OpenOptions},
    io::Write as _,
    net::SocketAddr,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use chat_core::RoomId;
use rustix::process::Signal;
use serde_json::{Value, json};
use store_tests::nats::Nats;
use tempfile::TempDir;
use tokio::task::block_in_place;

use crate::{
    server::{PROGRAM, Server, command_of, rest::ask},
    talkers::{Manner, Talkers},
    way::{Host, Way},
};

/// For something to come to be so. A machine may be slow.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);
/// The secret that signs guests' tokens, and the keys that sign users': the same on all servers, so that each takes the tokens of
/// the others.
const SECRET: &str = "4f6e65207365637265742c20616e6420697420697320666f7220746573747321\n";
const KEYS: &str = "k1 4f6e65206b65792c20616e64206974206973206f6e6c7920666f722074657374\n";

/// Clients do not keep three servers and a database so busy that nothing else can be seen.
pub(crate) const CALM: Manner = Manner { pause: Duration::from_millis(100), in_flight: 1, ..Manner::BUSY };

/// The servers and their bus.
pub(crate) struct Site {
    pub(crate) bus: Nats,
    pub(crate) nodes: Vec<Node>,
}

/// One server: it may be down, and comes back on its address.
pub(crate) struct Node {
    /// What is started next.
    pub(crate) program: PathBuf,
    arguments: Vec<String>,
    folder: TempDir,
    pub(crate) way_to_bus: Way,
    pub(crate) way_to_store: Way,
    server: Option<Server>,
    host: Host,
    pub(crate) address: SocketAddr,
}

impl Site {
    /// Three servers on this database, with these further arguments.
    pub(crate) async fn start(store: &str, further: &[&str]) -> Self {
        Self::start_of(Path::new(PROGRAM), store, further).await
    }

    /// The same with another program.
    pub(crate) async fn start_of(program: &Path, store: &str, further: &[&str]) -> Self {
        Self::start_on([Host::Loopback, Host::Loopback, Host::Loopback], program, store, further).await
    }

    /// Three servers, each in a network namespace of its own.
    pub(crate) async fn start_apart(store: &str, further: &[&str]) -> Self {
        let hosts = block_in_place(|| [Host::apart(), Host::apart(), Host::apart()]);
        Self::start_on(hosts, Path::new(PROGRAM), store, further).await
    }

    async fn start_on(hosts: [Host; 3], program: &Path, store: &str, further: &[&str]) -> Self {
        let bus = block_in_place(|| Nats::start(&[])).unwrap();
        let mut nodes = Vec::new();
        for (number, host) in (1..).zip(hosts) {
            nodes.push(Node::start(host, program, number, store, &bus, further).await);
        }
        Self { bus, nodes }
    }

    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.nodes.iter().map(|node| node.address).collect()
    }

    /// Waits until every server says that it has the bus.
    pub(crate) async fn until_all_have_the_bus(&self) {
        for node in &self.nodes {
            until(|| node.ready() == json!({ "status": "ready" })).await;
        }
    }

    /// Waits until every server says that those are present who are, and nobody else.
    pub(crate) async fn until_all_see_present(&self, talkers: &Talkers) {
        for (room, token, names) in talkers.present() {
            for node in &self.nodes {
                until(|| node.online(room, token) == names).await;
            }
        }
    }
}

impl Node {
    async fn start(host: Host, program: &Path, number: u32, store: &str, bus: &Nats, further: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        share(folder.path());
        let way_to_bus = host.way(bus.address()).await;
        let way_to_store = host.way(address(store).to_owned()).await;
        let bus = format!("nats://{}/chat", way_to_bus.address());
        let store = through(store, way_to_store.address());
        let number = number.to_string();
        let arguments = [&["--store", &store, "--node", &number, "--bus", &bus], further].concat();
        let arguments = arguments.into_iter().map(str::to_owned).collect();
        let address = SocketAddr::new(host.address(), 0);
        let program = program.to_owned();
        let mut node = Self { program, arguments, folder, way_to_bus, way_to_store, server: None, host, address };
        node.start_again();
        node
    }

    /// Starts the server that was ended, where it was.
    pub(crate) fn start_again(&mut self) {
        let listen = self.address.to_string();
        let mut arguments = vec!["--listen", &listen];
        arguments.extend(self.arguments.iter().map(String::as_str));
        let folder = self.folder.path();
        let mut command = self.host.command(command_of(&self.program, folder, &arguments));
        let server = block_in_place(|| Server::started(folder, &mut command));
        self.address = server.address;
        self.server = Some(server);
    }

    fn server(&self) -> &Server {
        self.server.as_ref().expect("it is up")
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        let server = self.server.take().expect("it is up");
        block_in_place(|| server.kill());
    }

    /// SIGTERM; it must end in order.
    pub(crate) fn stop(&mut self) {
        let server = self.server.take().expect("it is up");
        server.signal(Signal::TERM);
        let (status, _, log) = block_in_place(|| server.wait());
        assert_eq!(status.code(), Some(0), "{log}");
    }

    /// Whether its log says this by now.
    pub(crate) fn has_said(&self, text: &str) -> bool {
        self.server().said().contains(text)
    }

    /// Whether it says that it can use its database.
    pub(crate) fn has_store(&self) -> bool {
        self.ready()["status"] == "ready"
    }

    /// What it says of whether it can be used.
    fn ready(&self) -> Value {
        block_in_place(|| ask(self.address, "GET", "/readyz", "", &Value::Null)).1
    }

    /// Who is present in a room, as this server has it.
    fn online(&self, room: &RoomId, token: &str) -> BTreeSet<String> {
        let path = format!("/api/rooms/{room}/online");
        let (_, answer) = block_in_place(|| ask(self.address, "GET", &path, token, &Value::Null));
        // A database that is slow may have it refused.
        let online = answer["online"].as_array().map(Vec::as_slice).unwrap_or_default();
        online.iter().map(|who| who["username"].as_str().unwrap().to_owned()).collect()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.folder.path().join("server.log")).unwrap_or_default();
            eprintln!("{} said:\n{log}", self.address);
        }
    }
}

/// A database's URL by way of another address. A replica set would tell its own.
fn through(url: &str, way: SocketAddr) -> String {
    let url = url.replacen(address(url), &way.to_string(), 1);
    url.replacen("replicaSet=rs0", "directConnection=true", 1)
}

/// The host and port in a database's URL.
fn address(url: &str) -> &str {
    let (_, rest) = url.split_once("://").expect("a URL");
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    authority.rsplit('@').next().unwrap_or(authority)
}

/// Puts the secret and the keys that all servers have into a data folder that is to be.
fn share(folder: &Path) {
    let data = folder.join("data");
    DirBuilder::new().mode(0o700).create(&data).unwrap();
    for (name, text) in [("secret", SECRET), ("jwt-keys", KEYS)] {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(data.join(name)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }
}

/// Waits until something is so: nothing tells when it is.
pub(crate) async fn until(mut is_so: impl FnMut() -> bool) {
    let late = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < late, "it does not come to be so");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
