//! `cargo xtask mutants`: the code is broken on purpose, and each break must be caught by the test named beside it.
//!
//! Nothing in the checkout changes: mutations are made in a copy of the sources under `target/mutants`.

mod copy;
mod table;

use std::{
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use crate::{
    Outcome,
    mutants::copy::Copy,
    process::{self, Ended},
    report::{Report, StepResult},
    workspace::{Workspace, cargo},
};

/// One deliberate mistake.
pub(crate) struct Mutant {
    pub(crate) name: &'static str,
    /// The file, relative to the root, and a text that is in it exactly once.
    pub(crate) file: &'static str,
    pub(crate) find: &'static str,
    pub(crate) replace: &'static str,
    /// What must fail then: the words after `cargo test`.
    pub(crate) caught_by: &'static str,
}

/// For building with one change, and for testing beside other work. A test that hangs because of a mutation has caught it.
const BUILD_LIMIT: Duration = Duration::from_secs(15 * 60);
const TEST_LIMIT: Duration = Duration::from_secs(5 * 60);

pub(crate) fn run(workspace: &Workspace, names: &[String]) -> Outcome {
    let known = |name: &&String| table::all().all(|mutant| mutant.name != **name);
    if let Some(unknown) = names.iter().find(known) {
        return Err(format!("there is no mutant `{unknown}`"));
    }
    let chosen: Vec<_> =
        table::all().filter(|mutant| names.is_empty() || names.iter().any(|n| n == mutant.name)).collect();
    let copy = Copy::make(workspace)?;
    // The tests below are built without asking a registry. Some are built in ways for which nothing was fetched yet.
    let mut fetch = cargo();
    fetch.args(["fetch", "--locked"]).current_dir(copy.root());
    process::run(fetch, BUILD_LIMIT)?;
    hunt(&copy, &chosen)
}

/// Sees the tests pass on the unchanged copy, then each mutant caught.
fn hunt(copy: &Copy, mutants: &[&Mutant]) -> Outcome {
    if mutants.is_empty() {
        return Err("there is no mutant to catch".into());
    }
    for mutant in mutants {
        copy.mutated(mutant)?;
    }
    let mut report = Report::default();
    let mut tests: Vec<_> = mutants.iter().map(|mutant| mutant.caught_by).collect();
    tests.sort_unstable();
    tests.dedup();
    for test in tests {
        report.step(&format!("unchanged: {test}"), || check_passes(copy.root(), test).into());
    }
    for mutant in mutants {
        report.step(mutant.name, || catch(copy, mutant));
    }
    report.close(true)
}

fn check_passes(root: &Path, test: &str) -> Outcome {
    process::run(cargo_test(root, test, &["--no-run"]), BUILD_LIMIT)?;
    process::run(cargo_test(root, test, &[]), TEST_LIMIT)
}

/// Whether the mutant is caught: it compiles, and its test fails.
fn catch(copy: &Copy, mutant: &Mutant) -> StepResult {
    let attempt = || {
        let _mutated = copy.apply(mutant)?;
        process::run(cargo_test(copy.root(), mutant.caught_by, &["--no-run"]), BUILD_LIMIT)
            .map_err(|why| format!("it does not compile, so it shows nothing: {why}"))?;
        let mut test = cargo_test(copy.root(), mutant.caught_by, &[]);
        // How the test fails is of no interest here.
        test.stdout(Stdio::null()).stderr(Stdio::null());
        match process::finish(test, TEST_LIMIT)? {
            Ended::Failed | Ended::TimedOut => Ok(()),
            Ended::Passed => Err(format!("it survived `cargo test {}`", mutant.caught_by)),
        }
    };
    attempt().into()
}

/// `cargo test` in the copy, which shares one target folder over all mutants. Each build follows another that differed in one line, so
/// the compiler keeps what it knows between them, and writes nothing for debuggers.
fn cargo_test(root: &Path, words: &str, more: &[&str]) -> Command {
    let mut command = cargo();
    // What follows `--` is for the test binary; cargo's own words come before it.
    let (own, binary) = words.split_once(" -- ").unwrap_or((words, ""));
    command.arg("test").args(own.split_whitespace()).args(["--offline", "--quiet"]).args(more);
    if !binary.is_empty() {
        command.arg("--").args(binary.split_whitespace());
    }
    command.current_dir(root).env("CARGO_TARGET_DIR", root.with_file_name("target"));
    command.env("CARGO_INCREMENTAL", "1").env("CARGO_PROFILE_DEV_DEBUG", "false");
    if cfg!(test) {
        // The sample's mistakes are meant; nobody should come to look for them.
        command.stdout(Stdio::null()).stderr(Stdio::null());
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: Mutant = Mutant {
        name: "adds too much",
        file: "src/lib.rs",
        find: "a + b",
        replace: "a + b + 1",
        caught_by: "--lib sum",
    };

    /// A crate with a tested and an untested function, in a folder of its own.
    fn sample() -> (tempfile::TempDir, Copy) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("sources");
        std::fs::create_dir_all(root.join("src")).unwrap();
        std::fs::write(root.join("Cargo.toml"), "[package]\nname = \"sample\"\nedition = \"2024\"\n[workspace]\n")
            .unwrap();
        let text = "pub fn add(a: u8, b: u8) -> u8 { a + b }\npub fn sub(a: u8, b: u8) -> u8 { a - b }\n\
            #[test]\nfn sum() { assert_eq!(add(1, 2), 3); }\n";
        std::fs::write(root.join("src/lib.rs"), text).unwrap();
        let copy = Copy::of(&root, &["Cargo.toml".into(), "src/lib.rs".into()], folder.path().join("copy")).unwrap();
        (folder, copy)
    }

    #[test]
    fn tells_caught_from_survived_and_from_broken() {
        let (folder, copy) = sample();
        let survivor = Mutant { name: "subtracts too much", find: "a - b", replace: "a - b - 1", ..SAMPLE };
        let broken = Mutant { name: "no Rust", replace: "a +", ..SAMPLE };
        assert_eq!(catch(&copy, &SAMPLE), StepResult::Passed);
        assert_eq!(catch(&copy, &survivor), StepResult::Failed("it survived `cargo test --lib sum`".into()));
        assert!(matches!(catch(&copy, &broken), StepResult::Failed(why) if why.contains("does not compile")));
        assert_eq!(hunt(&copy, &[&SAMPLE]), Ok(()));
        assert!(hunt(&copy, &[]).is_err());
        assert_eq!(hunt(&copy, &[&SAMPLE, &survivor]), Err("not passed: subtracts too much".into()));
        let original = std::fs::read_to_string(folder.path().join("sources/src/lib.rs")).unwrap();
        assert!(original.contains("{ a + b }"), "the checkout is as it was");
    }

    #[test]
    fn a_text_that_is_not_there_once_is_an_error() {
        let (_folder, copy) = sample();
        let unknown = Mutant { find: "a * b", ..SAMPLE };
        assert!(hunt(&copy, &[&unknown]).unwrap_err().contains("is not in src/lib.rs"));
        let ambiguous = Mutant { find: "u8", ..SAMPLE };
        assert!(hunt(&copy, &[&ambiguous]).unwrap_err().contains("more than once"));
        let nowhere = Mutant { file: "src/none.rs", ..SAMPLE };
        assert!(hunt(&copy, &[&nowhere]).is_err());
    }

    #[test]
    fn a_test_that_fails_unchanged_catches_nothing() {
        let (_folder, copy) = sample();
        let test = Mutant { caught_by: "--test none", ..SAMPLE };
        assert!(hunt(&copy, &[&test]).unwrap_err().contains("unchanged: --test none"));
    }
}
