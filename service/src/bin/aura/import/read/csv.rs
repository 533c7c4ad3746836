//! Comma-separated values (RFC 4180), the names of the columns in the first line.

use std::io::BufRead;

use csv::{ByteRecord, ReaderBuilder};
use serde_json::{Map, Value};

use super::beginnings::Noted;
use super::{Batches, Problem, Record, Unwanted};

pub(super) fn read(input: Box<dyn BufRead + Send>, batches: &mut Batches) -> Result<(), Unwanted> {
    let (noted, lines) = Noted::new(input);
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(noted);
    let names = match reader.headers() {
        Ok(names) => names
            .iter()
            .map(|name| name.trim().to_owned())
            .collect::<Vec<_>>(),
        Err(error) => return batches.problem(unreadable(1, &error)),
    };
    // A file without one has somebody's data in its first line: it is not quoted.
    if !names
        .iter()
        .any(|name| ["email", "username"].contains(&name.to_ascii_lowercase().as_str()))
    {
        let what = "names no column `email`: the first line has the names of the columns";
        return batches.problem(Problem::new(1, "", what));
    }
    let mut row = ByteRecord::new();
    loop {
        match reader.read_byte_record(&mut row) {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            // What follows cannot be told apart.
            Err(error) => return batches.problem(unreadable(reader.position().line(), &error)),
        }
        let begins = row.position().map_or(0, csv::Position::byte);
        let line = lines.at(begins).unwrap_or_default();
        if row.len() != names.len() {
            let what = format!(
                "has {} columns, the first line has {}",
                row.len(),
                names.len()
            );
            batches.problem(Problem::new(line, "", what))?;
            continue;
        }
        let columns: Result<Map<_, _>, _> = names
            .iter()
            .zip(row.iter())
            .map(|(name, value)| {
                std::str::from_utf8(value).map(|text| (name.clone(), Value::from(text)))
            })
            .collect();
        match columns {
            Ok(columns) => batches.record(Record { line, columns })?,
            Err(_) => batches.problem(Problem::new(line, "", "is not UTF-8"))?,
        }
    }
}

fn unreadable(line: u64, error: &csv::Error) -> Problem {
    let what = match error.kind() {
        csv::ErrorKind::Io(error) => format!("cannot be read: {error}"),
        csv::ErrorKind::Utf8 { .. } => "is not UTF-8".to_owned(),
        _ => "cannot be read".to_owned(),
    };
    Problem::new(line, "", what)
}
