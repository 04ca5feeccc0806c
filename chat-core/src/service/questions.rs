//! Questions about a room's content: authorized by the room, and then answered from the store.

use std::collections::{HashMap, HashSet};

use chat_model::{
    Outside,
    room::{Allowed, Answer, Inquiry},
};
use tokio::sync::oneshot;

use super::{Service, announcements::is_over, another_answer, answered, call::store_failed};
use crate::{
    Caller, Code, Cursor, FoundUsers, Hides, Hint, History, ListedMember, MemberFact, Message, Page, Refusal, Reply,
    RoomId, RoomRecord, Seq, SignalKind, UserId, Who, Window,
    host::{Mail, Sink},
    limits, people,
};

impl Service {
    /// Asks the room whether the caller may read, and what.
    pub(super) async fn may_read(&self, caller: &Caller, room: &RoomId) -> Result<Allowed, Refusal> {
        self.inquire(caller, room, Inquiry::Read).await
    }

    /// Asks the room whether the caller may do this.
    pub(super) async fn inquire(&self, caller: &Caller, room: &RoomId, inquiry: Inquiry) -> Result<Allowed, Refusal> {
        match self.ask(caller, room, inquiry).await? {
            Answer::Allowed(allowed) => Ok(allowed),
            _ => Err(another_answer()),
        }
    }

    /// The same as was allowed, judged at no older head than `as_of`.
    ///
    /// A room judges at the head that its host on this node knows of, and another node may have written since. What is read from
    /// the store is as new as the store: whoever was removed meanwhile must not see it.
    pub(super) async fn still(
        &self,
        caller: &Caller,
        room: &RoomId,
        inquiry: Inquiry,
        allowed: Allowed,
        as_of: Seq,
    ) -> Result<Allowed, Refusal> {
        if as_of <= allowed.head {
            return Ok(allowed);
        }
        match self.ask_now(caller, room, inquiry).await? {
            Answer::Allowed(allowed) if allowed.head >= as_of => Ok(allowed),
            Answer::Allowed(_) => {
                Err(Refusal::new(Code::StoreUnavailable, "the room's log could not be read to its end"))
            }
            _ => Err(another_answer()),
        }
    }

    /// Asks the room something for the caller, once its host knows of all that the log holds now.
    pub(super) async fn ask_now(&self, caller: &Caller, room: &RoomId, inquiry: Inquiry) -> Result<Answer, Refusal> {
        let Cursor { epoch, seq: head } = self.head(room).await?;
        self.registry.post(room, Mail::Hint(Hint { room: room.clone(), epoch, head })).await?;
        self.ask(caller, room, inquiry).await
    }

    /// Where the room's log ends, as the store has it.
    pub(super) async fn head(&self, room: &RoomId) -> Result<Cursor, Refusal> {
        let heads = self.node.store.heads(std::slice::from_ref(room)).await.map_err(store_failed)?;
        let (_, epoch, seq) = heads.into_iter().next().ok_or_else(Refusal::room_not_found)?;
        Ok(Cursor { epoch, seq })
    }

    /// Asks the room something for the caller.
    pub(super) async fn ask(&self, caller: &Caller, room: &RoomId, inquiry: Inquiry) -> Result<Answer, Refusal> {
        let (engine, answer) = oneshot::channel();
        let mail = Mail::Inquiry { caller: caller.clone(), inquiry, sink: Sink::Engine(engine) };
        self.registry.post(room, mail).await?;
        answered(answer).await
    }

    pub(super) async fn history(&self, caller: &Caller, room: &RoomId, window: Window) -> Result<History, Refusal> {
        let allowed = self.may_read(caller, room).await?;
        let page = self.unexpired(room, cut(window, allowed)).await?;
        let Allowed { floor, .. } = self.still(caller, room, Inquiry::Read, allowed, changed(&page.items)).await?;
        let senders = page.items.iter().map(|message| message.entry.sender.clone()).collect();
        let names = self.node.names(senders).await.map_err(store_failed)?;
        let visible = page.items.into_iter().filter(|message| message.entry.seq > floor);
        let with_sender = visible.map(|message| {
            let user = message.entry.sender.clone();
            let name = names.get(&user).cloned();
            (message, Who { user, name })
        });
        Ok(History {
            room: room.clone(),
            epoch: page.epoch,
            head: page.head.min(allowed.head),
            messages: with_sender.collect(),
        })
    }

    /// A page of messages, of announcements those that are not over; an empty one where there are none.
    pub(super) async fn unexpired(&self, room: &RoomId, mut window: Window) -> Result<Page<Message>, Refusal> {
        let now = self.node.environment.wall();
        let announced = *room == RoomId::announcements();
        let mut pages = limits::EXPIRED_PAGES;
        loop {
            let mut page = self.node.store.messages(room, window).await.map_err(store_failed)?;
            let ends = page.items.first().zip(page.items.last()).map(|(first, last)| (first.entry.seq, last.entry.seq));
            page.items.retain(|message| !(announced && is_over(message, now)));
            pages -= 1;
            let Some((first, last)) = ends.filter(|_| page.items.is_empty() && pages > 0) else { return Ok(page) };
            // Nobody is to take an empty page for the end who has not come to it.
            if window.is_backwards() {
                window.before = Some(first);
            } else {
                window.after = Some(last);
            }
        }
    }

    pub(super) async fn members(
        &self,
        caller: &Caller,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<(Vec<ListedMember>, u64), Refusal> {
        let allowed = self.may_read(caller, room).await?;
        let facts =
            self.node.store.members(room, after, limit.clamp(1, limits::MAX_PAGE)).await.map_err(store_failed)?;
        // The record is read last, so that its head is as new as they are.
        let RoomRecord { members: count, head, .. } = self.record(room).await?;
        self.still(caller, room, Inquiry::Read, allowed, head).await?;
        let mut members: Vec<_> = facts.into_iter().filter_map(listed).collect();
        self.add_last_seen(caller, room, &mut members).await;
        Ok((members, count))
    }

    /// Users by the beginning of words of their names, from those whom the host knows.
    pub(super) async fn find_users(
        &self,
        caller: &Caller,
        search: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<FoundUsers, Refusal> {
        self.node.policy.authorize_outside(caller, &Outside::Search)?;
        let people = self.people.as_ref().ok_or_else(people::no_search)?;
        self.node.sessions.searches.count(&caller.user, self.node.moment())?;
        people.search(search, after, limit.clamp(1, limits::MAX_PAGE)).await
    }

    /// How far members have read, by user id. A caller who hides how far they read gets their own cursor alone.
    pub(super) async fn reads(&self, caller: &Caller, room: RoomId) -> Result<Reply, Refusal> {
        let allowed = self.inquire(caller, &room, Inquiry::Signal).await?;
        let RoomRecord { members: count, head, .. } = self.record(&room).await?;
        if count > limits::MAX_SEEN_BY {
            self.still(caller, &room, Inquiry::Signal, allowed, head).await?;
            return Ok(Reply::Reads { room, reads: Vec::new(), count });
        }
        let members = self.node.store.members(&room, None, limits::MAX_PAGE).await.map_err(store_failed)?;
        let users: Vec<UserId> = members.iter().map(|member| member.user.clone()).collect();
        let hidden = self.hidden(caller, &users, |hides| hides.reads).await?;
        let stand = self.node.store.reads(&room, &users).await.map_err(store_failed)?;
        let head = self.head(&room).await?.seq;
        self.still(caller, &room, Inquiry::Signal, allowed, head).await?;
        let stand: HashMap<UserId, Seq> = stand.into_iter().collect();
        let sees_others = !caller.hides.reads && !hidden.contains(&caller.user);
        let is_shown = |user: &UserId| *user == caller.user || (sees_others && !hidden.contains(user));
        let shown = members.into_iter().filter(|member| is_shown(&member.user)).filter_map(|member| {
            let seq = *stand.get(&member.user)?;
            Some((Who { user: member.user, name: member.name }, seq))
        });
        let reads = shown.collect();
        Ok(Reply::Reads { room, reads, count })
    }

    /// Which of these users, and of the caller, hide this from others.
    pub(super) async fn hidden(
        &self,
        caller: &Caller,
        users: &[UserId],
        what: impl Fn(Hides) -> bool,
    ) -> Result<HashSet<UserId>, Refusal> {
        let Some(people) = &self.people else { return Ok(HashSet::new()) };
        let users = users.iter().chain([&caller.user]).filter(|user| !user.is_guest());
        let users: Vec<UserId> = users.cloned().collect();
        let hidden = people.hidden(&users).await?;
        Ok(hidden.into_iter().filter(|(_, hides)| what(*hides)).map(|(user, _)| user).collect())
    }

    pub(super) async fn mark_read(&self, caller: &Caller, room: &RoomId, seq: Seq) -> Result<Seq, Refusal> {
        self.may_read(caller, room).await?;
        let seq = self.node.store.set_read(room, &caller.user, seq).await.map_err(store_failed)?;
        let kind = SignalKind::Read(seq);
        let mail = Mail::Signal { caller: caller.clone(), kind, sink: Sink::Nobody };
        self.registry.post(room, mail).await?;
        Ok(seq)
    }
}

/// When the last change was made of which these messages show something.
pub(super) fn changed<'a>(messages: impl IntoIterator<Item = &'a Message>) -> Seq {
    messages.into_iter().map(|message| message.state.as_of).max().unwrap_or_default()
}

/// What of a window somebody may read: nothing above the head they were judged at, for that may be their kick.
fn cut(window: Window, allowed: Allowed) -> Window {
    let end = allowed.head.saturating_add(1);
    Window {
        after: window.after.map(|after| after.max(allowed.floor)),
        before: Some(window.before.map_or(end, |before| before.min(end))),
        limit: window.limit.clamp(1, limits::MAX_PAGE),
    }
}

fn listed(fact: MemberFact) -> Option<ListedMember> {
    let role = fact.role()?;
    Some(ListedMember { who: Who { user: fact.user, name: fact.name }, role, last_seen: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_at_the_head_the_caller_was_judged_at() {
        let allowed = Allowed { floor: 3, head: 7, role: None };
        let window = Window { after: Some(1), before: None, limit: 0 };
        assert_eq!(cut(window, allowed), Window { after: Some(3), before: Some(8), limit: 1 });
        assert_eq!(cut(Window::last(Some(9), 5), allowed), Window::last(Some(8), 5));
        assert_eq!(cut(Window::last(Some(5), 5), allowed), Window::last(Some(5), 5));
    }
}
