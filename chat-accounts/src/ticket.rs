//! Tickets: what a browser keeps while its user is at a provider.
//!
//! A ticket holds no secret: random bits, when it expires, and where the browser wants to go. The secrets of a sign-in are made of
//! it by the server's keys, each under a label of its own. One of them, the state, goes by the provider and comes back beside the
//! ticket: it is the ticket's signature. So a state is of use to the browser alone that has its ticket, and a ticket that was
//! changed has no state.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chat_core::{
    Environment, Timestamp,
    limits::{MAX_RETURN_BYTES, MAX_TICKET_BYTES, TICKET_MS},
};
use hmac::Mac as _;
use serde::{Deserialize, Serialize};

use crate::{SignInSecrets, Signer, keys::Key};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ticket {
    /// What no other ticket has.
    random: String,
    expires: Timestamp,
    /// A path of this site.
    pub(crate) return_to: String,
}

/// No token that is signed by the same keys begins so: each of them begins with what base64 writes.
const STATE: &str = "openid state\0";
const NONCE: &str = "openid nonce\0";
const VERIFIER: &str = "openid verifier\0";

impl Ticket {
    /// A new ticket as a browser keeps it, and its secrets.
    pub(crate) fn issue(
        return_to: &str,
        signer: &Signer,
        now: Timestamp,
        environment: &dyn Environment,
    ) -> Option<(String, SignInSecrets)> {
        let random = format!("{:032x}", environment.random());
        let expires = Timestamp(now.0.saturating_add(TICKET_MS));
        let ticket = serde_json::to_vec(&Self { random, expires, return_to: return_to.to_owned() }).ok()?;
        let keys = signer.keys();
        let key = keys.signing();
        let text = format!("{}.{}", key.name, URL_SAFE_NO_PAD.encode(ticket));
        let secrets = secrets(key, &text)?;
        Some((text, secrets))
    }

    /// What a browser's ticket says, whatever comes back beside it; `None` for what never was one.
    pub(crate) fn read(text: &str) -> Option<Self> {
        if text.len() > MAX_TICKET_BYTES {
            return None;
        }
        let (_, ticket) = text.split_once('.')?;
        let ticket: Self = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(ticket).ok()?).ok()?;
        is_path(&ticket.return_to).then_some(ticket)
    }

    /// The secrets of a ticket, if this is its state and it has not expired.
    pub(crate) fn secrets(&self, text: &str, state: &str, signer: &Signer, now: Timestamp) -> Option<SignInSecrets> {
        let keys = signer.keys();
        let key = keys.named(text.split_once('.')?.0)?;
        let state = URL_SAFE_NO_PAD.decode(state).ok()?;
        key.mac(STATE)?.chain_update(text).verify_slice(&state).ok()?;
        if self.expires <= now { None } else { secrets(key, text) }
    }
}

fn secrets(key: &Key, text: &str) -> Option<SignInSecrets> {
    let made = |label| Some(URL_SAFE_NO_PAD.encode(key.mac(label)?.chain_update(text).finalize().into_bytes()));
    Some(SignInSecrets { state: made(STATE)?, nonce: made(NONCE)?, verifier: made(VERIFIER)? })
}

/// Whether a text is a path of this site, with a query or without: no browser takes it for another site.
pub(crate) fn is_path(text: &str) -> bool {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\#".contains(&byte));
    text.len() <= MAX_RETURN_BYTES && is_plain && text.starts_with('/') && !text.starts_with("//")
}

#[cfg(test)]
mod tests {
    use chat_core::SeededEnvironment;

    use super::*;
    use crate::Keys;

    const HEX: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    fn signer(text: &str) -> Signer {
        Signer::new(Keys::parse(text).unwrap(), "https://chat.example", "chat")
    }

    fn issued(signer: &Signer) -> (String, SignInSecrets) {
        Ticket::issue("/rooms?a=b", signer, Timestamp(0), &SeededEnvironment::new(1, Timestamp(0))).unwrap()
    }

    fn used(text: &str, state: &str, signer: &Signer, now: i64) -> Option<SignInSecrets> {
        Ticket::read(text)?.secrets(text, state, signer, Timestamp(now))
    }

    #[test]
    fn a_ticket_gives_its_secrets_for_its_own_state_until_it_expires() {
        let signer = signer(&format!("k1 {HEX}"));
        let (text, secrets) = issued(&signer);
        assert_eq!(Ticket::read(&text).unwrap().return_to, "/rooms?a=b");
        let again = used(&text, secrets.state(), &signer, TICKET_MS - 1).unwrap();
        assert_eq!((again.nonce(), again.verifier()), (secrets.nonce(), secrets.verifier()));
        assert!(used(&text, secrets.state(), &signer, TICKET_MS).is_none(), "ten minutes");
        let all = [secrets.state(), secrets.nonce(), secrets.verifier()];
        assert!(all.iter().all(|secret| secret.len() == 43));
        assert!(all[0] != all[1] && all[1] != all[2] && all[0] != all[2]);
        for other in ["", "x", secrets.nonce(), &secrets.state()[1..]] {
            assert!(used(&text, other, &signer, 0).is_none(), "{other:?}");
        }
        assert_eq!(format!("{secrets:?}"), "SignInSecrets");
    }

    #[test]
    fn anothers_ticket_and_one_that_was_changed_have_another_state() {
        let signer = signer(&format!("k1 {HEX}\nk2 {HEX}00"));
        let (text, secrets) = issued(&signer);
        let environment = SeededEnvironment::new(2, Timestamp(0));
        let (others, _) = Ticket::issue("/rooms?a=b", &signer, Timestamp(0), &environment).unwrap();
        assert!(used(&others, secrets.state(), &signer, 0).is_none());
        let mut ticket = Ticket::read(&text).unwrap();
        ticket.return_to = "/elsewhere".into();
        let changed = format!("k1.{}", URL_SAFE_NO_PAD.encode(serde_json::to_vec(&ticket).unwrap()));
        assert!(used(&changed, secrets.state(), &signer, 0).is_none());
        assert!(used(&text.replacen("k1", "k2", 1), secrets.state(), &signer, 0).is_none());
        assert!(used(&text.replacen("k1", "k3", 1), secrets.state(), &signer, 0).is_none());
    }

    #[test]
    fn a_ticket_outlives_a_rotation_of_the_keys() {
        let signer = signer(&format!("k1 {HEX}"));
        let (text, secrets) = issued(&signer);
        signer.set_keys(Keys::parse(&format!("k2 {HEX}00\nk1 {HEX}")).unwrap());
        assert!(used(&text, secrets.state(), &signer, 1).is_some());
        signer.set_keys(Keys::parse(&format!("k2 {HEX}00")).unwrap());
        assert!(used(&text, secrets.state(), &signer, 1).is_none());
    }

    #[test]
    fn only_a_path_of_this_site_is_returned_to() {
        for path in ["/", "/rooms/x", "/sign-in?to=/rooms/x", "/a//b", "/?next=https://chat.example"] {
            assert!(is_path(path), "{path:?}");
        }
        let long = format!("/{}", "x".repeat(MAX_RETURN_BYTES));
        let odd = [
            "",
            "x",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil",
            "https://evil.example",
            "/a b",
            "/a\n",
            "/ä",
            "/#a",
        ];
        for path in odd.into_iter().chain([&*long]) {
            assert!(!is_path(path), "{path:?}");
        }
    }
}
