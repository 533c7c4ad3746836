//! Tables that are committed as text: a change of one shows in review.

use std::path::PathBuf;

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name)
}

/// The committed table.
pub(crate) fn committed(name: &str) -> String {
    std::fs::read_to_string(file(name)).unwrap_or_default()
}

/// That the table is the committed one; `UPDATE_GOLDEN=1` commits it.
pub(crate) fn check(name: &str, found: &str) {
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|update| update == "1") {
        std::fs::write(file(name), found).expect("the file can be written");
        return;
    }
    let committed = committed(name);
    let differing = difference(&committed, found);
    assert!(
        differing.is_empty(),
        "not as in {}. If the change is meant, run `UPDATE_GOLDEN=1 cargo test -p service --test it access::` and \
         commit the file.\n{}",
        file(name).display(),
        differing.join("\n")
    );
}

/// The lines of `found` that the other table does not have.
pub(crate) fn lines_beside(other: &str, found: &str) -> String {
    let own = found
        .lines()
        .filter(|line| other.lines().all(|other| other != *line));
    own.fold(String::new(), |all, line| all + line + "\n")
}

fn difference(committed: &str, found: &str) -> Vec<String> {
    let without = |these: &str, those: &str, sign: char| -> Vec<String> {
        these
            .lines()
            .filter(|line| those.lines().all(|other| other != *line))
            .map(|line| format!("{sign} {line}"))
            .collect()
    };
    let mut differing = without(committed, found, '-');
    differing.extend(without(found, committed, '+'));
    if differing.is_empty() && committed != found {
        differing.push("the same lines in another order".to_owned());
    }
    differing
}
