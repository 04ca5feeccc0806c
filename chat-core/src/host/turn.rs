//! Turns: a host that appends without end pauses now and then, so that the hosts of other nodes can append.
//!
//! A node that has just appended knows the head and can append again at once. A node that was too late must read the entries that
//! it missed first. If two nodes have much to write in one room, the first would win every time, and commands on the other would
//! never be done.

use std::time::Duration;

use tokio::time::Instant;

/// The length of a turn while other nodes append, too.
const SHORTEST: Duration = Duration::from_millis(50);
/// The longest turn. Turns grow up to this while no other node uses the pauses.
const LONGEST: Duration = Duration::from_secs(1);
/// How many appends long a pause is. In the time of the first one, another host notices that it was too late and reads on; in the
/// time of the second one, it appends.
const APPENDS: u32 = 2;
/// A pause is at least the turn divided by this, if there are other nodes: they may be farther from the store than this one. So
/// pauses grow with the turns while no other node uses them.
const PART: u32 = 10;
/// The longest pause, even if the store is slow.
const LONGEST_PAUSE: Duration = Duration::from_millis(100);
/// The shortest pause. A store so fast that a pause would be shorter is in this process, and no other node uses it.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);

/// A host's turn to append.
pub(super) struct Turn {
    one_of_several: bool,
    began: Instant,
    length: Duration,
    /// When the last append began and ended.
    append: (Instant, Instant),
    /// How long the last append that succeeded took.
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
            // Nothing was appended for a while, in which other nodes could.
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

    /// Notes the end of an append. A conflict means that another node appended first.
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

    /// Appends for so long, one append right after the other. Returns the pauses.
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
