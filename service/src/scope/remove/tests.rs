//! Batches of rows that bear a mark, under keys of two columns: what no verb asks for by itself.

use chrono::TimeDelta;
use entity::clients;
use migration::testing::{Backend, TestDb};
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use super::remove_some;
use crate::scope::wall::Life;
use crate::scope::{Across, Find, InTenant, Sees, ownership};
use crate::{Clock, Config, Db, NewApplication, NewClient, NewUser, Tenant};

async fn application(db: &Db, slug: &str) -> Tenant {
    let email = format!("{slug}@x.io").parse().expect("an address");
    let user = db.users().create(NewUser::new(email)).await;
    let user_id = user.expect("a user").id;
    let new = NewApplication {
        name: slug.parse().expect("a name"),
        slug: slug.parse().expect("a slug"),
        description: None,
        public_id: None,
        compute_id: None,
    };
    let made = db.applications().create(user_id, new).await;
    let id = made.expect("an application").id;
    db.tenant(user_id, id).await.expect("its owner")
}

/// So many clients, of which every other one is deleted, the latest made first; returns those, the first deleted first.
async fn clients(tenant: &Tenant, count: usize) -> Vec<Uuid> {
    let mut deleted = Vec::new();
    for n in 0..count {
        let new = NewClient::new("Hotel".parse().expect("a name"));
        let client = tenant.clients().create(new).await.expect("a client");
        if n % 2 == 0 {
            deleted.push(client.id);
        }
    }
    deleted.reverse();
    for id in &deleted {
        tenant.clients().delete(*id).await.expect("a deletion");
    }
    deleted
}

async fn purge<S: Sees<ownership::Tenant>>(scope: &S, batch: u64) -> u64 {
    let before = scope.db().clock().now() + TimeDelta::hours(1);
    let all = Condition::all().add(clients::Column::DeletedAt.lt(before.fixed_offset()));
    let order = clients::Column::DeletedAt;
    let removed = remove_some::<clients::Entity, _>(scope, Life::Deleted, all, order, batch).await;
    removed.expect("a count")
}

async fn left<S: Sees<ownership::Tenant>>(scope: &S) -> (u64, Vec<Uuid>) {
    let find = || Find::<clients::Entity, _>::new(scope.clone());
    let live = find().count().await.expect("a count");
    let deleted = find()
        .only_deleted()
        .order_by(clients::Column::DeletedAt, sea_orm::Order::Asc)
        .all();
    let deleted = deleted.await.expect("rows");
    (live, deleted.into_iter().map(|row| row.id).collect())
}

async fn deleted_rows_go_first_deleted_first_and_live_ones_stay(backend: Backend) {
    let test = TestDb::new(backend).await;
    let config = Config::new(test.url()).clock(Clock::system());
    let db = Db::connect(config).await.expect("connects");
    let (one, other) = (
        application(&db, "one").await,
        application(&db, "other").await,
    );
    let (mine, theirs) = (clients(&one, 10).await, clients(&other, 6).await);
    let inside = |tenant: &Tenant| InTenant {
        db: db.clone(),
        application_id: tenant.application_id(),
    };
    let (own, others) = (inside(&one), inside(&other));
    assert_eq!(purge(&own, 2).await, 2);
    assert_eq!(left(&own).await, (5, mine[2..].to_vec()));
    assert_eq!(purge(&own, 100).await, 3);
    assert_eq!(left(&own).await, (5, vec![]));
    assert_eq!(left(&others).await, (3, theirs.clone()));
    let across = Across { db: db.clone() };
    assert_eq!(purge(&across, 1).await, 1);
    assert_eq!(left(&others).await, (3, theirs[1..].to_vec()));
    db.close().await.expect("closed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite() {
    deleted_rows_go_first_deleted_first_and_live_ones_stay(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres() {
    deleted_rows_go_first_deleted_first_and_live_ones_stay(Backend::Postgres).await;
}
