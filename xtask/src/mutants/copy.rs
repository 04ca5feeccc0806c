//! A copy of the sources in which one file at a time is changed.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{Outcome, mutants::Mutant, workspace::Workspace};

/// The copy. It stays where it is between runs, so that cargo knows what it built from it.
pub(super) struct Copy {
    root: PathBuf,
}

/// While this lives, a file of the copy is changed.
pub(super) struct Mutated {
    path: PathBuf,
    original: String,
}

impl Copy {
    /// Brings the copy of a workspace up to date.
    pub(super) fn make(workspace: &Workspace) -> Outcome<Self> {
        Self::of(&workspace.root, &workspace.files()?, workspace.target.join("mutants/sources"))
    }

    /// Makes `to` hold these files of `from` and no others. Files that are the same already keep their times.
    pub(super) fn of(from: &Path, files: &[String], to: PathBuf) -> Outcome<Self> {
        let failed = |e: std::io::Error| format!("cannot copy the sources to {}: {e}", to.display());
        for file in files {
            let bytes = fs::read(from.join(file)).map_err(failed)?;
            let target = to.join(file);
            if fs::read(&target).is_ok_and(|old| old == bytes) {
                continue;
            }
            fs::create_dir_all(target.parent().unwrap_or(&to)).map_err(failed)?;
            fs::write(target, bytes).map_err(failed)?;
        }
        remove_others(&to, "", files).map_err(failed)?;
        Ok(Self { root: to })
    }

    /// The checkout itself, for reading.
    #[cfg(test)]
    pub(super) fn here(workspace: &Workspace) -> Self {
        Self { root: workspace.root.clone() }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The text of a mutant's file, before and after.
    pub(super) fn mutated(&self, mutant: &Mutant) -> Outcome<(String, String)> {
        let Mutant { name, file, find, replace, .. } = mutant;
        let text = fs::read_to_string(self.root.join(file)).map_err(|e| format!("{name}: cannot read {file}: {e}"))?;
        match text.matches(find).count() {
            1 => {
                let mutated = text.replacen(find, replace, 1);
                Ok((text, mutated))
            }
            0 => Err(format!("{name}: `{find}` is not in {file}")),
            _ => Err(format!("{name}: `{find}` is in {file} more than once")),
        }
    }

    /// Changes the mutant's file until the result is dropped.
    pub(super) fn apply(&self, mutant: &Mutant) -> Outcome<Mutated> {
        let (original, mutated) = self.mutated(mutant)?;
        let path = self.root.join(mutant.file);
        fs::write(&path, mutated).map_err(|e| format!("cannot write {}: {e}", path.display()))?;
        Ok(Mutated { path, original })
    }
}

impl Drop for Mutated {
    fn drop(&mut self) {
        if let Err(e) = fs::write(&self.path, &self.original) {
            // The next run brings the copy up to date before it uses it.
            eprintln!("cannot restore {}: {e}", self.path.display());
        }
    }
}

/// Removes what lies under `to`/`folder` and is not among the files.
fn remove_others(to: &Path, folder: &str, files: &[String]) -> std::io::Result<()> {
    for entry in fs::read_dir(to.join(folder))? {
        let entry = entry?;
        let path = format!("{folder}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            let inside = format!("{path}/");
            if files.iter().any(|file| file.starts_with(&inside)) {
                remove_others(to, &inside, files)?;
            } else {
                fs::remove_dir_all(entry.path())?;
            }
        } else if !files.contains(&path) && path != "Cargo.lock" {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_copy_follows_the_sources() {
        let place = tempfile::tempdir().unwrap();
        let (from, to) = (place.path().join("from"), place.path().join("to"));
        let write = |path: &str, text: &str| {
            fs::create_dir_all(from.join(path).parent().unwrap()).unwrap();
            fs::write(from.join(path), text).unwrap();
        };
        write("a/one.rs", "1");
        write("b/two.rs", "2");
        Copy::of(&from, &["a/one.rs".into(), "b/two.rs".into()], to.clone()).unwrap();
        let time = fs::metadata(to.join("a/one.rs")).unwrap().modified().unwrap();
        write("a/three.rs", "3");
        Copy::of(&from, &["a/one.rs".into(), "a/three.rs".into()], to.clone()).unwrap();
        assert_eq!(fs::metadata(to.join("a/one.rs")).unwrap().modified().unwrap(), time, "an equal file is left alone");
        assert_eq!(fs::read_to_string(to.join("a/three.rs")).unwrap(), "3");
        assert!(!to.join("b").exists());
    }
}
