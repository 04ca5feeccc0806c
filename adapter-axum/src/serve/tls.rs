//! TLS: the certificate and the key with which connections are secured, read again when their files change.

use std::{
    fmt,
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    task::{JoinSet, spawn_blocking},
    time::{MissedTickBehavior, interval},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
    server::TlsStream,
};

use crate::limits;

/// A certificate and its key, from two files in PEM. The first file holds the server's certificate and after it those that vouch for it.
///
/// While [`serve`](crate::serve) uses it, the files are looked at every few seconds
/// ([`CERTIFICATE_LOOKED_AT`](limits::CERTIFICATE_LOOKED_AT)). New handshakes are made with what the files hold then; connections that
/// there are go on. A new pair that cannot be used is logged, and the old one stays in use.
///
/// ```no_run
/// use adapter_axum::{ServeOptions, Tls};
///
/// let options = ServeOptions::default().tls(Tls::read("fullchain.pem", "privkey.pem")?);
/// # Ok::<(), adapter_axum::TlsError>(())
/// ```
#[derive(Clone)]
pub struct Tls(Arc<Shared>);

struct Shared {
    files: Files,
    /// What was in them at first.
    first: Pair,
    config: RwLock<Arc<ServerConfig>>,
}

/// Why a certificate and a key cannot be used, in one sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TlsError(String);

impl Tls {
    /// Reads the certificate and the key.
    ///
    /// # Errors
    /// When a file cannot be read, does not hold what it must, or the two do not fit.
    pub fn read(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Result<Self, TlsError> {
        let files = Files { certificate: certificate.into(), key: key.into() };
        let first = files.read()?;
        let config = RwLock::new(first.config(&files)?);
        Ok(Self(Arc::new(Shared { files, first, config })))
    }

    /// Makes the handshake.
    pub(super) async fn accept<I: AsyncRead + AsyncWrite + Unpin>(&self, io: I) -> io::Result<TlsStream<I>> {
        let config = self.0.config.read().unwrap_or_else(PoisonError::into_inner).clone();
        TlsAcceptor::from(config).accept(io).await
    }

    /// Looks at the files from now on, until what is returned is dropped.
    pub(super) fn followed(self) -> JoinSet<()> {
        let mut following = JoinSet::new();
        following.spawn(async move {
            let mut looks = interval(limits::CERTIFICATE_LOOKED_AT);
            looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut watch = self.watch();
            loop {
                looks.tick().await;
                let shared = self.0.clone();
                match spawn_blocking(move || shared.files.read()).await {
                    Ok(found) => self.see(&mut watch, found),
                    Err(error) => tracing::warn!(%error, "the certificate was not looked at"),
                }
            }
        });
        following
    }

    fn watch(&self) -> Watch {
        Watch { last: None, judged: Ok(self.0.first.clone()) }
    }

    /// Uses what was found in the files, once it is there twice in a row.
    fn see(&self, watch: &mut Watch, found: Result<Pair, TlsError>) {
        if !watch.settles(&found) {
            return;
        }
        match found.and_then(|pair| pair.config(&self.0.files)) {
            Ok(config) => {
                *self.0.config.write().unwrap_or_else(PoisonError::into_inner) = config;
                tracing::info!(file = %self.0.files.certificate.display(), "a new certificate is in use");
            }
            Err(error) => tracing::warn!(%error, "the new certificate is not used, and the old one stays in use"),
        }
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("files", &self.0.files).finish_non_exhaustive()
    }
}

/// What was found in the files.
struct Watch {
    /// The last time.
    last: Option<Result<Pair, TlsError>>,
    /// What was used or refused last.
    judged: Result<Pair, TlsError>,
}

impl Watch {
    /// Whether this is to be judged: it is not what was judged last, and the files no longer change.
    fn settles(&mut self, found: &Result<Pair, TlsError>) -> bool {
        let settles = self.judged != *found && self.last.as_ref() == Some(found);
        if settles {
            self.judged.clone_from(found);
        }
        self.last = Some(found.clone());
        settles
    }
}

#[derive(Debug)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

/// What the two files hold.
#[derive(Clone, PartialEq, Eq)]
struct Pair {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Files {
    fn read(&self) -> Result<Pair, TlsError> {
        Ok(Pair { certificate: read(&self.certificate)?, key: read(&self.key)? })
    }
}

impl Pair {
    fn config(&self, files: &Files) -> Result<Arc<ServerConfig>, TlsError> {
        let (certificate, key) = (files.certificate.display(), files.key.display());
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&self.certificate)
            .collect::<Result<_, _>>()
            .map_err(|error| TlsError(format!("the certificate {certificate} is no PEM: {error}")))?;
        if chain.is_empty() {
            return Err(TlsError(format!("there is no certificate in {certificate}")));
        }
        let private = PrivateKeyDer::from_pem_slice(&self.key)
            .map_err(|error| TlsError(format!("there is no private key in {key}: {error}")))?;
        // Not the process' own provider, which would have to be chosen by whoever has the `main`.
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map(|versions| versions.with_no_client_auth())
            .and_then(|builder| builder.with_single_cert(chain, private));
        let mut config = config.map_err(|error| {
            TlsError(format!("the certificate {certificate} and the key {key} cannot be used together: {error}"))
        })?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    let mut bytes = Vec::new();
    let most = limits::MAX_PEM_BYTES as u64;
    let read = File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes));
    match read {
        Ok(count) if count <= limits::MAX_PEM_BYTES => Ok(bytes),
        Ok(_) => Err(TlsError(format!("the file {} has more than {most} bytes", path.display()))),
        Err(error) => Err(TlsError(format!("the file {} cannot be read: {error}", path.display()))),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    fn write(folder: &TempDir, certificate: &str, key: &str) {
        fs::write(folder.path().join("cert.pem"), certificate).unwrap();
        fs::write(folder.path().join("key.pem"), key).unwrap();
    }

    /// A certificate and its key, in PEM.
    fn pair() -> (String, String) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        (made.cert.pem(), made.signing_key.serialize_pem())
    }

    fn opened(folder: &TempDir) -> Result<Tls, TlsError> {
        Tls::read(folder.path().join("cert.pem"), folder.path().join("key.pem"))
    }

    /// Looks so many times; whether another configuration is in use then.
    fn changes(tls: &Tls, watch: &mut Watch, looks: usize) -> bool {
        let in_use = || tls.0.config.read().unwrap().clone();
        let before = in_use();
        for _ in 0..looks {
            tls.see(watch, tls.0.files.read());
        }
        !Arc::ptr_eq(&before, &in_use())
    }

    #[test]
    fn a_new_pair_is_used_once_it_stays_and_a_bad_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (pair(), pair());
        write(&folder, &first.0, &first.1);
        let tls = opened(&folder).unwrap();
        let mut watch = tls.watch();
        assert!(!changes(&tls, &mut watch, 3), "nothing is new");
        write(&folder, &second.0, &first.1);
        assert!(!changes(&tls, &mut watch, 1), "half of a pair");
        write(&folder, &second.0, &second.1);
        assert!(!changes(&tls, &mut watch, 1), "the files may still be written");
        assert!(changes(&tls, &mut watch, 1));
        assert!(!changes(&tls, &mut watch, 3), "it is used once");
        write(&folder, &first.0, &second.1);
        assert!(!changes(&tls, &mut watch, 3), "they do not fit");
        fs::remove_file(folder.path().join("key.pem")).unwrap();
        assert!(!changes(&tls, &mut watch, 3), "the key is gone");
        write(&folder, &first.0, &first.1);
        assert!(changes(&tls, &mut watch, 2));
    }

    #[test]
    fn what_changed_before_the_first_look_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (pair(), pair());
        write(&folder, &first.0, &first.1);
        let tls = opened(&folder).unwrap();
        write(&folder, &second.0, &second.1);
        assert!(changes(&tls, &mut tls.watch(), 2));
    }

    #[test]
    fn what_cannot_be_used_is_told_in_one_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (pair(), pair());
        let long = "-".repeat(limits::MAX_PEM_BYTES + 1);
        assert!(opened(&folder).unwrap_err().to_string().contains("cert.pem cannot be read: "));
        for (certificate, key, said) in [
            ("", first.1.as_str(), "there is no certificate in "),
            (&first.1, &first.1, "there is no certificate in "),
            (&first.0, "", "there is no private key in "),
            (&first.0, &first.0, "there is no private key in "),
            (&first.0, &second.1, "cannot be used together: "),
            (&first.0[..first.0.len() / 2], &first.1, "is no PEM: "),
            (&long, &first.1, "has more than 1048576 bytes"),
        ] {
            write(&folder, certificate, key);
            let error = opened(&folder).unwrap_err().to_string();
            assert!(error.contains(said) && error.lines().count() == 1, "{error}");
        }
    }
}
