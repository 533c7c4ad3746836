//! Columns for ready-made SQL: those of the entity, in the order that they are [decoded](super::decode) in.

use std::fmt::Write as _;

use sea_orm::{EntityTrait, IdenStatic, Iterable};

/// `u.id, u.email, …, `: each column of `E`, of the table or query that goes by `name`.
pub(crate) fn columns<E: EntityTrait<Column: Iterable + IdenStatic>>(name: &str) -> String {
    let mut sql = String::new();
    for column in E::Column::iter() {
        // Writing to a string cannot fail.
        let _ = write!(sql, "{name}.{}, ", column.as_str());
    }
    sql
}
