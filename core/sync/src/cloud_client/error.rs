//! What a refusal of a real SMH, or of its object store, means to the engine. Owns the table.

use albumen_client::{Error as ClientError, ErrorKind, Origin};
use albumen_model::ErrorCode;

use crate::cloud::{CloudError, CloudErrorKind as Kind};

/// What the library service said.
pub(super) fn of_service(error: ClientError) -> CloudError {
    translated(&error, error.kind(), false)
}

/// What the object store said.
pub(super) fn of_store(error: ClientError) -> CloudError {
    translated(&error, error.kind(), true)
}

fn translated(error: &ClientError, kind: ErrorKind, store: bool) -> CloudError {
    let code = error.code();
    let busy = match error {
        ClientError::Refused(refusal) => {
            matches!(refusal.status, 429 | 503) && refusal.origin == Origin::Service
        }
        _ => false,
    };
    let kind = match (code, kind) {
        (Some(ErrorCode::ContentCasConflict), _) => Kind::Stale,
        (Some(ErrorCode::UploadComplete), _) => Kind::AlreadyConfirmed,
        (Some(ErrorCode::CursorExpired), _) => Kind::CursorExpired,
        (Some(ErrorCode::BadCrc64), _) => Kind::BadCrc,
        (Some(ErrorCode::SpaceNotFound | ErrorCode::LibraryNotFound), _) => Kind::SpaceMissing,
        (
            Some(
                ErrorCode::UploadIncomplete
                | ErrorCode::MultipartUploadIncomplete
                | ErrorCode::CosObjectNonexistent
                | ErrorCode::MultipartUploadPartTooSmall,
            ),
            _,
        ) => Kind::Incomplete,
        (Some(ErrorCode::ExtnameNotAllowed | ErrorCode::FileTypeNotMatched), _) => {
            Kind::TypeRefused
        }
        (_, ErrorKind::Transient) if busy => Kind::Busy,
        (_, ErrorKind::Transient) => Kind::Lost,
        (_, ErrorKind::Offline) if store => Kind::StoreOffline,
        (_, ErrorKind::Offline) => Kind::Offline,
        (_, ErrorKind::Auth) => Kind::TokenInvalid,
        (_, ErrorKind::Revoked) => Kind::Revoked,
        (_, ErrorKind::NoPermission) => Kind::NoPermission,
        (_, ErrorKind::Precondition) => Kind::Taken,
        (_, ErrorKind::Quota) => Kind::Quota,
        (_, ErrorKind::PermanentItem) => Kind::NameRefused,
        (_, ErrorKind::Expired) => Kind::Expired,
        (_, ErrorKind::NotFound) => Kind::Missing,
        (_, ErrorKind::Integrity) => Kind::Incomplete,
        (_, ErrorKind::StoreFull) => Kind::StoreFull,
        (_, ErrorKind::Protocol | ErrorKind::Source) => Kind::Fault,
    };
    CloudError { kind, code, detail: error.to_string(), retry_after: error.retry_after() }
}

#[cfg(test)]
mod tests {
    use albumen_client::Refusal;

    use super::*;

    fn refused(origin: Origin, status: u16, word: &str) -> Kind {
        let error = ClientError::Refused(Refusal {
            origin,
            status,
            word: word.to_owned(),
            request_id: String::new(),
            retry_after: None,
        });
        translated(&error, error.kind(), origin == Origin::Store).kind
    }

    #[test]
    fn refusals_keep_their_meaning() {
        use Origin::{Service, Store};
        for (origin, status, word, kind) in [
            (Service, 409, "SameNameDirectoryOrFileExists", Kind::Taken),
            (Service, 409, "ContentCasConflict", Kind::Stale),
            (Service, 409, "UploadComplete", Kind::AlreadyConfirmed),
            (Service, 400, "CursorExpired", Kind::CursorExpired),
            (Service, 400, "BadCrc64", Kind::BadCrc),
            (Service, 404, "UploadIncomplete", Kind::Incomplete),
            (Service, 404, "ConfirmKeyNotFound", Kind::Missing),
            (Service, 404, "DirectoryNotFound", Kind::Missing),
            (Service, 404, "SpaceNotFound", Kind::SpaceMissing),
            (Service, 400, "QuotaLimitReached", Kind::Quota),
            (Service, 400, "ExtnameNotAllowed", Kind::TypeRefused),
            (Service, 400, "IllegalFileName", Kind::NameRefused),
            (Service, 403, "DeviceRevoked", Kind::Revoked),
            (Service, 403, "NoPermission", Kind::NoPermission),
            (Service, 403, "InvalidAccessToken", Kind::TokenInvalid),
            (Service, 429, "RateLimitExceeded", Kind::Busy),
            (Service, 500, "InternalServerError", Kind::Lost),
            (Store, 403, "AccessDenied", Kind::Expired),
            (Store, 404, "NoSuchUpload", Kind::Missing),
            (Store, 507, "StoreFull", Kind::StoreFull),
            (Store, 503, "SlowDown", Kind::Lost),
        ] {
            assert_eq!(refused(origin, status, word), kind, "{status} {word}");
        }
    }
}
