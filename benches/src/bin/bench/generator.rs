//! A load generator's process.

use std::{
    env,
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread::{JoinHandle, sleep, spawn},
    time::{Duration, Instant},
};

use chat_benches::{Failure, outcome::Outcome};

/// What the load generator says when it begins to publish.
const PUBLISHING: &str = "loadgen: publishing";
/// So long may a run take.
const LIMIT: Duration = Duration::from_secs(150);

/// A load generator that runs. It is ended when this is dropped.
pub(crate) struct Generator {
    child: Child,
    publishing: Receiver<()>,
    /// Passes on what it says; gives back the last line.
    listener: Option<JoinHandle<String>>,
}

impl Generator {
    /// Starts the load generator beside this binary.
    pub(crate) fn start(arguments: &[String]) -> Result<Self, Failure> {
        let program = env::current_exe()?.with_file_name("loadgen");
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("loadgen: {error}"))?;
        let (sender, publishing) = channel();
        let errors = child.stderr.take().ok_or("no standard error")?;
        let listener = spawn(move || {
            let mut last = String::new();
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                if line == PUBLISHING {
                    // Nobody may wait for it.
                    let _ = sender.send(());
                } else {
                    eprintln!("{line}");
                    last = line;
                }
            }
            last
        });
        Ok(Self { child, publishing, listener: Some(listener) })
    }

    /// Waits until it publishes, or has ended.
    pub(crate) fn wait_until_publishing(&self) {
        // An error means that it has ended, which `outcome` reports.
        let _ = self.publishing.recv_timeout(LIMIT);
    }

    /// Waits for its end, and reads its report.
    pub(crate) fn outcome(mut self) -> Result<Outcome, Failure> {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait()? {
                break status;
            }
            if start.elapsed() > LIMIT {
                return Err("the load generator did not end in time".into());
            }
            sleep(Duration::from_millis(20));
        };
        let mut report = String::new();
        self.child.stdout.take().ok_or("no standard output")?.read_to_string(&mut report)?;
        let last = self.listener.take().and_then(|listener| listener.join().ok()).unwrap_or_default();
        if !status.success() {
            return Err(last.into());
        }
        Ok(serde_json::from_str(&report)?)
    }
}

impl Drop for Generator {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
