//! NATS servers for tests.

use std::{
    env, io,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Child, Folder};

/// The program, and where Debian keeps it for administrators alone.
const PROGRAM: &str = "nats-server";
const DEBIAN: &str = "/usr/sbin";
/// How a server says that it is ready.
const READY: &str = "Server is ready";

/// A server of the test's own.
#[derive(Debug)]
pub struct Nats {
    process: Option<Child>,
    port: u16,
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
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let arguments = arguments.iter().copied().map(String::from).collect();
        let mut server = Self { process: None, port, arguments, folder: Folder::new()? };
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
        command.args(["-c", r#"exec "$@" 2>&1"#, PROGRAM]).arg(program()?);
        command.args(["-a", "127.0.0.1", "-p", &self.port.to_string()]).args(&self.arguments);
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

    /// A folder that lives as long as the server.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

fn program() -> io::Result<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders = env::split_paths(&path).chain([PathBuf::from(DEBIAN)]);
    let missing = || io::Error::other(format!("there is no {PROGRAM}: install NATS"));
    folders.find_map(|folder| Some(folder.join(PROGRAM)).filter(|program| program.is_file())).ok_or_else(missing)
}
