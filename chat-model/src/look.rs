//! What names look like: two names that a reader takes for one another have a look in common (UTS 39, confusable detection).
//!
//! That takes the feature `confusables`. Without it, a look is the name itself without case, so that only names that compare
//! equal meet.

/// The form of looks. Stores note it beside the looks that they keep, and make these anew where it is another one: it rises
/// with each change of how looks are made, new tables of Unicode among them.
pub const LOOKS_FORM: i64 = 1;

/// The looks of one name: of the name as it is shown, and of the name as it is compared.
///
/// A name has two looks where its capitals look like other letters than its small letters do: `PaypaI` with a capital I looks
/// like `paypal`, and is compared as `paypai`.
///
/// ```
/// use chat_model::{Looks, Name};
///
/// let looks = |name: &str| Name::parse(name).unwrap().looks();
/// assert!(looks("ann").meet(&looks("ANN")));
/// # #[cfg(feature = "confusables")] {
/// assert!(looks("paypal").meet(&looks("PaypaI")));
/// assert!(looks("ann").meet(&looks("аnn"))); // The second one begins with a Cyrillic letter.
/// # }
/// assert!(!looks("ann").meet(&looks("anna")));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Looks(Vec<String>);

impl Looks {
    /// The looks of a name that is shown and compared so.
    pub fn of(shown: &str, compared: &str) -> Self {
        let mut looks = vec![look(shown), look(compared)];
        looks.sort();
        looks.dedup();
        Self(looks)
    }

    /// The looks, which are one or two, each once and in order.
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }

    /// Whether a reader may take the two names for one another.
    pub fn meet(&self, other: &Self) -> bool {
        self.0.iter().any(|look| other.0.contains(look))
    }
}

/// A text with each character in the place of all that look like it, and without case.
#[cfg(feature = "confusables")]
fn look(text: &str) -> String {
    unicode_security::confusable_detection::skeleton(text).flat_map(char::to_lowercase).collect()
}

/// A text without case.
#[cfg(not(feature = "confusables"))]
fn look(text: &str) -> String {
    text.to_lowercase()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Name;

    fn looks(name: &str) -> Looks {
        Name::parse(name).unwrap().looks()
    }

    #[cfg(feature = "confusables")]
    #[test]
    fn names_that_readers_take_for_one_another_meet() {
        for (a, b) in [
            ("ann", "ANN"),
            ("paypal", "pаypаl"),
            ("paypal", "PaypaI"),
            ("paypal", "paypa1"),
            ("Ian", "lan"),
            ("bob", "b0b"),
            ("Bob", "Вob"),
            ("scope", "ѕсоре"),
            ("ｐａｙｐａｌ", "paypal"),
            ("ⓐnn", "ann"),
            ("Tom", "Torn"),
            ("O'Neill", "O’Neill"),
            ("john doe", "јоhn dое"),
            ("Zo\u{eb}", "Zоё"),
        ] {
            assert!(looks(a).meet(&looks(b)), "{a:?} {b:?}");
        }
    }

    #[test]
    fn names_that_differ_to_the_eye_do_not_meet() {
        for (a, b) in [
            ("ann", "anna"),
            ("zoe", "zo\u{eb}"),
            ("john doe", "johndoe"),
            ("user-1", "user-2"),
            ("Иван", "Ivan"),
            ("Anna", "Hannah"),
            ("山田", "山本"),
        ] {
            assert!(!looks(a).meet(&looks(b)), "{a:?} {b:?}");
        }
    }

    proptest! {
        #[test]
        fn names_that_compare_equal_meet(text in r"[\PC\p{M}a-zA-ZßİſΣ ]{0,12}") {
            if let Ok(name) = Name::parse(&text) {
                let looks = name.looks();
                prop_assert!((1..=2).contains(&looks.as_slice().len()));
                prop_assert!(looks.as_slice().is_sorted());
                if let Ok(folded) = Name::parse(name.folded()) && folded.folded() == name.folded() {
                    prop_assert!(looks.meet(&folded.looks()));
                }
            }
        }
    }
}
