//! Reading the file, on a thread of its own, ahead of the database.

mod array;
mod beginnings;
mod columns;
mod csv;
mod lines;

use std::io::BufRead;

use chrono::{DateTime, Utc};
use service::ImportedUser;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::draft::{Draft, Options};
use super::record::{Problem, Record};
use super::{Format, From, Users, auth0, django, plain, prisma, supabase};

/// How many lines go to the database at once, and how many times that many wait.
const BATCH: usize = 1000;
const AHEAD: usize = 3;
/// The longest line, in bytes: nobody is described by more.
const LONGEST: usize = 1 << 20;

/// What a line came to.
pub(super) enum Line {
    User(u64, Box<ImportedUser>),
    Bad(Vec<Problem>),
}

/// The lines, a thousand at a time.
pub(super) fn start(
    input: Box<dyn BufRead + Send>,
    format: Format,
    users: &Users,
    now: DateTime<Utc>,
) -> Receiver<Vec<Line>> {
    let (sender, receiver) = channel(AHEAD);
    let mut batches = Batches {
        sender,
        from: users.from,
        options: Options::of(users, now),
        batch: Vec::with_capacity(BATCH),
    };
    std::thread::spawn(move || {
        let read = match format {
            Format::Csv => csv::read(input, &mut batches),
            Format::Jsonl => lines::read(input, &mut batches),
            Format::Json => array::read(input, &mut batches),
        };
        // Nobody listens any more: then there is nothing to say either.
        let _ = read.and_then(|()| batches.flush());
    });
    receiver
}

/// Nobody wants any more lines.
pub(super) struct Unwanted;

/// What the readers hand their records to.
pub(super) struct Batches {
    sender: Sender<Vec<Line>>,
    from: From,
    options: Options,
    batch: Vec<Line>,
}

impl Batches {
    pub(super) fn record(&mut self, record: Record) -> Result<(), Unwanted> {
        match self.line(record) {
            Some(line) => self.push(line),
            None => Ok(()),
        }
    }

    pub(super) fn problem(&mut self, problem: Problem) -> Result<(), Unwanted> {
        self.push(Line::Bad(vec![problem]))
    }

    fn push(&mut self, line: Line) -> Result<(), Unwanted> {
        self.batch.push(line);
        if self.batch.len() < BATCH {
            return Ok(());
        }
        self.flush()
    }

    fn flush(&mut self) -> Result<(), Unwanted> {
        let batch = std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH));
        self.sender.blocking_send(batch).map_err(|_| Unwanted)
    }

    fn line(&self, record: Record) -> Option<Line> {
        let record = match self.from {
            From::Django => django::unwrapped(record)?,
            _ => record,
        };
        let mut draft = Draft::new(&record, &self.options);
        let user = match self.from {
            From::Supabase => supabase::read(&mut draft),
            From::Auth0 => auth0::read(&mut draft),
            From::Django => django::read(&mut draft),
            From::Prisma => prisma::read(&mut draft),
            From::Plain => plain::read(&mut draft),
        };
        Some(match user {
            Some(user) if draft.problems.is_empty() => Line::User(record.line, Box::new(user)),
            _ => Line::Bad(draft.problems),
        })
    }
}
