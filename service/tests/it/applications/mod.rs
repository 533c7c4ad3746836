//! Applications: made whole, deleted whole, restored whole.

mod deleting;
mod making;
