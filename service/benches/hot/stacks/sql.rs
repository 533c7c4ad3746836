//! The statements that somebody writes by hand who knows the schema: one for each step, with the same walls.

/// $1: address.
pub(crate) const USER: &str = "SELECT id, email, username, name, given_name, family_name, picture, email_verified_at, \
    created_at, updated_at, deleted_at, deletion_id FROM users WHERE email = $1 AND deleted_at IS NULL";

/// $1: application, $2: user.
pub(crate) const ACCESS: &str = "SELECT \
    ARRAY(SELECT r.key FROM membership_roles mr \
      JOIN roles r ON r.application_id = mr.application_id AND r.id = mr.role_id AND r.deleted_at IS NULL \
      WHERE mr.application_id = $1 AND mr.user_id = $2 ORDER BY r.key) AS roles, \
    ARRAY(SELECT DISTINCT p.permission FROM membership_roles mr \
      JOIN roles r ON r.application_id = mr.application_id AND r.id = mr.role_id AND r.deleted_at IS NULL \
      JOIN role_permissions p ON p.application_id = r.application_id AND p.role_id = r.id \
      WHERE mr.application_id = $1 AND mr.user_id = $2 ORDER BY p.permission) AS permissions \
    FROM application_memberships m \
    JOIN users u ON u.id = m.user_id AND u.deleted_at IS NULL \
    JOIN applications a ON a.id = m.application_id AND a.deleted_at IS NULL \
    WHERE m.application_id = $1 AND m.user_id = $2 AND m.deleted_at IS NULL";

/// $1: application, $2: the client before the page. One row more than the page has tells whether there is another one.
pub(crate) const PAGE: &str = "SELECT application_id, id, name, email, phone, metadata, created_by, created_at, \
    updated_at, deleted_at, deletion_id FROM clients \
    WHERE application_id = $1 AND deleted_at IS NULL AND id > $2 ORDER BY id LIMIT 51";

/// $1: user, $2: address, $3: now.
pub(crate) const NEW_USER: &str = "INSERT INTO users (id, email, created_at, updated_at) VALUES ($1, $2, $3, $3) \
    RETURNING id, email, username, name, given_name, family_name, picture, email_verified_at, created_at, updated_at, \
    deleted_at, deletion_id";

/// $1: application, $2: user, $3: now.
pub(crate) const NEW_MEMBERSHIP: &str = "INSERT INTO application_memberships (application_id, user_id, created_at, updated_at) \
    SELECT a.id, $2, $3, $3 FROM applications a WHERE a.id = $1 AND a.deleted_at IS NULL";

/// $1: application, $2: user, $3: key of the role, $4: who grants it, $5: now.
pub(crate) const NEW_ROLE: &str = "INSERT INTO membership_roles (application_id, user_id, role_id, granted_by, created_at, updated_at) \
    SELECT $1, $2, r.id, $4, $5, $5 FROM roles r WHERE r.application_id = $1 AND r.key = $3 AND r.deleted_at IS NULL";

/// $1: user, $2: address, $3: now, $4: application, $5: key of the role, $6: who grants it. Foreign keys are looked at when
/// all of it is done.
pub(crate) const SIGN_UP: &str = "WITH made AS ( \
      INSERT INTO users (id, email, created_at, updated_at) \
      SELECT $1, $2, $3, $3 FROM applications a JOIN roles r ON r.application_id = a.id AND r.key = $5 AND r.deleted_at IS NULL \
      WHERE a.id = $4 AND a.deleted_at IS NULL \
      RETURNING id, email, username, name, given_name, family_name, picture, email_verified_at, created_at, updated_at, \
      deleted_at, deletion_id), \
    joined AS ( \
      INSERT INTO application_memberships (application_id, user_id, created_at, updated_at) SELECT $4, id, $3, $3 FROM made), \
    given AS ( \
      INSERT INTO membership_roles (application_id, user_id, role_id, granted_by, created_at, updated_at) \
      SELECT $4, made.id, r.id, $6, $3, $3 FROM made, roles r \
      WHERE r.application_id = $4 AND r.key = $5 AND r.deleted_at IS NULL) \
    SELECT * FROM made";

/// $1: token, $2: hash of its secret, $3: now. The user has proved the address before, as all here have: who has not loses
/// the password and the sessions besides.
pub(crate) const CONSUME: &str = "UPDATE verification_tokens t SET consumed_at = $3, updated_at = $3 FROM users u \
    WHERE t.id = $1 AND t.purpose = 'magic_link' AND t.secret_hash = $2 AND t.consumed_at IS NULL AND t.revoked_at IS NULL \
    AND t.expires_at > $3 AND u.id = t.user_id AND u.deleted_at IS NULL AND u.email = t.email \
    AND u.email_verified_at IS NOT NULL \
    RETURNING u.id, u.email, u.username, u.name, u.given_name, u.family_name, u.picture, u.email_verified_at, u.created_at, \
    u.updated_at, u.deleted_at, u.deletion_id";

/// $1: session, $2: now, $3: used before then, it is over.
pub(crate) const SESSION: &str = "SELECT s.id AS s_id, s.secret_hash AS s_secret_hash, s.user_id AS s_user_id, s.ip AS s_ip, \
    s.user_agent AS s_user_agent, s.last_seen_at AS s_last_seen_at, s.expires_at AS s_expires_at, \
    s.rotated_at AS s_rotated_at, s.created_at AS s_created_at, \
    u.id, u.email, u.username, u.name, u.given_name, u.family_name, u.picture, u.email_verified_at, u.created_at, \
    u.updated_at, u.deleted_at, u.deletion_id, \
    a.id AS a_id, a.public_id AS a_public_id, a.slug AS a_slug, a.name AS a_name, a.description AS a_description, \
    a.created_by AS a_created_by, a.compute_id AS a_compute_id, a.created_at AS a_created_at, a.updated_at AS a_updated_at, \
    a.deleted_at AS a_deleted_at, a.deletion_id AS a_deletion_id, \
    ARRAY(SELECT r.key FROM membership_roles mr \
      JOIN roles r ON r.application_id = mr.application_id AND r.id = mr.role_id AND r.deleted_at IS NULL \
      WHERE mr.application_id = s.application_id AND mr.user_id = s.user_id ORDER BY r.key) AS roles, \
    ARRAY(SELECT DISTINCT p.permission FROM membership_roles mr \
      JOIN roles r ON r.application_id = mr.application_id AND r.id = mr.role_id AND r.deleted_at IS NULL \
      JOIN role_permissions p ON p.application_id = r.application_id AND p.role_id = r.id \
      WHERE mr.application_id = s.application_id AND mr.user_id = s.user_id ORDER BY p.permission) AS permissions, \
    EXISTS (SELECT 1 FROM membership_roles mr WHERE mr.application_id = s.application_id AND mr.user_id = s.user_id \
      AND mr.created_at > COALESCE(s.rotated_at, s.created_at)) AS rotation_due \
    FROM sessions s JOIN users u ON u.id = s.user_id AND u.deleted_at IS NULL \
    LEFT JOIN application_memberships m ON m.application_id = s.application_id AND m.user_id = s.user_id \
      AND m.deleted_at IS NULL \
    LEFT JOIN applications a ON a.id = m.application_id AND a.deleted_at IS NULL \
    WHERE s.id = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 AND s.last_seen_at > $3";

/// The role that who signs up gets.
pub(crate) const ROLE: &str = "member";
