//! Conditions that both backends can hold a value to.
//!
//! `SQLite` folds case and matches ranges in ASCII only; on `PostgreSQL` the collation `C` gives the same answers.

use sea_orm_migration::sea_orm::DbBackend;

/// A condition in the SQL of either backend.
#[derive(Clone, Debug)]
pub(super) struct Check {
    pub(super) postgres: String,
    pub(super) sqlite: String,
}

impl Check {
    pub(super) fn new(postgres: impl Into<String>, sqlite: impl Into<String>) -> Self {
        Self {
            postgres: postgres.into(),
            sqlite: sqlite.into(),
        }
    }

    /// The same SQL on both.
    pub(super) fn same(sql: impl Into<String>) -> Self {
        let sql = sql.into();
        Self::new(sql.clone(), sql)
    }

    pub(super) fn sql(&self, backend: DbBackend) -> &str {
        match backend {
            DbBackend::Sqlite => &self.sqlite,
            _ => &self.postgres,
        }
    }
}

pub(super) fn length(column: &str, min: u32, max: u32) -> Check {
    Check::same(format!("length(\"{column}\") BETWEEN {min} AND {max}"))
}

pub(super) fn lower(column: &str) -> Check {
    Check::new(
        format!("\"{column}\" = lower(\"{column}\" COLLATE \"C\")"),
        format!("\"{column}\" = lower(\"{column}\")"),
    )
}

pub(super) fn one_of(column: &str, values: &[&str]) -> Check {
    let values: Vec<_> = values.iter().map(|value| format!("'{value}'")).collect();
    Check::same(format!("\"{column}\" IN ({})", values.join(", ")))
}

/// The whole value matches a regular expression; `sqlite` says the same by `GLOB`.
pub(super) fn matches(column: &str, regex: &str, sqlite: String) -> Check {
    Check::new(format!("\"{column}\" COLLATE \"C\" ~ '{regex}'"), sqlite)
}

/// One `@` with something before it, a host name in ASCII after it, neither space nor control character.
pub(super) fn email(column: &str) -> Check {
    let host = format!("substr(\"{column}\", instr(\"{column}\", '@') + 1)");
    matches(
        column,
        &format!(r"^[^@\x01-\x20\x7f]+@({LABEL}\.)*{LABEL}$"),
        format!(
            "\"{column}\" GLOB '?*@?*' AND {} AND {}",
            sqlite_no_space(column),
            sqlite_labels(&host)
        ),
    )
}

/// The part of an address before its `@`.
pub(super) fn local_part(column: &str) -> Check {
    matches(
        column,
        r"^[^@\x01-\x20\x7f]+$",
        format!(
            "\"{column}\" <> '' AND instr(\"{column}\", '@') = 0 AND {}",
            sqlite_no_space(column)
        ),
    )
}

fn sqlite_no_space(column: &str) -> String {
    format!("\"{column}\" NOT GLOB '*[' || char(1) || '-' || char(32) || char(127) || ']*'")
}

/// Lower-case words of letters and digits with single hyphens between.
pub(super) fn slug(column: &str) -> Check {
    matches(
        column,
        "^[a-z0-9]+(-[a-z0-9]+)*$",
        format!(
            "\"{column}\" <> '' AND \"{column}\" NOT GLOB '*[^a-z0-9-]*' AND \"{column}\" NOT GLOB '-*' \
             AND \"{column}\" NOT GLOB '*-' AND \"{column}\" NOT GLOB '*--*'"
        ),
    )
}

/// A host name of two labels or more, in ASCII, without a final dot (RFC 1123 §2.1).
pub(super) fn host_name(column: &str) -> Check {
    matches(
        column,
        &format!(r"^({LABEL}\.)+{LABEL}$"),
        format!(
            "\"{column}\" GLOB '?*.?*' AND {}",
            sqlite_labels(&format!("\"{column}\""))
        ),
    )
}

/// A part of a host name: up to 63 letters, digits and hyphens, no hyphen at either end.
const LABEL: &str = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";

/// Nothing but such parts, with single dots between; `value` is not empty.
fn sqlite_labels(value: &str) -> String {
    let bad = [
        "'*[^a-z0-9.-]*'",
        "'[.-]*'",
        "'*[.-]'",
        "'*..*'",
        "'*.-*'",
        "'*-.*'",
        // 64 times "not a dot".
        "'*' || replace(hex(zeroblob(32)), '0', '[^.]') || '*'",
    ];
    bad.map(|pattern| format!("{value} NOT GLOB {pattern}"))
        .join(" AND ")
}

/// ASCII letters and digits, from `min` to `max` of them.
pub(super) fn alphanumeric(column: &str, min: u32, max: u32) -> Check {
    matches(
        column,
        &format!("^[A-Za-z0-9]{{{min},{max}}}$"),
        format!(
            "length(\"{column}\") BETWEEN {min} AND {max} AND \"{column}\" NOT GLOB '*[^A-Za-z0-9]*'"
        ),
    )
}

/// Lower-case ASCII that begins as `first` says and goes on with the characters of `rest` (both are inner parts of a
/// bracket expression, `a-z0-9_` for example).
pub(super) fn word(column: &str, first: &str, rest: &str) -> Check {
    matches(
        column,
        &format!("^[{first}][{rest}]*$"),
        format!("\"{column}\" GLOB '[{first}]*' AND \"{column}\" NOT GLOB '*[^{rest}]*'"),
    )
}

/// `*`, or `resource.action` where either part may be `*`.
pub(super) fn permission(column: &str) -> Check {
    let dot = format!("instr(\"{column}\", '.')");
    let part = |sql: String| {
        format!("({sql} = '*' OR ({sql} GLOB '[a-z]*' AND {sql} NOT GLOB '*[^a-z0-9_]*'))")
    };
    matches(
        column,
        r"^(\*|(\*|[a-z][a-z0-9_]*)\.(\*|[a-z][a-z0-9_]*))$",
        format!(
            "(\"{column}\" = '*' OR ({dot} > 0 AND {} AND {}))",
            part(format!("substr(\"{column}\", 1, {dot} - 1)")),
            part(format!("substr(\"{column}\", {dot} + 1)")),
        ),
    )
}

pub(super) fn bytes(column: &str, min: u32, max: u32) -> Check {
    let size = if min == max {
        format!("= {min}")
    } else {
        format!("BETWEEN {min} AND {max}")
    };
    Check::new(
        format!("octet_length(\"{column}\") {size}"),
        format!("length(\"{column}\") {size}"),
    )
}

pub(super) fn json_object(column: &str) -> Check {
    Check::new(
        format!("jsonb_typeof(\"{column}\") = 'object'"),
        // `json_type` fails on what is not JSON; CASE keeps the order of evaluation. NULL passes, as in every CHECK.
        // jsonb has no NUL, so its escape is refused too, unless its backslash is itself escaped.
        format!(
            "{} AND instr(replace(\"{column}\", '\\\\', ''), '\\u0000') = 0 \
             AND CASE json_valid(\"{column}\") WHEN 1 THEN json_type(\"{column}\") = 'object' WHEN 0 THEN 0 END",
            sqlite_no_nul(column)
        ),
    )
}

/// `SQLite` only: an instant exactly as the driver writes it, so that comparing texts compares instants. UTC, `+00:00`,
/// a fraction of three or six digits, omitted when it is zero and never longer than needed.
///
/// `julianday` takes a 30th of February and an hour of 24, so the calendar has to give the same text back. `IS`, because
/// a CHECK lets NULL pass, which is what it is to do with the column's NULL alone.
pub(super) fn sqlite_instant(column: &str) -> String {
    let seconds = format!("substr(\"{column}\", 1, 19)");
    let rest = format!("substr(\"{column}\", 20)");
    let digits = "[0-9][0-9][0-9]";
    format!(
        "strftime('%Y-%m-%dT%H:%M:%S', julianday({seconds})) IS {seconds} \
         AND ({rest} = '+00:00' OR (({rest} GLOB '.{digits}+00:00' OR {rest} GLOB '.{digits}{digits}+00:00') \
         AND {rest} NOT GLOB '*000+00:00')) AND {}",
        sqlite_no_nul(column)
    )
}

/// `SQLite` only: no NUL. `PostgreSQL` has none in its text; here the functions that look at a text stop at it, so that
/// what follows would go unseen.
pub(super) fn sqlite_no_nul(column: &str) -> String {
    format!("instr(\"{column}\", char(0)) = 0")
}
