//! What the policies for clients of Supabase's API ask: who it is, and what they are a member of.

/// The statements that make the functions in the schema `{wall}`, which is not exposed; a second time they change nothing.
pub(super) fn statements() -> String {
    [CLAIMED, APPLICATIONS, PEOPLE, COMMENTS].join(";\n")
}

/// `PostgREST` has verified the token. What is no JSON, has no `sub`, or one that is no uuid, is nobody.
const CLAIMED: &str = "\
CREATE OR REPLACE FUNCTION {wall}.claimed_user() RETURNS uuid
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $aura_body$
DECLARE
  subject text;
BEGIN
  BEGIN
    subject := nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub';
  EXCEPTION WHEN others THEN
    RETURN NULL;
  END;
  IF subject ~ '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$' THEN
    RETURN subject::uuid;
  END IF;
  RETURN NULL;
END $aura_body$";

/// With the rights of the owner: a policy of `application_memberships` that read its own table would never end.
const APPLICATIONS: &str = "\
CREATE OR REPLACE FUNCTION {wall}.claimed_applications() RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $aura_body$
BEGIN
  RETURN ARRAY(
    SELECT m.application_id
    FROM {tables}.application_memberships AS m
    JOIN {tables}.applications AS a ON a.id = m.application_id AND a.deleted_at IS NULL
    JOIN {tables}.users AS u ON u.id = m.user_id AND u.deleted_at IS NULL
    WHERE m.user_id = {wall}.claimed_user() AND m.deleted_at IS NULL);
END $aura_body$";

const PEOPLE: &str = "\
CREATE OR REPLACE FUNCTION {wall}.claimed_people() RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $aura_body$
DECLARE
  self uuid := {wall}.claimed_user();
  own uuid[] := {wall}.claimed_applications();
BEGIN
  RETURN ARRAY(
    SELECT m.user_id FROM {tables}.application_memberships AS m
    WHERE m.application_id = ANY (own) AND m.deleted_at IS NULL
    UNION
    SELECT self WHERE self IS NOT NULL);
END $aura_body$";

const COMMENTS: &str = "\
COMMENT ON FUNCTION {wall}.claimed_user() IS 'Who the request is from, by its token; NULL: nobody';
COMMENT ON FUNCTION {wall}.claimed_applications() IS 'The live applications that they are a live member of';
COMMENT ON FUNCTION {wall}.claimed_people() IS 'They themselves and the live members of those applications'";
