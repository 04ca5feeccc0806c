//! Clients that are not ours against the example server: the documented exchange, hostile input, history after a restart.

use std::{fs, path::Path, process::Command, time::Duration};

use crate::{Outcome, process::Background, suite::Kit};

/// For a server to start, and to drain.
const PATIENCE: Duration = Duration::from_secs(30);

// An example is among what is built, as Cargo counts in the features that tests want of libraries then. So these are the programs that
// `cargo test` has built, and not those and all that they consist of once more.

pub(crate) const BUILD_SERVER: &str =
    "cargo build --workspace --features chat-server/full --locked --example echo --bin chat-server";

/// Builds the five designs that examples carry.
pub(crate) const BUILD_CONTRACTS: &str = "cargo build --workspace --features chat-server/full --locked --example echo --bin action-socket \
                                          --bin invite-rooms --bin socketio-jwt --bin rooms-and-dms --bin direct-and-broadcast";

pub(crate) fn python(kit: &Kit) -> Outcome {
    run(kit, "python", "tests/foreign/python/chat.py")
}

pub(crate) fn node(kit: &Kit) -> Outcome {
    run(kit, "node", "tests/foreign/node/chat.mjs")
}

/// Stock clients against the adapter of Socket.IO, and against the five designs that examples carry. The tests start the servers.
pub(crate) fn socketio(kit: &Kit) -> Outcome {
    kit.run("cargo build --workspace --features chat-server/full --locked --example talk")?;
    kit.run(BUILD_CONTRACTS)?;
    kit.run("node --test tests/foreign/socketio")?;
    kit.run("python tests/foreign/socketio/talk.py")
}

/// Whether the server answers as its description of REST says.
pub(crate) fn rest(kit: &Kit) -> Outcome {
    kit.run(BUILD_SERVER)?;
    let folder = tempfile::tempdir().map_err(|e| format!("cannot make a folder: {e}"))?;
    let (server, url) = start(kit, folder.path(), &["--limits", "off"])?;
    let mut client = Command::new("python");
    client.args(["tests/foreign/rest/described.py", &url]).arg(kit.workspace.target.join("debug/chat-server"));
    client.arg(folder.path().join("data")).current_dir(&kit.workspace.root);
    let outcome = kit.finish(client).and_then(|()| server.end(PATIENCE));
    outcome.map_err(|why| format!("{why}\nthe server said:\n{}", log(folder.path())))
}

/// Runs the client against a server, and lets it look at the history once that server was stopped and started again.
fn run(kit: &Kit, program: &str, client: &str) -> Outcome {
    kit.run(BUILD_SERVER)?;
    let folder = tempfile::tempdir().map_err(|e| format!("cannot make a folder: {e}"))?;
    let memory = folder.path().join("remembered.json");
    for step in ["--remember", "--recall"] {
        let (server, url) = start(kit, folder.path(), &[])?;
        let mut command = Command::new(program);
        command.args([client, &url, step]).arg(&memory).current_dir(&kit.workspace.root);
        let outcome = kit.finish(command).and_then(|()| server.end(PATIENCE));
        outcome.map_err(|why| format!("{why}\nthe server said:\n{}", log(folder.path())))?;
    }
    Ok(())
}

/// A server whose data is in this folder, with these further arguments, and its URL.
fn start(kit: &Kit, folder: &Path, further: &[&str]) -> Outcome<(Background, String)> {
    let log = fs::File::options().create(true).append(true).open(folder.join("log"));
    let mut server = Command::new(kit.workspace.target.join("debug/chat-server"));
    server.args(["--listen", "127.0.0.1:0", "--data"]).arg(folder.join("data")).args(further);
    server.stderr(log.map_err(|e| format!("cannot write a log: {e}"))?);
    Background::start(server, PATIENCE, |line| line.strip_prefix("chat is ready at ").map(str::to_owned))
}

fn log(folder: &Path) -> String {
    fs::read_to_string(folder.join("log")).unwrap_or_default()
}
