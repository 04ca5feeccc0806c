//! Standard error that cannot be written: the server goes on without a log.
#![allow(clippy::unwrap_used, missing_docs)]

mod server;

use std::{
    fs::OpenOptions,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};
use server::command;

/// More connections than one address may make at once, the first of which refused is logged.
const MANY: usize = 600;

/// A server that logs to this; killed should the test fail.
struct Logging(Child);

impl Logging {
    fn start(folder: &Path, stderr: impl Into<Stdio>) -> (Self, SocketAddr) {
        let arguments = ["--listen", "127.0.0.1:0", "--store", "memory:"];
        let mut command = command(folder, &arguments);
        let child = command.env("RUST_LOG", "info").stdout(Stdio::piped()).stderr(stderr).spawn().unwrap();
        let mut server = Self(child);
        let mut ready = String::new();
        BufReader::new(server.0.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        let address = ready.trim_end().strip_prefix("chat is ready at http://").expect("it does not start");
        (server, address.parse().unwrap())
    }
}

impl Drop for Logging {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether the server answers on a new connection.
fn answers(address: SocketAddr) -> bool {
    let mut io = TcpStream::connect(address).unwrap();
    let asked = io.write_all(b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
    asked.and_then(|()| io.read_exact(&mut [0; 12])).is_ok()
}

#[test]
fn a_log_that_cannot_be_written_stops_nothing() {
    let nobody_reads = std::io::pipe().unwrap().1;
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    for (kind, stderr) in [("nobody reads it", Stdio::from(nobody_reads)), ("the disk is full", full.into())] {
        let folder = tempfile::tempdir().unwrap();
        let (mut server, address) = Logging::start(folder.path(), stderr);
        // The accept loop logs.
        for _ in 0..MANY {
            TcpStream::connect(address).unwrap();
        }
        // A place among the new connections of a second comes free.
        while !answers(address) {}
        // What drains logs, too.
        kill_process(Pid::from_child(&server.0), Signal::TERM).unwrap();
        assert_eq!(server.0.wait().unwrap().code(), Some(0), "{kind}");
    }
}
