//! `SQLite`: the template is migrated once per process and kept in memory; each test gets a copy in a directory of its own.
use std::{
    collections::HashMap,
    fs::{self, File},
    path::{Path, PathBuf},
    sync::Arc,
};

use tokio::sync::Mutex;

use super::{
    db::{Backend, open},
    folder,
    history::History,
};

/// A migrated database, byte for byte, by the name of its history.
type Templates = HashMap<&'static str, Arc<[u8]>>;

/// A database file in a directory of its own, which goes when this goes.
pub(super) struct SqliteFile {
    directory: PathBuf,
    path: PathBuf,
    /// Locked while this process lives: what tells a leftover from a database in use.
    _lock: File,
}

impl SqliteFile {
    /// A copy of the template of `history`; no file yet for `None`.
    pub(super) async fn create(history: Option<History>) -> Result<Self, String> {
        static TEMPLATES: Mutex<Option<Templates>> = Mutex::const_new(None);

        let Some(history) = history else {
            return Self::reserve();
        };
        let template = {
            // Held while migrating: the others wait for this one instead of doing the same.
            let mut templates = TEMPLATES.lock().await;
            let templates = templates.get_or_insert_default();
            match templates.get(history.name) {
                Some(template) => Arc::clone(template),
                None => Arc::clone(
                    templates
                        .entry(history.name)
                        .or_insert(migrate(history).await?),
                ),
            }
        };
        let file = Self::reserve()?;
        fs::write(&file.path, &template)
            .map_err(|error| format!("{}: {error}", file.path.display()))?;
        Ok(file)
    }

    /// The database file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A URL for the file that creates it if it is missing.
    pub(super) fn url(&self) -> String {
        format!("sqlite://{}?mode=rwc", self.path.display())
    }

    /// Removes the directory; a sweep of another process may have been there first, which is as good.
    pub(super) fn remove(&self) {
        let _ = fs::remove_dir_all(&self.directory);
    }

    fn reserve() -> Result<Self, String> {
        sweep_once();
        // A sweep of another process can take a directory for dead in the moment before it is locked: then draw again.
        for _ in 0..100 {
            let directory = folder::base().join(format!("{}{}", prefix(), folder::random()));
            folder::own(&directory, 0o700)?;
            let lock = directory.join("lock");
            let Ok(file) = File::create(&lock) else {
                continue;
            };
            if file.try_lock().is_ok() && lock.exists() {
                return Ok(Self {
                    path: directory.join("test.db"),
                    directory,
                    _lock: file,
                });
            }
        }
        Err(format!(
            "no directory for a SQLite database can be kept in {}",
            folder::base().display()
        ))
    }
}

async fn migrate(history: History) -> Result<Arc<[u8]>, String> {
    let file = SqliteFile::reserve()?;
    let migrated = async {
        let connection = open(Backend::Sqlite, &file.url())
            .await
            .map_err(|error| error.to_string())?;
        history.apply(connection).await?;
        // The last connection to close moves the write-ahead log into the file. What it left there, a copy would lack.
        let log = file.path.with_extension("db-wal");
        if fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
            return Err(format!(
                "{} still holds changes after the template was closed",
                log.display()
            ));
        }
        fs::read(&file.path).map_err(|error| format!("{}: {error}", file.path.display()))
    };
    let bytes = migrated.await;
    file.remove();
    bytes.map(Arc::from)
}

fn prefix() -> String {
    format!("aura-sqlite-{}-", folder::uid())
}

fn sweep_once() {
    static SWEPT: std::sync::Once = std::sync::Once::new();
    SWEPT.call_once(sweep_sqlite);
}

/// Removes the `SQLite` files of this user's test processes that no longer live; each process does so before its first file.
pub fn sweep_sqlite() {
    let Ok(entries) = fs::read_dir(folder::base()) else {
        return;
    };
    let prefix = prefix();
    for entry in entries.flatten() {
        if !entry.file_name().to_string_lossy().starts_with(&prefix) {
            continue;
        }
        // A directory without a lock file is one that was just made, or one whose owner died in that moment: not worth a race.
        let Ok(lock) = File::open(entry.path().join("lock")) else {
            continue;
        };
        if lock.try_lock().is_ok() {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
