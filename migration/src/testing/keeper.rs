//! The process that ends a server when nobody uses it any more, however its users ended.
use std::{
    fs::{self, File},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::{cluster::PATIENCE, folder};

/// Starts the keeper of the server in `directory`; it steps back by itself where there is one.
///
/// It waits until nobody holds `users.lock` and then `linger` seconds, and ends the process whose id is in `pid_file`. In
/// `directory` there must be `id`, and what the process was started with must name `<directory>/data`.
pub(super) fn keep(directory: &Path, pid_file: &str, linger: u8) -> Result<(), String> {
    let id = fs::read_to_string(directory.join("id"))
        .map_err(|error| format!("{}: {error}", directory.display()))?;
    Command::new("sh")
        .args(["-c", include_str!("keeper.sh"), "keeper"])
        .arg(directory)
        .args([&id, &linger.to_string(), pid_file])
        // Its own group, and none of our pipes: neither Ctrl-C nor `cargo test | less` may wait for it or end it.
        .process_group(0)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map(drop)
        .map_err(|error| format!("sh cannot be run: {error}"))
}

/// The directory of a server of one test's own, which goes when this goes; a keeper removes it, and ends the server, where
/// the process is killed.
pub(super) struct Home {
    directory: PathBuf,
    /// Locked while this process lives: what the keeper waits for.
    _lock: File,
}

impl Home {
    /// A new directory in `base`, named after `kind`.
    pub(super) fn new(base: &Path, kind: &str, pid_file: &str) -> Result<Self, String> {
        let name = format!("aura-{kind}-{}-{}", folder::uid(), folder::random());
        let directory = base.join(name);
        // The server may run as another user, who has to pass through.
        folder::own(&directory, 0o711)?;
        let fail = |error: std::io::Error| format!("{}: {error}", directory.display());
        let lock = File::create(directory.join("users.lock")).map_err(fail)?;
        lock.lock_shared().map_err(fail)?;
        fs::write(directory.join("id"), folder::random()).map_err(fail)?;
        keep(&directory, pid_file, 1)?;
        Ok(Self {
            directory,
            _lock: lock,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.directory
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // The keeper finds it gone, and goes too.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Sends `signal` (as `kill` names it) to a process that this one started.
pub(super) fn signal(process: &Child, signal: &str) -> Result<(), String> {
    let kill = format!("kill -{signal} {}", process.id());
    match Command::new("sh").args(["-c", &kill]).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{kill}: {status}")),
        Err(error) => Err(format!("sh cannot be run: {error}")),
    }
}

/// Ends a process by `signal`, and waits until it has ended; kills it if it takes a minute.
pub(super) fn end(process: &mut Child, by: &str) -> Result<(), String> {
    if matches!(process.try_wait(), Ok(Some(_))) {
        return Ok(());
    }
    signal(process, by)?;
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        match process.try_wait() {
            Ok(None) => thread::sleep(Duration::from_millis(2)),
            Ok(Some(_)) => return Ok(()),
            Err(error) => return Err(error.to_string()),
        }
    }
    process
        .kill()
        .and_then(|()| process.wait())
        .map_err(|error| error.to_string())?;
    Err(format!("the server does not end by {by} within a minute"))
}
