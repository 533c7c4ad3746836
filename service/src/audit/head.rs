//! The heads of chains: where each begins and ends.

use entity::audit_chains;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, Order};
use uuid::Uuid;

use crate::error::Result;
use crate::scope::{Find, Sees, ownership};

/// Application and lane: what tells a chain from others.
pub(crate) type Key = (Uuid, i64);

/// At most `limit` chains after that one, in the order of their keys.
pub(super) async fn after<S: Sees<ownership::Tenant>>(
    scope: &S,
    key: Option<Key>,
    limit: u64,
) -> Result<Vec<audit_chains::Model>> {
    let mut find = Find::<audit_chains::Entity, _>::new(scope.clone());
    if let Some((application_id, lane)) = key {
        let place = Expr::tuple([
            audit_chains::Column::ApplicationId.into_expr(),
            audit_chains::Column::Lane.into_expr(),
        ]);
        let last = Expr::tuple([Expr::value(application_id), Expr::value(lane)]);
        find = find.filter(place.gt(last));
    }
    find.order_by(audit_chains::Column::ApplicationId, Order::Asc)
        .order_by(audit_chains::Column::Lane, Order::Asc)
        .limit(limit)
        .all()
        .await
}

/// A query for the chain with the key.
pub(super) fn one<S: Sees<ownership::Tenant>>(
    scope: &S,
    key: Key,
) -> Find<audit_chains::Entity, S> {
    Find::new(scope.clone()).filter(this(key))
}

/// That it is the chain with the key.
pub(super) fn this((application_id, lane): Key) -> Condition {
    Condition::all()
        .add(audit_chains::Column::ApplicationId.eq(application_id))
        .add(audit_chains::Column::Lane.eq(lane))
}
