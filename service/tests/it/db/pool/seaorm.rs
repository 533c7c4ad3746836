//! `SeaORM` as it is, on [`Db`](service::Db): entities, loaders, pages, cursors, its own transactions.

use entity::{application_memberships, applications, clients, users};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel,
    LoaderTrait, PaginatorTrait, QueryFilter, QueryOrder, Set, Statement, TransactionError,
    TransactionSession, TransactionTrait, Value,
};
use service::{Db, Error, NewUser};

use crate::world::{World, in_a_world};

async fn entities_loaders_pages_and_cursors_run_unchanged(world: World) {
    let db = &world.db;
    let row = clients::ActiveModel {
        application_id: Set(world.a.id),
        id: Set(db.new_id()),
        name: Set("Café Morgenrot".into()),
        ..Default::default()
    };
    let made = row.insert(db).await.expect("inserts");
    let mut changed = made.clone().into_active_model();
    changed.name = Set("Café Abendrot".into());
    let changed = changed.update(db).await.expect("updates");
    assert_eq!(
        (changed.id, changed.name.as_str()),
        (made.id, "Café Abendrot")
    );
    let many = (0..5).map(|number| clients::ActiveModel {
        application_id: Set(world.a.id),
        id: Set(db.new_id()),
        name: Set(format!("many {number}")),
        ..Default::default()
    });
    let many = clients::Entity::insert_many(many).exec_with_returning(db);
    assert_eq!(many.await.expect("inserts").len(), 5);

    let of_a = || {
        clients::Entity::find()
            .filter(clients::Column::ApplicationId.eq(world.a.id))
            .order_by_asc(clients::Column::Id)
    };
    let all = of_a().all(db).await.expect("reads");
    assert_eq!(all.len(), 10);
    let pages = of_a().paginate(db, 4);
    assert_eq!(pages.num_pages().await.expect("counts"), 3);
    assert_eq!(pages.fetch_page(2).await.expect("reads"), all[8..]);
    let mut cursor = of_a().cursor_by(clients::Column::Id);
    let after = cursor.after(all[3].id).first(3).all(db).await;
    assert_eq!(after.expect("reads"), all[4..7]);

    let members = application_memberships::Entity::find()
        .all(db)
        .await
        .expect("reads");
    let users = members.load_one(users::Entity, db).await.expect("loads");
    assert!(
        members
            .iter()
            .zip(&users)
            .all(|(member, user)| { user.as_ref().is_some_and(|user| user.id == member.user_id) })
    );
    let both = [world.a.id, world.b.id];
    let applications = applications::Entity::find()
        .filter(applications::Column::Id.is_in(both))
        .order_by_asc(applications::Column::Id);
    let applications = applications.all(db).await.expect("reads");
    let theirs = applications
        .load_many(clients::Entity, db)
        .await
        .expect("loads");
    assert_eq!(theirs.iter().map(Vec::len).sum::<usize>(), 14);
    let deleted = clients::Entity::delete_by_id((world.a.id, made.id)).exec(db);
    assert_eq!(deleted.await.expect("deletes").rows_affected, 1);
}

async fn its_own_transactions_are_kept_or_undone(world: World) {
    let db = &world.db;
    let count = async || users::Entity::find().count(db).await.expect("counts");
    let before = count().await;

    // Begun, and ended by hand. It is a `Db`, so verbs run on it.
    let transaction = db.begin().await.expect("begins");
    let user = |name: &str| NewUser::new(format!("{name}@x.test").parse().expect("an address"));
    transaction
        .users()
        .create(user("kept"))
        .await
        .expect("made");
    let nested = transaction.begin().await.expect("begins");
    nested.users().create(user("undone")).await.expect("made");
    nested.rollback().await.expect("rolls back");
    let nested = transaction.begin().await.expect("begins");
    nested.users().create(user("dropped")).await.expect("made");
    drop(nested);
    transaction.commit().await.expect("commits");
    assert_eq!(count().await, before + 1);
    let events = "SELECT count(*) FROM audit_events WHERE action = 'user.create'";
    let events = Statement::from_string(db.backend(), events);
    let row = db
        .query_one_raw(events)
        .await
        .expect("reads")
        .expect("a row");
    assert_eq!(
        row.try_get_by_index::<i64>(0).expect("a number"),
        1,
        "what was undone left no event"
    );

    // Dropped.
    let transaction = db.begin().await.expect("begins");
    transaction
        .users()
        .create(user("dropped"))
        .await
        .expect("made");
    drop(transaction);
    assert_eq!(count().await, before + 1);

    // In SeaORM's boxed closure.
    let failed = TransactionTrait::transaction::<_, (), Error>(db, |transaction| {
        Box::pin(async move {
            let new = NewUser::new("boxed@x.test".parse()?);
            transaction.users().create(new).await?;
            Err(Error::invalid("test", "fails"))
        })
    })
    .await;
    assert!(matches!(
        failed,
        Err(TransactionError::Transaction(Error::Invalid { .. }))
    ));
    assert_eq!(count().await, before + 1);
    let kept = TransactionTrait::transaction::<_, u64, DbErr>(db, |transaction| {
        Box::pin(async move { users::Entity::find().count(transaction).await })
    });
    assert_eq!(kept.await.expect("reads"), before + 1);
}

async fn a_number_that_no_column_holds_is_refused_and_not_a_panic(world: World) {
    let values = [Value::from(u64::MAX)];
    let statement = Statement::from_sql_and_values(world.db.backend(), "SELECT $1", values);
    assert!(world.db.query_one_raw(statement).await.is_err());
    assert_eq!(world.db.pool_status().lost, 0);
}

async fn it_can_be_sent_to_other_threads(world: World) {
    fn is_send<T: Send>(thing: T) -> T {
        thing
    }
    let db: Db = world.db.clone();
    let id = db.new_id();
    let work = is_send(async move {
        let transaction = db.begin().await?;
        let found = users::Entity::find_by_id(id).one(&transaction).await?;
        transaction.rollback().await?;
        Ok::<_, DbErr>(found)
    });
    assert_eq!(
        tokio::spawn(work).await.expect("no panic").expect("reads"),
        None
    );
}

in_a_world!(
    entities_loaders_pages_and_cursors_run_unchanged,
    its_own_transactions_are_kept_or_undone,
    a_number_that_no_column_holds_is_refused_and_not_a_panic,
    it_can_be_sent_to_other_threads,
);
