//! The configuration, as somebody who starts the server meets it: precedence, and one sentence for everything wrong.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    path::Path,
    process::{Command, Output},
};

fn server(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chat-server"));
    command.args(arguments).current_dir(folder);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CHAT_")) {
        command.env_remove(name);
    }
    command
}

fn checked(mut command: Command) -> String {
    let Output { status, stdout, stderr } = command.arg("--check-config").output().unwrap();
    assert_eq!(status.code(), Some(0), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

/// The one sentence with which a configuration is refused.
fn refused(mut command: Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let said = String::from_utf8(stderr).unwrap();
    assert_eq!((status.code(), stdout.as_slice()), (Some(2), &b""[..]), "{said}");
    assert_eq!(said.lines().count(), 1, "one sentence: {said}");
    said.trim_end().strip_prefix("chat-server: ").unwrap().to_owned()
}

#[test]
fn without_anything_it_is_safe_defaults() {
    let folder = tempfile::tempdir().unwrap();
    let text = checked(server(folder.path(), &[]));
    for line in [
        r#"listen = "127.0.0.1:8080" # default"#,
        r#"store = "sqlite:./data/chat.db" # default"#,
        r#"data = "./data" # default"#,
        r#"guests = "on" # default"#,
        r#"registration = "open" # default"#,
        r#"smtp = "" # default"#,
        r#"mail-from = "" # default"#,
        r#"oidc-issuer = "" # default"#,
        r#"oidc-client-id = "" # default"#,
        r#"oidc-name = "" # default"#,
        r#"limits = "default" # default"#,
        r#"keep-entries = "all" # default"#,
        r#"keep-days = "all" # default"#,
        r#"node = "0" # default"#,
        r#"tls-cert = "" # default"#,
        r#"tls-key = "" # default"#,
        r#"behind-proxy = "off" # default"#,
        "trusted-proxies = [] # default",
        r#"trusted-header = "x-forwarded-for" # default"#,
        r#"welcome = "on" # default"#,
        r#"metrics = "off" # default"#,
        "origin = [] # default",
    ] {
        assert!(text.lines().any(|known| known == line), "{line} in\n{text}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "checking leaves nothing behind");
    let warning = "# warning: guests are off and registration is closed: nobody new can chat; --guests on or --registration open lets them in";
    assert!(!text.contains("warning"), "{text}");
    let text = checked(server(folder.path(), &["--listen", "0.0.0.0:80"]));
    assert!(text.contains(r#"guests = "off" # default"#) && text.contains(warning), "{text}");
    assert!(text.contains(r#"registration = "closed" # default"#), "{text}");
    assert!(!checked(server(folder.path(), &["--listen", "0.0.0.0:80", "--registration", "open"])).contains(warning));
    let names = "# warning: no --origin is given: ";
    assert!(text.contains(names), "{text}");
    let named = ["--listen", "0.0.0.0:80", "--origin", "https://chat.example"];
    assert!(!checked(server(folder.path(), &named)).contains(names));
}

#[test]
fn a_flag_goes_before_the_environment_and_that_before_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = "listen = '127.0.0.1:1'\nlimits = 'off'\nguests = false\nnode = 7\nkeep-days = 30\norigin = ['https://a.example', 'http://b.example']\n";
    std::fs::write(folder.path().join("chat.toml"), file).unwrap();
    let arguments = ["--config", "chat.toml", "--listen", "127.0.0.1:3"];
    let mut command = server(folder.path(), &arguments);
    command.env("CHAT_LISTEN", "127.0.0.1:2").env("CHAT_GUESTS", "on").env("CHAT_STORE", "");
    let text = checked(command);
    for line in [
        r#"listen = "127.0.0.1:3" # flag"#,
        r#"guests = "on" # environment"#,
        r#"limits = "off" # chat.toml"#,
        r#"node = "7" # chat.toml"#,
        r#"keep-days = "30" # chat.toml"#,
        r#"origin = ["https://a.example", "http://b.example"] # chat.toml"#,
        r#"store = "sqlite:./data/chat.db" # default"#,
    ] {
        assert!(text.lines().any(|known| known == line), "{line} in\n{text}");
    }
}

#[test]
fn a_switch_alone_is_on() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("chat.toml"), "behind-proxy = true\n").unwrap();
    for arguments in [
        &["--behind-proxy"][..],
        &["--behind-proxy", "on"],
        &["--behind-proxy", "--listen", "127.0.0.1:1"],
        &["--config", "chat.toml"],
    ] {
        assert!(checked(server(folder.path(), arguments)).contains("behind-proxy = \"on\" # "), "{arguments:?}");
    }
    let mut command = server(folder.path(), &["--config", "chat.toml", "--behind-proxy", "off"]);
    command.env("CHAT_BEHIND_PROXY", "on");
    assert!(checked(command).contains("behind-proxy = \"off\" # flag"));
}

#[test]
fn what_is_checked_can_be_used_as_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = server(folder.path(), &["--store", "memory:", "--origin", "https://A.example/"]);
    command.env("CHAT_DATA", "d");
    let first = checked(command);
    std::fs::write(folder.path().join("chat.toml"), &first).unwrap();
    let mut command = server(folder.path(), &[]);
    command.env("CHAT_CONFIG", "chat.toml");
    let values = |text: &str| text.lines().map(|line| line.split(" # ").next().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(values(&checked(command)), values(&first));
}

/// In a server that has every store, no kind is left to be refused.
#[test]
fn a_store_that_is_not_built_in_is_refused_with_how_to_get_it() {
    let folder = tempfile::tempdir().unwrap();
    for (url, name, feature, built_in) in [
        ("sqlite:hunter2.db", "SQLite", "sqlite", cfg!(feature = "sqlite")),
        ("postgres://chat:hunter2@192.0.2.1/chat", "Postgres", "postgres", cfg!(feature = "postgres")),
        ("postgresql://chat:hunter2@192.0.2.1/chat", "Postgres", "postgres", cfg!(feature = "postgres")),
        ("mongodb://chat:hunter2@192.0.2.1/chat", "MongoDB", "mongodb", cfg!(feature = "mongodb")),
    ] {
        if built_in {
            checked(server(folder.path(), &["--store", url]));
            continue;
        }
        let how = format!("build it with `cargo run --release --features {feature}`");
        let said = format!("--store: this server was built without {name}; {how}");
        assert_eq!(refused(server(folder.path(), &["--store", url])), said);
        assert_eq!(refused(server(folder.path(), &["--store", url, "--check-config"])), said, "when checked");
    }
}

#[test]
fn metrics_that_are_not_built_in_are_refused_with_how_to_get_them() {
    let folder = tempfile::tempdir().unwrap();
    checked(server(folder.path(), &["--metrics", "off"]));
    if cfg!(feature = "metrics") {
        assert!(checked(server(folder.path(), &["--metrics"])).contains(r#"metrics = "on" # flag"#));
        return;
    }
    let how = "build it with `cargo run --release --features metrics`";
    let said = format!("--metrics: this server was built without metrics; {how}");
    assert_eq!(refused(server(folder.path(), &["--metrics"])), said);
}

#[cfg(feature = "full")]
#[test]
fn a_database_elsewhere_is_not_asked_when_checked_and_its_password_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = server(folder.path(), &[]);
    command.env("CHAT_STORE", "mongodb://chat:hunter2@192.0.2.1/chat?replicaSet=rs0");
    let text = checked(command);
    assert!(text.contains(r#"store = "mongodb://chat:…@192.0.2.1/chat?…" # environment"#), "{text}");
    let mut command = server(folder.path(), &[]);
    command.env("CHAT_STORE", "postgres://chat:hunter2@192.0.2.1/chat?sslpassword=hunter2");
    let text = checked(command);
    assert!(text.contains(r#"store = "postgres://chat:…@192.0.2.1/chat?…" # environment"#), "{text}");
    let wrong = refused(server(folder.path(), &["--store", "mongodb://chat:hunter2"]));
    assert!(
        wrong.starts_with("--store: the URL is not of the form mongodb://") && !wrong.contains("hunter2"),
        "{wrong}"
    );
}

#[test]
fn mails_that_are_not_built_in_are_refused_with_how_to_get_them() {
    let folder = tempfile::tempdir().unwrap();
    checked(server(folder.path(), &["--smtp", ""]));
    if cfg!(not(feature = "smtp")) {
        let how = "build it with `cargo run --release --features smtp`";
        let said = format!("--smtp: this server was built without mails; {how}");
        assert_eq!(refused(server(folder.path(), &["--smtp", "smtp://chat:hunter2@mail"])), said);
    }
}

#[cfg(feature = "smtp")]
#[test]
fn a_mail_server_is_checked_and_its_password_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let good = ["--smtp", "smtps://chat:hunter2@mail.example.org", "--mail-from", "Chat <chat@example.org>"];
    let text = checked(server(folder.path(), &good));
    for line in
        [r#"smtp = "smtps://chat:…@mail.example.org" # flag"#, r#"mail-from = "Chat <chat@example.org>" # flag"#]
    {
        assert!(text.lines().any(|known| known == line), "{line} in\n{text}");
    }
    let public = [&good[..], &["--listen", "0.0.0.0:80"]].concat();
    let named = [&public[..], &["--origin", "https://chat.example.org"]].concat();
    checked(server(folder.path(), &named));
    let absent = format!("{}?ca=absent.pem", good[1]);
    for (arguments, said) in [
        (&good[..2], "smtp needs mail-from, the address from which mails come"),
        (&good[2..], "mail-from needs smtp, the mail server"),
        (&public, "smtp needs origin, the address of the page to which links in mails lead"),
        (&["--smtp", "smtp://chat:hunter2@mail?tls=off"], "--smtp: a password is not sent without TLS"),
        (&["--smtp", "chat:hunter2@mail"], "--smtp: it must begin with smtp:// or smtps://"),
        (
            &["--mail-from", "hunter"],
            "--mail-from: the sender is no email address, such as chat@example.org or Chat <chat@example.org>",
        ),
        (
            &[&["--smtp", &absent], &good[2..]].concat(),
            "the mail server smtps://chat:…@mail.example.org?…: absent.pem cannot be read: No such file or directory (os error 2)",
        ),
    ] {
        assert_eq!(refused(server(folder.path(), arguments)), said);
        assert_eq!(refused(server(folder.path(), &[arguments, &["--check-config"]].concat())), said, "when checked");
    }
}

#[test]
fn a_provider_that_is_not_built_in_is_refused_with_how_to_get_it() {
    let folder = tempfile::tempdir().unwrap();
    checked(server(folder.path(), &["--oidc-issuer", ""]));
    if cfg!(not(feature = "openid")) {
        let how = "build it with `cargo run --release --features openid`";
        let said = format!("--oidc-issuer: this server was built without OpenID Connect; {how}");
        assert_eq!(refused(server(folder.path(), &["--oidc-issuer", "https://id.example.org"])), said);
    }
}

#[cfg(feature = "openid")]
#[test]
fn a_provider_is_checked_and_its_secret_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let good = ["--oidc-issuer", "https://id.example.org", "--oidc-client-id", "chat", "--oidc-name", "the office"];
    let mut command = server(folder.path(), &good);
    command.env("CHAT_OIDC_CLIENT_SECRET", "hunter2");
    let text = checked(command);
    assert!(!text.contains("hunter2"), "{text}");
    for line in [
        r#"oidc-issuer = "https://id.example.org" # flag"#,
        r#"oidc-client-id = "chat" # flag"#,
        r#"oidc-name = "the office" # flag"#,
        "# the secret by which the provider knows this server is in CHAT_OIDC_CLIENT_SECRET and not shown",
    ] {
        assert!(text.lines().any(|known| known == line), "{line} in\n{text}");
    }
    let public = [&good[..], &["--listen", "0.0.0.0:80"]].concat();
    checked(server(folder.path(), &[&public[..], &["--origin", "https://chat.example.org"]].concat()));
    for (arguments, said) in [
        (&good[..2], "oidc-issuer needs oidc-client-id, as which the provider knows this server"),
        (&good[2..4], "oidc-client-id needs oidc-issuer, the provider's URL"),
        (&good[4..], "oidc-name needs oidc-issuer, the provider's URL"),
        (&public, "oidc-issuer needs origin, the address of the page to which the provider sends browsers back"),
        (
            &["--oidc-issuer", "http://id.example.org"],
            "--oidc-issuer: the issuer must be a URL with https:, unless it is on this machine",
        ),
        (&["--oidc-issuer", "office"], "--oidc-issuer: the issuer is no URL, such as https://id.example.org"),
    ] {
        assert_eq!(refused(server(folder.path(), arguments)), said);
    }
}

#[test]
fn everything_wrong_is_told_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("typo.toml", "lisen = '127.0.0.1:1'\n");
    write("broken.toml", "guests = 'on'\nlisten = \n");
    write("list.toml", "listen = ['127.0.0.1:8080']\n");
    write("value.toml", "guests = 'maybe'\n");
    for (arguments, said) in [
        (&["--lisen", "x"][..], "there is no flag --lisen; did you mean --listen?"),
        (&["--zzzz"], "there is no flag --zzzz"),
        (&["--listen"], "a value is required for '--listen <ADDRESS:PORT>' but none was supplied"),
        (&["--listen", "8080"], "--listen: `8080` is not an address with a port, such as 127.0.0.1:8080"),
        (&["--guests", "yes"], "--guests: `yes` is neither `on` nor `off`"),
        (&["--limits", "none"], "--limits: `none` is neither `default` nor `off`"),
        (&["--origin", "*"], "--origin: `*` is not an origin, such as https://chat.example.org"),
        (
            &["--store", "mongodb+srv://u:hunter2@h/"],
            if cfg!(feature = "full") {
                "--store: `mongodb+srv:` is not built into this version, only sqlite:PATH, postgres://HOST, mongodb://HOST and \
                 memory: are"
            } else {
                "--store: `mongodb+srv:` is not built into this version, only sqlite:PATH and memory: are"
            },
        ),
        (&["--config", "typo.toml"], "there is no setting `lisen` in typo.toml; did you mean `listen`?"),
        (&["--config", "value.toml"], "`guests` in value.toml: `maybe` is neither `on` nor `off`"),
        (&["--config", "list.toml"], "`listen` in list.toml must be a text, such as ADDRESS:PORT"),
        (&["--node", "one"], "--node: `one` is not a number from 0 to 4294967295"),
        (&["--keep-days", "0"], "--keep-days: `0` is neither `all` nor a number from 1 to 4294967295"),
    ] {
        assert_eq!(refused(server(folder.path(), arguments)), said);
        assert_eq!(refused(server(folder.path(), &[arguments, &["--check-config"]].concat())), said, "when checked");
    }
    let broken = refused(server(folder.path(), &["--config", "broken.toml"]));
    assert!(broken.starts_with("broken.toml, line 2, is not TOML: "), "{broken}");
    let absent = refused(server(folder.path(), &["--config", "absent.toml"]));
    assert!(absent.starts_with("the file absent.toml cannot be read: "), "{absent}");
    let mut command = server(folder.path(), &[]);
    command.env("CHAT_LISTEN", "nowhere");
    assert!(refused(command).starts_with("CHAT_LISTEN: `nowhere` is not an address"));
}

#[test]
fn help_and_version_are_printed() {
    let folder = tempfile::tempdir().unwrap();
    for (flag, part) in [("--help", "[env: CHAT_LISTEN]"), ("--version", env!("CARGO_PKG_VERSION"))] {
        let Output { status, stdout, .. } = server(folder.path(), &[flag]).output().unwrap();
        assert_eq!(status.code(), Some(0));
        assert!(String::from_utf8(stdout).unwrap().contains(part));
    }
}

#[test]
fn what_is_not_utf8_is_refused() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};

    let folder = tempfile::tempdir().unwrap();
    let latin1 = OsStr::from_bytes(b"/srv/caf\xe9");
    for name in ["CHAT_STORE", "CHAT_DATA", "CHAT_GUESTS", "CHAT_ORIGIN", "CHAT_CONFIG"] {
        let mut command = server(folder.path(), &[]);
        command.env(name, latin1);
        assert_eq!(refused(command), format!("{name}: the value is not UTF-8"));
    }
    for flag in ["--data", "--config", "--origin"] {
        let mut command = server(folder.path(), &[flag]);
        command.arg(latin1);
        assert_eq!(refused(command), "an argument is not UTF-8");
    }
}

/// As with `chat-server --help | head -1`, and on a full disk.
#[test]
fn what_cannot_be_printed_is_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    for argument in ["--help", "--version", "--check-config"] {
        let mut command = server(folder.path(), &[argument]);
        let Output { status, stderr, .. } = command.stdout(std::io::pipe().unwrap().1).output().unwrap();
        assert_eq!((status.code(), stderr.as_slice()), (Some(0), &b""[..]), "{argument}");
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let Output { status, stderr, .. } = server(folder.path(), &[argument]).stdout(full).output().unwrap();
        let said = String::from_utf8(stderr).unwrap();
        assert_eq!(status.code(), Some(1), "{argument}: {said}");
        assert!(
            said.starts_with("chat-server: standard output cannot be written: ") && said.lines().count() == 1,
            "{said}"
        );
    }
}

#[test]
fn trusted_proxies_are_a_count_or_networks() {
    let folder = tempfile::tempdir().unwrap();
    let given = |values: &[&str]| {
        let flags: Vec<_> = values.iter().flat_map(|value| ["--trusted-proxies", value]).collect();
        server(folder.path(), &flags)
    };
    assert!(checked(given(&["2"])).contains(r#"trusted-proxies = ["2"] # flag"#));
    let networks = checked(given(&["10.0.0.0/8", "::1"]));
    assert!(networks.contains(r#"trusted-proxies = ["10.0.0.0/8", "::1"] # flag"#), "{networks}");
    for wrong in [&["0"][..], &["17"], &["10.0.0.1/8"], &["example.org"], &["1", "10.0.0.0/8"], &["1", "2"]] {
        assert!(refused(given(wrong)).contains("trusted-proxies"), "{wrong:?}");
    }
}
