//! Rows of tokio-postgres as models, by the place of each column.

use entity::{clients, users};
use tokio_postgres::Row;

/// The user whose columns begin at `first`.
pub(crate) fn user(row: &Row, first: usize) -> users::Model {
    users::Model {
        id: row.get(first),
        email: row.get(first + 1),
        username: row.get(first + 2),
        name: row.get(first + 3),
        given_name: row.get(first + 4),
        family_name: row.get(first + 5),
        picture: row.get(first + 6),
        email_verified_at: row.get(first + 7),
        created_at: row.get(first + 8),
        updated_at: row.get(first + 9),
        deleted_at: row.get(first + 10),
        deletion_id: row.get(first + 11),
    }
}

/// The client, whose columns are all there are.
pub(crate) fn client(row: &Row) -> clients::Model {
    clients::Model {
        application_id: row.get(0),
        id: row.get(1),
        name: row.get(2),
        email: row.get(3),
        phone: row.get(4),
        metadata: row.get(5),
        created_by: row.get(6),
        created_at: row.get(7),
        updated_at: row.get(8),
        deleted_at: row.get(9),
        deletion_id: row.get(10),
    }
}
