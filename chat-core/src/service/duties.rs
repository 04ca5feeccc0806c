//! What rooms ask of their engine.

use super::Service;
use crate::{Caller, ClientId, Notice, RoomId, Seq, UserId, node::Duties};

impl Duties for Service {
    fn notify(&self, user: UserId, notice: Notice, id: Option<ClientId>) {
        self.write_to_inbox(user, notice, id);
    }

    fn hold_guest(&self, room: RoomId, user: UserId, since: Seq) {
        self.wish_to_hold(room, user, since);
    }

    fn take_guest_out(&self, room: RoomId, guest: Caller, since: Seq) {
        self.wish_to_take_out(room, guest, since);
    }
}
