//! Finding the rows of a table that may have one of the addresses.

use sea_orm::{DbBackend, Value};

use crate::db::Db;
use crate::error::Result;
use crate::lifecycle::person::Person;
use crate::lifecycle::redact::spellings;
use crate::lifecycle::sql::{Col, Sql, keys, names};
use crate::lifecycle::stretch::Stretches;

/// A table and where in it people write.
pub(super) struct Place {
    pub(super) table: &'static str,
    pub(super) key: &'static [Col],
    /// Columns of text, or of JSON.
    pub(super) texts: &'static [&'static str],
}

/// The keys of the rows that may have one of the addresses, stretch by stretch.
pub(super) struct Walk<'a> {
    place: &'a Place,
    needles: Vec<String>,
    stretches: Stretches,
}

impl<'a> Walk<'a> {
    pub(super) fn new(place: &'a Place, person: &Person) -> Self {
        Self {
            place,
            needles: needles(person),
            stretches: Stretches::new(place.table, place.key),
        }
    }

    /// Those of the next stretch; `None`: there is none.
    pub(super) async fn next(&mut self, db: &Db) -> Result<Option<Vec<Vec<Value>>>> {
        if self.needles.is_empty() {
            return Ok(None);
        }
        let Some(stretch) = self.stretches.next(db).await? else {
            return Ok(None);
        };
        let Place { table, key, texts } = self.place;
        let columns = names(key);
        let mut sql = Sql::new(&format!("SELECT {columns} FROM {table} WHERE ("));
        let position = position(db);
        let mut or = "";
        for column in *texts {
            for needle in &self.needles {
                // Both databases lower ASCII alike.
                sql = sql
                    .text(&format!("{or}{position}(lower(CAST({column} AS text)), "))
                    .bind(needle.as_str())
                    .text(") > 0");
                or = " OR ";
            }
        }
        let sql = stretch.within(sql.text(") AND "), &columns);
        let sql = sql.text(&format!(" ORDER BY {columns}"));
        Ok(Some(keys(key, &sql.all(db).await?)?))
    }
}

/// What to look for in a text in lower case: what has the person's addresses has one of these, and maybe more has.
pub(super) fn needles(person: &Person) -> Vec<String> {
    let addresses = person.addresses();
    let spellings = addresses.iter().flat_map(|address| spellings(address));
    let mut needles: Vec<_> = spellings
        .map(|spelling| ascii(&spelling).to_ascii_lowercase())
        .collect();
    needles.sort_unstable();
    needles.dedup();
    needles
}

/// The function that tells where a text stands in another.
pub(super) fn position(db: &Db) -> &'static str {
    match db.backend() {
        DbBackend::Sqlite => "instr",
        _ => "strpos",
    }
}

/// The longest part in ASCII: letters of other scripts are not lowered alike everywhere. Whoever looks at the row tells for
/// sure.
fn ascii(text: &str) -> &str {
    text.split(|letter: char| !letter.is_ascii())
        .max_by_key(|part| part.len())
        .unwrap_or_default()
}
