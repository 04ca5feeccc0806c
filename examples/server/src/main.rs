//! Run with `cargo run --release`: a chat server with a page to chat in, its data in `./data`.

#[cfg(feature = "sqlite")]
mod backup;
mod clock;
mod config;
mod data;
mod failure;
mod figures;
mod listener;
mod log;
mod moving;
mod private;
mod progress;
mod run;
mod secret;
mod stop;
mod store;
mod users;
mod welcome;
mod whole;

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use config::{Asked, Config, Task};
use failure::Failure;

fn main() -> ExitCode {
    let (sentence, code) = match config::read(std::env::args_os(), |name| std::env::var_os(name)) {
        Ok(Asked::Print(text)) => match print(&text) {
            Ok(()) => return ExitCode::SUCCESS,
            Err(failure) => (failure.to_string(), 1),
        },
        Ok(Asked::Run(config, task)) => match start(*config, task) {
            Ok(()) => return ExitCode::SUCCESS,
            Err(failure) => (failure.to_string(), failure.code()),
        },
        Err(refused) => (refused.to_string(), 2),
    };
    log::tell(format_args!("chat-server: {sentence}"));
    ExitCode::from(code)
}

/// Prints to standard output. Whoever has read enough of it (`--help | head`) may close it.
fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("standard output cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}

fn start(config: Config, task: Task) -> Result<(), Failure> {
    log::begin();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(format!("the runtime cannot be started: {error}")))?;
    match task {
        Task::Serve => runtime.block_on(run::run(config)),
        #[cfg(feature = "sqlite")]
        Task::Backup { to, overwrite } => runtime.block_on(backup::back_up(&config, &to, overwrite)),
        #[cfg(feature = "sqlite")]
        Task::Restore { from, overwrite } => runtime.block_on(backup::restore(&config, &from, overwrite)),
        Task::User(task) => runtime.block_on(users::command::run(&config, task)),
        task => runtime.block_on(moving::run(&config, task)),
    }
}
