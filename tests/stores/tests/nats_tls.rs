//! Nodes come in to a real NATS server by certificates and by credentials, and nobody else does.
#![allow(clippy::unwrap_used, missing_docs)]
#![cfg(unix)]

use std::{fs, path::Path, time::Duration};

use backplane_nats::Nats;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chat_core::{Backplane as _, Lease, NodeMessage};
use nkeys::KeyPair;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer};
use store_tests::{Folder, nats};
use tokio::time::{Instant, sleep, timeout};

/// Longer than anything here takes on a machine that has much to do.
const LONG: Duration = Duration::from_secs(60);

/// Waits until something is so: nothing tells when it is.
async fn until(is_so: impl Fn() -> bool) {
    let late = Instant::now() + LONG;
    while !is_so() {
        assert!(Instant::now() < late, "it does not come to be so");
        sleep(Duration::from_millis(5)).await;
    }
}

async fn connected(url: &str) -> Nats {
    let nats = Nats::connect(url).await.unwrap();
    until(|| nats.is_connected()).await;
    nats
}

/// Whether what one node tells arrives at the other, and the other way round.
async fn hear_each_other(one: &Nats, other: &Nats) {
    for (number, (speaks, hears)) in [(one, other), (other, one)].into_iter().enumerate() {
        let from = Lease { node: 0, incarnation: number as u64 + 1 };
        let heard = async {
            loop {
                // Until the subscription is there, what is told is lost.
                speaks.publish(NodeMessage::Leaving { from }).await;
                match timeout(Duration::from_millis(100), hears.next()).await {
                    Ok(NodeMessage::Leaving { from: heard }) if heard == from => return,
                    _ => {}
                }
            }
        };
        timeout(LONG, heard).await.expect("nothing is heard");
    }
}

/// That a node which comes so is not let in, however often it tries.
async fn is_kept_out(server: &nats::Nats, url: &str) {
    let tried = || server.figure("total_connections").unwrap();
    let before = tried();
    // A server may have been reached, and have refused, before this returns.
    let Ok(node) = Nats::connect(url).await else { return };
    // The second attempt begins when the first has come to nothing.
    until(|| tried() >= before + 2).await;
    assert!(!node.is_connected(), "{url}");
}

/// An authority, and certificates that it made.
struct Authority(Issuer<'static, rcgen::KeyPair>);

impl Authority {
    /// A new one, whose own certificate is in this file.
    fn new(file: &Path) -> Self {
        let (mut params, key) = (CertificateParams::default(), rcgen::KeyPair::generate().unwrap());
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        fs::write(file, params.self_signed(&key).unwrap().pem()).unwrap();
        Self(Issuer::new(params, key))
    }

    /// Makes a certificate for this name or address, and its key, as files whose names begin so.
    fn certify(&self, folder: &Path, files: &str, name: &str) {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, &self.0).unwrap();
        fs::write(folder.join(format!("{files}.pem")), certificate.pem()).unwrap();
        fs::write(folder.join(format!("{files}-key.pem")), key.serialize_pem()).unwrap();
    }
}

#[tokio::test]
async fn nodes_come_in_by_certificate_and_password_over_tls() {
    let folder = Folder::new().unwrap();
    let files = folder.path();
    let authority = Authority::new(&files.join("ca.pem"));
    authority.certify(files, "server", "127.0.0.1");
    authority.certify(files, "node", "node");
    let stranger = Authority::new(&files.join("other-ca.pem"));
    stranger.certify(files, "stranger", "node");
    let at = files.display();
    let server = nats::Nats::configured(&format!(
        "authorization {{ user: chat, password: \"p@ss word\" }}
        tls {{ cert_file: '{at}/server.pem', key_file: '{at}/server-key.pem', ca_file: '{at}/ca.pem', verify: true }}"
    ))
    .unwrap();
    let own = format!("certificate={at}/node.pem&key={at}/node-key.pem");
    let url = |scheme: &str, login: &str, files: &str| format!("{scheme}://{login}@{}/chat?{files}", server.address());
    is_kept_out(&server, &url("tls", "chat:p%40ss%20word", &own)).await;
    is_kept_out(&server, &url("tls", "chat:p%40ss%20word", &format!("ca={at}/other-ca.pem&{own}"))).await;
    is_kept_out(&server, &url("tls", "chat:p%40ss%20word", &format!("ca={at}/ca.pem"))).await;
    let strange = format!("ca={at}/ca.pem&certificate={at}/stranger.pem&key={at}/stranger-key.pem");
    is_kept_out(&server, &url("tls", "chat:p%40ss%20word", &strange)).await;
    is_kept_out(&server, &url("tls", "chat:wrong", &format!("ca={at}/ca.pem&{own}"))).await;
    let good = format!("ca={at}/ca.pem&{own}");
    let one = connected(&url("tls", "chat:p%40ss%20word", &good)).await;
    // Whoever names a certificate means TLS.
    let other = connected(&url("nats", "chat:p%40ss%20word", &good)).await;
    hear_each_other(&one, &other).await;
}

/// A JWT of NATS: what is said of somebody, signed by who may say it.
fn token(signs: &KeyPair, of: &str, claims: &str) -> String {
    let by = signs.public_key();
    let header = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"ed25519-nkey"}"#);
    let claims =
        format!(r#"{{"jti":"{of}","iat":1700000000,"iss":"{by}","sub":"{of}","name":"test","nats":{claims}}}"#);
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
    let signature = signs.sign(signed.as_bytes()).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A file of credentials, as `nsc` writes them.
fn credentials(file: &Path, token: &str, user: &KeyPair) {
    let seed = user.seed().unwrap();
    let text = format!(
        "-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n\
         -----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
    );
    fs::write(file, text).unwrap();
}

#[tokio::test]
async fn nodes_come_in_by_credentials_that_are_good_for_their_namespace_alone() {
    let (operator, account, foreign) = (KeyPair::new_operator(), KeyPair::new_account(), KeyPair::new_account());
    let of_operator = token(&operator, &operator.public_key(), r#"{"type":"operator","version":2}"#);
    let limits = r#"{"subs":-1,"data":-1,"payload":-1,"imports":-1,"exports":-1,"wildcards":true,"conn":-1,"leaf":-1}"#;
    let of_account = token(
        &operator,
        &account.public_key(),
        &format!(
            r#"{{"type":"account","version":2,"limits":{limits},"default_permissions":{{"pub":{{}},"sub":{{}}}}}}"#
        ),
    );
    let key = account.public_key();
    let server = nats::Nats::configured(&format!(
        "operator: {of_operator}\nresolver: MEMORY\nresolver_preload: {{ {key}: {of_account} }}"
    ))
    .unwrap();
    let allowed = r#"{"type":"user","version":2,"subs":-1,"data":-1,"payload":-1,
        "pub":{"allow":["chat.>"]},"sub":{"allow":["chat.>"]}}"#;
    let user = |file: &str, signs: &KeyPair| {
        let (file, user) = (server.folder().join(file), KeyPair::new_user());
        credentials(&file, &token(signs, &user.public_key(), allowed), &user);
        file
    };
    let (good, bad) = (user("good.creds", &account), user("bad.creds", &foreign));
    is_kept_out(&server, &server.url("chat")).await;
    is_kept_out(&server, &format!("{}?credentials={}", server.url("chat"), bad.display())).await;
    let url = |namespace: &str| format!("{}?credentials={}", server.url(namespace), good.display());
    let (one, other) = (connected(&url("chat")).await, connected(&url("chat")).await);
    hear_each_other(&one, &other).await;
    // All that a node does is in its namespace; in another one it is let in, and neither heard nor told.
    let (mute, deaf) = (connected(&url("other")).await, connected(&url("other")).await);
    let from = Lease { node: 0, incarnation: 9 };
    for _ in 0..20 {
        mute.publish(NodeMessage::Leaving { from }).await;
    }
    until(|| server.figure("in_msgs").unwrap() > 0).await;
    assert!(timeout(Duration::from_millis(300), deaf.next()).await.is_err());
}
