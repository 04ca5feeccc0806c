//! Turns: a host that appends without end lets those of other nodes in now and then.
//!
//! A node that has just appended knows the head and can go on at once; one that was too late has to read first what it missed. Of two
//! nodes that both have much to write in one room, the first would win every time, and what is asked of the other would
//! never be done.

use std::time::Duration;

use tokio::time::Instant;

/// Where others are about, a turn is this long.
const SHORTEST: Duration = Duration::from_millis(50);
/// Where nobody took their chance, turns get longer, up to this.
const LONGEST: Duration = Duration::from_secs(1);
/// A pause as long as so many appends: in one of them another host notices that it was too late and reads on, in the other it
/// appends.
const APPENDS: u32 = 2;
/// Of one of several nodes a pause is at least this part of the turn: their way to the store may be longer than ours, and the longer
/// nobody took their chance, the longer it may have to be.
const PART: u32 = 10;
/// A pause is not longer than this, even if the store is slow.
const LONGEST_PAUSE: Duration = Duration::from_millis(100);
/// A store so fast that a pause would be shorter is in this process, and nobody else's.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);

/// A host's turn to append.
pub(super) struct Turn {
    one_of_several: bool,
    began: Instant,
    length: Duration,
    /// When the last append began, and ended.
    append: (Instant, Instant),
    /// How long the last one took that was done.
    took: Duration,
}

impl Turn {
    /// `one_of_several` says whether other nodes are to be expected.
    pub(super) fn new(now: Instant, one_of_several: bool) -> Self {
        Self { one_of_several, began: now, length: SHORTEST, append: (now, now), took: Duration::ZERO }
    }

    /// How long to wait before an append that could begin now.
    pub(super) fn pause(&mut self, now: Instant) -> Duration {
        let least = APPENDS * self.took;
        if now - self.append.1 >= least.min(LONGEST_PAUSE) {
            // The other nodes had their turn.
            self.began = now;
        }
        let is_over = now - self.began >= self.length && least >= SHORTEST_PAUSE;
        let part = if self.one_of_several { self.length / PART } else { Duration::ZERO };
        let pause = if is_over { least.max(part).min(LONGEST_PAUSE) } else { Duration::ZERO };
        self.append.0 = now + pause;
        if is_over {
            (self.began, self.length) = (now + pause, (2 * self.length).min(LONGEST));
        }
        pause
    }

    /// The append is over. With a conflict somebody else was there first.
    pub(super) fn end(&mut self, now: Instant, conflict: bool) {
        if conflict {
            (self.began, self.length) = (now, SHORTEST);
        } else {
            self.took = now - self.append.0;
        }
        self.append.1 = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const APPEND: Duration = Duration::from_millis(10);

    /// Appends, one right after the other, for so long; when it paused, and for how long.
    fn pauses(turn: &mut Turn, now: &mut Instant, long: Duration) -> Vec<Duration> {
        let (end, mut pauses) = (*now + long, Vec::new());
        while *now < end {
            let pause = turn.pause(*now);
            *now += pause + APPEND;
            turn.end(*now, false);
            pauses.extend(Some(pause).filter(|pause| !pause.is_zero()));
        }
        pauses
    }

    #[tokio::test(start_paused = true)]
    async fn who_appends_without_end_pauses_ever_more_rarely() {
        let mut now = Instant::now();
        let mut turn = Turn::new(now, false);
        let first = pauses(&mut turn, &mut now, Duration::from_secs(2));
        assert_eq!(first, vec![2 * APPEND; 5], "after 50, 100, 200, 400 and 800 ms more, and then after a second");
        assert_eq!(pauses(&mut turn, &mut now, Duration::from_secs(10)).len(), 10);
        turn.end(now, true);
        assert_eq!(pauses(&mut turn, &mut now, Duration::from_millis(100)).len(), 1, "somebody is there");
    }

    #[tokio::test(start_paused = true)]
    async fn one_of_several_pauses_for_longer_when_nobody_took_their_chance() {
        let mut now = Instant::now();
        let mut turn = Turn::new(now, true);
        let mut pauses = Vec::new();
        while pauses.len() < 7 {
            let pause = turn.pause(now);
            now += pause + APPEND;
            turn.end(now, false);
            pauses.extend(Some(pause.as_millis()).filter(|pause| *pause > 0));
        }
        assert_eq!(pauses, [20, 20, 20, 40, 80, 100, 100]);
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_idle_for_that_long_need_not_pause() {
        let mut now = Instant::now();
        let mut turn = Turn::new(now, false);
        for _ in 0..100 {
            assert!(turn.pause(now).is_zero());
            now += APPEND;
            turn.end(now, false);
            now += 2 * APPEND;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_of_this_process_is_not_waited_for() {
        let mut now = Instant::now();
        let mut turn = Turn::new(now, false);
        for _ in 0..10_000 {
            assert!(turn.pause(now).is_zero());
            now += Duration::from_micros(20);
            turn.end(now, false);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_store_is_not_made_much_slower() {
        let mut now = Instant::now();
        let mut turn = Turn::new(now, false);
        turn.pause(now);
        now += Duration::from_secs(5);
        turn.end(now, false);
        assert_eq!(turn.pause(now), LONGEST_PAUSE);
    }
}
