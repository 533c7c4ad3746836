//! Finding an installed `PostgreSQL`.
use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

/// What must lie together in a directory for it to be taken.
const PROGRAMS: [&str; 2] = ["initdb", "postgres"];

/// Where packages put their binaries, relative to the root; `*` stands for one name that holds the version.
const PLACES: [&str; 6] = [
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "opt/homebrew/opt/postgresql*/bin",
    "usr/local/opt/postgresql*/bin",
    "usr/local/pgsql/bin",
    "Applications/Postgres.app/Contents/Versions/*/bin",
];

/// Finds the directory of the installed `PostgreSQL` binaries, by the variables that `variable` looks up and below `root`.
///
/// The order: `TEST_POSTGRES_BIN`, the directories of `PATH`, the usual places of packages, the highest version first.
///
/// # Errors
///
/// A message for people that says what was looked at and how to get a server, when there is none, or when
/// `TEST_POSTGRES_BIN` names a directory without one.
pub fn find_postgres(
    variable: impl Fn(&str) -> Option<OsString>,
    root: &Path,
) -> Result<PathBuf, String> {
    if let Some(named) = variable("TEST_POSTGRES_BIN").filter(|named| !named.is_empty()) {
        let named = PathBuf::from(named);
        return match missing(&named) {
            None => Ok(named),
            Some(program) => Err(format!(
                "TEST_POSTGRES_BIN is {}, which has no `{program}`: name the directory with PostgreSQL's initdb and postgres",
                named.display()
            )),
        };
    }
    let path = variable("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(PLACES.iter().flat_map(|place| expand(root, place)))
        .find(|directory| directory.is_absolute() && missing(directory).is_none())
        .ok_or_else(|| {
            "no PostgreSQL for the tests: looked in TEST_DATABASE_URL, TEST_POSTGRES_BIN, PATH and the usual places. Do one of:\n  \
             - install it, no set-up needed: `apt-get install postgresql` (Debian), `brew install postgresql@17` (macOS)\n  \
             - set TEST_POSTGRES_BIN to the directory that holds its `initdb` and `postgres`\n  \
             - start a server (`docker compose up -d`) and set TEST_DATABASE_URL=postgres://login:password@host:port/postgres, \
             its login a superuser"
                .to_owned()
        })
}

fn missing(directory: &Path) -> Option<&'static str> {
    PROGRAMS
        .into_iter()
        .find(|program| !directory.join(program).is_file())
}

/// The directories that match `place`, highest version first.
fn expand(root: &Path, place: &str) -> Vec<PathBuf> {
    let Some((before, after)) = place.split_once('*') else {
        return vec![root.join(place)];
    };
    let (parent, start) = before.rsplit_once('/').unwrap_or(("", before));
    let mut found: Vec<(Vec<u32>, PathBuf)> = fs::read_dir(root.join(parent))
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let version = name.strip_prefix(start)?;
            let version = version
                .split(|c: char| !c.is_ascii_digit())
                .filter_map(|part| part.parse().ok())
                .collect();
            Some((version, entry.path().join(after.trim_start_matches('/'))))
        })
        .collect();
    found.sort();
    found.into_iter().rev().map(|(_, path)| path).collect()
}
