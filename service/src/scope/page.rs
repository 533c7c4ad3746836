//! Pages: a list a part at a time, by the position of the last row and not by counting.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Datelike};
use sea_orm::sea_query::{ColumnType, Expr, ExprTrait, Order};
use sea_orm::{ColumnTrait, DbBackend, ModelTrait, PartialModelTrait, QueryTrait, Value};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Find, Keyset, Scoped, Sees};
use crate::error::{Error, Result};

/// Most rows of a page.
pub const MAX_LIMIT: u64 = 200;
const FINGERPRINT: usize = 12;
/// Of a cursor as text, in bytes: a name of 200 characters and an id, with room.
const MAX_CURSOR: usize = 4096;

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct Page<T> {
    /// The rows, in order.
    pub items: Vec<T>,
    /// Where the next page begins; `None`: this is the last.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// The same page with each row turned into something else.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(f).collect(),
            next: self.next,
        }
    }
}

/// A place in a list: opaque text that can be given out and taken back.
///
/// It belongs to the query that made it: another filter, order or tenant refuses it. It holds the sort columns of the
/// last row of a page, which whoever holds the page has seen; it grants nothing.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cursor(String);

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let cursor = Self(text.to_owned());
        cursor.parts().map(|_| cursor)
    }
}

impl TryFrom<String> for Cursor {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Cursor> for String {
    fn from(cursor: Cursor) -> Self {
        cursor.0
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The value of one sort column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Key {
    #[serde(rename = "u")]
    Uuid(Uuid),
    #[serde(rename = "t")]
    Text(String),
    #[serde(rename = "i")]
    Instant(i64),
    #[serde(rename = "n")]
    Number(i64),
}

impl Key {
    fn of(value: Value) -> Option<Self> {
        match value {
            Value::Uuid(Some(id)) => Some(Self::Uuid(id)),
            Value::String(Some(text)) => Some(Self::Text(text)),
            Value::ChronoDateTimeWithTimeZone(Some(instant)) => {
                Some(Self::Instant(instant.timestamp_micros()))
            }
            Value::BigInt(Some(number)) => Some(Self::Number(number)),
            Value::Int(Some(number)) => Some(Self::Number(number.into())),
            _ => None,
        }
    }

    /// The value, if it is of the column's type: a cursor can have been made up.
    fn value_for(self, column: &impl ColumnTrait) -> Option<Value> {
        let definition = column.def();
        match (self, definition.get_column_type()) {
            (Self::Uuid(id), ColumnType::Uuid) => Some(id.into()),
            (Self::Text(text), ColumnType::Text | ColumnType::String(_) | ColumnType::Char(_))
                if !text.contains('\0') =>
            {
                Some(text.into())
            }
            (Self::Instant(micros), ColumnType::TimestampWithTimeZone) => {
                DateTime::from_timestamp_micros(micros)
                    // Both databases can hold these.
                    .filter(|at| (1..=9999).contains(&at.year()))
                    .map(|at| at.fixed_offset().into())
            }
            (Self::Number(number), ColumnType::BigInteger | ColumnType::Integer) => {
                Some(number.into())
            }
            _ => None,
        }
    }
}

impl Cursor {
    fn new(fingerprint: [u8; FINGERPRINT], keys: &[Key]) -> Result<Self> {
        let keys = serde_json::to_vec(keys)
            .map_err(|_| Error::invalid("order", "has values that no cursor can hold"))?;
        let text = URL_SAFE_NO_PAD.encode([fingerprint.as_slice(), &keys].concat());
        if text.len() > MAX_CURSOR {
            return Err(Error::invalid(
                "order",
                "has values that are too long for a cursor",
            ));
        }
        Ok(Self(text))
    }

    fn parts(&self) -> Result<([u8; FINGERPRINT], Vec<Key>)> {
        let parts = || {
            if self.0.len() > MAX_CURSOR {
                return None;
            }
            let bytes = URL_SAFE_NO_PAD.decode(&self.0).ok()?;
            let (fingerprint, keys) = bytes.split_first_chunk::<FINGERPRINT>()?;
            Some((*fingerprint, serde_json::from_slice(keys).ok()?))
        };
        parts().ok_or_else(|| Error::invalid("cursor", "is none that a page gave out"))
    }
}

impl<E: Scoped, S: Sees<E::Ownership>> Find<E, S> {
    /// A page in the order `K`: `limit` rows from the start, or from after `cursor`, which a page before gave.
    ///
    /// Rows that are made or deleted meanwhile move no other row to another page: none is shown twice, none is left out.
    /// An order or a limit said before does not matter.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] where `limit` is not from 1 to [`MAX_LIMIT`], or `cursor` is of another query, order or
    /// tenant; [`Error::Database`].
    pub async fn page<K: Keyset<E>>(
        self,
        limit: u64,
        cursor: Option<&Cursor>,
    ) -> Result<Page<E::Model>> {
        let columns = K::columns();
        let place = |row: &E::Model| columns.iter().map(|column| row.get(*column)).collect();
        self.paged::<K, _>(limit, cursor, Self::all, place, |find, _, _| find)
            .await
    }

    /// As [`page`](Self::page), each row as a `P` that holds the columns it names; `place` gives its values in the columns
    /// of the order.
    pub(crate) async fn page_as<K: Keyset<E>, P: PartialModelTrait>(
        self,
        limit: u64,
        cursor: Option<&Cursor>,
        place: impl Fn(&P) -> Vec<Value>,
    ) -> Result<Page<P>> {
        self.paged::<K, _>(limit, cursor, Self::all_as, place, |find, _, _| find)
            .await
    }

    /// As [`page_as`](Self::page_as), where the condition itself has to know the page: this query tells the list from
    /// others, and `narrowed` makes the one that is sent, of the values of the last row before the page (`None`: it is the
    /// first) and of how many rows are wanted.
    pub(crate) async fn page_of<K: Keyset<E>, P: PartialModelTrait>(
        self,
        limit: u64,
        cursor: Option<&Cursor>,
        place: impl Fn(&P) -> Vec<Value>,
        narrowed: impl FnOnce(Option<&[Value]>, u64) -> Self,
    ) -> Result<Page<P>> {
        let narrowed = |_, last: Option<&[Value]>, rows| narrowed(last, rows);
        self.paged::<K, _>(limit, cursor, Self::all_as, place, narrowed)
            .await
    }

    async fn paged<K: Keyset<E>, R>(
        self,
        limit: u64,
        cursor: Option<&Cursor>,
        all: impl AsyncFnOnce(Self) -> Result<Vec<R>>,
        place: impl Fn(&R) -> Vec<Value>,
        narrowed: impl FnOnce(Self, Option<&[Value]>, u64) -> Self,
    ) -> Result<Page<R>> {
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(Error::invalid(
                "limit",
                format!("is {limit}: it takes 1 to {MAX_LIMIT}"),
            ));
        }
        let columns = K::columns();
        let mut find = self;
        // The order and the size of a page are its own, whatever was said before.
        QueryTrait::query(&mut find.select)
            .clear_order_by()
            .reset_limit();
        let fingerprint = find.clone().fingerprint::<K>()?;
        let last = cursor
            .map(|cursor| last::<E>(cursor, fingerprint, &columns))
            .transpose()?;
        // One row more than asked for tells whether there is a next page.
        let rows = limit + 1;
        find = narrowed(find, last.as_deref(), rows);
        if let Some(last) = last {
            find = find.filter(after::<E, K>(last, &columns));
        }
        let order = if K::DESCENDING {
            Order::Desc
        } else {
            Order::Asc
        };
        for column in &columns {
            find = find.order_by(*column, order.clone());
        }
        let mut items = all(find.limit(rows)).await?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = match items.last() {
            Some(last) if more => Some(Cursor::new(fingerprint, &keys(place(last))?)?),
            _ => None,
        };
        Ok(Page { items, next })
    }

    /// Tells this query, with its tenant, filters and order, from any other.
    fn fingerprint<K: Keyset<E>>(self) -> Result<[u8; FINGERPRINT]> {
        let statement = self.walled()?.build(DbBackend::Postgres);
        let digest = Sha256::new()
            .chain_update(K::NAME)
            .chain_update([0])
            .chain_update(&statement.sql)
            .chain_update([0])
            .chain_update(format!("{:?}", statement.values))
            .finalize();
        let mut fingerprint = [0; FINGERPRINT];
        fingerprint.copy_from_slice(&digest[..FINGERPRINT]);
        Ok(fingerprint)
    }
}

/// The values of the last row before the page.
fn last<E: Scoped>(
    cursor: &Cursor,
    fingerprint: [u8; FINGERPRINT],
    columns: &[E::Column],
) -> Result<Vec<Value>> {
    let (made_by, keys) = cursor.parts()?;
    if made_by != fingerprint || keys.len() != columns.len() {
        return Err(Error::invalid(
            "cursor",
            "is of another list: begin again without it",
        ));
    }
    let values: Option<Vec<_>> = keys
        .into_iter()
        .zip(columns)
        .map(|(key, column)| key.value_for(column))
        .collect();
    values.ok_or_else(|| Error::invalid("cursor", "is none that a page gave out"))
}

/// `(a, b) > (x, y)`: as a row value it is a condition of the index; as `a > x OR (a = x AND b > y)` it would filter.
fn after<E: Scoped, K: Keyset<E>>(last: Vec<Value>, columns: &[E::Column]) -> Expr {
    let place = Expr::tuple(columns.iter().map(|column| column.into_expr()));
    let last = Expr::tuple(last.into_iter().map(Expr::value));
    if K::DESCENDING {
        place.lt(last)
    } else {
        place.gt(last)
    }
}

fn keys(values: Vec<Value>) -> Result<Vec<Key>> {
    values
        .into_iter()
        .map(|value| {
            Key::of(value)
                .ok_or_else(|| Error::invalid("order", "has a column that no cursor can hold"))
        })
        .collect()
}
