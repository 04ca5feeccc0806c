//! Child processes: each has a time limit, and each is ended by its own id, with everything it started.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::signal::unix::{SignalKind, signal};

use crate::Outcome;

/// Set once we are told to stop: nothing more is started then.
static STOPPED: AtomicBool = AtomicBool::new(false);

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
    if STOPPED.load(Ordering::Relaxed) {
        return Err(format!("told to stop, so not started: {shown}"));
    }
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
            status = child.wait() => status.map(judged).map_err(|e| format!("cannot wait for {shown}: {e}")),
            () = tokio::time::sleep(limit) => Ok(Ended::TimedOut),
            _ = tokio::signal::ctrl_c() => Err(format!("interrupted, so ended: {shown}")),
            _ = terminate.recv() => Err(format!("told to stop, so ended: {shown}")),
        };
        STOPPED.fetch_or(ended.is_err(), Ordering::Relaxed);
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

impl Background {
    /// Asks the child to end and waits for that; an error if it takes longer than `limit`, or ends with a failure.
    pub(crate) fn end(mut self, limit: Duration) -> Outcome {
        let deadline = Instant::now() + limit;
        let id = self.child.id();
        let failed = |e: std::io::Error| format!("cannot end process {id}: {e}");
        if let Some(pid) = pid(id) {
            kill_process(pid, Signal::TERM).map_err(|e| failed(e.into()))?;
        }
        while Instant::now() < deadline {
            match self.child.try_wait().map_err(failed)? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => return Err(format!("asked to end, it ended with {status}")),
                None => std::thread::sleep(Duration::from_millis(10)),
            }
        }
        Err(format!("asked to end, it went on for {} s", limit.as_secs()))
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        end_group(Some(self.child.id()));
        // It was killed; there is nothing left to do if waiting fails.
        let _ = self.child.wait();
    }
}

/// Kills what is left of the process group led by `leader`.
///
/// Its id is not given to another process as long as one of the group is alive; if none is, nothing is killed.
fn end_group(leader: Option<u32>) {
    if let Some(pid) = leader.and_then(pid) {
        // The only possible failure is that the group has ended by itself.
        let _ = kill_process_group(pid, Signal::KILL);
    }
}

fn pid(id: u32) -> Option<Pid> {
    i32::try_from(id).ok().and_then(Pid::from_raw)
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
    fn what_a_child_leaves_behind_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let pid = folder.path().join("pid");
        assert_eq!(finish(sh(&format!("sleep 600 & echo $! > {}", pid.display())), LONG), Ok(Ended::Passed));
        wait_until_gone(std::fs::read_to_string(pid).unwrap().trim().parse().unwrap());
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

    #[test]
    fn a_background_child_is_asked_to_end() {
        let start = |script: &str| Background::start(sh(script), LONG, |_| Some(())).unwrap().0;
        let why = |script: &str, limit| start(script).end(limit).unwrap_err();
        // A shell acts on a signal once the command it waits for is done, and `wait` is done then at once.
        assert_eq!(start("trap 'exit 0' TERM; echo up; sleep 600 & wait").end(LONG), Ok(()));
        assert!(why("trap 'exit 3' TERM; echo up; sleep 600 & wait", LONG).contains("status: 3"));
        assert!(why("trap '' TERM; echo up; sleep 600 & wait", Duration::from_millis(50)).contains("went on"));
    }

    /// Returns when no process has this id any more, or only its unreaped remains; hangs otherwise.
    fn wait_until_gone(pid: i32) {
        let stat = format!("/proc/{pid}/stat");
        while std::fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z ")) {
            std::thread::yield_now();
        }
    }
}
