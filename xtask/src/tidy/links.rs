//! Links from one document to another file of the repository lead somewhere.

use crate::tidy::{
    Finding,
    tree::{File, Tree},
};

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let documents = tree.files.iter().filter(|file| file.path.ends_with(".md"));
    documents.flat_map(|file| check_document(tree, file)).collect()
}

fn check_document(tree: &Tree, file: &File) -> Vec<Finding> {
    let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut findings = Vec::new();
    for (line, target) in targets(&file.text) {
        let path = target.split(['#', '?']).next().unwrap_or_default();
        if path.is_empty() || target.contains(':') {
            continue;
        }
        if !resolve(folder, path).is_some_and(|path| tree.has(&path)) {
            findings.push(Finding::new(&file.path, line, format!("the link to `{target}` leads nowhere")));
        }
    }
    findings
}

/// The targets of all links and images, with their lines; code is not looked at.
fn targets(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            // What is between two backticks is code, so every other part is.
            for prose in line.split('`').step_by(2) {
                found.extend(prose.match_indices("](").filter_map(|(at, open)| {
                    let target = prose[at + open.len()..].split([')', ' ']).next()?;
                    Some((index + 1, target.trim_matches(['<', '>'])))
                }));
            }
            let definition = line.strip_prefix('[').and_then(|rest| rest.split_once("]: "));
            found.extend(definition.map(|(_, target)| (index + 1, target.split(' ').next().unwrap_or_default())));
        }
    }
    found
}

/// The path from the root of what is written relative to a folder; nothing if it is outside.
fn resolve(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tests::NONE;

    fn broken(text: &str) -> Vec<usize> {
        let tree =
            Tree::of(&[("docs/adr/one.md", text), ("docs/adr/two.md", ""), ("README.md", ""), ("src/lib.rs", "")]);
        check(&tree).into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn refuses_links_that_lead_nowhere() {
        assert_eq!(broken("[a](three.md)\n\n![b](../pic.png \"title\")\n[c](../../../README.md)\n"), [1, 3, 4]);
        assert_eq!(broken("[a]\n\n[a]: three.md\n"), [3]);
        assert_eq!(broken("[`code`](three.md)\n"), [1]);
    }

    #[test]
    fn allows_links_that_lead_somewhere() {
        assert_eq!(
            broken("[a](two.md#part) [b](../../README.md) [c](https://example.org/x) [d](#here) [e](../../src/)"),
            NONE
        );
        assert_eq!(broken("```\n[a](three.md)\n```\nand `[a](three.md)` too\n"), NONE);
    }
}
