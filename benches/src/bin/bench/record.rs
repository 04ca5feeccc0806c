//! One run, as it is kept.

use std::{fs, path::Path};

use chat_benches::{Failure, outcome::Outcome};
use serde::{Deserialize, Serialize};

/// One run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) scenario: String,
    pub(crate) peer: String,
    pub(crate) rep: usize,
    /// When it ended.
    pub(crate) unix_seconds: u64,
    /// The machine's load average at the end.
    pub(crate) load_average: f64,
    /// CPUs busy meanwhile, with whatever. Above 2 something else was running.
    pub(crate) busy_cores: f64,
    /// One for each of the scenario's parts.
    pub(crate) outcomes: Vec<Outcome>,
    /// Why there are none.
    pub(crate) error: Option<String>,
}

/// Reads the records of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<Record>, Failure> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let lines = text.lines().filter(|line| !line.is_empty());
    Ok(lines.map(serde_json::from_str).collect::<Result<_, _>>()?)
}
