//! The short examples run, on both databases, and again where they ran before.

use migration::testing::TestDb;
use service::{Config, Db, Result};

#[path = "../../examples/create_user.rs"]
#[expect(
    dead_code,
    reason = "an example's `main` is called where it is a program"
)]
mod create_user;
#[path = "../../examples/raw_sql.rs"]
#[expect(
    dead_code,
    reason = "an example's `main` is called where it is a program"
)]
mod raw_sql;
#[path = "../../examples/soft_delete.rs"]
#[expect(
    dead_code,
    reason = "an example's `main` is called where it is a program"
)]
mod soft_delete;
#[path = "../../examples/tenant_query.rs"]
#[expect(
    dead_code,
    reason = "an example's `main` is called where it is a program"
)]
mod tenant_query;
#[path = "../../examples/tokens.rs"]
#[expect(
    dead_code,
    reason = "an example's `main` is called where it is a program"
)]
mod tokens;
#[path = "../../examples/transaction.rs"]
#[expect(
    dead_code,
    reason = "an example's `main` is called where it is a program"
)]
mod transaction;

migration::both_backends! {
    async fn creating_a_user_as_the_example_does(test: TestDb) {
        twice(&test, async |db, run| create_user::create_user(db, run).await).await;
    }

    async fn sql_of_ones_own_as_the_example_does(test: TestDb) {
        twice(&test, async |db, run| raw_sql::raw_sql(db, run).await).await;
    }

    async fn deleting_softly_as_the_example_does(test: TestDb) {
        twice(&test, async |db, run| soft_delete::soft_delete(db, run).await).await;
    }

    async fn querying_a_tenant_as_the_example_does(test: TestDb) {
        twice(&test, async |db, run| tenant_query::tenant_query(db, run).await).await;
    }

    async fn using_tokens_as_the_example_does(test: TestDb) {
        twice(&test, async |db, run| tokens::tokens(db, run).await).await;
    }

    async fn transactions_as_the_example_does(test: TestDb) {
        twice(&test, async |db, run| transaction::transaction(db, run).await).await;
    }
}

async fn twice(test: &TestDb, example: impl AsyncFn(&Db, &str) -> Result<()>) {
    let db = crate::rules::connect(Config::new(test.url()))
        .await
        .expect("connects");
    example(&db, "one").await.expect("runs");
    example(&db, "two").await.expect("and again");
}
