//! Reads what a schema is on Citus alone: where each table lies, and what was taken from its owner.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use super::facts::Facts;
use crate::citus::layout::{self, FIRST, Place};

/// $1 is the schema. `leads` is the first column of the key.
const KEYS: &str = "\
SELECT c.relname::text AS name, a.attname::text AS leads FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisprimary
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
WHERE n.nspname = $1 AND c.relkind IN ('r', 'p')";

/// $1 is the schema. A table that Citus knows and that is neither everywhere nor spread is one of the coordinator's.
const PLACES: &str = "\
SELECT c.relname::text AS name, CASE WHEN p.partmethod = 'n' AND p.repmodel = 't' THEN 'everywhere'
    WHEN p.partmethod IN ('h', 'r', 'a') THEN 'spread' ELSE 'here' END AS kind,
  CASE WHEN p.partkey IS NOT NULL THEN column_to_column_name(p.logicalrelid, p.partkey) END AS by,
  coalesce(p.colocationid = f.colocationid AND p.colocationid <> 0, false) AS together
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_dist_partition AS p ON p.logicalrelid = c.oid
LEFT JOIN pg_dist_partition AS f ON f.logicalrelid = to_regclass(quote_ident($1) || '.application_memberships')
WHERE n.nspname = $1 AND c.relkind IN ('r', 'p')";

/// $1 is the schema.
const TAKEN: &str = "\
SELECT c.relname::text AS name, string_agg(w.privilege, ', ' ORDER BY w.privilege) AS rights
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN (VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE')) AS w (privilege)
WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND c.relacl IS NOT NULL AND NOT EXISTS (
  SELECT FROM aclexplode(c.relacl) AS x WHERE x.grantee = c.relowner AND x.privilege_type = w.privilege)
GROUP BY c.relname";

/// Adds where the tables belong, as [`layout`] has it: the likeness of a schema lies on the coordinator alone.
pub(super) async fn expect<C: ConnectionTrait>(
    db: &C,
    schema: &str,
    facts: &mut Facts,
) -> Result<(), DbErr> {
    for row in query(db, KEYS, schema).await? {
        let (name, leads): (String, String) = (row.try_get("", "name")?, row.try_get("", "leads")?);
        let fact = match layout::place(&name, &leads) {
            Place::Everywhere => everywhere(),
            Place::Apart(column) => spread(column, false),
            Place::Together => spread(layout::TENANT, true),
        };
        add(facts, &name, fact);
    }
    taken(db, schema, facts).await
}

/// Adds where the tables lie.
pub(super) async fn read<C: ConnectionTrait>(
    db: &C,
    schema: &str,
    facts: &mut Facts,
) -> Result<(), DbErr> {
    for row in query(db, PLACES, schema).await? {
        let name: String = row.try_get("", "name")?;
        let (kind, by): (String, Option<String>) =
            (row.try_get("", "kind")?, row.try_get("", "by")?);
        let fact = match (kind.as_str(), by) {
            ("everywhere", _) => everywhere(),
            ("spread", Some(column)) => spread(&column, row.try_get("", "together")?),
            _ => {
                "place: on the coordinator alone; `distribute` puts it where it belongs".to_owned()
            }
        };
        add(facts, &name, fact);
    }
    taken(db, schema, facts).await
}

/// What was taken from the owners, whom the policy `owner` is for, whatever they are called: the likeness is somebody else's,
/// where another login looks.
async fn taken<C: ConnectionTrait>(db: &C, schema: &str, facts: &mut Facts) -> Result<(), DbErr> {
    for object in facts.objects.values_mut() {
        let named = format!("policy owner permissive to {} ", object.owner);
        for fact in &mut object.facts {
            if let Some(rest) = fact.strip_prefix(&named) {
                *fact = format!("policy owner permissive to the owner {rest}");
            }
        }
    }
    for row in query(db, TAKEN, schema).await? {
        let (name, rights): (String, String) =
            (row.try_get("", "name")?, row.try_get("", "rights")?);
        add(facts, &name, format!("taken from the owner: {rights}"));
    }
    Ok(())
}

fn everywhere() -> String {
    "place: on every node".to_owned()
}

fn spread(column: &str, together: bool) -> String {
    if together {
        format!("place: by {column}, together with {FIRST}")
    } else {
        format!("place: by {column}, apart from other tables")
    }
}

/// Tables alone: a fact about what is not among them, such as the record, is nobody's.
fn add(facts: &mut Facts, table: &str, fact: String) {
    if let Some(object) = facts.objects.get_mut(&format!("table {table}")) {
        object.facts.push(fact);
    }
}

async fn query<C: ConnectionTrait>(
    db: &C,
    sql: &str,
    schema: &str,
) -> Result<Vec<sea_orm_migration::sea_orm::QueryResult>, DbErr> {
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [schema.into()]);
    db.query_all_raw(statement).await
}
