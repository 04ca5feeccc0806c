//! A server's process, from its start until it accepts connections, and its end.

use std::{
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use chat_benches::Failure;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::peers::Peer;

/// So long may it take to accept connections.
const START_LIMIT: Duration = Duration::from_secs(10);
/// So long may it take to end.
const STOP_LIMIT: Duration = Duration::from_secs(3);

/// A server that runs. It is ended when this is dropped.
pub(crate) struct Server {
    pub(crate) port: u16,
    child: Child,
    /// Removed after the process has ended.
    _data: TempDir,
}

impl Server {
    /// Starts a server on the first free port from `port` on, and waits until it accepts connections.
    pub(crate) fn start(peer: &Peer, port: u16, data: &Path) -> Result<Self, Failure> {
        let port =
            (port..).find(|&port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()).ok_or("no port is free")?;
        let data = tempfile::Builder::new().prefix("chat-bench-").tempdir_in(data)?;
        let words = peer.command(port, data.path());
        let (program, arguments) = words.split_first().ok_or("an empty command")?;
        let child = Command::new(program)
            .args(arguments)
            .envs(peer.environment())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("{program}: {error}"))?;
        let mut server = Self { port, child, _data: data };
        server.wait_until_ready()?;
        Ok(server)
    }

    /// The process's id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    fn wait_until_ready(&mut self) -> Result<(), Failure> {
        let start = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("the server ended at its start: {status}").into());
            }
            if start.elapsed() > START_LIMIT {
                return Err("the server accepts no connection".into());
            }
            sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already; then there is nothing to end.
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let start = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) {
            if start.elapsed() > STOP_LIMIT {
                let _ = self.child.kill();
                let _ = self.child.wait();
                return;
            }
            sleep(Duration::from_millis(10));
        }
    }
}
