//! What can go wrong in the token service. A refusal is what a client is told; everything else is
//! told as a failure of the service and logged here.

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use albumen_model::ErrorCode;

/// Why something was not done.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The service says no.
    #[error("{code}: {why}")]
    Refused {
        /// What a client acts on.
        code: ErrorCode,
        /// A sentence for people, without anything secret in it.
        why: &'static str,
        /// How long to wait, for a refusal that passes.
        retry_after: Option<Duration>,
    },
    /// The database failed.
    #[error("The database failed")]
    Database(#[from] albumen_db::Error),
    /// The library service refused or could not be reached.
    #[error("The library service failed: {0}")]
    Hosting(#[from] albumen_client::Error),
    /// A file of the service could not be read or written.
    #[error("Not accessible: {path}")]
    File {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// A sealed value does not open: it was changed, or the key is another one.
    #[error("A sealed value does not open: wrong key or changed data")]
    Unsealable,
    /// The audit log was changed by another hand.
    #[error("The audit log was changed at entry {entry}")]
    Tampered {
        /// The first entry that does not fit.
        entry: i64,
    },
    /// The operating system gave no randomness, or a password could not be hashed.
    #[error("Cryptography failed")]
    Cryptography,
    /// A setting cannot be used.
    #[error("Setting cannot be used: {what}")]
    Setting {
        /// Which and why.
        what: &'static str,
    },
}

impl Error {
    pub(crate) const fn refused(code: ErrorCode, why: &'static str) -> Self {
        Self::Refused { code, why, retry_after: None }
    }

    pub(crate) fn file(path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::File { path: path.into(), source: Arc::new(source) }
    }

    /// The code that a client is told.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Refused { code, .. } => *code,
            Self::Hosting(error) if error.is_transient() => ErrorCode::LibraryServiceUnreachable,
            Self::Hosting(error) => match error.code() {
                // What the caller named is wrong, not the service.
                Some(code @ (ErrorCode::SpaceNotFound | ErrorCode::LibraryNotFound)) => code,
                Some(code @ ErrorCode::NotMultiSpaceLibrary) => code,
                _ => ErrorCode::InternalServerError,
            },
            Self::Database(error) if error.is_full() => ErrorCode::StoreFull,
            Self::Database(error) if error.is_transient() => ErrorCode::ServerOverloaded,
            Self::Database(albumen_db::Error::NulInText) => ErrorCode::ParamInvalid,
            _ => ErrorCode::InternalServerError,
        }
    }
}
