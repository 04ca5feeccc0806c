//! Autobahn|Testsuite, a WebSocket client that misbehaves in every way its authors could think of, against the
//! adapter's echo server.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use serde::Deserialize;
use serde_json::json;

use crate::{Outcome, process::Background, suite::Kit};

/// The adapter's two transports, each at a path of its own.
const AGENTS: [&str; 2] = ["tcp", "stream"];

/// Compression is not offered, so the cases about it say nothing.
const LEFT_OUT: [&str; 2] = ["12.*", "13.*"];

/// Fewer than these would mean that cases went missing, not that all is well.
const CASES: usize = 301;

/// The suite's words for a case without fault.
const GOOD: [&str; 3] = ["OK", "NON-STRICT", "INFORMATIONAL"];

/// What the suite says about one case.
#[derive(Deserialize)]
struct Judgement {
    behavior: String,
    #[serde(rename = "behaviorClose")]
    closing: String,
}

pub(crate) fn run(kit: &Kit) -> Outcome {
    // The suite of the workspace has built it.
    kit.run("cargo build --workspace --features chat-server/full --locked --example echo")?;
    let mut server = Command::new(kit.workspace.target.join("debug/examples/echo"));
    server.stderr(Stdio::null());
    let (_server, address) = Background::start(server, Duration::from_secs(10), |line| {
        line.strip_prefix("echo is ready at ").map(str::to_owned)
    })?;
    let folder = kit.workspace.target.join("autobahn");
    fs::create_dir_all(&folder).map_err(|e| format!("cannot make {}: {e}", folder.display()))?;
    fs::write(folder.join("spec.json"), spec(&address)).map_err(|e| format!("cannot write the specification: {e}"))?;
    // The suite adds to the reports of an earlier run.
    fs::remove_dir_all(folder.join("reports")).or_else(|e| match e.kind() {
        std::io::ErrorKind::NotFound => Ok(()),
        _ => Err(format!("cannot remove old reports: {e}")),
    })?;
    let mut client = Command::new("python2");
    client.args(["-c", "from autobahntestsuite.wstest import run; run()"]);
    client.args(["--mode", "fuzzingclient", "--spec", "spec.json"]).current_dir(&folder);
    client.stdout(Stdio::null()).stderr(Stdio::null());
    kit.finish(client)?;
    judge(&read(&folder.join("reports/index.json"))?)
}

fn spec(address: &str) -> String {
    let server = |agent: &str| json!({ "agent": agent, "url": format!("ws://{address}/{agent}") });
    json!({
        "outdir": "reports",
        "servers": AGENTS.map(server),
        "cases": ["*"],
        "exclude-cases": LEFT_OUT,
        "exclude-agent-cases": {},
    })
    .to_string()
}

fn read(path: &Path) -> Outcome<String> {
    fs::read_to_string(path).map_err(|e| format!("cannot read {}: {e}", path.display()))
}

/// Prints the counts; an error names every case that failed.
fn judge(index: &str) -> Outcome {
    let agents: BTreeMap<String, BTreeMap<String, Judgement>> =
        serde_json::from_str(index).map_err(|e| format!("the suite's report cannot be read: {e}"))?;
    let mut failed = Vec::new();
    for agent in AGENTS {
        let cases = agents.get(agent).ok_or_else(|| format!("the suite has no report on {agent}"))?;
        if cases.len() < CASES {
            return Err(format!("the suite ran {} cases on {agent}, expected {CASES}", cases.len()));
        }
        let mut counts = BTreeMap::<&str, usize>::new();
        for (case, Judgement { behavior, closing }) in cases {
            *counts.entry(behavior).or_default() += 1;
            if !GOOD.contains(&behavior.as_str()) || !GOOD.contains(&closing.as_str()) {
                failed.push(format!("{agent} {case} ({behavior}, closing {closing})"));
            }
        }
        println!("{agent}: {} cases, {counts:?}", cases.len());
    }
    if failed.is_empty() { Ok(()) } else { Err(format!("failed cases: {}", failed.join(", "))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A report in which one case ended like this and all others well.
    fn report(cases: usize, behavior: &str, closing: &str) -> String {
        let good = json!({ "behavior": "OK", "behaviorClose": "OK", "duration": 1 });
        let mut all: serde_json::Map<_, _> = (1..cases).map(|case| (format!("1.{case}"), good.clone())).collect();
        let tcp = serde_json::Value::Object(all.clone());
        all.insert("7.1".into(), json!({ "behavior": behavior, "behaviorClose": closing }));
        let mut tcp_too = tcp;
        tcp_too["7.1"] = good;
        json!({ "tcp": tcp_too, "stream": all }).to_string()
    }

    #[test]
    fn a_failed_case_is_named() {
        assert_eq!(judge(&report(CASES, "NON-STRICT", "INFORMATIONAL")), Ok(()));
        let why = judge(&report(CASES, "FAILED", "OK")).unwrap_err();
        assert_eq!(why, "failed cases: stream 7.1 (FAILED, closing OK)");
        assert!(judge(&report(CASES, "OK", "WRONG CODE")).unwrap_err().contains("WRONG CODE"));
        assert!(judge(&report(CASES, "UNIMPLEMENTED", "OK")).is_err());
    }

    #[test]
    fn cases_that_did_not_run_are_missed() {
        assert!(judge(&report(CASES - 1, "OK", "OK")).unwrap_err().contains("expected 301"));
        assert!(judge("{}").unwrap_err().contains("no report on tcp"));
        assert!(judge("not JSON").is_err());
    }
}
