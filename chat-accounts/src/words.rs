//! By which words a user is found, and in which order.

use std::iter;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chat_core::{UserId, limits};
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

use crate::{Account, Username};

/// A text by which a user is found: their folded name, from the beginning of one of its words to its end.
///
/// A store keeps the words of each account beside it. It finds by a range of texts, so that "ann s" finds Ann.Smith, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// 0 for the whole name, which comes first; 1 for what begins within it.
    pub rank: u8,
    /// The folded text.
    pub text: String,
    /// A [`Prefix`] of so many bytes, or fewer, begins an earlier word of the same name: the user is found by that one.
    pub shared: usize,
}

/// What somebody searches for, folded: the beginning of a word, and perhaps of what follows it.
///
/// ```
/// use chat_accounts::Prefix;
///
/// assert_eq!(Prefix::parse("  @JOSÉ_m")?.as_str(), "jose m");
/// assert!(Prefix::parse(" ? ").is_err());
/// # Ok::<(), chat_accounts::InvalidSearch>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix(String);

/// Why nobody can be found by a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidSearch(&'static str);

impl InvalidSearch {
    /// The rule that the text breaks.
    pub fn problem(self) -> &'static str {
        self.0
    }
}

/// Where a user is found. Places are in the order in which users are found: by rank, by text, by user id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The word's rank.
    pub rank: u8,
    /// The word's text.
    pub text: String,
    /// The user.
    pub user: UserId,
}

/// A user who was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where: the next page begins behind it.
    pub place: Place,
    /// The user's name.
    pub username: Username,
}

/// The ranks of words, in their order.
pub const RANKS: [u8; 2] = [0, 1];

impl Account {
    /// The words by which others find the user: none unless the account is active and its user wants to be found.
    ///
    /// A prefix begins none of them, or exactly one with `shared` below its length. So nobody is found twice.
    pub fn words(&self) -> Vec<Word> {
        if self.findable && self.is_active() { words(self.username.shown()) } else { Vec::new() }
    }
}

fn words(name: &str) -> Vec<Word> {
    let folded = fold(name);
    let begins = iter::once(0).chain(folded.match_indices(' ').map(|(at, _)| at + 1));
    let texts: Vec<&str> = begins.map(|at| cut(&folded[at..])).take(limits::MAX_WORDS).collect();
    let word = |(n, text): (usize, &&str)| {
        let shared = texts[..n].iter().map(|earlier| common(earlier, text)).max().unwrap_or(0);
        Word { rank: u8::from(n > 0), text: (*text).to_owned(), shared }
    };
    let words = texts.iter().enumerate().map(word);
    words.filter(|word| word.shared < word.text.len()).collect()
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(limits::MAX_SEARCH_BYTES)]
}

/// How many bytes both begin with.
fn common(a: &str, b: &str) -> usize {
    a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count()
}

impl Word {
    /// Whether a user is found by this word.
    pub fn begins_with(&self, prefix: &Prefix) -> bool {
        self.text.starts_with(&prefix.0) && self.shared < prefix.0.len()
    }

    /// The word's place among those of all users.
    pub fn place(&self, user: &UserId) -> Place {
        Place { rank: self.rank, text: self.text.clone(), user: user.clone() }
    }
}

impl Prefix {
    /// Folds what somebody typed.
    ///
    /// # Errors
    /// [`InvalidSearch`] says which rule the text breaks.
    pub fn parse(text: &str) -> Result<Self, InvalidSearch> {
        if text.len() > limits::MAX_SEARCH_BYTES {
            return Err(InvalidSearch("is longer than 256 bytes"));
        }
        match fold(text) {
            folded if folded.is_empty() => Err(InvalidSearch("holds no letter and no digit")),
            folded => Ok(Self(folded)),
        }
    }

    /// The folded text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What every text that begins so is below, and every text above those is not: no folded text has this last character.
    pub fn end(&self) -> String {
        format!("{}\u{10ffff}", self.0)
    }
}

impl Place {
    /// The place as a text that says nothing to people, for a client to bring back.
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{} {} {}", self.rank, self.user, self.text))
    }

    /// The place of this text, where it is one among those whose texts begin so.
    pub fn parse(text: &str, prefix: &Prefix) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let mut parts = text.splitn(3, ' ');
        let rank = parts.next()?.parse().ok().filter(|rank| RANKS.contains(rank))?;
        let user = UserId::parse(parts.next()?).ok()?;
        let text = parts.next().filter(|text| text.starts_with(&prefix.0))?.to_owned();
        Some(Self { rank, text, user })
    }
}

/// What names are compared by: without case, marks and width, its words parted by one space each.
fn fold(text: &str) -> String {
    let is_kept = |c: &char| !is_combining_mark(*c) && !matches!(c, '\u{200c}' | '\u{200d}');
    // Upper case and then lower case makes the same of ß and SS, and of the three sigmas.
    let cased = text.nfkd().filter(is_kept).flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    let mut folded = String::with_capacity(text.len());
    for c in cased.filter(is_kept) {
        match without_strokes(c) {
            Some(letters) => folded.push_str(letters),
            None if c.is_alphanumeric() => folded.push(c),
            None if !folded.is_empty() && !folded.ends_with(' ') => folded.push(' '),
            None => {}
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// Latin letters that Unicode does not take apart, as they are typed where a keyboard lacks them.
fn without_strokes(c: char) -> Option<&'static str> {
    Some(match c {
        'æ' => "ae",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ł' => "l",
        'ø' => "o",
        'œ' => "oe",
        'ŧ' => "t",
        'þ' => "th",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(name: &str) -> Vec<(u8, String, usize)> {
        words(name).into_iter().map(|word| (word.rank, word.text, word.shared)).collect()
    }

    #[test]
    fn names_fold_to_what_people_type() {
        let folded = [
            ("José", "jose"),
            ("Jose\u{301}", "jose"),
            ("STRASSE", "strasse"),
            ("Straße", "strasse"),
            ("Søren.Łukasz", "soren lukasz"),
            ("ΟΔΥΣΣΕΥΣ", "οδυσσευσ"),
            ("Ὀδυσσεύς", "οδυσσευσ"),
            ("ᾳ", "α"),
            ("İstanbul ısı", "istanbul isi"),
            ("Ａｎｎ", "ann"),
            ("john_doe--42.", "john doe 42"),
            ("نامه\u{200c}ای", "نامهای"),
            ("__", ""),
        ];
        for (text, expected) in folded {
            assert_eq!(fold(text), expected, "{text:?}");
        }
        assert!(fold("한국").starts_with(&fold("하")), "a syllable begins as its first letters do");
    }

    #[test]
    fn a_name_has_a_word_for_each_beginning_that_finds_more() {
        assert_eq!(
            texts("Ann.Smith"),
            [(0, "ann smith".into(), 0), (1, "smith".into(), 0)] as [(u8, String, usize); 2]
        );
        // "an" and "ann" find the whole name, "anna" the later word.
        assert_eq!(texts("ann-anna"), [(0, "ann anna".into(), 0), (1, "anna".into(), 3)] as [(u8, String, usize); 2]);
        assert_eq!(texts("ann.ann"), [(0, "ann ann".into(), 0)] as [(u8, String, usize); 1]);
        assert_eq!(texts("__"), [] as [(u8, String, usize); 0]);
        assert_eq!(words(&"a.b.c.d.".repeat(8)).len(), 4);
        let many: Vec<String> = (0..40).map(|n| format!("w{n}")).collect();
        assert!(words(&many.join(".")).len() <= limits::MAX_WORDS);
    }

    #[test]
    fn what_nobody_can_be_found_by_is_refused() {
        for text in ["", "  ", "@", "😀", &"x".repeat(257)] {
            assert!(Prefix::parse(text).is_err(), "{text:?}");
        }
        assert_eq!(Prefix::parse(&"x".repeat(256)).unwrap().as_str().len(), 256);
    }

    #[test]
    fn a_place_comes_back_by_its_text_for_its_own_search() {
        let place = Place { rank: 1, text: "smith the 2nd".into(), user: UserId::parse("u:1.a-b_c").unwrap() };
        let prefix = |text: &str| Prefix::parse(text).unwrap();
        assert_eq!(Place::parse(&place.to_text(), &prefix("smi")), Some(place.clone()));
        assert_eq!(Place::parse(&place.to_text(), &prefix("ann")), None);
        let others = ["", "x", "!", "MiBhIGI", &URL_SAFE_NO_PAD.encode("2 u smith"), &URL_SAFE_NO_PAD.encode("1 u")];
        assert!(others.iter().all(|text| Place::parse(text, &prefix("smi")).is_none()));
    }

    proptest! {
        #[test]
        fn a_prefix_finds_a_name_once_or_not_at_all(
            name in r"[a-bA-BéßΣ. \-\PC]{0,12}", typed in r"[a-bé. ]{1,4}", length in 0usize..12
        ) {
            let own: String = name.chars().take(length).collect();
            for text in [typed, own] {
                let Ok(prefix) = Prefix::parse(&text) else { continue };
                let folded = fold(&name);
                let begins = folded.starts_with(prefix.as_str())
                    || folded.match_indices(' ').any(|(at, _)| folded[at + 1..].starts_with(prefix.as_str()));
                let found: Vec<_> = words(&name).into_iter().filter(|word| word.begins_with(&prefix)).collect();
                prop_assert_eq!(found.len(), usize::from(begins));
                let first = folded.starts_with(prefix.as_str());
                prop_assert!(found.iter().all(|word| (word.rank == 0) == first && word.text < prefix.end()));
            }
        }

        #[test]
        fn whoever_types_the_beginning_of_a_name_finds_it(name in r"[a-zA-ZéüßΣ가-힣._\-]{1,16}", length in 1usize..16) {
            let typed: String = name.chars().take(length).collect();
            if let Ok(prefix) = Prefix::parse(&typed) {
                prop_assert!(words(&name).iter().any(|word| word.begins_with(&prefix)), "{:?} {:?}", name, typed);
            }
        }
    }
}
