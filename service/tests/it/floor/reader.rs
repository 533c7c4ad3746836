//! The reader loads every entity, and no secret.

use migration::isolation::{Role, Roles};
use sea_orm::{ConnectionTrait, Database, EntityTrait};

use super::Two;
use crate::people::Team;

/// A row of each kind that holds a secret.
fn secrets(team: &Team) -> [String; 5] {
    let (user, application) = (team.owner, team.application.id);
    let day = "now() + interval '1 day'";
    [
        format!(
            "INSERT INTO sessions (user_id, secret_hash, expires_at) VALUES ('{user}', sha256('SECRET'), {day})"
        ),
        format!("INSERT INTO user_passwords (user_id, password_hash) VALUES ('{user}', 'SECRET')"),
        format!(
            "INSERT INTO verification_tokens (purpose, secret_hash, user_id, expires_at) \
             VALUES ('magic_link', sha256('SECRET'), '{user}', {day})"
        ),
        format!(
            "INSERT INTO invitations (application_id, email, secret_hash, expires_at) \
             VALUES ('{application}', 'x@example.org', sha256('SECRET'), {day})"
        ),
        format!(
            "INSERT INTO domains (application_id, name, challenge) \
             VALUES ('{application}', 'example.org', 'SECRET-0123456789')"
        ),
    ]
}

/// Loads all rows of each entity and says which tables had some.
macro_rules! loaded {
    ($db:expr; $($table:ident),+ $(,)?) => {{
        let mut all = Vec::new();
        $(
            let rows = ::entity::$table::Entity::find().all($db).await.expect(stringify!($table));
            all.push((stringify!($table), rows.len(), format!("{rows:?}")));
        )+
        all
    }};
}

#[tokio::test]
async fn every_entity_loads_through_the_views_and_no_secret() {
    let two = Two::new().await;
    for secret in secrets(&two.ours.team) {
        two.test.execute(&secret).await.expect("rows");
    }
    let owner = two.test.connect().await;
    let roles = Roles::read(&owner).await.expect("roles");
    let reader = two.test.create_login().await;
    let admin = Database::connect(two.test.admin_url().expect("a server")).await;
    let admin = admin.expect("the administrator");
    let made = format!(
        "GRANT \"{}\" TO {1}; ALTER ROLE {1} SET search_path = aura_reader, public",
        roles.name(Role::Reader),
        reader.name
    );
    admin.execute_unprepared(&made).await.expect("granted");
    let db = Database::connect(&reader.url).await.expect("connects");
    let all = loaded!(&db;
        application_memberships, applications, audit_chains, audit_details, audit_events, client_users, clients, domains,
        email_recipients, emails, invitation_roles, invitations, mailboxes, membership_roles, role_permissions, roles,
        sessions, sign_in_throttles, user_passwords, users, verification_tokens,
    );
    for table in [
        "sessions",
        "user_passwords",
        "verification_tokens",
        "invitations",
        "domains",
        "users",
        "clients",
    ] {
        let (_, rows, _) = all
            .iter()
            .find(|(name, ..)| *name == table)
            .expect("loaded");
        assert!(*rows > 0, "{table}");
    }
    for (table, _, rows) in &all {
        assert!(!rows.contains("SECRET"), "{table}: {rows}");
        for hash in rows.split("secret_hash: ").skip(1) {
            assert!(hash.starts_with("[]"), "{table}: {rows}");
        }
    }
    for connection in [admin, owner, db] {
        connection.close().await.expect("closed");
    }
}
