//! The members of the rooms under load: what they receive, checked and measured.

use std::ops::Range;

use chat_benches::{Failure, outcome::Silent};

use crate::{
    connection::{Connection, Stage},
    ledger::Ledger,
    meter::Durations,
    options::{Done, Options},
    publishers::Publishers,
    swarm::Handler,
    tally::Tally,
    wire::{self, Marker, Writer},
};

/// The members of all rooms. Places up to `readers` read always, those above stay silent while it is measured.
pub(crate) struct Audience {
    run: u16,
    done: Done,
    readers: usize,
    pub(crate) writer: Writer,
    pub(crate) ledger: Ledger,
    pub(crate) publishers: Publishers,
    /// How many have joined.
    pub(crate) joined: usize,
    /// Times from opening to `joined`.
    pub(crate) joins: Durations,
    /// Frames that are no deliveries.
    pub(crate) tally: Tally,
    /// What is measured.
    pub(crate) measured: Range<u64>,
    /// Deliveries in that time.
    pub(crate) deliveries: u64,
    /// Messages done in that time.
    pub(crate) done_count: u64,
    /// Times to delivery of messages sent in that time.
    pub(crate) latency: Durations,
    /// Times to the ack of messages acked in that time.
    pub(crate) acks: Durations,
    /// Readers the server closed.
    pub(crate) closed: u64,
    /// What became of the silent.
    pub(crate) silent: Silent,
}

impl Audience {
    pub(crate) fn new(options: &Options, run: u16) -> Self {
        let &Options { conns, rooms, pubs, .. } = options;
        Self {
            run,
            done: options.done,
            readers: conns,
            writer: Writer::new(options.wire, run, options.size),
            ledger: Ledger::new(conns, rooms, pubs),
            publishers: Publishers::new(rooms * pubs, options.window),
            joined: 0,
            joins: Durations::new(),
            tally: Tally::default(),
            measured: u64::MAX..u64::MAX,
            deliveries: 0,
            done_count: 0,
            latency: Durations::new(),
            acks: Durations::new(),
            closed: 0,
            silent: Silent { count: options.silent, ..Silent::default() },
        }
    }

    /// The connection of publisher `p`, and its room.
    pub(crate) fn seat(p: u32, options: &Options) -> (usize, u32) {
        let (room, nth) = (p as usize / options.pubs, p as usize % options.pubs);
        (room + nth * options.rooms, room as u32)
    }

    fn delivery(&mut self, at: usize, Marker { publisher, seq, at: sent }: Marker, now: u64) -> Result<(), Failure> {
        if publisher as usize >= self.publishers.len() {
            return Err(format!("a message of publisher {publisher}, whom there is not").into());
        }
        if self.measured.contains(&now) {
            self.deliveries += 1;
        }
        if self.measured.contains(&sent) {
            self.latency.record(now.saturating_sub(sent));
        }
        if self.ledger.take(at, publisher, seq) && self.done == Done::Room {
            self.receipt(publisher, seq, now);
        }
        Ok(())
    }

    fn receipt(&mut self, publisher: u32, seq: u32, now: u64) {
        let Some(took) = self.publishers.receipt(publisher, seq, now) else { return };
        if self.measured.contains(&now) {
            self.done_count += 1;
            self.acks.record(took);
        }
    }

    /// The publisher at a place, if there is one.
    fn publisher_at(&self, at: usize, room: u32) -> Option<u32> {
        let per_room = self.publishers.len() / self.ledger.rooms();
        let nth = at / self.ledger.rooms();
        (nth < per_room).then(|| room * per_room as u32 + nth as u32)
    }
}

impl Handler for Audience {
    fn opened(&mut self, _at: usize, connection: &mut Connection) {
        connection.stage = Stage::Joining;
        connection.send(crate::framing::TEXT, self.writer.join(connection.id, connection.room));
    }

    fn text(&mut self, at: usize, connection: &mut Connection, text: &[u8], now: u64) -> Result<(), Failure> {
        if let Some(marker) = Marker::find(self.run, text) {
            return if at < self.readers { self.delivery(at, marker, now) } else { Ok(()) };
        }
        match self.tally.count(text) {
            "joined" if connection.stage == Stage::Joining => {
                connection.stage = Stage::Joined;
                self.joined += 1;
                self.joins.record(now - connection.opened);
            }
            "error" if connection.stage == Stage::Joining => {
                return Err(format!("refused: {}", String::from_utf8_lossy(text)).into());
            }
            "sent" if self.done == Done::Ack => {
                if let (Some(p), Some(seq)) = (self.publisher_at(at, connection.room), wire::re(text)) {
                    self.receipt(p, seq, now);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn close_frame(&mut self, at: usize, code: Option<u16>) {
        if let (true, Some(code)) = (at >= self.readers, code) {
            *self.silent.close_codes.entry(code).or_default() += 1;
        }
    }

    fn closed(&mut self, at: usize, stage: Stage) -> Result<(), Failure> {
        if stage != Stage::Joined {
            return Err(format!("connection {at} was closed while it was {stage:?}").into());
        }
        if at < self.readers {
            self.closed += 1
        } else {
            self.silent.closed += 1
        }
        Ok(())
    }
}
