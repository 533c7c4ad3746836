//! Reads `pg_catalog`, as the schema at the head of the search path.
//!
//! Gives the same text on `PostgreSQL` 14 to 18: NOT NULL is a property of the column and not, as 18 has it, a constraint
//! besides; functions are put together from their parts, because `pg_get_functiondef` names the schema.

use sea_orm_migration::sea_orm::DatabaseConnection;

use super::{
    Catalog, Column, ForeignKey, Index, Key, Named, RECORDS, Table, flag, list, maybe, rows, text,
};

/// Tables of the schema, for all that hangs on one.
const TABLES: &str = "WITH t AS (SELECT * FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p') \
     AND relnamespace = pg_catalog.to_regnamespace(pg_catalog.quote_ident(current_schema())) AND relname NOT IN ({records}))";

pub(super) async fn read(db: &DatabaseConnection) -> Catalog {
    let mut catalog = Catalog::default();
    let tables = TABLES.replace("{records}", &records());
    let sql = |rest: &str| format!("{tables} {rest}");
    for row in rows(
        db,
        &sql("SELECT relname::text AS name, obj_description(oid, 'pg_class') AS comment, relrowsecurity, \
              relforcerowsecurity, relpersistence = 'u' AS unlogged, relkind = 'p' AS partitioned FROM t"),
    )
    .await
    {
        let options = [
            ("row security", "relrowsecurity"),
            ("row security forced", "relforcerowsecurity"),
            ("unlogged", "unlogged"),
            ("partitioned", "partitioned"),
        ];
        let table = Table {
            comment: maybe(&row, "comment"),
            options: options
                .iter()
                .filter(|(_, column)| flag(&row, column))
                .map(|(option, _)| (*option).to_owned())
                .collect(),
            ..Table::default()
        };
        catalog.tables.insert(text(&row, "name"), table);
    }
    columns(db, &sql(COLUMNS), &mut catalog).await;
    constraints(db, &sql(CONSTRAINTS), &mut catalog).await;
    indexes(db, &sql(INDEXES), &mut catalog).await;
    for (statement, policies) in [(TRIGGERS, false), (POLICIES, true)] {
        for row in rows(db, &sql(&statement.replace("{role}", ROLE))).await {
            let table = table(&mut catalog, &text(&row, "table"));
            let named = Named {
                name: text(&row, "name"),
                definition: text(&row, "definition"),
            };
            if policies {
                table.policies.push(named);
            } else {
                table.triggers.push(named);
            }
        }
    }
    for row in rows(db, &sql(&GRANTS.replace("{role}", ROLE))).await {
        table(&mut catalog, &text(&row, "table"))
            .grants
            .push(Named {
                name: text(&row, "name"),
                definition: text(&row, "definition"),
            });
    }
    for row in rows(db, &OTHERS.replace("{records}", &records())).await {
        catalog
            .others
            .insert(text(&row, "name"), text(&row, "definition"));
    }
    catalog
}

/// As SQL.
fn records() -> String {
    RECORDS.map(|name| format!("'{name}'")).join(", ")
}

fn table<'a>(catalog: &'a mut Catalog, name: &str) -> &'a mut Table {
    catalog.tables.get_mut(name).unwrap()
}

const COLUMNS: &str = "\
SELECT t.relname::text AS table, a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS kind,
  NOT a.attnotnull AS nullable,
  CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid, true) END AS default,
  CASE WHEN a.attgenerated <> '' THEN 'generated ' || pg_get_expr(d.adbin, d.adrelid, true)
    WHEN a.attidentity <> '' THEN 'identity'
    WHEN a.attcollation <> y.typcollation THEN 'collate ' || a.attcollation::regcollation::text END AS special,
  col_description(t.oid, a.attnum) AS comment
FROM t JOIN pg_attribute a ON a.attrelid = t.oid JOIN pg_type y ON y.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped ORDER BY t.relname, a.attnum";

async fn columns(db: &DatabaseConnection, sql: &str, catalog: &mut Catalog) {
    for row in rows(db, sql).await {
        table(catalog, &text(&row, "table")).columns.push(Column {
            name: text(&row, "name"),
            kind: text(&row, "kind"),
            nullable: flag(&row, "nullable"),
            default: maybe(&row, "default"),
            special: maybe(&row, "special"),
            comment: maybe(&row, "comment"),
        });
    }
}

const CONSTRAINTS: &str = "\
SELECT t.relname::text AS table, c.conname::text AS name, c.contype::text AS kind,
  pg_get_constraintdef(c.oid, true) AS definition, r.relname::text AS to_table,
  CASE c.confdeltype WHEN 'a' THEN 'NO ACTION' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL'
    WHEN 'd' THEN 'SET DEFAULT' WHEN 'r' THEN 'RESTRICT' END AS on_delete,
  (SELECT string_agg(a.attname, ',' ORDER BY k.place) FROM unnest(c.conkey) WITH ORDINALITY AS k (number, place)
    JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number) AS columns,
  (SELECT string_agg(a.attname, ',' ORDER BY k.place) FROM unnest(c.confkey) WITH ORDINALITY AS k (number, place)
    JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.number) AS to_columns
FROM t JOIN pg_constraint c ON c.conrelid = t.oid LEFT JOIN pg_class r ON r.oid = c.confrelid
WHERE c.contype NOT IN ('n', 't')";

async fn constraints(db: &DatabaseConnection, sql: &str, catalog: &mut Catalog) {
    for row in rows(db, sql).await {
        let table = table(catalog, &text(&row, "table"));
        let (name, definition) = (text(&row, "name"), text(&row, "definition"));
        match text(&row, "kind").as_str() {
            "p" => {
                table.primary_key = Key {
                    name,
                    columns: list(&row, "columns"),
                }
            }
            "f" => table.foreign_keys.push(ForeignKey {
                name,
                columns: list(&row, "columns"),
                table: text(&row, "to_table"),
                to: list(&row, "to_columns"),
                on_delete: text(&row, "on_delete"),
                definition,
            }),
            "c" => table.checks.push(Named { name, definition }),
            _ => table.constraints.push(Named { name, definition }),
        }
    }
}

const INDEXES: &str = "\
SELECT t.relname::text AS table, c.relname::text AS name, i.indisunique AS unique,
  pg_get_expr(i.indpred, i.indrelid, true) AS predicate, pg_get_indexdef(c.oid, 0, true) AS definition,
  (SELECT string_agg(pg_get_indexdef(c.oid, n, true), ',' ORDER BY n)
    FROM generate_series(1, i.indnkeyatts::int) AS n) AS columns
FROM t JOIN pg_index i ON i.indrelid = t.oid JOIN pg_class c ON c.oid = i.indexrelid
WHERE NOT i.indisprimary";

async fn indexes(db: &DatabaseConnection, sql: &str, catalog: &mut Catalog) {
    for row in rows(db, sql).await {
        table(catalog, &text(&row, "table")).indexes.push(Index {
            name: text(&row, "name"),
            columns: list(&row, "columns"),
            unique: flag(&row, "unique"),
            predicate: maybe(&row, "predicate"),
            definition: text(&row, "definition"),
        });
    }
}

const TRIGGERS: &str = "\
SELECT t.relname::text AS table, g.tgname::text AS name, pg_get_triggerdef(g.oid, true)
  || CASE g.tgenabled WHEN 'O' THEN '' ELSE ' (enabled: ' || g.tgenabled::text || ')' END AS definition
FROM t JOIN pg_trigger g ON g.tgrelid = t.oid WHERE NOT g.tgisinternal";

/// For the table's owner, as on Citus one is, stands no name: each database has another.
const POLICIES: &str = "\
SELECT t.relname::text AS table, p.polname::text AS name,
  CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END || ' FOR ' || p.polcmd::text
  || ' TO ' || coalesce((SELECT string_agg(CASE WHEN r.oid = t.relowner THEN '*_owner' ELSE {role} END, ', ' ORDER BY 1)
    FROM pg_roles r WHERE r.oid = ANY (p.polroles)), 'PUBLIC')
  || regexp_replace(coalesce(' USING (' || pg_get_expr(p.polqual, p.polrelid, true) || ')', '')
  || coalesce(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid, true) || ')', ''), '\\s+', ' ', 'g') AS definition
FROM t JOIN pg_policy p ON p.polrelid = t.oid";

/// A role by the end of its name alone: what comes before is the database's. Of another role all of it.
const ROLE: &str = "regexp_replace(r.rolname, '^.+_(service|runtime|guest|reader)$', '*_\\1')";

/// To whom what is granted, of the table or of columns, besides its owner.
const GRANTS: &str = "\
, g AS (
  SELECT t.oid, t.relname, a.grantee, a.privilege_type, NULL::text AS column, 0 AS place
  FROM t, aclexplode(t.relacl) a WHERE a.grantee <> t.relowner
  UNION ALL
  SELECT t.oid, t.relname, a.grantee, a.privilege_type, c.attname, c.attnum
  FROM t JOIN pg_attribute c ON c.attrelid = t.oid, aclexplode(c.attacl) a WHERE a.grantee <> t.relowner
)
SELECT g.relname::text AS table, coalesce({role}, 'PUBLIC') AS name,
  g.privilege_type || coalesce(' (' || string_agg(g.column, ', ' ORDER BY g.place) || ')', '') AS definition
FROM g LEFT JOIN pg_roles r ON r.oid = g.grantee
GROUP BY g.oid, g.relname, r.rolname, g.privilege_type";

/// The sequence of a column, the row type of a table, the array of a type and what an extension owns are left out.
const OTHERS: &str = "\
WITH s AS (SELECT to_regnamespace(quote_ident(current_schema()))::oid AS oid),
owned AS (SELECT classid, objid FROM pg_depend WHERE deptype IN ('e', 'i'))
SELECT 'function ' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS name,
  'RETURNS ' || pg_get_function_result(p.oid) || ' LANGUAGE ' || l.lanname
  || CASE p.provolatile WHEN 'i' THEN ' IMMUTABLE' WHEN 's' THEN ' STABLE' ELSE '' END
  || CASE WHEN p.prosecdef THEN ' SECURITY DEFINER' ELSE '' END
  || coalesce(' SET ' || array_to_string(p.proconfig, ', '), '') || E'\\n' || p.prosrc
  || coalesce(E'\\n-- ' || obj_description(p.oid, 'pg_proc'), '') AS definition
FROM pg_proc p JOIN s ON s.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
WHERE p.prokind IN ('f', 'p', 'w')
  AND NOT EXISTS (SELECT FROM owned o WHERE o.classid = 'pg_proc'::regclass AND o.objid = p.oid)
UNION ALL
SELECT 'type ' || y.typname, y.typtype::text || coalesce(' ' || (
    SELECT string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = y.oid), '')
FROM pg_type y JOIN s ON s.oid = y.typnamespace
WHERE y.typtype IN ('e', 'd', 'r', 'b') AND y.typcategory <> 'A'
  AND NOT EXISTS (SELECT FROM owned o WHERE o.classid = 'pg_type'::regclass AND o.objid = y.oid)
UNION ALL
SELECT CASE c.relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view ' WHEN 'S' THEN 'sequence '
    WHEN 'f' THEN 'foreign table ' ELSE 'type ' END || c.relname,
  CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid, true) ELSE '' END
FROM pg_class c JOIN s ON s.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm', 'S', 'f', 'c') AND c.relname NOT IN ({records})
  AND NOT EXISTS (SELECT FROM owned o WHERE o.classid = 'pg_class'::regclass AND o.objid = c.oid)";
