//! As much of Rust's grammar as the rules need: what is code, what is a test, where functions and paths are.

use std::ops::Range;

/// What is known about a Rust file.
pub(super) struct Rust {
    /// The text with comments and literals blanked; every byte is where it was.
    pub(super) code: String,
    /// Modules declared as `#[cfg(test)] mod name;`.
    pub(super) test_modules: Vec<String>,
    /// The byte at which each line starts.
    lines: Vec<usize>,
    tests: Vec<Range<usize>>,
}

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Function<'a> {
    pub(super) name: &'a str,
    /// The line of the word `fn`.
    pub(super) line: usize,
    /// Lines from there to the closing brace.
    pub(super) length: usize,
}

impl Rust {
    pub(super) fn read(text: &str) -> Self {
        let code = blank(text);
        let lines = std::iter::once(0).chain(code.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let mut rust = Self { code, test_modules: Vec::new(), lines, tests: Vec::new() };
        rust.find_tests();
        rust
    }

    /// The same file, all of it a test.
    pub(super) fn all_tests(mut self) -> Self {
        self.tests = std::iter::once(0..usize::MAX).collect();
        self
    }

    /// The line of a byte, counted from 1.
    pub(super) fn line_at(&self, byte: usize) -> usize {
        self.lines.partition_point(|&start| start <= byte)
    }

    /// Whether the byte is in a test.
    pub(super) fn is_test_at(&self, byte: usize) -> bool {
        self.tests.iter().any(|test| test.contains(&byte))
    }

    /// Whether what the line, counted from 1, begins with is in a test.
    pub(super) fn is_test(&self, line: usize) -> bool {
        let start = self.lines[line - 1];
        self.is_test_at(start + self.code[start..].find(|c| c != ' ').unwrap_or(0))
    }

    /// The byte positions of a text in the code.
    pub(super) fn find<'a>(&'a self, what: &'a str) -> impl Iterator<Item = usize> + 'a {
        self.code.match_indices(what).map(|(at, _)| at)
    }

    /// Identifiers and keywords, with their positions.
    pub(super) fn words(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut rest = 0;
        std::iter::from_fn(move || {
            let start = rest + self.code[rest..].find(is_word)?;
            let end = start + self.code[start..].find(|c| !is_word(c)).unwrap_or(self.code.len() - start);
            rest = end;
            Some((start, &self.code[start..end]))
        })
    }

    /// All functions that have a body.
    pub(super) fn functions(&self) -> impl Iterator<Item = Function<'_>> {
        self.words().filter(|(_, word)| *word == "fn").filter_map(|(at, _)| {
            let after = self.code[at + 2..].trim_start();
            let name = &after[..after.find(|c| !is_word(c)).unwrap_or(after.len())];
            // `fn(` is a type.
            let body = if name.is_empty() { None } else { self.body(at) }?;
            let line = self.line_at(at);
            Some(Function { name, line, length: self.line_at(body.end - 1) - line + 1 })
        })
    }

    /// All paths with more than one segment, and single words, with `use` trees written out.
    pub(super) fn paths(&self) -> Vec<(usize, Vec<&str>)> {
        let mut paths = Vec::new();
        let mut prefixes: Vec<Vec<&str>> = Vec::new();
        let mut current: Vec<&str> = Vec::new();
        let mut start = 0;
        let mut last_end = 0;
        for (at, word) in self.words() {
            let between = &self.code[last_end..at];
            // A path goes on after `::` and begins anew after anything else.
            if !current.is_empty() && !joined(between) {
                paths.push((start, std::mem::take(&mut current)));
            }
            for symbol in between.chars() {
                match symbol {
                    '{' => prefixes.push(Vec::new()),
                    '}' => drop(prefixes.pop()),
                    _ => {}
                }
            }
            if between.trim_end().ends_with('{') && between.trim_start().starts_with("::") {
                let prefix = paths.pop().map(|(_, path)| path).unwrap_or_default();
                if let Some(last) = prefixes.last_mut() {
                    *last = prefix;
                }
            }
            if current.is_empty() {
                start = at;
                current = prefixes.last().cloned().unwrap_or_default();
            }
            current.push(word);
            last_end = at + word.len();
        }
        paths.push((start, current));
        paths
    }

    /// From a byte to the next semicolon.
    pub(super) fn statement(&self, from: usize) -> Range<usize> {
        from..self.code[from..].find(';').map_or(self.code.len(), |end| from + end)
    }

    /// From the first brace after `from` to the one that closes it; nothing if a semicolon ends the item before.
    fn body(&self, from: usize) -> Option<Range<usize>> {
        let bytes = self.code.as_bytes();
        let mut nested = 0_usize;
        let mut open = None;
        for (at, byte) in bytes.iter().enumerate().skip(from) {
            match byte {
                b';' if open.is_none() && nested == 0 => return None,
                b'(' | b'[' => nested += 1,
                b')' | b']' => nested = nested.saturating_sub(1),
                b'{' => {
                    open = open.or((nested == 0).then_some(at));
                    nested += 1;
                }
                b'}' if nested == 0 => return None,
                b'}' => {
                    nested -= 1;
                    if let (Some(open), 0) = (open, nested) {
                        return Some(open..at + 1);
                    }
                }
                _ => {}
            }
        }
        open.map(|open| open..bytes.len())
    }

    fn find_tests(&mut self) {
        const MARKS: [&str; 4] = ["#[cfg(test)]", "#[cfg(all(test", "#[test]", "#[tokio::test"];
        let mut starts: Vec<usize> = MARKS.iter().flat_map(|mark| self.find(mark)).collect();
        starts.sort_unstable();
        for start in starts {
            let attribute = start + self.code[start..].find(']').unwrap_or(0);
            match self.body(attribute + 1) {
                Some(body) => self.tests.push(start..body.end),
                None => {
                    let end = attribute + self.code[attribute..].find([';', ',', '}']).unwrap_or(0);
                    let item = &self.code[attribute + 1..end];
                    if let Some((_, name)) = item.rsplit_once("mod ") {
                        self.test_modules.push(name.trim().to_owned());
                    }
                    self.tests.push(start..end + 1);
                }
            }
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether two words with this between them belong to one path.
fn joined(between: &str) -> bool {
    between.trim() == "::"
}

/// Replaces comments, strings and characters by blanks.
fn blank(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let before = code.chars().next_back();
        let hidden = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => block_comment(rest),
            '"' => quoted(rest, '"'),
            '\'' => character(rest),
            'r' | 'b' | 'c' if !before.is_some_and(is_word) => prefixed(rest),
            _ => 0,
        };
        if hidden == 0 {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            code.extend(rest[..hidden].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
            rest = &rest[hidden..];
        }
    }
    code
}

/// The length of a block comment, with the ones nested in it.
fn block_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

/// The length of a literal from its opening quote to its closing one.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of a character literal; 0 for a lifetime.
fn character(text: &str) -> usize {
    let mut chars = text.chars().skip(1);
    match (chars.next(), chars.next()) {
        (Some('\\'), _) => quoted(text, '\''),
        (Some(c), Some('\'')) => c.len_utf8() + 2,
        _ => 0,
    }
}

/// The length of a literal with a prefix (`r"…"`, `br#"…"#`, `b'x'`, `c"…"`); 0 if these letters start a word.
fn prefixed(text: &str) -> usize {
    let prefix = ["br", "cr", "r", "b", "c"].into_iter().find(|prefix| {
        let after = text[prefix.len().min(text.len())..].trim_start_matches('#');
        text.starts_with(prefix) && (after.starts_with('"') || after.starts_with('\''))
    });
    let Some(prefix) = prefix else { return 0 };
    let body = &text[prefix.len()..];
    let hashes = body.len() - body.trim_start_matches('#').len();
    if prefix.ends_with('r') {
        if !body[hashes..].starts_with('"') {
            return 0;
        }
        let close = format!("\"{}", "#".repeat(hashes));
        let open = prefix.len() + hashes + 1;
        return text[open..].find(&close).map_or(text.len(), |at| open + at + close.len());
    }
    match body.chars().next() {
        Some('"') => prefix.len() + quoted(body, '"'),
        Some('\'') if prefix == "b" => prefix.len() + quoted(body, '\''),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_comments_and_literals_and_nothing_else() {
        // What is between « and » must be blank then; what is not must stay.
        for sample in [
            "a «// b»\nc",
            "a «/* b /* c */ d */» e",
            r#"a(«"b\"c{"»)d"#,
            r##"«r"\"» + «r#"a"b"#» + x"##,
            r#"«br"{"» + «b"{"» + «c"{"» + «b'{'»"#,
            r"«'{'» + «'\''» + «'\u{7b}'»",
            "fn f<'a>(x: &'a str)",
            "r#type + bar + b",
            "«'é'» + é",
        ] {
            let mut code = String::new();
            for (index, part) in sample.split(['«', '»']).enumerate() {
                code.push_str(&if index % 2 == 0 { part.to_owned() } else { " ".repeat(part.len()) });
            }
            assert_eq!(blank(&sample.replace(['«', '»'], "")), code, "{sample}");
        }
    }

    #[test]
    fn finds_functions_and_their_lengths() {
        let text = "trait T { fn none(&self); fn one(&self) { } }\n\
            fn two<F: Fn() -> [u8; 2]>(f: F)\n{ let s = \"}\"; }\n\
            type P = fn(u8) -> u8;\n\
            fn outer() {\n  fn inner() {\n  }\n  match x { _ => {} }\n}\n";
        let rust = Rust::read(text);
        let found: Vec<_> = rust.functions().map(|f| (f.name, f.line, f.length)).collect();
        assert_eq!(found, [("one", 1, 1), ("two", 2, 2), ("outer", 5, 5), ("inner", 6, 2)]);
    }

    #[test]
    fn knows_which_lines_are_tests() {
        let text = "fn a() {}\n#[cfg(test)]\nuse x::y;\nfn b() {}\n#[cfg(test)]\n#[allow(x)]\nmod tests {\n    fn c() {}\n}\n\
            fn d() {}\n#[test]\nfn e() {\n}\nstruct S {\n    #[cfg(test)]\n    f: u8,\n    g: u8,\n}\nfn h() {}\n\
            #[cfg(test)]\nmod oracle;\n";
        let rust = Rust::read(text);
        let tests: Vec<_> = (1..=21).filter(|&line| rust.is_test(line)).collect();
        assert_eq!(tests, [2, 3, 5, 6, 7, 8, 9, 11, 12, 13, 15, 16, 20, 21]);
        assert_eq!(rust.test_modules, ["oracle"]);
    }

    #[test]
    fn writes_paths_out() {
        let text = "use std::{time::{Instant, Duration}, fs};\nfn f() { std::env::var(x); { y } }\nuse a::b;";
        let rust = Rust::read(text);
        let paths: Vec<_> = rust.paths().into_iter().map(|(at, path)| (rust.line_at(at), path.join("::"))).collect();
        for (line, path) in [
            (1, "std::time::Instant"),
            (1, "std::time::Duration"),
            (1, "std::fs"),
            (2, "std::env::var"),
            (2, "y"),
            (3, "a::b"),
        ] {
            assert!(paths.contains(&(line, path.to_owned())), "{path} in {paths:?}");
        }
    }
}
