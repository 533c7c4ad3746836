//! Writing through the door: in the tenant, on live rows, and never what is not the caller's to change.

use entity::{audit_details, audit_events, clients};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ActiveValue::NotSet, ColumnTrait, Condition, EntityTrait, QueryFilter,
    QueryOrder, Set,
};
use service::{Error, Tenant};
use uuid::Uuid;

use crate::billing::invoices;
use crate::world::{World, in_a_world};

/// All rows of the table, whoever owns them, as they are stored.
pub(super) async fn stored(world: &World) -> Vec<invoices::Model> {
    let all = invoices::Entity::find()
        .order_by_asc(invoices::Column::ApplicationId)
        .order_by_asc(invoices::Column::Id);
    all.all(&world.db).await.expect("rows")
}

pub(super) fn draft(client_id: Uuid, number: &str) -> invoices::ActiveModel {
    invoices::ActiveModel {
        client_id: Set(client_id),
        number: Set(number.into()),
        total_cents: Set(1),
        ..Default::default()
    }
}

pub(super) fn everything() -> Condition {
    Condition::any()
        .add(invoices::Column::Number.is_not_null())
        .add(Expr::val(1).eq(1))
}

pub(super) async fn insert(
    tenant: &Tenant,
    row: invoices::ActiveModel,
) -> Result<invoices::Model, Error> {
    tenant.insert::<invoices::Entity>(row).await
}

async fn a_row_is_made_in_the_tenant_and_returned_as_stored(world: World) {
    let made = insert(&world.a.tenant, draft(world.a.clients[0], "new"))
        .await
        .expect("made");
    assert_eq!(made.application_id, world.a.id);
    assert_eq!(made.id.get_version_num(), 7);
    assert_eq!((made.deleted_at, made.deletion_id), (None, None));
    assert!(made.created_at == made.updated_at);
    assert!(stored(&world).await.contains(&made));

    let own = invoices::ActiveModel {
        application_id: Set(world.a.id),
        ..draft(world.a.clients[0], "newer")
    };
    insert(&world.a.tenant, own)
        .await
        .expect("its own application may be named");
}

async fn a_row_for_another_application_is_refused_and_nothing_is_written(world: World) {
    let before = stored(&world).await;
    let theirs = invoices::ActiveModel {
        application_id: Set(world.b.id),
        ..draft(world.b.clients[0], "new")
    };
    let key = [invoices::Column::Number];
    for refused in [
        insert(&world.a.tenant, theirs.clone()).await,
        world
            .a
            .tenant
            .upsert::<invoices::Entity>(theirs.clone(), &key)
            .await,
        world
            .a
            .tenant
            .update_where::<invoices::Entity>(theirs, everything())
            .await
            .map(|rows| rows[0].clone()),
    ] {
        assert!(
            matches!(&refused, Err(Error::Invalid { field, .. }) if field == "application_id"),
            "{refused:?}"
        );
    }
    assert_eq!(stored(&world).await, before);
}

async fn a_row_cannot_be_made_dead(world: World) {
    let row = invoices::ActiveModel {
        deleted_at: Set(Some(world.db.clock().now().fixed_offset())),
        deletion_id: Set(Some(world.db.new_id())),
        ..draft(world.a.clients[0], "new")
    };
    let made = insert(&world.a.tenant, row).await.expect("made");
    assert_eq!((made.deleted_at, made.deletion_id), (None, None));
}

async fn a_taken_number_is_a_conflict_among_live_rows_of_the_tenant_alone(world: World) {
    let client = world.a.clients[0];
    let taken = insert(&world.a.tenant, draft(client, "N-0")).await;
    assert!(
        matches!(&taken, Err(Error::Conflict { field }) if field == "number"),
        "{taken:?}"
    );
    // N-3 is taken by a deleted row alone, `theirs` by a row of another application.
    insert(&world.a.tenant, draft(client, "N-3"))
        .await
        .expect("made");
    insert(&world.b.tenant, draft(world.b.clients[0], "theirs"))
        .await
        .expect("made");
    insert(&world.a.tenant, draft(client, "theirs"))
        .await
        .expect("made");
}

async fn an_upsert_changes_the_live_row_and_leaves_the_dead_one_dead(world: World) {
    let upsert = |number: &str, cents: i64| {
        let row = invoices::ActiveModel {
            total_cents: Set(cents),
            ..draft(world.a.clients[1], number)
        };
        let tenant = world.a.tenant.clone();
        async move {
            tenant
                .upsert::<invoices::Entity>(row, &[invoices::Column::Number])
                .await
                .expect("stored")
        }
    };
    let before = stored(&world).await;
    let live = upsert("N-0", 77).await;
    assert_eq!((live.id, live.total_cents), (world.a.invoices[0], 77));
    let old = before.iter().find(|row| row.id == live.id).expect("a row");
    assert!(live.updated_at > old.updated_at && live.created_at == old.created_at);

    let fresh = upsert("N-3", 78).await;
    assert!(!world.a.invoices.contains(&fresh.id));
    let again = upsert("N-3", 79).await;
    assert_eq!((again.id, again.total_cents), (fresh.id, 79));

    let after = stored(&world).await;
    let of = |rows: &[invoices::Model], id: Uuid| rows.iter().find(|row| row.id == id).cloned();
    assert_eq!(
        of(&after, world.a.invoices[3]),
        of(&before, world.a.invoices[3])
    );
    for theirs in world.b.invoices {
        assert_eq!(of(&after, theirs), of(&before, theirs));
    }
}

async fn a_bulk_update_leaves_deleted_rows_and_other_tenants_alone(world: World) {
    let before = stored(&world).await;
    let patch = invoices::ActiveModel {
        total_cents: Set(5),
        ..Default::default()
    };
    let changed = world
        .a
        .tenant
        .update_where::<invoices::Entity>(patch, everything())
        .await;
    let mut changed: Vec<_> = changed.expect("rows").iter().map(|row| row.id).collect();
    changed.sort_unstable();
    assert_eq!(changed, world.a.invoices[..3]);
    for (old, new) in before.iter().zip(stored(&world).await) {
        let hit = changed.contains(&new.id);
        assert_eq!(hit, new.total_cents == 5, "{new:?}");
        assert_eq!(hit, new != *old);
        assert_eq!(hit, new.updated_at > old.updated_at);
    }
}

async fn what_is_not_the_callers_to_change_is_refused_and_nothing_is_written(world: World) {
    let before = stored(&world).await;
    let now = Some(world.db.clock().now().fixed_offset());
    let patches = [
        (
            "id",
            invoices::ActiveModel {
                id: Set(world.db.new_id()),
                ..Default::default()
            },
        ),
        (
            "deleted_at",
            invoices::ActiveModel {
                deleted_at: Set(now),
                ..Default::default()
            },
        ),
        (
            "deleted_at",
            invoices::ActiveModel {
                deleted_at: Set(None),
                ..Default::default()
            },
        ),
        (
            "deletion_id",
            invoices::ActiveModel {
                deletion_id: Set(None),
                ..Default::default()
            },
        ),
        (
            "application_id",
            invoices::ActiveModel {
                application_id: Set(world.b.id),
                ..Default::default()
            },
        ),
    ];
    for (wanted, patch) in patches {
        let refused = world
            .a
            .tenant
            .update_where::<invoices::Entity>(patch, everything())
            .await;
        assert!(
            matches!(&refused, Err(Error::Invalid { field, .. }) if field == wanted),
            "{wanted}: {refused:?}"
        );
    }
    assert_eq!(stored(&world).await, before);
}

async fn instants_are_not_the_callers_to_set_and_an_empty_patch_changes_nothing(world: World) {
    let before = stored(&world).await;
    let patch = invoices::ActiveModel {
        application_id: Set(world.a.id),
        created_at: Set(world.db.clock().now().fixed_offset()),
        total_cents: NotSet,
        ..Default::default()
    };
    let seen = world
        .a
        .tenant
        .update_where::<invoices::Entity>(patch, everything())
        .await;
    assert_eq!(seen.expect("rows").len(), 3);
    assert_eq!(stored(&world).await, before);
}

async fn the_same_id_in_two_applications_is_two_rows(world: World) {
    let id = world.a.clients[0];
    let twin = clients::ActiveModel {
        application_id: Set(world.b.id),
        id: Set(id),
        name: Set("Twin".into()),
        ..Default::default()
    };
    twin.insert(&world.db).await.expect("a client");
    let one = world
        .a
        .tenant
        .find::<clients::Entity>()
        .filter(clients::Column::Id.eq(id))
        .all()
        .await;
    let names: Vec<_> = one.expect("rows").into_iter().map(|row| row.name).collect();
    assert_eq!(names, ["Client 0"]);
}

in_a_world!(
    each_write_leaves_an_event_without_values,
    a_row_is_made_in_the_tenant_and_returned_as_stored,
    a_row_for_another_application_is_refused_and_nothing_is_written,
    a_row_cannot_be_made_dead,
    a_taken_number_is_a_conflict_among_live_rows_of_the_tenant_alone,
    an_upsert_changes_the_live_row_and_leaves_the_dead_one_dead,
    a_bulk_update_leaves_deleted_rows_and_other_tenants_alone,
    what_is_not_the_callers_to_change_is_refused_and_nothing_is_written,
    instants_are_not_the_callers_to_set_and_an_empty_patch_changes_nothing,
    the_same_id_in_two_applications_is_two_rows,
);

async fn each_write_leaves_an_event_without_values(world: World) {
    let tenant = &world.a.tenant;
    let row = draft(world.a.clients[1], "PRIVATE-1");
    let made = insert(tenant, row).await.expect("made");
    let this = || invoices::Column::Id.eq(made.id);
    let patch = invoices::ActiveModel {
        total_cents: Set(7),
        ..Default::default()
    };
    let changed = tenant.update_where::<invoices::Entity>(patch, this()).await;
    assert_eq!(changed.expect("changed").len(), 1);
    let gone = tenant.delete_where::<invoices::Entity>(this()).await;
    let deletion = gone.expect("deleted").deletion_id.expect("a deletion");
    let back = tenant.restore::<invoices::Entity>(deletion).await;
    assert_eq!(back.expect("restored"), 1);
    let nothing = tenant.delete_where::<invoices::Entity>(invoices::Column::Id.eq(Uuid::nil()));
    assert_eq!(nothing.await.expect("nothing to delete").rows, 0);

    let told = audit_events::Entity::find()
        .filter(audit_events::Column::ApplicationId.eq(world.a.id))
        .filter(audit_events::Column::SubjectType.eq("invoices"))
        .order_by_asc(audit_events::Column::Sequence)
        .all(&world.db)
        .await
        .expect("events");
    let told: Vec<_> = told
        .iter()
        .map(|event| (event.action.as_str(), event.subject_id))
        .collect();
    assert_eq!(
        told,
        [
            ("row.create", made.id),
            ("row.update", made.id),
            ("row.delete", deletion),
            ("row.restore", deletion),
        ]
    );
    // An application's own tables may hold secrets: which columns were set is told, and not what to.
    let details = audit_details::Entity::find().all(&world.db).await;
    for detail in details.expect("details") {
        assert!(!detail.detail.to_string().contains("PRIVATE"), "{detail:?}");
    }
}
