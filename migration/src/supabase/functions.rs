//! What the policies for clients of Supabase's API ask: who it is, and what they are a member of.

use crate::isolation::quote;

/// The statements that make the functions in the schema `{wall}`, which is not exposed; a second time they change nothing.
pub(super) fn statements(wall: &str, tables: &str) -> String {
    [CLAIMED, APPLICATIONS, PEOPLE, COMMENTS]
        .join(";\n")
        .replace("{wall}", wall)
        .replace("{tables}", tables)
}

/// The functions, as `DROP FUNCTION` names them.
pub(super) fn names(wall: &str) -> String {
    format!("{wall}.claimed_people(), {wall}.claimed_applications(), {wall}.claimed_user()")
}

/// SQL that is true where the functions are there.
pub(super) fn exist(wall: &str) -> String {
    format!(
        "to_regprocedure({}) IS NOT NULL",
        quote::text(&format!("{wall}.claimed_user()"))
    )
}

/// `PostgREST` has verified the token. What is no JSON, has no `sub`, or one that is no uuid, is nobody.
const CLAIMED: &str = "\
CREATE OR REPLACE FUNCTION {wall}.claimed_user() RETURNS uuid
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $body$
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
END $body$";

/// With the rights of the owner: a policy of `application_memberships` that read its own table would never end.
const APPLICATIONS: &str = "\
CREATE OR REPLACE FUNCTION {wall}.claimed_applications() RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  RETURN ARRAY(
    SELECT m.application_id
    FROM {tables}.application_memberships AS m
    JOIN {tables}.applications AS a ON a.id = m.application_id AND a.deleted_at IS NULL
    JOIN {tables}.users AS u ON u.id = m.user_id AND u.deleted_at IS NULL
    WHERE m.user_id = {wall}.claimed_user() AND m.deleted_at IS NULL);
END $body$";

const PEOPLE: &str = "\
CREATE OR REPLACE FUNCTION {wall}.claimed_people() RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  self uuid := {wall}.claimed_user();
  own uuid[] := {wall}.claimed_applications();
BEGIN
  RETURN ARRAY(
    SELECT m.user_id FROM {tables}.application_memberships AS m
    WHERE m.application_id = ANY (own) AND m.deleted_at IS NULL
    UNION
    SELECT self WHERE self IS NOT NULL);
END $body$";

const COMMENTS: &str = "\
COMMENT ON FUNCTION {wall}.claimed_user() IS 'Who the request is from, by its token; NULL: nobody';
COMMENT ON FUNCTION {wall}.claimed_applications() IS 'The live applications that they are a live member of';
COMMENT ON FUNCTION {wall}.claimed_people() IS 'They themselves and the live members of those applications'";
