//! By which words users and rooms are found, and in which order.

use std::{collections::BTreeMap, fmt::Display, str::FromStr};

use crate::{limits, unicode};

/// A text by which somebody or something is found: a folded name, from the beginning of one of its words to its end.
///
/// A store keeps the words beside what they find. It finds by a range of texts, so that "ann s" finds Ann.Smith, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// What has a word of a lower rank comes first.
    pub rank: u8,
    /// The folded text.
    pub text: String,
    /// A [`Prefix`] of so many bytes, or fewer, begins an earlier word of the same owner, who is found by that one.
    pub shared: usize,
}

/// What somebody searches for, folded: the beginning of a word, and perhaps of what follows it.
///
/// ```
/// use chat_model::Prefix;
///
/// assert_eq!(Prefix::parse("  @JOSÉ_m")?.as_str(), "jose m");
/// assert!(Prefix::parse(" ? ").is_err());
/// # Ok::<(), chat_model::InvalidSearch>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix(String);

/// Why nothing can be found by a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidSearch(&'static str);

impl InvalidSearch {
    /// The rule that the text breaks.
    pub fn problem(self) -> &'static str {
        self.0
    }
}

/// Where somebody or something is found. Places are in the order in which they are found: by rank, by text, by id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place<I> {
    /// The word's rank.
    pub rank: u8,
    /// The word's text.
    pub text: String,
    /// Whose word it is.
    pub id: I,
}

/// The words of some texts, each with the rank of the whole text and that of what begins within it. Of each text the first
/// [`MAX_WORDS`](limits::MAX_WORDS) count.
///
/// A prefix begins none of the words, or exactly one with `shared` below the prefix's length. So nobody is found twice.
pub fn words<'a>(texts: impl IntoIterator<Item = (&'a str, [u8; 2])>) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    for (text, [whole, later]) in texts {
        let folded = fold(text);
        let begins = folded.match_indices(' ').map(|(at, _)| (later, at + 1));
        for (rank, at) in [(whole, 0)].into_iter().chain(begins).take(limits::MAX_WORDS) {
            let text = cut(&folded[at..]);
            let shared = words.iter().map(|earlier| common(&earlier.text, text)).max().unwrap_or(0);
            words.push(Word { rank, text: text.to_owned(), shared });
        }
    }
    words.retain(|word| word.shared < word.text.len());
    words
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(limits::MAX_SEARCH_BYTES)]
}

/// How many bytes both begin with.
fn common(a: &str, b: &str) -> usize {
    a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count()
}

impl Word {
    /// Whether its owner is found by this word.
    pub fn begins_with(&self, prefix: &Prefix) -> bool {
        self.text.starts_with(&prefix.0) && self.shared < prefix.0.len()
    }

    /// The word's place among those of all owners.
    pub fn place<I: Clone>(&self, id: &I) -> Place<I> {
        Place { rank: self.rank, text: self.text.clone(), id: id.clone() }
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

impl<I: Display + FromStr> Place<I> {
    /// The place as a text that says nothing to people, for a client to bring back.
    pub fn to_text(&self) -> String {
        let text = format!("{} {} {}", self.rank, self.id, self.text);
        text.bytes().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The place of this text, where it is one among those whose texts begin so, and of one of these ranks.
    pub fn parse(text: &str, prefix: &Prefix, ranks: &[u8]) -> Option<Self> {
        if !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).ok();
        let bytes: Option<Vec<u8>> = (0..text.len()).step_by(2).map(byte).collect();
        let text = String::from_utf8(bytes?).ok()?;
        let mut parts = text.splitn(3, ' ');
        let rank = parts.next()?.parse().ok().filter(|rank| ranks.contains(rank))?;
        let id = parts.next()?.parse().ok()?;
        let text = parts.next().filter(|text| text.starts_with(&prefix.0))?.to_owned();
        Some(Self { rank, text, id })
    }
}

/// The words of all owners in memory, for stores that have no database.
#[derive(Debug)]
pub struct WordIndex<I>(BTreeMap<(u8, String), BTreeMap<I, usize>>);

impl<I> Default for WordIndex<I> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<I: Ord + Clone> WordIndex<I> {
    /// Puts in an owner's words.
    pub fn insert(&mut self, id: &I, words: Vec<Word>) {
        for word in words {
            self.0.entry((word.rank, word.text)).or_default().insert(id.clone(), word.shared);
        }
    }

    /// Takes out the words that were put in for an owner.
    pub fn remove(&mut self, id: &I, words: Vec<Word>) {
        for word in words {
            let place = (word.rank, word.text);
            let owners = self.0.get_mut(&place);
            if owners.is_some_and(|owners| owners.remove(id).is_some() && owners.is_empty()) {
                self.0.remove(&place);
            }
        }
    }

    /// Those whose word has one of these ascending ranks and begins so, in the order in which they are found, from above `after`.
    pub fn find<'a>(
        &'a self,
        ranks: &'a [u8],
        prefix: &'a Prefix,
        after: Option<&'a Place<I>>,
    ) -> impl Iterator<Item = Place<I>> + 'a {
        let ranks = ranks.iter().filter(move |rank| after.is_none_or(|after| after.rank <= **rank));
        let places = ranks.flat_map(move |&rank| {
            let from = after.filter(|after| after.rank == rank).map_or(prefix.as_str(), |after| &after.text);
            self.0.range((rank, from.to_owned())..(rank, prefix.end()))
        });
        let places = places.flat_map(move |((rank, text), owners)| {
            let whole = owners.iter().filter(|(_, shared)| **shared < prefix.as_str().len());
            whole.map(move |(id, _)| Place { rank: *rank, text: text.clone(), id: id.clone() })
        });
        places.filter(move |place| after.is_none_or(|after| place > after))
    }
}

/// What names are compared by: without case, marks and width, its words parted by one space each.
fn fold(text: &str) -> String {
    let is_kept = |c: &char| !unicode::is_mark(*c) && !matches!(*c, unicode::ZWNJ | unicode::ZWJ);
    let taken_apart = unicode::taken_apart(text);
    // Upper case and then lower case makes the same of ß and SS, and of the three sigmas.
    let cased = taken_apart.chars().filter(is_kept).flat_map(char::to_uppercase).flat_map(char::to_lowercase);
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
    use crate::UserId;

    fn of_name(name: &str) -> Vec<Word> {
        words([(name, [0, 1])])
    }

    fn texts(name: &str) -> Vec<(u8, String, usize)> {
        of_name(name).into_iter().map(|word| (word.rank, word.text, word.shared)).collect()
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
        let expected: [(u8, String, usize); 2] = [(0, "ann smith".into(), 0), (1, "smith".into(), 0)];
        assert_eq!(texts("Ann.Smith"), expected);
        // "an" and "ann" find the whole name, "anna" the later word.
        let expected: [(u8, String, usize); 2] = [(0, "ann anna".into(), 0), (1, "anna".into(), 3)];
        assert_eq!(texts("ann-anna"), expected);
        assert_eq!(texts("ann.ann"), [(0, "ann ann".into(), 0)] as [(u8, String, usize); 1]);
        assert_eq!(texts("__"), [] as [(u8, String, usize); 0]);
        assert_eq!(of_name(&"a.b.c.d.".repeat(8)).len(), 4);
        let many: Vec<String> = (0..40).map(|n| format!("w{n}")).collect();
        assert!(of_name(&many.join(".")).len() <= limits::MAX_WORDS);
    }

    #[test]
    fn a_later_text_finds_what_an_earlier_one_does_not() {
        let found = words([("Rust", [0, 1]), ("On Rustaceans, and rust", [2, 2])]);
        let found: Vec<_> = found.iter().map(|word| (word.rank, &*word.text, word.shared)).collect();
        let expected =
            [(0, "rust", 0), (2, "on rustaceans and rust", 0), (2, "rustaceans and rust", 4), (2, "and rust", 0)];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_nothing_can_be_found_by_is_refused() {
        for text in ["", "  ", "@", "😀", &"x".repeat(257)] {
            assert!(Prefix::parse(text).is_err(), "{text:?}");
        }
        assert_eq!(Prefix::parse(&"x".repeat(256)).unwrap().as_str().len(), 256);
    }

    #[test]
    fn a_place_comes_back_by_its_text_for_its_own_search() {
        let place = Place { rank: 1, text: "smith the 2nd ü".into(), id: UserId::parse("u:1.a-b_c").unwrap() };
        let parse = |text: &str, prefix: &str| Place::<UserId>::parse(text, &Prefix::parse(prefix).unwrap(), &[0, 1]);
        assert_eq!(parse(&place.to_text(), "smi"), Some(place.clone()));
        assert_eq!(parse(&place.to_text(), "ann"), None);
        let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
        let others = ["".into(), "x".into(), "!!".into(), "abc".into(), "ÿÿ".into(), "ff".into()];
        let others = others.into_iter().chain(["2 u smith", "1 u", "x u smith", "1 ! smith"].map(hex));
        others.for_each(|text| assert_eq!(parse(&text, "smi"), None, "{text}"));
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
                let found: Vec<_> = of_name(&name).into_iter().filter(|word| word.begins_with(&prefix)).collect();
                prop_assert_eq!(found.len(), usize::from(begins));
                let first = folded.starts_with(prefix.as_str());
                prop_assert!(found.iter().all(|word| (word.rank == 0) == first && word.text < prefix.end()));
            }
        }

        #[test]
        fn a_prefix_finds_several_texts_once_or_not_at_all(
            name in r"[a-b ]{1,8}", topic in r"[a-b ]{0,16}", typed in r"[a-b ]{1,4}"
        ) {
            if let Ok(prefix) = Prefix::parse(&typed) {
                let found = words([(&*name, [0, 1]), (&*topic, [2, 2])]);
                let found = found.iter().filter(|word| word.begins_with(&prefix)).count();
                let is_in = |text: &str| of_name(text).iter().any(|word| word.text.starts_with(prefix.as_str()));
                prop_assert_eq!(found, usize::from(is_in(&name) || is_in(&topic)));
            }
        }

        #[test]
        fn whoever_types_the_beginning_of_a_name_finds_it(name in r"[a-zA-ZéüßΣ가-힣._\-]{1,16}", length in 1usize..16) {
            let typed: String = name.chars().take(length).collect();
            if let Ok(prefix) = Prefix::parse(&typed) {
                prop_assert!(of_name(&name).iter().any(|word| word.begins_with(&prefix)), "{:?} {:?}", name, typed);
            }
        }
    }
}
