//! What a run of several steps adds up to.

use std::time::Instant;

use crate::Outcome;

/// How one step went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Passed,
    Failed(String),
    /// Something it needs could not be had, and why.
    NotRun(String),
    /// No machine like this one can run it, and why: it is named, but nobody's fault.
    Impossible(String),
}

impl From<Outcome> for Verdict {
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
    lines: Vec<(String, Verdict, u64)>,
}

impl Report {
    /// Runs a step and remembers how it went.
    pub(crate) fn step(&mut self, name: &str, run: impl FnOnce() -> Verdict) {
        println!("\n== {name}");
        let start = Instant::now();
        let verdict = run();
        if let Verdict::Failed(why) = &verdict {
            eprintln!("{name}: {why}");
        }
        self.lines.push((name.to_owned(), verdict, start.elapsed().as_secs()));
    }

    /// Prints every step and the sum; an error if a step failed, or, when `strict`, was not run.
    pub(crate) fn close(self, strict: bool) -> Outcome {
        println!("\n{self}");
        let bad = |verdict: &Verdict| match verdict {
            Verdict::Passed | Verdict::Impossible(_) => false,
            Verdict::Failed(_) => true,
            Verdict::NotRun(_) => strict,
        };
        let names: Vec<_> = self.lines.iter().filter(|line| bad(&line.1)).map(|line| line.0.as_str()).collect();
        if names.is_empty() { Ok(()) } else { Err(format!("not passed: {}", names.join(", "))) }
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (mut passed, mut failed, mut skipped) = (0, 0, 0);
        for (name, verdict, seconds) in &self.lines {
            match verdict {
                Verdict::Passed => {
                    passed += 1;
                    writeln!(f, "  passed   {name} ({seconds} s)")?;
                }
                Verdict::Failed(why) => {
                    failed += 1;
                    writeln!(f, "  FAILED   {name} ({seconds} s): {why}")?;
                }
                Verdict::NotRun(why) | Verdict::Impossible(why) => {
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

    fn report(verdicts: &[Verdict]) -> Report {
        let mut report = Report::default();
        for (index, verdict) in verdicts.iter().enumerate() {
            report.step(&format!("step {index}"), || verdict.clone());
        }
        report
    }

    #[test]
    fn the_last_line_counts() {
        let steps = [Verdict::Passed, Verdict::Failed("broken".into()), Verdict::NotRun("no node".into())];
        let text = report(&steps).to_string();
        assert_eq!(text.lines().last(), Some("1 passed, 1 failed, 1 skipped"));
        assert!(text.contains("step 1") && text.contains("broken") && text.contains("no node"));
    }

    #[test]
    fn what_was_not_run_fails_only_when_strict() {
        let steps = [Verdict::Passed, Verdict::NotRun("no node".into())];
        assert_eq!(report(&steps).close(false), Ok(()));
        assert_eq!(report(&steps).close(true), Err("not passed: step 1".into()));
        assert_eq!(report(&[Verdict::Failed("x".into())]).close(false), Err("not passed: step 0".into()));
        assert_eq!(report(&[Verdict::Passed]).close(true), Ok(()));
        let impossible = report(&[Verdict::Impossible("no disks".into())]);
        assert!(impossible.to_string().contains("no disks\n0 passed, 0 failed, 1 skipped"), "{impossible}");
        assert_eq!(impossible.close(true), Ok(()));
    }
}
