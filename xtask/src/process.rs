//! Child processes: each has a time limit, and each is ended by its own id, with everything it started.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::signal::unix::{SignalKind, signal};

use crate::Outcome;

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    Passed,
    Failed,
    TimedOut,
}

/// Runs a command to its end, its output shown as it comes.
pub(crate) fn run(command: Command, limit: Duration) -> Outcome {
    let shown = show(&command);
    match finish(command, limit)? {
        Ended::Passed => Ok(()),
        Ended::Failed => Err(format!("failed: {shown}")),
        Ended::TimedOut => Err(format!("not done after {} s, so ended: {shown}", limit.as_secs())),
    }
}

/// Runs a command to its end and tells how that was; an error only if it could not be started.
pub(crate) fn finish(mut command: Command, limit: Duration) -> Outcome<Ended> {
    use std::os::unix::process::CommandExt;
    let shown = show(&command);
    command.process_group(0).stdin(Stdio::null());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| format!("cannot make a runtime: {e}"))?;
    runtime.block_on(async {
        let mut child =
            tokio::process::Command::from(command).spawn().map_err(|e| format!("cannot start {shown}: {e}"))?;
        let group = child.id();
        let mut terminate = signal(SignalKind::terminate()).map_err(|e| format!("cannot watch signals: {e}"))?;
        let ended = tokio::select! {
            status = child.wait() => return status.map(judged).map_err(|e| format!("cannot wait for {shown}: {e}")),
            () = tokio::time::sleep(limit) => Ok(Ended::TimedOut),
            _ = tokio::signal::ctrl_c() => Err(format!("interrupted, so ended: {shown}")),
            _ = terminate.recv() => Err(format!("told to stop, so ended: {shown}")),
        };
        end_group(group);
        child.wait().await.map_err(|e| format!("cannot wait for {shown}: {e}"))?;
        ended
    })
}

fn judged(status: ExitStatus) -> Ended {
    if status.success() { Ended::Passed } else { Ended::Failed }
}

/// A child that runs beside us; it and what it started are ended when this is dropped.
pub(crate) struct Background {
    child: Child,
}

impl Background {
    /// Starts a server and waits, for so long at most, for the first line it prints that `ready` takes something from.
    pub(crate) fn start<T: Send + 'static>(
        mut command: Command,
        limit: Duration,
        ready: fn(&str) -> Option<T>,
    ) -> Outcome<(Self, T)> {
        use std::os::unix::process::CommandExt;
        let shown = show(&command);
        command.process_group(0).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut started = Self { child: command.spawn().map_err(|e| format!("cannot start {shown}: {e}"))? };
        let output = started.child.stdout.take().ok_or_else(|| format!("{shown} has no output"))?;
        let (sender, receiver) = mpsc::channel();
        // The thread reads on to the end of the output: nobody could write to a pipe that is not read.
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if let Some(found) = ready(&line) {
                    // Once somebody got the first answer, nobody listens for a second.
                    let _ = sender.send(found);
                }
            }
        });
        match receiver.recv_timeout(limit) {
            Ok(found) => Ok((started, found)),
            Err(RecvTimeoutError::Timeout) => Err(format!("not ready after {} s: {shown}", limit.as_secs())),
            Err(RecvTimeoutError::Disconnected) => Err(format!("ended before it was ready: {shown}")),
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        end_group(Some(self.child.id()));
        // It was killed; there is nothing left to do if waiting fails.
        let _ = self.child.wait();
    }
}

/// Kills the process group led by `leader`. The leader has not been waited for, so its id is still its own.
fn end_group(leader: Option<u32>) {
    let pid = leader.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // The only possible failure is that the group has ended by itself.
        let _ = kill_process_group(pid, Signal::KILL);
    }
}

/// A command as a person would type it.
fn show(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn sh(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn tells_how_a_child_ended() {
        assert_eq!(finish(sh("exit 0"), LONG), Ok(Ended::Passed));
        assert_eq!(finish(sh("exit 3"), LONG), Ok(Ended::Failed));
        assert!(finish(Command::new("no-such-program"), LONG).unwrap_err().contains("cannot start no-such-program"));
    }

    #[test]
    fn a_time_limit_ends_grandchildren_too() {
        let folder = tempfile::tempdir().unwrap();
        let pid = folder.path().join("pid");
        let script = format!("sleep 600 & echo $! > {}; wait", pid.display());
        assert_eq!(finish(sh(&script), Duration::from_secs(1)), Ok(Ended::TimedOut));
        let grandchild: i32 = std::fs::read_to_string(pid).unwrap().trim().parse().unwrap();
        wait_until_gone(grandchild);
    }

    #[test]
    fn a_background_child_ends_when_dropped() {
        let ready = |line: &str| line.strip_prefix("ready ")?.parse::<i32>().ok();
        let server = sh("echo warming up; echo ready $$; exec sleep 600");
        let (background, pid) = Background::start(server, LONG, ready).unwrap();
        drop(background);
        wait_until_gone(pid);
    }

    #[test]
    fn a_background_child_that_never_gets_ready_is_an_error() {
        let never = |_: &str| None::<()>;
        let why = |result: Outcome<(Background, ())>| result.err().unwrap();
        assert!(why(Background::start(sh("echo no"), LONG, never)).contains("ended before"));
        assert!(why(Background::start(sh("exec sleep 600"), Duration::from_millis(10), never)).contains("not ready"));
    }

    /// Returns when no process has this id any more, or only its unreaped remains; hangs otherwise.
    fn wait_until_gone(pid: i32) {
        let stat = format!("/proc/{pid}/stat");
        while std::fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z ")) {
            std::thread::yield_now();
        }
    }
}
