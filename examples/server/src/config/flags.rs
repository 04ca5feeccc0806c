//! The command line.

use std::{ffi::OsString, path::PathBuf};

use clap::{
    Arg, ArgAction, ArgMatches, Command,
    builder::ValueParser,
    error::{ContextKind, ContextValue, ErrorKind},
};

use super::{
    Refused,
    nearest::nearest,
    settings::{Given, Givens, SETTINGS, SWITCH, Setting, Source},
};

/// What a command line says.
pub(super) enum Flags {
    /// To print this and go.
    Print(String),
    /// To run, or to check.
    Given { givens: Givens, config: Option<PathBuf>, check: bool },
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
    Ok(Flags::Given { givens, config, check: matches.get_flag("check-config") })
}

fn values(matches: &ArgMatches, key: &str) -> Vec<String> {
    matches.get_many::<String>(key).into_iter().flatten().cloned().collect()
}

fn command() -> Command {
    let flag = |key: &'static str, value: &'static str, help: String| {
        Arg::new(key).long(key).value_name(value).help(help).value_parser(ValueParser::string())
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
                .help("Print the configuration as it would be used, and exit: 0 if it is good, 2 if not"),
        )
}

/// clap explains over many lines; this is the one sentence of it.
fn refused(error: &clap::Error) -> Refused {
    let named = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(name)) => name.as_str(),
        _ => "",
    };
    if error.kind() == ErrorKind::UnknownArgument {
        let known = SETTINGS.iter().map(|setting| setting.key).chain(["config", "check-config", "help", "version"]);
        let meant = nearest(named.trim_start_matches('-'), known).filter(|_| named.starts_with("--"));
        let meant = meant.map(|key| format!("; did you mean --{key}?")).unwrap_or_default();
        return Refused(format!("there is no flag {named}{meant}"));
    }
    let text = error.to_string();
    let sentence = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
    Refused(sentence.to_owned())
}
