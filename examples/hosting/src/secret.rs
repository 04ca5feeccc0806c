//! The secret that signs tokens: set, or made at the first start and kept with the data.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::Failure;

/// Bytes of the shortest secret.
pub(crate) const MIN_BYTES: usize = 16;

/// A key of this secret, however long it is.
pub(crate) fn key(secret: &str) -> [u8; 32] {
    Sha256::new().chain_update(b"chat engine, key of a secret\0").chain_update(secret).finalize().into()
}

/// Makes a data folder that is its owner's alone.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// The secret of a data folder, which is made if there is none yet. Only its owner may read it.
pub(crate) fn load_or_create(folder: &Path) -> Result<String, Failure> {
    let path = folder.join("secret");
    let failed = |error: io::Error| Failure::new(format!("the secret {} cannot be used: {error}", path.display()));
    make_folder(folder).map_err(failed)?;
    let secret = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
        Ok(mut file) => {
            file.write_all(secret.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
            Ok(secret)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let mode = fs::metadata(&path).map_err(failed)?.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                let path = path.display();
                return Err(Failure::of_settings(format!(
                    "the secret {path} is open to others: run `chmod 600` on it"
                )));
            }
            let secret = fs::read_to_string(&path).map_err(failed)?;
            if secret.len() < MIN_BYTES {
                let path = path.display();
                return Err(Failure::of_settings(format!(
                    "the secret {path} is too short: delete it to make a new one"
                )));
            }
            Ok(secret)
        }
        Err(error) => Err(failed(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_made_once_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("data");
        let made = load_or_create(&folder).unwrap();
        assert_eq!(load_or_create(&folder).unwrap(), made);
        let path = folder.join("secret");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(load_or_create(&folder).unwrap_err().code(), 2);
    }
}
