//! What a caller's SQL may not do in an open transaction: end it, or take off what it was opened with.
//!
//! This is against mistakes. SQL that is out to do it has other ways (`set_config` in a query, a function), which only the
//! database can close.

use std::iter::Peekable;
use std::str::CharIndices;

/// The command, in a text of one or more statements, that would end the transaction or change under whose rights it
/// runs. `None` where there is none.
pub(super) fn refused(sql: &str) -> Option<&'static str> {
    statements(sql).into_iter().find_map(|words| {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["begin", ..] | ["start", "transaction", ..] => Some("BEGIN"),
            ["commit" | "end", ..] => Some("COMMIT"),
            ["rollback" | "abort", ..] => Some("ROLLBACK"),
            ["savepoint", ..] => Some("SAVEPOINT"),
            ["release", ..] => Some("RELEASE"),
            ["prepare", "transaction", ..] => Some("PREPARE TRANSACTION"),
            ["set", "session" | "local", "role", ..] | ["set", "role", ..] => Some("SET ROLE"),
            ["set", "session", "authorization", ..]
            | ["set", "session" | "local", "session", "authorization", ..] => {
                Some("SET SESSION AUTHORIZATION")
            }
            ["set", "session" | "local", "app", ..] | ["set", "app", ..] => Some("SET app.…"),
            ["reset", ..] => Some("RESET"),
            ["discard", ..] => Some("DISCARD"),
            _ => None,
        }
    })
}

/// The first words of each statement, in lower case; what is quoted or a comment is no word.
fn statements(sql: &str) -> Vec<Vec<String>> {
    const ENOUGH: usize = 4;
    let mut all = vec![Vec::new()];
    let mut chars = sql.char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        match char {
            ';' => all.push(Vec::new()),
            '\'' => quoted(&mut chars, '\'', escapes(&sql[..at])),
            '"' => {
                let from = at + 1;
                quoted(&mut chars, '"', false);
                let to = chars.peek().map_or(sql.len(), |(at, _)| *at);
                // A quoted name is a name: `SET "role"` is `SET role`.
                if let Some(words) = all.last_mut()
                    && words.len() < ENOUGH
                {
                    words.push(sql[from..to].trim_end_matches('"').to_owned());
                }
            }
            '-' if next_is(&mut chars, '-') => {
                while chars.next().is_some_and(|(_, char)| char != '\n') {}
            }
            '/' if next_is(&mut chars, '*') => comment(&mut chars),
            '$' => dollar(sql, at, &mut chars),
            _ if char.is_alphabetic() || char == '_' => {
                let mut end = at + char.len_utf8();
                while let Some((at, char)) = chars.next_if(|(_, char)| in_word(*char)) {
                    end = at + char.len_utf8();
                }
                if let Some(words) = all.last_mut()
                    && words.len() < ENOUGH
                {
                    words.push(sql[at..end].to_ascii_lowercase());
                }
            }
            // The rest of a number or a parameter is no word.
            _ if char.is_ascii_digit() => {
                while chars.next_if(|(_, char)| in_word(*char)).is_some() {}
            }
            _ => {}
        }
    }
    all
}

type Chars<'a> = Peekable<CharIndices<'a>>;

fn in_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

fn next_is(chars: &mut Chars<'_>, wanted: char) -> bool {
    chars.next_if(|(_, char)| *char == wanted).is_some()
}

/// Whether the quote that follows begins an `E'…'`, in which a backslash escapes.
fn escapes(before: &str) -> bool {
    let mut last = before.chars().rev();
    matches!(last.next(), Some('e' | 'E')) && !last.next().is_some_and(in_word)
}

fn quoted(chars: &mut Chars<'_>, quote: char, escapes: bool) {
    while let Some((_, char)) = chars.next() {
        if char == '\\' && escapes {
            chars.next();
        } else if char == quote && !next_is(chars, quote) {
            return;
        }
    }
}

/// Comments nest, as the standard and `PostgreSQL` have it.
fn comment(chars: &mut Chars<'_>) {
    let mut depth = 1;
    while let Some((_, char)) = chars.next() {
        if char == '*' && next_is(chars, '/') {
            depth -= 1;
            if depth == 0 {
                return;
            }
        } else if char == '/' && next_is(chars, '*') {
            depth += 1;
        }
    }
}

/// A text between `$tag$` and `$tag$`; nothing where the dollar begins a parameter.
fn dollar(sql: &str, at: usize, chars: &mut Chars<'_>) {
    let rest = &sql[at + 1..];
    let tag = rest.find(|char: char| !in_word(char)).unwrap_or(rest.len());
    let opens =
        rest[tag..].starts_with('$') && !rest.starts_with(|first: char| first.is_ascii_digit());
    if !opens {
        return;
    }
    let tag = &sql[at..at + tag + 2];
    let body = at + tag.len();
    let end = sql[body..]
        .find(tag)
        .map_or(sql.len(), |end| body + end + tag.len());
    while chars.next_if(|(at, _)| *at < end).is_some() {}
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::refused;

    #[test]
    fn what_ends_a_transaction_or_changes_its_rights_is_seen_wherever_it_stands() {
        for (sql, command) in [
            ("COMMIT", "COMMIT"),
            ("commit and chain", "COMMIT"),
            (" \n\tEnD", "COMMIT"),
            ("SELECT 1; COMMIT; SELECT 2", "COMMIT"),
            ("/* a /* nested */ one */ ROLLBACK", "ROLLBACK"),
            ("-- a line\nABORT", "ROLLBACK"),
            ("SELECT ';'; BEGIN", "BEGIN"),
            ("START TRANSACTION", "BEGIN"),
            ("SELECT $$ ; $$; ROLLBACK TO x", "ROLLBACK"),
            ("SELECT E'\\''; COMMIT; --'", "COMMIT"),
            ("SELECT 'it''s'; RELEASE x", "RELEASE"),
            ("SAVEPOINT x", "SAVEPOINT"),
            ("PREPARE TRANSACTION 'x'", "PREPARE TRANSACTION"),
            ("SET ROLE x", "SET ROLE"),
            ("SET LOCAL ROLE NONE", "SET ROLE"),
            ("SET \"role\" = 'x'", "SET ROLE"),
            (
                "SET SESSION AUTHORIZATION DEFAULT",
                "SET SESSION AUTHORIZATION",
            ),
            (
                "SET LOCAL SESSION AUTHORIZATION x",
                "SET SESSION AUTHORIZATION",
            ),
            ("SET app.application_id = ''", "SET app.…"),
            ("set local app.application_id to ''", "SET app.…"),
            ("RESET ROLE", "RESET"),
            ("RESET ALL", "RESET"),
            ("DISCARD ALL", "DISCARD"),
        ] {
            assert_eq!(refused(sql), Some(command), "{sql}");
        }
    }

    #[test]
    fn what_only_looks_like_it_passes() {
        for sql in [
            "",
            ";;",
            "SELECT 'x; COMMIT'",
            "SELECT $$; COMMIT;$$",
            "SELECT $tag$; COMMIT; $$ $tag$",
            "SELECT $1; SELECT 1",
            "SELECT \"a; COMMIT\"",
            "-- ; COMMIT",
            "/* ; COMMIT */ SELECT 1",
            "SELECT E'\\'; COMMIT; '",
            "UPDATE clients SET name = 'x' WHERE role = 1",
            "SET LOCAL statement_timeout = 1000",
            "SET search_path = public",
            "SELECT 1 AS commit",
            "WITH begin AS (SELECT 1) SELECT * FROM begin",
            "DO $$ BEGIN PERFORM 1; END $$",
            "PREPARE a AS SELECT 1",
            "SELECT 'unfinished; COMMIT",
        ] {
            assert_eq!(refused(sql), None, "{sql}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(sql in "\\PC{0,64}|[;'\"$a-e/*\\\\ -]{0,64}") {
            let _ = refused(&sql);
        }
    }
}
