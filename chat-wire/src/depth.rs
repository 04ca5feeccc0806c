//! How deep a JSON text nests, told without parsing it.

/// Whether the text nests deeper than `most`. Exact for JSON; for anything else some answer.
pub(crate) fn is_deeper(text: &str, most: usize) -> bool {
    // Nearly every frame ends here: with few brackets, in strings or not, it cannot nest deep.
    if brackets(text.as_bytes()) <= most {
        return false;
    }
    let (mut depth, mut in_string) = (0_usize, false);
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' if in_string => drop(bytes.next()),
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                depth += 1;
                if depth > most {
                    return true;
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

/// How many bytes open a list or an object. Counted in pieces whose counts fit a byte, which compiles to vector code.
fn brackets(bytes: &[u8]) -> usize {
    const CASE: u8 = b'[' ^ b'{';
    let count = |piece: &[u8]| piece.iter().map(|byte| u8::from(byte | CASE == b'{')).sum::<u8>();
    bytes.chunks(u8::MAX.into()).map(|piece| usize::from(count(piece))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_do_not_nest() {
        for text in [r#"{"a":"[[[["}"#, r#"{"a":"\"[[[["}"#, r#"["\\",[]]"#, "[][][][][]"] {
            assert!(!is_deeper(text, 2), "{text}");
        }
        for text in ["[[[]]]", r#"["\\",[[]]]"#, r#"{"a":"\"","b":[{}]}"#] {
            assert!(is_deeper(text, 2), "{text}");
            assert!(!is_deeper(text, 3), "{text}");
        }
    }

    proptest::proptest! {
        #![proptest_config(crate::test_values::seeded())]

        #[test]
        fn it_agrees_with_a_parser(value in crate::test_values::json(), most in 0_usize..6) {
            let text = value.to_string();
            proptest::prop_assert_eq!(is_deeper(&text, most), depth(&value) > most);
        }
    }

    fn depth(value: &serde_json::Value) -> usize {
        match value {
            serde_json::Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
            serde_json::Value::Object(items) => 1 + items.values().map(depth).max().unwrap_or(0),
            _ => 0,
        }
    }
}
