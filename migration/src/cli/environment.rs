//! The file `.env`.
use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::error::Error;

/// Reads `.env` from the current directory or the nearest one above. What the environment has
/// already wins; that there is no such file is fine.
pub(super) fn load() -> Result<(), Error> {
    let Some(path) = find() else {
        return Ok(());
    };
    let reason = match dotenvy::from_path(&path) {
        Ok(()) => return Ok(()),
        Err(dotenvy::Error::LineParse(part, _)) => broken_line(&path, &part),
        Err(dotenvy::Error::Io(error)) => error.to_string(),
        // Its text could quote a value.
        Err(_) => "it cannot be read".to_owned(),
    };
    Err(Error::File { path, reason })
}

fn find() -> Option<PathBuf> {
    let here = env::current_dir().ok()?;
    here.ancestors()
        .map(|dir| dir.join(".env"))
        .find(|path| path.is_file())
}

/// Says which line, without its text: that may be a password.
fn broken_line(path: &Path, part: &str) -> String {
    let part = part.lines().next().unwrap_or_default();
    let number = fs::read_to_string(path)
        .ok()
        .and_then(|text| text.lines().position(|line| line.contains(part)))
        .map_or_else(
            || "a line".to_owned(),
            |index| format!("line {}", index + 1),
        );
    format!(
        "{number} cannot be read; write NAME=value, and a value with blanks, # or $ in single quotes"
    )
}
