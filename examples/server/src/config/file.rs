//! The TOML file: the same keys as the flags, and no others.

use std::{fs, path::Path};

use toml::{Table, Value};

use super::{
    Refused,
    nearest::nearest,
    settings::{Given, Givens, SETTINGS, Source},
};

pub(super) fn read(path: &Path) -> Result<Givens, Refused> {
    let shown = path.display();
    let text =
        fs::read_to_string(path).map_err(|error| Refused(format!("the file {shown} cannot be read: {error}")))?;
    let table: Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count());
        Refused(format!("{shown}, line {line}, is not TOML: {}", error.message().replace('\n', " ")))
    })?;
    let mut givens = Givens::new();
    for (key, value) in table {
        let Some(setting) = SETTINGS.iter().find(|setting| setting.key == key) else {
            let meant = nearest(&key, SETTINGS.iter().map(|setting| setting.key));
            let meant = meant.map(|key| format!("; did you mean `{key}`?")).unwrap_or_default();
            return Err(Refused(format!("there is no setting `{key}` in {shown}{meant}")));
        };
        let values = texts(&value, setting.many).ok_or_else(|| {
            let kind = if setting.many { "a list of texts" } else { "a text" };
            Refused(format!("`{key}` in {shown} must be {kind}, such as {}", setting.value))
        })?;
        givens.insert(setting.key, Given { values, source: Source::File(path.to_owned()) });
    }
    Ok(givens)
}

/// The value as a flag would have it.
fn texts(value: &Value, many: bool) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Integer(number) => Some(vec![number.to_string()]),
        Value::Boolean(on) => Some(vec![if *on { "on" } else { "off" }.to_owned()]),
        Value::Array(values) if many => values.iter().map(|value| value.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}
