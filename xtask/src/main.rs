//! Project tasks, run as `cargo xtask NAME`. Each task is a module; what they run is kept in tables.

mod autobahn;
mod ci;
mod foreign;
mod fuzz;
mod mutants;
mod process;
mod report;
mod schemas;
mod soak;
mod suite;
mod suites;
mod test;
mod tidy;
mod tools;
mod versions;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// What a task ends with; the text says what went wrong and is printed once, by `main`.
type Outcome<T = ()> = Result<T, String>;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Project tasks")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Check the layout rules: pure modules, import circles, dependency direction, lengths, names, leftovers, links
    Tidy,
    /// Run the test suites; what this machine cannot run is named at the end (and fails under CI=true)
    Test(test::Options),
    /// Everything CI runs: tidy, fmt, clippy, doc, schemas, and every suite of `test`
    Ci,
    /// Break the code on purpose, one mutation at a time, and see each one caught by its test
    Mutants {
        /// Mutations to run; all of them if none is named
        names: Vec<String>,
    },
    /// The long forms of the tests; dated results go to docs/soak
    Soak(soak::Options),
    /// Write the wire's schemas and the description of REST, made from the Rust types
    Schemas {
        /// Compare only, and fail if the committed ones differ
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let outcome = Workspace::load().and_then(|workspace| match Arguments::parse().task {
        Task::Tidy => tidy::run(&workspace),
        Task::Test(options) => test::run(&workspace, &options),
        Task::Ci => ci::run(&workspace),
        Task::Mutants { names } => mutants::run(&workspace, &names),
        Task::Soak(options) => soak::run(&workspace, &options),
        Task::Schemas { check: true } => schemas::check(&workspace),
        Task::Schemas { check: false } => schemas::write(&workspace),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}
