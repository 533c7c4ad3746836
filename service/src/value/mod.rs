//! Values that can only be made from valid input, in canonical form.

mod change;

pub use change::Change;
