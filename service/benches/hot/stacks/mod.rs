//! The stacks: ours, and what a user would pick instead.

pub(crate) mod hand;
pub(crate) mod node;
pub(crate) mod ours;
pub(crate) mod plain_seaorm;
pub(crate) mod plain_sqlx;
pub(crate) mod sql;

use std::sync::Arc;

use crate::keys::Keys;
use crate::measure::{Task, Times, Window, window};
use crate::operation::{Answer, Ask, Operation, Outcome, Stack};
use crate::server::Server;
use node::Node;

/// Connections of each stack.
pub(crate) const CONNECTIONS: u32 = 16;

/// Which stack it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    TokioPostgres,
    Ours,
    OursAudited,
    Sqlx,
    SeaOrm,
    Rusqlite,
    Drizzle,
    DrizzlePg,
    Prisma,
    OursOnCitus,
}

impl Name {
    /// Those that are measured when nobody says which; on Citus too where there is a cluster.
    pub(crate) const ALL: [Self; 6] = [
        Self::TokioPostgres,
        Self::Rusqlite,
        Self::Ours,
        Self::OursAudited,
        Self::Sqlx,
        Self::SeaOrm,
    ];

    /// Those of Node, which are only measured when somebody says so.
    pub(crate) const PEERS: [Self; 3] = [Self::Drizzle, Self::DrizzlePg, Self::Prisma];

    /// What arguments call it.
    pub(crate) fn argument(self) -> &'static str {
        match self {
            Self::OursAudited => "audited",
            Self::OursOnCitus => "citus",
            Self::Drizzle => "drizzle",
            Self::DrizzlePg => "drizzle-pg",
            Self::Prisma => "prisma",
            other => other.title(),
        }
    }

    /// What tables and the JSON call it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::TokioPostgres => "tokio-postgres",
            Self::Ours => "ours",
            Self::OursAudited => "ours, audited",
            Self::Sqlx => "sqlx",
            Self::SeaOrm => "SeaORM",
            Self::Rusqlite => "rusqlite",
            Self::Drizzle => "Drizzle",
            Self::DrizzlePg => "Drizzle, pg",
            Self::Prisma => "Prisma",
            Self::OursOnCitus => "ours, on Citus",
        }
    }

    /// Whether it is asked for that: what does not write is not audited, and one statement is only written by hand.
    pub(crate) fn does(self, operation: Operation) -> bool {
        match self {
            Self::TokioPostgres => true,
            Self::OursAudited => operation.writes() && operation != Operation::SignUpInOne,
            _ => operation != Operation::SignUpInOne,
        }
    }

    /// Connects to the server at `url`.
    pub(crate) async fn connect(self, url: &str, keys: &Arc<Keys>) -> Outcome<Any> {
        let keys = Arc::clone(keys);
        Ok(match self {
            Self::TokioPostgres => Any::Hand(hand::Hand::connect(url, keys).await?),
            Self::Ours | Self::OursOnCitus => {
                Any::Ours(ours::Ours::connect(url, false, keys).await?)
            }
            Self::OursAudited => Any::Ours(ours::Ours::connect(url, true, keys).await?),
            Self::Sqlx => Any::Sqlx(plain_sqlx::PlainSqlx::connect(url, keys).await?),
            Self::SeaOrm => Any::SeaOrm(plain_seaorm::PlainSeaOrm::connect(url, keys).await?),
            Self::Rusqlite => return Err("rusqlite reaches no server".into()),
            Self::Drizzle => Any::Node(Node::start(&["drizzle.mjs", "postgres"], url, keys)?),
            Self::DrizzlePg => Any::Node(Node::start(&["drizzle.mjs", "pg"], url, keys)?),
            Self::Prisma => Any::Node(Node::start(&["prisma.mjs"], url, keys)?),
        })
    }
}

/// One of them.
#[derive(Clone)]
pub(crate) enum Any {
    Hand(hand::Hand),
    Ours(ours::Ours),
    Sqlx(plain_sqlx::PlainSqlx),
    SeaOrm(plain_seaorm::PlainSeaOrm),
    Rusqlite(crate::sqlite::hand::Hand),
    Node(Node),
}

impl Any {
    /// Answers for the first worker, outside of what is measured.
    pub(crate) async fn answer(&self, ask: Ask) -> Outcome<Answer> {
        self.answer_as(0, ask).await
    }

    /// Answers for a worker, outside of what is measured.
    pub(crate) async fn answer_as(&self, worker: usize, ask: Ask) -> Outcome<Answer> {
        match self {
            Self::Hand(stack) => stack.answer(worker, ask).await,
            Self::Ours(stack) => stack.answer(worker, ask).await,
            Self::Sqlx(stack) => stack.answer(worker, ask).await,
            Self::SeaOrm(stack) => stack.answer(worker, ask).await,
            Self::Rusqlite(stack) => stack.answer(worker, ask).await,
            Self::Node(stack) => stack.answer(ask).await,
        }
    }

    /// Measures a window, with nothing between the workers and the stack.
    pub(crate) async fn window(
        &self,
        task: Task,
        times: Times,
        server: Option<&Server>,
    ) -> Outcome<Window> {
        match self {
            Self::Hand(stack) => window(stack, task, times, server).await,
            Self::Ours(stack) => window(stack, task, times, server).await,
            Self::Sqlx(stack) => window(stack, task, times, server).await,
            Self::SeaOrm(stack) => window(stack, task, times, server).await,
            Self::Rusqlite(stack) => window(stack, task, times, server).await,
            Self::Node(stack) => stack.window(task, times, server).await,
        }
    }
}
