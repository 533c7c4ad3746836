//! Runs this program under callgrind and reads what it counted.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::Outcome;
use crate::fill::{COUNTED, Filled};
use crate::operation::Operation;

/// The argument of the process that is counted.
pub(crate) const INSIDE: &str = "--inside";

/// The function of `inside` that is counted, in names of symbols.
const FUNCTION: &str = "*this_is_counted*";

/// Instructions of one operation.
pub(crate) type Count = (Operation, u64);

/// Counts all operations, each in a process of its own.
pub(crate) fn count(filled: &Filled) -> Outcome<Vec<Count>> {
    let counts = Operation::ALL.into_iter();
    counts
        .map(|operation| Ok((operation, one(operation, filled)?)))
        .collect()
}

fn one(operation: Operation, filled: &Filled) -> Outcome<u64> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("counts");
    let mut child = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet"])
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(format!("--toggle-collect={FUNCTION}"))
        .arg(std::env::current_exe()?)
        .args([INSIDE, operation.title()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .map_err(|error| {
            format!("valgrind does not start ({error}): .ci/setup valgrind installs it")
        })?;
    let mut pipe = child.stdin.take().ok_or("no pipe")?;
    pipe.write_all(&serde_json::to_vec(filled)?)?;
    drop(pipe);
    let status = child.wait()?;
    if !status.success() {
        return Err(format!("under valgrind: {status}").into());
    }
    Ok(total(&file)? / u64::try_from(COUNTED)?)
}

/// The instructions that a file of callgrind's counts.
fn total(file: &Path) -> Outcome<u64> {
    let text = std::fs::read_to_string(file)?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals: "));
    match total.ok_or("callgrind wrote no total")?.trim().parse()? {
        0 => Err("callgrind counted nothing: is the program stripped of its symbols?".into()),
        total => Ok(total),
    }
}
