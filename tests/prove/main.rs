//! Heavier proofs: the same promises as elsewhere, under many more blows than a quick run has time
//! for.

mod garage;
mod instances;
mod kills;
mod sessions;
