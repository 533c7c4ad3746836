//! The end of life: purge, retention, export and erasure.

mod erasing;
mod exporting;
mod known;
mod leftovers;
mod mixture;
mod purging;
mod racing;
mod retention;
mod somebody;
