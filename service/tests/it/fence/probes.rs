//! Ways past the door.

/// Calls that a fence without gaps reports, each with what is reported.
pub(crate) const PROBES: &[(&str, &str)] = &[
    (
        "let _ = clients::Entity::find();",
        "sea_orm::EntityTrait::find",
    ),
    (
        "let f = clients::Entity::find; let _ = f();",
        "sea_orm::EntityTrait::find",
    ),
    (
        "let _ = clients::Entity::find_by_id((id, id));",
        "sea_orm::EntityTrait::find_by_id",
    ),
    (
        "let _ = clients::Entity::insert(row.clone());",
        "sea_orm::EntityTrait::insert",
    ),
    (
        "let _ = clients::Entity::insert_many([row.clone()]);",
        "sea_orm::EntityTrait::insert_many",
    ),
    (
        "let _ = clients::Entity::update(row.clone());",
        "sea_orm::EntityTrait::update",
    ),
    (
        "let _ = clients::Entity::update_many();",
        "sea_orm::EntityTrait::update_many",
    ),
    (
        "let _ = clients::Entity::delete(row.clone());",
        "sea_orm::EntityTrait::delete",
    ),
    (
        "let _ = clients::Entity::delete_by_id((id, id));",
        "sea_orm::EntityTrait::delete_by_id",
    ),
    (
        "let _ = clients::Entity::delete_many();",
        "sea_orm::EntityTrait::delete_many",
    ),
    (
        "let _ = row.clone().insert(db).await;",
        "sea_orm::ActiveModelTrait::insert",
    ),
    (
        "let _ = row.clone().update(db).await;",
        "sea_orm::ActiveModelTrait::update",
    ),
    (
        "let _ = row.clone().save(db).await;",
        "sea_orm::ActiveModelTrait::save",
    ),
    (
        "let _ = row.clone().delete(db).await;",
        "sea_orm::ActiveModelTrait::delete",
    ),
    (
        "let _ = ModelTrait::find_related(&model, client_users::Entity);",
        "sea_orm::ModelTrait::find_related",
    ),
    (
        "let _ = ModelTrait::delete(model.clone(), db).await;",
        "sea_orm::ModelTrait::delete",
    ),
    (
        "let _ = <clients::Entity as Related<client_users::Entity>>::find_related();",
        "sea_orm::Related::find_related",
    ),
    (
        "let _ = vec![model.clone()].load_many(client_users::Entity, db).await;",
        "sea_orm::LoaderTrait::load_many",
    ),
    (
        "let _ = vec![model.clone()].load_one(users::Entity, db).await;",
        "sea_orm::LoaderTrait::load_one",
    ),
    ("let _ = Insert::one(row.clone());", "sea_orm::Insert::one"),
    (
        "let _ = Update::many(clients::Entity);",
        "sea_orm::Update::many",
    ),
    (
        "let _ = Delete::many(clients::Entity);",
        "sea_orm::Delete::many",
    ),
    (
        "let _ = clients::Model::find_by_statement(raw.clone());",
        "sea_orm::FromQueryResult::find_by_statement",
    ),
    (
        "let _ = db.query_all_raw(raw.clone()).await;",
        "sea_orm::ConnectionTrait::query_all_raw",
    ),
    (
        "let _ = db.execute_unprepared(\"\").await;",
        "sea_orm::ConnectionTrait::execute_unprepared",
    ),
    (
        "let _ = Query::select();",
        "sea_orm::sea_query::Query::select",
    ),
    (
        "let _ = Query::delete();",
        "sea_orm::sea_query::Query::delete",
    ),
    (
        "let _ = Expr::cust(\"1\");",
        "sea_orm::sea_query::Expr::cust",
    ),
    (
        "let _ = Expr::cust_with_values(\"1\", [1]);",
        "sea_orm::sea_query::Expr::cust_with_values",
    ),
    (
        "let _ = clients::Entity::load();",
        "entity::clients::Entity::load",
    ),
    (
        "let _ = clients::ActiveModel::builder().save(pool).await;",
        "entity::clients::ActiveModelEx::save",
    ),
    (
        "let _ = model.clone().into_ex().delete(pool).await;",
        "entity::clients::ModelEx::delete",
    ),
    (
        "let _ = model.clone().cascade_delete(pool).await;",
        "entity::clients::Model::cascade_delete",
    ),
    (
        "let _ = applications::Entity::find_by_public_id(\"x\");",
        "entity::applications::Entity::find_by_public_id",
    ),
    ("let _ = chrono::Utc::now();", "chrono::Utc::now"),
    ("let _ = uuid::Uuid::now_v7();", "uuid::Uuid::now_v7"),
];
