//! The entities have the relations that the schema has, all of them and no others, each in both directions.

use std::{collections::BTreeSet, fs, path::Path};

use migration::testing::{Backend, TestDb};
use sea_orm::{EntityTrait, Related};

use crate::{catalog, entities};

#[tokio::test]
async fn relations_are_the_foreign_keys_of_the_schema() {
    let mut relations: Vec<_> = entities::all()
        .into_iter()
        .flat_map(|entity| entity.relations)
        .collect();
    relations.sort();
    let unique: BTreeSet<_> = relations.iter().cloned().collect();
    assert_eq!(
        relations.len(),
        unique.len(),
        "a relation is there twice: {relations:#?}"
    );
    entities::assert_same("the entities", "the schema", &unique, &wanted().await);
}

/// `Related` is what joins and loaders go by. It must be there for each foreign key, in both directions, and lead straight
/// from table to table: the generator takes some tables for junctions, and then leads through them.
#[tokio::test]
async fn each_relation_is_what_joins_and_loaders_go_by() {
    macro_rules! related {
        ($($child:ident: $($parent:ident),+;)+) => {
            [$($(both_ways::<entity::$child::Entity, entity::$parent::Entity>()),+),+]
        };
    }
    let related = related! {
        application_memberships: applications, users;
        audit_details: audit_events;
        client_users: application_memberships, clients;
        clients: applications, users;
        domains: applications, users;
        email_recipients: emails;
        emails: application_memberships, applications, mailboxes;
        invitation_roles: invitations, roles;
        invitations: applications, users;
        mailboxes: application_memberships, applications, domains;
        membership_roles: application_memberships, roles;
        role_permissions: roles;
        roles: applications;
        sessions: applications, users;
        user_passwords: users;
        verification_tokens: users;
    };
    let related = related.into_iter().flatten().collect();
    entities::assert_same(
        "the pairs listed here",
        "the schema",
        &related,
        &wanted().await,
    );
}

#[test]
fn no_entity_reaches_another_through_a_junction() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let through = text
            .lines()
            .find(|line| line.contains("via = ") || line.contains("via_rel = "));
        assert_eq!(
            through,
            None,
            "{} has a relation through another table",
            path.display()
        );
    }
}

/// Both sides of every foreign key.
async fn wanted() -> BTreeSet<String> {
    let db = TestDb::new(Backend::Postgres).await;
    let keys = catalog::foreign_keys(&db.connect().await).await;
    assert!(!keys.is_empty());
    keys.iter()
        .flat_map(|key| {
            let child = format!("{} ({})", key.child, key.child_columns);
            let parent = format!("{} ({})", key.parent, key.parent_columns);
            let number = if key.is_one_to_one() { "one" } else { "many" };
            [
                entities::belongs_to(&child, &parent, &key.on_delete),
                entities::has(&parent, number, &child),
            ]
        })
        .collect()
}

fn both_ways<C, P>() -> [String; 2]
where
    C: EntityTrait + Related<P>,
    P: EntityTrait + Related<C>,
{
    let [up, down] = [<C as Related<P>>::to(), <P as Related<C>>::to()];
    for via in [<C as Related<P>>::via(), <P as Related<C>>::via()] {
        assert!(
            via.is_none(),
            "{} leads through a junction",
            entities::describe(&up)
        );
    }
    [entities::describe(&up), entities::describe(&down)]
}
