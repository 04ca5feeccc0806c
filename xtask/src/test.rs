//! `cargo xtask test`: the suites, and which of them this machine could not run.

use clap::Args;

use crate::{Outcome, report::Report, suite::Suite, suites::SUITES, workspace::Workspace};

#[derive(Args, Default)]
pub(crate) struct Options {
    /// Suites to run; all of them if none is named
    names: Vec<String>,
    /// Only the suites that need nothing but Rust and a C and a C++ compiler
    #[arg(long)]
    embedded: bool,
    /// Say which suites these are and what they need, and run none
    #[arg(long)]
    list: bool,
}

pub(crate) fn run(workspace: &Workspace, options: &Options) -> Outcome {
    let mut chosen = choose(SUITES, &options.names)?;
    chosen.retain(|suite| !options.embedded || suite.needs.is_empty());
    if options.list {
        list(&chosen);
        return Ok(());
    }
    let mut report = Report::default();
    for suite in chosen {
        report.step(suite.name, || suite.run(workspace, None));
    }
    report.close(in_ci())
}

/// The named suites of a table, in its order; all of them if none is named.
pub(crate) fn choose<'a>(table: &'a [Suite], names: &[String]) -> Outcome<Vec<&'a Suite>> {
    if let Some(unknown) = names.iter().find(|name| table.iter().all(|suite| suite.name != **name)) {
        let known: Vec<_> = table.iter().map(|suite| suite.name).collect();
        return Err(format!("there is no `{unknown}`, only {}", known.join(", ")));
    }
    Ok(table.iter().filter(|suite| names.is_empty() || names.iter().any(|name| name == suite.name)).collect())
}

/// Says which suites there are, one a line.
pub(crate) fn list(suites: &[&Suite]) {
    for suite in suites {
        println!("{suite}");
    }
}

/// Whether what cannot be run is a failure.
pub(crate) fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_are_chosen_by_name() {
        let names = |chosen: Vec<&Suite>| chosen.into_iter().map(|suite| suite.name).collect::<Vec<_>>();
        assert_eq!(names(choose(SUITES, &["workspace".into()]).unwrap()), ["workspace"]);
        assert_eq!(choose(SUITES, &[]).unwrap().len(), SUITES.len());
        assert!(choose(SUITES, &["worspace".into()]).err().unwrap().contains("there is no `worspace`, only workspace"));
    }
}
