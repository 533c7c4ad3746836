//! A column: its type, whether it may be NULL, what it holds.

use sea_orm_migration::sea_orm::DbBackend;

use super::check::{self, Check};

/// What a column holds, in the types of both backends.
#[derive(Clone, Debug)]
enum Kind {
    Uuid,
    Text,
    Timestamp,
    Json,
    Bytes,
    BigInt,
    Custom {
        postgres: &'static str,
        sqlite: &'static str,
    },
}

/// A column of a [`Table`](super::Table). It is NOT NULL unless [`null`](Column::null) says otherwise.
///
/// Every column has a comment: on `PostgreSQL` it is stored in the catalog, so that any tool explains the schema.
#[derive(Clone, Debug)]
pub struct Column {
    pub(super) name: &'static str,
    pub(super) comment: &'static str,
    kind: Kind,
    nullable: bool,
    default: Option<Check>,
    checks: Vec<Check>,
}

impl Column {
    fn new(name: &'static str, comment: &'static str, kind: Kind) -> Self {
        Self {
            name,
            comment,
            kind,
            nullable: false,
            default: None,
            checks: Vec::new(),
        }
    }

    /// A UUID: `uuid` on `PostgreSQL`, a BLOB of 16 bytes on `SQLite`.
    #[must_use]
    pub fn uuid(name: &'static str, comment: &'static str) -> Self {
        let mut column = Self::new(name, comment, Kind::Uuid);
        column
            .checks
            .push(Check::new("", format!("length(\"{name}\") = 16")));
        column
    }

    /// Text, on both. Give it a [`length`](Self::length) or a form.
    #[must_use]
    pub fn text(name: &'static str, comment: &'static str) -> Self {
        let mut column = Self::new(name, comment, Kind::Text);
        column
            .checks
            .push(Check::new("", check::sqlite_no_nul(name)));
        column
    }

    /// An instant to the microsecond: `timestamptz` on `PostgreSQL`, on `SQLite` TEXT in UTC exactly as the driver
    /// writes it, so that comparing the texts compares the instants.
    #[must_use]
    pub fn timestamp(name: &'static str, comment: &'static str) -> Self {
        let mut column = Self::new(name, comment, Kind::Timestamp);
        column
            .checks
            .push(Check::new("", check::sqlite_instant(name)));
        column
    }

    /// A JSON object: `jsonb` on `PostgreSQL`, TEXT on `SQLite`.
    #[must_use]
    pub fn json(name: &'static str, comment: &'static str) -> Self {
        let mut column = Self::new(name, comment, Kind::Json);
        column.checks.push(check::json_object(name));
        column
    }

    /// Bytes, from `min` to `max` of them: `bytea` on `PostgreSQL`, BLOB on `SQLite`.
    #[must_use]
    pub fn bytes(name: &'static str, comment: &'static str, min: u32, max: u32) -> Self {
        let mut column = Self::new(name, comment, Kind::Bytes);
        column.checks.push(check::bytes(name, min, max));
        column
    }

    /// A signed integer of 64 bits.
    #[must_use]
    pub fn bigint(name: &'static str, comment: &'static str) -> Self {
        Self::new(name, comment, Kind::BigInt)
    }

    /// Any other type, by its name on each backend. On `SQLite` tables are STRICT: INTEGER, REAL, TEXT, BLOB or ANY.
    #[must_use]
    pub fn custom(
        name: &'static str,
        comment: &'static str,
        postgres: &'static str,
        sqlite: &'static str,
    ) -> Self {
        Self::new(name, comment, Kind::Custom { postgres, sqlite })
    }

    /// May be NULL.
    #[must_use]
    pub fn null(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// From `min` to `max` characters.
    #[must_use]
    pub fn length(self, min: u32, max: u32) -> Self {
        let check = check::length(self.name, min, max);
        self.with(check)
    }

    /// Has no upper-case letter (of ASCII; letters beyond are the service's to fold).
    #[must_use]
    pub fn lower(self) -> Self {
        let check = check::lower(self.name);
        self.with(check)
    }

    /// One of a closed set. The values are literals of the migration: they are not escaped.
    #[must_use]
    pub fn one_of(self, values: &[&str]) -> Self {
        let check = check::one_of(self.name, values);
        self.with(check)
    }

    /// An e-mail address in canonical form: lower case, its domain in ASCII, 3 to 254 characters (RFC 5321 §4.5.3.1.3).
    #[must_use]
    pub fn email(self) -> Self {
        let form = check::email(self.name);
        self.lower().length(3, 254).with(form)
    }

    /// The part of an e-mail address before the `@`: lower case, 1 to 64 characters (RFC 5321 §4.5.3.1.1).
    #[must_use]
    pub fn local_part(self) -> Self {
        let form = check::local_part(self.name);
        self.lower().length(1, 64).with(form)
    }

    /// Lower-case letters and digits with single hyphens between, 1 to 63 characters.
    #[must_use]
    pub fn slug(self) -> Self {
        let form = check::slug(self.name);
        self.length(1, 63).with(form)
    }

    /// A host name of two labels or more, lower case, in ASCII, without a final dot, at most 253 characters.
    #[must_use]
    pub fn host_name(self) -> Self {
        let form = check::host_name(self.name);
        self.length(3, 253).with(form)
    }

    /// ASCII letters and digits, from `min` to `max` of them.
    #[must_use]
    pub fn alphanumeric(self, min: u32, max: u32) -> Self {
        let form = check::alphanumeric(self.name, min, max);
        self.with(form)
    }

    /// Characters of `rest` after one of `first`; both are the inner part of a bracket expression (`a-z0-9_`).
    #[must_use]
    pub fn word(self, first: &str, rest: &str) -> Self {
        let form = check::word(self.name, first, rest);
        self.with(form)
    }

    /// A permission: `*`, or `resource.action` where either part may be `*`; at most 128 characters.
    #[must_use]
    pub fn permission(self) -> Self {
        let form = check::permission(self.name);
        self.length(1, 128).with(form)
    }

    /// A condition of your own, in the SQL of each backend.
    #[must_use]
    pub fn check(self, postgres: &str, sqlite: &str) -> Self {
        self.with(Check::new(postgres, sqlite))
    }

    /// The value where an INSERT names none, as SQL of each backend.
    #[must_use]
    pub fn default(mut self, postgres: &str, sqlite: &str) -> Self {
        self.default = Some(Check::new(postgres, sqlite));
        self
    }

    /// An empty JSON object where an INSERT names none.
    #[must_use]
    pub fn default_object(self) -> Self {
        self.default("'{}'", "'{}'")
    }

    /// A random UUID (version 4) where an INSERT names none. The service makes its own, ordered by time.
    #[must_use]
    pub(super) fn default_random(self) -> Self {
        self.default(
            "gen_random_uuid()",
            "(CAST(randomblob(6) || substr(x'404142434445464748494a4b4c4d4e4f', 1 + (random() & 15), 1) \
             || randomblob(1) || substr(x'808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7\
             a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf', 1 + (random() & 63), 1) || randomblob(7) AS BLOB))",
        )
    }

    /// The instant at which the row is written, where an INSERT names none.
    #[must_use]
    pub fn default_now(self) -> Self {
        self.default("now()", &format!("({SQLITE_NOW})"))
    }

    fn with(mut self, check: Check) -> Self {
        self.checks.push(check);
        self
    }

    /// `"name" type NOT NULL DEFAULT …`
    pub(super) fn definition(&self, backend: DbBackend) -> String {
        let mut sql = format!("\"{}\" {}", self.name, self.kind.sql(backend));
        if !self.nullable {
            sql.push_str(" NOT NULL");
        }
        if let Some(default) = &self.default {
            sql.push_str(" DEFAULT ");
            sql.push_str(default.sql(backend));
        }
        sql
    }

    /// Whether a row that is there before the column has a value in it, on both backends. `SQLite` puts in a constant,
    /// and computes nothing; so long as the table is empty it accepts any default, and the failure comes with the rows.
    pub(super) fn has_value_for_rows(&self) -> bool {
        match &self.default {
            Some(default) => !default.sqlite.starts_with('('),
            None => self.nullable,
        }
    }

    /// All that its value is held to, as one condition; `None` if nothing is.
    pub(super) fn condition(&self, backend: DbBackend) -> Option<String> {
        let all: Vec<_> = self
            .checks
            .iter()
            .map(|check| check.sql(backend))
            .filter(|sql| !sql.is_empty())
            .collect();
        (!all.is_empty()).then(|| all.join(" AND "))
    }
}

/// Now, as the driver writes instants (see [`Column::timestamp`]); `SQLite`'s clock gives milliseconds.
pub(super) const SQLITE_NOW: &str =
    "replace(strftime('%Y-%m-%dT%H:%M:%f', 'now'), '.000', '') || '+00:00'";

impl Kind {
    fn sql(&self, backend: DbBackend) -> &'static str {
        let (postgres, sqlite) = match self {
            Self::Uuid => ("uuid", "BLOB"),
            Self::Text => ("text", "TEXT"),
            Self::Timestamp => ("timestamptz", "TEXT"),
            Self::Json => ("jsonb", "TEXT"),
            Self::Bytes => ("bytea", "BLOB"),
            Self::BigInt => ("bigint", "INTEGER"),
            Self::Custom { postgres, sqlite } => (*postgres, *sqlite),
        };
        match backend {
            DbBackend::Sqlite => sqlite,
            _ => postgres,
        }
    }
}
