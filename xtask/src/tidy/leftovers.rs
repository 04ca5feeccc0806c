//! What is meant to be gone before a commit.

use crate::tidy::{
    Finding,
    rust::Rust,
    tree::{File, Tree},
};

/// Calls that have no place in what is shipped.
const CALLS: [(&str, &str); 4] = [
    (concat!("todo", "!("), "write it"),
    (concat!("unimplemented", "!("), "write it"),
    (concat!("dbg", "!("), "delete it, or use tracing"),
    (concat!(".unwrap", "()"), "return an error, or expect() with the reason why it cannot fail"),
];

/// Words in any file: what is to be done is an issue, not a comment.
const NOTES: [&str; 2] = [concat!("TO", "DO"), concat!("FIX", "ME")];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let calls = tree.rust().filter(|(file, _)| is_shipped(&file.path)).flat_map(|(file, rust)| check_calls(file, rust));
    calls.chain(tree.files.iter().flat_map(check_notes)).collect()
}

fn is_shipped(path: &str) -> bool {
    !["benches/", "fuzz/", "xtask/"].iter().any(|folder| path.starts_with(folder)) && !path.contains("/benches/")
}

fn check_calls(file: &File, rust: &Rust) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (call, instead) in CALLS {
        for at in rust.find(call).filter(|at| !rust.is_test_at(*at)) {
            let message = format!("`{}`: {instead}", call.trim_end_matches('('));
            findings.push(Finding::new(&file.path, rust.line_at(at), message));
        }
    }
    findings
}

fn check_notes(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        for word in line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| NOTES.contains(word)) {
            findings.push(Finding::new(&file.path, index + 1, format!("{word}: do it, or make it an issue")));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tests::{NONE, error_lines};

    fn sample() -> String {
        let lines = CALLS.iter().map(|(call, _)| format!("fn f() {{ x{call}); }}\n"));
        lines.chain(NOTES.iter().map(|note| format!("// {note}: x\n"))).collect()
    }

    #[test]
    fn refuses_leftovers() {
        assert_eq!(error_lines(check, "a/src/lib.rs", &sample()), [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn notes_are_refused_everywhere() {
        for path in ["a/tests/x.rs", "xtask/src/main.rs", "benches/src/main.rs"] {
            assert_eq!(error_lines(check, path, &sample()), [5, 6], "{path}");
        }
        assert_eq!(error_lines(check, "README.md", &format!("x\n- {}\n", NOTES[0])), [2]);
    }

    #[test]
    fn allows_tests_comments_and_similar_words() {
        let text = format!(
            "// x{0}\nfn f() {{ x.unwrap_or(1); }}\nconst A: &str = \"{0}\";\n#[cfg(test)]\nmod tests {{ fn g() {{ x{0} }} }}\n",
            CALLS[3].0
        );
        assert_eq!(error_lines(check, "a/src/lib.rs", &text), NONE);
    }
}
