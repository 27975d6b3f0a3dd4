//! What can go wrong in a call, and what a caller may do about it. Owns the classes of
//! section 2.13 of the engine's design; decides no retry itself.
//!
//! No variant carries a URL, a token or the sentence a server wrote: what a server says could quote
//! them.

use std::{fmt, io, sync::Arc, time::Duration};

use albumen_model::{ErrorCode, auth::VersionTrouble};

use crate::tls::{self, CertificateTrouble};

/// What a caller may do about an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// Try again later, the same way.
    Transient,
    /// No way to the host: wait for the network.
    Offline,
    /// The token or the sign-in is not accepted: sign in again.
    Auth,
    /// This device was revoked: stop, keep everything, tell the person.
    Revoked,
    /// Known, but not allowed to do this.
    NoPermission,
    /// The world is not as assumed (409, a stale contentCas): look again and plan anew.
    Precondition,
    /// The quota of the space or library is used up.
    Quota,
    /// This item can never succeed as it is: name, extension, kind.
    PermanentItem,
    /// Signed upload parameters or a signed URL have run out: renew or begin again.
    Expired,
    /// The thing is not there (any more): path, upload session, bin item.
    NotFound,
    /// Bytes are not what they should be: send or fetch them again.
    Integrity,
    /// The other side does not speak as agreed.
    Protocol,
    /// The object store has no room.
    StoreFull,
    /// The caller's own content could not be read, or was not as long as announced.
    Source,
}

/// Who refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The token service or the library service.
    Service,
    /// The object store.
    Store,
}

/// A refusal with a status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Who.
    pub origin: Origin,
    /// HTTP status.
    pub status: u16,
    /// The code's word as it came, at most 64 letters or digits; empty without one.
    pub word: String,
    /// To find the request in the other side's log; empty when not told.
    pub request_id: String,
    /// How long the other side asks us to wait.
    pub retry_after: Option<Duration>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = match self.origin {
            Origin::Service => "The service",
            Origin::Store => "The object store",
        };
        write!(f, "{who} refused with {} {}", self.status, self.word)?;
        if self.request_id.is_empty() { Ok(()) } else { write!(f, " ({})", self.request_id) }
    }
}

/// Why a call failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The other side answered and refused.
    #[error("{0}")]
    Refused(Refusal),
    /// The call did not get through, or its answer did not.
    #[error("The connection failed while {doing}")]
    Network {
        /// What was being done.
        doing: &'static str,
        /// Not even a connection could be opened.
        offline: bool,
        /// What the network said; never has an address in it.
        source: Arc<reqwest::Error>,
    },
    /// No byte moved for too long.
    #[error("Nothing moved for too long while {doing}")]
    Stalled {
        /// What was being done.
        doing: &'static str,
    },
    /// An answer that is not as agreed.
    #[error("Unexpected answer while {doing}: {what}")]
    Protocol {
        /// What was being done.
        doing: &'static str,
        /// What was wrong with it.
        what: String,
    },
    /// Bytes are not what was announced.
    #[error("The content is not what was announced: {what}")]
    Integrity {
        /// What differs.
        what: String,
    },
    /// The caller's own content failed.
    #[error("The content to send could not be read")]
    Source {
        /// What reading said.
        source: Arc<io::Error>,
    },
    /// The parameters hold no signature for this part: renew with a range that has it.
    #[error("Part {part} is not signed")]
    NotSigned {
        /// Its number.
        part: u32,
    },
    /// The text or bytes are no Ed25519 key.
    #[error("Not a device key")]
    Key,
    /// A text that is not one certificate in PEM.
    #[error("Not one certificate in PEM")]
    Certificate,
    /// This device is not enrolled, so it cannot sign.
    #[error("This device is not signed in")]
    NotEnrolled,
    /// The service and this program have no version of its API in common.
    #[error("{}", version_text(*.0))]
    Version(VersionTrouble),
    /// Not sent, because the way is not encrypted and leaves this computer.
    #[error("The way is not encrypted, so nothing was sent while {doing}")]
    Insecure {
        /// What was to be done.
        doing: &'static str,
    },
    /// The HTTP client could not be set up.
    #[error("The HTTP client could not be set up: {what}")]
    Setup {
        /// What was wrong.
        what: String,
    },
}

impl Error {
    pub(crate) fn network(doing: &'static str, source: reqwest::Error) -> Self {
        if let Some(inner) = source_failure(&source) {
            return Self::Source { source: Arc::new(inner) };
        }
        let offline = source.is_connect();
        if source.is_timeout() && !offline {
            return Self::Stalled { doing };
        }
        Self::Network { doing, offline, source: Arc::new(source.without_url()) }
    }

    pub(crate) fn protocol(doing: &'static str, what: impl Into<String>) -> Self {
        Self::Protocol { doing, what: what.into() }
    }

    pub(crate) fn setup(source: &reqwest::Error) -> Self {
        Self::Setup { what: source.to_string() }
    }

    /// What a caller may do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused(refusal) => refusal_kind(refusal),
            Self::Network { offline: true, .. } => ErrorKind::Offline,
            Self::Network { .. } | Self::Stalled { .. } => ErrorKind::Transient,
            Self::Protocol { .. }
            | Self::Setup { .. }
            | Self::Certificate
            | Self::Version(_)
            | Self::Insecure { .. } => ErrorKind::Protocol,
            Self::NotSigned { .. } => ErrorKind::Expired,
            Self::Integrity { .. } => ErrorKind::Integrity,
            Self::Source { .. } => ErrorKind::Source,
            Self::Key | Self::NotEnrolled => ErrorKind::Auth,
        }
    }

    /// Why the server's certificate was refused, where that was the reason.
    pub fn certificate_trouble(&self) -> Option<CertificateTrouble> {
        match self {
            Self::Network { source, .. } => tls::trouble(source.as_ref()),
            _ => None,
        }
    }

    /// Whether the same call may simply be made again after a while.
    pub fn is_transient(&self) -> bool {
        matches!(self.kind(), ErrorKind::Transient | ErrorKind::Offline)
    }

    /// The service's code, when it gave one that we know.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused(refusal) => ErrorCode::parse(&refusal.word),
            _ => None,
        }
    }

    /// To find the request in the other side's log.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Refused(refusal) => Some(&refusal.request_id).filter(|id| !id.is_empty()),
            _ => None,
        }
        .map(String::as_str)
    }

    /// How long the other side asks us to wait before the next try.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused(refusal) => refusal.retry_after,
            _ => None,
        }
    }
}

const fn version_text(trouble: VersionTrouble) -> &'static str {
    match trouble {
        VersionTrouble::ProgramTooOld => "This program is too old for the service",
        VersionTrouble::ServiceTooOld => "The service is too old for this program",
    }
}

/// Marks a failure of the caller's own stream, so that it is told apart from the network's.
#[derive(Debug)]
pub(crate) struct SourceFailure(pub(crate) io::Error);

impl fmt::Display for SourceFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("The content to send could not be read")
    }
}

impl std::error::Error for SourceFailure {}

fn source_failure(error: &reqwest::Error) -> Option<io::Error> {
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        if let Some(SourceFailure(inner)) = cause.downcast_ref::<SourceFailure>() {
            return Some(io::Error::new(inner.kind(), inner.to_string()));
        }
        next = cause.source();
    }
    None
}

fn refusal_kind(refusal: &Refusal) -> ErrorKind {
    match refusal.origin {
        Origin::Store => store_kind(refusal.status, &refusal.word),
        Origin::Service => service_kind(refusal.status, &refusal.word),
    }
}

/// SMH section 26, client's side: every 403 of the data plane means that the signature has run out.
fn store_kind(status: u16, word: &str) -> ErrorKind {
    match (status, word) {
        (403, _) => ErrorKind::Expired,
        (_, "NoSuchUpload") | (404, _) => ErrorKind::NotFound,
        (_, "BadDigest" | "IncompleteBody" | "XAmzContentSHA256Mismatch") => ErrorKind::Integrity,
        (507, _) => ErrorKind::StoreFull,
        (408 | 429 | 500..=599, _) => ErrorKind::Transient,
        (409 | 412, _) => ErrorKind::Precondition,
        _ => ErrorKind::PermanentItem,
    }
}

fn service_kind(status: u16, word: &str) -> ErrorKind {
    use ErrorCode as Code;
    match ErrorCode::parse(word) {
        Some(Code::DeviceRevoked) => return ErrorKind::Revoked,
        Some(
            Code::InvalidAccessToken
            | Code::EmptyAccessToken
            | Code::AccessTokenNotMatchLibrary
            | Code::AccessTokenNotMatchSpace,
        ) => return ErrorKind::Auth,
        // A fenced session is as good as gone: begin another.
        Some(Code::UploadFenced) => return ErrorKind::NotFound,
        Some(Code::QuotaLimitReached) => return ErrorKind::Quota,
        Some(
            Code::BadCrc64
            | Code::IncompleteBody
            | Code::UploadIncomplete
            | Code::MultipartUploadIncomplete,
        ) => return ErrorKind::Integrity,
        Some(Code::StoreFull) => return ErrorKind::StoreFull,
        _ => {}
    }
    match status {
        401 => ErrorKind::Auth,
        403 => ErrorKind::NoPermission,
        404 | 410 => ErrorKind::NotFound,
        408 | 429 => ErrorKind::Transient,
        409 | 412 => ErrorKind::Precondition,
        400..=499 => ErrorKind::PermanentItem,
        507 => ErrorKind::StoreFull,
        500..=599 => ErrorKind::Transient,
        _ => ErrorKind::Protocol,
    }
}

#[cfg(test)]
#[path = "error_tests.rs"]
mod tests;
