//! What becomes of commands: acks that are final, retries that get the first one, refusals that did nothing.

use chat_core::{Body, Code, Leaving, Op, RoomId, Seq, UserId};

use super::{Oracle, Order, What};
use crate::sim::heard::HeardReceipt;

impl Oracle {
    /// A command is acknowledged by this receipt.
    pub(super) fn acknowledged(&mut self, ask: usize, room: &RoomId, receipt: HeardReceipt) -> Result<(), String> {
        let Some(index) = self.asks[ask].order else { return Err("an ack to what is no command".to_owned()) };
        self.report.acks += 1;
        // A guest may be told that they had joined before they are told who they are.
        let Some(user) = self.orders[index].user.clone().or(self.links[self.asks[ask].link].user.clone()) else {
            return Ok(());
        };
        self.orders[index].user = Some(user.clone());
        let order = &self.orders[index];
        let past = self.rooms.get(room).ok_or("an ack for a room that does not exist")?;
        let (seq, wrong) = (receipt.at.seq, |why: &str| format!("{why}: {order:?} {receipt:?}"));
        if receipt.at.epoch != past.epoch || seq > past.head() || *room != order.room {
            return Err(wrong("an ack of what is not in the log"));
        }
        if self.asks[ask].at > 0 && self.asks[ask].known.is_some() {
            self.report.retries += 1;
        }
        let claimed = order.client_id.as_ref().and_then(|id| past.claimed(&user, id));
        let entry = past.entry(seq);
        if let Some(first) = claimed {
            let digest = past.entry(first).and_then(|draft| draft.claim.as_ref()).map(|claim| claim.digest);
            if first != seq || entry.is_none_or(|draft| draft.at != receipt.time) {
                return Err(wrong(&format!("the first ack of this client id was {first}")));
            }
            if digest != Some(order.op.digest()) {
                return Err(wrong("the client id belongs to another request"));
            }
        } else if !makes_an_entry(order, &user, entry.filter(|draft| draft.claim.is_none())) {
            // It changed nothing and has no client id: the entry that had made it so is named.
            return if may_change_nothing(&order.op) && order.client_id.is_none() {
                Ok(())
            } else {
                Err(wrong("an ack of another's entry"))
            };
        }
        if claimed.is_some() && !makes_an_entry(order, &user, entry) {
            return Err(wrong("the entry says something else than was asked for"));
        }
        self.note_ack(index, room, seq)
    }

    /// Each entry answers one order (or the same one under its client id again).
    fn note_ack(&mut self, index: usize, room: &RoomId, seq: Seq) -> Result<(), String> {
        let holder = *self.acked.entry((room.clone(), seq)).or_insert(index);
        let (first, order) = (&self.orders[holder], &self.orders[index]);
        let same = holder == index || (order.client_id.is_some() && first.client_id == order.client_id);
        if !same && !may_change_nothing(&order.op) {
            return Err(format!("{room} #{seq} is acknowledged to {first:?} and to {order:?}"));
        }
        self.orders[index].acked = Some(seq);
        Ok(())
    }

    /// Something was refused.
    pub(super) fn refused(&mut self, ask: usize, code: &str) -> Result<(), String> {
        let link = self.asks[ask].link;
        if let What::Unsubscribe(room) = self.asks[ask].what.clone()
            && self.links[link].streams.get(&room).is_some_and(|stream| stream.active)
        {
            self.arrive(link, &room);
        }
        let Some(index) = self.asks[ask].order else { return Ok(()) };
        // What was in the log before the room was deleted may be answered only afterwards, and is in no log any more.
        let deleted = self.rooms.get(&self.orders[index].room).is_some_and(|past| past.deleted);
        let lost_with_its_room = deleted && code == Code::RoomNotFound.as_str();
        if code != Code::OutcomeUnknown.as_str() && !lost_with_its_room {
            self.orders[index].refusals += 1;
        }
        let (order, known) = (&self.orders[index], self.asks[ask].known);
        let (Some(user), Some(past)) = (order.user.as_ref(), self.rooms.get(&order.room)) else { return Ok(()) };
        let digest = order.client_id.as_ref().and_then(|id| {
            let entry = past.entry(past.claimed(user, id)?)?;
            entry.claim.as_ref().map(|claim| claim.digest)
        });
        if code == Code::ClientIdReused.as_str() {
            self.report.reused += 1;
            let justified = digest.is_some_and(|digest| digest != order.op.digest());
            return if justified { Ok(()) } else { Err(format!("the client id is nobody else's: {order:?}")) };
        }
        let passing = [Code::StoreUnavailable, Code::OutcomeUnknown, Code::Busy, Code::ShuttingDown];
        let excused = passing.iter().any(|passing| passing.as_str() == code) || past.deleted;
        match known {
            Some(seq) if digest == Some(order.op.digest()) && !excused => {
                Err(format!("{code}, and #{seq} had been committed under its client id: {order:?}"))
            }
            _ => Ok(()),
        }
    }

    /// At the end: what was refused every time was not done, and nothing was done twice.
    pub(in crate::sim) fn check_orders(&self) -> Result<(), String> {
        for order in &self.orders {
            let (Some(past), Some(user)) = (self.rooms.get(&order.room), order.user.as_ref()) else { continue };
            let is_its_own = |draft: &chat_core::Draft| match (&order.client_id, &draft.claim) {
                (Some(id), Some(claim)) => *id == claim.client_id && claim.digest == order.op.digest(),
                (None, None) => is_unique(&order.op),
                _ => false,
            };
            let made: Vec<Seq> = past
                .entries()
                .filter(|(_, draft)| is_its_own(draft) && makes_an_entry(order, user, Some(draft)))
                .map(|(seq, _)| seq)
                .collect();
            if made.len() > 1 {
                return Err(format!("{order:?} was done {} times: {made:?}", made.len()));
            }
            let same = |other: &&Order| other.client_id.is_some() && other.client_id == order.client_id;
            let shared = self.orders.iter().filter(same).count() > 1;
            if order.refusals == order.tries && order.tries > 0 && !made.is_empty() && !shared {
                return Err(format!("{order:?} was refused every time, and is {made:?}"));
            }
        }
        Ok(())
    }
}

/// Whether this is the entry such an order makes.
fn makes_an_entry(order: &Order, user: &UserId, draft: Option<&chat_core::Draft>) -> bool {
    let Some(draft) = draft.filter(|draft| draft.sender == *user) else { return false };
    match (&order.op, &draft.body) {
        (Op::Join, Body::Joined { .. }) | (Op::Leave, Body::Left { why: Leaving::Left }) => true,
        (Op::Send(post), Body::Message(body)) => post == body,
        (
            Op::Edit { target, text, mentions, mentions_room },
            Body::Edited { target: t, text: x, mentions: m, mentions_room: all },
        ) => (target, text, mentions, mentions_room) == (t, x, m, all),
        (Op::Delete { target }, Body::Deleted { target: t })
        | (Op::Pin { target }, Body::Pinned { target: t })
        | (Op::Unpin { target }, Body::Unpinned { target: t }) => target == t,
        (Op::React { target, emoji }, Body::Reacted { target: t, emoji: e })
        | (Op::Unreact { target, emoji }, Body::Unreacted { target: t, emoji: e }) => (target, emoji) == (t, e),
        (Op::Kick { user, reason }, Body::Kicked { user: u, reason: r }) => (user, reason) == (u, r),
        (Op::Ban { user, reason }, Body::Banned { user: u, reason: r, .. }) => (user, reason) == (u, r),
        (Op::Unban { user }, Body::Unbanned { user: u }) | (Op::Invite { user }, Body::Invited { user: u }) => {
            user == u
        }
        (Op::Mute { user, until }, Body::Muted { user: u, until: t }) => (user, until) == (u, t),
        (Op::SetRole { user, role }, Body::RoleChanged { user: u, role: r }) => (user, role) == (u, r),
        (Op::Change(change), body @ (Body::Renamed { .. } | Body::Changed(_))) => {
            body.room_change().as_ref() == Some(change)
        }
        (op, Body::Unchanged) => may_change_nothing(op),
        _ => false,
    }
}

/// Whether the room may be as it is asked for already.
fn may_change_nothing(op: &Op) -> bool {
    !matches!(op, Op::Leave | Op::Send(_) | Op::Edit { .. } | Op::Kick { .. })
}

/// Whether the simulator gives each such command a text of its own.
fn is_unique(op: &Op) -> bool {
    matches!(op, Op::Send(_) | Op::Edit { .. })
}
