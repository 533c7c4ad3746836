//! Rows on their way into a database and back.

use std::collections::BTreeMap;

use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ActiveValue, ColumnTrait, DatabaseConnection,
    EntityName, EntityTrait, IdenStatic, IntoActiveModel, Iterable, ModelTrait, PrimaryKeyToColumn,
    QueryFilter,
};

use crate::catalog::Column;

/// What a column has been through.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    null: bool,
    value: bool,
    left_to_the_database: bool,
}

/// Inserts rows and remembers which columns have seen what.
pub(crate) struct Trip<'a> {
    connection: &'a DatabaseConnection,
    seen: BTreeMap<(&'static str, &'static str), Seen>,
}

impl<'a> Trip<'a> {
    pub(crate) fn new(connection: &'a DatabaseConnection) -> Self {
        Self {
            connection,
            seen: BTreeMap::new(),
        }
    }

    /// Inserts a row with a value for every column, and demands it back as it was.
    pub(crate) async fn full<M>(&mut self, model: M) -> M
    where
        M: ModelTrait
            + IntoActiveModel<<M::Entity as EntityTrait>::ActiveModel>
            + Clone
            + PartialEq
            + Sync,
        M::Entity: EntityTrait<Model = M>,
        <M::Entity as EntityTrait>::ActiveModel: ActiveModelBehavior + Send,
    {
        let row = model.clone().into_active_model().reset_all();
        let found = self.row(row).await;
        assert!(found == model, "wrote {model:?}\nread  {found:?}");
        found
    }

    /// Inserts a row, some columns of which may be left to the database, and demands back what was given.
    pub(crate) async fn row<A>(&mut self, row: A) -> <A::Entity as EntityTrait>::Model
    where
        A: ActiveModelTrait + ActiveModelBehavior + Send,
        <A::Entity as EntityTrait>::Model: IntoActiveModel<A> + PartialEq + Sync,
    {
        let table = A::Entity::default().table_name();
        let given = row.clone();
        let returned = row
            .insert(self.connection)
            .await
            .unwrap_or_else(|error| panic!("{table}: {error}"));
        let mut select = A::Entity::find();
        for key in <A::Entity as EntityTrait>::PrimaryKey::iter() {
            let column = key.into_column();
            select = select.filter(column.eq(returned.get(column)));
        }
        let found = select.one(self.connection).await.unwrap();
        let found = found.unwrap_or_else(|| panic!("{table}: no row by the key of {returned:?}"));
        assert!(
            found == returned,
            "{table}: INSERT returned {returned:?}\nSELECT found {found:?}"
        );
        for column in <A::Entity as EntityTrait>::Column::iter() {
            let value = found.get(column);
            let seen = self.seen.entry((table, column.as_str())).or_default();
            match given.get(column) {
                ActiveValue::Set(wanted) => {
                    assert_eq!(
                        value,
                        wanted,
                        "{table}.{} is not what it was",
                        column.as_str()
                    );
                    seen.value |= value != value.as_null();
                }
                ActiveValue::NotSet => seen.left_to_the_database = true,
                ActiveValue::Unchanged(_) => panic!("{table}.{} was not inserted", column.as_str()),
            }
            seen.null |= value == value.as_null();
        }
        found
    }

    /// What the rows so far have not tried, of all columns that there are.
    pub(crate) fn untried(&self, columns: &[Column]) -> Vec<String> {
        let mut untried = Vec::new();
        for column in columns {
            let key = (column.table.as_str(), column.name.as_str());
            let seen = self.seen.get(&key).copied().unwrap_or_default();
            let tried = [
                ("a value", seen.value),
                ("NULL", seen.null || !column.is_nullable()),
                (
                    "the default",
                    seen.left_to_the_database || !column.has_default(),
                ),
            ];
            let missing = tried.into_iter().filter(|(_, tried)| !tried);
            untried.extend(missing.map(|(what, _)| format!("{}.{}: {what}", key.0, key.1)));
        }
        untried
    }
}
