//! One emoji, by the grammar of UTS 51, and what may be a reaction.

use std::iter::Peekable;

use crate::{
    limits,
    unicode::{self, ZWJ},
};

/// Has the character before it shown in colour.
const COLOUR: char = '\u{fe0f}';
/// Has the character before it shown as text.
const PLAIN: char = '\u{fe0e}';
const KEYCAP: char = '\u{20e3}';
const BLACK_FLAG: char = '\u{1f3f4}';
const END_OF_TAGS: char = '\u{e007f}';

/// The one spelling of a reaction: an emoji with those selectors that it needs, or a short name of `[a-z0-9_+-]`.
/// `None` for what is neither.
pub(crate) fn reaction(text: &str) -> Option<String> {
    let is_short_name = (1..=limits::MAX_SHORT_NAME_BYTES).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_+-".contains(&b));
    if is_short_name {
        return Some(text.into());
    }
    let (bytes, emoji) = first(text)?;
    (bytes == text.len() && emoji.len() <= limits::MAX_EMOJI_BYTES).then_some(emoji)
}

/// Whether two reactions are one, however their selectors are set.
pub(crate) fn is_same_reaction(a: &str, b: &str) -> bool {
    let shown = |text: &str| text.chars().filter(|c| !is_selector(*c)).collect::<String>();
    a == b || (!a.is_ascii() && !b.is_ascii() && shown(a) == shown(b))
}

/// The emoji with which a text begins: how many bytes of it, and its one spelling.
pub(crate) fn first(text: &str) -> Option<(usize, String)> {
    let mut chars = Chars { left: text.chars().peekable(), bytes: 0 };
    let mut emoji = String::new();
    let start = chars.next_if(|_| true)?;
    emoji.push(start);
    if unicode::is_regional(start) {
        emoji.push(chars.next_if(unicode::is_regional)?);
    } else if start.is_ascii_digit() || matches!(start, '#' | '*') {
        chars.next_if(|c| c == COLOUR);
        emoji.extend([COLOUR, chars.next_if(|c| c == KEYCAP)?]);
    } else if unicode::is_pictograph(start) {
        sequence(start, &mut chars, &mut emoji);
    } else if !unicode::is_skin_tone(start) {
        return None;
    }
    Some((chars.bytes, emoji))
}

/// Pictographs that are joined, after the first of them.
fn sequence(start: char, chars: &mut Chars<'_>, emoji: &mut String) {
    modifiers(start, chars, emoji);
    while let Some(next) = chars.next_joined() {
        emoji.extend([ZWJ, next]);
        modifiers(next, chars, emoji);
    }
}

/// What belongs to a pictograph: a selector, a skin tone, or the tags of a flag.
fn modifiers(pictograph: char, chars: &mut Chars<'_>, emoji: &mut String) {
    chars.next_if(is_selector);
    if let Some(tone) = chars.next_if(unicode::is_skin_tone) {
        emoji.push(tone);
    } else if !unicode::is_colourful(pictograph) {
        emoji.push(COLOUR);
    } else if pictograph == BLACK_FLAG {
        emoji.push_str(&chars.tags());
    }
}

fn is_selector(c: char) -> bool {
    matches!(c, PLAIN | COLOUR)
}

fn is_tag(c: char) -> bool {
    matches!(c, '\u{e0030}'..='\u{e0039}' | '\u{e0061}'..='\u{e007a}')
}

/// What is left of a text, and how many bytes of it were taken.
struct Chars<'a> {
    left: Peekable<std::str::Chars<'a>>,
    bytes: usize,
}

impl Chars<'_> {
    fn next_if(&mut self, is_wanted: impl Fn(char) -> bool) -> Option<char> {
        let c = self.left.next_if(|c| is_wanted(*c))?;
        self.bytes += c.len_utf8();
        Some(c)
    }

    /// The pictograph that is joined to what was taken.
    fn next_joined(&mut self) -> Option<char> {
        let mut ahead = self.left.clone();
        let next = ahead.next_if_eq(&ZWJ).and_then(|_| ahead.next()).filter(|c| unicode::is_pictograph(*c))?;
        self.left = ahead;
        self.bytes += ZWJ.len_utf8() + next.len_utf8();
        Some(next)
    }

    /// The tags that make a region's flag of a black one, with their end: three to six of them.
    fn tags(&mut self) -> String {
        let tags: String = self.left.clone().take_while(|c| is_tag(*c) || *c == END_OF_TAGS).collect();
        let region = tags.strip_suffix(END_OF_TAGS).filter(|region| (3..=6).contains(&region.chars().count()));
        if region.is_none_or(|region| region.contains(END_OF_TAGS)) {
            return String::new();
        }
        for _ in tags.chars() {
            self.next_if(|_| true);
        }
        tags
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reaction_is_one_emoji_or_a_short_name() {
        for (text, spelling) in [
            ("👍", "👍"),
            ("👍\u{fe0f}", "👍"),
            ("👍🏽", "👍🏽"),
            ("❤", "❤\u{fe0f}"),
            ("❤\u{fe0f}", "❤\u{fe0f}"),
            ("❤\u{fe0e}", "❤\u{fe0f}"),
            ("☝🏽", "☝🏽"),
            ("🇩🇪", "🇩🇪"),
            ("1\u{20e3}", "1\u{fe0f}\u{20e3}"),
            ("#\u{fe0f}\u{20e3}", "#\u{fe0f}\u{20e3}"),
            ("👩\u{200d}💻", "👩\u{200d}💻"),
            ("👩\u{200d}❤\u{200d}👨", "👩\u{200d}❤\u{fe0f}\u{200d}👨"),
            ("🕵🏻\u{200d}♂", "🕵🏻\u{200d}♂\u{fe0f}"),
            (
                "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
                "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            ),
            ("🏳\u{200d}🌈", "🏳\u{fe0f}\u{200d}🌈"),
            ("🏽", "🏽"),
            ("ok", "ok"),
            ("+1", "+1"),
            ("1", "1"),
            ("party_parrot-2", "party_parrot-2"),
        ] {
            assert_eq!(reaction(text).as_deref(), Some(spelling), "{text:?}");
            assert_eq!(reaction(spelling).as_deref(), Some(spelling), "{text:?} has one spelling");
            assert!(is_same_reaction(text, spelling), "{text:?}");
        }
    }

    #[test]
    fn nothing_else_is_a_reaction() {
        let long = "x".repeat(limits::MAX_SHORT_NAME_BYTES + 1);
        let family = format!("👩{}", "\u{200d}👩".repeat(10));
        for text in [
            "",
            " ",
            "  ",
            "\n",
            "\t",
            "\u{7f}",
            "\u{200d}",
            "\u{202e}",
            "\u{fe0f}",
            "\u{301}",
            "👍👍",
            "👍 ",
            " 👍",
            "👍\u{200d}",
            "\u{200d}👍",
            "👍a",
            "a👍",
            "🇩",
            "🇩🇪🇫",
            "🏴\u{e0067}",
            "👍\u{fe0f}\u{fe0f}",
            "ß",
            "Ok",
            ":ok:",
            "a b",
            "1\u{fe0f}",
            "<b>",
            &long,
            &family,
        ] {
            assert_eq!(reaction(text), None, "{text:?}");
        }
    }

    #[test]
    fn reactions_that_look_different_are_different() {
        for (a, b) in [("👍", "👍🏽"), ("👍", "👎"), ("ok", "👍"), ("ok", "+1"), ("🇩🇪", "🇫🇷")] {
            assert!(!is_same_reaction(a, b), "{a} {b}");
        }
    }
}
