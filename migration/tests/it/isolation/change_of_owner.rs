//! Tables that change hands: whoever owns them now serves and migrates as before.

use migration::isolation;
use migration::{Migrator, MigratorTrait};

use super::*;

const TABLES: &str = "SELECT string_agg(quote_ident(relname), ',') FROM pg_class \
     WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace";

/// As `roles` does, after an administrator has run what it says.
async fn look_after(heir: &DatabaseConnection, admin: &DatabaseConnection) {
    for statement in isolation::report(heir).await.unwrap().statements {
        admin.execute_unprepared(&statement).await.unwrap();
    }
    let again = heir.begin().await.unwrap();
    isolation::apply(&again).await.unwrap();
    again.commit().await.unwrap();
}

#[tokio::test]
async fn whoever_owns_the_tables_sees_the_rows() {
    for reassign in [true, false] {
        let db = TestDb::new(Backend::Postgres).await;
        let (login, heir) = login(&db).await;
        let admin = admin(&db).await;
        let roles = Roles::read(&db.connect().await).await.unwrap();
        let world = World::of(db).await;
        let old: String = value(&world.db, "SELECT current_user::text").await;
        let name = name(&world.db).await;
        let new = &login.name;
        if reassign {
            let sql = format!("REASSIGN OWNED BY {old} TO {new}");
            admin.execute_unprepared(&sql).await.unwrap();
        } else {
            for table in value::<_, String>(&admin, TABLES).await.split(',') {
                let sql = format!("ALTER TABLE {table} OWNER TO {new}");
                admin.execute_unprepared(&sql).await.unwrap();
            }
        }
        let schema = format!(
            "ALTER DATABASE {name} OWNER TO {new}; GRANT CREATE, USAGE ON SCHEMA public TO {new}"
        );
        admin.execute_unprepared(&schema).await.unwrap();
        if on_citus() {
            // The policy `owner` names whoever owned the tables: the rows come with the roles being looked after.
            look_after(&heir, &admin).await;
        }

        assert_eq!(
            value::<_, i64>(&heir, "SELECT count(*) FROM clients").await,
            2
        );
        let insert =
            world.sql("INSERT INTO clients (application_id, name) VALUES ({a.applications}, 'x')");
        heir.execute_unprepared(&insert).await.unwrap();
        let tenant = begin(&heir).await;
        let set = world.sql("SET LOCAL app.application_id = {b.applications}");
        tenant
            .execute_unprepared(&set.replace("::uuid", ""))
            .await
            .unwrap();
        assert_eq!(
            value::<_, i64>(&tenant, "SELECT count(*) FROM clients").await,
            1
        );
        tenant.rollback().await.unwrap();
        // The old owner is still a member of the service, and has the right to nothing else.
        assert_eq!(
            value::<_, i64>(&world.db, "SELECT count(*) FROM clients").await,
            3
        );
        let denied = world
            .db
            .execute_unprepared("ALTER TABLE clients ADD x int")
            .await;
        assert_eq!(state(&denied.unwrap_err()), NOT_ALLOWED);

        // The new one migrates on, once what stands beside the tables is theirs too.
        look_after(&heir, &admin).await;
        assert_eq!(Roles::read(&heir).await.unwrap(), roles);
        if reassign {
            Migrator::down(&heir, Some(1)).await.unwrap();
            Migrator::up(&heir, None).await.unwrap();
        }
    }
}
