//! What a run of several steps adds up to.

use std::time::Instant;

use crate::Outcome;

/// How one step went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StepResult {
    Passed,
    Failed(String),
    /// Something it needs could not be had, and why.
    NotRun(String),
    /// No machine like this one can run it, and why: it is named, but nobody's fault.
    Impossible(String),
}

impl From<Outcome> for StepResult {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Ok(()) => Self::Passed,
            Err(why) => Self::Failed(why),
        }
    }
}

/// The steps so far, in order.
#[derive(Default)]
pub(crate) struct Report {
    lines: Vec<(String, StepResult, u64)>,
}

impl Report {
    /// Runs a step and remembers how it went.
    pub(crate) fn step(&mut self, name: &str, run: impl FnOnce() -> StepResult) {
        println!("\n== {name}");
        let start = Instant::now();
        let result = run();
        if let StepResult::Failed(why) = &result {
            eprintln!("{name}: {why}");
        }
        self.lines.push((name.to_owned(), result, start.elapsed().as_secs()));
    }

    /// Prints every step and the sum; an error if a step failed, or, when `strict`, was not run.
    pub(crate) fn close(self, strict: bool) -> Outcome {
        println!("\n{self}");
        let bad = |result: &StepResult| match result {
            StepResult::Passed | StepResult::Impossible(_) => false,
            StepResult::Failed(_) => true,
            StepResult::NotRun(_) => strict,
        };
        let names: Vec<_> = self.lines.iter().filter(|line| bad(&line.1)).map(|line| line.0.as_str()).collect();
        if names.is_empty() { Ok(()) } else { Err(format!("not passed: {}", names.join(", "))) }
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (mut passed, mut failed, mut skipped) = (0, 0, 0);
        for (name, result, seconds) in &self.lines {
            match result {
                StepResult::Passed => {
                    passed += 1;
                    writeln!(f, "  passed   {name} ({seconds} s)")?;
                }
                StepResult::Failed(why) => {
                    failed += 1;
                    writeln!(f, "  FAILED   {name} ({seconds} s): {why}")?;
                }
                StepResult::NotRun(why) | StepResult::Impossible(why) => {
                    skipped += 1;
                    writeln!(f, "  not run  {name}: {why}")?;
                }
            }
        }
        write!(f, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(results: &[StepResult]) -> Report {
        let mut report = Report::default();
        for (index, result) in results.iter().enumerate() {
            report.step(&format!("step {index}"), || result.clone());
        }
        report
    }

    #[test]
    fn the_last_line_counts() {
        let steps = [StepResult::Passed, StepResult::Failed("broken".into()), StepResult::NotRun("no node".into())];
        let text = report(&steps).to_string();
        assert_eq!(text.lines().last(), Some("1 passed, 1 failed, 1 skipped"));
        assert!(text.contains("step 1") && text.contains("broken") && text.contains("no node"));
    }

    #[test]
    fn what_was_not_run_fails_only_when_strict() {
        let steps = [StepResult::Passed, StepResult::NotRun("no node".into())];
        assert_eq!(report(&steps).close(false), Ok(()));
        assert_eq!(report(&steps).close(true), Err("not passed: step 1".into()));
        assert_eq!(report(&[StepResult::Failed("x".into())]).close(false), Err("not passed: step 0".into()));
        assert_eq!(report(&[StepResult::Passed]).close(true), Ok(()));
        let impossible = report(&[StepResult::Impossible("no disks".into())]);
        assert!(impossible.to_string().contains("no disks\n0 passed, 0 failed, 1 skipped"), "{impossible}");
        assert_eq!(impossible.close(true), Ok(()));
    }
}
