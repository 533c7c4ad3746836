//! Two of the operations by hand, as a yardstick: tokio-postgres, prepared beforehand, read by position.

use std::hint::black_box;

use entity::{clients, users};
use tokio_postgres::{Client, NoTls, Row, Statement};

use crate::Outcome;
use crate::fill::{Filled, PAGE};

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
        black_box(user(&row));
        Ok(())
    }

    pub(crate) async fn page(&self, filled: &Filled) -> Outcome<()> {
        let place = (filled.application, filled.last_before_page);
        let rows = self.client.query(&self.page, &[&place.0, &place.1]).await?;
        let page: Vec<_> = rows.iter().take(PAGE).map(client).collect();
        if page.len() != PAGE || rows.len() == PAGE {
            return Err("not a whole page in the middle".into());
        }
        black_box(page);
        Ok(())
    }
}

fn user(row: &Row) -> users::Model {
    users::Model {
        id: row.get(0),
        email: row.get(1),
        username: row.get(2),
        name: row.get(3),
        given_name: row.get(4),
        family_name: row.get(5),
        picture: row.get(6),
        email_verified_at: row.get(7),
        created_at: row.get(8),
        updated_at: row.get(9),
        deleted_at: row.get(10),
        deletion_id: row.get(11),
    }
}

fn client(row: &Row) -> clients::Model {
    clients::Model {
        application_id: row.get(0),
        id: row.get(1),
        name: row.get(2),
        email: row.get(3),
        phone: row.get(4),
        metadata: row.get(5),
        created_by: row.get(6),
        created_at: row.get(7),
        updated_at: row.get(8),
        deleted_at: row.get(9),
        deletion_id: row.get(10),
    }
}
