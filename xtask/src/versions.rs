//! Servers of an earlier commit are replaced, one after the other, by those of this commit while clients talk.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Outcome, suite::Kit, workspace::cargo};

/// The setting that names the commit whose server is replaced, and the one that is taken without it.
const SETTING: &str = "CHAT_EARLIER_COMMIT";
const COMMIT: &str = "HEAD~1";

pub(crate) fn run(kit: &Kit<'_>) -> Outcome {
    let folder = kit.workspace.target.join("earlier");
    let earlier = build(kit, &folder)?;
    let mut test = cargo();
    test.args("test --workspace --features chat-server/full --locked --test cluster --".split(' '));
    test.args(["versions", "--ignored", "--nocapture", "--test-threads", "1"]);
    test.current_dir(&kit.workspace.root).env("CHAT_SERVER_EARLIER", earlier);
    kit.finish(test)
}

/// Builds the earlier server from a checkout of its own.
fn build(kit: &Kit<'_>, folder: &Path) -> Outcome<PathBuf> {
    let (sources, target) = (folder.join("sources"), folder.join("target"));
    // An earlier run may have left its checkout, of another commit.
    if sources.exists() {
        kit.finish(worktree(kit, &["remove", "--force"], &sources))?;
    }
    let mut checkout = worktree(kit, &["add", "--detach"], &sources);
    checkout.arg(std::env::var_os(SETTING).unwrap_or_else(|| COMMIT.into()));
    kit.finish(checkout)?;
    let mut build = cargo();
    build.args("build --release --locked --package chat-server --features full".split(' '));
    build.current_dir(&sources).env("CARGO_TARGET_DIR", &target);
    kit.finish(build)?;
    kit.finish(worktree(kit, &["remove", "--force"], &sources))?;
    Ok(target.join("release/chat-server"))
}

fn worktree(kit: &Kit<'_>, words: &[&str], folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.arg("worktree").args(words).arg(folder).current_dir(&kit.workspace.root);
    command
}
