//! A span for each statement: what kind, how many rows, how long. Neither values nor the text of statements.

use std::future::Future;
use std::time::Instant;

use sea_orm::sqlx::Error as SqlxError;
use tracing::{Instrument as _, Level, Span, field};

/// A statement that is under way. Without anybody who listens, nothing.
pub(super) struct Watch(Option<(Span, Instant)>);

pub(super) fn begin(operation: &'static str) -> Watch {
    if !tracing::enabled!(target: "service::db", Level::DEBUG) {
        return Watch(None);
    }
    let span = tracing::debug_span!(
        target: "service::db",
        "statement",
        operation,
        rows = field::Empty,
        micros = field::Empty,
        error = field::Empty,
    );
    Watch(Some((span, Instant::now())))
}

impl Watch {
    pub(super) fn inside<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        let span = match &self.0 {
            Some((span, _)) => span.clone(),
            None => Span::none(),
        };
        future.instrument(span)
    }

    /// `outcome`: rows read or changed.
    pub(super) fn end(self, outcome: Result<u64, &SqlxError>) {
        let Some((span, start)) = self.0 else { return };
        let micros = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
        span.record("micros", micros);
        match outcome {
            Ok(rows) => {
                span.record("rows", rows);
                span.in_scope(|| tracing::debug!(target: "service::db", rows, micros, "done"));
            }
            Err(error) => {
                let error = kind(error);
                span.record("error", error.as_str());
                span.in_scope(|| tracing::debug!(target: "service::db", error, micros, "failed"));
            }
        }
    }
}

/// The code alone: messages quote values.
fn kind(error: &SqlxError) -> String {
    match error {
        SqlxError::Database(error) => error.code().unwrap_or_default().into_owned(),
        SqlxError::Io(error) => error.kind().to_string(),
        _ => "driver".to_owned(),
    }
}
