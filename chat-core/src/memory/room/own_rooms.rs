//! What a user's list of rooms says of one room.

use super::Room;
use crate::{Activity, Entry, Message, MessageState, Preview, RoomId, Seq, UserId, UserRoom};

impl Room {
    /// The room as it is to a member.
    pub(in crate::memory) fn user_room(&self, room: &RoomId, user: &UserId) -> Option<UserRoom> {
        let membership = self.members.get(user)?.membership.as_ref()?;
        let read = self.read(user);
        let (mut unread, mut mentions) = (0, 0);
        for &seq in &self.messages[self.messages_up_to(read.max(membership.since))..] {
            let entry = &self.log[self.place(seq)];
            if entry.sender != *user && !self.is_deleted(seq) {
                unread += 1;
                mentions += u64::from(self.mentions(entry, user));
            }
        }
        let (record, last) = (self.record(room), self.preview());
        Some(UserRoom {
            record,
            role: membership.role,
            since: membership.since,
            read,
            unread,
            mentions,
            peer: None,
            last,
        })
    }

    /// The last message, without its sender's name.
    fn preview(&self) -> Option<Preview> {
        let seq = *self.messages.last()?;
        let message = Message { entry: self.entry(seq)?.clone(), state: self.state(seq) };
        Some(Preview::of(&message, None))
    }

    /// Where the room stands in a list by activity, if this user is a member.
    pub(in crate::memory) fn activity_to(&self, room: &RoomId, user: &UserId) -> Option<Activity> {
        self.members.contains_key(user).then(|| Activity { at: self.active_at, room: room.clone() })
    }

    fn is_deleted(&self, message: Seq) -> bool {
        self.touched.get(&message).is_some_and(|touched| touched.state.deleted_at.is_some())
    }

    fn mentions(&self, entry: &Entry, user: &UserId) -> bool {
        let state = self.touched.get(&entry.seq).map(|touched| &touched.state);
        state.unwrap_or(&MessageState::default()).mentions(&entry.body).includes(user)
    }

    pub(in crate::memory) fn set_read(&mut self, user: &UserId, seq: Seq) -> Seq {
        let seq = seq.min(self.head());
        match self.reads.get_mut(user) {
            Some(read) => *read = seq.max(*read),
            None if seq > 0 => drop(self.reads.insert(user.clone(), seq)),
            None => {}
        }
        self.read(user)
    }

    pub(in crate::memory) fn reads(&self, users: &[UserId]) -> Vec<(UserId, Seq)> {
        users.iter().filter_map(|user| Some((user.clone(), *self.reads.get(user)?))).collect()
    }

    fn read(&self, user: &UserId) -> Seq {
        self.reads.get(user).copied().unwrap_or(0)
    }
}
