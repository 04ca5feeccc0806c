//! The servers that are measured, and how each is started.

use std::{env, path::Path};

use chat_benches::Failure;

use crate::options::Options;

/// Stands for the port in a command.
const PORT: &str = "{port}";
/// Stands for an empty folder in a command.
const DATA: &str = "{data}";

/// What a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speaks {
    /// The native wire's basic exchange, at /ws.
    Basic,
    /// The whole native wire, at /chat. Its rooms are made by REST before they are joined.
    Native,
    /// The same exchange as events of Socket.IO.
    Socketio,
}

impl Speaks {
    /// As the load generator is told.
    pub(crate) fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Basic => &["--path", "/ws"],
            Self::Native => &[],
            Self::Socketio => &["--wire", "socketio"],
        }
    }
}

/// A server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Peer {
    pub(crate) name: String,
    pub(crate) speaks: Speaks,
    environment: Vec<(String, String)>,
    command: Vec<String>,
}

impl Peer {
    fn new<const N: usize>(name: &str, speaks: Speaks, program: &str, arguments: [&str; N]) -> Self {
        let command = std::iter::once(program).chain(arguments).map(str::to_owned).collect();
        Self { name: name.to_owned(), speaks, environment: Vec::new(), command }
    }

    /// From `NAME=COMMAND`, `NAME:native=COMMAND` or `NAME:socketio=COMMAND`.
    fn parse(text: &str) -> Result<Self, Failure> {
        let (name, command) = text.split_once('=').ok_or_else(|| format!("--peer {text}: NAME=COMMAND is wanted"))?;
        let (name, speaks) = match name.split_once(':') {
            None => (name, Speaks::Basic),
            Some((name, "native")) => (name, Speaks::Native),
            Some((name, "socketio")) => (name, Speaks::Socketio),
            Some(_) => return Err(format!("--peer {text}: a server speaks `native` or `socketio`").into()),
        };
        let mut words = command.split_whitespace().map(str::to_owned).peekable();
        let mut environment = Vec::new();
        while let Some((variable, value)) = words.peek().and_then(|word| word.split_once('=')) {
            environment.push((variable.to_owned(), value.to_owned()));
            words.next();
        }
        let command: Vec<String> = words.collect();
        if name.is_empty() || !command.iter().any(|word| word.contains(PORT)) {
            return Err(format!("--peer {text}: a name, and a command with {PORT}, are wanted").into());
        }
        Ok(Self { name: name.to_owned(), speaks, environment, command })
    }

    /// Whether it keeps its data on disk.
    pub(crate) fn is_durable(&self) -> bool {
        self.speaks == Speaks::Native && self.command.iter().any(|word| word.starts_with("sqlite:"))
    }

    /// The environment to start it with.
    pub(crate) fn environment(&self) -> impl Iterator<Item = (&str, &str)> {
        self.environment.iter().map(|(variable, value)| (variable.as_str(), value.as_str()))
    }

    /// The words to start it with.
    pub(crate) fn command(&self, port: u16, data: &Path) -> Vec<String> {
        let (port, data) = (port.to_string(), data.to_string_lossy());
        self.command.iter().map(|word| word.replace(PORT, &port).replace(DATA, &data)).collect()
    }
}

/// The servers named on the command line, in its order, and then those given there.
pub(crate) fn chosen(options: &Options) -> Result<Vec<Peer>, Failure> {
    let extra = options.extra.iter().map(|text| Peer::parse(text)).collect::<Result<Vec<_>, _>>()?;
    let known = known(options)?;
    let mut chosen = Vec::new();
    for name in options.peers.iter().filter(|name| !name.is_empty()) {
        let peer = extra.iter().chain(&known).find(|peer| peer.name == *name);
        chosen.push(peer.ok_or_else(|| format!("there is no server named {name}"))?.clone());
    }
    for peer in extra {
        if !chosen.contains(&peer) {
            chosen.push(peer);
        }
    }
    Ok(chosen)
}

fn known(options: &Options) -> Result<Vec<Peer>, Failure> {
    let here = env::current_exe()?;
    let beside = |name| here.with_file_name(name).to_string_lossy().into_owned();
    let server =
        options.server.as_ref().map_or_else(|| beside("chat-server"), |path| path.to_string_lossy().into_owned());
    let ours = |name, store| {
        let rest =
            ["--store", store, "--data", DATA, "--guests", "on", "--limits", "off", "--listen", "127.0.0.1:{port}"];
        Peer::new(name, Speaks::Native, &server, rest)
    };
    let baseline = beside("baseline");
    let plain = |name, kind| Peer::new(name, Speaks::Basic, &baseline, ["--port", PORT, "--kind", kind]);
    let nodelay = |name, kind| Peer::new(name, Speaks::Basic, &baseline, ["--port", PORT, "--kind", kind, "--nodelay"]);
    Ok(vec![
        ours("ours", "memory:"),
        ours("ours-sqlite", "sqlite:{data}/chat.db"),
        Peer::new("ours-socketio", Speaks::Socketio, &beside("socketio"), ["--port", PORT]),
        plain("axum-bcast", "broadcast"),
        nodelay("axum-bcast-nd", "broadcast"),
        nodelay("axum-bcast-shared", "broadcast-shared"),
        nodelay("axum-bcast-tuned", "broadcast-tuned"),
        plain("axum-mpsc", "mpsc"),
        nodelay("axum-mpsc-nd", "mpsc"),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_parsed() {
        let peer = Peer::parse("ring=FLUSH=ring FRONT=axum ./cork {port} x").unwrap();
        assert_eq!((peer.name.as_str(), peer.speaks), ("ring", Speaks::Basic));
        assert_eq!(peer.environment().collect::<Vec<_>>(), [("FLUSH", "ring"), ("FRONT", "axum")]);
        assert_eq!(peer.command(99, Path::new("d")), ["./cork", "99", "x"]);
        let peer = Peer::parse("other:native=./serve --store sqlite:{data}/x 127.0.0.1:{port}").unwrap();
        assert_eq!(peer.command(7, Path::new("d"))[2..], ["sqlite:d/x", "127.0.0.1:7"]);
        assert_eq!(peer.speaks, Speaks::Native);
        assert_eq!(Peer::parse("sio:socketio=node sio.mjs {port}").unwrap().speaks, Speaks::Socketio);
        for wrong in ["x", "=./cork {port}", "x:irc=./cork {port}", "x=./cork 3000", "x=A=B"] {
            assert!(Peer::parse(wrong).is_err(), "{wrong}");
        }
    }
}
