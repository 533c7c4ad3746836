//! Relations that an application words so that they would loosen a wall.

use entity::{applications, clients};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ConditionType, ExprTrait, IntoCondition};
use sea_orm::{Condition, QueryFilter};

use crate::billing::invoices;
use crate::world::{World, in_a_world};

/// The table of invoices once more, as an entity whose relations are out to break the walls.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invoices")]
pub struct Model {
    /// The application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub application_id: Uuid,
    /// The invoice.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The client.
    pub client_id: Uuid,
    /// When it was deleted.
    pub deleted_at: Option<DateTimeWithTimeZone>,
    /// By what.
    pub deletion_id: Option<Uuid>,
}

/// None: the relations are written below.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

mod this {
    pub(super) use super::{Column, Entity};
}

service::scoped!(this: tenant + soft);

/// Every client, if the condition of the relation had its way.
impl Related<clients::Entity> for Entity {
    fn to() -> RelationDef {
        RelationDef::from(
            Self::belongs_to(clients::Entity)
                .from(Column::ClientId)
                .to(clients::Column::Id),
        )
        .condition_type(ConditionType::Any)
        .on_condition(|_, _| ExprTrait::eq(Expr::val(1), 1).into_condition())
    }
}

/// The table itself, by which both sides of a join would have one name.
impl Related<invoices::Entity> for Entity {
    fn to() -> RelationDef {
        Self::belongs_to(invoices::Entity)
            .from(Column::Id)
            .to(invoices::Column::Id)
            .into()
    }
}

/// Clients, through a table of which the door knows nothing.
impl Related<Entity> for clients::Entity {
    fn to() -> RelationDef {
        Entity::belongs_to(applications::Entity)
            .from(Column::ApplicationId)
            .to(applications::Column::Id)
            .into()
    }

    fn via() -> Option<RelationDef> {
        Some(<Self as Related<invoices::Entity>>::to())
    }
}

async fn a_relation_with_an_or_joins_live_rows_of_the_tenant_alone(world: World) {
    let find = || world.a.tenant.find::<Entity>();
    let also = find().also::<clients::Entity>().all().await.expect("rows");
    let both = find().both::<clients::Entity>().all().await.expect("rows");
    let rows = also
        .into_iter()
        .filter_map(|(one, other)| other.map(|other| (one, other)))
        .chain(both);
    for (invoice, client) in rows {
        assert_eq!(
            (client.application_id, client.deleted_at),
            (world.a.id, None)
        );
        assert_eq!(client.id, invoice.client_id);
    }
    let has = find()
        .has::<clients::Entity>(Condition::all())
        .all()
        .await
        .expect("rows");
    assert_eq!(has.len(), 2);
    let invoices = find().with_deleted().all().await.expect("rows");
    let loaded = world
        .a
        .tenant
        .load_one::<clients::Entity, _>(&invoices)
        .await
        .expect("rows");
    assert_eq!(loaded.len(), 4);
    assert!(
        loaded
            .iter()
            .flatten()
            .all(|row| row.application_id == world.a.id && row.deleted_at.is_none())
    );
}

async fn a_relation_that_forgets_the_application_reaches_no_other_one(world: World) {
    // The same id in both applications: only the composite key tells them apart.
    let id = world.a.clients[0];
    let twin = clients::ActiveModel {
        application_id: sea_orm::Set(world.b.id),
        id: sea_orm::Set(id),
        name: sea_orm::Set("Twin".into()),
        ..Default::default()
    };
    twin.insert(&world.db).await.expect("a client");
    let find = || world.a.tenant.find::<Entity>();
    for (_, client) in find().both::<clients::Entity>().all().await.expect("rows") {
        assert_eq!(client.application_id, world.a.id);
    }
    let invoices = find().all().await.expect("rows");
    let loaded = world
        .a
        .tenant
        .load_one::<clients::Entity, _>(&invoices)
        .await
        .expect("rows");
    assert!(
        loaded
            .iter()
            .flatten()
            .all(|row| row.application_id == world.a.id)
    );
    let named = Condition::all().add(clients::Column::Name.eq("Twin"));
    assert!(
        !find()
            .has::<clients::Entity>(named)
            .exists()
            .await
            .expect("an answer")
    );
    let unscoped = clients::Entity::find().filter(clients::Column::Name.eq("Twin"));
    assert!(
        unscoped.one(&world.db).await.expect("an answer").is_some(),
        "the twin is there"
    );
}

async fn a_relation_of_a_table_to_itself_is_refused(world: World) {
    let find = || world.a.tenant.find::<Entity>();
    for refused in [
        find()
            .has::<invoices::Entity>(Condition::all())
            .count()
            .await
            .err(),
        find().also::<invoices::Entity>().all().await.err(),
        find().both::<invoices::Entity>().all().await.err(),
    ] {
        assert!(
            matches!(&refused, Some(service::Error::Invalid { field, .. }) if field == "relation"),
            "{refused:?}"
        );
    }
    let rows = find().all().await.expect("rows");
    let loaded = world
        .a
        .tenant
        .load_one::<invoices::Entity, _>(&rows)
        .await
        .expect("rows");
    assert_eq!(
        loaded.iter().flatten().count(),
        3,
        "loading takes two steps anyway"
    );
}

in_a_world!(
    a_relation_of_a_table_to_itself_is_refused,
    a_relation_with_an_or_joins_live_rows_of_the_tenant_alone,
    a_relation_that_forgets_the_application_reaches_no_other_one,
);
