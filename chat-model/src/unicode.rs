//! What Unicode says of characters, as far as names, messages and reactions are judged by it.

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{
        BinaryProperty, CanonicalCombiningClass, DefaultIgnorableCodePoint, EmojiModifier, EmojiPresentation,
        ExtendedPictographic, GeneralCategory as Category, GeneralCategoryGroup as Group, HangulSyllableType,
        JoiningType, RegionalIndicator,
    },
};

/// Joins two characters that would not be joined, or makes one emoji of two.
pub(crate) const ZWJ: char = '\u{200d}';
/// Keeps two characters apart that would be joined.
pub(crate) const ZWNJ: char = '\u{200c}';

fn has<P: BinaryProperty>(c: char) -> bool {
    CodePointSetData::new::<P>().contains(c)
}

fn category(c: char) -> Category {
    CodePointMapData::<Category>::new().get(c)
}

/// Whether a character is a space of any width.
pub(crate) fn is_space(c: char) -> bool {
    category(c) == Category::SpaceSeparator
}

/// Whether a character is drawn onto the one before it.
pub(crate) fn is_mark(c: char) -> bool {
    Group::Mark.contains(category(c))
}

/// Whether a character is drawn as nothing.
pub(crate) fn is_blank(c: char) -> bool {
    // The last is a pattern of Braille without a dot.
    has::<DefaultIgnorableCodePoint>(c) || c == '\u{2800}'
}

/// Whether a text shows something: not only spaces, marks on nothing, and what controls how others are shown.
pub(crate) fn shows_something(text: &str) -> bool {
    let is_shown = |c: char| !is_mark(c) && !is_blank(c) && !is_control(c) && !Group::Separator.contains(category(c));
    text.chars().any(is_shown)
}

fn is_control(c: char) -> bool {
    matches!(category(c), Category::Control | Category::Format)
}

/// Whether RFC 8264 lets a character into free-form texts wherever it stands: letters, digits, marks, symbols,
/// punctuation and spaces. Conjoining jamo that make no syllable are let in nowhere.
pub(crate) fn is_free_form(c: char) -> bool {
    let is_jamo = || CodePointMapData::<HangulSyllableType>::new().get(c) != HangulSyllableType::NotApplicable;
    let is_syllable = || ('\u{ac00}'..='\u{d7a3}').contains(&c);
    let is_other = Group::Other.contains(category(c));
    !is_other
        && !matches!(category(c), Category::LineSeparator | Category::ParagraphSeparator)
        && !is_blank(c)
        && (!is_jamo() || is_syllable())
}

/// Whether a joiner means something between what is before and after it, by RFC 5892, A.1 and A.2.
pub(crate) fn may_join(before: &str, joiner: char, after: &str) -> bool {
    let virama = |c| CodePointMapData::<CanonicalCombiningClass>::new().get(c) == CanonicalCombiningClass::Virama;
    if before.chars().next_back().is_some_and(virama) {
        return true;
    }
    let joining = |c| CodePointMapData::<JoiningType>::new().get(c);
    let is_seen = |joining: &JoiningType| *joining != JoiningType::Transparent;
    let (left, right) = (before.chars().rev().map(joining).find(is_seen), after.chars().map(joining).find(is_seen));
    joiner == ZWNJ
        && matches!(left, Some(JoiningType::LeftJoining | JoiningType::DualJoining))
        && matches!(right, Some(JoiningType::RightJoining | JoiningType::DualJoining))
}

/// Composed, so that one spelling remains of several that are the same (NFC).
pub(crate) fn composed(text: &str) -> String {
    ComposingNormalizerBorrowed::new_nfc().normalize(text).into_owned()
}

/// Each character taken apart into what it is made of, or stands for (NFKD).
pub(crate) fn taken_apart(text: &str) -> String {
    DecomposingNormalizerBorrowed::new_nfkd().normalize(text).into_owned()
}

/// The form in which texts compare equal that differ in case, width, spelling or in what is not seen.
pub(crate) fn folded(text: &str) -> String {
    let normalizer = ComposingNormalizerBorrowed::new_nfkc();
    let compatible = |text: &str| normalizer.normalize(text).into_owned();
    let seen: String = compatible(text).chars().filter(|c| !is_blank(*c)).collect();
    // By way of capitals, as ß is SS there; ẞ is ß first. Then by characters, as a sigma at the end is no other letter.
    let lower: String = seen.to_lowercase().to_uppercase().chars().flat_map(char::to_lowercase).collect();
    spaced(&compatible(&lower))
}

/// With one plain space for each run of spaces, and without outer ones.
pub(crate) fn spaced(text: &str) -> String {
    let words = text.split(is_space).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

pub(crate) fn is_pictograph(c: char) -> bool {
    has::<ExtendedPictographic>(c)
}

/// Whether a pictograph is shown in colour without a selector that says so.
pub(crate) fn is_colourful(c: char) -> bool {
    has::<EmojiPresentation>(c)
}

pub(crate) fn is_skin_tone(c: char) -> bool {
    has::<EmojiModifier>(c)
}

pub(crate) fn is_regional(c: char) -> bool {
    has::<RegionalIndicator>(c)
}
