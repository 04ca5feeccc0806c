//! Requests to the provider: one connection each, bounded in time and size.

use std::{sync::Arc, time::Duration};

use futures_util::future::{BoxFuture, Either, select};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::{body::Bytes, client::conn::http1, header::HOST};
use hyper_util::rt::TokioIo;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse, http};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject as _},
    },
};
use url::{Host, Url};

/// How long a request takes at most.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of an answer's body at most.
pub(crate) const MAX_BODY: usize = 256 * 1_024;
/// Bytes of an answer's head at most.
const MAX_HEAD: usize = 32 * 1_024;

/// Why there is no answer. It names no secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    #[error("it took longer than {} seconds", TIMEOUT.as_secs())]
    Slow,
    #[error("its answer is larger than {MAX_BODY} bytes")]
    Large,
    #[error("nothing is sent to another machine without TLS")]
    Plain,
    #[error("its address is none: {0}")]
    Address(&'static str),
    #[error("it cannot be reached: {0}")]
    Io(#[from] std::io::Error),
    #[error("its answer is none: {0}")]
    Hyper(#[from] hyper::Error),
    #[error("the request is none: {0}")]
    Request(#[from] http::Error),
}

/// What asks the provider.
pub(crate) struct Http(TlsConnector);

impl Http {
    /// Trusts whom this machine trusts.
    pub(crate) fn new() -> Result<Self, &'static str> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Self::trusting(roots)
    }

    /// Trusts those alone whose certificates are in this text.
    pub(crate) fn of_authority(pem: &[u8]) -> Result<Self, &'static str> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|_| "the certificates are not in PEM")?;
            roots.add(certificate).map_err(|_| "a certificate cannot be used")?;
        }
        Self::trusting(roots)
    }

    fn trusting(roots: RootCertStore) -> Result<Self, &'static str> {
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_safe_default_protocol_versions().map_err(|_| "TLS cannot be spoken")?;
        let config = config.with_root_certificates(roots).with_no_client_auth();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let url = Url::parse(&request.uri().to_string()).map_err(|_| HttpError::Address("it is no URL"))?;
        if !is_safe(&url) {
            return Err(HttpError::Plain);
        }
        let host = url.host_str().ok_or(HttpError::Address("it has no host"))?;
        let port = url.port_or_known_default().ok_or(HttpError::Address("it has no port"))?;
        // Without the brackets of an IPv6 address in a URL.
        let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let tcp = TcpStream::connect((bare.as_str(), port)).await?;
        let request = as_sent(request, &url)?;
        if url.scheme() == "http" {
            return converse(tcp, request).await;
        }
        let name = ServerName::try_from(bare).map_err(|_| HttpError::Address("no certificate has such a name"))?;
        converse(self.0.connect(name, tcp).await?, request).await
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = BoxFuture<'c, Result<HttpResponse, HttpError>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async { timeout(TIMEOUT, self.exchange(request)).await.unwrap_or(Err(HttpError::Slow)) })
    }
}

/// Whether nobody can listen in between.
pub(crate) fn is_safe(url: &Url) -> bool {
    let is_here = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_here)
}

/// The request as it is sent to its host.
fn as_sent(request: HttpRequest, url: &Url) -> Result<http::Request<Full<Bytes>>, HttpError> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut sent = http::Request::builder().method(parts.method).uri(path);
    if let Some(headers) = sent.headers_mut() {
        *headers = parts.headers;
    }
    let host = url.host_str().unwrap_or_default();
    let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    Ok(sent.header(HOST, host).body(Full::new(body.into()))?)
}

async fn converse(
    io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: http::Request<Full<Bytes>>,
) -> Result<HttpResponse, HttpError> {
    let mut client = http1::Builder::new();
    let (mut sender, connection) = client.max_buf_size(MAX_HEAD).handshake(TokioIo::new(io)).await?;
    let answer = Box::pin(async move {
        let (parts, body) = sender.send_request(request).await?.into_parts();
        let body = Limited::new(body, MAX_BODY).collect().await.map_err(|error| match error {
            error if error.is::<LengthLimitError>() => HttpError::Large,
            error => error.downcast::<hyper::Error>().map_or(HttpError::Large, |error| HttpError::Hyper(*error)),
        })?;
        Ok(http::Response::from_parts(parts, body.to_bytes().to_vec()))
    });
    // The connection is driven while the answer is awaited, and is over with it.
    match select(answer, connection).await {
        Either::Left((answer, _)) => answer,
        Either::Right((_, answer)) => answer.await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_said_to_another_machine_without_tls() {
        for (url, expected) in [
            ("https://id.example", true),
            ("https://127.0.0.1", true),
            ("http://127.0.0.1:8080/a", true),
            ("http://[::1]:8080", true),
            ("http://localhost", true),
            ("http://localhost.example.org", false),
            ("http://10.0.0.1", false),
            ("http://id.example", false),
            ("ftp://localhost", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(is_safe(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }

    #[tokio::test]
    async fn a_plain_request_does_not_leave() {
        let request = http::Request::get("http://192.0.2.1/").body(Vec::new()).unwrap();
        let refused = Http::new().unwrap().call(request).await.unwrap_err();
        assert!(matches!(refused, HttpError::Plain), "{refused}");
    }
}
