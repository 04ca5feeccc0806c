//! Tables in Markdown: medians per scenario and server, and ratios to one of them.

use std::fmt::Write as _;

use chat_benches::outcome::{ChurnOutcome, JoinOutcome, LoadOutcome, Outcome};

use crate::{
    record::Record,
    scenarios::{Kind, kind_of},
};

/// Ratios are to this server.
const BASE: &str = "axum-bcast";

/// How the values of a server's runs become one cell.
#[derive(Debug, Clone, Copy)]
enum Cell {
    /// The median, with so many decimals.
    Median(usize),
    /// The least and the most, with so many decimals.
    Spread(usize),
    /// The median, as a multiple of the base's.
    Ratio,
    /// All together.
    Sum,
}

struct Column {
    title: &'static str,
    cell: Cell,
    value: fn(&Record) -> Option<f64>,
}

const fn column(title: &'static str, cell: Cell, value: fn(&Record) -> Option<f64>) -> Column {
    Column { title, cell, value }
}

/// The tables of all scenarios, in the order in which they appear.
pub(crate) fn markdown(records: &[Record]) -> String {
    let mut text = String::new();
    for scenario in distinct(records, |record| &record.scenario) {
        let of_it: Vec<&Record> = records.iter().filter(|record| record.scenario == scenario).collect();
        let Some(kind) = kind_of(scenario) else { continue };
        // Writing to a String does not fail.
        let _ = writeln!(text, "\n### {scenario}\n");
        one(&mut text, &columns(kind), &of_it);
    }
    text
}

fn one(text: &mut String, columns: &[Column], records: &[&Record]) {
    let titles: Vec<&str> = columns.iter().map(|column| column.title).collect();
    let _ = writeln!(text, "| server | runs | {} |", titles.join(" | "));
    let _ = writeln!(text, "|---|---|{}", "---|".repeat(columns.len()));
    let values_of = |peer: &str, column: &Column| -> Vec<f64> {
        records.iter().filter(|record| record.peer == peer).filter_map(|record| (column.value)(record)).collect()
    };
    for peer in distinct(records, |record| &record.peer) {
        let runs = || records.iter().filter(|record| record.peer == peer);
        let (all, good) = (runs().count(), runs().filter(|record| record.error.is_none()).count());
        let count = if all == good { all.to_string() } else { format!("{good} of {all}") };
        let cells: Vec<String> =
            columns.iter().map(|column| column.cell.show(&values_of(peer, column), &values_of(BASE, column))).collect();
        let _ = writeln!(text, "| {peer} | {count} | {} |", cells.join(" | "));
    }
}

fn distinct<'a, R>(records: &'a [R], name: impl Fn(&'a R) -> &'a String) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for record in records {
        if !names.contains(&name(record).as_str()) {
            names.push(name(record));
        }
    }
    names
}

impl Cell {
    fn show(self, values: &[f64], base: &[f64]) -> String {
        let Some(middle) = median(values) else { return "-".to_owned() };
        match self {
            Cell::Median(decimals) => number(middle, decimals),
            Cell::Spread(decimals) => {
                let least = values.iter().copied().fold(f64::INFINITY, f64::min);
                let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                format!("{}..{}", number(least, decimals), number(most, decimals))
            }
            Cell::Ratio => median(base).map_or("-".to_owned(), |base| format!("{:.2}", middle / base)),
            Cell::Sum => number(values.iter().sum(), 0),
        }
    }
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(sorted[middle]),
        _ => Some((sorted[middle - 1] + sorted[middle]) / 2.0),
    }
}

/// With commas between thousands.
fn number(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let (sign, rest) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    let (whole, fraction) = rest.find('.').map_or((rest, ""), |dot| rest.split_at(dot));
    let mut grouped = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}{fraction}")
}

fn load(record: &Record, part: usize) -> Option<&LoadOutcome> {
    record.outcomes.get(part).and_then(|outcome| if let Outcome::Load(load) = outcome { Some(&**load) } else { None })
}

fn churn(record: &Record) -> Option<&ChurnOutcome> {
    record.outcomes.first().and_then(|outcome| if let Outcome::Churn(churn) = outcome { Some(churn) } else { None })
}

fn join(record: &Record) -> Option<&JoinOutcome> {
    record.outcomes.first().and_then(|outcome| if let Outcome::Join(join) = outcome { Some(join) } else { None })
}

/// Everything that must be 0.
fn faults(load: &LoadOutcome) -> f64 {
    let checks = &load.checks;
    (checks.lost + checks.duplicated + checks.out_of_order + checks.diverged + checks.partial + checks.closed) as f64
}

fn columns(kind: Kind) -> Vec<Column> {
    match kind {
        Kind::Load => load_columns(),
        Kind::Churn => churn_columns(),
        Kind::Join => join_columns(),
        Kind::Mixed => mixed_columns(),
        Kind::Slow => slow_columns(),
        Kind::Acks => ack_columns(),
    }
}

fn load_columns() -> Vec<Column> {
    use Cell::{Median, Ratio, Spread, Sum};
    vec![
        column("deliveries/s", Median(0), |r| Some(load(r, 0)?.deliveries_per_s)),
        column("spread", Spread(0), |r| Some(load(r, 0)?.deliveries_per_s)),
        column("×", Ratio, |r| Some(load(r, 0)?.deliveries_per_s)),
        column("µs CPU/delivery", Median(3), |r| Some(load(r, 0)?.server.cpu_us_per_delivery)),
        column("×", Ratio, |r| Some(load(r, 0)?.server.cpu_us_per_delivery)),
        column("p50 ms", Median(2), |r| Some(load(r, 0)?.latency_us.p50 / 1e3)),
        column("p99 ms", Median(2), |r| Some(load(r, 0)?.latency_us.p99 / 1e3)),
        column("max ms", Median(1), |r| Some(load(r, 0)?.latency_us.max / 1e3)),
        column("KiB/idle connection", Median(2), |r| Some(load(r, 0)?.server.idle_kib_per_connection)),
        column("server cores", Median(2), |r| Some(load(r, 0)?.server.cpu)),
        column("loadgen cores", Median(2), |r| Some(load(r, 0)?.loadgen_cpu)),
        column("all cores", Median(2), |r| Some(r.busy_cores)),
        column("deliveries/read", Median(1), |r| Some(load(r, 0)?.deliveries_per_read)),
        column("faults", Sum, |r| Some(faults(load(r, 0)?))),
    ]
}

fn churn_columns() -> Vec<Column> {
    use Cell::{Median, Ratio, Spread, Sum};
    vec![
        column("joins/s", Median(0), |r| Some(churn(r)?.joins_per_s)),
        column("spread", Spread(0), |r| Some(churn(r)?.joins_per_s)),
        column("×", Ratio, |r| Some(churn(r)?.joins_per_s)),
        column("p50 ms", Median(2), |r| Some(churn(r)?.latency_us.p50 / 1e3)),
        column("p99 ms", Median(2), |r| Some(churn(r)?.latency_us.p99 / 1e3)),
        column("µs CPU/join", Median(1), |r| Some(churn(r)?.cpu_us_per_join)),
        column("server cores", Median(2), |r| Some(churn(r)?.server_cpu)),
        column("loadgen cores", Median(2), |r| Some(churn(r)?.loadgen_cpu)),
        column("failed", Sum, |r| Some((churn(r)?.failed + churn(r)?.unanswered_closes) as f64)),
    ]
}

fn join_columns() -> Vec<Column> {
    use Cell::{Median, Sum};
    vec![
        column("clients", Median(0), |r| Some(join(r)?.connections as f64)),
        column("seconds", Median(2), |r| Some(join(r)?.seconds)),
        column("membership frames", Median(0), |r| Some(join(r)?.membership_frames as f64)),
        column("largest `joined`, bytes", Median(0), |r| Some(join(r)?.largest_joined as f64)),
        column("KiB received", Median(0), |r| Some(join(r)?.bytes as f64 / 1024.0)),
        column("p50 ms", Median(2), |r| Some(join(r)?.latency_us.p50 / 1e3)),
        column("p99 ms", Median(2), |r| Some(join(r)?.latency_us.p99 / 1e3)),
        column("server CPU s", Median(3), |r| Some(join(r)?.server_cpu_s)),
        column("closed", Sum, |r| Some(join(r)?.closed as f64)),
    ]
}

fn mixed_columns() -> Vec<Column> {
    use Cell::{Median, Spread, Sum};
    vec![
        column("small: p50 ms", Median(2), |r| Some(load(r, 1)?.latency_us.p50 / 1e3)),
        column("small: p99 ms", Median(2), |r| Some(load(r, 1)?.latency_us.p99 / 1e3)),
        column("spread", Spread(2), |r| Some(load(r, 1)?.latency_us.p99 / 1e3)),
        column("small: max ms", Median(1), |r| Some(load(r, 1)?.latency_us.max / 1e3)),
        column("big: p50 ms", Median(1), |r| Some(load(r, 0)?.latency_us.p50 / 1e3)),
        column("big: p99 ms", Median(1), |r| Some(load(r, 0)?.latency_us.p99 / 1e3)),
        column("big: deliveries/s", Median(0), |r| Some(load(r, 0)?.deliveries_per_s)),
        column("server cores", Median(2), |r| Some(load(r, 0)?.server.cpu)),
        column("faults", Sum, |r| Some(faults(load(r, 0)?) + faults(load(r, 1)?))),
    ]
}

fn slow_columns() -> Vec<Column> {
    use Cell::{Median, Ratio, Sum};
    vec![
        column("deliveries/s to the 1,000", Median(0), |r| Some(load(r, 0)?.deliveries_per_s)),
        column("×", Ratio, |r| Some(load(r, 0)?.deliveries_per_s)),
        column("p99 ms", Median(1), |r| Some(load(r, 0)?.latency_us.p99 / 1e3)),
        column("KiB resident before", Median(0), |r| Some(load(r, 0)?.server.idle_kib as f64)),
        column("after", Median(0), |r| Some(load(r, 0)?.server.loaded_kib as f64)),
        column("most", Median(0), |r| Some(load(r, 0)?.server.peak_kib as f64)),
        column("faults of the 1,000", Sum, |r| Some(faults(load(r, 0)?))),
        column("of the 100, closed", Median(0), |r| Some(load(r, 0)?.silent.as_ref()?.closed as f64)),
    ]
}

fn ack_columns() -> Vec<Column> {
    use Cell::{Median, Spread, Sum};
    vec![
        column("acks/s", Median(0), |r| Some(load(r, 0)?.done_per_s)),
        column("spread", Spread(0), |r| Some(load(r, 0)?.done_per_s)),
        column("ack p50 ms", Median(2), |r| Some(load(r, 0)?.ack_us.as_ref()?.p50 / 1e3)),
        column("ack p99 ms", Median(2), |r| Some(load(r, 0)?.ack_us.as_ref()?.p99 / 1e3)),
        column("ack max ms", Median(1), |r| Some(load(r, 0)?.ack_us.as_ref()?.max / 1e3)),
        column("server cores", Median(2), |r| Some(load(r, 0)?.server.cpu)),
        column("faults", Sum, |r| Some(faults(load(r, 0)?))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_numbers() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[]), None);
        assert_eq!(number(1_234_567.0, 0), "1,234,567");
        assert_eq!(number(-123.456, 1), "-123.5");
        assert_eq!(number(999.999, 2), "1,000.00");
    }

    #[test]
    fn cells_and_missing_values() {
        assert_eq!(Cell::Ratio.show(&[6.0, 8.0, 7.0], &[2.0]), "3.50");
        assert_eq!(Cell::Ratio.show(&[6.0], &[]), "-");
        assert_eq!(Cell::Spread(0).show(&[6.0, 8.0, 7.0], &[]), "6..8");
        assert_eq!(Cell::Sum.show(&[1.0, 2.0], &[]), "3");
        assert_eq!(Cell::Median(1).show(&[], &[]), "-");
    }

    #[test]
    fn a_failed_run_is_told_of() {
        let record = Record {
            scenario: "A4".into(),
            peer: "ours".into(),
            rep: 0,
            unix_seconds: 0,
            load_average: 0.0,
            busy_cores: 0.0,
            outcomes: Vec::new(),
            error: Some("refused".into()),
        };
        assert!(markdown(&[record]).contains("| ours | 0 of 1 | - |"));
    }
}
