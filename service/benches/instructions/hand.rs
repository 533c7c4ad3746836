//! Two of the operations by hand, as a yardstick: tokio-postgres, prepared beforehand, read by position.

use std::hint::black_box;

use tokio_postgres::{Client, NoTls, Statement};

use crate::Outcome;
use crate::fill::{Filled, PAGE};

#[path = "../common/models.rs"]
mod models;

#[path = "../hot/stacks/sql.rs"]
#[expect(dead_code, reason = "two of the statements are enough here")]
mod sql;

/// A connection with its statements.
pub(crate) struct Hand {
    client: Client,
    user: Statement,
    page: Statement,
}

impl Hand {
    pub(crate) async fn connect(url: &str) -> Outcome<Self> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        Ok(Self {
            user: client.prepare(sql::USER).await?,
            page: client.prepare(sql::PAGE).await?,
            client,
        })
    }

    pub(crate) async fn user(&self, filled: &Filled, number: usize) -> Outcome<()> {
        let email = &filled.emails[number % filled.emails.len()];
        let row = self.client.query_one(&self.user, &[email]).await?;
        black_box(models::user(&row, 0));
        Ok(())
    }

    pub(crate) async fn page(&self, filled: &Filled) -> Outcome<()> {
        let place = (filled.application, filled.last_before_page);
        let rows = self.client.query(&self.page, &[&place.0, &place.1]).await?;
        let page: Vec<_> = rows.iter().take(PAGE).map(models::client).collect();
        if page.len() != PAGE || rows.len() == PAGE {
            return Err("not a whole page in the middle".into());
        }
        black_box(page);
        Ok(())
    }
}
