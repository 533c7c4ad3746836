//! What the reader sees: a view of each table, by the same name and with the same columns, secrets blanked out.
//!
//! `SeaORM` names every column of an entity, so a reader with grants on some of the columns could load none. The views lie in
//! a schema of their own (`aura_reader` for `public`, `<schema>_reader` for another) that comes first in the reader's
//! search path. They show all rows, deleted ones too, and are read with the rights of their owner: `PostgreSQL` 14 knows no
//! others. So they are granted to the reader alone, and never to a role that is to see one tenant's rows.
//!
//! A view is kept in step with its table by [`isolate`](crate::schema::isolate), said again after a column was added.

use crate::isolation::quote;
use crate::wall::SECRETS;
use crate::wall::script::{close, ensure, only_with, script};

/// Of the schema of the views.
const COMMENT: &str = "The tables as reports see them: without secrets";

/// The script that makes the views of all tables that have a policy for the reader, or brings them up to date; or that of one
/// table, where there are views. It does nothing where this login may not make the schema, and makes no view before there is
/// a reader. The documents of mail, an index that no entity knows, have none.
///
/// A secret is a blank of its column's type: entities read one there that is not NULL. A view is changed in place where it has
/// the columns that it had, and perhaps more: others may have built upon it.
///
/// A view is read with the rights of its owner, but what a policy asks is about who reads: so the policy `owner` does not hold
/// there, and `reader` is for the one role. `reader_view` asks whether who reads is of that role; only a view gets as far.
pub(crate) fn show(only: Option<&str>) -> String {
    let begin = match only {
        None => ensure("reader", COMMENT),
        Some(_) => only_with("reader"),
    };
    let only = only
        .map(|table| format!("AND c.relname = {}", quote::text(table)))
        .unwrap_or_default();
    let body = format!(
        "\
{begin}
  FOR item IN
    SELECT quote_ident(c.relname) AS name, string_agg(CASE WHEN a.attname IN ({SECRETS})
      THEN CASE WHEN a.atttypid IN ('text'::regtype, 'bytea'::regtype) THEN '''''::' ELSE 'NULL::' END
        || format_type(a.atttypid, a.atttypmod) || ' AS ' || quote_ident(a.attname)
      ELSE quote_ident(a.attname) END, ', ' ORDER BY a.attnum) AS columns
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND c.relname <> 'email_documents' {only}
      AND EXISTS (SELECT FROM pg_catalog.pg_policy AS p WHERE p.polrelid = c.oid AND p.polname = 'reader')
    GROUP BY c.relname ORDER BY c.relname
  LOOP
    statement := format('VIEW %s.%s WITH (security_barrier) AS SELECT %s FROM %s.%2$s', reader, item.name, item.columns, tables);
    BEGIN
      EXECUTE 'CREATE OR REPLACE ' || statement;
    EXCEPTION WHEN invalid_table_definition THEN
      EXECUTE format('DROP VIEW %s.%s; CREATE %s', reader, item.name, statement);
    END;
    EXECUTE format('DROP POLICY IF EXISTS reader_view ON %1$s; '
      'CREATE POLICY reader_view ON %1$s FOR SELECT USING ((SELECT bool_or(pg_has_role(r.oid, ''USAGE'')) '
      'FROM pg_catalog.pg_policy AS p JOIN pg_catalog.pg_roles AS r ON r.oid = ANY (p.polroles) '
      'WHERE p.polrelid = %1$L::regclass AND p.polname = ''reader''))', item.name);
  END LOOP;
{close}
  IF reader_role IS NOT NULL THEN
    EXECUTE format('GRANT USAGE ON SCHEMA %1$s TO %2$s; GRANT SELECT ON ALL TABLES IN SCHEMA %1$s TO %2$s', reader, reader_role);
  END IF;",
        close = close("reader"),
    );
    script("  item record;", &body)
}

/// As [`show`], on Citus: there the nodes are asked as who reads and not as the view's owner, so the reader has rights of its
/// own, on the columns that are no secrets. Its policy lets through what the owner's does: no view needs another.
pub(crate) fn show_on_citus(only: Option<&str>) -> String {
    let begin = match only {
        None => ensure("reader", COMMENT),
        Some(_) => only_with("reader"),
    };
    let only = only
        .map(|table| format!("AND c.relname = {}", quote::text(table)))
        .unwrap_or_default();
    let body = format!(
        "\
{begin}
  FOR item IN
    SELECT quote_ident(c.relname) AS name, string_agg(CASE WHEN a.attname IN ({SECRETS})
      THEN CASE WHEN a.atttypid IN ('text'::regtype, 'bytea'::regtype) THEN '''''::' ELSE 'NULL::' END
        || format_type(a.atttypid, a.atttypmod) || ' AS ' || quote_ident(a.attname)
      ELSE quote_ident(a.attname) END, ', ' ORDER BY a.attnum) AS columns,
      string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE a.attname NOT IN ({SECRETS})) AS open
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') {only}
      AND EXISTS (SELECT FROM pg_catalog.pg_policy AS p WHERE p.polrelid = c.oid AND p.polname = 'reader')
    GROUP BY c.relname ORDER BY c.relname
  LOOP
    statement := format('VIEW %s.%s WITH (security_barrier) AS SELECT %s FROM %s.%2$s', reader, item.name, item.columns, tables);
    BEGIN
      EXECUTE 'CREATE OR REPLACE ' || statement;
    EXCEPTION WHEN invalid_table_definition THEN
      EXECUTE format('DROP VIEW %s.%s', reader, item.name);
      EXECUTE 'CREATE ' || statement;
    END;
    IF reader_role IS NOT NULL THEN
      EXECUTE format('GRANT SELECT (%s) ON %s TO %s', item.open, item.name, reader_role);
    END IF;
  END LOOP;
{close}
  IF reader_role IS NOT NULL THEN
    EXECUTE format('GRANT USAGE ON SCHEMA %s TO %s', tables, reader_role);
    EXECUTE format('GRANT USAGE ON SCHEMA %s TO %s', reader, reader_role);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %s TO %s', reader, reader_role);
  END IF;",
        close = close("reader"),
    );
    script("  item record;", &body)
}

/// As [`hide`], on Citus, which takes one statement at a time.
pub(crate) fn hide_on_citus(table: &str) -> String {
    let name = quote::text(&quote::name(table));
    let body = format!("  EXECUTE format('DROP VIEW IF EXISTS %s.%s', reader, {name});");
    script("", &body)
}

/// The script that drops the view of a table that is about to lose a column or to go. It does nothing where there is none.
pub(crate) fn hide(table: &str) -> String {
    let body = format!(
        "  EXECUTE format('DROP VIEW IF EXISTS %s.%s; DROP POLICY IF EXISTS reader_view ON %2$s', reader, {});",
        quote::text(&quote::name(table))
    );
    script("", &body)
}
