//! From the engine's replies and events to frames.
//!
//! Ids, names and texts are shared, so making a frame copies no text.

use chat_model::{
    Body, Caller, ClientId, Entry, Event, History, Leaving, Notice, OwnRooms, PROTOCOL, Presence, Receipt, Refusal,
    Reply, RequestId, Restricted, Restriction, Resumed, Resumption, RoomChange, RoomId, RoomRecord, Seq, Text, UserId,
    Who,
};

use crate::{
    Ack, By, EntryHead, EpochText, FrameId, LeaveReason, MessageChanged, MessageEdited, NewMessage, NoticeFrame,
    NoticeView, PresenceState, RawJson, Reacted, ResumeStatus, ResumedRoom, RoleChanged, RoomChanged, ServerFrame,
    TimeText, To, UserBanned, UserConcerned, UserJoined, UserKicked, UserLeft, UserMuted, Welcome, WireLimits,
    edits::EditsPage,
    invite::{InviteView, InvitesPage},
    joined,
    pins::PinsPage,
    reactions::ReactionsPage,
    reads::ReadsView,
    restrictions::{BansPage, MutesPage},
    view::{
        ErrorBody, HistoryMessage, HistoryPage, MembersPage, MessageBody, RoomInfo, RoomView, UserRoomView, UserView,
        UsersPage, shown,
    },
};

impl ServerFrame {
    /// The frame that answers the request `re`.
    pub fn reply(re: Option<&RequestId>, answer: Result<&Reply, &Refusal>) -> Self {
        let re = re.map(FrameId::from);
        let reply = match answer {
            Ok(reply) => reply,
            Err(refusal) => return Self::Error { re, error: ErrorBody::from(refusal) },
        };
        match reply {
            Reply::Welcome { protocol, caller, resumed } => {
                Self::Welcome(Welcome { re, protocol: *protocol, ..welcome(caller.as_ref(), resumed) })
            }
            Reply::Joined(joined) => Self::Joined(joined::view(re, joined)),
            Reply::Subscribed { room, resumption, at } => {
                let (room, resumption) = (room.clone(), *resumption);
                Self::Subscribed { re, room: ResumedRoom::from(&Resumed { room, resumption, at: Some(*at) }) }
            }
            Reply::Unsubscribed { room } => Self::Unsubscribed { re, room_id: room.clone() },
            Reply::Committed { op, room, receipt, client_id } => committed(op, ack(re, room, *receipt, client_id)),
            Reply::ReadMoved { room, seq } => Self::ReadMoved { re, room_id: room.clone(), seq: *seq },
            Reply::Reads { room, reads, count } => Self::Reads { re, reads: ReadsView::new(room, reads, *count) },
            Reply::History(history) => Self::History { re, page: HistoryPage::from(history) },
            Reply::Reactions { room, message, users, count } => {
                Self::Reactions { re, page: ReactionsPage::new(room, *message, users, *count) }
            }
            Reply::Pins { room, pins } => Self::Pins { re, page: PinsPage::new(room, pins) },
            Reply::Edits { room, message, versions } => edits(re, EditsPage::new(room, *message, versions)),
            Reply::Members { room, members, count } => {
                Self::Members { re, page: MembersPage::new(room, members, *count) }
            }
            Reply::Restricted { room, restriction, users } => restricted(re, room, *restriction, users),
            Reply::Online { room, online, count } => {
                let online = online.iter().map(UserView::from).collect();
                Self::Online { re, room_id: room.clone(), online, online_count: *count }
            }
            Reply::RoomCreated(record) => {
                Self::RoomCreated { re, room: RoomInfo::new(&record.room, record.epoch, &record.meta) }
            }
            Reply::Room(record) | Reply::Direct { room: record, .. } => {
                Self::Room { re, room: RoomView::from(&**record) }
            }
            Reply::Blocks(users) => Self::Blocks { re, users: users.iter().map(UserView::from).collect() },
            Reply::Users(found) => Self::Users { re, page: UsersPage::from(found) },
            Reply::Rooms(rooms) => public_rooms(re, rooms, None),
            Reply::RoomsFound(found) => public_rooms(re, &found.rooms, found.next.as_deref()),
            Reply::MyRooms { rooms, next } => {
                let next = next.as_ref().and_then(OwnRooms::cursor);
                Self::MyRooms { re, rooms: rooms.iter().map(UserRoomView::from).collect(), next }
            }
            Reply::InviteMade { room, invite, client_id } => Self::InviteCreated {
                re,
                room_id: room.clone(),
                invite: InviteView::from(&**invite),
                client_id: client_id.clone(),
            },
            Reply::Invites { room, invites } => Self::Invites { re, page: InvitesPage::new(room, invites) },
            Reply::RoomDeleted { room } => Self::RoomDeleted { re, room_id: room.clone() },
            Reply::Taken => Self::Ok { re },
            Reply::Pong => Self::Pong { re },
        }
    }
}

/// Public rooms, and where the next page of those that were searched for begins.
fn public_rooms(re: Option<FrameId>, rooms: &[RoomRecord], next: Option<&str>) -> ServerFrame {
    ServerFrame::Rooms { re, rooms: rooms.iter().map(RoomView::from).collect(), next: next.map(str::to_owned) }
}

/// The page of the users of whom a restriction holds.
fn restricted(re: Option<FrameId>, room: &RoomId, restriction: Restriction, users: &[Restricted]) -> ServerFrame {
    match restriction {
        Restriction::Ban => ServerFrame::Bans { re, page: BansPage::new(room, users) },
        Restriction::Mute => ServerFrame::Mutes { re, page: MutesPage::new(room, users) },
    }
}

impl From<&Event> for ServerFrame {
    fn from(event: &Event) -> Self {
        match event {
            Event::Entry { room, entry, after, sender, subject } => {
                let head = EntryHead::new(room, entry, *after);
                EntryFrame { head, entry, sender, subject: subject.as_ref() }.into_frame()
            }
            Event::Gap { room, epoch, oldest, head } => {
                Self::Gap { room_id: room.clone(), epoch: EpochText(*epoch), oldest: *oldest, head: *head }
            }
            Event::Subscribed { room, at } => {
                let (room, at, resumption) = (room.clone(), Some(*at), Resumption::Recovered);
                Self::Subscribed { re: None, room: ResumedRoom::from(&Resumed { room, resumption, at }) }
            }
            Event::Interrupted { room } => Self::Interrupted { room_id: room.clone() },
            Event::Reset { room } => Self::Reset { room_id: room.clone() },
            Event::MembersChanged { room, joined, left, members, online } => Self::MembersChanged {
                room_id: room.clone(),
                joined: joined.iter().map(UserView::from).collect(),
                left: left.iter().map(UserView::from).collect(),
                member_count: *members,
                online_count: *online,
            },
            Event::Typing { room, who } => Self::Typing { room_id: room.clone(), user: UserView::from(who) },
            Event::PresenceChanged { room, who, presence, online } => {
                let (state, last_seen) = PresenceState::of(*presence);
                let (room_id, user, online_count) = (room.clone(), UserView::from(who), Some(*online));
                Self::Presence { room_id, user, state, last_seen, online_count }
            }
            Event::UserRenamed { room, who } => Self::UserRenamed { room_id: room.clone(), user: UserView::from(who) },
            Event::HasRead { room, who, seq } => {
                Self::Read { room_id: room.clone(), user: UserView::from(who), seq: *seq }
            }
            Event::Pushed { data } => Self::Pushed { data: RawJson::of_stored(data) },
            Event::Goaway { retry_after_ms } => Self::Goaway { retry_after_ms: *retry_after_ms },
        }
    }
}

impl From<&History> for HistoryPage {
    fn from(history: &History) -> Self {
        Self {
            room_id: history.room.clone(),
            epoch: EpochText(history.epoch),
            head: history.head,
            messages: history.messages.iter().map(|(message, sender)| HistoryMessage::new(message, sender)).collect(),
        }
    }
}

fn welcome(caller: Option<&Caller>, resumed: &[Resumed]) -> Welcome {
    Welcome {
        re: None,
        protocol: PROTOCOL,
        user_id: caller.map(|caller| caller.user.clone()),
        username: caller.map(|caller| caller.name.clone()),
        admin: caller.is_some_and(|caller| caller.admin),
        resumed: resumed.iter().map(ResumedRoom::from).collect(),
        limits: WireLimits::default(),
    }
}

fn ack(re: Option<FrameId>, room: &RoomId, receipt: Receipt, client_id: &Option<ClientId>) -> Ack {
    Ack {
        re,
        room_id: room.clone(),
        epoch: EpochText(receipt.epoch),
        seq: receipt.seq,
        timestamp: TimeText(receipt.at),
        client_id: client_id.clone(),
    }
}

/// The engine's name of an operation is that of the action, save for two.
fn edits(re: Option<FrameId>, page: EditsPage) -> ServerFrame {
    ServerFrame::Edits { re, page }
}

fn committed(op: &'static str, ack: Ack) -> ServerFrame {
    match op {
        "send" => ServerFrame::Sent(ack),
        "leave" => ServerFrame::Left(ack),
        "edit" => ServerFrame::Done { op: "edit-message".into(), ack },
        "delete" => ServerFrame::Done { op: "delete-message".into(), ack },
        _ => ServerFrame::Done { op: op.into(), ack },
    }
}

impl From<&Resumed> for ResumedRoom {
    fn from(resumed: &Resumed) -> Self {
        let (status, oldest, code) = match resumed.resumption {
            Resumption::Recovered => (ResumeStatus::Recovered, None, None),
            Resumption::Gap { oldest } => (ResumeStatus::Gap, Some(oldest), None),
            Resumption::Reset => (ResumeStatus::Reset, None, None),
            Resumption::Refused(code) => (ResumeStatus::Refused, None, Some(code.as_str().into())),
        };
        Self {
            room_id: resumed.room.clone(),
            status,
            epoch: resumed.at.map(|at| EpochText(at.epoch)),
            head: resumed.at.map(|at| at.seq),
            oldest,
            code,
        }
    }
}

impl PresenceState {
    fn of(presence: Presence) -> (Self, Option<TimeText>) {
        match presence {
            Presence::Online => (Self::Online, None),
            Presence::Away => (Self::Away, None),
            Presence::Offline { last_seen } => (Self::Offline, last_seen.map(TimeText)),
        }
    }
}

impl EntryHead {
    fn new(room: &RoomId, entry: &Entry, after: Seq) -> Self {
        Self {
            room_id: room.clone(),
            seq: entry.seq,
            after,
            timestamp: TimeText(entry.at),
            client_id: entry.claim.as_ref().map(|claim| claim.client_id.clone()),
        }
    }
}

/// What the frame of one entry is made of.
struct EntryFrame<'a> {
    head: EntryHead,
    entry: &'a Entry,
    sender: &'a Who,
    subject: Option<&'a Who>,
}

impl EntryFrame<'_> {
    fn into_frame(self) -> ServerFrame {
        match &self.entry.body {
            Body::Message(post) => {
                let (by, body) = (self.by(), MessageBody::from(post));
                ServerFrame::NewMessage(NewMessage { head: self.head, by, body })
            }
            Body::Edited { target, text, mentions, mentions_room } => ServerFrame::MessageEdited(MessageEdited {
                by: self.by(),
                target: *target,
                message: Some(text).filter(|text| !text.is_empty()).cloned(),
                mentions: mentions.clone(),
                mentions_room: *mentions_room,
                head: self.head,
            }),
            Body::Deleted { target } => ServerFrame::MessageDeleted(self.changed(*target)),
            Body::Pinned { target } => ServerFrame::MessagePinned(self.changed(*target)),
            Body::Unpinned { target } => ServerFrame::MessageUnpinned(self.changed(*target)),
            Body::Reacted { target, emoji } => ServerFrame::ReactionAdded(self.reacted(*target, emoji)),
            Body::Unreacted { target, emoji } => ServerFrame::ReactionRemoved(self.reacted(*target, emoji)),
            Body::Renamed { name } => self.into_room_changed(RoomChange::name(name.clone())),
            Body::Changed(change) => {
                let change = change.clone();
                self.into_room_changed(change)
            }
            Body::Notice(notice) => {
                ServerFrame::Notice(NoticeFrame { notice: NoticeView::from(notice), head: self.head })
            }
            body => self.into_membership_frame(body),
        }
    }

    fn into_room_changed(self, change: RoomChange) -> ServerFrame {
        let RoomChange { name: room_name, topic, archived, slow_mode_ms } = change;
        ServerFrame::RoomChanged(RoomChanged {
            by: self.by(),
            room_name,
            topic,
            archived,
            slow_mode_ms,
            head: self.head,
        })
    }

    fn into_membership_frame(self, body: &Body) -> ServerFrame {
        let by = self.by();
        match body {
            Body::Joined { role, .. } => {
                let user = UserView::from(self.sender);
                ServerFrame::UserJoined(UserJoined { head: self.head, user, role: *role })
            }
            Body::Left { why } => {
                let user = UserView::from(self.sender);
                ServerFrame::UserLeft(UserLeft { head: self.head, user, reason: LeaveReason::from(*why) })
            }
            Body::RoleChanged { user, role } => {
                ServerFrame::RoleChanged(RoleChanged { by, to: self.to(user), role: *role, head: self.head })
            }
            Body::Kicked { user, reason } => {
                ServerFrame::UserKicked(UserKicked { by, to: self.to(user), reason: reason.clone(), head: self.head })
            }
            Body::Banned { user, was_member, reason } => ServerFrame::UserBanned(UserBanned {
                by,
                to: self.to(user),
                was_member: *was_member,
                reason: reason.clone(),
                head: self.head,
            }),
            Body::Unbanned { user } => {
                ServerFrame::UserUnbanned(UserConcerned { by, to: self.to(user), head: self.head })
            }
            Body::Invited { user } => {
                ServerFrame::UserInvited(UserConcerned { by, to: self.to(user), head: self.head })
            }
            Body::Muted { user, until } => {
                ServerFrame::UserMuted(UserMuted { by, to: self.to(user), until: until.map(TimeText), head: self.head })
            }
            _ => ServerFrame::Entry(self.head),
        }
    }

    fn by(&self) -> By {
        By { sender: shown(self.sender), sender_id: self.entry.sender.clone(), guest: self.entry.sender.is_guest() }
    }

    fn to(&self, user: &UserId) -> To {
        let nameless = Who { user: user.clone(), name: None };
        To { user_id: user.clone(), username: shown(self.subject.unwrap_or(&nameless)) }
    }

    fn changed(self, target: Seq) -> MessageChanged {
        MessageChanged { by: self.by(), target, head: self.head }
    }

    fn reacted(self, target: Seq, emoji: &Text) -> Reacted {
        Reacted { by: self.by(), target, emoji: emoji.clone(), head: self.head }
    }
}

impl From<Leaving> for LeaveReason {
    fn from(why: Leaving) -> Self {
        match why {
            Leaving::Left => Self::Left,
            Leaving::Gone => Self::Gone,
        }
    }
}

impl From<&Notice> for NoticeView {
    fn from(notice: &Notice) -> Self {
        match notice {
            Notice::Invited { room, by } => Self::Invited { room_id: room.clone(), by: by.clone() },
            Notice::Removed { room, by, banned } => {
                Self::Removed { room_id: room.clone(), by: by.clone(), banned: *banned }
            }
            Notice::DirectOpened { room, by } => Self::DirectOpened { room_id: room.clone(), by: by.clone() },
            Notice::Blocked { user } => Self::Blocked { user_id: user.clone() },
            Notice::Unblocked { user } => Self::Unblocked { user_id: user.clone() },
        }
    }
}
