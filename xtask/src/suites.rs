//! What is run, in tables: the suites of `cargo xtask test` and how a suite is run.

use std::{
    ffi::OsString,
    fmt,
    fs::File,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use crate::{
    Outcome, autobahn, foreign, fuzz, process,
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
    /// Settings its commands get.
    pub(crate) settings: &'static [(&'static str, &'static str)],
    pub(crate) run: Run,
}

/// What a suite does.
pub(crate) enum Run {
    /// Commands in this order, run at the root, their words separated by blanks.
    Commands(&'static [&'static str]),
    Function(fn(&Kit) -> Outcome),
}

/// Servers that the tests start themselves.
pub(crate) const POSTGRES: Need =
    Need::Debian { package: "postgresql", program: "postgres", folder: "/usr/lib/postgresql/*/bin" };
pub(crate) const MONGOD: Need = Need::Wheel { requirements: "tests/stores/mongod.txt", programs: "fiftyone/db/bin" };

/// The suites of `cargo xtask test`, cheapest first. What they test is chosen from the workspace as a whole: one package's tests alone
/// would have some libraries built again, with the features that this one needs. Soak runs some of them for longer: see [`crate::soak`].
pub(crate) const SUITES: &[Suite] = &[
    Suite {
        name: "workspace",
        needs: &[],
        minutes: 30,
        settings: &[],
        run: Run::Commands(&["cargo test --workspace --locked"]),
    },
    Suite {
        name: "postgres",
        needs: &[POSTGRES],
        minutes: 30,
        settings: &[],
        run: Run::Commands(&[
            "cargo test --workspace --locked --test postgres --test postgres_open --test postgres_faults \
             --test postgres_kill --test postgres_plans",
            "cargo test --workspace --locked --test kill --test nodes --test injection --test moving \
             -- --ignored postgres",
        ]),
    },
    Suite {
        name: "simulator",
        needs: &[],
        minutes: 20,
        settings: &[],
        run: Run::Commands(&["cargo run --release --locked --package chat-testkit --bin sim -- --seeds 2000"]),
    },
    Suite {
        name: "mongodb",
        needs: &[MONGOD],
        minutes: 30,
        settings: &[],
        run: Run::Commands(&[
            "cargo test --workspace --locked --test mongodb --test mongodb_between_writes --test mongodb_database \
             --test mongodb_faults --test mongodb_intake --test mongodb_kill --test mongodb_retention",
            "cargo test --workspace --locked --test kill --test nodes --test injection --test moving \
             -- --ignored mongodb",
        ]),
    },
    Suite {
        name: "power",
        needs: &[Need::Disks, POSTGRES, MONGOD],
        minutes: 20,
        settings: &[],
        run: Run::Commands(&["cargo test --workspace --locked --test power"]),
    },
    Suite {
        name: "python",
        needs: &[Need::Python { requirements: "tests/foreign/python/requirements.txt" }],
        minutes: 20,
        settings: &[],
        run: Run::Function(foreign::python),
    },
    Suite {
        name: "node",
        needs: &[Need::Node { folder: "tests/foreign/node" }],
        minutes: 20,
        settings: &[],
        run: Run::Function(foreign::node),
    },
    Suite {
        name: "corpus",
        needs: &[],
        minutes: 15,
        settings: &[],
        run: Run::Commands(&["cargo test --locked --manifest-path fuzz/Cargo.toml --target-dir target/fuzz"]),
    },
    Suite {
        name: "fuzz",
        needs: &[Need::Subcommand { name: "cargo-fuzz", version: "0.13.2" }],
        minutes: 30,
        // The sanitizers are unstable options, which a stable compiler takes only then.
        settings: &[("RUSTC_BOOTSTRAP", "1")],
        run: Run::Function(fuzz::run),
    },
    Suite {
        name: "autobahn",
        needs: &[Need::Python2 { requirements: "tests/autobahn/requirements.txt" }],
        minutes: 20,
        settings: &[],
        run: Run::Function(autobahn::run),
    },
];

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
        for (name, value) in self.settings {
            kit.set(name, value);
        }
        kit.prepend_path(folders).and_then(|()| kit.perform(&self.run)).into()
    }
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
        let result = run(&Suite { run: Run::Commands(&["true", "false", "no-such-program"]), ..SAMPLE });
        assert_eq!(result, StepResult::Failed("failed: false".into()));
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
