//! Where programs are that Debian keeps for administrators alone.

use std::{env, io, path::PathBuf};

const DEBIAN: &str = "/usr/sbin";

/// A program on the path, or where Debian keeps it.
pub(crate) fn program(name: &str) -> io::Result<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders = env::split_paths(&path).chain([PathBuf::from(DEBIAN)]);
    let missing = || io::Error::other(format!("there is no {name}: install Debian's package of this name"));
    folders.find_map(|folder| Some(folder.join(name)).filter(|program| program.is_file())).ok_or_else(missing)
}
