//! What goes to standard error: the log, and sentences for whoever started the server. All of it is best effort: where it
//! cannot be written, the server goes on without.

use std::{
    collections::HashMap,
    ffi::OsString,
    fmt,
    io::{self, IsTerminal as _, Write as _},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use tracing::{Event, Level, Subscriber, callsite::Identifier};
use tracing_subscriber::{
    filter::{ParseError, Targets},
    fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter, format},
    layer::SubscriberExt as _,
    registry::{LookupSpan, Registry},
};

/// Warnings and errors of one kind that are written within a [`WINDOW`]: a store that fails does so for every request.
const LINES: u64 = 5;
/// How long lines of one kind are counted together.
const WINDOW: Duration = Duration::from_secs(5);

/// Logs to standard error from now on.
pub(crate) fn begin() {
    let (filter, obstacle) = filter(std::env::var_os("RUST_LOG"));
    if let Some(obstacle) = obstacle {
        tell(obstacle);
    }
    let ansi = io::stderr().is_terminal();
    // There is no other subscriber that this one could come too late for.
    let _ = tracing::subscriber::set_global_default(subscriber(filter, ansi, io::stderr));
}

/// What is logged, and why that is not what was asked for, if it is not.
fn filter(asked: Option<OsString>) -> (Targets, Option<String>) {
    let usual = Targets::new().with_default(Level::INFO);
    let Some(asked) = asked.filter(|asked| !asked.is_empty()) else { return (usual, None) };
    let parsed = match asked.to_str() {
        Some(text) => text.parse().map_err(|error: ParseError| error.to_string()),
        None => Err("it is not UTF-8".to_owned()),
    };
    match parsed {
        Ok(filter) => (filter, None),
        Err(why) => (usual, Some(format!("chat-server: RUST_LOG={asked:?} cannot be read ({why}); `info` is logged"))),
    }
}

fn subscriber<W>(filter: Targets, ansi: bool, to: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(ansi)
        .with_writer(to)
        // Else it tells of a failed write by `eprintln!`, which panics where standard error is what failed.
        .log_internal_errors(false)
        .event_format(Bounded::default());
    Registry::default().with(filter).with(lines)
}

/// Tells whoever started the server.
pub(crate) fn tell(sentence: impl fmt::Display) {
    // One write for a line, so that nothing comes between.
    let _ = io::stderr().write_all(format!("{sentence}\n").as_bytes());
}

/// The usual format, for a bounded number of lines of each kind.
#[derive(Default)]
struct Bounded {
    format: format::Format,
    /// As many as there are places in the program that log.
    kinds: Mutex<HashMap<Identifier, Kind>>,
}

/// The lines that one place in the program logs.
struct Kind {
    since: Instant,
    lines: u64,
}

impl Bounded {
    /// Whether another line of a kind is written; if so, how many before it were not.
    fn admit(&self, kind: Identifier, now: Instant) -> Option<u64> {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = kinds.entry(kind).or_insert(Kind { since: now, lines: 0 });
        let before = if now.duration_since(kind.since) < WINDOW { 0 } else { std::mem::take(&mut kind.lines) };
        if kind.lines == 0 {
            kind.since = now;
        }
        kind.lines += 1;
        (kind.lines <= LINES).then_some(before.saturating_sub(LINES))
    }
}

impl<S, N> FormatEvent<S, N> for Bounded
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut to: format::Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let metadata = event.metadata();
        if *metadata.level() > Level::WARN {
            return self.format.format_event(context, to, event);
        }
        let Some(left_out) = self.admit(metadata.callsite(), Instant::now()) else { return Ok(()) };
        if left_out > 0 {
            writeln!(to, "({left_out} lines like the next one were left out)")?;
        }
        self.format.format_event(context, to, event)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_flood_of_one_kind_is_a_few_lines_and_a_count_and_hides_no_other_kind() {
        let written = tempfile::NamedTempFile::new().unwrap();
        let subscriber =
            subscriber(Targets::new().with_default(Level::INFO), false, Arc::new(written.reopen().unwrap()));
        tracing::subscriber::with_default(subscriber, || {
            for number in 0..1_000 {
                tracing::warn!(number, "the store failed");
            }
            tracing::error!("something else");
            for number in 0..100 {
                tracing::info!(number, "as usual");
            }
        });
        let written = std::fs::read_to_string(written.path()).unwrap();
        let lines = |part: &str| written.lines().filter(|line| line.contains(part)).count();
        assert_eq!((lines("the store failed"), lines("something else"), lines("as usual")), (5, 1, 100), "{written}");
    }

    #[test]
    fn what_cannot_be_read_is_said_and_the_usual_is_logged() {
        use std::os::unix::ffi::OsStringExt as _;
        let usual = Targets::new().with_default(Level::INFO);
        let asked = |text: &str| filter(Some(text.into()));
        assert_eq!([filter(None), asked("")], [(usual.clone(), None), (usual.clone(), None)]);
        assert_eq!(asked("warn"), (Targets::new().with_default(Level::WARN), None));
        let debug = usual.clone().with_target("chat_core", Level::DEBUG);
        assert_eq!(asked("info,chat_core=debug"), (debug, None));
        assert_eq!(asked("chat_core"), (Targets::new().with_target("chat_core", Level::TRACE), None));
        for unreadable in ["info,chat_core=loud".into(), OsString::from_vec(vec![b'i', 0xFF])] {
            let (filter, obstacle) = filter(Some(unreadable));
            assert_eq!(filter, usual);
            assert!(obstacle.unwrap().starts_with("chat-server: RUST_LOG="));
        }
    }

    #[test]
    fn what_was_left_out_is_counted_when_the_window_is_over() {
        let (bounded, start) = (Bounded::default(), Instant::now());
        let kind = tracing::callsite!(name: "kind", kind: tracing::metadata::Kind::EVENT, fields: message);
        let kind = tracing::Callsite::metadata(kind).callsite();
        let admit = |ms| bounded.admit(kind.clone(), start + Duration::from_millis(ms));
        let flood: Vec<_> = (0..10).map(admit).collect();
        assert_eq!(flood, [[Some(0); 5], [None; 5]].concat());
        assert_eq!((admit(4_999), admit(5_000), admit(5_001)), (None, Some(6), Some(0)));
        assert_eq!(admit(60_000), Some(0));
    }
}
