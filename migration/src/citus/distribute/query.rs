//! What the catalog is asked.

use super::seal::POLICY;
use crate::citus::layout;
use crate::isolation::quote;
use crate::schema::functions::{KEEP_UNTIL_RETIRED, REFUSE_CHANGE, TOUCH_UPDATED_AT};

/// The tables; the memo is that of the seal, else what the seal will have to say.
pub(super) fn tables() -> String {
    format!(
        "\
SELECT c.relname::text AS name, pg_total_relation_size(c.oid) AS bytes, s.oid IS NOT NULL AS sealed,
  coalesce((SELECT a.attname::text FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
    WHERE i.indrelid = c.oid AND i.indisprimary), '') AS leads,
  m.memo::text AS memo, (m.memo ->> 'enabled')::boolean AS enabled, (m.memo ->> 'forced')::boolean AS forced,
  (m.memo ->> 'isolated')::boolean AS isolated, m.memo ->> 'prefix' AS prefix, pg_get_userbyid(c.relowner)::text AS owner,
  coalesce((SELECT string_agg(r.value, ',') FROM jsonb_array_elements_text(m.memo -> 'refused') AS r), '') AS refused
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_policy AS s ON s.polrelid = c.oid AND s.polname = '{POLICY}'
CROSS JOIN LATERAL (SELECT coalesce(obj_description(s.oid, 'pg_policy')::jsonb, jsonb_build_object(
  'enabled', c.relrowsecurity, 'forced', c.relforcerowsecurity,
  'isolated', EXISTS (SELECT FROM pg_catalog.pg_policy AS f WHERE f.polrelid = c.oid AND f.polname = 'floor'),
  'prefix', (SELECT left(r.rolname, -8) FROM pg_catalog.pg_policy AS y JOIN pg_catalog.pg_class AS u ON u.oid = y.polrelid
    JOIN pg_catalog.pg_roles AS r ON r.oid = ANY (y.polroles) AND r.rolname LIKE '%\\_service'
    WHERE u.relnamespace = c.relnamespace AND u.relname = 'users' AND y.polname = 'service'),
  'refused', coalesce((SELECT jsonb_agg(e.name) FROM (VALUES ('UPDATE', 16), ('DELETE', 8), ('TRUNCATE', 32)) AS e (name, bit)
    WHERE EXISTS (SELECT FROM pg_catalog.pg_trigger AS g JOIN pg_catalog.pg_proc AS p ON p.oid = g.tgfoid
      WHERE g.tgrelid = c.oid AND p.proname = '{REFUSE_CHANGE}' AND g.tgqual IS NULL AND g.tgtype & e.bit <> 0)), '[]'),
  'keys', coalesce((SELECT jsonb_agg(jsonb_build_object('name', k.conname, 'to', t.relname,
      'definition', pg_get_constraintdef(k.oid)) ORDER BY k.conname)
    FROM pg_catalog.pg_constraint AS k JOIN pg_catalog.pg_class AS t ON t.oid = k.confrelid
    WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.conparentid = 0), '[]'))) AS memo) AS m
WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> 'email_documents'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid
    AND d.deptype = 'e')
ORDER BY c.relname"
    )
}

/// `keep_email_document` is in a schema of its own, and goes with the documents.
pub(super) fn triggers() -> String {
    let ours = ours();
    format!(
        "\
SELECT c.relname::text AS \"table\", t.tgname::text AS name,
  p.proname = 'keep_email_document' OR p.pronamespace = c.relnamespace AND p.proname IN ({ours}) AS ours
FROM pg_catalog.pg_trigger AS t JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid
WHERE n.nspname = current_schema() AND NOT t.tgisinternal ORDER BY 1, 2"
    )
}

pub(super) fn functions() -> String {
    let ours = ours();
    format!(
        "\
SELECT p.proname::text AS name FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname = current_schema() AND p.proname IN ({ours}) AND p.pronargs = 0 AND NOT EXISTS (
  SELECT FROM pg_catalog.pg_trigger AS t JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
  WHERE t.tgfoid = p.oid AND c.relnamespace <> p.pronamespace)
ORDER BY 1"
    )
}

fn ours() -> String {
    let names = [KEEP_UNTIL_RETIRED, REFUSE_CHANGE, TOUCH_UPDATED_AT];
    names.map(quote::text).join(", ")
}

/// Those of this crate are known by their names.
pub(super) fn policies() -> String {
    format!(
        "\
SELECT c.relname::text AS \"table\", p.polname::text AS name
FROM pg_catalog.pg_policy AS p JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND p.polname NOT IN ('floor', 'owner', 'service', 'runtime', 'runtime_tenant',
  'runtime_update', 'reader', 'reader_view', 'guest', 'guest_tenant', 'supabase', '{POLICY}')
ORDER BY 1, 2"
    )
}

pub(super) const UNIQUE: &str = "\
SELECT c.relname::text AS \"table\", x.relname::text AS name, coalesce(a.attname::text, '') AS \"column\"
FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL generate_series(0, i.indnkeyatts - 1) AS k (at)
LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = i.indkey[k.at] AND a.attnum > 0
WHERE n.nspname = current_schema() AND i.indisunique ORDER BY 1, 2, 3";

/// Those that are there, and those that a seal remembers. The columns of one that is not there are not looked at again.
pub(super) fn keys() -> String {
    let tenant = layout::TENANT;
    format!(
        "\
SELECT CASE WHEN c.relnamespace = n.oid THEN c.relname::text ELSE c.oid::regclass::text END AS \"table\", k.conname::text AS name,
  CASE WHEN t.relnamespace = n.oid THEN t.relname::text ELSE t.oid::regclass::text END AS target,
  pg_get_constraintdef(k.oid) AS definition, k.confdeltype IN ('n', 'd') OR k.confupdtype IN ('n', 'd') AS clears, true AS there,
  EXISTS (SELECT FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum = ANY (k.conkey)
    AND a.attname = '{tenant}') AS of_application
FROM pg_catalog.pg_constraint AS k JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
JOIN pg_catalog.pg_class AS t ON t.oid = k.confrelid
JOIN pg_catalog.pg_namespace AS n ON n.nspname = current_schema() AND n.oid IN (c.relnamespace, t.relnamespace)
WHERE k.contype = 'f' AND k.conparentid = 0 AND c.relname <> 'email_documents'
UNION ALL
SELECT c.relname, k.value ->> 'name', k.value ->> 'to', k.value ->> 'definition', false, false, true
FROM pg_catalog.pg_policy AS s JOIN pg_catalog.pg_class AS c ON c.oid = s.polrelid
JOIN pg_catalog.pg_namespace AS n ON n.nspname = current_schema() AND n.oid = c.relnamespace
CROSS JOIN LATERAL jsonb_array_elements(obj_description(s.oid, 'pg_policy')::jsonb -> 'keys') AS k
WHERE s.polname = '{POLICY}' AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS o
  WHERE o.conrelid = c.oid AND o.conname = k.value ->> 'name')
ORDER BY 1, 2"
    )
}

/// A table that Citus merely knows, on this node alone (`repmodel` `s` without a column), is not distributed.
pub(super) const LIES: &str = "\
SELECT c.relname::text AS \"table\", CASE WHEN p.partmethod = 'n' THEN 'everywhere'
  ELSE 'by ' || column_to_column_name(p.logicalrelid, p.partkey) END AS lies
FROM pg_catalog.pg_dist_partition AS p JOIN pg_catalog.pg_class AS c ON c.oid = p.logicalrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND (p.partmethod <> 'n' OR p.repmodel = 't')";
