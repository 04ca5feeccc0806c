//! Names that say nothing.

use crate::tidy::{
    Finding,
    rust::Rust,
    tree::{File, Tree},
};

/// For files, folders and modules: they invite whatever fits nowhere else.
const EMPTY: [&str; 9] = ["common", "helper", "helpers", "manager", "managers", "misc", "util", "utils", "utilities"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let paths = tree.files.iter().filter_map(check_path);
    let modules = tree.rust().flat_map(|(file, rust)| check_modules(file, rust));
    let functions = tree.rust().flat_map(|(file, rust)| check_functions(file, rust));
    paths.chain(modules).chain(functions).collect()
}

fn check_path(file: &File) -> Option<Finding> {
    let empty = file.path.split('/').find(|part| EMPTY.contains(&part.split('.').next().unwrap_or_default()))?;
    Some(Finding::new(&file.path, 1, format!("`{empty}` says nothing: name the one concern")))
}

fn check_modules(file: &File, rust: &Rust) -> Vec<Finding> {
    let words: Vec<_> = rust.words().collect();
    let modules = words.windows(2).filter(|pair| pair[0].1 == "mod" && EMPTY.contains(&pair[1].1));
    modules
        .map(|pair| {
            let message = format!("`mod {}` says nothing: name the one concern", pair[1].1);
            Finding::new(&file.path, rust.line_at(pair[0].0), message)
        })
        .collect()
}

fn check_functions(file: &File, rust: &Rust) -> Vec<Finding> {
    let words: Vec<_> = rust.words().filter(|(_, word)| !QUALIFIERS.contains(word)).collect();
    let getters = words.windows(3).filter(|three| {
        three[0].1 == "pub" && three[1].1 == "fn" && three[2].1.starts_with("get_") && !rust.is_test_at(three[0].0)
    });
    getters
        .map(|three| {
            let name = three[2].1;
            let message = format!("`{name}`: a getter is named after what it gives, `{}`", &name["get_".len()..]);
            Finding::new(&file.path, rust.line_at(three[2].0), message)
        })
        .collect()
}

/// What may stand between `pub` and `fn`.
const QUALIFIERS: [&str; 7] = ["async", "const", "crate", "extern", "in", "super", "unsafe"];

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::tests::{NONE, error_lines};

    #[test]
    fn refuses_empty_names() {
        for path in ["a/src/utils.rs", "a/src/util/mod.rs", "web/src/helpers.ts", "a/tests/common/mod.rs"] {
            assert_eq!(error_lines(check, path, ""), [1], "{path}");
        }
        assert_eq!(error_lines(check, "a/src/lib.rs", "mod room;\nmod manager;\nmod misc {}\n"), [2, 3]);
    }

    #[test]
    fn refuses_get_in_public_names() {
        let text = "pub fn get_room() {}\npub(crate) async fn get_x() {}\npub const fn get_y() {}\n";
        assert_eq!(error_lines(check, "a/src/lib.rs", text), [1, 2, 3]);
    }

    #[test]
    fn allows_names_that_say_something() {
        let text = "mod utilization;\npub fn get() {}\nfn get_room() {}\npub fn budget_left() {}\n// mod utils;\n";
        assert_eq!(error_lines(check, "a/src/commons.rs", text), NONE);
    }
}
