//! One line for whoever watches.

use chat_benches::outcome::{ChurnOutcome, JoinOutcome, LoadOutcome, Outcome};

pub(crate) fn line(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Load(load) => of_load(load),
        Outcome::Churn(churn) => of_churn(churn),
        Outcome::Join(join) => of_join(join),
    }
}

fn of_load(load: &LoadOutcome) -> String {
    let LoadOutcome { label, latency_us: latency, checks, server, .. } = load;
    let mut line = format!(
        "{label:<22} {:>9.0} deliveries/s  p50 {:.1} p95 {:.1} p99 {:.1} max {:.1} ms  lost {} doubled {} disordered {} \
         diverged {} closed {} stalls {} | server {:.2} cores, {:.2} us/delivery, {:.1} KiB/connection | loadgen {:.2} \
         cores, {:.1} deliveries/read",
        load.deliveries_per_s,
        latency.p50 / 1e3,
        latency.p95 / 1e3,
        latency.p99 / 1e3,
        latency.max / 1e3,
        checks.lost,
        checks.duplicated,
        checks.out_of_order,
        checks.diverged,
        checks.closed,
        checks.stalls,
        server.cpu,
        server.cpu_us_per_delivery,
        server.idle_kib_per_connection,
        load.loadgen_cpu,
        load.deliveries_per_read,
    );
    if let Some(ack) = &load.ack_us {
        line += &format!(" | {:.0} acks/s p50 {:.1} p99 {:.1} ms", load.done_per_s, ack.p50 / 1e3, ack.p99 / 1e3);
    }
    if let Some(error) = &load.first_error {
        line += &format!(" | first error: {error}");
    }
    line
}

fn of_churn(churn: &ChurnOutcome) -> String {
    format!(
        "{:<22} {:>9.0} joins/s  p50 {:.2} p99 {:.2} ms  failed {} unanswered {} | server {:.2} cores, {:.1} us/join, \
         {:?} KiB | loadgen {:.2} cores",
        churn.label,
        churn.joins_per_s,
        churn.latency_us.p50 / 1e3,
        churn.latency_us.p99 / 1e3,
        churn.failed,
        churn.unanswered_closes,
        churn.server_cpu,
        churn.cpu_us_per_join,
        churn.server_kib,
        churn.loadgen_cpu,
    )
}

fn of_join(join: &JoinOutcome) -> String {
    format!(
        "{:<22} {} joined in {:.2} s  p50 {:.1} p99 {:.1} ms | {} membership frames, largest joined {} bytes, {:?}",
        join.label,
        join.connections,
        join.seconds,
        join.latency_us.p50 / 1e3,
        join.latency_us.p99 / 1e3,
        join.membership_frames,
        join.largest_joined,
        join.frames,
    )
}
