//! The application's own tables: invoices for its clients, and their lines.
//!
//! Everything here is what an application crate would write: it sees `entity`, `migration` and `service` from outside.

use entity::{applications, clients};
use migration::MigratorTrait;
use sea_orm::{EntityTrait, Related, RelationDef, RelationTrait};
use sea_orm_migration::MigrationTrait;
use service::scope::{ById, Keyset};

#[expect(
    clippy::disallowed_methods,
    reason = "generated code: an application keeps it in a crate of its own, without this lint"
)]
pub(crate) mod invoice_lines;
#[expect(
    clippy::disallowed_methods,
    reason = "generated code: an application keeps it in a crate of its own, without this lint"
)]
pub(crate) mod invoices;
mod m20270101_000001_create_invoices;

// One line for each entity: who owns its rows, whether they are deleted by a mark, what they stand under.
service::scoped!(invoices: tenant + soft, under applications, clients);
service::scoped!(invoice_lines: tenant, under invoices);

/// The other side of the relation: `has::<invoices::Entity>` and `load_many::<invoices::Entity, _>` for clients.
impl Related<invoices::Entity> for clients::Entity {
    fn to() -> RelationDef {
        invoices::Relation::Clients.def().rev()
    }
}

impl Keyset<invoices::Entity> for ById {
    const NAME: &'static str = "id";

    fn columns() -> Vec<invoices::Column> {
        vec![invoices::Column::Id]
    }
}

/// By number, as printed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ByNumber;

impl Keyset<invoices::Entity> for ByNumber {
    const NAME: &'static str = "number";

    fn columns() -> Vec<<invoices::Entity as EntityTrait>::Column> {
        vec![invoices::Column::Number, invoices::Column::Id]
    }
}

/// One history: the migrations of `AuraID` Database, then the application's.
#[derive(Debug)]
pub(crate) struct History;

impl MigratorTrait for History {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut all = migration::Migrator::migrations();
        all.push(Box::new(m20270101_000001_create_invoices::Migration));
        all
    }
}
