//! The subjects under which messages are published.

use chat_core::RoomId;

/// How many subjects all inboxes share. A node has about as many users as connections. A subject for each inbox would cost more
/// memory than receiving messages of a few other inboxes.
pub const INBOX_SUBJECTS: u32 = 1_024;

/// The subjects of one namespace.
#[derive(Debug, Clone)]
pub(crate) struct Subjects {
    namespace: String,
}

impl Subjects {
    pub(crate) fn new(namespace: String) -> Self {
        Self { namespace }
    }

    /// The subject of messages for all nodes.
    pub(crate) fn all(&self) -> String {
        format!("{}.all", self.namespace)
    }

    /// The subject of messages for the nodes that follow a room. A dot in a room's id would divide the subject, so it is written
    /// as a character that no id has.
    pub(crate) fn of_room(&self, room: &RoomId) -> String {
        if room.is_inbox() {
            return format!("{}.inbox.{}", self.namespace, hash(room.as_str()) % INBOX_SUBJECTS);
        }
        format!("{}.room.{}", self.namespace, room.as_str().replace('.', "/"))
    }
}

/// FNV-1a with 32 bits (draft-eastlake-fnv). It must be the same on every node, of whatever version.
fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chat_core::UserId;

    use super::*;

    fn subject(id: &str) -> String {
        Subjects::new("chat".into()).of_room(&RoomId::parse(id).unwrap())
    }

    #[test]
    fn a_room_has_a_subject_of_its_own_and_of_two_dots_at_most() {
        let subjects: BTreeSet<_> = ["a.b", "a_b", "a-b", "a:b", ".a", "a..b", "a"].into_iter().map(subject).collect();
        assert_eq!(subjects.len(), 7);
        assert!(subjects.iter().all(|subject| subject.split('.').count() == 3 && !subject.ends_with('.')));
        assert_eq!(subject("a.b"), "chat.room.a/b");
    }

    #[test]
    fn inboxes_share_subjects_evenly() {
        let inbox = |n: u32| RoomId::inbox(&UserId::parse(format!("user-{n}")).unwrap());
        let subjects = Subjects::new("chat".into());
        let used: BTreeSet<_> = (0..10_000).map(|n| subjects.of_room(&inbox(n))).collect();
        assert!((1_000..=INBOX_SUBJECTS as usize).contains(&used.len()), "{}", used.len());
    }

    #[test]
    fn the_hash_is_that_of_the_draft() {
        assert_eq!((hash(""), hash("a"), hash("foobar")), (0x811c_9dc5, 0xe40c_292c, 0xbf9c_f968));
    }
}
