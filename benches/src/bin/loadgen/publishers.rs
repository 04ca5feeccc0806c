//! Who sends when: the closed loop's windows, and the open loop's timetable.

use std::{cmp::Reverse, collections::BinaryHeap};

use crate::clock::SECOND;

/// A publisher that waited so long goes on without what it waited for.
const STALL: u64 = 2 * SECOND;

/// A message in flight.
#[derive(Debug, Clone, Copy, Default)]
struct Flight {
    seq: u32,
    /// How many receipts it still waits for; 0 when it is done.
    missing: u32,
    sent_at: u64,
}

#[derive(Debug)]
struct Publisher {
    sent: u32,
    in_flight: usize,
    last_done: u64,
    /// By seq, modulo its length.
    flights: Vec<Flight>,
}

/// All publishers: `per_room` in each room, those of room 0 first.
#[derive(Debug)]
pub(crate) struct Publishers {
    list: Vec<Publisher>,
    window: usize,
    /// Publishers with room in their windows, once for every message they may send.
    freed: Vec<u32>,
    /// Messages done.
    pub(crate) done: u64,
    /// Times a publisher gave up waiting.
    pub(crate) stalls: u64,
}

impl Publishers {
    /// `count` publishers with `window` messages in flight each; 0 for an open loop.
    pub(crate) fn new(count: usize, window: usize) -> Self {
        let flights = vec![Flight::default(); window * 4];
        let publisher = |_| Publisher { sent: 0, in_flight: 0, last_done: 0, flights: flights.clone() };
        let (list, freed) = ((0..count).map(publisher).collect(), Vec::new());
        Self { list, window, freed, done: 0, stalls: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// How many each has sent.
    pub(crate) fn sent(&self) -> Vec<u32> {
        self.list.iter().map(|publisher| publisher.sent).collect()
    }

    /// The next seq of publisher `p`, which is sent now and is done with `receipts`.
    pub(crate) fn send(&mut self, p: u32, receipts: u32, now: u64) -> u32 {
        let publisher = &mut self.list[p as usize];
        publisher.sent += 1;
        let seq = publisher.sent;
        if self.window > 0 {
            let place = seq as usize % publisher.flights.len();
            publisher.flights[place] = Flight { seq, missing: receipts, sent_at: now };
            publisher.in_flight += 1;
        }
        seq
    }

    /// A receipt for message `seq` of publisher `p`. Returns how long the message took, if that was the last one.
    pub(crate) fn receipt(&mut self, p: u32, seq: u32, now: u64) -> Option<u64> {
        if self.window == 0 {
            return None;
        }
        let publisher = &mut self.list[p as usize];
        let place = seq as usize % publisher.flights.len();
        let flight = &mut publisher.flights[place];
        if flight.seq != seq || flight.missing == 0 {
            return None; // given up
        }
        flight.missing -= 1;
        if flight.missing > 0 {
            return None;
        }
        let took = now.saturating_sub(flight.sent_at);
        publisher.in_flight -= 1;
        publisher.last_done = now;
        self.done += 1;
        self.freed.push(p);
        Some(took)
    }

    /// A publisher whose window has room, once for every message it may send.
    pub(crate) fn free(&mut self) -> Option<u32> {
        self.freed.pop()
    }

    /// Fills all windows.
    pub(crate) fn start(&mut self, now: u64) {
        for (p, publisher) in self.list.iter_mut().enumerate() {
            publisher.last_done = now;
            self.freed.extend(std::iter::repeat_n(p as u32, self.window));
        }
    }

    /// Lets publishers that wait too long give up what they wait for.
    pub(crate) fn give_up_stalled(&mut self, now: u64) {
        for (p, publisher) in self.list.iter_mut().enumerate() {
            if publisher.in_flight > 0 && now.saturating_sub(publisher.last_done) > STALL {
                publisher.flights.fill(Flight::default());
                publisher.last_done = now;
                self.stalls += 1;
                self.freed.extend(std::iter::repeat_n(p as u32, std::mem::take(&mut publisher.in_flight)));
            }
        }
    }
}

/// When publishers of an open loop are due.
#[derive(Debug)]
pub(crate) struct Timetable {
    period: u64,
    due: BinaryHeap<Reverse<(u64, u32)>>,
}

impl Timetable {
    /// `rate` messages a second and publisher from `start` on, spread evenly over the period; neighbours in time are
    /// not neighbours in number.
    pub(crate) fn new(publishers: usize, rate: f64, start: u64) -> Self {
        let period = if rate > 0.0 { (1e9 / rate) as u64 } else { 0 };
        let count = publishers as u64;
        let due = |p| Reverse((start + period * (p * 7919 % count) / count, p as u32));
        Self { period, due: if period > 0 { (0..count).map(due).collect() } else { BinaryHeap::new() } }
    }

    /// Who is due at `now`, and since when; that one's next time is set.
    pub(crate) fn next(&mut self, now: u64) -> Option<(u64, u32)> {
        let mut top = self.due.peek_mut()?;
        let Reverse((at, p)) = *top;
        if at > now {
            return None;
        }
        *top = Reverse((at + self.period, p));
        Some((at, p))
    }

    /// When somebody is due next.
    pub(crate) fn next_at(&self) -> u64 {
        self.due.peek().map_or(u64::MAX, |Reverse((at, _))| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_free(all: &mut Publishers) -> Vec<u32> {
        std::iter::from_fn(|| all.free()).collect()
    }

    #[test]
    fn a_message_is_done_with_its_last_receipt() {
        let mut all = Publishers::new(2, 1);
        all.start(0);
        assert_eq!(all_free(&mut all), [1, 0]);
        let seq = all.send(1, 2, 10);
        assert_eq!(all.receipt(1, seq, 15), None);
        assert_eq!(all.free(), None);
        assert_eq!(all.receipt(1, seq, 30), Some(20));
        assert_eq!((all.done, all_free(&mut all)), (1, vec![1]));
        assert_eq!(all.receipt(1, seq, 40), None, "a double is no receipt");
    }

    #[test]
    fn a_stalled_publisher_goes_on_and_latecomers_change_nothing() {
        let mut all = Publishers::new(1, 2);
        all.start(0);
        let (first, second) = (all.send(0, 1, 0), all.send(0, 1, 0));
        all_free(&mut all);
        all.give_up_stalled(STALL);
        assert_eq!(all.free(), None);
        all.give_up_stalled(STALL + 1);
        assert_eq!((all.stalls, all_free(&mut all)), (1, vec![0, 0]));
        let third = all.send(0, 1, STALL + 2);
        assert_eq!(all.receipt(0, first, STALL + 3).or(all.receipt(0, second, STALL + 3)), None);
        assert_eq!(all.receipt(0, third, STALL + 3), Some(1));
    }

    #[test]
    fn the_timetable_keeps_the_rate_and_the_due_times() {
        let mut table = Timetable::new(4, 1000.0, 5);
        let mut sent = [0; 4];
        let mut last = 0;
        while let Some((at, p)) = table.next(10_000_004) {
            assert!(at >= last && at <= 10_000_004);
            last = at;
            sent[p as usize] += 1;
        }
        assert_eq!(sent, [10; 4]);
        assert!(table.next_at() > 10_000_004);
        assert_eq!(Timetable::new(4, 0.0, 5).next(u64::MAX), None);
    }
}
