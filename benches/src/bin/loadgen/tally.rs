//! Counts of frames that are no deliveries.

use std::collections::BTreeMap;

use chat_benches::outcome::MEMBERSHIP;

use crate::wire;

/// Frames by action.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    counts: BTreeMap<String, u64>,
    /// Bytes of the largest `joined`.
    pub(crate) largest_joined: usize,
    /// The first frame that told of an error.
    pub(crate) first_error: Option<String>,
}

impl Tally {
    /// Counts a frame; returns its action.
    pub(crate) fn count<'a>(&mut self, frame: &'a [u8]) -> &'a str {
        let action = wire::action(frame);
        match self.counts.get_mut(action) {
            Some(count) => *count += 1,
            None => drop(self.counts.insert(action.to_owned(), 1)),
        }
        match action {
            "joined" => self.largest_joined = self.largest_joined.max(frame.len()),
            "error" if self.first_error.is_none() => {
                self.first_error = Some(String::from_utf8_lossy(&frame[..frame.len().min(400)]).into_owned());
            }
            _ => {}
        }
        action
    }

    /// Frames that tell of membership.
    pub(crate) fn membership(&self) -> u64 {
        MEMBERSHIP.iter().filter_map(|&action| self.counts.get(action)).sum()
    }

    /// All counts.
    pub(crate) fn into_counts(self) -> BTreeMap<String, u64> {
        self.counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_counted_by_action() {
        let mut tally = Tally::default();
        for frame in [
            r#"{"action":"joined","members":["u1"]}"#,
            r#"{"action":"joined"}"#,
            r#"{"action":"user-joined","username":"u1"}"#,
            r#"{"action":"members-changed"}"#,
            r#"{"action":"error","code":"a"}"#,
            r#"{"action":"error","code":"b"}"#,
        ] {
            tally.count(frame.as_bytes());
        }
        assert_eq!((tally.membership(), tally.largest_joined), (2, 36));
        assert_eq!(tally.first_error.as_deref(), Some(r#"{"action":"error","code":"a"}"#));
        assert_eq!(tally.into_counts()["joined"], 2);
    }
}
