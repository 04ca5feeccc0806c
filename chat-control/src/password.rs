//! A password from standard input: typed at a terminal, where it is not shown, or the only line of what is there.

use std::{
    fs::File,
    io::{self, BufRead as _, BufReader, IsTerminal as _, Read as _, Write as _},
    os::fd::AsFd as _,
};

use chat_core::limits::MAX_PASSWORD_BYTES;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// The password of this user, from standard input: asked for twice at a terminal, which does not show it, and otherwise the only
/// line there is.
///
/// # Errors
/// One sentence, where standard input cannot be read or is not one line, or where the password was not typed the same twice.
pub fn password(of: &str) -> Result<String, String> {
    let stdin = io::stdin();
    let unreadable = |error: io::Error| format!("the password cannot be read: {error}");
    if !stdin.is_terminal() {
        return only_line(stdin.lock()).map_err(unreadable)?;
    }
    // Not standard input's own buffer, in which what is typed ahead would be taken along.
    let terminal = File::from(stdin.as_fd().try_clone_to_owned().map_err(unreadable)?);
    let _hidden = Hidden::begin(&terminal).map_err(unreadable)?;
    let mut lines = BufReader::new(&terminal);
    let mut ask = |what: &str| -> Result<String, String> {
        writeln!(io::stderr(), "{what} (it is not shown):").map_err(unreadable)?;
        let mut line = String::new();
        (&mut lines).take(MOST).read_line(&mut line).map_err(unreadable)?;
        Ok(without_end(line))
    };
    let password = ask(&format!("Password for {of}"))?;
    if ask("The same again")? == password { Ok(password) } else { Err("these were two passwords".into()) }
}

/// More than any password has.
const MOST: u64 = 4 * MAX_PASSWORD_BYTES as u64;

fn only_line(from: impl io::Read) -> io::Result<Result<String, String>> {
    let mut bytes = Vec::new();
    from.take(MOST).read_to_end(&mut bytes)?;
    let Ok(text) = String::from_utf8(bytes) else { return Ok(Err("the password is not UTF-8".into())) };
    let line = without_end(text);
    Ok(match line {
        line if line.is_empty() => Err("the password is missing: it is read from standard input".into()),
        line if line.contains('\n') => Err("standard input has several lines: a password has one".into()),
        line => Ok(line),
    })
}

fn without_end(line: String) -> String {
    let text = line.strip_suffix('\n').unwrap_or(&line);
    text.strip_suffix('\r').unwrap_or(text).to_owned()
}

/// A terminal that does not show what is typed, until this is dropped.
struct Hidden<'a> {
    terminal: &'a File,
    before: Termios,
}

impl<'a> Hidden<'a> {
    fn begin(terminal: &'a File) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut hidden = before.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        hidden.local_modes.insert(LocalModes::ECHONL);
        tcsetattr(terminal, OptionalActions::Flush, &hidden)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Hidden<'_> {
    fn drop(&mut self) {
        // A terminal that is gone shows nothing.
        let _ = tcsetattr(self.terminal, OptionalActions::Flush, &self.before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_the_only_line() {
        let read = |text: &[u8]| only_line(text).unwrap();
        for text in ["correct horse", "correct horse\n", "correct horse\r\n"] {
            assert_eq!(read(text.as_bytes()).as_deref(), Ok("correct horse"), "{text:?}");
        }
        assert_eq!(read(b" two  spaces \n").as_deref(), Ok(" two  spaces "));
        for wrong in [&b""[..], b"\n", b"one\ntwo\n", b"one\n\n", b"\xff\n"] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
