//! The top-level modules of a crate import each other in one direction: no module leads back to itself.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::tidy::{
    Finding,
    rust::Rust,
    tree::{File, Tree},
};

/// The top-level modules of one crate and what they import from each other.
#[derive(Default)]
struct Crate<'a> {
    /// The files of each module.
    modules: BTreeMap<&'a str, Vec<(&'a File, &'a Rust)>>,
    /// `lib.rs` or `main.rs`.
    root: Option<&'a Rust>,
}

/// Where one module imports another for the first time.
struct Import<'a> {
    file: &'a str,
    line: usize,
}

/// All imports of a crate, by the importing and the imported module.
type Imports<'a> = BTreeMap<(&'a str, &'a str), Import<'a>>;

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    crates(tree).values().flat_map(check_crate).collect()
}

fn check_crate(members: &Crate) -> Vec<Finding> {
    let imports = imports(members);
    let circle = |((from, to), import): (&(&str, &str), &Import)| {
        let back = way(&imports, to, from)?.join("`, which imports `");
        Some(Finding::new(import.file, import.line, format!("a circle: `{from}` imports `{back}`")))
    };
    imports.iter().filter_map(circle).collect()
}

/// All crates by their folder. A binary in `src/bin` that has modules is a crate of its own.
fn crates(tree: &Tree) -> BTreeMap<&str, Crate<'_>> {
    let mut crates: BTreeMap<_, Crate<'_>> = BTreeMap::new();
    for (file, rust) in tree.rust() {
        let Some((mut folder, mut inside)) = file.path.split_once("/src/") else { continue };
        if let Some((name, rest)) = inside.strip_prefix("bin/").and_then(|binary| binary.split_once('/')) {
            folder = &file.path[..folder.len() + "/src/bin/".len() + name.len()];
            inside = rest;
        }
        let of = crates.entry(folder).or_default();
        let module = inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs");
        match module {
            "lib" => of.root = Some(rust),
            "main" => of.root = of.root.or(Some(rust)),
            _ => of.modules.entry(module).or_default().push((file, rust)),
        }
    }
    crates
}

fn imports<'a>(of: &Crate<'a>) -> Imports<'a> {
    let owners = of.root.map(|root| owners(of, root)).unwrap_or_default();
    let mut imports = Imports::new();
    for (from, files) in &of.modules {
        for (file, rust) in files {
            for (at, path) in rust.paths().into_iter().filter(|(at, _)| !rust.is_test_at(*at)) {
                let Some(name) = name_in_root(&path, depth(&file.path)) else { continue };
                let to =
                    of.modules.get_key_value(name).map(|(module, _)| *module).or_else(|| owners.get(name).copied());
                if let Some(to) = to.filter(|to| to != from) {
                    imports.entry((*from, to)).or_insert(Import { file: &file.path, line: rust.line_at(at) });
                }
            }
        }
    }
    imports
}

/// The module that owns each item which the root re-exports. Items of other crates have no owner.
fn owners<'a>(of: &Crate<'a>, root: &'a Rust) -> BTreeMap<&'a str, &'a str> {
    let statements: Vec<_> =
        root.words().filter(|(_, word)| *word == "use").map(|(at, _)| root.statement(at)).collect();
    let in_use = |at: &usize| statements.iter().any(|statement| statement.contains(at));
    let mut owners = BTreeMap::new();
    let mut owner = None;
    for (_, path) in root.paths().into_iter().filter(|(at, _)| in_use(at)) {
        match path.as_slice() {
            ["use"] => owner = None,
            // `as` comes as a path of its own, and the new name as one after it.
            [.., "as"] => {}
            [name] => owners.extend(owner.map(|owner| (*name, owner))),
            [.., name] => {
                let first = path.iter().find(|segment| !matches!(**segment, "crate" | "self"));
                owner = first.and_then(|first| of.modules.get_key_value(first)).map(|(module, _)| *module);
                owners.extend(owner.map(|owner| (*name, owner)));
            }
            [] => {}
        }
    }
    owners
}

/// How many modules a file lies below the crate's root.
fn depth(path: &str) -> usize {
    let inside = path.split_once("/src/").map_or(path, |(_, inside)| inside);
    let inside = inside.strip_prefix("bin/").and_then(|binary| binary.split_once('/')).map_or(inside, |(_, rest)| rest);
    inside.trim_end_matches("/mod.rs").split('/').count()
}

/// The first name of a path below the root, if the path starts at the root: by `crate` or by `super` often enough.
fn name_in_root<'a>(path: &[&'a str], depth: usize) -> Option<&'a str> {
    if path.first() == Some(&"crate") {
        return path.get(1).copied();
    }
    let path = if path.first() == Some(&"self") { &path[1..] } else { path };
    let supers = path.iter().take_while(|segment| **segment == "super").count();
    if supers == depth { path.get(supers).copied() } else { None }
}

/// The shortest way along imports, both ends included.
fn way<'a>(imports: &Imports<'a>, from: &'a str, to: &'a str) -> Option<Vec<&'a str>> {
    let mut seen = BTreeSet::from([from]);
    let mut ways = VecDeque::from([vec![from]]);
    while let Some(way) = ways.pop_front() {
        let end = way.last()?;
        if *end == to {
            return Some(way);
        }
        let next = imports.keys().filter(|(importer, imported)| importer == end && seen.insert(imported));
        ways.extend(next.map(|(_, imported)| [&way[..], &[*imported]].concat()));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found in a crate `a` of these files: the file below `a/src` and the line.
    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let paths: Vec<_> = files.iter().map(|(path, _)| format!("a/src/{path}")).collect();
        let files: Vec<_> = paths.iter().zip(files).map(|(path, (_, text))| (path.as_str(), *text)).collect();
        let findings = check(&Tree::of(&files));
        findings.iter().map(|finding| format!("{}:{}", &finding.file["a/src/".len()..], finding.line)).collect()
    }

    #[test]
    fn refuses_modules_that_import_each_other() {
        let files = [("lib.rs", "mod x;\nmod y;\n"), ("x.rs", "\nuse crate::y::Y;\n"), ("y.rs", "use crate::x;\n")];
        assert_eq!(found(&files), ["x.rs:2", "y.rs:1"]);
    }

    #[test]
    fn refuses_longer_circles_and_says_how_they_go() {
        let files = [
            ("a/src/x/deep/inner.rs", "fn f() { super::super::super::y::g() }\n"),
            ("a/src/y.rs", "use super::z;\n"),
            ("a/src/z/mod.rs", "use std::fmt;\nuse crate::{w::W, x::X};\n"),
            ("a/src/w.rs", "use crate::v::V;\n"),
        ];
        let found: Vec<_> = check(&Tree::of(&files)).into_iter().map(|f| (f.file, f.line, f.message)).collect();
        let message = |way: &str| {
            let (first, rest) = way.split_once(' ').expect("two modules at least");
            format!("a circle: `{first}` imports `{}`", rest.replace(' ', "`, which imports `"))
        };
        let expected = [(0, 1, "x y z x"), (1, 1, "y z x y"), (2, 2, "z x y z")];
        assert_eq!(found, expected.map(|(file, line, way)| (files[file].0.to_owned(), line, message(way))));
    }

    #[test]
    fn an_item_re_exported_at_the_root_is_its_modules() {
        for root in ["pub use x::{X, Z};", "pub use self::x::Y as X;", "pub(crate) use crate::x::{inner::{Y, X}, Z};"] {
            let files = [("lib.rs", root), ("x/mod.rs", "use crate::y::Y;\n"), ("y.rs", "use crate::X;\n")];
            assert_eq!(found(&files), ["x/mod.rs:1", "y.rs:1"], "{root}");
        }
    }

    #[test]
    fn allows_one_direction_tests_and_other_crates() {
        let root = "pub use other::X;\npub use x::{W, Z};\npub use y::Y as V;\nconst Q: u8 = 0;\n";
        let x = "use crate::{Q, X, y::Y};\n#[cfg(test)]\nmod tests { use crate::z; }\n";
        let files = [
            ("lib.rs", root),
            ("x/mod.rs", x),
            ("x/part.rs", "use super::y::Own;\nuse super::*;\n"),
            ("y/mod.rs", "use crate::X;\nuse self::x::Own;\n"),
            ("z.rs", "use crate::x;\n"),
            ("y/tests.rs", "use crate::x::X;\n"),
        ];
        assert_eq!(found(&files), [""; 0]);
        let binaries = [("bin/p/main.rs", ""), ("bin/p/x.rs", "use crate::y;\n"), ("y.rs", "use crate::x;\n")];
        assert_eq!(found(&[&binaries[..], &[("x.rs", "")]].concat()), [""; 0]);
    }
}
