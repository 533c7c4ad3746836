//! A server with so many rows, and what is asked of it through ours.

use std::hint::black_box;
use std::time::Instant;

use service::{ClientFilter, ClientOrder, Config, Cursor, Db, Tenant};

use crate::common::server::{Server, run_between};
use crate::common::{Kind, Outcome, cpu, float, id, micros};
use crate::fill::{self, APPLICATIONS, CLIENTS, PEOPLE, Table};
use crate::operation::{Ask, Operation};
use crate::report::Round;
use crate::spread::Spread;

/// Connections, at most: one worker needs one.
const CONNECTIONS: u32 = 16;
/// Rows of the page that is read, and before it: of a hundred in an application of the small server.
const PAGE: u64 = 50;
const BEFORE_PAGE: u64 = 25;
/// Asked of each round before it is measured: a part of it.
const WARM_UP: usize = 10;

pub(crate) struct Side {
    pub(crate) rows: usize,
    pub(crate) server: Server,
    db: Db,
    /// Of each application, as its owner has it.
    tenants: Vec<Tenant>,
    /// After some of each application's clients; empty before there are any.
    cursors: Vec<Cursor>,
}

impl Side {
    /// A server with people, so many, all of which its memory takes.
    pub(crate) async fn start(rows: usize) -> Outcome<Self> {
        let memory = format!("{}MB", 1_024 + rows / 1_000);
        let server = Server::start(&memory).await?;
        server.set_commit(false).await?;
        fill::applications(&server.admin).await?;
        fill::tables(&server.admin, &PEOPLE, rows).await?;
        let config = Config::new(server.url()).max_connections(CONNECTIONS);
        let db = Db::connect(config.audit(false)).await?;
        let mut tenants = Vec::new();
        for number in 0..APPLICATIONS {
            let application = id(Kind::Application, number);
            tenants.push(db.tenant(id(Kind::User, number), application).await?);
        }
        Ok(Self {
            rows,
            server,
            db,
            tenants,
            cursors: Vec::new(),
        })
    }

    pub(crate) async fn fill(&self, table: &Table) -> Outcome<()> {
        let tables = std::slice::from_ref(table);
        Ok(fill::tables(&self.server.admin, tables, self.rows).await?)
    }

    pub(crate) async fn empty(&self, tables: &[Table]) -> Outcome<()> {
        Ok(fill::empty(&self.server.admin, tables).await?)
    }

    /// Clients, and a position among each application's.
    pub(crate) async fn fill_clients(&mut self) -> Outcome<()> {
        self.fill(&CLIENTS).await?;
        for tenant in &self.tenants {
            let before = tenant
                .clients()
                .list(&ClientFilter::default(), ClientOrder::Id, BEFORE_PAGE, None)
                .await?;
            let next = before.next.ok_or("an application has too few clients")?;
            self.cursors.push(next);
        }
        Ok(())
    }

    /// Asks one thing after the other.
    pub(crate) async fn round(&self, operation: Operation, round: usize) -> Outcome<Round> {
        let asks = operation.asks(self.rows, round)?;
        let warm_up = asks.len() / WARM_UP;
        let mut nanoseconds = Vec::with_capacity(asks.len());
        let (mut client, mut at_server) = (cpu(), self.server.cpu());
        for (number, ask) in asks.into_iter().enumerate() {
            if number == warm_up {
                (client, at_server) = (cpu(), self.server.cpu());
            }
            let begun = Instant::now();
            self.answer(ask).await?;
            if number >= warm_up {
                nanoseconds.push(u64::try_from(begun.elapsed().as_nanos())?);
            }
        }
        let client = cpu().saturating_sub(client);
        let at_server = at_server
            .zip(self.server.cpu())
            .map(|(before, after)| run_between(&before, &after));
        let each = |total: u64| micros(total) / float(nanoseconds.len());
        Ok(Round {
            client_cpu: each(client),
            server_cpu: at_server.map(each),
            p50: Spread::of(nanoseconds).p50,
        })
    }

    /// All that is asked for is there.
    async fn answer(&self, ask: Ask) -> Outcome<()> {
        match ask {
            Ask::User(email) => {
                let user = self.db.users().find_by_email(&email).await?;
                black_box(user.ok_or("there is no such user")?);
            }
            Ask::Tenant { user, application } => {
                black_box(self.db.tenant(user, application).await?);
            }
            Ask::Page(application) => {
                let cursor = Some(&self.cursors[application]);
                let clients = self.tenants[application].clients();
                let all = ClientFilter::default();
                let page = clients.list(&all, ClientOrder::Id, PAGE, cursor);
                let page = black_box(page.await?);
                if page.items.len() as u64 != PAGE {
                    return Err("a page is not full".into());
                }
            }
            Ask::SignUp { new, application } => {
                let admin = self.tenants[application].admin()?;
                black_box(admin.members().sign_up(new, &["member"]).await?);
            }
            Ask::Consume(link) => {
                black_box(self.db.verification_tokens().sign_in(&link).await?);
            }
            Ask::Resolve(token) => {
                black_box(self.db.sessions().resolve(&token).await?);
            }
        }
        Ok(())
    }
}
