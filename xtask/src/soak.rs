//! `cargo xtask soak`: the long forms of the tests. Each leaves a dated result in `docs/soak`.

use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use clap::Args;

use crate::{
    Outcome, foreign,
    report::{Report, StepResult},
    suite::{Run, Suite},
    suites::{MONGOD, NATS, POSTGRES},
    test,
    tools::Need,
    versions,
    workspace::Workspace,
};

/// What there is to soak.
const SOAKS: &[Suite] = &[
    Suite {
        name: "kill",
        needs: &[],
        minutes: 60,
        settings: &[("CHAT_KILL_ROUNDS", "100")],
        run: Run::Commands(&["cargo test --locked --release --package chat-server --test kill -- --nocapture"]),
    },
    Suite {
        name: "hostile",
        needs: &[],
        minutes: 60,
        settings: &[("CHAT_HOSTILE_REQUESTS", "1_000_000")],
        run: Run::Commands(&[
            "cargo test --locked --release --package chat-server --test hostile by_the_dice -- --nocapture",
        ]),
    },
    Suite {
        name: "rest",
        needs: &[Need::Python { requirements: "tests/foreign/rest/requirements.txt" }],
        minutes: 30,
        settings: &[("CHAT_DESCRIBED_SECONDS", "300")],
        run: Run::Function(foreign::rest),
    },
    Suite {
        name: "mongodb-kill",
        needs: &[MONGOD, NATS],
        minutes: 120,
        settings: &[("CHAT_KILL_ROUNDS", "100")],
        run: Run::Commands(&[
            "cargo test --workspace --features chat-server/full --locked --test mongodb_kill -- --nocapture",
            "cargo test --workspace --features chat-server/full --locked --test kill --test nodes -- --nocapture --ignored mongodb",
        ]),
    },
    Suite {
        name: "postgres-kill",
        needs: &[POSTGRES, NATS],
        minutes: 60,
        settings: &[("CHAT_KILL_ROUNDS", "100")],
        run: Run::Commands(&[
            "cargo test --workspace --features chat-server/full --locked --test postgres_kill -- --nocapture",
            "cargo test --workspace --features chat-server/full --locked --test kill --test nodes -- --nocapture --ignored postgres",
        ]),
    },
    Suite {
        name: "power",
        needs: &[Need::Disks, POSTGRES, MONGOD],
        minutes: 60,
        settings: &[("CHAT_POWER_CUTS", "20")],
        run: Run::Commands(&[
            "cargo test --workspace --features chat-server/full --locked --test power -- --nocapture --test-threads=1",
        ]),
    },
    Suite {
        name: "simulator",
        needs: &[],
        minutes: 60,
        settings: &[],
        run: Run::Commands(&["cargo run --release --locked --package chat-testkit --bin sim -- --seeds 50000"]),
    },
    Suite {
        name: "slow-readers",
        needs: &[],
        minutes: 30,
        settings: &[("CHAT_SLOW_FULL", "1")],
        run: Run::Commands(&["cargo test --locked --release --package chat-server --test slow_readers -- --nocapture"]),
    },
    Suite {
        name: "cluster",
        needs: &[NATS, POSTGRES, MONGOD],
        minutes: 120,
        settings: &[("CHAT_CLUSTER_KILLS", "50"), ("CHAT_CLUSTER_MESSAGES", "30000")],
        run: Run::Commands(&[
            "cargo test --workspace --features chat-server/full --locked --test cluster -- killed_often --ignored --nocapture --test-threads 1",
        ]),
    },
    Suite {
        name: "storm",
        needs: &[NATS, POSTGRES],
        minutes: 60,
        settings: &[("CHAT_STORM_CLIENTS", "1000")],
        run: Run::Commands(&[
            "cargo test --workspace --features chat-server/full --locked --test cluster -- storm --ignored --nocapture",
        ]),
    },
    Suite {
        name: "versions",
        needs: &[NATS, POSTGRES, MONGOD],
        minutes: 60,
        settings: &[],
        run: Run::Function(versions::run),
    },
    Suite { name: "mutants", needs: &[], minutes: 240, settings: &[], run: Run::Commands(&["cargo xtask mutants"]) },
];

/// The setting by which kills and hostile requests follow from another seed than 1.
const SEED: &str = "CHAT_SEED";

/// Where results are committed.
const RESULTS: &str = "docs/soak";

/// Lines from the end of the output that go into the result: every test ends with its figures.
const TAIL: usize = 40;

#[derive(Args)]
pub(crate) struct Options {
    /// Soaks to run; all of them if none is named
    names: Vec<String>,
    /// Say which soaks there are, and run none
    #[arg(long)]
    list: bool,
}

pub(crate) fn run(workspace: &Workspace, options: &Options) -> Outcome {
    let chosen = test::choose(SOAKS, &options.names)?;
    if options.list {
        test::list(&chosen);
        return Ok(());
    }
    let mut report = Report::default();
    for suite in chosen {
        report.step(suite.name, || match soak(workspace, suite) {
            Ok(ended) => ended,
            Err(why) => StepResult::Failed(why),
        });
    }
    report.close(true)
}

fn soak(workspace: &Workspace, suite: &Suite) -> Outcome<StepResult> {
    let folder = workspace.target.join("soak");
    fs::create_dir_all(&folder).map_err(|e| format!("cannot make {}: {e}", folder.display()))?;
    let path = folder.join(format!("{}.log", suite.name));
    println!("its output goes to {}", path.display());
    let log = fs::File::create(&path).map_err(|e| format!("cannot write {}: {e}", path.display()))?;
    // Asked for before it runs: people may go on working in the folder meanwhile.
    let date = said(&workspace.root, "date", &["-u", "+%Y-%m-%d"])?;
    let seed = std::env::var(SEED).ok();
    let (setting, start) = (setting(workspace, &date, seed.as_deref())?, Instant::now());
    let ended = suite.run(workspace, Some(&log));
    let output = fs::read(&path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    let output = without_paths(workspace, &String::from_utf8_lossy(&output));
    let text = result(suite, &ended, start.elapsed(), &setting, &output);
    let result = workspace.root.join(RESULTS).join(file_name(&date, suite.name, seed.as_deref()));
    fs::create_dir_all(workspace.root.join(RESULTS)).map_err(|e| format!("cannot make {RESULTS}: {e}"))?;
    fs::write(&result, text).map_err(|e| format!("cannot write {}: {e}", result.display()))?;
    println!("its result is {}", result.display());
    Ok(ended)
}

/// What was said, without where the workspace lies on this machine.
fn without_paths(workspace: &Workspace, output: &str) -> String {
    let target = output.replace(&*workspace.target.to_string_lossy(), "target");
    target.replace(&format!("{}/", workspace.root.display()), "")
}

/// The file of a result. Runs of other seeds on one day have files of their own.
fn file_name(date: &str, soak: &str, seed: Option<&str>) -> String {
    seed.map_or_else(|| format!("{date}-{soak}.md"), |seed| format!("{date}-{soak}-seed-{seed}.md"))
}

/// When, with which code, from which seed, and on what: one line each.
fn setting(workspace: &Workspace, date: &str, seed: Option<&str>) -> Outcome<String> {
    let root = &workspace.root;
    let commit = said(root, "git", &["describe", "--always", "--dirty", "--abbrev=12"])?;
    let rust = said(root, "rustc", &["--version"])?;
    let kernel = said(root, "uname", &["-srm"])?;
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let seed = seed.map(|seed| format!("- seed: {seed}\n")).unwrap_or_default();
    Ok(format!("- date: {date}\n- commit: {commit}\n{seed}- Rust: {rust}\n- machine: {kernel}, {cores} cores\n"))
}

fn result(suite: &Suite, ended: &StepResult, took: Duration, setting: &str, output: &str) -> String {
    let result = match ended {
        StepResult::Passed => "passed".to_owned(),
        StepResult::Failed(why) => format!("FAILED: {why}"),
        StepResult::NotRun(why) | StepResult::Impossible(why) => format!("not run: {why}"),
    };
    let settings: String = suite.settings.iter().map(|(name, value)| format!("{name}={value} ")).collect();
    let commands = match suite.run {
        Run::Commands(commands) => commands.iter().map(|command| format!("- run: `{settings}{command}`\n")).collect(),
        Run::Function(_) => String::new(),
    };
    let lines: Vec<_> = output.lines().collect();
    let tail = lines[lines.len().saturating_sub(TAIL)..].join("\n");
    let (name, seconds) = (suite.name, took.as_secs());
    format!("# Soak: {name}\n\n{setting}{commands}- took: {seconds} s\n- result: {result}\n\n```text\n{tail}\n```\n")
}

/// What a program says.
fn said(root: &Path, program: &str, words: &[&str]) -> Outcome<String> {
    let output = Command::new(program).args(words).current_dir(root).output();
    let output = output.map_err(|e| format!("cannot start {program}: {e}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_names_no_path_of_the_machine() {
        let workspace = Workspace { root: "/some/chat".into(), target: "/var/target".into(), packages: Vec::new() };
        let said = without_paths(&workspace, "Compiling (/some/chat/chat-core)\nRunning `/var/target/release/sim`");
        assert_eq!(said, "Compiling (chat-core)\nRunning `target/release/sim`");
    }

    #[test]
    fn runs_of_two_seeds_on_one_day_have_two_results() {
        assert_eq!(file_name("2026-11-30", "kill", None), "2026-11-30-kill.md");
        assert_eq!(file_name("2026-11-30", "kill", Some("2")), "2026-11-30-kill-seed-2.md");
    }

    #[test]
    fn a_result_says_what_was_run_and_how_it_ended() {
        let run = Run::Commands(&["cargo test x"]);
        let suite = Suite { name: "x", needs: &[], minutes: 1, settings: &[("SEEDS", "50000")], run };
        let output: String = (1..=50).map(|line| format!("line {line}\n")).collect();
        let failed = StepResult::Failed("seed 7".into());
        let text = result(&suite, &failed, Duration::from_secs(61), "- date: today\n", &output);
        for part in ["# Soak: x", "- date: today", "`SEEDS=50000 cargo test x`", "61 s", "FAILED: seed 7", "line 11\n"]
        {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!text.contains("line 10\n"), "only the end of the output is kept");
        assert!(text.ends_with("line 50\n```\n"));
    }
}
