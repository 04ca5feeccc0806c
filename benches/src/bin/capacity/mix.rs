//! The mix: which rooms there are, and what their users do.

use clap::Args;

/// What users do, on average, and how large their rooms are.
///
/// The sizes of rooms follow Zipf's law: a room of rank *r* has 1/*r* of the users of the largest. So of all rooms, those with
/// *k* users or more are 2/*k* (G. K. Zipf, Human Behavior and the Principle of Least Effort, 1949).
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Mix {
    /// Connections of a user who is present.
    #[arg(long, default_value_t = 1.25)]
    pub(crate) devices: f64,
    /// Rooms in which a user is present.
    #[arg(long, default_value_t = 8.0)]
    pub(crate) rooms: f64,
    /// Users who are present in the largest room.
    #[arg(long, default_value_t = 10_000)]
    pub(crate) largest: u32,
    /// Messages that a user who is present writes in an hour, in all rooms together.
    #[arg(long, default_value_t = 12.0)]
    pub(crate) messages: f64,
    /// How often a user comes or goes in an hour.
    #[arg(long, default_value_t = 4.0)]
    pub(crate) comings: f64,
}

/// Rooms of one size.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Class {
    /// Users who are present in each.
    pub(crate) users: f64,
    /// How many such rooms there are.
    pub(crate) rooms: f64,
}

const HOUR: f64 = 3_600.0;

impl Mix {
    pub(crate) fn users(&self, connections: f64) -> f64 {
        connections / self.devices
    }

    /// The rooms of so many users, by size. No room has more users than there are.
    pub(crate) fn classes(&self, users: f64) -> Vec<Class> {
        let largest = f64::from(self.largest).min(users.max(2.0)) as u32;
        // With 2/k rooms of k users or more, the part of exactly k users is 2/k − 2/(k + 1).
        let part = |k: u32| 2.0 / (f64::from(k) * f64::from(k + 1));
        let places: f64 = (2..=largest).map(|k| f64::from(k) * part(k)).sum();
        let all = users * self.rooms / places;
        (2..=largest).map(|k| Class { users: f64::from(k), rooms: all * part(k) }).collect()
    }

    /// Messages a second in a room with so many users. A user writes in each of their rooms equally often.
    pub(crate) fn messages_in(&self, class: Class) -> f64 {
        class.users * self.messages / self.rooms / HOUR
    }

    /// How many users come to a room, or go from it, in a second.
    pub(crate) fn comings_in(&self, class: Class) -> f64 {
        class.users * self.comings / HOUR
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_in_as_many_rooms_as_the_mix_says_and_sizes_follow_zipf() {
        let mix = Mix { devices: 1.25, rooms: 8.0, largest: 10_000, messages: 12.0, comings: 4.0 };
        let classes = mix.classes(80_000.0);
        let places: f64 = classes.iter().map(|class| class.rooms * class.users).sum();
        assert!((places / 640_000.0 - 1.0).abs() < 1e-9, "{places}");
        let at_least = |k: f64| classes.iter().filter(|class| class.users >= k).map(|class| class.rooms).sum::<f64>();
        // A room ten times as large is ten times as rare.
        assert!((at_least(20.0) / at_least(200.0) / 10.0 - 1.0).abs() < 0.05);
        let written: f64 = classes.iter().map(|class| class.rooms * mix.messages_in(*class)).sum();
        assert!((written * 3_600.0 / 80_000.0 - 12.0).abs() < 1e-9, "{written}");
    }

    #[test]
    fn no_room_has_more_users_than_there_are() {
        let mix = Mix { devices: 1.0, rooms: 2.0, largest: 10_000, messages: 1.0, comings: 1.0 };
        assert_eq!(mix.classes(50.0).last().unwrap().users, 50.0);
    }
}
