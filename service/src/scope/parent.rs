//! The rows that a row stands under: they must be live when it is made.

use sea_orm::sea_query::{
    Alias, DynIden, Expr, ExprTrait, IntoIden, LockType, Query, SelectStatement,
};
use sea_orm::{Condition, Iden, Related};

use super::Scoped;
use super::wall::table;

/// What the door knows of a parent of an entity. Made by [`scoped!`](crate::scoped).
#[derive(Clone, Debug)]
pub struct Parent {
    table: DynIden,
    /// Columns of the child, and those of the parent that they refer to.
    pairs: Vec<(String, String)>,
    deleted_at: Option<String>,
    owns: bool,
}

impl Parent {
    /// The rows of `P` that rows of `E` refer to.
    #[must_use]
    pub fn of<E: Scoped + Related<P>, P: Scoped>() -> Self {
        let relation = E::to();
        Self {
            table: table::<P>(),
            pairs: relation
                .from_col
                .iter()
                .zip(relation.to_col.iter())
                .map(|(from, to)| (from.to_string(), to.to_string()))
                .collect(),
            deleted_at: P::deletion_columns().map(|(at, _)| Iden::to_string(&at)),
            owns: true,
        }
    }

    /// It is named, and owns nothing: it must be live when it is named, and may be gone when the row comes back.
    #[must_use]
    pub fn named(mut self) -> Self {
        self.owns = false;
        self
    }

    /// Whether the row cannot be there without it.
    pub(super) fn owns(&self) -> bool {
        self.owns
    }

    /// The columns of the child that refer to it.
    pub(super) fn child_columns(&self) -> impl Iterator<Item = &str> {
        self.pairs.iter().map(|(child, _)| child.as_str())
    }

    /// The parent that these values refer to is live, and stays so until the transaction ends: deleting locks a row
    /// against this (`FOR KEY SHARE` is what the foreign key takes too, it does not stand in the way of updates).
    ///
    /// `None` where a value is NULL: there is no parent then.
    pub(super) fn is_live(&self, value: impl Fn(&str) -> Option<Expr>) -> Option<Condition> {
        let mut select = self.select();
        for (child, parent) in &self.pairs {
            select.and_where(self.column(parent).eq(value(child)?));
        }
        Some(Condition::all().add(Expr::exists(select)))
    }

    /// The parent that a row of `child` refers to, if it refers to any, is live.
    pub(super) fn is_live_for(&self, child: &DynIden) -> Condition {
        let mut select = self.select();
        let mut any = Condition::any();
        for (from, to) in &self.pairs {
            let from = Expr::col((child.clone(), Alias::new(from)));
            select.and_where(self.column(to).eq(from.clone()));
            any = any.add(from.is_null());
        }
        any.add(Expr::exists(select))
    }

    fn select(&self) -> SelectStatement {
        #[expect(
            clippy::disallowed_methods,
            reason = "the door: the query is walled here"
        )]
        let mut select = Query::select();
        select.from(self.table.clone()).lock(LockType::KeyShare);
        for (_, parent) in self.pairs.iter().take(1) {
            select.column((self.table.clone(), Alias::new(parent).into_iden()));
        }
        if let Some(deleted_at) = &self.deleted_at {
            select.and_where(self.column(deleted_at).is_null());
        }
        select
    }

    fn column(&self, name: &str) -> Expr {
        Expr::col((self.table.clone(), Alias::new(name)))
    }
}
