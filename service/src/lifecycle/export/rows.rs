//! Rows of a table, page by page in the order of their key.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, ModelTrait, Order, Value};
use tokio::io::AsyncWrite;

use super::document::Document;
use crate::db::Db;
use crate::error::Result;
use crate::scope::{Across, Find, Scoped, Sees};
use serde_json::Value as Json;

const PAGE: u64 = 200;

/// Goes through the rows that meet the condition, deleted ones too.
pub(super) struct Rows<E: Scoped> {
    db: Db,
    which: Condition,
    key: Vec<E::Column>,
    after: Option<Vec<Value>>,
    over: bool,
}

impl<E> Rows<E>
where
    E: Scoped<Column: Copy>,
    Across: Sees<E::Ownership>,
{
    pub(super) fn new(db: &Db, which: Condition, key: &[E::Column]) -> Self {
        Self {
            db: db.clone(),
            which,
            key: key.to_vec(),
            after: None,
            over: false,
        }
    }

    /// The next page; an empty one is the last.
    pub(super) async fn next(&mut self) -> Result<Vec<E::Model>> {
        if self.over {
            return Ok(Vec::new());
        }
        let across = Across {
            db: self.db.clone(),
        };
        let mut find = Find::<E, _>::new(across)
            .with_deleted()
            .filter(self.which.clone());
        if let Some(after) = self.after.take() {
            let place = Expr::tuple(self.key.iter().map(|column| column.into_expr()));
            find = find.filter(place.gt(Expr::tuple(after.into_iter().map(Expr::value))));
        }
        for column in &self.key {
            find = find.order_by(*column, Order::Asc);
        }
        let page = find.limit(PAGE).all().await?;
        self.after = page
            .last()
            .map(|last| self.key.iter().map(|column| last.get(*column)).collect());
        self.over = (page.len() as u64) < PAGE;
        Ok(page)
    }

    /// Adds an item for each row.
    pub(super) async fn write<W: AsyncWrite + Unpin + Send>(
        mut self,
        document: &mut Document<'_, W>,
        show: impl Fn(E::Model) -> Json,
    ) -> Result<()> {
        loop {
            let page = self.next().await?;
            if page.is_empty() {
                return Ok(());
            }
            for row in page {
                document.item(&show(row)).await?;
            }
        }
    }
}
