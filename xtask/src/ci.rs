//! `cargo xtask ci`: the checks, then every suite of `cargo xtask test`.

use crate::{
    Outcome,
    report::Report,
    schemas,
    suite::{Run, Suite},
    suites::SUITES,
    test, tidy,
    workspace::Workspace,
};

/// The checks that come before the tests. Their settings are the same as a developer's own.
const CHECKS: &[Suite] = &[
    Suite { name: "tidy", run: Run::Function(|kit| tidy::run(kit.workspace)), ..CHECK },
    Suite { name: "fmt", run: Run::Commands(&["cargo fmt --all -- --check"]), ..CHECK },
    Suite {
        name: "clippy",
        run: Run::Commands(&[
            "cargo clippy --workspace --features chat-server/full --all-targets --locked -- -D warnings",
            // Tests that need servers are no part of all targets.
            "cargo clippy --workspace --features chat-server/full --test * --locked -- -D warnings",
            // What `cargo run` builds: SQLite alone.
            "cargo clippy --package chat-server --all-targets --locked -- -D warnings",
            // What an embedder builds who has no accounts.
            "cargo clippy --package store-sql --package store-mongo --package adapter-axum --locked -- -D warnings",
        ]),
        ..CHECK
    },
    Suite {
        name: "doc",
        settings: &[("RUSTDOCFLAGS", "-D warnings")],
        run: Run::Commands(&[
            "cargo doc --workspace --features chat-server/full,chat-wire/schemas,adapter-axum/schemas --no-deps --locked",
        ]),
        ..CHECK
    },
    Suite {
        name: "package",
        // What is published nowhere itself, and names crates that are not either.
        run: Run::Commands(&[
            // Examples that share a crate of the examples are no packages.
            "cargo package --workspace --exclude chat-benches --exclude chat-fuzz --exclude example-hosting --exclude invite-rooms \
             --exclude socketio-jwt --exclude rooms-and-dms --exclude direct-and-broadcast --exclude action-socket --no-verify --allow-dirty --locked",
        ]),
        ..CHECK
    },
    Suite { name: "schemas", run: Run::Function(|kit| schemas::check(kit.workspace)), ..CHECK },
];

const CHECK: Suite = Suite { name: "", needs: &[], minutes: 15, settings: &[], run: Run::Commands(&[]) };

pub(crate) fn run(workspace: &Workspace) -> Outcome {
    let mut report = Report::default();
    for suite in CHECKS.iter().chain(SUITES) {
        report.step(suite.name, || suite.run(workspace, None));
    }
    report.close(test::in_ci())
}
