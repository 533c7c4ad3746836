//! What the door knows of an entity: who owns its rows, how they are deleted, what they stand under.

use sea_orm::entity::prelude::IdenStatic;
use sea_orm::{DbErr, EntityTrait, FromQueryResult, Iterable, QueryResult};

use super::Parent;

/// Who owns the rows of an entity: an application, or none.
pub trait Ownership {}

/// The two kinds of [`Ownership`], for [`scoped!`](crate::scoped) to name.
pub mod ownership {
    /// Rows belong to an application.
    #[derive(Debug)]
    pub enum Tenant {}
    /// Rows belong to no application.
    #[derive(Debug)]
    pub enum Global {}
    impl super::Ownership for Tenant {}
    impl super::Ownership for Global {}
}

/// An entity that comes through the door. Declare it with [`scoped!`](crate::scoped).
pub trait Scoped:
    EntityTrait<Column: Iterable + IdenStatic, ActiveModel: Send, Model: Send + Sync>
{
    /// Who owns its rows.
    type Ownership: Ownership;

    /// The column of the application that owns the row; `None` where none does.
    fn application_column() -> Option<Self::Column>;

    /// The columns `deleted_at` and `deletion_id`; `None` where rows are deleted for good at once.
    fn deletion_columns() -> Option<(Self::Column, Self::Column)>;

    /// The rows that must be live for a row to be made, moved under them or restored.
    fn parents() -> Vec<Parent>;

    /// The model of a row that holds all its columns, in their order.
    #[doc(hidden)]
    fn read(row: &QueryResult) -> Result<Self::Model, DbErr> {
        Self::Model::from_query_result(row, "")
    }

    /// The column of that name, if the entity has it.
    #[doc(hidden)]
    #[must_use]
    fn column_named(name: &str) -> Option<Self::Column> {
        Self::Column::iter().find(|column| column.as_str() == name)
    }
}

/// An entity whose rows belong to an application: reached through a [`Tenant`](crate::Tenant) alone.
pub trait TenantOwned: Scoped<Ownership = ownership::Tenant> {}

/// An entity whose rows belong to no application.
pub trait Global: Scoped<Ownership = ownership::Global> {}

/// An entity whose rows are deleted by a mark and can be restored.
pub trait SoftDelete: Scoped {}

/// An entity whose rows may be handed to an application: they hold no secret.
pub trait Readable: Scoped {}

/// An entity whose rows an application may write through the door itself. Those of this crate have verbs instead.
pub trait Writable: Readable {}

/// Declares an entity of your own, so that it comes through the door: who owns its rows, whether they are deleted by a
/// mark, and the entities whose rows must be live for one of its own to be made.
///
/// ```
/// use entity::{applications, clients};
///
/// // As the generator writes it.
/// mod invoices {
///     use sea_orm::entity::prelude::*;
///
///     #[sea_orm::model]
///     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
///     #[sea_orm(table_name = "invoices")]
///     pub struct Model {
///         #[sea_orm(primary_key, auto_increment = false)]
///         pub application_id: Uuid,
///         #[sea_orm(primary_key, auto_increment = false)]
///         pub id: Uuid,
///         pub client_id: Uuid,
///         pub deleted_at: Option<DateTimeWithTimeZone>,
///         pub deletion_id: Option<Uuid>,
///         #[sea_orm(belongs_to, from = "application_id", to = "id")]
///         pub applications: BelongsTo<entity::applications::Entity>,
///         #[sea_orm(belongs_to, from = "(application_id, client_id)", to = "(application_id, id)")]
///         pub clients: BelongsTo<entity::clients::Entity>,
///     }
///
///     impl ActiveModelBehavior for ActiveModel {}
/// }
///
/// service::scoped!(invoices: tenant + soft, under applications, clients);
///
/// async fn unpaid(tenant: &service::Tenant) -> service::Result<u64> {
///     tenant.find::<invoices::Entity>().count().await
/// }
/// # fn main() {}
/// ```
///
/// The whole of it, migration included, is in `examples/invoices`.
///
/// `tenant` expects the column `application_id`, `soft` expects `deleted_at` and `deletion_id`; the names are those of
/// modules in scope. The entity must have a relation to each. What it stands `under` must be live for a row to be made or
/// restored; what it is only `naming` (who looks after it, say) must be live when it is named.
#[macro_export]
macro_rules! scoped {
    (@declare [$($decoded:tt)?] $module:ident: tenant $(+ $soft:ident)? $(, under $($parent:ident),+)? $(; naming $($named:ident),+)?) => {
        $crate::scoped!(@impl [$($decoded)?] $module, Tenant, Some($module::Column::ApplicationId), [$($soft)?], [$($($parent),+)?], [$($($named),+)?]);
        impl $crate::scope::TenantOwned for $module::Entity {}
    };
    (@declare [$($decoded:tt)?] $module:ident: global $(+ $soft:ident)? $(, under $($parent:ident),+)? $(; naming $($named:ident),+)?) => {
        $crate::scoped!(@impl [$($decoded)?] $module, Global, None, [$($soft)?], [$($($parent),+)?], [$($($named),+)?]);
        impl $crate::scope::Global for $module::Entity {}
    };
    (@impl [$($decoded:tt)?] $module:ident, $owner:ident, $tenant:expr, [$($soft:ident)?], [$($parent:ident),*], [$($named:ident),*]) => {
        impl $crate::scope::Scoped for $module::Entity {
            type Ownership = $crate::scope::ownership::$owner;

            fn application_column() -> Option<Self::Column> {
                $tenant
            }

            fn deletion_columns() -> Option<(Self::Column, Self::Column)> {
                $crate::scoped!(@deletion $module $($soft)?)
            }

            fn parents() -> Vec<$crate::scope::Parent> {
                vec![
                    $($crate::scope::Parent::of::<Self, $parent::Entity>(),)*
                    $($crate::scope::Parent::of::<Self, $named::Entity>().named(),)*
                ]
            }

            $crate::scoped!(@read $($decoded)?);
        }
        $crate::scoped!(@soft $module $($soft)?);
    };
    (@read) => {};
    // This crate's own: by the places of the columns, which it knows.
    (@read decoded) => {
        fn read(row: &::sea_orm::QueryResult) -> Result<Self::Model, ::sea_orm::DbErr> {
            $crate::scope::decode::Decoded::decode(row, 0)
        }
    };
    (@deletion $module:ident soft) => {
        Some(($module::Column::DeletedAt, $module::Column::DeletionId))
    };
    (@deletion $module:ident) => {
        None
    };
    (@soft $module:ident soft) => {
        impl $crate::scope::SoftDelete for $module::Entity {}
    };
    (@soft $module:ident) => {};
    ($module:ident: $owner:ident $(+ $soft:ident)? $(, under $($parent:ident),+)? $(; naming $($named:ident),+)? $(,)?) => {
        $crate::scoped!(@declare [] $module: $owner $(+ $soft)? $(, under $($parent),+)? $(; naming $($named),+)?);
        impl $crate::scope::Readable for $module::Entity {}
        impl $crate::scope::Writable for $module::Entity {}
    };
}
