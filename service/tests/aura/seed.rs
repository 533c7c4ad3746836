//! `aura seed` with numbers.

use std::process::Stdio;
use std::time::Duration;

use entity::{
    application_memberships, applications, client_users, clients, membership_roles,
    role_permissions, roles, users,
};
use migration::testing::{Backend, TestDb};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, PaginatorTrait, QueryFilter,
    Statement,
};
use serde::Serialize;
use service::{ClientFilter, ClientOrder, Config, Db, NewApplication, NewSession, Tenant};

use crate::stage::{on, run};

/// All rows, in a text that is the same for the same rows.
async fn rows(connection: &DatabaseConnection) -> Vec<String> {
    async fn of<E>(connection: &DatabaseConnection) -> Vec<String>
    where
        E: EntityTrait,
        E::Model: Serialize,
    {
        let rows = E::find().all(connection).await.expect("rows");
        let mut rows: Vec<_> = rows
            .iter()
            .map(|row| serde_json::to_string(row).expect("JSON"))
            .collect();
        rows.sort();
        rows
    }
    let mut all = of::<users::Entity>(connection).await;
    all.extend(of::<applications::Entity>(connection).await);
    all.extend(of::<roles::Entity>(connection).await);
    all.extend(of::<role_permissions::Entity>(connection).await);
    all.extend(of::<application_memberships::Entity>(connection).await);
    all.extend(of::<membership_roles::Entity>(connection).await);
    all.extend(of::<clients::Entity>(connection).await);
    all.extend(of::<client_users::Entity>(connection).await);
    all
}

async fn seeded(backend: Backend, arguments: &[&str]) -> Vec<String> {
    let db = TestDb::new(backend).await;
    let ran = run(&mut on(db.url(), &[&["seed"], arguments].concat()));
    assert!(ran.is_done(), "{}", ran.err);
    rows(&db.connect().await).await
}

#[tokio::test]
async fn the_same_numbers_are_the_same_rows_everywhere() {
    let numbers = ["--users", "400", "--applications", "12", "--seed", "7"];
    let one = seeded(Backend::Sqlite, &numbers).await;
    let other = seeded(
        Backend::Postgres,
        &[&numbers[..], &["--jobs", "4"]].concat(),
    )
    .await;
    assert!(one.len() > 1500, "{} rows", one.len());
    if let Some((one, other)) = one.iter().zip(&other).find(|(one, other)| one != other) {
        panic!("{one}\n{other}");
    }
    assert_eq!(one.len(), other.len());
    let another = seeded(
        Backend::Sqlite,
        &["--users", "400", "--applications", "12", "--seed", "8"],
    )
    .await;
    let same = another
        .iter()
        .filter(|row| one.binary_search(row).is_ok())
        .count();
    assert_eq!(same, 0, "another seed gives other rows");
}

/// What the verbs see to, each as the number of rows that break it.
const BROKEN: [(&str, &str); 10] = [
    (
        "a live application has a live owner",
        "SELECT count(*) AS n FROM applications a WHERE a.deleted_at IS NULL AND NOT EXISTS (SELECT 1 FROM membership_roles h \
         JOIN roles r ON r.application_id = h.application_id AND r.id = h.role_id AND r.key = 'owner' AND r.deleted_at IS NULL \
         JOIN application_memberships m ON m.application_id = h.application_id AND m.user_id = h.user_id \
         AND m.deleted_at IS NULL JOIN users u ON u.id = m.user_id AND u.deleted_at IS NULL WHERE h.application_id = a.id)",
    ),
    (
        "every application has the standard roles",
        "SELECT count(*) AS n FROM applications a WHERE 3 <> (SELECT count(*) FROM roles r \
         WHERE r.application_id = a.id AND r.key IN ('owner', 'admin', 'member'))",
    ),
    (
        "nothing live stands under what is deleted",
        "SELECT (SELECT count(*) FROM application_memberships m JOIN applications a ON a.id = m.application_id \
         JOIN users u ON u.id = m.user_id \
         WHERE m.deleted_at IS NULL AND (a.deleted_at IS NOT NULL OR u.deleted_at IS NOT NULL)) \
         + (SELECT count(*) FROM clients c JOIN applications a ON a.id = c.application_id \
         WHERE c.deleted_at IS NULL AND a.deleted_at IS NOT NULL) \
         + (SELECT count(*) FROM roles r JOIN applications a ON a.id = r.application_id \
         WHERE r.deleted_at IS NULL AND a.deleted_at IS NOT NULL) AS n",
    ),
    (
        "what a deletion took was there before it",
        "SELECT (SELECT count(*) FROM users WHERE deleted_at < created_at OR updated_at < created_at) \
         + (SELECT count(*) FROM applications WHERE deleted_at < created_at OR updated_at < created_at) \
         + (SELECT count(*) FROM application_memberships WHERE deleted_at < created_at OR updated_at < created_at) \
         + (SELECT count(*) FROM clients WHERE deleted_at < created_at OR updated_at < created_at) AS n",
    ),
    (
        "members came after user and application",
        "SELECT count(*) AS n FROM application_memberships m JOIN applications a ON a.id = m.application_id \
         JOIN users u ON u.id = m.user_id WHERE m.created_at < a.created_at OR m.created_at < u.created_at",
    ),
    (
        "clients came after the application, and were assigned after that",
        "SELECT (SELECT count(*) FROM clients c JOIN applications a ON a.id = c.application_id \
         WHERE c.created_at < a.created_at) + (SELECT count(*) FROM client_users x JOIN clients c \
         ON c.application_id = x.application_id AND c.id = x.client_id WHERE x.created_at < c.created_at) AS n",
    ),
    (
        "every member has one role, of this application",
        "SELECT count(*) AS n FROM application_memberships m WHERE 1 <> (SELECT count(*) FROM membership_roles h \
         WHERE h.application_id = m.application_id AND h.user_id = m.user_id)",
    ),
    (
        "every user is a member somewhere",
        "SELECT count(*) AS n FROM users u WHERE NOT EXISTS \
         (SELECT 1 FROM application_memberships m WHERE m.user_id = u.id)",
    ),
    (
        "a deletion of a user takes the memberships that were live, with its id",
        "SELECT count(*) AS n FROM users u JOIN application_memberships m ON m.user_id = u.id \
         WHERE u.deleted_at IS NOT NULL AND (m.deleted_at > u.deleted_at \
         OR (m.deleted_at = u.deleted_at AND m.deletion_id <> u.deletion_id))",
    ),
    (
        "no address is anybody's",
        "SELECT count(*) AS n FROM users WHERE NOT (email LIKE '%@example.org' OR email LIKE '%@example.net' \
         OR email LIKE '%.example')",
    ),
];

async fn count(connection: &DatabaseConnection, sql: &str) -> i64 {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let row = connection
        .query_one_raw(statement)
        .await
        .expect("an answer")
        .expect("a row");
    row.try_get("", "n").expect("a number")
}

migration::both_backends! {
    async fn what_is_seeded_is_as_the_verbs_make_it(db: TestDb) {
        // The small set beside it is in nobody's way.
        assert!(run(&mut on(db.url(), &["seed"])).is_done());
        let connection = db.connect().await;
        let small = ["DELETE FROM client_users", "DELETE FROM clients", "DELETE FROM application_memberships",
            "DELETE FROM applications", "DELETE FROM users"];
        let ran = run(&mut on(db.url(), &["seed", "--users", "900", "--applications", "60"]));
        assert!(ran.is_done(), "{}", ran.err);
        assert!(ran.out.starts_with("seeded 900 users in 60 applications: "), "{}", ran.out);
        for sql in small {
            let condition = match sql.rsplit(' ').next() {
                Some("users") => "email LIKE '%@example.com'",
                Some("applications") => "public_id IN ('SeedHarbour01', 'SeedNorthLegal1', 'SeedKiteStudio1')",
                _ => "application_id IN (SELECT id FROM applications WHERE public_id IN \
                      ('SeedHarbour01', 'SeedNorthLegal1', 'SeedKiteStudio1'))",
            };
            db.execute(&format!("{sql} WHERE {condition}")).await.expect("removed");
        }
        for (rule, sql) in BROKEN {
            assert_eq!(count(&connection, sql).await, 0, "{rule}");
        }
        for (what, sql) in [
            ("deleted users", "SELECT count(*) AS n FROM users WHERE deleted_at IS NOT NULL"),
            ("proved addresses", "SELECT count(*) AS n FROM users WHERE email_verified_at IS NOT NULL"),
            ("usernames", "SELECT count(*) AS n FROM users WHERE username IS NOT NULL"),
            ("who left", "SELECT count(*) AS n FROM application_memberships WHERE deleted_at IS NOT NULL"),
            ("deleted clients", "SELECT count(*) AS n FROM clients WHERE deleted_at IS NOT NULL"),
            ("assigned clients", "SELECT count(*) AS n FROM client_users"),
        ] {
            assert!(count(&connection, sql).await > 0, "{what}");
        }
        let db = Db::connect(Config::new(db.url())).await.expect("connects");
        the_library_reads_it(&db, &connection).await;
        what_was_deleted_comes_back(&db, &connection).await;
        db.close().await.expect("closes");
    }

    async fn a_seed_that_was_killed_goes_on_where_it_was(db: TestDb) {
        let numbers = ["seed", "--users", "16000", "--applications", "160", "--clients-per-application", "5"];
        let connection = db.connect().await;
        let mut first = on(db.url(), &numbers);
        let mut first = first.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs");
        while users::Entity::find().count(&connection).await.unwrap_or(0) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        first.kill().expect("SIGKILL");
        first.wait().expect("it ends");
        let there = users::Entity::find().count(&connection).await.expect("a count");
        let record = || applications::Entity::find().filter(applications::Column::Slug.eq("seed-data"));
        let said = record().one(&connection).await.expect("a row").expect("the record").description;
        assert!(said.expect("it says how").starts_with("UNFINISHED"));
        let in_them = applications::Entity::find().count(&connection).await.expect("a count");
        assert!(there < 16_000 || in_them < 161, "it was stopped half-way");
        // What is there is whole.
        for (rule, sql) in BROKEN.into_iter().filter(|(rule, _)| !rule.starts_with("every user")) {
            assert_eq!(count(&connection, sql).await, 0, "{rule}");
        }
        // Other numbers do not finish it.
        let other = run(&mut on(db.url(), &["seed", "--users", "17000"]));
        assert!(!other.is_done() && other.err.contains("UNFINISHED"), "{}", other.err);

        let second = run(&mut on(db.url(), &numbers));
        assert!(second.is_done(), "{}", second.err);
        let went_on = rows(&connection).await;
        let whole = TestDb::new(db.backend()).await;
        assert!(run(&mut on(whole.url(), &numbers)).is_done());
        assert!(went_on == rows(&whole.connect().await).await, "the same rows as without a stop");
        let third = run(&mut on(db.url(), &numbers));
        assert_eq!(third.out, "seeded already: nothing changed\n");
    }

    async fn where_it_does_not_belong_it_is_not_put(db: TestDb) {
        let mut production = on(db.url(), &["seed", "--users", "10"]);
        production.env("APP_ENV", "production");
        let ran = run(&mut production);
        assert!(!ran.is_done() && ran.err.contains("APP_ENV says that this is production"), "{}", ran.err);
        let connection = db.connect().await;
        assert_eq!(users::Entity::find().count(&connection).await, Ok(0));
        let mut meant = on(db.url(), &["seed", "--users", "10", "--yes"]);
        meant.env("APP_ENV", "production");
        assert!(run(&mut meant).is_done());
        assert_eq!(users::Entity::find().count(&connection).await, Ok(10));
        let other = run(&mut on(db.url(), &["seed", "--users", "11"]));
        assert!(!other.is_done() && other.err.contains("--users 10 "), "{}", other.err);
        assert_eq!(users::Entity::find().count(&connection).await, Ok(10));
    }
}

/// The application with the most members, entered by its owner.
async fn largest(db: &Db, connection: &DatabaseConnection) -> (Tenant, i64) {
    let sql = "SELECT a.public_id AS id, count(*) AS n FROM applications a JOIN application_memberships m \
               ON m.application_id = a.id AND m.deleted_at IS NULL WHERE a.deleted_at IS NULL \
               GROUP BY a.public_id ORDER BY 2 DESC LIMIT 1";
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let row = connection
        .query_one_raw(statement)
        .await
        .expect("an answer")
        .expect("a row");
    let public_id: String = row.try_get("", "id").expect("text");
    let public_id = public_id.parse().expect("valid");
    let application = db
        .applications()
        .find_by_public_id(&public_id)
        .await
        .expect("a read");
    let application = application.expect("it is there");
    let owner = application.created_by.expect("it was made by its owner");
    let tenant = db.tenant(owner, application.id).await.expect("a member");
    (tenant, row.try_get("", "n").expect("a number"))
}

async fn the_library_reads_it(db: &Db, connection: &DatabaseConnection) {
    let (tenant, size) = largest(db, connection).await;
    assert!(size > 50, "{size} members");
    assert!(tenant.owner().is_ok());
    assert_eq!(
        tenant.members().count().await.expect("a count"),
        u64::try_from(size).expect("positive")
    );
    let members = tenant
        .members()
        .list(200, None)
        .await
        .expect("members")
        .items;
    for key in ["owner", "admin", "member"] {
        assert!(
            members.iter().any(|member| member.role_keys() == [key]),
            "{key}"
        );
    }
    let (all, by_name) = (ClientFilter::default(), ClientOrder::Name);
    let clients = tenant.clients();
    let page = clients
        .list(&all, by_name, 50, None)
        .await
        .expect("clients");
    assert!(page.items.len() == 50 && page.next.is_some());
    let ids: Vec<_> = page.items.iter().map(|client| client.id).collect();
    let assigned = tenant
        .clients()
        .assigned(&ids)
        .await
        .expect("who looks after them");
    assert!(assigned.iter().any(|users| !users.is_empty()));

    // The roles are those that the verb makes.
    let new = NewApplication {
        name: "By The Verb".parse().expect("valid"),
        slug: "by-the-verb".parse().expect("valid"),
        description: None,
        public_id: None,
        compute_id: None,
    };
    let owner = tenant.user_id().expect("somebody");
    let made = db.applications().create(owner, new).await.expect("made");
    let made = db.tenant(owner, made.id).await.expect("entered");
    for role in made.roles().list(10, None).await.expect("roles").items {
        let key = role.role.key.parse().expect("valid");
        let seeded = tenant
            .roles()
            .find_by_key(&key)
            .await
            .expect("a read")
            .expect("it is there");
        assert_eq!(seeded.permissions, role.permissions, "{key}");
        assert_eq!(seeded.role.name, role.role.name);
        assert_eq!(seeded.role.description, role.role.description);
    }

    // Whoever gets a password signs in, and opens the application.
    let member = &members
        .iter()
        .find(|member| member.role_keys() == ["member"])
        .expect("one")
        .user;
    let password = "a staple, a battery and a horse".parse().expect("valid");
    db.passwords().set(member.id, &password).await.expect("set");
    let new = NewSession {
        application_id: Some(tenant.application_id()),
        ..NewSession::default()
    };
    let email = member.email.parse().expect("valid");
    let opened = db
        .passwords()
        .sign_in(&email, &password, None, new)
        .await
        .expect("signed in");
    assert_eq!(opened.session.user_id, member.id);

    let audit = tenant.admin().expect("an admin").audit();
    let verified = audit.verify(&[]).await.expect("verified");
    assert_eq!(verified.broken, None);
    let all = db.audit().verify(&[]).await.expect("verified");
    assert_eq!(all.broken, None);
}

/// Each deletion can be undone by its verb, and the whole be deleted and restored.
async fn what_was_deleted_comes_back(db: &Db, connection: &DatabaseConnection) {
    let user = users::Entity::find().filter(users::Column::DeletedAt.is_not_null());
    let user = user
        .one(connection)
        .await
        .expect("a row")
        .expect("a deleted user");
    let took = application_memberships::Entity::find()
        .filter(application_memberships::Column::DeletionId.eq(user.deletion_id))
        .all(connection)
        .await
        .expect("rows");
    db.users().restore(user.id).await.expect("restored");
    for membership in took {
        // One in an application that is deleted comes back with that.
        let application = db
            .applications()
            .get(membership.application_id)
            .await
            .expect("a read");
        if application.is_some() {
            assert!(db.tenant(user.id, membership.application_id).await.is_ok());
        }
    }
    let application =
        applications::Entity::find().filter(applications::Column::DeletedAt.is_not_null());
    if let Some(application) = application.one(connection).await.expect("a row") {
        let back = db
            .applications()
            .restore(application.id)
            .await
            .expect("restored");
        assert!(
            db.tenant(back.created_by.expect("an owner"), back.id)
                .await
                .is_ok()
        );
    }
    let (tenant, size) = largest(db, connection).await;
    let id = tenant.application_id();
    db.applications().delete(id).await.expect("deleted");
    db.applications().restore(id).await.expect("restored");
    assert_eq!(largest(db, connection).await.1, size);
}
