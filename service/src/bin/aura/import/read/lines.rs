//! JSON, one object on each line.

use std::io::{BufRead, Read as _};

use super::columns::{Columns, TWICE};
use super::{Batches, LONGEST, Problem, Record, Unwanted};

pub(super) fn read(
    mut input: Box<dyn BufRead + Send>,
    batches: &mut Batches,
) -> Result<(), Unwanted> {
    let mut text = Vec::new();
    for line in 1.. {
        text.clear();
        let most = LONGEST as u64 + 1;
        match input.by_ref().take(most).read_until(b'\n', &mut text) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) => {
                return batches.problem(Problem::new(line, "", format!("cannot be read: {error}")));
            }
        }
        if text.len() > LONGEST {
            // Where the next one begins is not worth looking for.
            return batches.problem(Problem::new(line, "", "is longer than 1 MiB"));
        }
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
        if text.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice::<Columns>(text) {
            Ok(columns) if columns.twice => batches.problem(Problem::new(line, "", TWICE))?,
            Ok(Columns { map: columns, .. }) => batches.record(Record { line, columns })?,
            // Its message can quote what it did not expect.
            Err(error) => {
                let what = format!("is no JSON object, as of its column {}", error.column());
                batches.problem(Problem::new(line, "", what))?;
            }
        }
    }
    Ok(())
}
