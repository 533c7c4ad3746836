//! The table: each cell run for real, what it answered and how many statements it took.

use std::fmt::Write as _;

use service::Tenant;

use super::cell::{Actor, Answer, Cell, Row, Undo, done};
use super::digest::{Digest, Digester};
use super::operations::{On, Operation, Reach};
use super::stage::Stage;

/// Of the first column of both tables.
pub(crate) const NAME_WIDTH: usize = 48;
const ACTOR_WIDTH: usize = 14;
/// What is no case.
const NONE: &str = "-";

/// What one cell answered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Text {
    pub(crate) text: String,
    refused: bool,
}

impl Text {
    fn of(answer: &Answer) -> Self {
        match answer {
            Ok(text) => Self {
                text: text.clone(),
                refused: false,
            },
            Err(refusal) => Self {
                text: refusal.to_string(),
                refused: true,
            },
        }
    }

    pub(crate) fn is_refused(&self) -> bool {
        self.refused
    }
}

/// One operation in the hands of one actor.
pub(crate) struct Line {
    pub(crate) operation: Operation,
    pub(crate) actor: Option<Actor>,
    pub(crate) answers: Vec<(Row, Text)>,
    statements: Vec<(Row, usize)>,
}

impl Line {
    pub(crate) fn answer(&self, row: Row) -> Option<&Text> {
        let answer = self.answers.iter().find(|(at, _)| *at == row);
        answer.map(|(_, text)| text)
    }
}

/// All lines.
pub(crate) struct Grid(Vec<Line>);

impl Grid {
    pub(crate) async fn run(stage: &Stage, operations: &[Operation]) -> Self {
        let mut lines: Vec<_> = operations
            .iter()
            .flat_map(|operation| {
                let actors: Vec<_> = match operation.reach {
                    Reach::Everything => vec![None],
                    Reach::Entrance | Reach::Tenant => Actor::ALL.map(Some).to_vec(),
                };
                actors.into_iter().map(|actor| Line {
                    operation: *operation,
                    actor,
                    answers: Vec::new(),
                    statements: Vec::new(),
                })
            })
            .collect();
        let mut entered = Vec::new();
        for actor in Actor::ALL {
            entered.push((
                actor,
                enter(stage, actor, stage.own.team.application.id).await,
            ));
        }
        let digester = Digester::new(&stage.db, stage.own.team.application.id).await;
        for gone in [false, true] {
            if gone {
                let deleted = stage.own.team.application.id;
                let deleted = stage.db.applications().delete(deleted).await;
                deleted.expect("deleted");
            }
            let runner = Runner {
                stage,
                entered: &entered,
                before: digester.digest(&stage.db).await,
                digester: &digester,
            };
            for line in &mut lines {
                for row in line.operation.rows() {
                    if (row == Row::Gone) == gone {
                        runner.cell(line, row).await;
                    }
                }
            }
        }
        Self(lines)
    }

    pub(crate) fn lines(&self) -> impl Iterator<Item = &Line> {
        self.0.iter()
    }

    /// What each cell answered.
    pub(crate) fn answers(&self) -> String {
        let mut table = head(true, &Row::ALL);
        for line in &self.0 {
            let name = match line.actor {
                None | Some(Actor::Member) => line.operation.to_string(),
                Some(_) => String::new(),
            };
            let actor = line
                .actor
                .map_or("anyone".into(), |actor| actor.to_string());
            let cells = Row::ALL.map(|row| {
                line.answer(row)
                    .map_or(NONE.to_owned(), |answer| answer.text.clone())
            });
            push(&mut table, &name, Some(&actor), &cells);
        }
        table
    }

    /// How many statements each cell took, `BEGIN` and `COMMIT` among them, for an owner.
    pub(crate) fn statements(&self) -> String {
        let rows = [Row::Live, Row::Deleted, Row::Other, Row::Unknown];
        let mut table = head(false, &rows);
        for line in &self.0 {
            if !matches!(line.actor, None | Some(Actor::Owner)) {
                continue;
            }
            let cells = rows.map(|row| {
                let statements = line.statements.iter().find(|(at, _)| *at == row);
                match statements {
                    // What was refused before anything was sent is no case.
                    None | Some((_, 0)) => NONE.to_owned(),
                    Some((_, count)) => count.to_string(),
                }
            });
            push(&mut table, &line.operation.to_string(), None, &cells);
        }
        table
    }
}

fn head(actor: bool, rows: &[Row]) -> String {
    let mut table = String::new();
    let rows: Vec<_> = rows.iter().map(ToString::to_string).collect();
    push(
        &mut table,
        "operation (on)",
        actor.then_some("actor"),
        &rows,
    );
    table
}

fn push(table: &mut String, name: &str, actor: Option<&str>, cells: &[String]) {
    let mut line = format!("{name:NAME_WIDTH$}");
    if let Some(actor) = actor {
        write!(line, "{actor:ACTOR_WIDTH$}").expect("memory");
    }
    for cell in cells {
        write!(line, "{cell:22}").expect("memory");
    }
    table.push_str(line.trim_end());
    table.push('\n');
}

async fn enter(stage: &Stage, actor: Actor, application_id: uuid::Uuid) -> Option<Tenant> {
    let tenant = stage.db.tenant(actor.id(stage), application_id).await;
    match tenant {
        Ok(tenant) => Some(tenant),
        Err(service::Error::NotFound) => None,
        Err(other) => panic!("{actor} cannot enter: {other}"),
    }
}

struct Runner<'a> {
    stage: &'a Stage,
    /// The own application as each actor entered it, before anything happened to it.
    entered: &'a [(Actor, Option<Tenant>)],
    before: Digest,
    digester: &'a Digester,
}

impl Runner<'_> {
    async fn cell(&self, line: &mut Line, row: Row) {
        let cell = |tenant| Cell {
            stage: self.stage,
            db: &self.stage.db,
            tenant,
            actor: line.actor,
            row,
        };
        let tenant = match (line.operation.reach, line.actor) {
            (Reach::Tenant, Some(actor))
                if line.operation.on == On::Application && row != Row::Gone =>
            {
                enter(self.stage, actor, cell(None).application()).await
            }
            (Reach::Tenant, Some(actor)) => {
                let own = self.entered.iter().find(|(who, _)| *who == actor);
                own.and_then(|(_, tenant)| tenant.clone())
            }
            _ => None,
        };
        let cell = cell(tenant.as_ref());
        let place = format!("{}, {row}, {:?}", line.operation, line.actor);

        // First where it can be undone …
        let (answer, statements) = self.undone(&line.operation, &cell, &place).await;
        if answer.is_refused() && statements > 0 {
            // … then, where it is refused, as an application calls it: nothing has changed.
            let again = Text::of(&(line.operation.run)(&cell).await);
            assert_eq!(
                again, answer,
                "{place}: inside a transaction and without one"
            );
            let after = self.digester.digest(&self.stage.db).await;
            assert!(
                !self.before.all_differs(&after),
                "{place} is refused and changes something:\n{}",
                after.difference(&self.before)
            );
        }
        line.answers.push((row, answer));
        line.statements.push((row, statements));
    }

    /// In a transaction that is rolled back.
    async fn undone(&self, operation: &Operation, cell: &Cell<'_>, place: &str) -> (Text, usize) {
        let undone = match cell.tenant {
            Some(tenant) => {
                tenant
                    .transaction(async |tenant| {
                        let inside = Cell {
                            db: tenant.db(),
                            tenant: Some(tenant),
                            ..*cell
                        };
                        Err(Undo::Done(self.probe(operation, &inside, place).await))
                    })
                    .await
            }
            None => {
                self.stage
                    .db
                    .transaction(async |db| {
                        let inside = Cell { db, ..*cell };
                        Err(Undo::Done(self.probe(operation, &inside, place).await))
                    })
                    .await
            }
        };
        done(undone)
    }

    async fn probe(&self, operation: &Operation, cell: &Cell<'_>, place: &str) -> (Text, usize) {
        let events = || cell.db.audit().pending().len();
        let told_before = events();
        self.stage.sent.take();
        let answer = Text::of(&(operation.run)(cell).await);
        let statements = self.stage.sent.take().len();
        let told = events() > told_before;
        if answer.is_refused() {
            assert!(!told, "{place} is refused and leaves an event");
        } else {
            let after = self.digester.digest(cell.db).await;
            let changed = self.before.all_differs(&after);
            if !super::SILENT
                .iter()
                .any(|(name, _)| *name == operation.name)
            {
                assert!(
                    told || !changed,
                    "{place} changes something and leaves no event:\n{}",
                    after.difference(&self.before)
                );
            }
            assert!(
                changed
                    || !told
                    || super::UNSEEN
                        .iter()
                        .any(|(name, _)| *name == operation.name),
                "{place} leaves an event and changes nothing"
            );
            if operation.reads() {
                assert!(
                    !self.before.all_differs(&after),
                    "{place} reads and changes something:\n{}",
                    after.difference(&self.before)
                );
            } else if operation.reach == Reach::Tenant
                && !super::BEYOND
                    .iter()
                    .any(|(name, _)| *name == operation.name)
            {
                assert!(
                    !self.before.outside_differs(&after),
                    "{place} changes something outside of its application:\n{}",
                    after.difference(&self.before)
                );
            }
        }
        (answer, statements)
    }
}
