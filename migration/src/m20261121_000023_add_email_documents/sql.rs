//! What the migration runs. `{search}` is the schema of the documents, `{schema}` that of the emails, `{path}` the search path of
//! the functions, `{document}` how a document is made; each quoted is the same as a text.

/// Where the login may make none, an administrator has made it before.
pub(super) const SCHEMA: &str = "\
DO $$ BEGIN
  IF to_regnamespace('{search}') IS NULL THEN
    CREATE SCHEMA {search};
    COMMENT ON SCHEMA {search} IS 'What searches read: granted to nobody, reached through search_emails';
  END IF;
END $$";

pub(super) const TABLE: &str = "\
CREATE TABLE {search}.email_documents (
  application_id uuid NOT NULL,
  email_id uuid NOT NULL,
  document tsvector NOT NULL,
  CONSTRAINT email_documents_pkey PRIMARY KEY (application_id, email_id),
  CONSTRAINT email_documents_application_id_email_id_fkey FOREIGN KEY (application_id, email_id)
    REFERENCES {schema}.emails (application_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE {search}.email_documents IS 'The words of each live email';
COMMENT ON COLUMN {search}.email_documents.application_id IS 'The application (tenant) that the row belongs to';
COMMENT ON COLUMN {search}.email_documents.email_id IS 'The email';
COMMENT ON COLUMN {search}.email_documents.document IS
  'Its words, each behind the last twelve digits of the application: what others have of it costs a search nothing';
CREATE FUNCTION {search}.email_document(application_id uuid, subject text, body text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT {document} $$;
COMMENT ON FUNCTION {search}.email_document(uuid, text, text) IS 'The document of an email'";

/// A policy that asks a function called immutable is asked once, while the statement is planned, and where it is true
/// nothing of it is left: else `@@` would have to wait for it, and no index would serve. What is planned for another search
/// path is planned anew. What is planned before the tenant is set could be run after it, but by the owner alone, in SQL of its
/// own on this very table.
pub(super) const GATE: &str = "\
CREATE FUNCTION {search}.is_open() RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN coalesce(pg_catalog.current_setting('app.application_id', true), '') = ''
    OR pg_catalog.current_setting('search_path') = '{path}';
END $$;
COMMENT ON FUNCTION {search}.is_open() IS 'Whether no tenant is set, or one of the functions here is asking';
ALTER TABLE {search}.email_documents ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY floor ON {search}.email_documents USING ({search}.is_open()) WITH CHECK ({search}.is_open())";

/// Whoever writes an email: who may write it may not read or write documents.
pub(super) const KEEP: &str = "\
CREATE FUNCTION {search}.keep_email_document() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {path} AS $$
BEGIN
  IF NEW.deleted_at IS NULL THEN
    INSERT INTO email_documents (application_id, email_id, document)
    VALUES (NEW.application_id, NEW.id, email_document(NEW.application_id, NEW.subject, NEW.body))
    ON CONFLICT (application_id, email_id) DO UPDATE SET document = excluded.document;
  ELSE
    DELETE FROM email_documents WHERE application_id = NEW.application_id AND email_id = NEW.id;
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION {search}.keep_email_document() IS 'Keeps the document of a live email as the email is';
CREATE TRIGGER emails_document AFTER INSERT OR UPDATE OF subject, body, deleted_at ON {schema}.emails
FOR EACH ROW EXECUTE FUNCTION {search}.keep_email_document()";

/// Volatile, since nothing else may EXPLAIN; it reads no row.
pub(super) const EXPECTED: &str = "\
CREATE FUNCTION {search}.expected(application uuid, asked tsquery, OUT hits float8, OUT documents float8)
LANGUAGE plpgsql VOLATILE SET search_path = {path} SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT JSON) SELECT FROM email_documents WHERE document @@ $1
           UNION ALL SELECT FROM email_documents WHERE application_id = $2'
    INTO plan USING asked, application;
  hits := plan #>> '{0,Plan,Plans,0,Plan Rows}';
  documents := plan #>> '{0,Plan,Plans,1,Plan Rows}';
END $$;
COMMENT ON FUNCTION {search}.expected(uuid, tsquery) IS
  'How many documents the planner takes to match, and how many to be the application''s'";

/// Two ways, and what bounds both. All that match, by the index of words, and of those the newest: 2 µs each. Or the newest
/// emails one after the other until enough match: 3 to 17 µs each, the longer the text, and as many as it takes. Planned
/// with LIMIT, `PostgreSQL` takes the second way for granted to end soon, and for words that only old mail has it reads all
/// there is. So each search says how far it goes: the first way up to where the second is expected to be as dear, the second
/// four times as far as expected, and after that the first.
///
/// The planner is told what the parameters are, and chooses with what to begin, and nothing else: it takes a policy for a
/// filter that leaves a part of the rows, and so a large mailbox for a small one. Hence no hash of a whole mailbox, and no
/// order but by an index. What is switched off so counts as dear, for which queries are compiled: not these.
pub(super) const SEARCH: &str = "\
CREATE FUNCTION {schema}.search_emails(application uuid, words text, mailbox uuid, member uuid, thread uuid,
  direction text, since uuid, before uuid, most bigint) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 51 SET search_path = {path}
SET plan_cache_mode = force_custom_plan SET enable_hashjoin = off SET enable_mergejoin = off SET enable_sort = off
SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
  tenant text := nullif(current_setting('app.application_id', true), '');
  asker name := coalesce(nullif(current_setting('role'), 'none'), session_user);
  asked tsquery := websearch_to_tsquery('simple', words);
  guess record;
  newest uuid[];
BEGIN
  -- Another tenant's words are no words; and where none is set, whoever is walled by it finds nothing.
  IF tenant IS NULL THEN
    IF NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = '{emails}'::regclass AND pg_has_role(asker, c.relowner, 'USAGE'))
      AND NOT EXISTS (SELECT FROM pg_policy p, unnest(p.polroles) AS r (oid)
        WHERE p.polrelid = '{emails}'::regclass AND p.polname = 'service' AND r.oid <> 0
          AND pg_has_role(asker, r.oid, 'USAGE')) THEN
      RETURN;
    END IF;
  ELSIF lower(tenant) <> application::text THEN
    RETURN;
  END IF;
  -- No word that must occur: there is nothing to find, and not everything.
  IF querytree(asked) IN ('', 'T') THEN
    RETURN;
  END IF;
  -- As text a query is 'word' & !'word', a quote inside a word doubled.
  asked := regexp_replace(asked::text, '''((?:[^'']|'''')*)''', '''' || right(application::text, 12) || '\\1''', 'g');
  SELECT * INTO guess FROM expected(application, asked);
  IF guess.hits ^ 2 > 4 * most * guess.documents THEN
    newest := ARRAY(
      SELECT e.id FROM (
        SELECT e.id FROM {schema}.emails e
        WHERE e.application_id = application AND e.deleted_at IS NULL
          AND (since IS NULL OR e.id >= since) AND (before IS NULL OR e.id < before)
          AND (mailbox IS NULL OR e.mailbox_id = mailbox) AND (member IS NULL OR e.user_id = member)
          AND (thread IS NULL OR e.thread_id = thread)
          AND (direction IS NULL OR direction = 'sent' AND e.sent_at IS NOT NULL
            OR direction = 'received' AND e.received_at IS NOT NULL)
        ORDER BY e.id DESC LIMIT (4 * most * guess.documents / guess.hits)::bigint) e
      JOIN email_documents d ON d.application_id = application AND d.email_id = e.id
      WHERE d.document @@ asked ORDER BY e.id DESC LIMIT most);
    IF cardinality(newest) = most THEN
      RETURN QUERY SELECT unnest(newest);
      RETURN;
    END IF;
  END IF;
  IF num_nonnulls(mailbox, member, thread, direction) = 0 THEN
    RETURN QUERY WITH hits AS MATERIALIZED (
      SELECT d.email_id AS id FROM email_documents d
      WHERE d.application_id = application AND d.document @@ asked
        AND (since IS NULL OR d.email_id >= since) AND (before IS NULL OR d.email_id < before))
    SELECT h.id FROM hits h ORDER BY h.id DESC LIMIT most;
  ELSE
    RETURN QUERY WITH hits AS MATERIALIZED (
      SELECT e.id FROM email_documents d JOIN {schema}.emails e ON e.application_id = application AND e.id = d.email_id
      WHERE d.application_id = application AND d.document @@ asked AND e.deleted_at IS NULL
        AND (since IS NULL OR d.email_id >= since) AND (before IS NULL OR d.email_id < before)
        AND (mailbox IS NULL OR e.mailbox_id = mailbox) AND (member IS NULL OR e.user_id = member)
        AND (thread IS NULL OR e.thread_id = thread)
        AND (direction IS NULL OR direction = 'sent' AND e.sent_at IS NOT NULL
          OR direction = 'received' AND e.received_at IS NOT NULL))
    SELECT h.id FROM hits h ORDER BY h.id DESC LIMIT most;
  END IF;
END $$;
COMMENT ON FUNCTION {schema}.search_emails(uuid, text, uuid, uuid, uuid, text, uuid, uuid, bigint) IS
  'The ids of the newest live emails of the application with the words, from before an id, that meet what is not NULL'";

/// Takes it from everybody, also from whom default privileges give what is new.
pub(super) const CLOSE: &str = "\
DO $$
DECLARE
  part record;
BEGIN
  FOR part IN
    SELECT 'SCHEMA ' || n.oid::regnamespace AS name, a.grantee
    FROM pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
    WHERE n.oid = to_regnamespace('{search}') AND n.oid <> to_regnamespace('{here}') AND a.grantee <> n.nspowner
    UNION
    SELECT 'TABLE ' || c.oid::regclass, a.grantee
    FROM pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a
    WHERE c.oid = '{table}'::regclass AND a.grantee <> c.relowner
    UNION
    SELECT 'FUNCTION ' || p.oid::regprocedure, a.grantee
    FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
    WHERE p.pronamespace IN (to_regnamespace('{search}'), to_regnamespace('{here}')) AND a.grantee <> p.proowner
      AND p.proname IN ('email_document', 'is_open', 'keep_email_document', 'expected', 'search_emails')
  LOOP
    EXECUTE format('REVOKE ALL ON %s FROM %s', part.name,
      CASE part.grantee WHEN 0 THEN 'PUBLIC' ELSE part.grantee::regrole::text END);
  END LOOP;
END $$";

/// Nobody writes emails meanwhile: the trigger has locked them. An index of many rows is made faster at once than row by
/// row; no list of pending entries, since every search, of whichever application, would read it through.
pub(super) const FILL: &str = "\
INSERT INTO {search}.email_documents (application_id, email_id, document)
SELECT e.application_id, e.id, {search}.email_document(e.application_id, e.subject, e.body)
FROM {schema}.emails e WHERE e.deleted_at IS NULL;
CREATE INDEX email_documents_document_idx ON {search}.email_documents USING gin (document) WITH (fastupdate = off);
ANALYZE {search}.email_documents";

/// A schema in which somebody else has put something stays.
pub(super) const DROP: &str = "\
DROP TRIGGER IF EXISTS emails_document ON {schema}.emails;
DROP FUNCTION IF EXISTS {schema}.search_emails(uuid, text, uuid, uuid, uuid, text, uuid, uuid, bigint);
DROP FUNCTION IF EXISTS {search}.expected(uuid, tsquery);
DROP FUNCTION IF EXISTS {search}.keep_email_document();
DROP TABLE IF EXISTS {search}.email_documents;
DROP FUNCTION IF EXISTS {search}.is_open();
DROP FUNCTION IF EXISTS {search}.email_document(uuid, text, text);
DO $$ BEGIN
  IF (SELECT pg_has_role(n.nspowner, 'USAGE') FROM pg_namespace n
      WHERE n.oid = to_regnamespace('{search}') AND n.oid <> to_regnamespace('{here}')) THEN
    DROP SCHEMA {search};
  END IF;
EXCEPTION WHEN dependent_objects_still_exist THEN
  NULL;
END $$";
