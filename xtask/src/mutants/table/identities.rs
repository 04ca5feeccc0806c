//! Mutants of signing in at a provider.

use super::{IDENTIFIED, MEMORY_IDENTITIES, OF_BROWSERS, PLAIN, SIGNED_IN, SUGGESTED, TICKETS};
use crate::mutants::Mutant;

pub(super) const MUTANTS: &[Mutant] = &[
    // Signing in: no other browser finishes a sign-in.
    Mutant {
        name: "take any state",
        file: "chat-accounts/src/ticket.rs",
        find: "key.mac(STATE)?.chain_update(text).verify_slice(&state).ok()?;",
        replace: "drop(state);",
        caught_by: TICKETS,
    },
    // Signing in: a sign-in is finished within ten minutes.
    Mutant {
        name: "take a ticket when it expires",
        file: "chat-accounts/src/ticket.rs",
        find: "if self.expires <= now { None }",
        replace: "if self.expires < now { None }",
        caught_by: TICKETS,
    },
    // Signing in: a sign-in leads to no other site.
    Mutant {
        name: "return to another site",
        file: "chat-accounts/src/ticket.rs",
        find: "text.starts_with('/') && !text.starts_with(\"//\")",
        replace: "text.starts_with('/')",
        caught_by: TICKETS,
    },
    // Signing in: where nobody registers, nobody new comes in from the provider.
    Mutant {
        name: "register whoever comes from the provider",
        file: "chat-accounts/src/service/identified.rs",
        find: "(None, Registration::Invited | Registration::Closed) => Err(closed()),",
        replace: "(None, Registration::Invited | Registration::Closed) => self.create_identified(identified, client).await,",
        caught_by: IDENTIFIED,
    },
    // Signing in: who is suspended is told so.
    Mutant {
        name: "let the suspended sign in elsewhere",
        file: "chat-accounts/src/service/identified.rs",
        find: "Standing::Suspended => return Err(suspended()),",
        replace: "Standing::Suspended => {}",
        caught_by: IDENTIFIED,
    },
    // Signing in: what goes by an address is of use for a minute.
    Mutant {
        name: "hand a token over for a month",
        file: "chat-accounts/src/service/identified.rs",
        find: "&Device { expires, ..device }",
        replace: "&Device { expires: device.expires.max(expires), ..device }",
        caught_by: IDENTIFIED,
    },
    // Signing in: a token that is stolen later sets no password.
    Mutant {
        name: "forget when somebody signed in",
        file: "chat-accounts/src/service/identified.rs",
        find: "if age < limits::FRESH_SIGN_IN_MS { Ok(()) }",
        replace: "if age < i64::MAX { Ok(()) }",
        caught_by: IDENTIFIED,
    },
    // Signing in: a sign-in counts as a login.
    Mutant {
        name: "count no sign-in that is begun",
        file: "chat-accounts/src/service/identified.rs",
        find: "        inner.throttle(|throttles| &throttles.logins, client)?;\n",
        replace: "",
        caught_by: IDENTIFIED,
    },
    // Signing in: nobody is shown another's email address.
    Mutant {
        name: "take an email address for a username",
        file: "chat-accounts/src/suggested.rs",
        find: "text.split('@').next().unwrap_or_default()",
        replace: "text",
        caught_by: SUGGESTED,
    },
    // Signing in: nobody gets a reserved name from a provider.
    Mutant {
        name: "suggest reserved names",
        file: "chat-accounts/src/suggested.rs",
        find: "all.filter(|username| !username.is_reserved())",
        replace: "all.filter(|_| true)",
        caught_by: SUGGESTED,
    },
    // Signing in: an identity has one account.
    Mutant {
        name: "give an identity two accounts",
        file: "chat-accounts/src/memory.rs",
        find: "if is_free(identity) { Ok(()) } else { Err(AccountError::IdentityTaken) }",
        replace: "drop(identity);\n        Ok(())",
        caught_by: MEMORY_IDENTITIES,
    },
    // Signing in: a deleted account forgets who its user is elsewhere.
    Mutant {
        name: "keep the identity of the deleted",
        file: "chat-accounts/src/account.rs",
        find: "email: None, password: None, identity: None,",
        replace: "email: None, password: None,",
        caught_by: MEMORY_IDENTITIES,
    },
    // Signing in: rS256 and ES256 are taken, and nothing else.
    Mutant {
        name: "take any signature",
        file: "identity-openid/src/openid.rs",
        find: ".set_allowed_algs(ALGORITHMS)",
        replace: ".allow_any_alg()",
        caught_by: SIGNED_IN,
    },
    // Signing in: what is signed with a shared secret is no statement.
    Mutant {
        name: "take what is signed with the secret",
        file: "identity-openid/src/openid.rs",
        find: "new_public_client(self.client.clone(), issuer, keys).set_allowed_algs(ALGORITHMS)",
        replace: "new_confidential_client(self.client.clone(), self.secret.clone().unwrap(), issuer, keys).allow_any_alg()",
        caught_by: SIGNED_IN,
    },
    // Signing in: a statement is for this client.
    Mutant {
        name: "take what is said to another client",
        file: "identity-openid/src/openid.rs",
        find: ".set_allowed_algs(ALGORITHMS)",
        replace: ".set_allowed_algs(ALGORITHMS).require_audience_match(false)",
        caught_by: SIGNED_IN,
    },
    // Signing in: a statement is this provider's.
    Mutant {
        name: "take what another provider says",
        file: "identity-openid/src/openid.rs",
        find: ".set_allowed_algs(ALGORITHMS)",
        replace: ".set_allowed_algs(ALGORITHMS).require_issuer_match(false)",
        caught_by: SIGNED_IN,
    },
    // Signing in: a statement has not expired.
    Mutant {
        name: "take what has expired",
        file: "identity-openid/src/openid.rs",
        find: ".set_allowed_algs(ALGORITHMS)",
        replace: ".set_allowed_algs(ALGORITHMS).set_time_fn(Default::default)",
        caught_by: SIGNED_IN,
    },
    // Signing in: a statement is about this sign-in.
    Mutant {
        name: "take what is said of another sign-in",
        file: "identity-openid/src/openid.rs",
        find: "match token.claims(&self.verifier(metadata), nonce) {",
        replace: "match token.claims(&self.verifier(metadata), |_: Option<&Nonce>| Ok(())) {",
        caught_by: SIGNED_IN,
    },
    // Signing in: a code is of use with its verifier alone.
    Mutant {
        name: "send no challenge",
        file: "identity-openid/src/openid.rs",
        find: ".set_pkce_challenge(challenge).url()",
        replace: ".url()",
        caught_by: SIGNED_IN,
    },
    // Signing in: whoever makes keys up has little fetched.
    Mutant {
        name: "fetch keys whenever somebody makes one up",
        file: "identity-openid/src/known.rs",
        find: "self.younger_than(KEYS_AGAIN, http).await",
        replace: "self.younger_than(Duration::ZERO, http).await",
        caught_by: SIGNED_IN,
    },
    // Signing in: users sign in over TLS.
    Mutant {
        name: "send browsers anywhere",
        file: "identity-openid/src/known.rs",
        find: "if !is_safe(page) {",
        replace: "if false && !is_safe(page) {",
        caught_by: SIGNED_IN,
    },
    // Signing in: nothing is said to another machine without TLS.
    Mutant {
        name: "ask any provider without TLS",
        file: "identity-openid/src/http.rs",
        find: "if !is_safe(&url) {",
        replace: "if false && !is_safe(&url) {",
        caught_by: PLAIN,
    },
    // Signing in: what a provider says is bounded.
    Mutant {
        name: "read whatever a provider says",
        file: "identity-openid/src/http.rs",
        find: "Limited::new(body, MAX_BODY)",
        replace: "Limited::new(body, usize::MAX)",
        caught_by: SIGNED_IN,
    },
    // Signing in: no script reads the ticket.
    Mutant {
        name: "show the ticket to scripts",
        file: "adapter-axum/src/rest/openid.rs",
        find: "HttpOnly; SameSite=Lax{secure}",
        replace: "SameSite=Lax{secure}",
        caught_by: OF_BROWSERS,
    },
    // Signing in: a ticket is gone once it was used.
    Mutant {
        name: "keep the ticket",
        file: "adapter-axum/src/rest/openid.rs",
        find: "&kept(accounts, \"\", 0))",
        replace: "\"chat=1\")",
        caught_by: OF_BROWSERS,
    },
];
