//! What a seed decides before anything happens.

use chat_core::Limits;

use super::Config;
use crate::dice::Dice;

/// The shape of one run.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) steps: usize,
    pub(super) nodes: usize,
    pub(super) users: usize,
    pub(super) guests: usize,
    pub(super) rooms: usize,
    /// Whether the store fails, and the bus.
    pub(super) troubled: bool,
    pub(super) lossy: bool,
    /// Whether nodes die.
    pub(super) crashes: bool,
    /// Whether messages are as large as they may be.
    pub(super) large: bool,
    /// Bytes a socket holds.
    pub(super) capacity: usize,
    /// Whether every hint is lost once all else is in order.
    pub(super) silent_end: bool,
    pub(super) limits: Limits,
}

impl Plan {
    pub(super) fn draw(dice: &Dice, config: &Config) -> Self {
        let mut limits = Limits::default();
        limits.grace_ms = 2_000;
        limits.idle_room_ms = 3_000;
        limits.head_check_ms = 400;
        limits.signal_ms = 50;
        limits.membership_ms = 200;
        limits.stall_ms = 4_000;
        limits.command_ms = 1_500;
        limits.retry_ms = 50;
        (limits.requests_per_second, limits.request_burst) = if dice.chance(250) { (Some(5), 10) } else { (None, 0) };
        Self {
            steps: config.steps,
            nodes: 1 + dice.below(config.nodes),
            users: 2 + dice.below(config.users.saturating_sub(1)),
            guests: dice.below(config.guests + 1),
            rooms: 1 + dice.below(4),
            troubled: dice.chance(650),
            lossy: dice.chance(600),
            crashes: dice.chance(500),
            large: dice.chance(150),
            capacity: [512, 4_096, 65_536][dice.below(3)],
            silent_end: dice.chance(500),
            limits,
        }
    }
}
