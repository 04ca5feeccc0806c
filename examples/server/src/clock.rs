//! The wall clock, as far as a server needs it to be right.

use chat_core::{Environment as _, SystemEnvironment, Timestamp};

use crate::failure::Failure;

/// The end of the year 9999.
const END: Timestamp = Timestamp(253_402_300_800_000);

/// Refuses a clock whose time HTTP, which tells it in every answer, has no text for.
pub(crate) fn check() -> Result<(), Failure> {
    can_be_told(SystemEnvironment.wall())
}

fn can_be_told(now: Timestamp) -> Result<(), Failure> {
    let when = match now {
        now if now < Timestamp(0) => "before the year 1970",
        now if now >= END => "after the year 9999",
        _ => return Ok(()),
    };
    Err(Failure::new(format!("the clock of this machine stands {when}: set it first")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_cannot_be_right_is_refused() {
        for (ms, said) in [
            (i64::MIN, Some("before the year 1970")),
            (-1, Some("before the year 1970")),
            (0, None),
            (END.0 - 1, None),
            (END.0, Some("after the year 9999")),
            (i64::MAX, Some("after the year 9999")),
        ] {
            let refused = can_be_told(Timestamp(ms)).err().map(|failure| failure.to_string());
            assert_eq!(
                refused,
                said.map(|when| format!("the clock of this machine stands {when}: set it first")),
                "{ms}"
            );
        }
    }
}
