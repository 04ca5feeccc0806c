//! A file is of one concern and a function fits a screen; tests are not counted.

use crate::tidy::{
    Finding,
    tree::{File, Tree},
};

/// Lines of a file, beyond which it should be divided, and must be.
const LONG_FILE: usize = 400;
const MAX_FILE: usize = 500;
/// Lines of a function, from `fn` to the closing brace.
const MAX_FUNCTION: usize = 60;

/// Written by hand, so that length says something; generated and data files have other endings.
const SOURCES: [&str; 9] = ["rs", "py", "js", "mjs", "ts", "tsx", "css", "html", "sh"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings: Vec<Finding> = tree.files.iter().filter_map(check_file).collect();
    for (file, rust) in tree.rust() {
        let long = rust.functions().filter(|f| f.length > MAX_FUNCTION && !rust.is_test(f.line));
        findings.extend(long.map(|function| {
            let message = format!("fn {} has {} lines, {MAX_FUNCTION} at most", function.name, function.length);
            Finding::new(&file.path, function.line, message)
        }));
    }
    findings
}

fn check_file(file: &File) -> Option<Finding> {
    let (_, ending) = file.path.rsplit_once('.')?;
    // What a program has made is for no reader.
    if !SOURCES.contains(&ending) || file.text.starts_with("// Made from ") {
        return None;
    }
    let all = file.text.lines().count();
    let length = match &file.rust {
        Some(rust) => (1..=all).filter(|&line| !rust.is_test(line)).count(),
        None if file.path.contains("tests/") => 0,
        None => all,
    };
    match length {
        _ if length > MAX_FILE => {
            Some(Finding::new(&file.path, all, format!("{length} lines beside tests, {MAX_FILE} at most")))
        }
        _ if length > LONG_FILE => {
            Some(Finding::warning(&file.path, all, format!("{length} lines beside tests, better {LONG_FILE}")))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tests::{NONE, error_lines};

    #[test]
    fn refuses_long_files() {
        let lines = |count: usize| "// x\n".repeat(count);
        assert_eq!(error_lines(check, "a/src/x.rs", &lines(501)), [501]);
        assert_eq!(error_lines(check, "a/src/x.rs", &lines(500)), NONE);
        assert_eq!(error_lines(check, "a/src/x.css", &lines(501)), [501]);
        assert_eq!(error_lines(check, "a/tests/x.rs", &lines(501)), NONE);
        assert_eq!(error_lines(check, "docs/wire/x.json", &lines(501)), NONE);
        assert_eq!(error_lines(check, "a/src/x.ts", &format!("// Made from x by y.\n{}", lines(501))), NONE);
        assert!(check(&Tree::of(&[("a/src/x.rs", &lines(401))]))[0].warning);
        assert_eq!(check(&Tree::of(&[("a/src/x.rs", &lines(400))])), []);
    }

    #[test]
    fn does_not_count_test_modules() {
        let text = format!("// x\n#[cfg(test)]\nmod tests {{\n{}}}\n", "// y\n".repeat(600));
        assert_eq!(error_lines(check, "a/src/x.rs", &text), NONE);
    }

    #[test]
    fn refuses_long_functions() {
        let function = |lines: usize| format!("// x\nfn f() {{\n{}}}\n", "    g();\n".repeat(lines - 2));
        assert_eq!(error_lines(check, "a/src/x.rs", &function(61)), [2]);
        assert_eq!(error_lines(check, "a/src/x.rs", &function(60)), NONE);
        assert_eq!(error_lines(check, "a/src/x.rs", &format!("#[cfg(test)]\nmod t {{\n{}}}\n", function(61))), NONE);
    }
}
