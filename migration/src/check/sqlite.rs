//! Reads what is in a `SQLite` database, from the words that it was made with.
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use super::facts::Facts;

const OBJECTS: &str = "\
SELECT type, name, tbl_name, coalesce(sql, '') AS sql FROM sqlite_schema \
WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type = 'trigger', type = 'index', name";

pub(super) async fn read<C: ConnectionTrait>(db: &C, facts: &mut Facts) -> Result<(), DbErr> {
    let statement = Statement::from_string(DbBackend::Sqlite, OBJECTS);
    for row in db.query_all_raw(statement).await? {
        let kind: String = row.try_get("", "type")?;
        let name: String = row.try_get("", "name")?;
        let table: String = row.try_get("", "tbl_name")?;
        let sql: String = row.try_get("", "sql")?;
        match kind.as_str() {
            "table" => {
                for part in parts(&sql) {
                    facts.add(&format!("table {name}"), "", part);
                }
            }
            "index" | "trigger" => {
                let fact = format!("{kind} {name}: {}", one_line(&sql));
                facts.add(&format!("table {table}"), "", fact);
            }
            _ => facts.add(&format!("{kind} {name}"), "", one_line(&sql)),
        }
    }
    Ok(())
}

/// Columns, constraints and options of a CREATE TABLE, each on one line.
fn parts(sql: &str) -> Vec<String> {
    let line = one_line(sql);
    let (mut parts, mut part) = (Vec::new(), String::new());
    let (mut depth, mut quote) = (0_usize, None);
    for letter in line.chars() {
        match quote {
            Some(open) if open == letter => quote = None,
            Some(_) => {}
            None => match letter {
                '\'' | '"' | '`' => quote = Some(letter),
                '(' => {
                    depth += 1;
                    if depth == 1 {
                        // The name is the object's.
                        part.clear();
                        continue;
                    }
                }
                ')' => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        parts.push(std::mem::take(&mut part));
                        continue;
                    }
                }
                ',' if depth == 1 => {
                    parts.push(std::mem::take(&mut part));
                    continue;
                }
                _ => {}
            },
        }
        part.push(letter);
    }
    parts.push(if part.trim().is_empty() {
        "table".to_owned()
    } else {
        format!("table, {}", part.trim())
    });
    let trimmed = parts.iter().map(|part| part.trim().to_owned());
    trimmed.filter(|part| !part.is_empty()).collect()
}

/// Runs of blanks become single ones, but for those in quotes.
fn one_line(sql: &str) -> String {
    let mut line = String::with_capacity(sql.len());
    let mut quote = None;
    for letter in sql.trim().chars() {
        match quote {
            None if letter.is_whitespace() => {
                if !line.ends_with(' ') {
                    line.push(' ');
                }
                continue;
            }
            None if matches!(letter, '\'' | '"' | '`') => quote = Some(letter),
            Some(open) if open == letter => quote = None,
            _ => {}
        }
        line.push(letter);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn a_table_is_its_parts() {
        let sql = "CREATE TABLE \"a,b\" (\n  \"x\"  text DEFAULT 'p,  (q',\n  CHECK (\"x\" IN ('1', '2'))\n, y) STRICT";
        let expected = [
            "\"x\" text DEFAULT 'p,  (q'",
            "CHECK (\"x\" IN ('1', '2'))",
            "y",
            "table, STRICT",
        ];
        assert_eq!(parts(sql), expected);
    }
}
