//! Where the bench keeps files, and the small things that name them.
use std::{
    env, fs,
    hash::{DefaultHasher, Hash, Hasher},
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use uuid::Uuid;

/// Room that must be free for files to go to memory, in KiB: a server with some dozens of databases takes half of it.
const ENOUGH_MEMORY: u64 = 2 * 1024 * 1024;

/// The folder for throwaway files: in memory where there is room (a database is copied five times faster), else the temp folder.
pub(super) fn base() -> &'static Path {
    static BASE: OnceLock<PathBuf> = OnceLock::new();
    BASE.get_or_init(|| {
        let memory = Path::new("/dev/shm");
        // A container often gives it no more than 64 MiB, and some make it read-only.
        let probe = memory.join(format!("aura-probe-{}", random()));
        let writable = fs::write(&probe, "")
            .and_then(|()| fs::remove_file(&probe))
            .is_ok();
        if writable && free(memory).is_some_and(|free| free >= ENOUGH_MEMORY) {
            memory.to_path_buf()
        } else {
            env::temp_dir()
        }
    })
}

/// Free KiB on the file system of `path`; `None` when `df` does not say.
fn free(path: &Path) -> Option<u64> {
    let output = Command::new("df").arg("-Pk").arg(path).output().ok()?;
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .nth(1)?
        .split_whitespace()
        .nth(3)?
        .parse()
        .ok()
}

/// The user that this process runs as.
pub(super) fn uid() -> u32 {
    static UID: OnceLock<u32> = OnceLock::new();
    *UID.get_or_init(|| {
        let output = Command::new("id")
            .arg("-u")
            .output()
            .expect("`id -u` must run: the test bench needs to know who it runs as");
        String::from_utf8_lossy(&output.stdout)
            .trim()
            .parse()
            .expect("`id -u` must print a number")
    })
}

/// Makes the directory `path` with `mode`, or takes the one that is there if it is ours.
///
/// The temp folder is everybody's: somebody else's directory under our name must not be trusted.
pub(super) fn own(path: &Path, mode: u32) -> Result<(), String> {
    match fs::DirBuilder::new().mode(mode).create(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let found = fs::symlink_metadata(path)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            if found.is_dir() && found.uid() == uid() {
                Ok(())
            } else {
                Err(format!(
                    "{} is there, but not as a directory of this user: remove it",
                    path.display()
                ))
            }
        }
        Err(error) => Err(format!("{} cannot be made: {error}", path.display())),
    }
}

/// Sixteen hexadecimal digits that nobody else has drawn.
pub(super) fn random() -> String {
    // The low half of a version 4 uuid has 62 random bits, the high half 60.
    format!("{:016x}", Uuid::new_v4().as_u64_pair().1)
}

/// A random number.
pub(super) fn number() -> u16 {
    // Of a version 4 uuid the first bytes are random.
    Uuid::new_v4().as_fields().1
}

/// A secret of 32 hexadecimal digits, 122 bits of them random.
pub(super) fn secret() -> String {
    Uuid::new_v4().simple().to_string()
}

/// A number that stands for `value`, the same in every process of a build.
pub(super) fn digest(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
