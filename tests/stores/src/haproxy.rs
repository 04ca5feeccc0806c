//! haproxy with a configuration that people are given, for tests.

use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    os::unix::net::UnixStream,
    path::PathBuf,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use crate::{Child, Folder, program::program};

const PROGRAM: &str = "haproxy";
/// How a configuration says where haproxy listens, and where it takes orders.
const LISTENS: &str = "bind :80";
const ORDERS: &str = "/run/haproxy/admin.sock";
/// How many connections a configuration has it take: it does not start where it may not open as many files.
const CONNECTIONS: &str = "maxconn 40000";
/// Whoever tests may not be allowed to become another user.
const USER: [&str; 2] = ["    user haproxy\n", "    group haproxy\n"];
/// For it to listen, and to do what it was ordered.
const PATIENCE: Duration = Duration::from_secs(30);

/// A balancer of the test's own.
#[derive(Debug)]
pub struct Haproxy {
    address: SocketAddr,
    orders: PathBuf,
    // In this order: the folder goes last.
    _process: Child,
    _folder: Folder,
}

impl Haproxy {
    /// Starts one with this configuration. Each server of the configuration is where the test has it: `places` are pairs of the
    /// address that the configuration names and the test's own.
    ///
    /// # Errors
    /// When there is no program, the configuration names one of these things not just once, or haproxy does not take it.
    pub fn start(configuration: &str, places: &[(&str, SocketAddr)]) -> io::Result<Self> {
        let folder = Folder::new()?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let orders = folder.path().join("orders");
        let mut text = replaced(configuration, LISTENS, &format!("bind {address}"))?;
        text = replaced(&text, ORDERS, &orders.to_string_lossy())?;
        text = replaced(&text, CONNECTIONS, "maxconn 400")?;
        for line in USER {
            text = replaced(&text, line, "")?;
        }
        for (named, place) in places {
            text = replaced(&text, named, &place.to_string())?;
        }
        let file = folder.path().join("haproxy.cfg");
        std::fs::write(&file, text)?;
        let mut command = Command::new("sh");
        // It says nothing once it is ready, but a good deal about a configuration that it does not take.
        command.args(["-c", r#""$1" -c -f "$2" 2>&1 && echo good && exec "$1" -db -f "$2""#, PROGRAM]);
        command.arg(program(PROGRAM)?).arg(&file);
        let (process, ()) = Child::start(&command, |line| (line == "good").then_some(()))?;
        let late = Instant::now() + PATIENCE;
        while TcpStream::connect(address).is_err() || UnixStream::connect(&orders).is_err() {
            if Instant::now() > late {
                return Err(io::ErrorKind::TimedOut.into());
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(Self { address, orders, _process: process, _folder: folder })
    }

    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Gives it an order, such as `set server chat/one state drain`; what it answers.
    ///
    /// # Errors
    /// When it takes none.
    pub fn order(&self, order: &str) -> io::Result<String> {
        let mut stream = UnixStream::connect(&self.orders)?;
        stream.write_all(format!("{order}\n").as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    /// A column of what it tells of a server of a backend, such as `status`, or `stot`, the connections so far.
    ///
    /// # Errors
    /// When it tells nothing of the kind.
    pub fn figure(&self, backend: &str, server: &str, column: &str) -> io::Result<String> {
        let table = self.order("show stat")?;
        let mut lines = table.trim_start_matches("# ").lines().map(|line| line.split(',').collect::<Vec<_>>());
        let column = lines.next().and_then(|names| names.into_iter().position(|name| name == column));
        let row = lines.find(|row| row.starts_with(&[backend, server]));
        let cell = column.zip(row).and_then(|(column, row)| row.get(column).map(|cell| (*cell).to_owned()));
        cell.ok_or_else(|| io::Error::other(table))
    }

    /// Waits until what it tells is so.
    ///
    /// # Errors
    /// When it does not come to be so, or it tells nothing of the kind.
    pub fn until(&self, backend: &str, server: &str, column: &str, is_so: impl Fn(&str) -> bool) -> io::Result<()> {
        let late = Instant::now() + PATIENCE;
        loop {
            let cell = self.figure(backend, server, column)?;
            if is_so(&cell) {
                return Ok(());
            }
            if Instant::now() > late {
                return Err(io::Error::other(format!("{column} of {backend}/{server} is still {cell}")));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The text with this part, which must be in it once, in the place of that one.
fn replaced(text: &str, part: &str, by: &str) -> io::Result<String> {
    match text.matches(part).count() {
        1 => Ok(text.replacen(part, by, 1)),
        count => Err(io::Error::other(format!("{part:?} is in the configuration {count} times"))),
    }
}
