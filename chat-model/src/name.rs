//! How names are prepared, by the Nickname profile of RFC 8266: what they may hold, and in which spelling they are kept.

use crate::{
    emoji, limits,
    unicode::{self, ZWJ, ZWNJ},
};

/// The name as it is kept: composed, with one plain space for each run of spaces, and without outer ones.
pub(crate) fn prepare(text: &str) -> Result<String, &'static str> {
    let name = unicode::spaced(&unicode::composed(text));
    if name.is_empty() {
        return Err("is empty");
    }
    if name.len() > limits::MAX_NAME_BYTES {
        return Err("is longer than 64 bytes");
    }
    check(&name)?;
    if !unicode::shows_something(&name) {
        return Err("shows nothing");
    }
    Ok(name)
}

/// The rule that names had to keep before [`prepare`]: those that stores have may be such.
pub(crate) fn check_stored(text: &str) -> Result<(), &'static str> {
    match text {
        "" => Err("is empty"),
        _ if text.len() > limits::MAX_NAME_BYTES => Err("is longer than 64 bytes"),
        _ if text.chars().any(char::is_control) => Err("holds a control character"),
        _ => Ok(()),
    }
}

fn check(name: &str) -> Result<(), &'static str> {
    let (mut at, mut before) = (0, ' ');
    while let Some(c) = name[at..].chars().next() {
        let end = at + c.len_utf8();
        let emoji = emoji::first(&name[at..]).map(|(bytes, _)| bytes);
        match c {
            _ if emoji.is_some() => {}
            ZWJ | ZWNJ if unicode::may_join(&name[..at], c, &name[end..]) => {}
            _ if c.is_control() => return Err("holds a control character"),
            _ if !unicode::is_free_form(c) => return Err("holds an invisible character"),
            _ if unicode::is_mark(c) && before == ' ' => return Err("holds a mark on nothing"),
            _ => {}
        }
        at = emoji.map_or(end, |bytes| at + bytes);
        before = c;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Name;

    #[test]
    fn names_hold_nothing_that_is_not_seen() {
        let unseen = "\u{ad}\u{34f}\u{61c}\u{115f}\u{17b4}\u{180b}\u{180e}\u{180f}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{2028}\
            \u{202e}\u{2060}\u{2066}\u{206f}\u{2800}\u{3164}\u{fe00}\u{fe0f}\u{feff}\u{ffa0}\u{fff0}\u{fffb}\u{e000}\u{1bca0}\
            \u{1d173}\u{1d17a}\u{e0001}\u{e0061}\u{e0100}\u{e0fff}\0\n\u{7f}\u{85}";
        for c in unseen.chars() {
            for name in
                [format!("{c}"), format!("{c}{c}"), format!("Ow{c}ner"), format!("Owner{c}"), format!("{c}Owner")]
            {
                assert!(prepare(&name).is_err(), "{name:?}");
            }
        }
        let alone =
            ["", " ", "\u{a0}", "\u{3000}", "\u{301}", "\u{200c}\u{200d}", "a \u{301}", "\u{93e}", "\u{1160}\u{11a8}"];
        for name in alone {
            assert!(prepare(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn names_of_people_are_names() {
        for name in [
            "Zoë 🐙",
            "Иван",
            "山田 太郎",
            "नरेन्द्र",
            "می\u{200c}خواهم",
            "क\u{94d}\u{200d}ष",
            "👩\u{200d}💻",
            "❤\u{fe0f} Ann",
            "❤ Ann",
            "O'Neill",
            "한글",
            "1\u{fe0f}\u{20e3}st",
            "🇩🇪",
            "x\u{304}",
            "...",
            "ﷺ",
            "ＡＮＮ",
            "ⓐnn",
            "தமிழ்",
            "Ngô Đình",
            "שרה",
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
        ] {
            assert_eq!(prepare(name).as_deref(), Ok(name), "{name:?}");
        }
    }

    #[test]
    fn names_are_kept_in_one_spelling() {
        for (given, kept) in [
            (" ann ", "ann"),
            ("\u{a0}john\u{a0} \u{2003}doe\u{3000}", "john doe"),
            ("Zoe\u{308}", "Zo\u{eb}"),
            ("\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}", "한글"),
            ("\u{212b}ngstr\u{f6}m", "\u{c5}ngström"),
        ] {
            assert_eq!(prepare(given).as_deref(), Ok(kept), "{given:?}");
        }
        let (fits, spaced) = ("x".repeat(limits::MAX_NAME_BYTES), format!(" {} ", "x".repeat(limits::MAX_NAME_BYTES)));
        assert_eq!(prepare(&spaced), Ok(fits));
        assert!(prepare(&"x".repeat(limits::MAX_NAME_BYTES + 1)).is_err());
    }

    #[test]
    fn names_that_look_the_same_compare_equal() {
        let folded = |name: &str| Name::parse(name).unwrap().folded();
        for (a, b) in [
            ("ann", "ANN"),
            ("stra\u{df}e", "STRASSE"),
            ("stra\u{df}e", "STRA\u{1e9e}E"),
            ("Zo\u{eb}", "ZOE\u{308}"),
            ("ＡＮＮ", "ann"),
            ("john doe", "John\u{a0} Doe"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("ﬁsh", "FISH"),
            ("ⓐnn", "ann"),
            ("❤\u{fe0f} ann", "❤ Ann"),
            ("می\u{200c}خواهم", "میخواهم"),
            ("ｶﾞ", "ガ"),
        ] {
            assert_eq!(folded(a), folded(b), "{a:?} {b:?}");
        }
        for (a, b) in [("ann", "anna"), ("zoe", "zoë"), ("john doe", "johndoe"), ("a", "b")] {
            assert_ne!(folded(a), folded(b), "{a:?} {b:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_kept_is_kept_as_it_is(text in r"[\PC\p{M}a-zß \u{200c}\u{200d}\u{fe0f}\u{a0}]{0,12}") {
            if let Ok(name) = Name::parse(&text) {
                prop_assert_eq!(&Name::parse(name.as_str()).unwrap(), &name);
                prop_assert_eq!(unicode::folded(&name.folded()), name.folded());
                prop_assert!(check_stored(name.as_str()).is_ok());
            }
        }
    }
}
