//! A password, as somebody types it or a program hands it over: never as an argument, which every process can read.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _};

use service::secret::Password;
use zeroize::Zeroizing;

use crate::failure::Failure;

/// More than any password has: what is longer is refused by its length, and not read to its end.
const LONGEST: u64 = 8192;

/// The first line of the standard input, without its end.
pub(crate) fn from_stdin() -> Result<Password, Failure> {
    // Of its final size from the first: what grows leaves copies behind.
    let mut line = Zeroizing::new(Vec::with_capacity(8192));
    let mut input = io::stdin().lock().take(LONGEST);
    let read = input.read_until(b'\n', &mut line);
    read.map_err(|error| Failure::Failed(format!("cannot read the password: {error}")))?;
    let text = line.strip_suffix(b"\n").unwrap_or(&line);
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    let text = std::str::from_utf8(text)
        .map_err(|_| Failure::Invalid("the password is not UTF-8".to_owned()))?;
    Ok(text.parse()?)
}

/// Asked for at the terminal, twice, without showing it.
pub(crate) fn asked() -> Result<Password, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::Invalid(
            "there is no terminal to ask for the password on: give --password-stdin, and the password on the standard input"
                .to_owned(),
        ));
    }
    let ask = |prompt: &str| {
        let typed = rpassword::prompt_password(prompt).map(Zeroizing::new);
        typed.map_err(|error| Failure::Failed(format!("cannot read the password: {error}")))
    };
    let first = ask("Password: ")?;
    if *ask("Again: ")? != *first {
        return Err(Failure::Invalid(
            "the two are not the same: nothing changed".to_owned(),
        ));
    }
    Ok(first.parse()?)
}
