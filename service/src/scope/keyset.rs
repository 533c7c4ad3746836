//! The orders in which lists are paged.

use sea_orm::EntityTrait;

/// An order that pages follow: by columns that are never NULL, the last of them unique within the scope, served by an
/// index that begins with the application and goes on with them.
pub trait Keyset<E: EntityTrait> {
    /// Tells the cursors of one order from those of another.
    const NAME: &'static str;
    /// Newest (greatest) first.
    const DESCENDING: bool = false;

    /// The columns, the most significant first.
    fn columns() -> Vec<E::Column>;
}

/// By id: with the service's ids the order in which rows were made.
#[derive(Clone, Copy, Debug)]
pub struct ById;

/// By name, then by id.
#[derive(Clone, Copy, Debug)]
pub struct ByName;

macro_rules! keyset {
    ($order:ident, $name:literal: $($module:ident [$($column:ident),+]),+ $(,)?) => {
        $(impl Keyset<::entity::$module::Entity> for $order {
            const NAME: &'static str = $name;

            fn columns() -> Vec<::entity::$module::Column> {
                vec![$(::entity::$module::Column::$column),+]
            }
        })+
    };
}

keyset!(ById, "id":
    users [Id],
    applications [Id],
    application_memberships [UserId],
    roles [Id],
    clients [Id],
    invitations [Id],
    sessions [Id],
);
keyset!(ByName, "name": clients [Name, Id]);
