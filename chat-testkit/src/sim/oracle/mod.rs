//! The oracle: it sees what the store commits, what the nodes say and what each client hears, and knows by naive means
//! what all of it must be.

mod acks;
mod end;
mod room;
mod rules;
mod signals;
mod streams;
mod watch;

use std::collections::{BTreeMap, BTreeSet};

use chat_core::{ClientId, CloseReason, Draft, Epoch, Name, Op, RoomId, RoomMeta, Seq, UserId, limits};

use self::{room::Past, signals::Told, watch::Watch};
use super::{
    heard::{Frame, Heard, Place},
    link::Wired,
    report::Report,
};

/// What one run's oracle knows.
pub(super) struct Oracle {
    pub(super) now: u64,
    pub(super) rooms: BTreeMap<RoomId, Past>,
    pub(super) admins: BTreeSet<UserId>,
    pub(super) links: Vec<Link>,
    pub(super) orders: Vec<Order>,
    pub(super) asks: Vec<Ask>,
    pub(super) report: Report,
    /// Where each device stands in each room.
    pub(super) cursors: BTreeMap<(usize, RoomId), Place>,
    /// By what a guest's device is known again.
    pub(super) tokens: BTreeMap<usize, String>,
    /// Which order an entry was acknowledged to.
    acked: BTreeMap<(RoomId, Seq), usize>,
    watch: Watch,
    /// Up to where each user has read, each time the store was told.
    reads: BTreeMap<(RoomId, UserId), BTreeSet<Seq>>,
    /// The names under which users came.
    names: BTreeMap<UserId, Name>,
    grace_ms: u64,
    slack_ms: u64,
    /// Whether nodes hear each other at the end.
    pub(super) nodes_hear: bool,
}

/// One connection of a client to a node.
pub(super) struct Link {
    pub(super) node: usize,
    pub(super) device: usize,
    /// Who it is, once the server knows it.
    pub(super) user: Option<UserId>,
    began: u64,
    /// Whether the client still listens.
    pub(super) open: bool,
    /// Whether the server still holds it.
    pub(super) attached: bool,
    /// Since when the client has been reading all that comes; `None` while it does not.
    pub(super) reading_since: Option<u64>,
    pub(super) streams: BTreeMap<RoomId, Stream>,
    /// What it is told of each room beside the log.
    told: BTreeMap<RoomId, Told>,
    pub(super) wired: Wired,
    /// Bytes of answers made for it, and of the largest.
    said: u64,
    largest: u64,
}

/// A subscription as its client sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stream {
    pub(super) at: Place,
    /// The room's head when it began.
    head: Seq,
    pub(super) active: bool,
}

/// A command a user wants done, however often it must be asked for.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) device: usize,
    pub(super) user: Option<UserId>,
    pub(super) room: RoomId,
    pub(super) op: Op,
    pub(super) client_id: Option<ClientId>,
    /// How often it was asked for, and how often the answer was that nothing was done.
    pub(super) tries: u32,
    pub(super) refusals: u32,
    pub(super) acked: Option<Seq>,
}

/// One request on one connection.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) link: usize,
    pub(super) what: What,
    pub(super) order: Option<usize>,
    /// The entry that carried the order's client id already when this was asked.
    known: Option<Seq>,
    at: u64,
    answered: bool,
    /// Of an unsubscribing: whether it was done.
    done: bool,
}

/// What was asked.
#[derive(Debug, Clone)]
pub(super) enum What {
    Hello(Vec<(RoomId, Place)>),
    Join,
    Subscribe(Option<Place>),
    Unsubscribe(RoomId),
    /// A join by which presence is looked at.
    Probe,
    Command,
    Typing(RoomId),
    Question,
}

impl Oracle {
    pub(super) fn new(grace_ms: u64, slack_ms: u64, admins: BTreeSet<UserId>) -> Self {
        Self {
            now: 0,
            nodes_hear: true,
            rooms: BTreeMap::new(),
            admins,
            links: Vec::new(),
            orders: Vec::new(),
            asks: Vec::new(),
            report: Report::default(),
            cursors: BTreeMap::new(),
            tokens: BTreeMap::new(),
            acked: BTreeMap::new(),
            watch: Watch::new(),
            reads: BTreeMap::new(),
            names: BTreeMap::new(),
            grace_ms,
            slack_ms,
        }
    }

    pub(super) fn created(&mut self, room: &RoomId, epoch: Epoch, meta: &RoomMeta) {
        self.rooms.insert(room.clone(), Past::new(epoch, meta));
    }

    pub(super) fn deleted(&mut self, room: &RoomId) {
        if let Some(past) = self.rooms.get_mut(room) {
            past.deleted = true;
        }
    }

    /// The store has committed these at `expected + 1` and on.
    pub(super) fn committed(&mut self, room: &RoomId, expected: Seq, drafts: &[Draft]) -> Result<(), String> {
        for (at, draft) in drafts.iter().enumerate() {
            self.check_gone(room, &drafts[at..])?;
            self.names.extend(draft.name.clone().map(|name| (draft.sender.clone(), name)));
            let admin = self.admins.contains(&draft.sender);
            let past = self.rooms.get_mut(room).ok_or_else(|| format!("{room} has entries and does not exist"))?;
            past.commit(draft, admin, self.now).map_err(|why| format!("{room}: {why}"))?;
            self.report.entries += 1;
            if let Some(user) = draft.body.revokes(&draft.sender) {
                self.watch.remove(&(room.clone(), user.clone()));
            }
        }
        let head = self.rooms.get(room).map_or(0, Past::head);
        if head != expected + drafts.len() as Seq {
            return Err(format!("{room}: appended at {expected}, and the head is {head}"));
        }
        Ok(())
    }

    /// A client opens a connection.
    pub(super) fn connect(&mut self, node: usize, device: usize, user: Option<UserId>, wired: Wired) -> usize {
        self.report.connections += 1;
        self.links.push(Link {
            node,
            device,
            user,
            began: self.now,
            open: true,
            attached: true,
            reading_since: Some(self.now),
            streams: BTreeMap::new(),
            told: BTreeMap::new(),
            wired,
            said: 0,
            largest: 0,
        });
        self.links.len() - 1
    }

    /// The server has let go of a connection, or will never know that it had it.
    pub(super) fn detach(&mut self, link: usize) {
        if std::mem::replace(&mut self.links[link].attached, false) {
            self.hung_up(link);
        }
    }

    /// The server may know from now on that the client is gone: at the next write, however long it holds the connection.
    pub(super) fn hung_up(&mut self, link: usize) {
        let rooms: Vec<RoomId> = self.links[link].streams.keys().cloned().collect();
        rooms.iter().for_each(|room| self.depart(link, room));
    }

    /// A client has come to the end of a connection.
    pub(super) fn closed(&mut self, link: usize, reason: Option<CloseReason>) -> Result<(), String> {
        self.detach(link);
        let it = &mut self.links[link];
        it.open = false;
        if reason == Some(CloseReason::TooSlow) {
            self.report.too_slow += 1;
            if it.reading_since.is_some_and(|since| self.now > since + self.slack_ms) {
                return Err(format!("connection {link} was closed as too slow, and reads all that comes"));
            }
        }
        Ok(())
    }

    /// Where a device stands in its rooms.
    pub(super) fn cursors_of(&self, device: usize) -> Vec<(RoomId, Place)> {
        let theirs = self.cursors.iter().filter(|((of, _), _)| *of == device);
        theirs.map(|((_, room), at)| (room.clone(), *at)).collect()
    }

    /// Who a guest's device is known as.
    pub(super) fn guest_of(&self, device: usize) -> Option<UserId> {
        self.links.iter().rev().filter(|link| link.device == device).find_map(|link| link.user.clone())
    }

    /// Removes what was committed longer ago than so long; returns the first entry that is left.
    pub(super) fn retain(&mut self, room: &RoomId, age_ms: u64) -> Option<Seq> {
        let past = self.rooms.get_mut(room)?;
        past.forget_before(self.now.checked_sub(age_ms)?)
    }

    /// A client asks for something; the answer will name the number this returns.
    pub(super) fn ask(&mut self, link: usize, what: What, order: Option<usize>) -> u64 {
        if let What::Unsubscribe(room) = &what {
            self.depart(link, room);
        }
        let user = self.links[link].user.clone();
        let known = order.and_then(|order| {
            let order = &mut self.orders[order];
            order.tries += 1;
            let past = self.rooms.get(&order.room)?;
            let theirs = order.user.as_ref().filter(|theirs| user.as_ref() == Some(theirs));
            past.claimed(theirs?, order.client_id.as_ref()?)
        });
        self.report.requests += 1;
        self.asks.push(Ask { link, what, order, known, at: self.now, answered: false, done: false });
        self.asks.len() as u64 - 1
    }

    /// A node makes a frame: what it says must be so already.
    pub(super) fn said(&mut self, frame: &Frame, bytes: usize) -> Result<(), String> {
        let place = match &frame.heard {
            Heard::Committed { room, receipt, .. } => Some((room, receipt.at)),
            Heard::Joined(joined) => Some((&joined.room, joined.receipt.at)),
            Heard::Entry(entry) => {
                let epoch = self.rooms.get(&entry.room).map(|past| past.epoch);
                epoch.map(|epoch| (&entry.room, Place { epoch, seq: entry.seq }))
            }
            _ => None,
        };
        if let Some((room, at)) = place {
            let past = self.rooms.get(room).ok_or_else(|| format!("{room} does not exist, and is spoken of"))?;
            if past.epoch != at.epoch || past.head() < at.seq {
                return Err(format!("{room}: {} is said before it is committed: {:?}", at.seq, frame.heard));
            }
        }
        let Some(ask) = frame.re.and_then(|re| self.asks.get(usize::try_from(re).ok()?)) else { return Ok(()) };
        let link = &mut self.links[ask.link];
        link.said += bytes as u64;
        link.largest = link.largest.max(bytes as u64);
        let waits = link.said.saturating_sub(link.wired.written());
        let most = limits::OUTBOX_BYTES as u64 + 2 * link.largest + 64 * 1024;
        if link.attached && waits > most {
            return Err(format!("{waits} bytes of answers wait for connection {}, more than {most}", ask.link));
        }
        Ok(())
    }

    /// A client hears something.
    pub(super) fn hear(&mut self, link: usize, frame: Frame) -> Result<(), String> {
        let wrong = |why: String| format!("connection {link}: {why}");
        let ask = match frame.re {
            Some(re) => Some(self.answered(link, re).map_err(wrong)?),
            None => None,
        };
        self.report.frames += 1;
        match ask {
            Some(ask) => self.hear_answer(link, ask, frame.heard).map_err(wrong),
            None => self.hear_told(link, frame.heard).map_err(wrong),
        }
    }

    fn answered(&mut self, link: usize, re: u64) -> Result<usize, String> {
        let index = usize::try_from(re).unwrap_or(usize::MAX);
        let ask = self.asks.get_mut(index).ok_or("an answer to nothing")?;
        if ask.link != link {
            return Err(format!("the answer to {re} belongs to connection {}", ask.link));
        }
        if std::mem::replace(&mut ask.answered, true) {
            return Err(format!("{re} is answered twice"));
        }
        Ok(index)
    }

    fn hear_answer(&mut self, link: usize, ask: usize, heard: Heard) -> Result<(), String> {
        match heard {
            Heard::Welcome { user, resumed } => self.welcomed(link, ask, user, resumed),
            Heard::Joined(joined) => self.joined(link, ask, &joined),
            Heard::Subscribed { room, outcome, at } => {
                let What::Subscribe(from) = self.asks[ask].what.clone() else {
                    return Err("subscribed without having asked".to_owned());
                };
                if self.is_void(link, ask, &room) { Ok(()) } else { self.begin(link, &room, from, &outcome, at) }
            }
            Heard::Unsubscribed { room } => {
                self.asks[ask].done = true;
                self.unsubscribed(link, &room);
                Ok(())
            }
            Heard::Committed { room, receipt, .. } => self.acknowledged(ask, &room, receipt),
            Heard::Refused { code } => self.refused(ask, &code),
            Heard::History { room, at, messages } => self.history(link, &room, at, &messages),
            Heard::Members { room, members, count } => self.members(&room, &members, count),
            _ => Ok(()),
        }
    }

    fn hear_told(&mut self, link: usize, heard: Heard) -> Result<(), String> {
        match heard {
            Heard::Entry(entry) => self.delivered(link, &entry),
            Heard::Subscribed { room, outcome, at } => self.subscribed_unasked(link, &room, &outcome, at),
            Heard::Gap { room, at, oldest } => self.gap(link, &room, at, oldest),
            Heard::Reset { room } => self.reset(link, &room),
            signal => self.signalled(link, &signal),
        }
    }
}
