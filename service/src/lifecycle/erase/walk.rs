//! Going through a table in the order of its key, a stretch at a time: what is looked for has no index.

use sea_orm::{DbBackend, Value};

use crate::db::Db;
use crate::error::Result;
use crate::lifecycle::person::Person;
use crate::lifecycle::redact::spellings;
use crate::lifecycle::sql::{Col, Sql, highest, keys, lowest, names};

/// Rows of a stretch. Only those that have an address leave the database.
const STRETCH: i64 = 5000;

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
    after: Vec<Value>,
    over: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(place: &'a Place, person: &Person) -> Self {
        let needles = needles(person);
        Self {
            place,
            over: needles.is_empty(),
            needles,
            after: lowest(place.key),
        }
    }

    /// Those of the next stretch; `None`: there is none.
    pub(super) async fn next(&mut self, db: &Db) -> Result<Option<Vec<Vec<Value>>>> {
        if self.over {
            return Ok(None);
        }
        let Place { table, key, texts } = self.place;
        let columns = names(key);
        let end = self.after(Sql::new(&format!("SELECT {columns} FROM {table} WHERE ")));
        let end = end.text(&format!(
            " ORDER BY {columns} LIMIT 1 OFFSET {}",
            STRETCH - 1
        ));
        let end = keys(key, &end.all(db).await?)?.pop();

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
        sql = self.after(sql.text(") AND "));
        let last = end.clone().unwrap_or_else(|| highest(key));
        sql = sql.text(&format!(" AND ({columns}) <= ")).list(last);
        let sql = sql.text(&format!(" ORDER BY {columns}"));
        let found = keys(key, &sql.all(db).await?)?;
        match end {
            Some(end) => self.after = end,
            None => self.over = true,
        }
        Ok(Some(found))
    }

    fn after(&self, sql: Sql) -> Sql {
        sql.text(&format!("({}) > ", names(self.place.key)))
            .list(self.after.iter().cloned())
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
