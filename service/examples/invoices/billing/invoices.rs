//! `SeaORM` entity of `invoices`, in the form that the generator gives it.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invoices")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub application_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub client_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub number: String,
    pub total_cents: i64,
    pub created_at: DateTimeWithTimeZone,
    pub updated_at: DateTimeWithTimeZone,
    pub deleted_at: Option<DateTimeWithTimeZone>,
    pub deletion_id: Option<Uuid>,
    #[sea_orm(
        belongs_to,
        from = "application_id",
        to = "id",
        on_update = "NoAction",
        on_delete = "Cascade"
    )]
    pub applications: BelongsTo<super::applications::Entity>,
    #[sea_orm(
        belongs_to,
        from = "(application_id, client_id)",
        to = "(application_id, id)",
        on_update = "NoAction",
        on_delete = "Cascade"
    )]
    pub clients: BelongsTo<super::clients::Entity>,
    #[sea_orm(has_many)]
    pub invoice_lines: HasMany<super::invoice_lines::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
