//! Pages: a list a part at a time, by the position of the last row and not by counting.

use sea_orm::sea_query::{Expr, ExprTrait, Order};
use sea_orm::{
    ColumnTrait, DbBackend, ModelTrait, PartialModelTrait, QueryTrait, Statement, Value,
};
use serde::{Deserialize, Serialize};

use super::cursor::{Cursor, digest, fingerprint};
use super::decode::Decoded;
use super::ready::{ReadyPages, walled_values};
use super::{Find, Keyset, Scoped, Sees};
use crate::error::{Error, Result};

/// Most rows of a page.
pub const MAX_LIMIT: u64 = 200;

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
        within(limit)?;
        let columns = K::columns();
        let mut find = self;
        // The order and the size of a page are its own, whatever was said before.
        QueryTrait::query(&mut find.select)
            .clear_order_by()
            .reset_limit();
        let whole = find.clone().list()?;
        let text = digest(&whole.sql, K::NAME);
        let values = whole.values.iter().flat_map(|values| &values.0);
        let fingerprint = fingerprint(text, values);
        let last = cursor
            .map(|cursor| cursor.values::<E>(fingerprint, &columns))
            .transpose()?;
        // One row more than asked for tells whether there is a next page.
        let rows = limit + 1;
        find = narrowed(find, last.as_deref(), rows);
        if let Some(last) = last {
            find = find.filter(after::<E, K>(last, &columns));
        }
        page(all(find.ordered::<K>(rows)).await?, limit, |last| {
            Cursor::at(fingerprint, place(last))
        })
    }

    /// As [`page`](Find::page) of what `typed` makes of a query for all live rows; `values` are those of its conditions.
    ///
    /// # Errors
    ///
    /// As [`page`](Find::page).
    pub(crate) async fn ready_page<K: Keyset<E>>(
        scope: S,
        ready: &'static ReadyPages,
        (limit, cursor): (u64, Option<&Cursor>),
        values: impl IntoIterator<Item = Value>,
        typed: impl Fn(Self) -> Self,
    ) -> Result<Page<E::Model>>
    where
        E::Model: Decoded,
    {
        within(limit)?;
        let columns = K::columns();
        let backend = scope.db().backend();
        let find = || typed(Self::new(scope.clone()));
        let mut values = walled_values::<E>(&scope, values);
        let text = ready.digest(&values, K::NAME, || find().list())?;
        let fingerprint = fingerprint(text, &values);
        let last = cursor
            .map(|cursor| cursor.values::<E>(fingerprint, &columns))
            .transpose()?;
        let rows = limit + 1;
        let text = if last.is_some() {
            &ready.next
        } else {
            &ready.first
        };
        values.extend(last.iter().flatten().cloned());
        values.push(rows.into());
        let statement = text.statement(backend, values, || {
            let mut find = find();
            if let Some(last) = last {
                find = find.filter(after::<E, K>(last, &columns));
            }
            Ok(find.ordered::<K>(rows).narrow()?.build(backend))
        })?;
        let all = Self::ready_all(&scope, statement).await?;
        page(all, limit, |last| {
            Cursor::at(
                fingerprint,
                columns.iter().map(|column| last.get(*column)).collect(),
            )
        })
    }

    /// What tells the list from others: without order, size and place of a page.
    fn list(self) -> Result<Statement> {
        Ok(self.walled()?.build(DbBackend::Postgres))
    }

    fn ordered<K: Keyset<E>>(mut self, rows: u64) -> Self {
        let order = if K::DESCENDING {
            Order::Desc
        } else {
            Order::Asc
        };
        for column in K::columns() {
            self = self.order_by(column, order.clone());
        }
        self.limit(rows)
    }
}

fn within(limit: u64) -> Result<()> {
    if (1..=MAX_LIMIT).contains(&limit) {
        return Ok(());
    }
    Err(Error::invalid(
        "limit",
        format!("is {limit}: it takes 1 to {MAX_LIMIT}"),
    ))
}

/// The page of these rows: one more than it holds where another one follows.
fn page<R>(
    mut items: Vec<R>,
    limit: u64,
    place: impl FnOnce(&R) -> Result<Cursor>,
) -> Result<Page<R>> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    let next = match items.last() {
        Some(last) if more => Some(place(last)?),
        _ => None,
    };
    Ok(Page { items, next })
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
