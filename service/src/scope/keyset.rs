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

/// By id, the newest first.
#[derive(Clone, Copy, Debug)]
pub struct Newest;

/// By name, then by id.
#[derive(Clone, Copy, Debug)]
pub struct ByName;

macro_rules! keyset {
    ($order:ident, $name:literal, $descending:literal: $($module:ident [$($column:ident),+]),+ $(,)?) => {
        $(impl Keyset<::entity::$module::Entity> for $order {
            const NAME: &'static str = $name;
            const DESCENDING: bool = $descending;

            fn columns() -> Vec<::entity::$module::Column> {
                vec![$(::entity::$module::Column::$column),+]
            }
        })+
    };
}

keyset!(ById, "id", false:
    users [Id],
    applications [Id],
    application_memberships [UserId],
    roles [Id],
    clients [Id],
    domains [Id],
    invitations [Id],
    mailboxes [Id],
    sessions [Id],
);
keyset!(ByName, "name", false: clients [Name, Id]);
keyset!(Newest, "newest", true: audit_events [Id], emails [Id]);
