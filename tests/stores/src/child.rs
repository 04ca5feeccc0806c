//! A server's process that does not outlive its test.

use std::{
    io::{self, BufRead as _, BufReader},
    os::unix::process::CommandExt as _,
    process::{self, Command, Stdio},
};

/// Starts what it is told as the leader of a process group, whose id comes as the first line of output, and kills the
/// group when its own input ends: as it does when whoever holds the other end dies, however that comes about.
const GUARD: &str = concat!(
    r#"setsid sh -c 'echo $$; exec "$@"' server "$@" </dev/null & "#,
    // It must not hold the pipe on which the server's end is waited for.
    r#"exec >/dev/null; read -r _; kill -s KILL -- -$! 2>&1; wait"#
);

/// A server's process with all its children, killed when this is dropped, and when the test process ends otherwise.
#[derive(Debug)]
pub struct Child {
    guard: process::Child,
    pid: u32,
}

impl Child {
    /// Starts a program and waits until one of its lines of output says that it is ready.
    ///
    /// # Errors
    /// When it cannot be started, or ends before it is ready; the text holds what it said.
    pub fn start<T>(command: &Command, ready: impl Fn(&str) -> Option<T>) -> io::Result<(Self, T)> {
        let mut guard = Command::new("sh");
        guard.args(["-c", GUARD, "guard"]).arg(command.get_program()).args(command.get_args());
        // A group of its own: who kills the test with its group must leave the guard to its work.
        let mut guard = guard.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let output = guard.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let mut lines = BufReader::new(output).lines();
        let mut child = Self { guard, pid: 0 };
        let first = lines.next().ok_or(io::ErrorKind::UnexpectedEof)??;
        child.pid = first.parse().map_err(|_| io::Error::other(first))?;
        let mut said = Vec::new();
        for line in &mut lines {
            let line = line?;
            if let Some(found) = ready(&line) {
                // What else it says is thrown away, as a full pipe would stop it.
                std::thread::spawn(move || lines.for_each(drop));
                return Ok((child, found));
            }
            said.push(line);
        }
        Err(io::Error::other(format!("it ended before it was ready:\n{}", said.join("\n"))))
    }

    /// Its process id, which is its group's too.
    pub fn pid(&self) -> u32 {
        self.pid
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn is_alive(pid: u32) -> bool {
        std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
    }

    #[test]
    fn it_dies_with_its_children_when_dropped() {
        let ready = |line: &str| line.strip_prefix("ready ")?.parse::<u32>().ok();
        let (child, grandchild) = Child::start(&sh("echo warm; sleep 600 & echo ready $!; wait"), ready).unwrap();
        assert!(is_alive(child.pid()) && is_alive(grandchild));
        let pid = child.pid();
        drop(child);
        // The grandchild is nobody's to wait for; the signal has been sent to both.
        assert!(!is_alive(pid));
        while is_alive(grandchild) {
            std::thread::yield_now();
        }
    }

    #[test]
    fn one_that_ends_too_early_is_an_error_with_its_words() {
        let error = Child::start(&sh("echo no; echo never"), |_| None::<()>).unwrap_err();
        assert!(error.to_string().contains("no\nnever"), "{error}");
    }
}
