//! Lists, a page at a time: as a table, or as one JSON document `{"items": […], "next": …}`.

use serde::Serialize;
use service::{Cursor, Page, Result as ServiceResult};

use crate::failure::Failure;
use crate::output::{Output, print};
use crate::table::Table;

/// The most that a page can have.
const MOST: u64 = 200;

/// Which part of a list.
#[derive(clap::Args)]
pub(crate) struct Part {
    /// At most so many, 1 to 200
    #[arg(long, value_name = "ROWS", default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=MOST))]
    limit: u64,
    /// From where a list before it ended: what it said was `next`
    #[arg(long, value_name = "CURSOR")]
    after: Option<Cursor>,
    /// All that follow, whatever the limit
    #[arg(long, conflicts_with = "limit")]
    all: bool,
}

/// Writes the pages that `page` gives, each row with the `cells` under the `heads`.
pub(crate) async fn write<T: Serialize>(
    output: Output,
    part: &Part,
    heads: &[&'static str],
    cells: impl Fn(&T) -> Vec<String>,
    page: impl AsyncFn(u64, Option<&Cursor>) -> Result<Page<T>, Failure>,
) -> Result<(), Failure> {
    let mut table = Table::new(heads);
    let mut items = 0_u64;
    let mut after = part.after.clone();
    let limit = if part.all { MOST } else { part.limit };
    let next = loop {
        let Page { items: rows, next } = page(limit, after.as_ref()).await?;
        if output.json {
            for row in &rows {
                let begin = if items == 0 { "{\"items\": [\n" } else { ",\n" };
                print(&format!("{begin}{}", json(row)?))?;
                items += 1;
            }
        } else {
            let rows = rows.iter().map(&cells).collect();
            print(&table.part(rows, output))?;
        }
        match next {
            Some(next) if part.all => after = Some(next),
            next => break next,
        }
    };
    if output.json {
        let begin = if items == 0 { "{\"items\": [" } else { "\n" };
        return print(&format!("{begin}], \"next\": {}}}\n", json(&next)?));
    }
    if let Some(next) = next {
        eprintln!("there are more: --after {next}");
    }
    Ok(())
}

/// All that `page` gives.
pub(crate) async fn all<T>(
    page: impl AsyncFn(u64, Option<&Cursor>) -> ServiceResult<Page<T>>,
) -> ServiceResult<Vec<T>> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let found = page(MOST, after.as_ref()).await?;
        all.extend(found.items);
        match found.next {
            Some(next) => after = Some(next),
            None => return Ok(all),
        }
    }
}

fn json(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value)
        .map_err(|error| Failure::Failed(format!("cannot write the result: {error}")))
}
