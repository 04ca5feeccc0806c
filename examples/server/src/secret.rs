//! The secret that signs guest tokens: made at the first start and kept with the data.

use std::path::Path;

use chat_core::{Environment as _, SystemEnvironment};

use crate::{
    failure::Failure,
    private::{Private, Unusable},
};

/// Bytes of the secret.
pub(crate) const LENGTH: usize = 32;

/// Reads the secret of a data folder, or makes it. The folder must be locked: nobody else makes one meanwhile.
pub(crate) fn load_or_create(folder: &Path) -> Result<[u8; LENGTH], Failure> {
    let file = Private::new(folder, "secret", "secret");
    let text = file.load_or_create(|| format!("{}\n", random_hex()));
    let text = text.map_err(|unusable| match unusable {
        Unusable::Failed(why) | Unusable::Open(why) => Failure::new(why),
    })?;
    from_hex(text.trim()).ok_or_else(|| {
        Failure::new(format!("{file} is not {LENGTH} bytes in hexadecimal: delete it to make a new one"))
    })
}

/// As many random bytes, in hexadecimal.
pub(crate) fn random_hex() -> String {
    let part = || SystemEnvironment.random();
    format!("{:032x}{:032x}", part(), part())
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
