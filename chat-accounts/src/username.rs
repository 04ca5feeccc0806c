//! Names by which users log in.

use std::{fmt, sync::LazyLock};

use chat_core::{Looks, Name, limits};
use precis_profiles::{UsernameCaseMapped, UsernameCasePreserved, precis_core::profile::PrecisFastInvocation as _};
use unicode_normalization::char::is_combining_mark;
use unicode_security::confusable_detection::skeleton;

/// Names that nobody registers, nor one that looks like them; nor what [deleted users](DELETED) are called.
const RESERVED: [&str; 13] = [
    "admin",
    "administrator",
    "root",
    "system",
    "server",
    "moderator",
    "room",
    "everyone",
    "all",
    "here",
    "me",
    "api",
    "guest",
];

/// What is shown of a user whose account was deleted.
pub(crate) static DELETED: LazyLock<Name> =
    LazyLock::new(|| Name::parse("deleted user").expect("two words are a name"));

/// How many times a profile is applied until its answer stands still.
const ROUNDS: usize = 4;

/// The name of an account, by RFC 8265: as others see it, and as it is compared.
///
/// ```
/// use chat_accounts::Username;
///
/// let ann = Username::parse("Ann")?;
/// assert_eq!((ann.shown(), ann.key()), ("Ann", "ann"));
/// assert!(Username::parse("two words").is_err());
/// assert!(Username::parse("Ａdmin")?.is_reserved());
/// # Ok::<(), chat_accounts::InvalidUsername>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Username {
    shown: Name,
    key: String,
}

/// Why a text is no username.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidUsername(&'static str);

impl InvalidUsername {
    /// The rule that the text breaks.
    pub fn problem(self) -> &'static str {
        self.0
    }
}

impl Username {
    /// Parses what somebody typed: UsernameCasePreserved for what is shown, UsernameCaseMapped for what is compared.
    ///
    /// # Errors
    /// [`InvalidUsername`] says which rule the text breaks.
    pub fn parse(text: &str) -> Result<Self, InvalidUsername> {
        const LONG: InvalidUsername = InvalidUsername("is longer than 64 bytes");
        const ODD: InvalidUsername = InvalidUsername("holds a character that a username may not hold");
        match text {
            "" => return Err(InvalidUsername("is empty")),
            _ if text.len() > 4 * limits::MAX_NAME_BYTES => return Err(LONG),
            _ => {}
        }
        let preserved = |text: &str| UsernameCasePreserved::enforce(text.to_owned()).ok().map(Into::into);
        let mapped = |text: &str| UsernameCaseMapped::enforce(text.to_owned()).ok().map(Into::into);
        let shown = settled(text, preserved).ok_or(ODD)?;
        let key = settled(&shown, mapped).ok_or(ODD)?;
        if shown.len().max(key.len()) > limits::MAX_NAME_BYTES {
            return Err(LONG);
        }
        // What rooms show of their members has rules of its own.
        match Name::parse(&shown) {
            Ok(name) if name.as_str() == shown => Ok(Self { shown: name, key }),
            _ => Err(ODD),
        }
    }

    /// A username as a store has it. It may be from before today's rules, and is kept as it is.
    ///
    /// # Errors
    /// [`InvalidUsername`] for what never was one.
    pub fn stored(shown: &str, key: &str) -> Result<Self, InvalidUsername> {
        let (shown, key) = (Name::stored(shown), Name::stored(key));
        let stored = shown.ok().zip(key.ok()).map(|(shown, key)| Self { shown, key: key.as_str().to_owned() });
        stored.ok_or(InvalidUsername("never was a username"))
    }

    /// As others see it.
    pub fn shown(&self) -> &str {
        self.shown.as_str()
    }

    /// As it is compared: two usernames with one key are the same. A store keeps it unique.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The name as rooms show it.
    pub fn name(&self) -> Name {
        self.shown.clone()
    }

    /// What the username looks like. No two users have names whose looks [meet](Looks::meet), as far as they have come to have
    /// their names since that is the rule: stores keep the looks unique.
    pub fn looks(&self) -> Looks {
        Looks::of(self.shown(), &self.key)
    }

    /// Whether nobody may register it: it is kept for the server, or looks like a name that is.
    pub fn is_reserved(&self) -> bool {
        is_reserved(self.shown(), &self.key)
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.shown())
    }
}

/// What a profile makes of a text once it makes nothing else of its own answer.
fn settled(text: &str, profile: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut now = profile(text)?;
    for _ in 0..ROUNDS {
        let next = profile(&now)?;
        if next == now {
            return Some(now);
        }
        now = next;
    }
    None
}

/// Whether a name that is shown and compared so is kept for the server, or looks like a name that is.
pub(crate) fn is_reserved(shown: &str, compared: &str) -> bool {
    let (shown, compared) = (appearance(shown), appearance(compared));
    RESERVED.into_iter().chain([DELETED.as_str()]).any(|reserved| {
        // A capital I looks like a small l, so that ADMIN looks like another name than admin does.
        [appearance(reserved), appearance(&reserved.to_uppercase())].iter().any(|it| *it == shown || *it == compared)
    })
}

/// What a name looks like from afar: by UTS 39, and without marks, punctuation and case.
fn appearance(name: &str) -> String {
    let letters = skeleton(name).filter(|c| !is_combining_mark(*c) && c.is_alphanumeric());
    let lower: String = letters.flat_map(char::to_lowercase).collect();
    lower.replace("rn", "m").replace("vv", "w")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn username(text: &str) -> Username {
        Username::parse(text).unwrap()
    }

    #[test]
    fn usernames_compare_by_their_key() {
        for (a, b) in [("Ann", "aNN"), ("Zoe\u{308}", "zo\u{eb}"), ("ＡＮＮ", "ann"), ("ИВАН", "иван")] {
            assert_eq!(username(a).key(), username(b).key(), "{a:?} {b:?}");
        }
        for (a, b) in [("ann", "anna"), ("zoe", "zoë"), ("john_doe", "johndoe")] {
            assert_ne!(username(a).key(), username(b).key(), "{a:?} {b:?}");
        }
        assert_eq!(username("Zoe\u{308}").shown(), "Zo\u{eb}");
        assert_eq!(username("john_doe").name().as_str(), "john_doe");
    }

    #[test]
    fn what_is_not_an_identifier_is_no_username() {
        let odd =
            ["", " ", "two words", "ann ", "a\u{200b}b", "a\u{202e}b", "a\0", "a\n", "😀", "\u{301}", "ﬁsh", "ⓐnn"];
        for text in odd.into_iter().chain([&*"x".repeat(65), &"ä".repeat(33)]) {
            assert!(Username::parse(text).is_err(), "{text:?}");
        }
        for text in ["ann", "Ann.Smith", "山田", "שרה", "नरेन्द्र", "x", &"x".repeat(64)] {
            assert!(Username::parse(text).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn reserved_names_and_their_likes_are_caught() {
        let likes = [
            "admin",
            "ADMIN",
            "Admin",
            "аdmin",
            "ADMlN",
            "adm1n",
            "adrnin",
            "_admin_",
            "ad.min",
            "ádmin",
            "r00t",
            "RооT",
            "sуstem",
            "Systern",
            "aII",
            "a11",
            "moderаtor",
            "GUEST",
            "Ａｄｍｉｎ",
            "me",
            "here",
            "everyone",
            "server",
            "api",
            "deleteduser",
            "Deleted_User",
            "DELETED.USER",
            "deIeted-usеr",
        ];
        for text in likes {
            assert!(username(text).is_reserved(), "{text:?}");
        }
        for text in ["ann", "Ali", "Alina", "meg", "rooms", "guests", "administer", "Mia", "hero", "aal", "deleted"] {
            assert!(!username(text).is_reserved(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_judged_and_what_is_kept_stands(text in r"[\PC\p{M}a-zA-ZßİſΣ\u{200c}\u{200d}]{0,12}") {
            if let Ok(name) = Username::parse(&text) {
                prop_assert_eq!(&Username::parse(name.shown()).unwrap(), &name);
                let again = Username::parse(name.key()).unwrap();
                prop_assert_eq!(again.key(), name.key());
                prop_assert_eq!(&Username::stored(name.shown(), name.key()).unwrap(), &name);
                name.is_reserved();
            }
        }
    }
}
