//! Relations at work, as users of `SeaORM` use them: joins, loaders, the entity loader.
//!
//! Two applications have rows with the same ids. What goes by the whole composite key keeps them apart.

use entity::{
    application_memberships as memberships, applications, client_users, clients, domains, emails,
    mailboxes, membership_roles, roles, user_passwords, users,
};
use migration::testing::TestDb;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseConnection, EntityTrait, LoaderTrait,
    ModelTrait, QueryFilter, QueryOrder, prelude::Uuid,
};

use crate::rows::{at, id};

/// The id of every row that an application owns, the same in both.
const SAME: u128 = 1000;
const APPLICATIONS: [u128; 2] = [1, 2];
const USERS: [u128; 2] = [11, 12];

/// Both users are members of both applications; the first has the role and looks after the client in the first application,
/// the second in the second. Each application has one email in its mailbox and one outside of it.
async fn scene(db: &TestDb) -> DatabaseConnection {
    let connection = db.connect().await;
    for user in USERS {
        let row = users::ActiveModel {
            id: Set(id(user)),
            email: Set(format!("{user}@example.org")),
            ..Default::default()
        };
        row.insert(&connection).await.unwrap();
    }
    let password = user_passwords::ActiveModel {
        user_id: Set(id(USERS[0])),
        password_hash: Set("$argon2id$".into()),
        ..Default::default()
    };
    password.insert(&connection).await.unwrap();
    for (application, user) in APPLICATIONS.into_iter().zip(USERS) {
        application_with_members(&connection, application).await;
        access(&connection, id(application), id(user)).await;
        mail(&connection, application).await;
    }
    connection
}

async fn application_with_members(connection: &DatabaseConnection, application: u128) {
    let row = applications::ActiveModel {
        id: Set(id(application)),
        public_id: Set(format!("{application:010}")),
        slug: Set(format!("a{application}")),
        name: Set(format!("A{application}")),
        ..Default::default()
    };
    row.insert(connection).await.unwrap();
    for user in USERS {
        let membership = memberships::ActiveModel {
            application_id: Set(id(application)),
            user_id: Set(id(user)),
            ..Default::default()
        };
        membership.insert(connection).await.unwrap();
    }
}

async fn access(connection: &DatabaseConnection, application_id: Uuid, user_id: Uuid) {
    let role = roles::ActiveModel {
        application_id: Set(application_id),
        id: Set(id(SAME)),
        key: Set("r".into()),
        name: Set("R".into()),
        ..Default::default()
    };
    role.insert(connection).await.unwrap();
    let membership_role = membership_roles::ActiveModel {
        application_id: Set(application_id),
        user_id: Set(user_id),
        role_id: Set(id(SAME)),
        ..Default::default()
    };
    membership_role.insert(connection).await.unwrap();
    let client = clients::ActiveModel {
        application_id: Set(application_id),
        id: Set(id(SAME)),
        name: Set("C".into()),
        ..Default::default()
    };
    client.insert(connection).await.unwrap();
    let client_user = client_users::ActiveModel {
        application_id: Set(application_id),
        client_id: Set(id(SAME)),
        user_id: Set(user_id),
        ..Default::default()
    };
    client_user.insert(connection).await.unwrap();
}

async fn mail(connection: &DatabaseConnection, application: u128) {
    let domain = domains::ActiveModel {
        application_id: Set(id(application)),
        id: Set(id(SAME)),
        name: Set(format!("d{application}.example")),
        challenge: Set("0123456789abcdef".into()),
        ..Default::default()
    };
    domain.insert(connection).await.unwrap();
    let mailbox = mailboxes::ActiveModel {
        application_id: Set(id(application)),
        id: Set(id(SAME)),
        domain_id: Set(id(SAME)),
        local_part: Set("m".into()),
        email: Set(format!("m@d{application}.example")),
        ..Default::default()
    };
    mailbox.insert(connection).await.unwrap();
    for (number, mailbox_id) in [(SAME, Some(id(SAME))), (SAME + 1, None)] {
        let email = emails::ActiveModel {
            application_id: Set(id(application)),
            id: Set(id(number)),
            mailbox_id: Set(mailbox_id),
            from_address: Set("x@y".into()),
            subject: Set(String::new()),
            body: Set(String::new()),
            sent_at: Set(Some(at("2026-11-21T10:20:30Z"))),
            ..Default::default()
        };
        email.insert(connection).await.unwrap();
    }
}

/// Who looks after the client with the same id in each application, as every way below has to find it.
fn client_user_of_each() -> [(Uuid, Vec<Uuid>); 2] {
    [0, 1].map(|n| (id(APPLICATIONS[n]), vec![id(USERS[n])]))
}

async fn find_with_related_goes_by_the_whole_key(db: TestDb) {
    let connection = scene(&db).await;
    let clients = clients::Entity::find()
        .find_with_related(client_users::Entity)
        .order_by_asc(clients::Column::ApplicationId)
        .all(&connection)
        .await
        .unwrap();
    let found: Vec<_> = clients
        .into_iter()
        .map(|(client, users)| {
            (
                client.application_id,
                users
                    .into_iter()
                    .map(|user| user.user_id)
                    .collect::<Vec<_>>(),
            )
        })
        .collect();
    assert_eq!(found, client_user_of_each());
}
migration::both_backends!(find_with_related_goes_by_the_whole_key);

async fn find_also_related_goes_by_the_whole_key_and_finds_nothing_by_null(db: TestDb) {
    let connection = scene(&db).await;
    let emails = emails::Entity::find()
        .find_also_related(mailboxes::Entity)
        .order_by_asc(emails::Column::ApplicationId)
        .order_by_asc(emails::Column::Id)
        .all(&connection)
        .await
        .unwrap();
    let found: Vec<_> = emails
        .into_iter()
        .map(|(email, mailbox)| (email.application_id, mailbox.map(|m| m.email)))
        .collect();
    let wanted = APPLICATIONS
        .map(|n| [(id(n), Some(format!("m@d{n}.example"))), (id(n), None)])
        .concat();
    assert_eq!(found, wanted);
}
migration::both_backends!(find_also_related_goes_by_the_whole_key_and_finds_nothing_by_null);

async fn find_related_of_a_row_stays_in_its_application(db: TestDb) {
    let connection = scene(&db).await;
    for (application_id, users) in client_user_of_each() {
        let client = clients::Entity::find_by_id((application_id, id(SAME)))
            .one(&connection)
            .await
            .unwrap()
            .unwrap();
        let found = client
            .find_related(client_users::Entity)
            .all(&connection)
            .await
            .unwrap();
        assert_eq!(
            found
                .iter()
                .map(|user| (user.application_id, user.user_id))
                .collect::<Vec<_>>(),
            [(application_id, users[0])]
        );
    }
}
migration::both_backends!(find_related_of_a_row_stays_in_its_application);

async fn load_many_goes_by_the_whole_key(db: TestDb) {
    let connection = scene(&db).await;
    let all = memberships::Entity::find()
        .order_by_asc(memberships::Column::ApplicationId)
        .order_by_asc(memberships::Column::UserId)
        .all(&connection)
        .await
        .unwrap();
    let loaded = all
        .load_many(membership_roles::Entity, &connection)
        .await
        .unwrap();
    let numbers: Vec<_> = loaded.iter().map(Vec::len).collect();
    assert_eq!(
        numbers,
        [1, 0, 0, 1],
        "roles of each user in each application"
    );
    for (membership, roles) in all.iter().zip(&loaded) {
        assert!(roles.iter().all(|role| (role.application_id, role.user_id)
            == (membership.application_id, membership.user_id)));
    }
}
migration::both_backends!(load_many_goes_by_the_whole_key);

async fn load_one_goes_by_the_whole_key_and_finds_nothing_by_null(db: TestDb) {
    let connection = scene(&db).await;
    let all = emails::Entity::find()
        .order_by_asc(emails::Column::ApplicationId)
        .order_by_asc(emails::Column::Id);
    let all = all.all(&connection).await.unwrap();
    let loaded = all.load_one(mailboxes::Entity, &connection).await.unwrap();
    let found: Vec<_> = loaded
        .into_iter()
        .map(|mailbox| mailbox.map(|mailbox| mailbox.application_id))
        .collect();
    assert_eq!(
        found,
        APPLICATIONS
            .map(|application| [Some(id(application)), None])
            .concat()
    );
}
migration::both_backends!(load_one_goes_by_the_whole_key_and_finds_nothing_by_null);

async fn the_entity_loader_goes_by_the_whole_key_over_two_steps(db: TestDb) {
    let connection = scene(&db).await;
    let clients = clients::Entity::load()
        .with(applications::Entity)
        .with(users::Entity)
        .with((client_users::Entity, memberships::Entity))
        .order_by_asc(clients::Column::ApplicationId)
        .all(&connection)
        .await
        .unwrap();
    assert_eq!(clients.len(), 2);
    for (client, (application_id, users)) in clients.into_iter().zip(client_user_of_each()) {
        assert_eq!(client.applications.unwrap().id, application_id);
        assert!(client.users.is_not_found(), "nobody made the client");
        assert_eq!(client.client_users.len(), 1);
        let client_user = client.client_users.into_iter().next().unwrap();
        assert_eq!(client_user.user_id, users[0]);
        let membership = client_user.application_memberships.unwrap();
        assert_eq!(
            (membership.application_id, membership.user_id),
            (application_id, users[0])
        );
    }
}
migration::both_backends!(the_entity_loader_goes_by_the_whole_key_over_two_steps);

async fn the_entity_loader_finds_nothing_where_a_part_of_the_key_is_null(db: TestDb) {
    let connection = scene(&db).await;
    let emails = emails::Entity::load()
        .filter(emails::Column::ApplicationId.eq(id(APPLICATIONS[1])))
        .order_by_asc(emails::Column::Id)
        .with(mailboxes::Entity)
        .all(&connection)
        .await
        .unwrap();
    assert_eq!(emails.len(), 2);
    assert_eq!(emails[0].mailboxes.as_ref().unwrap().email, "m@d2.example");
    assert!(emails[1].mailboxes.is_not_found());
}
migration::both_backends!(the_entity_loader_finds_nothing_where_a_part_of_the_key_is_null);

async fn the_entity_loader_gives_a_user_the_one_password_or_none(db: TestDb) {
    let connection = scene(&db).await;
    let users = users::Entity::load()
        .with(user_passwords::Entity)
        .order_by_asc(users::Column::Id);
    let users = users.all(&connection).await.unwrap();
    assert_eq!(
        users[0].user_passwords.as_ref().unwrap().password_hash,
        "$argon2id$"
    );
    assert!(users[1].user_passwords.is_not_found());
}
migration::both_backends!(the_entity_loader_gives_a_user_the_one_password_or_none);
