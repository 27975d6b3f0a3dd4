//! Names on disk: what a volume can hold, which names it takes for one, names for conflict copies
//! and for what lies beside another, and names as people may read them. Pure; knows no disk, no
//! clock and no tree.

mod clash;
mod conflict;
mod fold;
mod marked;
mod shown;
#[cfg(test)]
mod tests;
mod volume;

pub use clash::{Contender, Placement, placements};
pub use conflict::{ConflictStamp, NameRoom, NoRoom, conflict_stem};
pub use fold::{compare_key, fold_key};
pub use marked::marked;
pub use shown::shown;
pub use volume::{CaseRule, NameMax, Normalisation, Unfit, VolumeRules};
