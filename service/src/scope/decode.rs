//! Rows into models, column by column in the order of the table.
//!
//! By name each value costs a look-up, and each NULL the text of an error that nobody sees: of a page of 50 rows more than
//! all the rest of it together.

use chrono::{DateTime, FixedOffset};
use sea_orm::sqlx::postgres::types::Oid;
use sea_orm::sqlx::postgres::{PgRow, PgValueFormat, Postgres};
use sea_orm::sqlx::{Decode, Error as SqlxError, Row as _, Type, ValueRef as _};
use sea_orm::{DbErr, QueryResult, RuntimeErr};
use serde_json::Value as Json;
use uuid::Uuid;

/// A model whose fields stand in the order of its entity's columns.
pub(crate) trait Decoded: Sized {
    /// How many columns it takes.
    const COLUMNS: usize;

    /// The model that begins at the column `first`.
    fn decode(row: &QueryResult, first: usize) -> Result<Self, DbErr>;

    /// The model of a live row that holds the columns that are not [`given`].
    fn decode_live(row: &QueryResult, application_id: Option<Uuid>) -> Result<Self, DbErr>;
}

/// What a column holds.
pub(crate) trait Field: Sized {
    fn read(row: &QueryResult, place: usize) -> Result<Self, SqlxError>;

    /// What a [`given`] column holds: NULL where it may, else the application.
    fn given(application_id: Option<Uuid>) -> Option<Self>;
}

/// Whether the walls of a query for live rows tell what the column holds, so that no row has to: of whose rows they are, where
/// that is known, and that they are not deleted.
pub(super) const fn given(column: &str, of_application: bool) -> bool {
    match column.as_bytes() {
        b"application_id" => of_application,
        b"deleted_at" | b"deletion_id" => true,
        _ => false,
    }
}

/// The value of a column, by its place from 0 on.
pub(crate) fn value<T: Field>(row: &QueryResult, place: usize) -> Result<T, DbErr> {
    T::read(row, place).map_err(|error| DbErr::Query(RuntimeErr::SqlxError(error.into())))
}

fn untold(column: &str) -> DbErr {
    DbErr::Type(format!("no wall tells what {column} holds"))
}

/// The binary form of a type of `PostgreSQL`, by its number in `pg_type`.
trait Binary: Sized {
    const TYPE: u32;

    /// `None`: the bytes are no value of it.
    fn of(bytes: &[u8]) -> Option<Self>;
}

macro_rules! binary {
    ($($number:literal $type:ty: $of:expr;)+) => {
        $(impl Binary for $type {
            const TYPE: u32 = $number;

            fn of(bytes: &[u8]) -> Option<Self> {
                let of: fn(&[u8]) -> Option<Self> = $of;
                of(bytes)
            }
        }

        impl Field for $type {
            fn given(application_id: Option<Uuid>) -> Option<Self> {
                Self::of(application_id?.as_bytes())
            }

            fn read(row: &QueryResult, place: usize) -> Result<Self, SqlxError> {
                match Option::<Self>::read(row, place)? {
                    Some(value) => Ok(value),
                    None => Err(SqlxError::ColumnDecode {
                        index: place.to_string(),
                        source: "NULL in a column that has none".into(),
                    }),
                }
            }
        }

        impl Field for Option<$type> {
            fn read(row: &QueryResult, place: usize) -> Result<Self, SqlxError> {
                if let Some(row) = row.try_as_pg_row() {
                    postgres(row, place)
                } else if let Some(row) = row.try_as_sqlite_row() {
                    row.try_get(place)
                } else {
                    Err(SqlxError::RowNotFound)
                }
            }

            fn given(_: Option<Uuid>) -> Option<Self> {
                Some(None)
            }
        })+
    };
}

binary! {
    16 bool: |bytes| match bytes { [0] => Some(false), [1] => Some(true), _ => None };
    17 Vec<u8>: |bytes| Some(bytes.to_vec());
    20 i64: |bytes| Some(i64::from_be_bytes(bytes.try_into().ok()?));
    25 String: |bytes| Some(std::str::from_utf8(bytes).ok()?.to_owned());
    1184 DateTime<FixedOffset>: |bytes| {
        // Microseconds from the year 2000 on.
        let micros = i64::of(bytes)?.checked_add(946_684_800_000_000)?;
        Some(DateTime::from_timestamp_micros(micros)?.fixed_offset())
    };
    2950 Uuid: |bytes| Uuid::from_slice(bytes).ok();
    3802 Json: |bytes| match bytes {
        [1, json @ ..] => serde_json::from_slice(json).ok(),
        _ => None,
    };
}

fn postgres<T>(row: &PgRow, place: usize) -> Result<Option<T>, SqlxError>
where
    T: Binary + Type<Postgres> + for<'r> Decode<'r, Postgres>,
{
    let raw = row.try_get_raw(place)?;
    if raw.is_null() {
        return Ok(None);
    }
    if raw.format() == PgValueFormat::Binary && raw.type_info().oid() == Some(Oid(T::TYPE)) {
        let value = raw.as_bytes().ok().and_then(T::of);
        if value.is_some() {
            return Ok(value);
        }
    }
    // Of another type, or none at all: the driver takes what it can, and says what it cannot.
    row.try_get(place)
}

macro_rules! decoded {
    ($($module:ident { $($field:ident),+ })+) => {
        $(impl Decoded for ::entity::$module::Model {
            const COLUMNS: usize = [$(stringify!($field)),+].len();

            fn decode(row: &QueryResult, first: usize) -> Result<Self, DbErr> {
                let mut places = first..;
                let mut next = || places.next().unwrap_or_default();
                Ok(Self { $($field: value(row, next())?),+ })
            }

            fn decode_live(row: &QueryResult, application_id: Option<Uuid>) -> Result<Self, DbErr> {
                let mut places = 0..;
                let mut next = || places.next().unwrap_or_default();
                Ok(Self {
                    $($field: if given(stringify!($field), application_id.is_some()) {
                        Field::given(application_id).ok_or_else(|| untold(stringify!($field)))?
                    } else {
                        value(row, next())?
                    }),+
                })
            }
        })+

        /// The tables, each with its columns in the order that they are read in, and in the order of its entity.
        #[cfg(test)]
        pub(super) fn orders() -> Vec<(&'static str, Vec<&'static str>, Vec<&'static str>)> {
            use sea_orm::{IdenStatic as _, Iterable as _};
            vec![$((
                stringify!($module),
                vec![$(stringify!($field)),+],
                ::entity::$module::Column::iter().map(|column| column.as_str()).collect(),
            )),+]
        }
    };
}

decoded! {
    users {
        id, email, username, name, given_name, family_name, picture, email_verified_at, created_at,
        updated_at, deleted_at, deletion_id
    }
    user_passwords { user_id, password_hash, created_at, updated_at }
    applications {
        id, public_id, slug, name, description, created_by, compute_id, created_at, updated_at,
        deleted_at, deletion_id
    }
    application_memberships {
        application_id, user_id, email, created_at, updated_at, deleted_at, deletion_id
    }
    roles {
        application_id, id, key, name, description, created_at, updated_at, deleted_at, deletion_id
    }
    role_permissions { application_id, role_id, permission, created_at, updated_at }
    membership_roles { application_id, user_id, role_id, granted_by, created_at, updated_at }
    clients {
        application_id, id, name, email, phone, metadata, created_by, created_at, updated_at,
        deleted_at, deletion_id
    }
    client_users { application_id, client_id, user_id, created_at, updated_at }
    verification_tokens {
        id, purpose, secret_hash, user_id, email, payload, expires_at, consumed_at, revoked_at,
        created_at, updated_at
    }
    invitations {
        application_id, id, email, secret_hash, invited_by, expires_at, accepted_at, revoked_at,
        created_at, updated_at
    }
    invitation_roles { application_id, invitation_id, role_id, created_at, updated_at }
    sessions {
        id, secret_hash, user_id, application_id, last_seen_at, expires_at, revoked_at, ip,
        user_agent, created_at, updated_at, rotated_at
    }
    sign_in_throttles {
        id, kind, failures, blocked_until, trusted_until, expires_at, created_at, updated_at
    }
    domains {
        application_id, id, name, created_by, challenge, verified_at, created_at, updated_at,
        deleted_at, deletion_id
    }
    mailboxes {
        application_id, id, domain_id, local_part, email, user_id, created_at, updated_at,
        deleted_at, deletion_id
    }
    emails {
        application_id, id, mailbox_id, user_id, from_address, subject, body, body_html, message_id,
        in_reply_to, sent_at, received_at, created_at, updated_at, deleted_at, deletion_id,
        thread_id
    }
    email_recipients { application_id, email_id, kind, address, created_at, updated_at }
    audit_chains {
        application_id, lane, sequence, previous_hash, hash, first_sequence, first_previous_hash,
        created_at, updated_at
    }
    audit_events {
        application_id, id, lane, sequence, actor_id, action, subject_type, subject_id, detail_hash,
        previous_hash, created_at
    }
    audit_details { application_id, event_id, detail, salt, created_at }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_read_in_the_order_of_their_columns() {
        for (table, read, columns) in orders() {
            assert_eq!(read, columns, "{table}");
        }
    }

    #[test]
    fn what_is_no_value_is_left_to_the_driver() {
        assert_eq!(bool::of(&[2]), None);
        assert_eq!(i64::of(&[0; 7]), None);
        assert_eq!(String::of(&[0xff]), None);
        assert_eq!(Uuid::of(&[0; 15]), None);
        assert_eq!(Json::of(b"\x02{}"), None);
        assert_eq!(Json::of(b"\x01{"), None);
        // `infinity`, and an instant beyond what chrono knows.
        assert_eq!(DateTime::<FixedOffset>::of(&i64::MAX.to_be_bytes()), None);
        assert_eq!(
            DateTime::<FixedOffset>::of(&(i64::MAX - 1_000_000_000_000_000).to_be_bytes()),
            None
        );
    }

    #[test]
    fn an_instant_counts_from_the_year_2000() {
        let instant = DateTime::<FixedOffset>::of(&(-1_i64).to_be_bytes()).expect("an instant");
        assert_eq!(instant.to_rfc3339(), "1999-12-31T23:59:59.999999+00:00");
    }
}
