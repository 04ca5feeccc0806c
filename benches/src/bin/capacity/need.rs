//! What a number of connections needs.

use std::fmt;

use crate::{
    cost::Costs,
    mix::{Class, Mix},
};

/// What so many connections need. Rates are a second's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Need {
    pub(crate) connections: f64,
    pub(crate) rooms: f64,
    pub(crate) messages: f64,
    pub(crate) deliveries: f64,
    pub(crate) servers: f64,
    /// Hints that reach another server, which then reads the new entries. Several hints may be followed by one read.
    pub(crate) hints: f64,
    /// Databases, if rooms are divided among them.
    pub(crate) databases: f64,
}

impl Need {
    pub(crate) const HEAD: &str = "\
| connections | open rooms | messages/s | deliveries/s | servers | hints: published, delivered/s | appends, reads/s | databases |
|---|---|---|---|---|---|---|---|";

    /// The fewest servers that can do it, and what follows.
    pub(crate) fn of(mix: &Mix, costs: &Costs, connections: f64) -> Self {
        let classes = mix.classes(mix.users(connections));
        let mut servers = (connections / costs.connections_of_server).ceil().max(1.0);
        // More servers have more of the same rooms open, and so more to do together: it is looked for where that fits.
        while cpu(mix, costs, &classes, servers) > servers * costs.cores * costs.used {
            servers = (servers * 1.02).ceil();
        }
        let sum = |of: &dyn Fn(Class) -> f64| classes.iter().map(|class| class.rooms * of(*class)).sum::<f64>();
        let messages = sum(&|class| mix.messages_in(class));
        let hints = sum(&|class| mix.messages_in(class) * (spread(class.users * mix.devices, servers) - 1.0));
        Self {
            connections,
            rooms: sum(&|_| 1.0),
            messages,
            deliveries: sum(&|class| mix.messages_in(class) * class.users * mix.devices),
            servers,
            hints,
            databases: (messages / costs.appends).max(hints / costs.reads).ceil().max(1.0),
        }
    }
}

/// On how many of so many servers a room is open whose connections are spread over them by chance.
pub(crate) fn spread(connections: f64, servers: f64) -> f64 {
    servers * (1.0 - (1.0 - 1.0 / servers).powf(connections))
}

/// Seconds of CPU time that all servers together need in a second.
fn cpu(mix: &Mix, costs: &Costs, classes: &[Class], servers: f64) -> f64 {
    let of = |class: &Class| {
        let connections = class.users * mix.devices;
        let told = match class.users < costs.together_from {
            true => mix.comings_in(*class),
            false => mix.comings_in(*class).min(costs.together),
        };
        let deliveries = (mix.messages_in(*class) + told) * connections;
        let messages = mix.messages_in(*class) * spread(connections, servers);
        let joins = mix.comings_in(*class) / 2.0 * mix.devices;
        class.rooms * (messages * costs.message_us + deliveries * costs.delivery_us + joins * costs.join_us)
    };
    classes.iter().map(of).sum::<f64>() / 1e6
}

/// Up to how many connections one database is enough, in two digits, and what it has too much of then.
pub(crate) fn first_wall(mix: &Mix, costs: &Costs) -> (u64, &'static str) {
    let (mut enough, mut too_many) = (1_000.0, 1e9);
    while too_many / enough > 1.01 {
        let between = f64::sqrt(enough * too_many);
        match Need::of(mix, costs, between).databases > 1.0 {
            true => too_many = between,
            false => enough = between,
        }
    }
    let Need { messages, hints, .. } = Need::of(mix, costs, too_many);
    let what = if messages / costs.appends >= hints / costs.reads { "appends" } else { "reads" };
    let digit = 10_f64.powf(enough.log10().floor() - 1.0);
    ((enough / digit).floor() as u64 * digit as u64, what)
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { connections, rooms, messages, deliveries, servers, hints, databases } = *self;
        write!(
            f,
            "| {} | {} | {} | {} | {} | {}, {} | {}, {} | {} |",
            short(connections),
            short(rooms),
            short(messages),
            short(deliveries),
            servers,
            short(messages),
            short(hints),
            short(messages),
            short(hints),
            databases
        )
    }
}

/// A number in two digits: `450`, `1.2k`, `36M`.
fn short(number: f64) -> String {
    let (unit, name) = match number {
        n if n >= 1e6 => (1e6, "M"),
        n if n >= 1e3 => (1e3, "k"),
        _ => (1.0, ""),
    };
    let scaled = number / unit;
    let digits = usize::from(scaled < 9.95 && !name.is_empty());
    format!("{scaled:.digits$}{name}")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use chat_core::{Environment as _, SeededEnvironment, Timestamp};
    use clap::Parser as _;

    use super::*;
    use crate::Options;

    fn defaults() -> (Mix, Costs) {
        let Options { mix, costs, .. } = Options::parse_from(["capacity"]);
        (mix, costs)
    }

    #[test]
    fn a_room_is_open_on_as_many_servers_as_when_its_connections_are_thrown() {
        let chance = SeededEnvironment::new(7, Timestamp(0));
        for (connections, servers) in [(2, 3), (12, 5), (500, 40)] {
            let throw = || {
                let open: HashSet<_> = (0..connections).map(|_| chance.random() % servers).collect();
                open.len() as f64
            };
            let thrown = (0..2_000).map(|_| throw()).sum::<f64>() / 2_000.0;
            let expected = spread(connections as f64, servers as f64);
            assert!((thrown / expected - 1.0).abs() < 0.03, "{thrown} of {servers} servers, and not {expected}");
        }
    }

    #[test]
    fn one_server_needs_no_hints_and_the_fewest_servers_are_found() {
        let (mix, costs) = defaults();
        let few = Need::of(&mix, &costs, 1_000.0);
        assert_eq!((few.servers, few.databases), (1.0, 1.0));
        assert!(few.hints.abs() < 1e-6 && few.messages > 2.0, "{few:?}");
        let many = Need::of(&mix, &costs, 1e6);
        let classes = mix.classes(mix.users(1e6));
        let can = |servers: f64| cpu(&mix, &costs, &classes, servers) <= servers * costs.cores * costs.used;
        assert!(can(many.servers) && many.servers >= 20.0, "{many:?}");
        assert!(!can((many.servers / 1.05).floor()) || many.servers <= 20.0, "{many:?}");
    }

    #[test]
    fn the_wall_is_where_a_second_database_is_needed() {
        let (mix, costs) = defaults();
        let (wall, _) = first_wall(&mix, &costs);
        assert_eq!(Need::of(&mix, &costs, 0.95 * wall as f64).databases, 1.0);
        assert_eq!(Need::of(&mix, &costs, 1.15 * wall as f64).databases, 2.0);
    }

    #[test]
    fn numbers_have_two_digits() {
        let of = |number: f64| short(number);
        assert_eq!([of(4.4), of(450.0), of(1_234.0), of(36e6)], ["4", "450", "1.2k", "36M"]);
    }
}
