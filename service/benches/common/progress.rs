//! How far it is.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A progress bar of so many steps.
pub(crate) fn bar(what: &'static str, steps: usize) -> ProgressBar {
    let template = format!("{what} [{{bar:40}}] {{pos}}/{{len}} {{msg}}");
    let bar = ProgressBar::new(steps as u64);
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
