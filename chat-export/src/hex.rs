//! Thirty-two bytes as text.

use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

pub(crate) fn text(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// For serde's `with`.
pub(crate) fn serialize<S: Serializer>(bytes: &[u8; 32], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&text(bytes))
}

/// For serde's `with`: in lower case only, so that each number has one form.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<[u8; 32], D::Error> {
    let given = String::deserialize(from)?;
    parse(&given).ok_or_else(|| D::Error::custom("that is not 64 hexadecimal digits in lower case"))
}

fn parse(given: &str) -> Option<[u8; 32]> {
    let digits = given.as_bytes();
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; 32];
    if digits.len() != 2 * bytes.len() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_number_and_a_number_one_text() {
        let bytes: [u8; 32] = std::array::from_fn(|at| (at * 37) as u8);
        assert_eq!(parse(&text(&bytes)), Some(bytes));
        for wrong in ["", "00", &text(&bytes)[1..], &text(&bytes).to_uppercase(), &"é".repeat(32)] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
