//! Lists of rooms by activity: the room in which something was written last comes first.

use std::{cmp::Reverse, fmt, str::FromStr};

use crate::{RoomId, Timestamp};

/// Where a room stands in a list by activity. The list is in the order of these values: the latest room first, and of two
/// with the same time, the one with the lower id.
///
/// Its text is what clients hand back to get the next page.
///
/// ```
/// use chat_model::{Activity, RoomId, Timestamp};
///
/// let lobby = Activity { at: Timestamp(1_700_000_000_000), room: RoomId::parse("lobby")? };
/// assert_eq!(lobby.to_string(), "1700000000000.lobby");
/// assert_eq!("1700000000000.lobby".parse(), Ok(lobby.clone()));
/// let older = Activity { at: Timestamp(1_600_000_000_000), room: RoomId::parse("attic")? };
/// assert!(lobby < older);
/// # Ok::<(), chat_model::InvalidId>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Activity {
    /// When something was last written there: [`RoomRecord::active_at`](crate::RoomRecord::active_at).
    pub at: Timestamp,
    /// The room.
    pub room: RoomId,
}

impl Ord for Activity {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (Reverse(self.at), &self.room).cmp(&(Reverse(other.at), &other.room))
    }
}

impl PartialOrd for Activity {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at.0, self.room)
    }
}

/// A text is no [`Activity`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the `next` of the page before")]
pub struct InvalidActivity;

impl FromStr for Activity {
    type Err = InvalidActivity;

    fn from_str(text: &str) -> Result<Self, InvalidActivity> {
        let (at, room) = text.split_once('.').ok_or(InvalidActivity)?;
        let at = Timestamp(at.parse().map_err(|_| InvalidActivity)?);
        let room = RoomId::parse(room).map_err(|_| InvalidActivity)?;
        Ok(Self { at, room })
    }
}

/// A list of a user's rooms: its order, and the place behind which a page of it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnRooms {
    /// By activity. A room in which something is written between two pages moves to the beginning of the list: the pages that
    /// follow do not hold it any more, and no room comes twice.
    ByActivity(Option<Activity>),
    /// By id, ascending. A room keeps its place, so that whoever reads all pages meets every room.
    ById(Option<RoomId>),
}

impl OwnRooms {
    /// The list by activity, from its beginning.
    pub fn latest() -> Self {
        Self::ByActivity(None)
    }

    /// The list by id, from its beginning.
    pub fn all() -> Self {
        Self::ById(None)
    }

    /// Whether the page begins before this room, which stands there.
    pub fn begins_before(&self, place: &Activity) -> bool {
        match self {
            Self::ByActivity(after) => after.as_ref().is_none_or(|after| after < place),
            Self::ById(after) => after.as_ref().is_none_or(|after| *after < place.room),
        }
    }

    /// Whether one room comes before another in this list.
    pub fn precedes(&self, one: &Activity, other: &Activity) -> bool {
        match self {
            Self::ByActivity(_) => one < other,
            Self::ById(_) => one.room < other.room,
        }
    }

    /// The page that follows one whose last room stands there.
    pub fn after(&self, last: Activity) -> Self {
        match self {
            Self::ByActivity(_) => Self::ByActivity(Some(last)),
            Self::ById(_) => Self::ById(Some(last.room)),
        }
    }

    /// What a client hands back as `after` to get this page; `None` for the first.
    pub fn cursor(&self) -> Option<String> {
        match self {
            Self::ByActivity(after) => after.as_ref().map(Activity::to_string),
            Self::ById(after) => after.as_ref().map(RoomId::to_string),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(at: i64, room: &str) -> Activity {
        Activity { at: Timestamp(at), room: RoomId::parse(room).unwrap() }
    }

    #[test]
    fn the_latest_comes_first_and_of_equals_the_lower_id() {
        let mut places = [place(1, "a"), place(3, "b"), place(3, "a"), place(-5, "c"), place(2, "z")];
        places.sort();
        assert_eq!(places, [place(3, "a"), place(3, "b"), place(2, "z"), place(1, "a"), place(-5, "c")]);
    }

    #[test]
    fn every_place_has_a_text_that_is_read_back() {
        for place in [place(0, "a.b.c"), place(i64::MIN, "-"), place(i64::MAX, "..."), place(-1, "x_:-")] {
            assert_eq!(place.to_string().parse(), Ok(place));
        }
        for text in ["", ".", "1", "1.", ".a", "a.1", "1.a b", "1..", "99999999999999999999.a", "1,a"] {
            assert_eq!(text.parse::<Activity>(), Err(InvalidActivity), "{text}");
        }
    }
}
