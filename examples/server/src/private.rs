//! Files of the data folder that only their owner may read.

use std::{
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

/// A file, and what it holds in one word.
pub(crate) struct Private {
    path: PathBuf,
    what: &'static str,
}

/// Why a file's text cannot be had.
pub(crate) enum Unusable {
    /// The file cannot be read or written.
    Failed(String),
    /// Others may read the file.
    Open(String),
}

impl Private {
    pub(crate) fn new(folder: &Path, name: &str, what: &'static str) -> Self {
        Self { path: folder.join(name), what }
    }

    /// Its text, which is made if there is none yet. The folder must be locked: nobody else makes one meanwhile.
    pub(crate) fn load_or_create(&self, text: impl FnOnce() -> String) -> Result<String, Unusable> {
        match File::open(&self.path) {
            Ok(file) => self.read(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let text = text();
                let written = self.create(&text);
                written.map_err(|error| Unusable::Failed(format!("{self} cannot be written: {error}")))?;
                Ok(text)
            }
            Err(error) => Err(Unusable::Failed(format!("{self} cannot be read: {error}"))),
        }
    }

    /// Its text, if there is such a file.
    #[cfg(feature = "openid")]
    pub(crate) fn load(&self) -> Result<Option<String>, Unusable> {
        match File::open(&self.path) {
            Ok(file) => self.read(file).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Unusable::Failed(format!("{self} cannot be read: {error}"))),
        }
    }

    fn read(&self, mut file: File) -> Result<String, Unusable> {
        let unreadable = |error| Unusable::Failed(format!("{self} cannot be read: {error}"));
        let mode = file.metadata().map_err(unreadable)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            // Mending it silently would hide that others may have read it.
            return Err(Unusable::Open(format!(
                "{self} is open to others (mode {mode:o}): run `chmod 600` on it, or delete it to make a new one, \
                which several servers of one database must share"
            )));
        }
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(unreadable)?;
        Ok(text)
    }

    /// What is there is there as a whole, and survives power loss.
    fn create(&self, text: &str) -> io::Result<()> {
        let draft = self.path.with_extension("new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        // The mode given at opening is for new files only, and subject to the umask.
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, &self.path)?;
        self.path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    }
}

/// As a sentence begins with it.
impl fmt::Display for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} {}", self.what, self.path.display())
    }
}
