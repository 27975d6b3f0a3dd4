//! Why a step was not done. Owns the kinds; what follows is decided by whoever asked for the step.

use thiserror::Error;

use crate::{
    cloud::CloudError,
    disk::DiskError,
    effect::{IncomingError, Outcome},
};

/// Why a step was not done.
#[derive(Debug, Error)]
pub(super) enum Failure {
    /// A side is not as the plan thought.
    #[error("It changed in the meantime")]
    Changed,
    /// The file has not rested long enough: so many milliseconds more.
    #[error("The file is still being written")]
    Unsettled(u64),
    /// The cloud refused.
    #[error(transparent)]
    Cloud(#[from] CloudError),
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// What was fetched is not taken.
    #[error(transparent)]
    Incoming(#[from] IncomingError),
    /// There is no name for a second content.
    #[error("There is no room for a conflict name")]
    NoName,
    /// The journal refused.
    #[error(transparent)]
    Journal(#[from] crate::Error),
}

/// What an effect came to, as a step sees it.
pub(super) fn done<T>(outcome: Outcome<T>) -> Result<T, Failure> {
    match outcome {
        Outcome::Done(done) => Ok(done),
        Outcome::Changed | Outcome::Elsewhere(_) => Err(Failure::Changed),
    }
}
