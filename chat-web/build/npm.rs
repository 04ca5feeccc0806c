//! What build scripts ask of Node.js and npm.

use std::{fs, io, path::Path, process::Command};

const OLDEST_NODE: u32 = 20;

fn node_is_here() -> Result<(), String> {
    let missing = || format!("Node.js {OLDEST_NODE} or later is not on this machine");
    let output = Command::new("node").arg("--version").output().map_err(|_| missing())?;
    let version = String::from_utf8_lossy(&output.stdout).into_owned();
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|part| part.parse::<u32>().ok());
    if major.is_some_and(|major| major >= OLDEST_NODE) { Ok(()) } else { Err(missing()) }
}

/// Has the packages of a folder's lock file in the folder. Once they are there, nothing is asked of the network.
pub(crate) fn packages(folder: &Path) -> Result<(), String> {
    node_is_here()?;
    let failed = |error: io::Error| format!("its packages cannot be installed: {error}");
    // Builds with other settings may go on at the same time.
    let turn = fs::File::create(folder.join(".installing")).map_err(failed)?;
    turn.lock().map_err(failed)?;
    let missing = ["--input-type=module", "--eval", include_str!("missing.mjs"), "--"];
    if run(Command::new("node").args(missing).arg(folder)).is_ok() {
        return Ok(());
    }
    let mut install = Command::new("npm");
    install.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(folder);
    // A folder that has the tests' tools keeps them; otherwise only what is built from is installed.
    if !folder.join("node_modules/vitest").is_dir() {
        install.arg("--omit=dev");
    }
    run(&mut install).map_err(|why| format!("its packages cannot be installed: {why}"))
}

pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("cannot start {:?}: {error}", command.get_program()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let last: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).rev().take(12).collect();
    Err(last.into_iter().rev().collect::<Vec<_>>().join(" | "))
}
