//! What is counted for an operator, by the facade of the crate `metrics`. Without the feature of that name all of this is
//! empty. The names are documented in the crate's own documentation, and never change.

#[cfg(not(feature = "metrics"))]
pub(crate) use self::nothing::*;
#[cfg(feature = "metrics")]
pub(crate) use self::something::*;

#[cfg(feature = "metrics")]
mod something {
    use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
    use tokio::time::Instant;

    use crate::Code;

    /// Tells the recorder what there is. What has not happened yet is 0: a figure that is not there says nothing.
    pub(crate) fn begin() {
        describe_gauge!("chat_connections", Unit::Count, "Clients that are connected");
        describe_gauge!("chat_open_rooms", Unit::Count, "Rooms that have a host on this node");
        describe_counter!("chat_entries_committed_total", Unit::Count, "Entries that this node has committed");
        describe_counter!("chat_deliveries_total", Unit::Count, "Frames of entries that were handed to connections");
        describe_gauge!("chat_outbox_bytes", Unit::Bytes, "What waits for clients, and for being taken by them");
        describe_histogram!("chat_append_seconds", Unit::Seconds, "How long the store took for appends");
        describe_counter!("chat_refusals_total", Unit::Count, "Requests that were refused, by code");
        for level in [gauge!("chat_connections"), gauge!("chat_open_rooms"), gauge!("chat_outbox_bytes")] {
            level.increment(0.0);
        }
        for count in [counter!("chat_entries_committed_total"), counter!("chat_deliveries_total")] {
            count.increment(0);
        }
    }

    pub(crate) fn connected() {
        gauge!("chat_connections").increment(1.0);
    }

    pub(crate) fn disconnected() {
        gauge!("chat_connections").decrement(1.0);
    }

    /// A room is open for as long as this lives.
    pub(crate) struct OpenRoom(());

    impl OpenRoom {
        pub(crate) fn new() -> Self {
            gauge!("chat_open_rooms").increment(1.0);
            Self(())
        }
    }

    impl Drop for OpenRoom {
        fn drop(&mut self) {
            gauge!("chat_open_rooms").decrement(1.0);
        }
    }

    pub(crate) fn committed() {
        counter!("chat_entries_committed_total").increment(1);
    }

    /// Called once for what goes together: a write, a page.
    pub(crate) fn delivered(count: impl FnOnce() -> u64) {
        counter!("chat_deliveries_total").increment(count());
    }

    /// How many entries there were up to a place.
    #[derive(Debug, Clone, Copy, Default)]
    pub(crate) struct Tally(u64);

    impl Tally {
        pub(crate) fn add_one(&mut self) {
            self.0 += 1;
        }

        pub(crate) fn since(self, before: Self) -> u64 {
            self.0 - before.0
        }
    }

    /// The bytes that one session leaves unread were `before`, and are `bytes` now.
    pub(crate) fn unread(before: usize, bytes: usize) {
        gauge!("chat_outbox_bytes").increment(bytes as f64 - before as f64);
    }

    /// Measures an append.
    pub(crate) struct Stopwatch(Instant);

    impl Stopwatch {
        pub(crate) fn start() -> Self {
            Self(Instant::now())
        }

        pub(crate) fn stop(self) {
            histogram!("chat_append_seconds").record(self.0.elapsed().as_secs_f64());
        }
    }

    pub(crate) fn refused(code: Code) {
        // A host may have any number of codes.
        let code = if let Code::Host(..) = code { "host" } else { code.as_str() };
        counter!("chat_refusals_total", "code" => code).increment(1);
    }
}

#[cfg(not(feature = "metrics"))]
mod nothing {
    use crate::Code;

    pub(crate) fn begin() {}

    pub(crate) fn connected() {}

    pub(crate) fn disconnected() {}

    pub(crate) struct OpenRoom(());

    impl OpenRoom {
        pub(crate) fn new() -> Self {
            Self(())
        }
    }

    pub(crate) fn committed() {}

    pub(crate) fn delivered(_: impl FnOnce() -> u64) {}

    #[derive(Debug, Clone, Copy, Default)]
    pub(crate) struct Tally(());

    impl Tally {
        pub(crate) fn add_one(&mut self) {}

        pub(crate) fn since(self, _: Self) -> u64 {
            0
        }
    }

    pub(crate) fn unread(_: usize, _: usize) {}

    pub(crate) struct Stopwatch(());

    impl Stopwatch {
        pub(crate) fn start() -> Self {
            Self(())
        }

        pub(crate) fn stop(self) {}
    }

    pub(crate) fn refused(_: Code) {}
}
