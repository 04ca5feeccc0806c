//! `cargo xtask tidy`: the layout rules, each in a file of its own and listed in [`RULES`].

mod circles;
mod crates;
mod embed;
mod hosts;
mod leftovers;
mod lengths;
mod links;
mod names;
mod pure;
mod rust;
mod tree;

use crate::{Outcome, tidy::tree::Tree, workspace::Workspace};

/// Something in the tree that a rule is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    file: String,
    /// Counted from 1.
    line: usize,
    message: String,
    /// Told, but no failure.
    warning: bool,
}

impl Finding {
    fn new(file: &str, line: usize, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, message: message.into(), warning: false }
    }

    fn warning(file: &str, line: usize, message: impl Into<String>) -> Self {
        Self { warning: true, ..Self::new(file, line, message) }
    }
}

/// A rule over the files of the tree, by the name it is told with.
type Rule = (&'static str, fn(&Tree) -> Vec<Finding>);

/// All rules but those about dependencies, which read the manifests instead of the tree.
const RULES: &[Rule] = &[
    ("pure", pure::check),
    ("pure", pure::check_table),
    ("circles", circles::check),
    ("lengths", lengths::check),
    ("names", names::check),
    ("leftovers", leftovers::check),
    ("hosts", hosts::check),
    ("links", links::check),
];

pub(crate) fn run(workspace: &Workspace) -> Outcome {
    let tree = Tree::read(workspace)?;
    let mut errors = 0;
    let found = RULES.iter().map(|(name, check)| (*name, check(&tree)));
    for (rule, mut findings) in found.chain([("crates", crates::check(workspace)), ("embed", embed::check(workspace))])
    {
        findings.sort();
        for Finding { file, line, message, warning } in findings {
            errors += usize::from(!warning);
            println!("{file}:{line}: {} [{rule}] {message}", if warning { "warning" } else { "error" });
        }
    }
    if errors > 0 { Err(format!("tidy found {errors} errors")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const NONE: [usize; 0] = [];

    /// The lines at which a rule finds errors in one file.
    pub(super) fn error_lines(check: fn(&Tree) -> Vec<Finding>, path: &str, text: &str) -> Vec<usize> {
        let mut lines: Vec<_> = check(&Tree::of(&[(path, text)])).into_iter().filter(|f| !f.warning).collect();
        lines.sort();
        lines.into_iter().map(|finding| finding.line).collect()
    }
}
