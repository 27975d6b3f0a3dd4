//! Many photographs and one film, sent to the embedded store by us and by others.

use crate::data;
use crate::figure::Rows;
use crate::ground::Ground;

/// Turns of each; the middle one counts.
const ROUNDS: usize = 3;

/// 2,000 photographs.
pub(crate) fn photos() -> Rows {
    Ground::new()?.race(&data::photos2000()?, ROUNDS)
}

/// One file of 2 GiB.
pub(crate) fn film() -> Rows {
    Ground::new()?.race(&data::film2g()?, ROUNDS)
}
