//! Usernames for those who come from a provider and did not choose one here.

use chat_core::{Environment, limits};

use crate::Username;

/// The name of whoever has none that could be a username.
const NOBODY: &str = "user";
/// Numbers in a row that are tried first: it is nice to be the second Ann.
const FIRST_NUMBERS: std::ops::RangeInclusive<u32> = 2..=9;
/// Random numbers that are tried then.
const FURTHER: usize = 8;

/// Usernames that nobody has reserved, the best one first: what the provider calls somebody, and then with numbers.
pub(crate) fn usernames(
    preferred: Option<&str>,
    name: Option<&str>,
    environment: &dyn Environment,
) -> impl Iterator<Item = Username> {
    let base = [preferred, name].into_iter().flatten().find_map(made_of).unwrap_or_else(|| NOBODY.to_owned());
    let random = (0..FURTHER).map(|_| 10 + u32::try_from(environment.random() % 99_990).unwrap_or_default());
    let numbers: Vec<u32> = FIRST_NUMBERS.chain(random).collect();
    let numbered = |base: &str| -> Vec<_> { numbers.iter().filter_map(|number| with_number(base, *number)).collect() };
    let all = Username::parse(&base).into_iter().chain(numbered(&base)).chain(numbered(NOBODY));
    all.filter(|username| !username.is_reserved()).collect::<Vec<_>>().into_iter()
}

/// As much of a text as a username may hold. What looks like an email address is cut before its `@`: whoever sees a username is not
/// told an address.
fn made_of(text: &str) -> Option<String> {
    let local = text.split('@').next().unwrap_or_default();
    if Username::parse(local).is_ok() {
        return Some(local.to_owned());
    }
    // Whoever has so much to say is cut before anything is computed of it.
    let kept: String =
        local.chars().take(limits::MAX_NAME_BYTES).filter(|c| c.is_alphanumeric() || "._-".contains(*c)).collect();
    let kept = cut(&kept, limits::MAX_NAME_BYTES);
    Username::parse(kept).is_ok().then(|| kept.to_owned())
}

fn with_number(base: &str, number: u32) -> Option<Username> {
    let number = number.to_string();
    let base = cut(base, limits::MAX_NAME_BYTES - number.len());
    Username::parse(&format!("{base}{number}")).ok()
}

fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

#[cfg(test)]
mod tests {
    use chat_core::{SeededEnvironment, Timestamp};
    use proptest::prelude::*;

    use super::*;

    fn suggested(preferred: Option<&str>, name: Option<&str>) -> Vec<String> {
        let environment = SeededEnvironment::new(1, Timestamp(0));
        usernames(preferred, name, &environment).map(|username| username.shown().to_owned()).collect()
    }

    #[test]
    fn the_name_one_likes_comes_first_and_then_numbers() {
        let ann = suggested(Some("Ann"), Some("Ann Smith"));
        assert_eq!(ann[..4], ["Ann", "Ann2", "Ann3", "Ann4"]);
        assert!(ann[10..].iter().all(|name| name.starts_with("Ann") || name.starts_with("user")), "{ann:?}");
        let cases = [
            (Some("ann@example.org"), None, "ann"),
            (Some("two words"), None, "twowords"),
            (None, Some("Ann Smith"), "AnnSmith"),
            (Some(""), Some("Ann"), "Ann"),
            (Some("@"), Some("😀"), "user"),
            (None, None, "user"),
            (Some("a\u{202e}b"), None, "ab"),
            (Some("山田 太郎"), None, "山田太郎"),
        ];
        for (preferred, name, first) in cases {
            assert_eq!(suggested(preferred, name)[0], first, "{preferred:?} {name:?}");
        }
        let long = "x".repeat(1_000);
        assert_eq!(suggested(Some(&long), None)[..2], ["x".repeat(64), format!("{}2", "x".repeat(63))]);
    }

    #[test]
    fn nobody_gets_a_reserved_name() {
        for name in ["admin", "Аdmin", "ROOT", "me", "ad min"] {
            let suggested = suggested(Some(name), None);
            assert!(suggested[0].ends_with('2'), "{suggested:?}");
            assert!(suggested.iter().all(|name| !Username::parse(name).unwrap().is_reserved()), "{suggested:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_a_provider_says_there_are_some(preferred in r"\PC{0,90}", name in r"[\PC\p{M}]{0,20}") {
            let suggested = suggested(Some(&preferred), Some(&name));
            prop_assert!(suggested.len() > 8, "{suggested:?}");
        }
    }
}
