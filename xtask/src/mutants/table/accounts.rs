//! Mutants of accounts: who comes in, and who is kept out.

use super::{
    ACCESS, DEVICE, FIRST_ADMIN, HASHING, LOGINS, LOOKS, MAILED, MAILS, MEMORY_ACCOUNTS, OF_ACCOUNTS,
    OF_SERVERS_ACCOUNTS, OF_SERVERS_USERS, OWN, PROXIES, REVOCATION, SEARCH, SQLITE_ACCOUNTS, SQLITE_LOOKS,
    SQLITE_WORDS, THROTTLES, WORDS,
};
use crate::mutants::Mutant;

pub(super) const MUTANTS: &[Mutant] = &[
    // Accounts: an unknown user costs as much work as a known one.
    Mutant {
        name: "compute nothing for unknown users",
        file: "chat-accounts/src/hashing.rs",
        find: "others.iter().filter(|nobodys| compare(nobodys)).count();",
        replace: "drop(others);",
        caught_by: HASHING,
    },
    // Accounts: no algorithm is chosen by a token.
    Mutant {
        name: "take any algorithm",
        file: "chat-accounts/src/access.rs",
        find: "if header.alg != ALGORITHM || header.typ != TYPE {",
        replace: "if header.typ != TYPE {",
        caught_by: ACCESS,
    },
    // Accounts: a token has expired at `exp`, without leeway.
    Mutant {
        name: "take a token when it expires",
        file: "chat-accounts/src/access.rs",
        find: "expires if expires <= now =>",
        replace: "expires if expires < now =>",
        caught_by: ACCESS,
    },
    // Accounts: who knows a device's id cannot end it.
    Mutant {
        name: "take a forged token for a spent one",
        file: "chat-accounts/src/device.rs",
        find: "if token.device() != self.id || token.family() != self.family {",
        replace: "if token.device() != self.id {",
        caught_by: DEVICE,
    },
    // Accounts: a refresh token that is used again ends its device.
    Mutant {
        name: "forgive reuse",
        file: "chat-accounts/src/service/sign_in.rs",
        find: "Judged::Reused => inner.end_reused(&account.user, device.id).await?,",
        replace: "Judged::Reused => {}",
        caught_by: LOGINS,
    },
    // Accounts: who is suspended while they log in is not let in.
    Mutant {
        name: "log in whatever became of the account",
        file: "chat-accounts/src/memory.rs",
        find: "account.is_none_or(|account| account.revision != revision || !account.is_active())",
        replace: "account.is_none_or(|account| account.revision < revision)",
        caught_by: LOGINS,
    },
    // Accounts: nobody is locked out by what others try from other addresses.
    Mutant {
        name: "count guesses by account alone",
        file: "chat-accounts/src/service/mod.rs",
        find: "(key.to_owned(), crate::throttle::network(address))",
        replace: "(key.to_owned(), IpAddr::from([0, 0, 0, address.is_ipv4().into()]))",
        caught_by: THROTTLES,
    },
    // Accounts: who is throttled over HTTP is who asks.
    Mutant {
        name: "hand no address in",
        file: "adapter-axum/src/rest/accounts.rs",
        find: "Client { address: self.address,",
        replace: "Client { address: None,",
        caught_by: OF_ACCOUNTS,
    },
    // Accounts: whoever fails to become the first administrator may try again.
    Mutant {
        name: "use the first link up by a failure",
        file: "chat-accounts/src/service/first_admin.rs",
        find: "if self.secret.is_some() {",
        replace: "if false {",
        caught_by: FIRST_ADMIN,
    },
    // Accounts: the link ends when there is an administrator.
    Mutant {
        name: "make another first administrator",
        file: "chat-accounts/src/service/first_admin.rs",
        find: "if inner.store.has_admin().await.map_err(store_failed)? {\n            // Made",
        replace: "if false {\n            // Made",
        caught_by: FIRST_ADMIN,
    },
    // Accounts: a pass is for so many who register.
    Mutant {
        name: "use a pass for ever",
        file: "store-sql/src/statements/accounts/passes.rs",
        find: "WHERE secret = $1 AND uses > 0 AND expires > $2",
        replace: "WHERE secret = $1 AND expires > $2",
        caught_by: SQLITE_ACCOUNTS,
    },
    // A proxy that is not trusted says nothing.
    Mutant {
        name: "take any proxy's word",
        file: "adapter-axum/src/serve/proxies.rs",
        find: "Self::Networks(_) => self.is_proxy(address),",
        replace: "Self::Networks(_) => true,",
        caught_by: PROXIES,
    },
    // Of several headers the trusted one alone is read.
    Mutant {
        name: "read another header than the trusted one",
        file: "adapter-axum/src/serve/proxies.rs",
        find: "headers.get_all(trusted)",
        replace: "headers.get_all(X_FORWARDED_FOR)",
        caught_by: PROXIES,
    },
    // The command line: what a killed server left of its socket is no obstacle.
    Mutant {
        name: "leave a dead server's socket",
        file: "chat-control/src/socket.rs",
        find: "match fs::remove_file(&path) {",
        replace: "match Ok::<(), io::Error>(()) {",
        caught_by: OF_SERVERS_USERS,
    },
    // The command line: all users are listed, and not one page of them.
    Mutant {
        name: "list one page of users",
        file: "examples/server/src/users/command.rs",
        find: "order = Order::List { after: Some(after) };",
        replace: "return Ok(drop(after));",
        caught_by: OF_SERVERS_USERS,
    },
    // Accounts: keys that others may read sign nothing.
    Mutant {
        name: "take keys that others may read",
        file: "examples/server/src/private.rs",
        find: "if mode & 0o077 != 0 {",
        replace: "if mode & 0o007 == 7 {",
        caught_by: OF_SERVERS_ACCOUNTS,
    },
    // Accounts: a guest has no user's name.
    Mutant {
        name: "make a guest under a user's name",
        file: "adapter-axum/src/rest/accounts.rs",
        find: "Some(accounts) => accounts.guest(name.clone(), form.client()).await.map(|it| Some(it.into())),",
        replace: "Some(_) => { _ = form.client(); Ok(None) }",
        caught_by: OF_ACCOUNTS,
    },
    // Accounts: a session that comes in while its device ends is ended.
    Mutant {
        name: "ask of no session that comes in late",
        file: "chat-accounts/src/service/authenticate.rs",
        find: "AtomicU64::new(inner.revocations.load(Ordering::Acquire))",
        replace: "AtomicU64::new(inner.revocations.load(Ordering::Acquire) + 1)",
        caught_by: REVOCATION,
    },
    // Accounts: of refreshes with one token one succeeds, in SQL too.
    Mutant {
        name: "rotate from any token",
        file: "store-sql/src/statements/accounts/devices.rs",
        find: "WHERE id = $1 AND newest = $2",
        replace: "WHERE id = $1 AND $2 IS NOT NULL",
        caught_by: SQLITE_ACCOUNTS,
    },
    // Accounts: who is suspended while they log in is not let in, in SQL too.
    Mutant {
        name: "make a device whatever became of its account",
        file: "store-sql/src/statements/accounts/devices.rs",
        find: "now.is_none_or(|now| now.revision != *revision || !now.is_active())",
        replace: "now.is_none_or(|now| now.revision < *revision)",
        caught_by: SQLITE_ACCOUNTS,
    },
    // Accounts: a refresh of which nothing is known is not said to have done nothing.
    Mutant {
        name: "say of an unknown refresh that nothing was done",
        file: "chat-accounts/src/service/sign_in.rs",
        find: "store_failed(error);",
        replace: "return Err(store_failed(error));",
        caught_by: LOGINS,
    },
    // Accounts: who is no administrator any more is none in any session on any node.
    Mutant {
        name: "leave an administrator's sessions to those who are none any more",
        file: "chat-accounts/src/service/administration.rs",
        find: "let ends = if admin { Ends::Nothing } else { Ends::All };",
        replace: "let ends = Ends::Nothing;",
        caught_by: REVOCATION,
    },
    // Accounts: nobody takes all the places in which passwords wait to be hashed.
    Mutant {
        name: "let one network take all places",
        file: "chat-accounts/src/hashing.rs",
        find: "if of_network >= most || ",
        replace: "if of_network > most * 64 || ",
        caught_by: THROTTLES,
    },
    // Accounts: nobody finds out by many updates who has an account.
    Mutant {
        name: "update as often as one likes",
        file: "chat-accounts/src/service/own.rs",
        find: "self.0.throttle_update(&caller.user)?;",
        replace: "",
        caught_by: THROTTLES,
    },
    // Accounts: no update brings the name of a deleted user back.
    Mutant {
        name: "tell a name whatever became of the account",
        file: "chat-accounts/src/service/revocation.rs",
        find: "if kept == told {",
        replace: "if kept == told || account.revision > 0 {",
        caught_by: OWN,
    },
    // Search: nobody is found twice, or by a name that they do not show.
    Mutant {
        name: "find a user by each of their words",
        file: "chat-model/src/words.rs",
        find: "self.text.starts_with(&prefix.0) && self.shared < prefix.0.len()",
        replace: "self.text.starts_with(&prefix.0)",
        caught_by: WORDS,
    },
    Mutant {
        name: "find who does not want to be found",
        file: "chat-accounts/src/words.rs",
        find: "self.findable && self.is_active()",
        replace: "self.is_active()",
        caught_by: SEARCH,
    },
    Mutant {
        name: "begin each page anew",
        file: "chat-model/src/words.rs",
        find: "after.is_none_or(|after| place > after)",
        replace: "after.is_none_or(|after| place >= after)",
        caught_by: SEARCH,
    },
    Mutant {
        name: "keep the words of an earlier name",
        file: "store-sql/src/statements/accounts/changes.rs",
        find: "words::remove(connection, &account.user).await?;",
        replace: "",
        caught_by: SQLITE_ACCOUNTS,
    },
    Mutant {
        name: "find no accounts of an earlier version",
        file: "store-sql/src/statements/accounts/mod.rs",
        find: "while !self.change(KeepWords).await? {}",
        replace: "drop(self.change(KeepWords));",
        caught_by: SQLITE_WORDS,
    },
    // Names: nobody takes one that looks like another user's.
    Mutant {
        name: "compare names that are shown alone",
        file: "chat-model/src/look.rs",
        find: "vec![look(shown), look(compared)]",
        replace: "vec![look(shown), shown.to_owned() + compared]",
        caught_by: LOOKS,
    },
    Mutant {
        name: "let two users' names look alike in memory",
        file: "chat-accounts/src/memory.rs",
        find: "if !may_look_alike && ",
        replace: "if !may_look_alike && may_look_alike && ",
        caught_by: MEMORY_ACCOUNTS,
    },
    Mutant {
        name: "let two users' names look alike in a database",
        file: "store-sql/src/statements/accounts/looks.rs",
        find: "Ok(claimed == looks.as_slice().len() as u64)",
        replace: "Ok(claimed <= looks.as_slice().len() as u64)",
        caught_by: SQLITE_ACCOUNTS,
    },
    Mutant {
        name: "keep the looks of an earlier name",
        file: "store-sql/src/statements/accounts/changes.rs",
        find: "            looks::remove(connection, &account.user).await?;\n",
        replace: "",
        caught_by: SQLITE_ACCOUNTS,
    },
    Mutant {
        name: "let newcomers look like accounts of an earlier version",
        file: "store-sql/src/statements/accounts/mod.rs",
        find: "while !self.change(KeepLooks).await? {}",
        replace: "drop(self.change(KeepLooks));",
        caught_by: SQLITE_LOOKS,
    },
    Mutant {
        name: "let a guest look like a user",
        file: "chat-accounts/src/service/sign_in.rs",
        find: "self.check_unlike(&name.looks()).await",
        replace: "self.check_unlike(&Looks::of(&name.folded(), &name.folded())).await.or(Ok(()))",
        caught_by: LOGINS,
    },
    // Mails: a mail goes to the account's own address.
    Mutant {
        name: "mail to the address that was typed",
        file: "chat-accounts/src/service/mailed.rs",
        find: "let to = account.email.clone().filter(|_| account.is_active())?;",
        replace: "let to = Some(email.clone()).filter(|_| account.is_active())?;",
        caught_by: MAILED,
    },
    // Mails: whoever may not log in is mailed nothing.
    Mutant {
        name: "mail links to suspended users",
        file: "chat-accounts/src/service/mailed.rs",
        find: "account.email.clone().filter(|_| account.is_active())?",
        replace: "account.email.clone()?",
        caught_by: MAILED,
    },
    // Mails: nobody's mailbox is flooded.
    Mutant {
        name: "mail as often as it is asked for",
        file: "chat-accounts/src/service/mailed.rs",
        find: "&& throttles.mailed.take(&account.user, self.moment()).is_err()",
        replace: "&& throttles.mailed.take(&account.user, self.moment()).is_err() && false",
        caught_by: MAILED,
    },
    // Mails: an address that the user has given up is mailed no link.
    Mutant {
        name: "mail a link although the account has changed",
        file: "chat-accounts/src/service/mailed.rs",
        find: "ok()?.filter(|now| now.revision == account.revision)?;",
        replace: "ok()??;",
        caught_by: MAILED,
    },
    // Mails: the queue is bounded.
    Mutant {
        name: "let any number of mails wait",
        file: "chat-accounts/src/service/mailed.rs",
        find: "            drop(place);",
        replace: "",
        caught_by: MAILED,
    },
    // Mails: a server that says nothing holds no mail up for long.
    Mutant {
        name: "wait for a mail server for an hour",
        file: "chat-accounts/src/service/mailed.rs",
        find: "Duration::from_millis(limits::MAIL_TIMEOUT_MS)",
        replace: "Duration::from_secs(60 * 60)",
        caught_by: MAILED,
    },
    // Mails: a failure that stays is not tried again.
    Mutant {
        name: "try every mail again",
        file: "chat-accounts/src/service/mailed.rs",
        find: "waits.next().filter(|_| error.passes())",
        replace: "waits.next()",
        caught_by: MAILED,
    },
    // Mails: a stolen token is not enough to have a link mailed to oneself.
    Mutant {
        name: "let an address be changed without the password",
        file: "chat-accounts/src/service/own.rs",
        find: "Some(_) if moves(&self.me(caller).await?) =>",
        replace: "Some(_) if false && moves(&self.me(caller).await?) =>",
        caught_by: MAILED,
    },
    // Mails: nothing is said to another machine without TLS.
    Mutant {
        name: "speak without TLS to any mail server",
        file: "mail-smtp/src/settings.rs",
        find: "let (mut authority, mut is_off) = (None, is_here(&url));",
        replace: "let (mut authority, mut is_off) = (None, true);",
        caught_by: MAILS,
    },
    // Mails: no program answers a mail of ours.
    Mutant {
        name: "mail without Auto-Submitted",
        file: "mail-smtp/src/message.rs",
        find: "        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(\"Auto-Submitted\"), \"auto-generated\".to_owned()))\n",
        replace: "",
        caught_by: MAILS,
    },
    // Mails: what is put off is tried again.
    Mutant {
        name: "give up a mail that is put off",
        file: "mail-smtp/src/smtp.rs",
        find: "Some(code) => MailError::passing(",
        replace: "Some(code) => MailError::lasting(",
        caught_by: MAILS,
    },
];
