//! An event, as a verb states it.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use sea_orm::{DbErr, IdenStatic, Iterable, ModelTrait};
use serde_json::Value as Json;
use uuid::Uuid;

use super::actor::Actor;
use super::detail::Detail;
use super::head::Key;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::scope::{Deletion, Find, Scope, Scoped, Sees};

/// What was done, to which row; who did it is what the [`Db`] says that it is recorded through.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(super) application_id: Uuid,
    pub(super) id: Uuid,
    pub(super) actor_id: Option<Uuid>,
    pub(super) action: &'static str,
    pub(super) subject_type: String,
    pub(super) subject_id: Uuid,
    pub(super) detail: Detail,
    pub(super) created_at: DateTime<Utc>,
    /// Whether there is anything to tell.
    changes: bool,
    /// Whether it is outside of the application that the open transaction may be shut in.
    pub(super) beyond: bool,
}

impl Event {
    /// `action` (noun.verb) was done to the row `subject_id` of `E`, in the application of the scope or, where it has
    /// none, outside of all.
    pub(crate) fn on<E: Scoped>(
        scope: &impl Scope,
        action: &'static str,
        subject_id: Uuid,
    ) -> Self {
        let db = scope.db();
        let created_at = db.clock().now();
        let mut event = Self {
            application_id: scope.application_id().unwrap_or_default(),
            // Of the same instant: a range of time is a range of ids.
            id: db.new_id_at(created_at),
            actor_id: None,
            action,
            subject_type: E::default().table_name().to_owned(),
            subject_id,
            detail: Detail::default(),
            created_at,
            changes: true,
            beyond: false,
        };
        match db.actor() {
            Actor::Unnamed => {}
            Actor::User(id) => event.actor_id = Some(*id),
            Actor::System(reason) => event.detail.with("reason", Json::from(&**reason)),
        }
        event
    }

    /// Records that so many rows of `E` were removed, if any were: no row of its own, and no application.
    pub(crate) fn purged<E: Scoped>(
        scope: &impl Scope,
        action: &'static str,
        rows: u64,
    ) -> Result<()> {
        if rows == 0 {
            return Ok(());
        }
        let event = Self::on::<E>(scope, action, Uuid::nil());
        scope.db().record(event.with("rows", rows))
    }

    /// In that application instead.
    pub(crate) fn within(mut self, application_id: Uuid) -> Self {
        self.application_id = application_id;
        self
    }

    /// Outside of the tenant whose transaction it may be written in.
    pub(crate) fn beyond(mut self) -> Self {
        self.beyond = true;
        self
    }

    /// By that user, where the [`Db`] names nobody.
    pub(crate) fn by(mut self, db: &Db, user_id: Uuid) -> Self {
        if matches!(db.actor(), Actor::Unnamed) {
            self.actor_id = Some(user_id);
        }
        self
    }

    /// What else there is to tell. Never a secret.
    pub(crate) fn with(mut self, field: &str, value: impl Into<Json>) -> Self {
        self.detail.with(field, value.into());
        self
    }

    /// The deletion that took the row, and what it owned.
    pub(crate) fn with_deletion(self, deletion: Deletion) -> Self {
        self.with("deletion_id", deletion.id.to_string())
    }

    /// What the row is about to be made of.
    pub(crate) fn making<E: Scoped>(mut self, row: &E::ActiveModel) -> Self
    where
        E::Column: Iterable + IdenStatic,
    {
        self.detail.making::<E>(row);
        self
    }

    /// What the row is made of.
    pub(crate) fn made<E: Scoped>(self, row: &E::Model) -> Self
    where
        E::Column: Iterable + IdenStatic,
    {
        self.changed::<E>(None, row)
    }

    /// What changed of the row, old and new; without a row before, what it is now. Where the two are the same there is no
    /// event.
    pub(crate) fn changed<E: Scoped>(mut self, before: Option<&E::Model>, after: &E::Model) -> Self
    where
        E::Column: Iterable + IdenStatic,
    {
        self.changes = before.is_none_or(|before| {
            E::Column::iter().any(|column| before.get(column) != after.get(column))
        });
        self.detail.changed::<E>(before, after);
        self
    }
}

/// The events of an open transaction: written when it commits, all at once and in an order that everybody keeps, so that
/// the ends of their chains are locked for the shortest time and never crosswise.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pending(Arc<Mutex<Vec<Event>>>);

impl Pending {
    pub(crate) fn push(&self, event: Event) {
        self.list().push(event);
    }

    pub(crate) fn len(&self) -> usize {
        self.list().len()
    }

    /// Forgets what came after the first `length`: it was rolled back.
    pub(crate) fn truncate(&self, length: usize) {
        self.list().truncate(length);
    }

    /// All of them, chain by chain.
    pub(super) fn take(&self) -> Vec<Event> {
        let mut events = std::mem::take(&mut *self.list());
        events.sort_by_key(Event::chain);
        events
    }

    pub(super) fn each<T>(&self, f: impl FnMut(&Event) -> T) -> Vec<T> {
        self.list().iter().map(f).collect()
    }

    fn list(&self) -> std::sync::MutexGuard<'_, Vec<Event>> {
        // Events are pushed whole: a panic elsewhere leaves none half-made.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Event {
    pub(super) fn lane(&self) -> i64 {
        super::chain::lane(self.application_id, self.subject_id)
    }

    /// Which chain it is for: chains are locked in the order of these.
    pub(super) fn chain(&self) -> Key {
        (self.application_id, self.lane())
    }
}

impl Db {
    /// Has the event written when the open transaction commits; nothing where the audit is off.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] outside of a transaction: an event that does not commit with what it tells is none.
    pub(crate) fn record(&self, event: Event) -> Result<()> {
        if !self.audits() || !event.changes {
            return Ok(());
        }
        match self.pending() {
            Some(pending) => {
                pending.push(event);
                Ok(())
            }
            None => Err(Error::Database(DbErr::Custom(
                "an audit event outside of a transaction".into(),
            ))),
        }
    }
}

/// Runs `work`, which changes rows and records that: in a transaction of its own where none is open and the audit is on.
pub(crate) async fn recorded<S: Scope, T>(
    scope: &S,
    work: impl AsyncFnOnce(&S) -> Result<T>,
) -> Result<T> {
    let db = scope.db();
    if !db.audits() || db.in_transaction() {
        return work(scope).await;
    }
    db.transaction(async |db| work(&scope.on(db)).await).await
}

/// The row as it is before a change, locked; `None` where the audit is off and nobody asks.
pub(crate) async fn before<E, S>(find: Find<E, S>) -> Result<Option<E::Model>>
where
    E: Scoped,
    S: Sees<E::Ownership>,
{
    if find.db().audits() {
        find.guarded().one().await
    } else {
        Ok(None)
    }
}
