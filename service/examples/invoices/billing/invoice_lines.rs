//! `SeaORM` entity of `invoice_lines`, in the form that the generator gives it.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invoice_lines")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub application_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub invoice_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i64,
    #[sea_orm(column_type = "Text")]
    pub description: String,
    pub cents: i64,
    pub created_at: DateTimeWithTimeZone,
    pub updated_at: DateTimeWithTimeZone,
    #[sea_orm(
        belongs_to,
        from = "(application_id, invoice_id)",
        to = "(application_id, id)",
        on_update = "NoAction",
        on_delete = "Cascade"
    )]
    pub invoices: BelongsTo<super::invoices::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
