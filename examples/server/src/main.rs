//! Run with `cargo run --release`: a chat server with a page to chat in, its data in `./data`.

mod config;
mod data;
mod failure;
mod listener;
mod log;
mod moving;
mod page;
mod progress;
mod run;
mod secret;
mod stop;
mod store;

use std::process::ExitCode;

use config::{Asked, Config, Task};
use failure::Failure;

fn main() -> ExitCode {
    let (sentence, code) = match config::read(std::env::args_os(), |name| std::env::var(name).ok()) {
        Ok(Asked::Print(text)) => {
            print!("{text}");
            return ExitCode::SUCCESS;
        }
        Ok(Asked::Run(config, task)) => match start(config, task) {
            Ok(()) => return ExitCode::SUCCESS,
            Err(failure) => (failure.to_string(), 1),
        },
        Err(refused) => (refused.to_string(), 2),
    };
    log::tell(format_args!("chat-server: {sentence}"));
    ExitCode::from(code)
}

fn start(config: Config, task: Task) -> Result<(), Failure> {
    log::begin();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(format!("the runtime cannot be started: {error}")))?;
    match task {
        Task::Serve => runtime.block_on(run::run(config)),
        task => runtime.block_on(moving::run(&config, task)),
    }
}
