//! The server as a process of its own, with its data in a temporary folder.
#![allow(dead_code, reason = "each test uses a part of it")]

pub(crate) mod rest;

use std::{
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};

/// A server that accepts connections. It is killed when it is dropped.
pub(crate) struct Server {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// The one line it printed.
    pub(crate) ready: String,
    pub(crate) address: SocketAddr,
    log: PathBuf,
}

/// The server that is tested.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_chat-server");

/// The command that starts a server in this folder, with nothing from the environment.
pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    command_of(Path::new(PROGRAM), folder, arguments)
}

/// The same with another program.
pub(crate) fn command_of(program: &Path, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).env("RUST_LOG", "warn");
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CHAT_")) {
        command.env_remove(name);
    }
    // Tests count the rooms that they make.
    command.env("CHAT_WELCOME", "off");
    command
}

impl Server {
    /// Starts a server and waits until it says that it is ready.
    pub(crate) fn start(folder: &Path, arguments: &[&str]) -> Self {
        Self::started(folder, &mut command(folder, arguments))
    }

    /// The same, after a shell has set a limit (`ulimit …`).
    pub(crate) fn start_under(folder: &Path, limit: &str, arguments: &[&str]) -> Self {
        let (server, mut shell) = (command(folder, arguments), Command::new("sh"));
        shell.args(["-c", &format!("{limit} && exec \"$@\""), "sh"]).arg(server.get_program()).args(server.get_args());
        for (name, value) in server.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        Self::started(folder, shell.current_dir(folder))
    }

    pub(crate) fn started(folder: &Path, command: &mut Command) -> Self {
        let log = folder.join("server.log");
        let stderr = OpenOptions::new().append(true).create(true).open(&log).unwrap();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(stderr).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut ready = String::new();
        stdout.read_line(&mut ready).unwrap();
        let url = ready.trim_end().strip_prefix("chat is ready at http");
        let Some(address) = url.and_then(|url| url.strip_prefix("://").or(url.strip_prefix("s://"))) else {
            panic!("{ready:?} is not the ready line; the log: {}", read(&log));
        };
        let address = address.parse().unwrap();
        Self { child, stdout, ready, address, log }
    }

    /// Bytes of memory it holds.
    pub(crate) fn resident(&self) -> usize {
        self.memory("VmRSS:")
    }

    /// The most it ever held.
    pub(crate) fn peak(&self) -> usize {
        self.memory("VmHWM:")
    }

    fn memory(&self, field: &str) -> usize {
        let status = read(Path::new(&format!("/proc/{}/status", self.child.id())));
        let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
        line.trim().strip_suffix(" kB").unwrap().parse::<usize>().unwrap() * 1024
    }

    /// What it has said on standard error until now.
    pub(crate) fn said(&self) -> String {
        read(&self.log)
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// SIGKILL, and waits until the process is gone.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, and waits until it has ended well.
    pub(crate) async fn stop(self) {
        self.signal(Signal::TERM);
        let (status, ..) = tokio::task::spawn_blocking(move || self.wait()).await.unwrap();
        assert!(status.success());
    }

    /// Waits for its end, and what it printed after the ready line.
    pub(crate) fn wait(mut self) -> (ExitStatus, String, String) {
        let status = self.child.wait().unwrap();
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        (status, rest, read(&self.log))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Dead already, as a rule.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(path: &Path) -> String {
    let mut text = String::new();
    File::open(path).and_then(|mut file| file.read_to_string(&mut text)).unwrap();
    text
}
