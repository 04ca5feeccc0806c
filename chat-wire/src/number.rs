//! Whole numbers as they stand in JSON, where 43, 43.0 and 4.3e1 are one number.

/// The largest whole number that is exact in every language.
pub(crate) const MAX_NUMBER: u64 = (1 << 53) - 1;
/// Digits of that number.
const MAX_DIGITS: i64 = 16;

/// The whole number from 0 to 9007199254740991 that a JSON number is, however it is written: clients whose language has
/// one kind of number write 43 as `43.0`. `None` for any other text.
///
/// ```
/// use chat_wire::whole_number;
///
/// assert_eq!([whole_number("43"), whole_number("43.0"), whole_number("4.3e1")], [Some(43); 3]);
/// assert_eq!([whole_number("43.5"), whole_number("-1"), whole_number("forty")], [None; 3]);
/// ```
pub fn whole_number(text: &str) -> Option<u64> {
    let number = match text.bytes().all(|byte| byte.is_ascii_digit()) && !(text.len() > 1 && text.starts_with('0')) {
        true => text.parse().ok(),
        false => Decimal::parse(text).and_then(Decimal::whole),
    };
    number.filter(|number| *number <= MAX_NUMBER)
}

/// A JSON number: these digits, shifted by a power of ten. Exact, as a binary fraction would not be.
struct Decimal<'a> {
    is_negative: bool,
    whole: &'a str,
    fraction: &'a str,
    /// `None` where it is beyond all bounds.
    exponent: Option<i64>,
}

impl<'a> Decimal<'a> {
    /// By the grammar of RFC 8259, section 6.
    fn parse(text: &'a str) -> Option<Self> {
        let (is_negative, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = rest.split_once(['e', 'E']).map_or((rest, None), |(m, e)| (m, Some(e)));
        let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let digits_of = |exponent: &'a str| exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let sound = is_digits(whole)
            && (whole == "0" || !whole.starts_with('0'))
            && fraction.is_none_or(is_digits)
            && exponent.is_none_or(|exponent| is_digits(digits_of(exponent)));
        let exponent = exponent.map_or(Some(0), |exponent| exponent.parse().ok());
        sound.then_some(Self { is_negative, whole, fraction: fraction.unwrap_or_default(), exponent })
    }

    fn whole(self) -> Option<u64> {
        let digits = format!("{}{}", self.whole, self.fraction);
        let significant = digits.trim_matches('0');
        if significant.is_empty() {
            return Some(0);
        }
        let ending = digits.len() - digits.trim_end_matches('0').len();
        let shift = i64::try_from(ending).ok()? - i64::try_from(self.fraction.len()).ok()?;
        let shift = self.exponent?.checked_add(shift)?;
        let length = i64::try_from(significant.len()).ok()?;
        if self.is_negative || shift < 0 || length.checked_add(shift)? > MAX_DIGITS {
            return None;
        }
        significant.parse::<u64>().ok()?.checked_mul(10_u64.checked_pow(u32::try_from(shift).ok()?)?)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_whole_number_is_taken_however_it_is_written() {
        for (text, number) in [
            ("0", 0),
            ("-0", 0),
            ("0.000", 0),
            ("0e99999999999999999999", 0),
            ("-0.0E-5", 0),
            ("43.0", 43),
            ("4.3e1", 43),
            ("4.3E+1", 43),
            ("4300e-2", 43),
            ("0.43e2", 43),
            ("0.0043e4", 43),
            ("100", 100),
            ("1e2", 100),
            ("9007199254740991", MAX_NUMBER),
            ("9007199254740991.0", MAX_NUMBER),
            ("900719925474099100000e-5", MAX_NUMBER),
            ("0.9007199254740991e16", MAX_NUMBER),
        ] {
            assert_eq!(whole_number(text), Some(number), "{text}");
        }
    }

    #[test]
    fn no_other_text_is_a_whole_number() {
        for text in [
            "",
            "-",
            "+1",
            " 1",
            "1 ",
            "01",
            "-01",
            "00",
            "1.",
            ".5",
            "1.e1",
            "1e",
            "1e+",
            "1e1.0",
            "0x10",
            "1_000",
            "NaN",
            "Infinity",
            "true",
            "\"43\"",
            "١",
            "43.5",
            "0.1",
            "43e-1",
            "-1",
            "-1.0",
            "9007199254740992",
            "9007199254740992.0",
            // As a binary fraction it would be the largest number there is.
            "9007199254740991.4",
            "1e16",
            "1e308",
            "1e99999999999999999999",
            "1e-99999999999999999999",
            "1e9223372036854775807",
            "100e9223372036854775807",
            "0.001e-9223372036854775808",
            "18446744073709551616",
        ] {
            assert_eq!(whole_number(text), None, "{text}");
        }
    }

    proptest! {
        #![proptest_config(crate::test_values::seeded())]

        #[test]
        fn what_is_taken_is_what_everybody_else_reads(number in 0..=MAX_NUMBER, shift in 0_usize..20, more in 0_usize..5) {
            let text = format!("{number}{}.{}e-{shift}", "0".repeat(shift), "0".repeat(more + 1));
            prop_assert_eq!(whole_number(&text), Some(number));
        }

        #[test]
        fn no_text_panics_and_what_is_taken_is_json(text in "-?[0-9]{0,20}\\.?[0-9]{0,20}([eE][+-]?[0-9]{0,22})?") {
            if let Some(number) = whole_number(&text) {
                prop_assert!(serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok());
                prop_assert_eq!(text.parse(), Ok(number as f64));
            }
        }
    }
}
