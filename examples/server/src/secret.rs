//! The secret that signs guest tokens: made at the first start and kept with the data.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

use chat_core::{Environment as _, SystemEnvironment};

use crate::failure::Failure;

/// Bytes of the secret.
pub(crate) const LENGTH: usize = 32;

/// Reads the secret of a data folder, or makes it. The folder must be locked: nobody else makes one meanwhile.
pub(crate) fn load_or_create(folder: &Path) -> Result<[u8; LENGTH], Failure> {
    let path = folder.join("secret");
    match File::open(&path) {
        Ok(file) => read(file, &path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let secret = random();
            create(folder, &path, &secret)
                .map_err(|error| Failure::new(format!("the secret {} cannot be written: {error}", path.display())))?;
            Ok(secret)
        }
        Err(error) => Err(Failure::new(format!("the secret {} cannot be read: {error}", path.display()))),
    }
}

fn read(mut file: File, path: &Path) -> Result<[u8; LENGTH], Failure> {
    let shown = path.display();
    let unreadable = |error| Failure::new(format!("the secret {shown} cannot be read: {error}"));
    let mode = file.metadata().map_err(unreadable)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        // Mending it silently would hide that others may have read it.
        return Err(Failure::new(format!(
            "the secret {shown} is open to others (mode {mode:o}): run `chmod 600` on it, or delete it to make a new one"
        )));
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(unreadable)?;
    from_hex(text.trim()).ok_or_else(|| {
        Failure::new(format!("the secret {shown} is not {LENGTH} bytes in hexadecimal: delete it to make a new one"))
    })
}

/// A secret that is there is there as a whole, and survives power loss.
fn create(folder: &Path, path: &Path, secret: &[u8; LENGTH]) -> io::Result<()> {
    let draft = folder.join("secret.new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    // The mode given at opening is for new files only, and subject to the umask.
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    writeln!(file, "{hex}")?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    File::open(folder)?.sync_all()
}

fn random() -> [u8; LENGTH] {
    let mut secret = [0; LENGTH];
    for part in secret.chunks_exact_mut(16) {
        part.copy_from_slice(&SystemEnvironment.random().to_be_bytes());
    }
    secret
}

fn from_hex(text: &str) -> Option<[u8; LENGTH]> {
    if text.len() != 2 * LENGTH || !text.is_ascii() {
        return None;
    }
    let mut secret = [0; LENGTH];
    for (at, byte) in secret.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(secret)
}
