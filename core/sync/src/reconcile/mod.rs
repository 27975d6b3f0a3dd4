//! Keeps a folder and a place in the cloud as a mapping's mode wants them, by three trees: looks at
//! both sides, asks the planner, does the steps. Owns the order of these; whoever calls it says
//! when.

pub mod record;
mod remembered;
pub(crate) mod rules;

pub use crate::journal::TreeRecord;
pub use remembered::Remembered;
