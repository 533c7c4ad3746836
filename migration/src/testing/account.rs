//! Who runs the servers: `PostgreSQL` and `PgBouncer` refuse to run as root.
use std::{
    fs,
    os::unix::{
        fs::{PermissionsExt, chown},
        process::CommandExt,
    },
    path::Path,
    process::Command,
};

use super::folder;

/// The account that servers run as; as oneself for `None`.
#[derive(Clone, Copy)]
pub(super) struct Account(Option<Ids>);

#[derive(Clone, Copy)]
struct Ids {
    uid: u32,
    gid: u32,
}

impl Account {
    /// Oneself, and for root the user `postgres` or `nobody`.
    pub(super) fn find() -> Result<Self, String> {
        if folder::uid() != 0 {
            return Ok(Self(None));
        }
        let accounts =
            fs::read_to_string("/etc/passwd").map_err(|error| format!("/etc/passwd: {error}"))?;
        let named = |name: &str| {
            let fields: Vec<&str> = accounts
                .lines()
                .map(|line| line.split(':').collect())
                .find(|fields: &Vec<&str>| fields[0] == name)?;
            Some(Ids {
                uid: fields.get(2)?.parse().ok()?,
                gid: fields.get(3)?.parse().ok()?,
            })
        };
        let ids = named("postgres").or_else(|| named("nobody"));
        ids.map(|ids| Self(Some(ids)))
            .ok_or_else(|| "PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it as".to_owned())
    }

    /// A command that runs as this account and hears nothing of the `PG…` variables of whoever runs the tests.
    pub(super) fn program(self, path: &Path) -> Command {
        let mut command = Command::new(path);
        command.env("LC_ALL", "C").current_dir("/");
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG"))
        {
            command.env_remove(name);
        }
        if let Some(Ids { uid, gid }) = self.0 {
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Makes `path` this account's, closed to others.
    pub(super) fn give(self, path: &Path) -> std::io::Result<()> {
        let mode = if path.is_dir() { 0o700 } else { 0o600 };
        fs::set_permissions(path, PermissionsExt::from_mode(mode))?;
        self.0
            .map_or(Ok(()), |Ids { uid, gid }| chown(path, Some(uid), Some(gid)))
    }

    /// Writes a file that only this account reads.
    pub(super) fn write(self, path: &Path, text: &str) -> Result<(), String> {
        let written = fs::write(path, text).and_then(|()| self.give(path));
        written.map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Makes the empty directory `path` for this account, in place of whatever was there.
    pub(super) fn make_directory(self, path: &Path) -> Result<(), String> {
        let made = match fs::remove_dir_all(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => fs::create_dir(path).and_then(|()| self.give(path)),
        };
        made.map_err(|error| format!("{}: {error}", path.display()))
    }
}
