//! A suite: commands that are run as a whole, what they need, and within which time.

use std::{
    ffi::OsString,
    fmt,
    fs::File,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use crate::{
    Outcome, process,
    report::StepResult,
    tools::Need,
    workspace::{Workspace, cargo},
};

/// Something that can be run as a whole, within a time.
pub(crate) struct Suite {
    pub(crate) name: &'static str,
    /// What it needs beside Rust and a C and a C++ compiler. A suite without needs is part of `--embedded`.
    pub(crate) needs: &'static [Need],
    /// After so many minutes it is ended, and has failed. Building is part of it: three times what two free cores need.
    pub(crate) minutes: u64,
    /// Settings its commands get. `TMPDIR` is left as it is where the folder has little room.
    pub(crate) settings: &'static [(&'static str, &'static str)],
    pub(crate) run: Run,
}

/// What a suite does.
pub(crate) enum Run {
    /// Commands in this order, run at the root, their words separated by blanks.
    Commands(&'static [&'static str]),
    Function(fn(&Kit) -> Outcome),
}

/// What a suite works with.
pub(crate) struct Kit<'a> {
    pub(crate) workspace: &'a Workspace,
    settings: Vec<(OsString, OsString)>,
    /// Where output goes; shown if nowhere.
    log: Option<&'a File>,
    deadline: Instant,
}

impl Suite {
    /// Gets what the suite needs and runs it; its output goes to `log`, or is shown.
    pub(crate) fn run(&self, workspace: &Workspace, log: Option<&File>) -> StepResult {
        let mut folders = Vec::new();
        for need in self.needs {
            match need.provide(workspace) {
                Ok(folder) => folders.extend(folder),
                Err(why) if need.is_the_machines() => return StepResult::Impossible(why),
                Err(why) => return StepResult::NotRun(why),
            }
        }
        let deadline = Instant::now() + Duration::from_secs(60 * self.minutes);
        let mut kit = Kit { workspace, settings: Vec::new(), log, deadline };
        for (name, value) in self.settings.iter().filter(|(name, value)| *name != "TMPDIR" || has_room(value)) {
            kit.set(name, value);
        }
        kit.prepend_path(folders).and_then(|()| kit.perform(&self.run)).into()
    }
}

/// Whether a folder has room for the files of several database servers.
fn has_room(folder: &str) -> bool {
    const ROOM: u64 = 6 << 30;
    rustix::fs::statvfs(folder).is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) >= ROOM)
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (within {} min)", self.name, self.minutes)?;
        for (index, need) in self.needs.iter().enumerate() {
            write!(f, "{}{need}", if index == 0 { ": needs " } else { " and " })?;
        }
        Ok(())
    }
}

impl Kit<'_> {
    /// Runs a command at the root, its words separated by blanks.
    pub(crate) fn run(&self, words: &str) -> Outcome {
        let mut words = words.split_whitespace();
        let mut command = match words.next() {
            Some("cargo") => cargo(),
            Some(program) => Command::new(program),
            None => return Err("there is no command".into()),
        };
        command.args(words).current_dir(&self.workspace.root);
        self.finish(command)
    }

    /// Runs a command with this kit's settings within the time that is left.
    pub(crate) fn finish(&self, mut command: Command) -> Outcome {
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        if let Some(log) = self.log {
            let again = || log.try_clone().map_err(|e| format!("cannot write the log: {e}"));
            command.stdout(again()?).stderr(again()?);
        }
        process::run(command, self.deadline.saturating_duration_since(Instant::now()))
    }

    fn perform(&self, run: &Run) -> Outcome {
        match run {
            Run::Commands(commands) => commands.iter().try_for_each(|command| self.run(command)),
            Run::Function(function) => function(self),
        }
    }

    fn set(&mut self, name: &str, value: impl Into<OsString>) {
        self.settings.push((name.into(), value.into()));
    }

    fn prepend_path(&mut self, mut folders: Vec<PathBuf>) -> Outcome {
        let path = std::env::var_os("PATH").unwrap_or_default();
        folders.extend(std::env::split_paths(&path));
        let path = std::env::join_paths(folders).map_err(|e| format!("a tool's folder cannot be on the path: {e}"))?;
        self.set("PATH", path);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: Suite = Suite { name: "sample", needs: &[], minutes: 5, settings: &[], run: Run::Commands(&[]) };

    fn run(suite: &Suite) -> StepResult {
        suite.run(&Workspace::load().unwrap(), None)
    }

    #[test]
    fn commands_run_in_order_until_one_fails() {
        assert_eq!(run(&Suite { run: Run::Commands(&["true", "true"]), ..SAMPLE }), StepResult::Passed);
        let ended = run(&Suite { run: Run::Commands(&["true", "false", "no-such-program"]), ..SAMPLE });
        assert_eq!(ended, StepResult::Failed("failed: false".into()));
    }

    #[test]
    fn a_suite_says_what_it_needs() {
        assert_eq!(SAMPLE.to_string(), "sample (within 5 min)");
        let needs = &[Need::Subcommand { name: "cargo-fuzz", version: "1.0" }, Need::Node { folder: "tests/x" }];
        let text = Suite { needs, ..SAMPLE }.to_string();
        let packages = "Node.js with the packages of tests/x/package-lock.json";
        assert_eq!(text, format!("sample (within 5 min): needs cargo-fuzz 1.0 and {packages}"));
    }

    #[test]
    fn settings_reach_the_commands() {
        let suite = Suite {
            settings: &[("SAMPLE", "7")],
            run: Run::Function(|kit| {
                let mut command = Command::new("sh");
                command.args(["-c", "test \"$SAMPLE\" = 7"]);
                kit.finish(command)
            }),
            ..SAMPLE
        };
        assert_eq!(run(&suite), StepResult::Passed);
    }

    #[test]
    fn temporary_files_go_where_there_is_room_alone() {
        assert!(!has_room("/no/such/folder") && !has_room("/proc"));
        let suite = Suite {
            settings: &[("TMPDIR", "/proc")],
            run: Run::Function(|kit| {
                let mut command = Command::new("sh");
                command.args(["-c", "test \"$TMPDIR\" != /proc"]);
                kit.finish(command)
            }),
            ..SAMPLE
        };
        assert_eq!(run(&suite), StepResult::Passed);
    }

    #[test]
    fn a_suite_ends_when_its_time_is_over() {
        let StepResult::Failed(why) = run(&Suite { minutes: 0, run: Run::Commands(&["sleep 600"]), ..SAMPLE }) else {
            panic!("it went on");
        };
        assert!(why.contains("so ended: sleep 600"), "{why}");
    }

    #[test]
    fn what_cannot_be_had_is_told() {
        let needs = &[Need::Python { requirements: "no/such/requirements.txt" }];
        assert!(matches!(run(&Suite { needs, ..SAMPLE }), StepResult::NotRun(_)));
    }

    #[test]
    fn output_goes_to_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let suite = Suite { run: Run::Commands(&["echo one", "echo two"]), ..SAMPLE };
        suite.run(&Workspace::load().unwrap(), Some(&File::create(&path).unwrap()));
        assert_eq!(std::fs::read_to_string(path).unwrap(), "one\ntwo\n");
    }
}
