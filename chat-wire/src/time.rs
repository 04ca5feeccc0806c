//! Times as they stand in JSON: RFC 3339, every time of it and nothing else.

use std::fmt;

use chat_model::Timestamp;
use jiff::{
    SignedDuration,
    civil::{Date, DateTime, Time},
};
#[cfg(feature = "schemas")]
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A time in RFC 3339, UTC, with milliseconds: `2026-11-20T19:25:00.000Z`.
///
/// Every time of RFC 3339 is read, with any offset and any number of digits behind the second, of which three count. A
/// timestamp outside the years 0 to 9999, for which RFC 3339 has no text, is written as the nearest that has one.
///
/// ```
/// use chat_wire::TimeText;
///
/// let time: TimeText = "9999-12-31T23:59:59Z".parse()?;
/// assert_eq!(time.to_string(), "9999-12-31T23:59:59.000Z");
/// assert!("2027-01-01T00:00Z".parse::<TimeText>().is_err(), "RFC 3339 leaves no seconds out");
/// # Ok::<(), chat_wire::InvalidTime>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TimeText(pub Timestamp);

/// A text that is no time of RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidTime;

impl fmt::Display for InvalidTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be a time as in RFC 3339")
    }
}

impl std::error::Error for InvalidTime {}

/// 0000-01-01T00:00:00Z in milliseconds since 1970.
const YEAR_ZERO_MS: i64 = -62_167_219_200_000;
/// The last millisecond of the year 9999.
const LATEST_MS: i64 = 253_402_300_799_999;

fn epoch() -> DateTime {
    DateTime::constant(1970, 1, 1, 0, 0, 0, 0)
}

impl fmt::Display for TimeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = SignedDuration::from_millis(self.0.0.clamp(YEAR_ZERO_MS, LATEST_MS));
        write!(f, "{:.3}Z", epoch().checked_add(ms).unwrap_or(DateTime::MAX))
    }
}

impl std::str::FromStr for TimeText {
    type Err = InvalidTime;

    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        read(text.as_bytes()).map(|ms| Self(Timestamp(ms))).ok_or(InvalidTime)
    }
}

/// Milliseconds since 1970, by the grammar of RFC 3339, section 5.6.
fn read(text: &[u8]) -> Option<i64> {
    let mut rest = Rest(text);
    let year = i16::try_from(rest.digits(4)?).ok()?;
    let month = rest.after(b"-")?;
    let day = rest.after(b"-")?;
    let hour = rest.after(b"Tt")?;
    let minute = rest.after(b":")?;
    let second = rest.after(b":")?;
    let ms = rest.fraction()?;
    let offset = rest.offset()?;
    if !rest.0.is_empty() {
        return None;
    }
    let date = Date::new(year, month, day).ok()?;
    // A leap second is the last one of a day in UTC, and has no place of its own in the count.
    let time = Time::new(hour, minute, second.min(59), 0).ok()?;
    let read = DateTime::from_parts(date, time).duration_since(epoch()).as_secs() - offset;
    let read = match second {
        60 if read.rem_euclid(DAY_S) == DAY_S - 1 => return Some(read * 1_000 + 999),
        60.. => return None,
        _ => read * 1_000,
    };
    Some(read + ms)
}

/// Seconds of a day.
const DAY_S: i64 = 24 * 60 * 60;

/// What is left of a text to be read.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    /// So many digits as a number.
    fn digits(&mut self, count: usize) -> Option<u16> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        digits
            .iter()
            .try_fold(0_u16, |number, digit| digit.is_ascii_digit().then(|| number * 10 + u16::from(digit - b'0')))
    }

    /// Two digits behind one of these bytes.
    fn after(&mut self, one_of: &[u8]) -> Option<i8> {
        self.one(one_of)?;
        i8::try_from(self.digits(2)?).ok()
    }

    fn one(&mut self, of: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        of.contains(first).then_some(*first)
    }

    /// A fraction of a second in milliseconds, 0 if there is none; what is finer does not count.
    fn fraction(&mut self) -> Option<i64> {
        let Some((b'.', rest)) = self.0.split_first() else { return Some(0) };
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.0 = &rest[count..];
        let digit = |at: usize| rest[..count].get(at).map_or(0, |digit| i64::from(digit - b'0'));
        (count > 0).then(|| digit(0) * 100 + digit(1) * 10 + digit(2))
    }

    /// How far the time is ahead of UTC, in seconds.
    fn offset(&mut self) -> Option<i64> {
        let sign = match self.one(b"Zz+-")? {
            b'+' => 1,
            b'-' => -1,
            _ => return Some(0),
        };
        let hours = self.digits(2).filter(|hours| *hours < 24)?;
        let minutes = self.after(b":").filter(|minutes| *minutes < 60)?;
        Some(sign * (i64::from(hours) * 60 + i64::from(minutes)) * 60)
    }
}

impl Serialize for TimeText {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeText {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(feature = "schemas")]
impl JsonSchema for TimeText {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ms(text: &str) -> Option<i64> {
        text.parse().ok().map(|TimeText(Timestamp(ms))| ms)
    }

    #[test]
    fn every_time_of_the_rfc_is_read() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01t00:00:00z", 0),
            ("1970-01-01T00:00:00-00:00", 0),
            ("1970-01-01T23:59:00+23:59", 0),
            ("1969-12-31T00:01:00-23:59", 0),
            ("1985-04-12T23:20:50.52Z", 482_196_050_520),
            ("1996-12-19T16:39:57-08:00", 851_042_397_000),
            ("2000-02-29T00:00:00.9999999999999999999999Z", 951_782_400_999),
            // Leap seconds, one of them in another zone: the examples of the RFC.
            ("1990-12-31T23:59:60Z", 662_687_999_999),
            ("1990-12-31T15:59:60-08:00", 662_687_999_999),
            ("1937-01-01T12:00:27.87+00:20", -1_041_337_172_130),
            ("0000-01-01T00:00:00Z", YEAR_ZERO_MS),
            ("0000-01-01T00:00:00+23:59", YEAR_ZERO_MS - 86_340_000),
            ("9999-12-30T22:00:01Z", 253_402_207_201_000),
            ("9999-12-31T23:59:59Z", 253_402_300_799_000),
            ("9999-12-31T23:59:59.9999Z", LATEST_MS),
            ("9999-12-31T23:59:60Z", LATEST_MS),
            ("9999-12-31T23:59:59-23:59", 253_402_387_139_000),
        ] {
            assert_eq!(ms(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn nothing_else_is_read() {
        for text in [
            "",
            "2027",
            "2027-01-01",
            "2027-01-01T00:00Z",
            "2027-01-01T00:00:00",
            "2027-01-01T00:00:00.Z",
            "2027-01-01T00:00:00,5Z",
            "2027-01-01 00:00:00Z",
            "2027-01-01T00:00:00Z ",
            " 2027-01-01T00:00:00Z",
            "2027-01-01T00:00:00Z[Europe/Paris]",
            "2027-01-01T00:00:00+01:00[Europe/Paris]",
            "20270101T000000Z",
            "2027-W01-1T00:00:00Z",
            "2027-001T00:00:00Z",
            "2027-1-1T0:0:0Z",
            "12027-01-01T00:00:00Z",
            "+002027-01-01T00:00:00Z",
            "-001-01-01T00:00:00Z",
            "2027-00-01T00:00:00Z",
            "2027-13-01T00:00:00Z",
            "2027-02-29T00:00:00Z",
            "2027-04-31T00:00:00Z",
            "2027-01-01T24:00:00Z",
            "2027-01-01T00:60:00Z",
            "2027-01-01T00:00:61Z",
            "2027-01-01T00:00:60Z",
            "2027-01-01T23:59:60+01:00",
            "2027-01-01T00:00:00+24:00",
            "2027-01-01T00:00:00+01:60",
            "2027-01-01T00:00:00+0100",
            "2027-01-01T00:00:00+01",
            "2027-01-01T00:00:00+01:00:00",
            "2027-01-01T00:00:00ZZ",
            "２０２７-01-01T00:00:00Z",
            "Fri, 01 Jan 2027 00:00:00 GMT",
        ] {
            assert_eq!(ms(text), None, "{text}");
        }
    }

    proptest! {
        #![proptest_config(crate::test_values::seeded())]

        #[test]
        fn no_text_panics(text in "[0-9TtZz:.+-]{0,40}|\\PC{0,40}") {
            let _ = ms(&text);
        }
    }
}
