//! The command line.

use std::{ffi::OsString, path::PathBuf};

use clap::{
    Arg, ArgAction, ArgMatches, Command,
    builder::ValueParser,
    error::{ContextKind, ContextValue, ErrorKind},
};

use super::{
    Refused, Task, UserTask,
    nearest::nearest,
    settings::{Given, Givens, SETTINGS, SWITCH, Setting, Source},
};

/// What a command line says.
pub(super) enum Flags {
    /// To print this and go.
    Print(String),
    /// To run, or to check.
    Given { givens: Givens, config: Option<PathBuf>, check: bool, task: Task },
}

pub(super) fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Flags, Refused> {
    let matches = match command().try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            return Ok(Flags::Print(error.to_string()));
        }
        Err(error) => return Err(refused(&error)),
    };
    let mut givens = Givens::new();
    for setting in SETTINGS {
        let values = values(&matches, setting.key);
        if !values.is_empty() {
            givens.insert(setting.key, Given { values, source: Source::Flag });
        }
    }
    let config = values(&matches, "config").pop().map(PathBuf::from);
    Ok(Flags::Given { givens, config, check: matches.get_flag("check-config"), task: task(&matches) })
}

/// What is to be done instead of serving, if anything is.
fn task(matches: &ArgMatches) -> Task {
    let file = |matches: &ArgMatches| matches.get_one::<PathBuf>("FILE").cloned().filter(|file| *file != *"-");
    match matches.subcommand() {
        Some(("export", matches)) => Task::Export { to: file(matches), overwrite: matches.get_flag("overwrite") },
        Some(("import", matches)) => Task::Import { from: file(matches) },
        #[cfg(feature = "sqlite")]
        Some((name @ ("backup" | "restore"), matches)) => {
            let path = matches.get_one::<PathBuf>("FILE").cloned().unwrap_or_default();
            let overwrite = matches.get_flag("overwrite");
            if name == "backup" {
                Task::Backup { to: path, overwrite }
            } else {
                Task::Restore { from: path, overwrite }
            }
        }
        Some(("user", matches)) => Task::User(user_task(matches)),
        Some(_) => Task::NewEpochs,
        None => Task::Serve,
    }
}

fn user_task(matches: &ArgMatches) -> UserTask {
    let Some((name, matches)) = matches.subcommand() else { return UserTask::List };
    let username = || matches.get_one::<String>("NAME").cloned().unwrap_or_default();
    match name {
        "add" => UserTask::Add {
            username: username(),
            email: matches.get_one::<String>("email").cloned(),
            admin: matches.get_flag("admin"),
        },
        "admin" => UserTask::Admin { username: username(), admin: !matches.get_flag("off") },
        "suspend" => UserTask::Suspend { username: username() },
        "restore" => UserTask::Restore { username: username() },
        "password" => UserTask::Password { username: username() },
        "free" => UserTask::Free { username: username() },
        _ => UserTask::List,
    }
}

fn values(matches: &ArgMatches, key: &str) -> Vec<String> {
    matches.get_many::<String>(key).into_iter().flatten().cloned().collect()
}

fn command() -> Command {
    let flag = |key: &'static str, value: &'static str, help: String| {
        Arg::new(key).long(key).value_name(value).help(help).value_parser(ValueParser::string()).global(true)
    };
    let settings = SETTINGS.iter().map(|setting| {
        let help = format!("{} [env: {}]", setting.help, Setting::variable(setting.key));
        let action = if setting.many { ArgAction::Append } else { ArgAction::Set };
        let arg = flag(setting.key, setting.value, help).action(action);
        if setting.value == SWITCH { arg.num_args(0..=1).default_missing_value("on") } else { arg }
    });
    Command::new("chat-server")
        .version(env!("CARGO_PKG_VERSION"))
        .about("A chat server: rooms over WebSocket and REST, and a page to chat in.")
        .after_help("A flag goes before the environment, the environment before the file.")
        .args(settings)
        .arg(flag("config", "FILE", "A TOML file with the same keys [env: CHAT_CONFIG]".into()))
        .arg(
            Arg::new("check-config")
                .long("check-config")
                .action(ArgAction::SetTrue)
                .global(true)
                .help("Print the configuration as it would be used, and exit: 0 if it is good, 2 if not"),
        )
        .subcommands(tasks())
        .disable_help_subcommand(true)
}

/// What can be done beside serving: all but `user` and `backup` while no server uses the store.
fn tasks() -> Vec<Command> {
    let file = |help: &'static str| Arg::new("FILE").required(true).value_parser(ValueParser::path_buf()).help(help);
    let flag = |key: &'static str| Arg::new(key).long(key).action(ArgAction::SetTrue);
    let mut tasks = vec![
        Command::new("export")
            .about("Write all that the store keeps to a file of JSON Lines; no server may use the store meanwhile")
            .arg(file("Where to; `-` is standard output"))
            .arg(flag("overwrite").help("Take the place of a file that is there already")),
        Command::new("import")
            .about("Fill an empty store from such a file; its rooms get new epochs, so that old cursors get a `reset`")
            .arg(file("Where from; `-` is standard input")),
        Command::new("doctor")
            .about("Mend a store while no server uses it")
            .arg(flag("new-epoch").required(true).help("Give all rooms new epochs: after a copy was put back by hand")),
        Command::new("user")
            .about("Add users, list them and change them, also while a server runs on the same data folder")
            .subcommand_required(true)
            .disable_help_subcommand(true)
            .subcommands(user_tasks()),
    ];
    if cfg!(feature = "sqlite") {
        let overwrite = || flag("overwrite").help("Take the place of what is there already");
        tasks.push(
            Command::new("backup")
                .about("Copy an SQLite database to a file, also while a server uses it")
                .arg(file("Where to"))
                .arg(overwrite()),
        );
        tasks.push(
            Command::new("restore")
                .about("Put such a copy back; its rooms get new epochs, so that old cursors get a `reset`")
                .arg(file("Where from"))
                .arg(overwrite()),
        );
    }
    tasks
}

fn user_tasks() -> [Command; 7] {
    let flag = |key: &'static str| Arg::new(key).long(key).action(ArgAction::SetTrue);
    let named = |task: &'static str, about: &'static str| {
        let name = Arg::new("NAME").required(true).value_parser(ValueParser::string()).help("The username");
        Command::new(task).about(about).arg(name)
    };
    let password =
        || flag("password-stdin").help("The password is the only line of standard input; so it is without, too");
    let email = Arg::new("email").long("email").value_name("ADDRESS").value_parser(ValueParser::string());
    [
        named("add", "Add a user, with a password from standard input")
            .arg(email.help("Their email address"))
            .arg(flag("admin").help("As an administrator"))
            .arg(password()),
        Command::new("list")
            .about("List all users: name, id, standing, admin or user, email address; tabs between them"),
        named("admin", "Make a user an administrator").arg(flag("off").help("No longer one: ends all their sessions")),
        named("suspend", "Keep a user out: their connections are closed, and they cannot log in"),
        named("restore", "Let a suspended user log in again"),
        named("password", "Give a user the password from standard input, and end all their sessions").arg(password()),
        named("free", "Free the name of a deleted account, so that it can be registered again"),
    ]
}

/// Flags that are no settings.
const OTHERS: [&str; 10] =
    ["config", "check-config", "overwrite", "new-epoch", "help", "version", "password-stdin", "email", "admin", "off"];

/// clap explains over many lines; this is the one sentence of it.
fn refused(error: &clap::Error) -> Refused {
    let named = |kind| match error.get(kind) {
        Some(ContextValue::String(name)) => name.clone(),
        Some(ContextValue::Strings(names)) => names.join(" and "),
        _ => String::new(),
    };
    let meant =
        |meant: Option<&str>, dashes| meant.map(|name| format!("; did you mean {dashes}{name}?")).unwrap_or_default();
    Refused(match error.kind() {
        ErrorKind::UnknownArgument => {
            let name = named(ContextKind::InvalidArg);
            let known = SETTINGS.iter().map(|setting| setting.key).chain(OTHERS);
            let near = nearest(name.trim_start_matches('-'), known).filter(|_| name.starts_with("--"));
            format!("there is no flag {name}{}", meant(near, "--"))
        }
        ErrorKind::InvalidSubcommand => {
            let name = named(ContextKind::InvalidSubcommand);
            let (tasks, of_users) = (tasks(), user_tasks());
            let near = nearest(&name, tasks.iter().chain(&of_users).map(Command::get_name));
            format!("there is no command {name}{}", meant(near, ""))
        }
        ErrorKind::MissingSubcommand => "`user` needs what is to be done: see `chat-server user --help`".to_owned(),
        ErrorKind::InvalidUtf8 => "an argument is not UTF-8".to_owned(),
        ErrorKind::MissingRequiredArgument => format!("{} is missing", named(ContextKind::InvalidArg)),
        _ => {
            let text = error.to_string();
            text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
        }
    })
}
