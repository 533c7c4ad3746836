//! Columns for ready-made SQL: those of the entity, so that none is forgotten when a table gets another.

use std::fmt::Write as _;

use sea_orm::{EntityTrait, IdenStatic, Iterable};

/// `u.id AS u_id, u.email AS u_email, …, `: each column of `E`, of the table or query that goes by `name`.
pub(crate) fn columns_as<E: EntityTrait<Column: Iterable + IdenStatic>>(
    name: &str,
    prefix: &str,
) -> String {
    let mut sql = String::new();
    for column in E::Column::iter() {
        let column = column.as_str();
        // Writing to a string cannot fail.
        let _ = write!(sql, "{name}.{column} AS {prefix}{column}, ");
    }
    sql
}
