//! NATS servers for tests.

use std::{
    io::{self, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    process::Command,
};

use crate::{Child, Folder, program::program};

const PROGRAM: &str = "nats-server";
/// How a server says that it is ready.
const READY: &str = "Server is ready";

/// A server of the test's own.
#[derive(Debug)]
pub struct Nats {
    process: Option<Child>,
    port: u16,
    /// Where it tells its figures.
    monitoring: u16,
    arguments: Vec<String>,
    /// Of the server's, with its configuration.
    folder: Folder,
}

impl Nats {
    /// A server with these further arguments.
    ///
    /// # Errors
    /// When there is no program, or it does not start.
    pub fn start(arguments: &[&str]) -> io::Result<Self> {
        let arguments = arguments.iter().copied().map(String::from).collect();
        // Both are held until both are known, as they might be the same otherwise.
        let free = [TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?];
        let (port, monitoring) = (free[0].local_addr()?.port(), free[1].local_addr()?.port());
        drop(free);
        let mut server = Self { process: None, port, monitoring, arguments, folder: Folder::new()? };
        server.start_again()?;
        Ok(server)
    }

    /// A server with this configuration.
    ///
    /// # Errors
    /// When there is no program, or it does not start.
    pub fn configured(configuration: &str) -> io::Result<Self> {
        let mut server = Self::start(&[])?;
        let file = server.folder.path().join("nats.conf");
        std::fs::write(&file, configuration)?;
        server.kill();
        server.arguments = vec!["-c".into(), file.to_string_lossy().into_owned()];
        server.start_again()?;
        Ok(server)
    }

    /// Starts a server that was killed, on the same port.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start_again(&mut self) -> io::Result<()> {
        let mut command = Command::new("sh");
        // It says on its error output that it is ready.
        command.args(["-c", r#"exec "$@" 2>&1"#, PROGRAM]).arg(program(PROGRAM)?);
        let (port, monitoring) = (self.port.to_string(), self.monitoring.to_string());
        command.args(["-a", "127.0.0.1", "-p", &port, "-m", &monitoring]).args(&self.arguments);
        let (process, ()) = Child::start(&command, |line| line.contains(READY).then_some(()))?;
        self.process = Some(process);
        Ok(())
    }

    /// Kills the server, which gets no time for anything.
    pub fn kill(&mut self) {
        drop(self.process.take());
    }

    /// Its host and port.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Its URL, with a namespace.
    pub fn url(&self, namespace: &str) -> String {
        format!("nats://{}/{namespace}", self.address())
    }

    /// One of the server's figures, as it counts them since its start: `in_msgs` are the messages that were published.
    ///
    /// # Errors
    /// When it does not tell.
    pub fn figure(&self, name: &str) -> io::Result<u64> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.monitoring))?;
        stream.write_all(b"GET /varz HTTP/1.0\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (_, after) = answer.split_once(&format!("\"{name}\":")).ok_or(io::ErrorKind::NotFound)?;
        let after = after.trim_start();
        let digits = &after[..after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len())];
        digits.parse().map_err(io::Error::other)
    }

    /// A folder that lives as long as the server.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}
