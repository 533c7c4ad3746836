//! Every column of every table, into the database and back.

use migration::testing::TestDb;

use crate::{catalog, rows, trip::Trip};

/// Complete by what the catalog lists: every column with a value, every nullable one with NULL, every default left to act.
async fn every_column_of_every_table_comes_back_as_it_went_in(db: TestDb) {
    let connection = db.connect().await;
    let mut trip = Trip::new(&connection);
    rows::insert(&mut trip).await;
    let untried = trip.untried(&catalog::columns(db.backend(), &connection).await);
    assert!(
        untried.is_empty(),
        "no row in `rows` tries\n  {}",
        untried.join("\n  ")
    );
}
migration::both_backends!(every_column_of_every_table_comes_back_as_it_went_in);
