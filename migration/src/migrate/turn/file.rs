//! On `SQLite`: a lock on a file beside the database's.
//!
//! `SQLite`'s own write lock lasts as long as a transaction: it cannot be held from one migration to the next, nor around
//! one that runs outside a transaction, and it does not tell who has it. So a small file is locked, which the operating
//! system frees with its holder, and which is removed when all is done.
use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, Statement};

use super::super::holder::Holder;
use crate::error::Error;

/// The lock, until it is dropped.
pub(in super::super) struct Held {
    path: PathBuf,
    _file: File,
}

/// The file to lock; `None` for a database in memory.
pub(super) async fn path(db: &DatabaseConnection) -> Result<Option<PathBuf>, DbErr> {
    let sql = "SELECT file FROM pragma_database_list WHERE name = 'main'";
    let row = db
        .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
        .await?;
    let file: Option<String> = row.map(|row| row.try_get("", "file")).transpose()?;
    Ok(file
        .filter(|file| !file.is_empty())
        .map(|file| PathBuf::from(format!("{file}-migrate"))))
}

/// Refuses what is no lock of ours: it would be emptied and written into, wherever it leads.
///
/// # Errors
///
/// [`Error::File`].
fn refuse_other(path: &Path) -> Result<(), Error> {
    match fs::symlink_metadata(path) {
        Ok(there) if !there.is_file() || has_other_names(&there) => Err(Error::File {
            path: path.to_owned(),
            reason: "migrators lock this file, and it is not one that they made: remove it"
                .to_owned(),
        }),
        _ => Ok(()),
    }
}

/// Whether the file is somebody's under another name.
#[cfg(unix)]
fn has_other_names(there: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    there.nlink() > 1
}

#[cfg(not(unix))]
fn has_other_names(_: &Metadata) -> bool {
    false
}

/// Takes the lock, or says who has it; `None` where no file can be left.
///
/// # Errors
///
/// [`Error::File`] where something else is there.
pub(super) fn try_take(path: &Path) -> Result<Option<Result<Held, Holder>>, Error> {
    loop {
        refuse_other(path)?;
        match attempt(path) {
            Ok(Some(taken)) => return Ok(Some(taken)),
            // Others lock a new one.
            Ok(None) => {}
            // SQLite will say itself whether it can write there.
            Err(_) => return Ok(None),
        }
    }
}

/// `None` where the file is not the one that others lock: whoever had it removed it between our opening and our locking it,
/// or a link was put there after we had looked.
fn attempt(path: &Path) -> io::Result<Option<Result<Held, Holder>>> {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(Some(Err(read(&mut file)))),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    if is_gone(&file, path) {
        return Ok(None);
    }
    write(&mut file)?;
    Ok(Some(Ok(Held {
        path: path.to_owned(),
        _file: file,
    })))
}

#[cfg(unix)]
fn is_gone(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(ours), Ok(there)) => (ours.dev(), ours.ino()) != (there.dev(), there.ino()),
        _ => true,
    }
}

/// Elsewhere a file that somebody has open is not removed.
#[cfg(not(unix))]
fn is_gone(_: &File, _: &Path) -> bool {
    false
}

fn write(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    let program = concat!("aura-migration ", env!("CARGO_PKG_VERSION"));
    let since = Utc::now().to_rfc3339();
    write!(file, "{}\n{program}\n{since}\n", std::process::id())
}

/// What the holder wrote; nothing of it is known while it is writing.
fn read(file: &mut File) -> Holder {
    let mut text = String::new();
    let _ = file.rewind();
    let _ = file.take(1000).read_to_string(&mut text);
    let mut lines = text.lines();
    Holder {
        pid: lines.next().and_then(|line| line.parse().ok()),
        program: lines.next().map(str::to_owned),
        since: lines
            .next()
            .and_then(|line| DateTime::parse_from_rfc3339(line).ok())
            .map(|since| since.to_utc()),
    }
}

impl Held {
    pub(super) fn release(self) {
        drop(self);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // While it is still locked. One that stays is locked again by the next.
        let _ = fs::remove_file(&self.path);
    }
}
