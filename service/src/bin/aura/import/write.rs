//! Writing what was read: in one transaction, all or nothing.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use service::{Db, Error, ImportedUser, Result};
use tokio::sync::mpsc::Receiver;

use super::Users;
use super::read::Line;
use super::record::Problem;
use super::report::Report;

/// Why the transaction ends without being kept.
enum Undone {
    /// As it should: a trial, or there are problems.
    Meant,
    Failed(Error),
}

impl From<Error> for Undone {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Imports the lines; what was not kept is told in the report as if it had been.
pub(super) async fn all(db: &Db, users: &Users, mut lines: Receiver<Vec<Line>>) -> Result<Report> {
    let mut report = Report::default();
    let done = db
        .transaction(async |db| {
            let mut work = Work {
                db,
                users,
                report: &mut report,
                addresses: Addresses::default(),
            };
            while let Some(batch) = lines.recv().await {
                work.batch(batch).await?;
                if work.report.problems.len() >= users.max_errors {
                    work.report.problems.truncate(users.max_errors);
                    work.report.stopped = true;
                    break;
                }
            }
            // Of a file that was not read to its end, nothing is known.
            report.refused = report.stopped || (!report.problems.is_empty() && !users.skip_invalid);
            if report.refused || users.dry_run {
                Err(Undone::Meant)
            } else {
                Ok(())
            }
        })
        .await;
    match done {
        Ok(()) | Err(Undone::Meant) => Ok(report),
        Err(Undone::Failed(error)) => Err(error),
    }
}

struct Work<'w> {
    db: &'w Db,
    users: &'w Users,
    report: &'w mut Report,
    addresses: Addresses,
}

impl Work<'_> {
    async fn batch(&mut self, batch: Vec<Line>) -> Result<()> {
        let mut people = Vec::with_capacity(batch.len());
        let mut numbers = Vec::with_capacity(batch.len());
        let mut problems = Vec::new();
        for line in batch {
            match line {
                // Live or deleted, in this batch or one before: which of two is meant is not ours to say.
                Line::User(number, user) => {
                    if let Some(before) = self.addresses.add(&user, number) {
                        let what = format!("is that of line {before}");
                        problems.push(Problem::new(number, "email", what));
                    } else {
                        people.push(*user);
                        numbers.push(number);
                    }
                }
                Line::Bad(bad) => problems.extend(bad),
            }
        }
        let done = self.db.users().import(&people).await?;
        let mut taken = done.taken.into_iter().peekable();
        for (index, (user, number)) in people.iter().zip(numbers).enumerate() {
            let Some(one) = taken.next_if(|taken| taken.index == index) else {
                self.report.imported += 1;
                self.report.with_password += u64::from(user.password.is_some());
                self.report.deleted += u64::from(user.deleted);
                continue;
            };
            if self.users.skip_existing {
                self.report.existing += 1;
            } else {
                let what = "is that of a user who is there already";
                problems.push(Problem::new(number, one.field, what));
            }
        }
        problems.sort_by_key(|problem| problem.line);
        self.report.problems.extend(problems);
        Ok(())
    }
}

/// The line of each address, by a hash of it: a million take 30 MiB. That two of a million
/// have the same hash happens once in forty million imports: it is told as a problem, and gone at the next attempt.
#[derive(Default)]
struct Addresses {
    hasher: RandomState,
    lines: HashMap<u64, u64>,
}

impl Addresses {
    /// The line that had it before.
    fn add(&mut self, user: &ImportedUser, line: u64) -> Option<u64> {
        let hash = self.hasher.hash_one(user.user.email.as_str());
        match self.lines.entry(hash) {
            std::collections::hash_map::Entry::Occupied(before) => Some(*before.get()),
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(line);
                None
            }
        }
    }
}
