//! Rules on columns: what they hold, and which ones every table has.

use migration::schema::name;
use migration::testing::Backend;

use super::{Rule, Schema};
use crate::catalog::{Column, Table};

pub(super) const UUID_KEYS: Rule = Rule {
    says: "every table has a primary key, ids in it and in references are uuids, and `id` has a random one by default",
    cure: "Use `id()` or `tenant_owned()`, and `Column::uuid` for the columns of a reference",
    exceptions: &[
        (
            "audit_events.id",
            "the service gives the ids: in their order the events are chained by hashes",
        ),
        (
            "sign_in_throttles.id",
            "the service gives the ids: each is made of what is counted, and a random one would count for nobody",
        ),
    ],
    offenders: |schema| {
        let mut offenders = schema.tables(|_, table| table.primary_key.columns.is_empty());
        offenders.extend(schema.parts(|_, table| {
            let wrong = table.columns.iter().filter(|column| {
                let id = column.name == "id" || column.name.ends_with("_id");
                let in_key = table.primary_key.columns.contains(&column.name);
                let in_reference = table
                    .foreign_keys
                    .iter()
                    .any(|key| key.columns.contains(&column.name));
                let is_uuid = column.kind == schema.uuid();
                let random = column
                    .default
                    .as_ref()
                    .is_some_and(|default| default.contains("random"));
                ((id && in_key || in_reference) && !is_uuid)
                    || (column.name == "id" && in_key && !random)
            });
            wrong.map(|column| column.name.clone()).collect()
        }));
        offenders
    },
};

pub(super) const TYPES: Rule = Rule {
    says: "columns are of the types that mean the same on both backends: uuid, text, timestamptz, jsonb, bytea, bigint; no \
           varchar, char, boolean, citext, enum, json or timestamp without a time zone",
    cure: "Use the words of `migration::schema::Column`; a state is an instant (`revoked_at`), a closed set is text with a CHECK",
    exceptions: &[],
    offenders: |schema| {
        let known: &[&str] = match schema.backend {
            Backend::Sqlite => &["BLOB", "TEXT", "INTEGER", "REAL"],
            Backend::Postgres => &[
                "uuid",
                "text",
                "timestamp with time zone",
                "jsonb",
                "bytea",
                "bigint",
                "double precision",
            ],
        };
        columns(schema, |_, column| !known.contains(&column.kind.as_str()))
    },
};

pub(super) const PLAIN: Rule = Rule {
    says: "no column is generated, an identity or of a collation of its own",
    cure: "Store the value, or make a view; the generator and the other backend do not know such columns",
    exceptions: &[],
    offenders: |schema| columns(schema, |_, column| column.special.is_some()),
};

pub(super) const INSTANTS: Rule = Rule {
    says: "a column that is called `…_at` or `…_until` is an instant: timestamptz, on SQLite text in the one form that the driver writes",
    cure: "Use `Column::timestamp`, or call it something else",
    exceptions: &[],
    offenders: |schema| {
        schema.parts(|table_name, table| {
            let wrong = table.columns.iter().filter(|column| {
                let checked = |with| {
                    check_of(table_name, table, column).is_some_and(|check| check.contains(with))
                };
                column.is_instant()
                    && match schema.backend {
                        Backend::Postgres => column.kind != "timestamp with time zone",
                        Backend::Sqlite => column.kind != "TEXT" || !checked("+00:00"),
                    }
            });
            wrong.map(|column| column.name.clone()).collect()
        })
    },
};

pub(super) const CHECKED: Rule = Rule {
    says: "every column of text, bytes or JSON has a CHECK of its length or form",
    cure: "Give it `length(…)` or a form (`email()`, `slug()`, `one_of(…)`, …); for a text without bounds choose one",
    exceptions: &[],
    offenders: |schema| {
        let open = ["text", "bytea", "jsonb", "TEXT", "BLOB"];
        schema.parts(|table_name, table| {
            let wrong = table.columns.iter().filter(|column| {
                // SQLite's check that a text holds no NUL bounds nothing.
                let bounded = check_of(table_name, table, column)
                    .is_some_and(|check| check.contains("AND") || !check.contains("char(0)"));
                open.contains(&column.kind.as_str()) && !bounded
            });
            wrong.map(|column| column.name.clone()).collect()
        })
    },
};

pub(super) const TIMESTAMPS: Rule = Rule {
    says: "every table has created_at and updated_at, NOT NULL and with a default",
    cure: "Use `timestamps()`",
    exceptions: &[
        ("audit_events.updated_at", "written once"),
        (
            "audit_details.updated_at",
            "written once, then erased as a whole",
        ),
    ],
    offenders: |schema| {
        schema.parts(|_, table| {
            let missing = ["created_at", "updated_at"].into_iter().filter(|name| {
                !table
                    .column(name)
                    .is_some_and(|column| !column.nullable && column.default.is_some())
            });
            missing.map(str::to_owned).collect()
        })
    },
};

pub(super) const TOUCHED: Rule = Rule {
    says: "a table with updated_at has the trigger that moves it on every UPDATE",
    cure: "Use `timestamps()`",
    exceptions: &[],
    offenders: |schema| {
        schema.tables(|table_name, table| {
            let moves = |definition: &str| match schema.backend {
                Backend::Sqlite => definition.contains("SET \"updated_at\""),
                Backend::Postgres => {
                    definition.contains("BEFORE UPDATE")
                        && definition.ends_with("aura_touch_updated_at()")
                }
            };
            let trigger = name::trigger(table_name, "updated_at");
            table.column("updated_at").is_some()
                && !table
                    .triggers
                    .iter()
                    .any(|found| found.name == trigger && moves(&found.definition))
        })
    },
};

pub(super) const SOFT_DELETE: Rule = Rule {
    says: "deleted_at and deletion_id come together: both nullable, both set or neither",
    cure: "Use `soft_delete()`",
    exceptions: &[],
    offenders: |schema| {
        schema.tables(|table_name, table| {
            let columns = [table.column("deleted_at"), table.column("deletion_id")];
            let pair = table
                .check(&name::check(table_name, "deletion"))
                .is_some_and(|check| {
                    check.definition.replace('"', "")
                        == "CHECK ((deleted_at IS NULL) = (deletion_id IS NULL))"
                });
            match columns {
                [None, None] => false,
                [Some(at), Some(by)] => !(at.nullable && by.nullable && pair),
                _ => true,
            }
        })
    },
};

pub(super) const STRICT: Rule = Rule {
    says: "tables are STRICT: without it a column of SQLite holds whatever it is given",
    cure: "Make the table with `migration::schema::Table`, or add STRICT",
    exceptions: &[],
    offenders: |schema| {
        schema.tables(|_, table| !table.options.iter().any(|option| option == "strict"))
    },
};

pub(super) const SIXTEEN_BYTES: Rule = Rule {
    says: "a BLOB for an id is checked to have 16 bytes",
    cure: "Use `Column::uuid`",
    exceptions: &[],
    offenders: |schema| {
        schema.parts(|table_name, table| {
            let wrong = table.columns.iter().filter(|column| {
                let id = column.name == "id"
                    || column.name.ends_with("_id")
                    || column.name.ends_with("_by");
                let checked = check_of(table_name, table, column).is_some_and(|check| {
                    check.replace('"', "") == format!("CHECK (length({}) = 16)", column.name)
                });
                id && column.kind == schema.uuid() && !checked
            });
            wrong.map(|column| column.name.clone()).collect()
        })
    },
};

pub(super) const COMMENTS: Rule = Rule {
    says: "every table and column has a comment, so that any database tool explains the schema",
    cure: "Make it with `migration::schema`, which asks for one, or add COMMENT ON",
    exceptions: &[],
    offenders: |schema| {
        let mut offenders = schema.tables(|_, table| table.comment.is_none());
        offenders.extend(columns(schema, |_, column| column.comment.is_none()));
        offenders
    },
};

pub(super) const OWN_TYPES: Rule = Rule {
    says: "the schema has no types of its own: the driver would have to look them up, the generator to make them",
    cure: "Use text with a CHECK for a closed set, and columns for what belongs together",
    exceptions: &[],
    offenders: |schema| {
        let others = schema.catalog.others.keys();
        others
            .filter(|name| name.starts_with("type "))
            .cloned()
            .collect()
    },
};

impl Schema {
    /// The type of a uuid.
    fn uuid(&self) -> &'static str {
        match self.backend {
            Backend::Sqlite => "BLOB",
            Backend::Postgres => "uuid",
        }
    }
}

fn columns(schema: &Schema, broken: impl Fn(&Table, &Column) -> bool) -> Vec<String> {
    schema.parts(|_, table| {
        let wrong = table.columns.iter().filter(|column| broken(table, column));
        wrong.map(|column| column.name.clone()).collect()
    })
}

/// The check that is about a column alone.
fn check_of<'a>(table_name: &str, table: &'a Table, column: &Column) -> Option<&'a str> {
    let check = table.check(&name::check(table_name, &column.name));
    check.map(|check| check.definition.as_str())
}
