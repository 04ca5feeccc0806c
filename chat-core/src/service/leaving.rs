//! A user who is gone for good leaves all their rooms, and hands over those that they own alone.

use super::{Service, call::store_failed};
use crate::{
    Caller, Code, Command, Name, Op, OwnRooms, Refusal, RoomId, UserId,
    limits::{HAND_OVER_TRIES, MAX_PAGE},
};

impl Service {
    /// Forgets when a user was last connected, and has them leave every room but direct ones. Who does it again goes on where it
    /// ended.
    pub(crate) async fn leave_all(&self, user: &UserId) -> Result<(), Refusal> {
        self.forget_seen(user).await?;
        let caller = Caller::new(user.clone(), Name::from(user));
        let (mut page, mut done) = (OwnRooms::all(), Ok(()));
        loop {
            let rooms = self.node.store.rooms_of(user, &page, MAX_PAGE).await.map_err(store_failed)?;
            let Some(last) = rooms.last() else { return done };
            page = page.after(last.activity());
            for room in rooms.iter().map(|room| &room.record) {
                if room.meta.kind.is_joinable() {
                    // One that cannot be left now holds up no other.
                    let left = self.leave_for_good(&caller, &room.room).await;
                    done = done.and(left);
                }
            }
        }
    }

    /// The successor becomes an owner, and then the caller leaves. A successor may be gone again in between.
    async fn leave_for_good(&self, caller: &Caller, room: &RoomId) -> Result<(), Refusal> {
        let command = |op| Command { client_id: None, op };
        for _ in 0..HAND_OVER_TRIES {
            let handed_over = self.submit(caller.clone(), room, command(Op::HandOver)).await;
            let left = match handed_over {
                Ok(_) => self.give(caller.clone(), room, command(Op::Leave), false).await,
                refused => refused,
            };
            match left {
                Err(refusal) if refusal.code == Code::LastOwner => {}
                // Somebody else has seen to it meanwhile.
                Err(refusal) if matches!(refusal.code, Code::NotAMember | Code::RoomNotFound | Code::Banned) => {
                    return Ok(());
                }
                left => return left.map(drop),
            }
        }
        Err(Refusal::new(Code::Busy, "the members of a room that is handed over change all the time"))
    }
}
