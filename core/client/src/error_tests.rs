//! The table from what a service says to what a caller may do.

use super::*;

fn refused(origin: Origin, status: u16, word: &str) -> Error {
    Error::Refused(Refusal {
        origin,
        status,
        word: word.to_owned(),
        request_id: "r1".to_owned(),
        retry_after: None,
    })
}

#[test]
fn what_a_service_says_and_what_to_do() {
    use ErrorKind as K;
    for (status, word, kind) in [
        (400, "IllegalFileName", K::PermanentItem),
        (400, "QuotaLimitReached", K::Quota),
        (400, "BadCrc64", K::Integrity),
        (404, "UploadIncomplete", K::Integrity),
        (401, "WrongCredentials", K::Auth),
        (403, "InvalidAccessToken", K::Auth),
        (403, "DeviceRevoked", K::Revoked),
        (403, "NoPermission", K::NoPermission),
        (403, "UploadFenced", K::NotFound),
        (404, "ConfirmKeyNotFound", K::NotFound),
        (409, "ContentCasConflict", K::Precondition),
        (429, "RateLimitExceeded", K::Transient),
        (503, "ServerOverloaded", K::Transient),
        (507, "StoreFull", K::StoreFull),
        (418, "SomethingNewer", K::PermanentItem),
        (599, "", K::Transient),
        (302, "", K::Protocol),
    ] {
        assert_eq!(refused(Origin::Service, status, word).kind(), kind, "{status} {word}");
    }
}

#[test]
fn what_a_store_says_and_what_to_do() {
    use ErrorKind as K;
    for (status, word, kind) in [
        (403, "AccessDenied", K::Expired),
        (403, "SignatureDoesNotMatch", K::Expired),
        (404, "NoSuchUpload", K::NotFound),
        (400, "BadDigest", K::Integrity),
        (503, "SlowDown", K::Transient),
        (507, "InsufficientStorage", K::StoreFull),
        (400, "EntityTooLarge", K::PermanentItem),
    ] {
        assert_eq!(refused(Origin::Store, status, word).kind(), kind, "{status} {word}");
    }
}

#[test]
fn a_refusal_reads_as_a_sentence() {
    let error = refused(Origin::Service, 409, "PathConflict");
    assert_eq!(error.to_string(), "The service refused with 409 PathConflict (r1)");
    assert_eq!(error.code(), Some(ErrorCode::PathConflict));
    assert_eq!(error.request_id(), Some("r1"));
}
