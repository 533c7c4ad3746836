//! The condition that every query carries.

use sea_orm::sea_query::{Alias, DynIden, Expr, ExprTrait, IntoIden};
use sea_orm::{Condition, Iden};

use super::{Scope, Scoped};

/// Which rows of the life of a table are in sight.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Life {
    #[default]
    Live,
    Any,
    Deleted,
}

/// `tenant AND live` for the rows of `E`, by the name of its table.
pub(super) fn wall<E: Scoped>(scope: &impl Scope, life: Life) -> Condition {
    wall_of::<E>(scope.application_id(), life, &table::<E>())
}

/// As [`wall`], by the name that a join gives the table.
pub(super) fn wall_of<E: Scoped>(
    application_id: Option<uuid::Uuid>,
    life: Life,
    table: &DynIden,
) -> Condition {
    let mut wall = Condition::all();
    if let (Some(column), Some(application_id)) = (E::application_column(), application_id) {
        wall = wall.add(column_of(table, &column).eq(application_id));
    }
    if let Some((deleted_at, _)) = E::deletion_columns() {
        let deleted_at = column_of(table, &deleted_at);
        wall = match life {
            Life::Live => wall.add(deleted_at.is_null()),
            Life::Deleted => wall.add(deleted_at.is_not_null()),
            Life::Any => wall,
        };
    } else if life == Life::Deleted {
        // What is deleted for good at once leaves nothing to see.
        wall = wall.add(Expr::val(1).eq(0));
    }
    wall
}

pub(super) fn table<E: Scoped>() -> DynIden {
    Alias::new(E::default().table_name()).into_iden()
}

fn column_of(table: &DynIden, column: &impl Iden) -> Expr {
    Expr::col((table.clone(), Alias::new(column.to_string())))
}
