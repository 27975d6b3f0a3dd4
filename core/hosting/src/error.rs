//! What the service answers when it does not do what was asked.

use albumen_model::ErrorCode;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use thiserror::Error;

/// A refusal by rule: the code that a client acts on and a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The wire code; its status goes with it.
    pub code: ErrorCode,
    /// For people; names the thing, never a secret.
    pub message: String,
}

/// What items of a batch were refused for, each once; goes with the reply to be counted.
#[derive(Clone, Debug)]
pub(crate) struct ItemsRefused(pub(crate) Vec<ErrorCode>);

/// Everything that can go wrong in the service.
#[derive(Debug, Error)]
pub enum Error {
    /// A rule of the contract says no.
    #[error("{}: {}", .0.code, .0.message)]
    Refused(Refusal),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] albumen_db::Error),
    /// The object store failed.
    #[error("Object store failed: {0}")]
    DataPlane(#[from] albumen_store::Error),
    /// Content lies at a back end that the configuration does not name any more.
    #[error("The configuration names no back end {0}")]
    BackEndMissing(String),
    /// A row holds what this program never wrote.
    #[error("Database row is damaged: {0}")]
    Damaged(&'static str),
    /// A temporary file failed.
    #[error("Temporary file failed: {0}")]
    Scratch(#[source] std::io::Error),
    /// A handler panicked; the panic itself is in the log.
    #[error("A handler panicked")]
    Panicked,
    /// The operating system gave no randomness.
    #[error("No randomness from the system: {0}")]
    NoRandomness(getrandom::Error),
    /// The listening socket failed.
    #[error("Listening socket failed: {0}")]
    Listen(#[source] std::io::Error),
}

/// A refusal with its own words.
pub(crate) fn refuse(code: ErrorCode, message: impl Into<String>) -> Error {
    Error::Refused(Refusal { code, message: message.into() })
}

/// Of one item among many: its refusal is its own matter, any other error is that of all.
pub(crate) fn of_one<T>(outcome: Result<T, Error>) -> Result<Result<T, Error>, Error> {
    match outcome {
        Err(error @ Error::Refused(_)) => Ok(Err(error)),
        Err(error) => Err(error),
        Ok(value) => Ok(Ok(value)),
    }
}

impl From<ErrorCode> for Error {
    fn from(code: ErrorCode) -> Self {
        refuse(code, spaced(code.as_str()))
    }
}

impl From<(ErrorCode, String)> for Error {
    fn from((code, message): (ErrorCode, String)) -> Self {
        refuse(code, message)
    }
}

/// `SpaceNotFound` as people write it.
fn spaced(word: &str) -> String {
    let mut text = String::new();
    for c in word.chars() {
        if c.is_ascii_uppercase() && !text.is_empty() {
            text.push(' ');
            text.push(c.to_ascii_lowercase());
        } else {
            text.push(c);
        }
    }
    text
}

impl Error {
    /// What the client hears. Anything but a refusal is told in general words; the log has the
    /// rest.
    pub(crate) fn refusal(self) -> Refusal {
        let code = match &self {
            Self::Refused(_) => ErrorCode::InternalServerError,
            Self::Database(error) if error.is_full() => ErrorCode::StoreFull,
            Self::Database(error) if error.is_transient() => ErrorCode::ServerOverloaded,
            Self::DataPlane(albumen_store::Error::Full) => ErrorCode::StoreFull,
            Self::DataPlane(albumen_store::Error::Unreachable(_)) => ErrorCode::ServerOverloaded,
            _ => ErrorCode::InternalServerError,
        };
        match self {
            Self::Refused(refusal) => refusal,
            Self::Database(error @ albumen_db::Error::NulInText) => {
                Refusal { code: ErrorCode::ParamInvalid, message: error.to_string() }
            }
            error => {
                tracing::error!(%error, "Request failed");
                Refusal { code, message: spaced(code.as_str()) }
            }
        }
    }
}

impl IntoResponse for Error {
    /// The body is made further out, where the request id is known.
    fn into_response(self) -> Response {
        let refusal = self.refusal();
        let status = StatusCode::from_u16(refusal.code.status())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(refusal);
        response
    }
}
