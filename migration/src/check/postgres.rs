//! Reads what is in a schema from `pg_catalog`, in the same words on `PostgreSQL` 14 to 18.
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use super::facts::Facts;

/// $1 is the schema, $2 whether it is a further one, which is the migrations' alone. Whoever the schema of the tables is
/// opened to is its owner's business, but not that everybody may make something in it; before 15 `public` comes that way.
///
/// What others look at: what belongs to an extension is left out, and so is what comes with something else (the row type of
/// a table, the index of a constraint). Rights of an owner are not granted to it.
const FACTS: &str = r"
WITH s AS (SELECT oid FROM pg_namespace WHERE nspname = $1),
owned AS (SELECT classid, objid FROM pg_depend WHERE deptype IN ('e', 'i')),
r AS (SELECT c.*, CASE c.relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view ' WHEN 'S' THEN 'sequence '
      WHEN 'f' THEN 'foreign table ' ELSE 'table ' END || c.relname AS object
    FROM pg_class c JOIN s ON s.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
      AND NOT EXISTS (SELECT FROM owned o WHERE o.classid = 'pg_class'::regclass AND o.objid = c.oid)),
f AS (SELECT p.*, 'function ' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS object
    FROM pg_proc p JOIN s ON s.oid = p.pronamespace
    WHERE NOT EXISTS (SELECT FROM owned o WHERE o.classid = 'pg_proc'::regclass AND o.objid = p.oid)),
y AS (SELECT y.*, 'type ' || y.typname AS object FROM pg_type y JOIN s ON s.oid = y.typnamespace
    WHERE y.typtype IN ('e', 'd', 'r') AND NOT EXISTS (
      SELECT FROM owned o WHERE o.classid = 'pg_type'::regclass AND o.objid = y.oid))
SELECT object, pg_get_userbyid(owner)::text AS owner, fact FROM (
  SELECT object, relowner AS owner, 1 AS section, '' AS name,
    concat_ws(', ', split_part(object, ' ' || relname, 1), CASE WHEN relpersistence = 'u' THEN 'unlogged' END,
      CASE WHEN relkind = 'p' THEN 'partitioned' END, CASE WHEN relrowsecurity THEN 'row security' END,
      CASE WHEN relforcerowsecurity THEN 'forced row security' END, array_to_string(reloptions, ', ')) AS fact
  FROM r
  UNION ALL
  SELECT object, relowner, 2, lpad(a.attnum::text, 5), 'column ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
    || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
    || CASE WHEN a.attgenerated <> '' THEN ' generated ' || pg_get_expr(d.adbin, d.adrelid, true)
       WHEN d.oid IS NOT NULL THEN ' default ' || pg_get_expr(d.adbin, d.adrelid, true) ELSE '' END
    || CASE WHEN a.attidentity <> '' THEN ' identity' ELSE '' END
    || CASE WHEN a.attcollation <> t.typcollation THEN ' collate ' || a.attcollation::regcollation::text ELSE '' END
  FROM r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum
  WHERE r.relkind <> 'S'
  UNION ALL
  SELECT object, relowner, 3, c.conname, 'constraint ' || c.conname || ': ' || pg_get_constraintdef(c.oid, true)
  FROM r JOIN pg_constraint c ON c.conrelid = r.oid WHERE c.contype NOT IN ('n', 't')
  UNION ALL
  SELECT object, relowner, 4, i.indexrelid::regclass::text, 'index ' || pg_get_indexdef(i.indexrelid, 0, true)
    || CASE WHEN i.indisvalid THEN '' ELSE ' (invalid)' END
  FROM r JOIN pg_index i ON i.indrelid = r.oid
  WHERE NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'))
  UNION ALL
  SELECT object, relowner, 5, g.tgname, 'trigger ' || pg_get_triggerdef(g.oid, true)
    || CASE g.tgenabled WHEN 'O' THEN '' WHEN 'D' THEN ' (disabled)' ELSE ' (enabled: ' || g.tgenabled::text || ')' END
  FROM r JOIN pg_trigger g ON g.tgrelid = r.oid WHERE NOT g.tgisinternal
  UNION ALL
  SELECT object, relowner, 6, p.polname, 'policy ' || p.polname
    || CASE WHEN p.polpermissive THEN ' permissive' ELSE ' restrictive' END
    || CASE p.polcmd WHEN '*' THEN '' WHEN 'r' THEN ' for select' WHEN 'a' THEN ' for insert' WHEN 'w' THEN ' for update'
       ELSE ' for delete' END
    || ' to ' || (SELECT string_agg(CASE role WHEN 0 THEN 'public' ELSE pg_get_userbyid(role)::text END, ', ' ORDER BY 1)
       FROM unnest(p.polroles) AS role)
    || coalesce(' using (' || pg_get_expr(p.polqual, p.polrelid, true) || ')', '')
    || coalesce(' with check (' || pg_get_expr(p.polwithcheck, p.polrelid, true) || ')', '')
  FROM r JOIN pg_policy p ON p.polrelid = r.oid
  UNION ALL
  SELECT object, relowner, 6, w.rulename, 'rule ' || pg_get_ruledef(w.oid, true)
    || CASE w.ev_enabled WHEN 'D' THEN ' (disabled)' WHEN 'A' THEN ' (always)' WHEN 'R' THEN ' (on replicas)' ELSE '' END
  FROM r JOIN pg_rewrite w ON w.ev_class = r.oid WHERE w.rulename <> '_RETURN'
  UNION ALL
  SELECT object, relowner, 7, '', pg_get_viewdef(r.oid, true) FROM r WHERE relkind IN ('v', 'm')
  UNION ALL
  SELECT object, relowner, 8, lpad(d.objsubid::text, 5), 'comment'
    || coalesce(' on ' || a.attname, '') || ': ' || d.description
  FROM r JOIN pg_description d ON d.classoid = 'pg_class'::regclass AND d.objoid = r.oid
  LEFT JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = d.objsubid AND d.objsubid > 0
  UNION ALL
  SELECT object, relowner, 9, '', 'grant ' || x.privilege_type || ' to '
    || CASE x.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(x.grantee)::text END
    || CASE WHEN x.is_grantable THEN ' with grant option' ELSE '' END
  FROM r CROSS JOIN LATERAL aclexplode(r.relacl) AS x WHERE x.grantee <> r.relowner
  UNION ALL
  SELECT object, relowner, 9, a.attname, 'grant ' || x.privilege_type || ' (' || a.attname || ') to '
    || CASE x.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(x.grantee)::text END
  FROM r JOIN pg_attribute a ON a.attrelid = r.oid CROSS JOIN LATERAL aclexplode(a.attacl) AS x
  WHERE NOT a.attisdropped AND x.grantee <> r.relowner
  UNION ALL
  SELECT object, proowner, 1, '', 'returns ' || coalesce(pg_get_function_result(f.oid), 'nothing') || ' language ' || l.lanname
    || CASE provolatile WHEN 'i' THEN ' immutable' WHEN 's' THEN ' stable' ELSE '' END
    || CASE WHEN prosecdef THEN ' security definer' ELSE '' END || CASE WHEN proisstrict THEN ' strict' ELSE '' END
    || CASE WHEN proleakproof THEN ' leakproof' ELSE '' END
    || coalesce(' set ' || array_to_string(proconfig, ', '), '') || E'\n'
    || coalesce(pg_get_function_sqlbody(f.oid), prosrc)
  FROM f JOIN pg_language l ON l.oid = prolang
  UNION ALL
  SELECT object, proowner, 8, '', 'comment: ' || d.description
  FROM f JOIN pg_description d ON d.classoid = 'pg_proc'::regclass AND d.objoid = f.oid
  UNION ALL
  SELECT object, proowner, 9, '', 'grant ' || x.privilege_type || ' to '
    || CASE x.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(x.grantee)::text END
  FROM f CROSS JOIN LATERAL aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) AS x WHERE x.grantee <> f.proowner
  UNION ALL
  SELECT object, typowner, 1, '', CASE typtype WHEN 'd' THEN 'domain of ' || format_type(typbasetype, typtypmod)
      || coalesce((SELECT string_agg(' ' || pg_get_constraintdef(c.oid, true), '' ORDER BY c.conname)
         FROM pg_constraint c WHERE c.contypid = y.oid AND c.contype = 'c'), '')
    WHEN 'e' THEN 'enum ' || (SELECT string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder)
      FROM pg_enum e WHERE e.enumtypid = y.oid) ELSE 'range' END
  FROM y
  UNION ALL
  SELECT 'schema', n.nspowner, 1, '', 'schema' FROM pg_namespace n JOIN s ON s.oid = n.oid WHERE $2
  UNION ALL
  SELECT 'schema', n.nspowner, 9, '', 'grant ' || x.privilege_type || ' to '
    || CASE x.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(x.grantee)::text END
    || CASE WHEN x.is_grantable THEN ' with grant option' ELSE '' END
  FROM pg_namespace n JOIN s ON s.oid = n.oid CROSS JOIN LATERAL aclexplode(n.nspacl) AS x
  WHERE x.grantee <> n.nspowner AND ($2 OR (x.grantee = 0 AND x.privilege_type = 'CREATE' AND NOT EXISTS (
    SELECT FROM pg_init_privs i CROSS JOIN LATERAL aclexplode(i.initprivs) AS d
    WHERE i.classoid = 'pg_namespace'::regclass AND i.objoid = n.oid AND d.grantee = 0 AND d.privilege_type = 'CREATE')))
) AS all_facts ORDER BY object, section, name, fact";

/// Adds what is in the schema, which is `called` so.
pub(super) async fn read<C: ConnectionTrait>(
    db: &C,
    schema: &str,
    called: &str,
    further: bool,
    facts: &mut Facts,
) -> Result<(), DbErr> {
    let values = [schema.into(), further.into()];
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, FACTS, values);
    for row in db.query_all_raw(statement).await? {
        let object: String = row.try_get("", "object")?;
        let owner: String = row.try_get("", "owner")?;
        let fact: String = row.try_get("", "fact")?;
        let object = match object.as_str() {
            "schema" => format!("schema {called}"),
            _ if further => format!("{object} in schema {called}"),
            _ => object,
        };
        facts.add(&object, &owner, fact);
    }
    Ok(())
}

/// Whose the schema's tables are: the owner of a record, or this login where there is none.
pub(super) async fn owner<C: ConnectionTrait>(db: &C, records: &[String]) -> Result<String, DbErr> {
    for record in records {
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT pg_get_userbyid(c.relowner)::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace \
             WHERE n.nspname = current_schema() AND c.relname = $1",
            [record.as_str().into()],
        );
        if let Some(row) = db.query_one_raw(statement).await? {
            return row.try_get_by_index(0);
        }
    }
    let statement = Statement::from_string(DbBackend::Postgres, "SELECT current_user::text");
    match db.query_one_raw(statement).await? {
        Some(row) => row.try_get_by_index(0),
        None => Ok(String::new()),
    }
}

/// Who may own what the migrations make: the schema's owner, and whoever could take it anyway, superusers and the owner of
/// the database.
pub(super) async fn believed<C: ConnectionTrait>(
    db: &C,
    owner: &str,
) -> Result<Vec<String>, DbErr> {
    let sql = "SELECT rolname::text FROM pg_roles WHERE rolsuper OR rolname = $1 \
         OR oid = (SELECT datdba FROM pg_database WHERE datname = current_database())";
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [owner.into()]);
    db.query_all_raw(statement)
        .await?
        .iter()
        .map(|row| row.try_get_by_index(0))
        .collect()
}
