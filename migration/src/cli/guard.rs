//! Asks before a command takes data away, or takes it on trust that a change is harmless.
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use super::args::{Command, Confirmed, Up};
use super::distribute::Distribute;
use crate::connect::{DatabaseUrl, production};
use crate::error::Error;

/// What the command does, and how it was confirmed; `None` for one that needs no confirmation.
fn danger(command: &Command) -> Option<(String, &Confirmed)> {
    let (what, confirmed) = match command {
        Command::Up(Up {
            accept_changed,
            confirmed,
            ..
        }) if !accept_changed.is_empty() => {
            let names = accept_changed.join(", ");
            let what = format!("takes {} as now for what was applied", names.escape_debug());
            return Some((what, confirmed));
        }
        Command::Down { num, confirmed } if *num > 1 => {
            (format!("reverts {num} migrations"), confirmed)
        }
        Command::Fresh(confirmed) => ("drops all tables of the migrations".into(), confirmed),
        Command::Refresh(confirmed) => (
            "reverts all migrations and applies them again".into(),
            confirmed,
        ),
        Command::Reset(confirmed) => ("reverts all migrations".into(), confirmed),
        Command::Distribute(Distribute {
            dry_run: false,
            confirmed,
            ..
        }) => {
            let what = "closes all tables until their rows are moved to the cluster";
            return Some((what.to_owned(), confirmed));
        }
        _ => return None,
    };
    Some((format!("{what}, with the data in them"), confirmed))
}

/// Lets the command go on when it was confirmed, or is now.
pub(super) fn pass(command: &Command, url: &DatabaseUrl) -> Result<(), Error> {
    let Some((what, confirmed)) = danger(command) else {
        return Ok(());
    };
    let what = format!("this {what}, in {url}");
    if let Some(given) = &confirmed.database
        && !is_called(url, given)
    {
        return refuse(format!(
            "{what}: it is not called `{}`",
            given.escape_debug()
        ));
    }
    let far = if url.is_local() {
        production().map(|name| format!("{name} says that this is production"))
    } else {
        Some("it is on another machine".to_owned())
    };
    match (far, url.database()) {
        (Some(why), Some(name)) if !(confirmed.yes && confirmed.database.is_some()) => refuse(
            format!("{what}; {why}, so say `--yes --database {name}` if that is meant"),
        ),
        (Some(why), None) if !confirmed.yes => {
            refuse(format!("{what}; {why}, so say `--yes` if that is meant"))
        }
        (Some(_), _) => Ok(()),
        (None, _) if confirmed.yes => Ok(()),
        (None, _) if io::stdin().is_terminal() && io::stderr().is_terminal() => ask(&what),
        (None, _) => refuse(format!("{what}; say `--yes` if that is meant")),
    }
}

/// A file is called by its name, with or without what follows the last dot, or by its path.
fn is_called(url: &DatabaseUrl, given: &str) -> bool {
    match (url.database(), url.file()) {
        (Some(name), _) => given == name,
        (None, Some(file)) => {
            let given = Path::new(given);
            let names = [file.file_name(), file.file_stem(), Some(file.as_os_str())];
            names.contains(&Some(given.as_os_str()))
        }
        (None, None) => true,
    }
}

fn ask(what: &str) -> Result<(), Error> {
    let _ = write!(io::stderr(), "{what}. Type yes to go on: ");
    let _ = io::stderr().flush();
    let mut answer = String::new();
    match io::stdin().read_line(&mut answer) {
        Ok(_) if answer.trim().eq_ignore_ascii_case("yes") => Ok(()),
        _ => refuse("not confirmed; nothing was done".to_owned()),
    }
}

fn refuse(reason: String) -> Result<(), Error> {
    Err(Error::NotConfirmed { reason })
}
