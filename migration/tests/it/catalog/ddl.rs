//! Constraints from the text of a CREATE TABLE, with their names, which no pragma of `SQLite` tells.

use super::{ForeignKey, Key, Named, Table};

/// A piece of DDL: what stands in brackets is one piece, the brackets included.
type Tokens = Vec<String>;

/// Key, foreign keys, checks and further constraints of a CREATE TABLE, whether they stand by themselves or behind a
/// column. A constraint without a name has an empty one.
pub(super) fn constraints(sql: &str) -> Table {
    let mut table = Table::default();
    let body = tokens(sql)
        .into_iter()
        .find(|token| token.starts_with('('))
        .unwrap_or_else(|| panic!("no columns in {sql}"));
    for part in split(inner(&body)) {
        clause(&part, &mut table);
    }
    table
}

/// Without line breaks and other runs of space outside of quotes.
pub(super) fn one_line(sql: &str) -> String {
    let mut quote = None;
    let mut line = String::new();
    for letter in sql.trim().chars() {
        if quote.is_none() && letter.is_whitespace() {
            if !line.ends_with(' ') {
                line.push(' ');
            }
            continue;
        }
        match quote {
            Some(open) if open == letter => quote = None,
            None if letter == '\'' || letter == '"' => quote = Some(letter),
            _ => {}
        }
        line.push(letter);
    }
    line
}

/// One column or constraint of the body.
fn clause(part: &Tokens, table: &mut Table) {
    let word = |at: usize| part.get(at).map(|token| token.to_uppercase());
    let starts_constraint = ["CONSTRAINT", "PRIMARY", "FOREIGN", "CHECK", "UNIQUE"]
        .iter()
        .any(|first| word(0).as_deref() == Some(first));
    let column = if starts_constraint {
        Vec::new()
    } else {
        vec![bare(&part[0])]
    };
    let mut name = String::new();
    let mut at = usize::from(!starts_constraint);
    while let Some(keyword) = word(at) {
        let named = |definition: String| Named {
            name: name.clone(),
            definition,
        };
        match keyword.as_str() {
            "CONSTRAINT" => {
                name = bare(&part[at + 1]);
                at += 2;
                continue;
            }
            "CHECK" => table.checks.push(named(format!("CHECK {}", part[at + 1]))),
            "UNIQUE" => table.constraints.push(named("UNIQUE".to_owned())),
            "PRIMARY" => {
                table.primary_key = Key {
                    name: name.clone(),
                    columns: columns(part.get(at + 2)).unwrap_or_else(|| column.clone()),
                }
            }
            "REFERENCES" => {
                let own = columns(part.get(at.wrapping_sub(1))).filter(|_| starts_constraint);
                table.foreign_keys.push(ForeignKey {
                    name: name.clone(),
                    columns: own.unwrap_or_else(|| column.clone()),
                    table: bare(&part[at + 1]),
                    to: columns(part.get(at + 2)).unwrap_or_default(),
                    on_delete: on_delete(&part[at..]),
                    definition: part[at.saturating_sub(3)..].join(" "),
                });
            }
            _ => {
                at += 1;
                continue;
            }
        }
        at += 1;
        if keyword != "FOREIGN" {
            name.clear();
        }
    }
}

fn on_delete(rest: &[String]) -> String {
    let words: Vec<_> = rest.iter().map(|token| token.to_uppercase()).collect();
    let Some(at) = words.windows(2).position(|pair| pair == ["ON", "DELETE"]) else {
        return "NO ACTION".to_owned();
    };
    match words[at + 2].as_str() {
        first @ ("SET" | "NO") => format!("{first} {}", words[at + 3]),
        action => action.to_owned(),
    }
}

/// The names in brackets.
fn columns(token: Option<&String>) -> Option<Vec<String>> {
    let token = token.filter(|token| token.starts_with('('))?;
    let parts = split(inner(token));
    Some(parts.iter().map(|part| bare(&part[0])).collect())
}

fn inner(token: &str) -> &str {
    &token[1..token.len() - 1]
}

fn bare(name: &str) -> String {
    name.trim_matches(['"', '`']).to_owned()
}

/// The parts between commas.
fn split(text: &str) -> Vec<Tokens> {
    tokens(text)
        .split(|token| token == ",")
        .map(<[String]>::to_vec)
        .filter(|part| !part.is_empty())
        .collect()
}

fn tokens(text: &str) -> Tokens {
    let mut all = Vec::new();
    let (mut token, mut quote, mut depth) = (String::new(), None, 0_usize);
    for letter in one_line(text).chars() {
        if let Some(open) = quote {
            token.push(letter);
            if letter == open {
                quote = None;
            }
            continue;
        }
        let outside = depth == 0;
        match letter {
            '\'' | '"' | '`' => quote = Some(letter),
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        // A space, a comma and an opening bracket end what was before them.
        if outside && matches!(letter, ' ' | ',' | '(') && !token.is_empty() {
            all.push(std::mem::take(&mut token));
        }
        match letter {
            ' ' if outside => {}
            ',' if outside => all.push(",".to_owned()),
            _ => token.push(letter),
        }
        if letter == ')' && depth == 0 {
            all.push(std::mem::take(&mut token));
        }
    }
    if !token.is_empty() {
        all.push(token);
    }
    all
}

#[test]
fn names_are_read_from_columns_and_from_constraints() {
    let table = constraints(
        "CREATE TABLE \"a,b\" (x BLOB NOT NULL CONSTRAINT \"x_check\" CHECK (x <> ', (') REFERENCES y (z),\n\
         \"n\" TEXT DEFAULT (lower('A, b')) CHECK (n <> ''), CONSTRAINT \"k\" PRIMARY KEY (\"x\", \"n\"),\n\
         CONSTRAINT \"f\" FOREIGN KEY (\"x\", \"n\") REFERENCES \"t\" (\"p\", \"q\") ON DELETE SET NULL) STRICT",
    );
    let checks: Vec<_> = table
        .checks
        .iter()
        .map(|check| (check.name.as_str(), check.definition.as_str()))
        .collect();
    assert_eq!(
        checks,
        [("x_check", "CHECK (x <> ', (')"), ("", "CHECK (n <> '')")]
    );
    assert_eq!(table.primary_key.name, "k");
    assert_eq!(table.primary_key.columns, ["x", "n"]);
    let [inline, composite] = table.foreign_keys.as_slice() else {
        panic!("{:?}", table.foreign_keys)
    };
    assert_eq!(
        (inline.name.as_str(), &inline.columns),
        ("", &vec!["x".to_owned()])
    );
    assert_eq!(composite.name, "f");
    assert_eq!(composite.columns, ["x", "n"]);
    assert_eq!(
        (composite.table.as_str(), composite.on_delete.as_str()),
        ("t", "SET NULL")
    );
    assert_eq!(composite.to, ["p", "q"]);
}
