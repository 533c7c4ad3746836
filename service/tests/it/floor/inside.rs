//! What SQL sees and may do inside.

use entity::clients;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use service::{Error, NewClient};

use super::{Two, execute, refusal, rows, value};

#[tokio::test]
async fn a_forgotten_where_meets_one_application_alone() {
    let two = Two::new().await;
    two.ours
        .tenant
        .transaction(async |tenant| {
            let db = tenant.db();
            let names: Vec<String> = rows(db, "SELECT name FROM clients")
                .await?
                .iter()
                .map(|row| row.try_get_by_index(0))
                .collect::<Result<_, _>>()?;
            assert_eq!(names, ["Client of ours"]);
            let all = clients::Entity::find().all(db).await?;
            assert_eq!(all.len(), 1, "an entity past the door");
            assert_eq!(execute(db, "UPDATE clients SET name = 'x'").await?, 1);
            assert_eq!(execute(db, "DELETE FROM client_users").await?, 0);
            let id = two.theirs.client;
            let theirs = clients::Entity::find().filter(clients::Column::Id.eq(id));
            assert!(theirs.one(db).await?.is_none());
            Ok::<_, Error>(())
        })
        .await
        .expect("kept");
    let theirs = two.theirs.tenant.clients().get(two.theirs.client).await;
    assert_eq!(
        theirs.expect("read").expect("there").name,
        "Client of theirs"
    );
}

#[tokio::test]
async fn nothing_is_written_into_another_application() {
    let two = Two::new().await;
    let (ours, theirs) = (
        two.ours.tenant.application_id(),
        two.theirs.tenant.application_id(),
    );
    for sql in [
        format!("INSERT INTO clients (application_id, name) VALUES ('{theirs}', 'x')"),
        format!("UPDATE clients SET application_id = '{theirs}'"),
        format!(
            "INSERT INTO application_memberships (application_id, user_id) VALUES ('{theirs}', '{}')",
            two.ours.team.owner
        ),
    ] {
        let refused = two
            .ours
            .tenant
            .transaction(async |tenant| {
                let refused = refusal(execute(tenant.db(), &sql).await);
                // Citus says by itself that a row stays with its application.
                let by_itself = migration::testing::on_citus() && sql.starts_with("UPDATE");
                let expected = if by_itself { "0A000" } else { "42501" };
                assert_eq!(refused, expected, "{sql}");
                Err::<(), _>(Error::NotFound)
            })
            .await;
        assert!(matches!(refused, Err(Error::NotFound)));
    }
    two.ours
        .tenant
        .transaction(async |tenant| {
            let sql = format!("INSERT INTO clients (application_id, name) VALUES ('{ours}', 'x')");
            assert_eq!(execute(tenant.db(), &sql).await?, 1, "one's own passes");
            Ok::<_, Error>(())
        })
        .await
        .expect("kept");
}

#[tokio::test]
async fn verbs_entities_and_raw_sql_see_the_same() {
    let two = Two::new().await;
    let made = two
        .ours
        .tenant
        .transaction(async |tenant| {
            let new = NewClient::new("Hotel Belvedere".parse()?);
            let client = tenant.clients().create(new).await?;
            let found: i64 = value(tenant.db(), "SELECT count(*) FROM clients").await;
            assert_eq!(found, 2);
            let members = tenant.admin()?.members();
            members.add(two.theirs.team.member, &["member"]).await?;
            tenant
                .clients()
                .assign(client.id, two.theirs.team.member)
                .await?;
            Ok::<_, Error>(client.id)
        })
        .await
        .expect("kept");
    let client = two.ours.tenant.clients().get(made).await;
    assert!(client.expect("read").is_some());
}

#[tokio::test]
async fn of_users_only_members_are_seen_and_of_secrets_nothing() {
    migration::not_on_citus!("a policy of users could not look for members: every row is seen");
    let two = Two::new().await;
    // Up to 14 the schema is the administrator's, whom `migration -- roles` tells so.
    let admin = sea_orm::Database::connect(two.test.admin_url().expect("a server")).await;
    let admin = admin.expect("the administrator");
    let revoke = "REVOKE CREATE ON SCHEMA public FROM PUBLIC";
    let revoked = sea_orm::ConnectionTrait::execute_unprepared(&admin, revoke).await;
    revoked.expect("revoked");
    admin.close().await.expect("closed");
    two.ours
        .tenant
        .transaction(async |tenant| {
            let db = tenant.db();
            let mut seen: Vec<String> = rows(db, "SELECT email FROM users")
                .await?
                .iter()
                .map(|row| row.try_get_by_index(0))
                .collect::<Result<_, _>>()?;
            seen.sort();
            assert_eq!(
                seen,
                ["admin@ours.test", "member@ours.test", "owner@ours.test"]
            );
            let one: i64 = value(db, "SELECT count(*) FROM applications").await;
            assert_eq!(one, 1);
            Ok::<_, Error>(())
        })
        .await
        .expect("kept");
    for sql in [
        "SELECT password_hash FROM user_passwords",
        "SELECT secret_hash FROM sessions",
        "SELECT secret_hash FROM verification_tokens",
        "UPDATE users SET email = 'x@x.test'",
        "DELETE FROM users",
        "DELETE FROM applications",
        "TRUNCATE clients CASCADE",
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE clients (id int)",
    ] {
        let refused = two
            .ours
            .tenant
            .transaction(async |tenant| {
                let done = execute(tenant.db(), sql).await;
                assert!(done.is_err(), "{sql}");
                let code = refusal(done);
                assert_eq!(code, "42501", "{sql}");
                Err::<(), _>(Error::NotFound)
            })
            .await;
        assert!(matches!(refused, Err(Error::NotFound)), "{sql}");
    }
}

#[tokio::test]
async fn what_would_end_the_transaction_or_take_off_its_role_is_not_sent() {
    let two = Two::new().await;
    for sql in [
        "COMMIT",
        "ROLLBACK AND CHAIN",
        "RESET ROLE",
        "SET ROLE NONE",
        "SET SESSION AUTHORIZATION DEFAULT",
        "SET LOCAL app.application_id = ''",
        "SELECT 1; COMMIT",
    ] {
        two.ours
            .tenant
            .transaction(async |tenant| {
                let refused = execute(tenant.db(), sql).await.expect_err("refused");
                let said = refused.to_string();
                assert!(said.contains("in a transaction"), "{sql}: {said}");
                let found: i64 = value(tenant.db(), "SELECT count(*) FROM clients").await;
                assert_eq!(found, 1, "nothing was sent: the transaction goes on");
                Ok::<_, Error>(())
            })
            .await
            .expect("kept");
    }
}
