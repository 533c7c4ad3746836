//! The rows that a row stands under: they must be live when it is made.

use sea_orm::sea_query::{
    Alias, DynIden, Expr, ExprTrait, IntoIden, LockType, Query, SelectStatement,
};
use sea_orm::{Condition, Iden, Related};

use super::wall::table;
use super::{Scope, Scoped, nodes};

/// What the door knows of a parent of an entity. Made by [`scoped!`](crate::scoped).
#[derive(Clone, Debug)]
pub struct Parent {
    table: DynIden,
    /// Columns of the child, and those of the parent that they refer to.
    pairs: Vec<(String, String)>,
    deleted_at: Option<String>,
    /// The column of the application that owns it.
    tenant: Option<String>,
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
            tenant: P::application_column().map(|tenant| Iden::to_string(&tenant)),
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
    pub(super) fn is_live(
        &self,
        scope: &impl Scope,
        value: impl Fn(&str) -> Option<Expr>,
    ) -> Option<Condition> {
        let locks = self.locks(scope);
        self.lives(self.select(locks), value)
    }

    /// As [`is_live`](Self::is_live) for the second time: where nothing could be locked at the first. `None`: it was, or there
    /// is no parent.
    pub(super) fn is_live_still(
        &self,
        scope: &impl Scope,
        value: impl Fn(&str) -> Option<Expr>,
    ) -> Option<Condition> {
        if self.locks(scope) {
            return None;
        }
        self.lives(self.select(false), value)
    }

    fn lives(
        &self,
        mut select: SelectStatement,
        value: impl Fn(&str) -> Option<Expr>,
    ) -> Option<Condition> {
        for (child, parent) in &self.pairs {
            select.and_where(self.column(parent).eq(value(child)?));
        }
        Some(Condition::all().add(Expr::exists(select)))
    }

    /// The parent that a row of `child` refers to, if it refers to any, is live.
    pub(super) fn is_live_for(&self, scope: &impl Scope, child: &DynIden) -> Condition {
        let mut select = self.select(self.locks(scope));
        if let (Some(tenant), Some(id)) = (&self.tenant, scope.application_id()) {
            // It says nothing new, but which node it is on.
            select.and_where(self.column(tenant).eq(id));
        }
        let mut any = Condition::any();
        for (from, to) in &self.pairs {
            let from = Expr::col((child.clone(), Alias::new(from)));
            select.and_where(self.column(to).eq(from.clone()));
            any = any.add(from.is_null());
        }
        any.add(Expr::exists(select))
    }

    fn locks(&self, scope: &impl Scope) -> bool {
        nodes::may_be_kept(scope.db(), &self.table.to_string(), self.tenant.is_some())
    }

    fn select(&self, locks: bool) -> SelectStatement {
        #[expect(
            clippy::disallowed_methods,
            reason = "the door: the query is walled here"
        )]
        let mut select = Query::select();
        select.from(self.table.clone());
        if locks {
            select.lock(LockType::KeyShare);
        }
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
