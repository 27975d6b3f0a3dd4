//! Uploads from begin to confirm (SMH section 7).

use albumen_model::{
    ErrorCode as C,
    smh::{BeginUploadRequest, ConfirmUploadRequest, ConfirmedFile, UploadParameters, UploadState},
};

use super::{
    operation::{DONE, Operation, Parameter, Reply, delete, empty, get, ok, post, put, reply},
    parameters::{
        CONTENT_CAS, FORCE, INTERNAL_DOMAIN, META, PREFER_SAME_ORIGIN, STRATEGY, TRAFFIC_LIMIT,
        WITH_CONTENT_CAS, WITH_INODE, number, switch,
    },
};
use crate::rules::grant::Operation as Right;

const FILE: &str = "/api/v1/file/{LibraryId}/{SpaceId}/{FilePath}";
const SESSION: &str = "/api/v1/file/{LibraryId}/{SpaceId}/{ConfirmKey}";

const BEGIN: &[Parameter] = &[
    STRATEGY,
    FORCE,
    CONTENT_CAS,
    number("filesize", "Bytes of the whole, if not in the body."),
    TRAFFIC_LIMIT,
    INTERNAL_DOMAIN,
    PREFER_SAME_ORIGIN,
    WITH_INODE,
    WITH_CONTENT_CAS,
    META,
];
const BEGUN: &[Reply] = &[
    reply::<UploadParameters>(201, "Where to send the bytes."),
    empty(202, "Content that begins so is there: begin again with `fullHash`."),
    ok::<ConfirmedFile>("The content was there: nothing needs to be sent."),
];
const BEGIN_RIGHTS: &[Right] =
    &[Right::BeginUpload { overwrite: false }, Right::BeginUpload { overwrite: true }];
const BEGIN_REFUSALS: &[C] = FORM_REFUSALS.split_at(1).1;
/// The first is for back ends that take no forms.
const FORM_REFUSALS: &[C] = &[
    C::FunctionNotEnabled,
    C::DirectoryNotFound,
    C::ExtnameNotAllowed,
    C::UploadToRootDirectoryNotAllowed,
    C::SameNameDirectoryOrFileExists,
    C::InvalidConflictResolutionStrategy,
    C::ContentCasConflict,
    C::SymlinkOverwriteConflict,
    C::OverwriteFileNotAllowed,
    C::RenameTooManyTimes,
    C::QuotaLimitReached,
    C::LibraryQuotaLimitReached,
];
const SESSION_REFUSALS: &[C] =
    &[C::ConfirmKeyNotFound, C::UploadNotBelongYou, C::UploadFenced, C::UploadNotFound];

pub(super) const OPERATIONS: &[Operation] = &[
    put("simpleUploadFile", FILE)
        .row(&[53], "7.1")
        .says("Begin an upload in one piece.")
        .needs(BEGIN_RIGHTS)
        .takes(BEGIN)
        .body::<BeginUploadRequest>()
        .replies(BEGUN)
        .refuses(BEGIN_REFUSALS),
    post("formUploadFile", FILE)
        .row(&[40], "7.1")
        .says("Begin an upload by a form, as pages send it.")
        .needs(BEGIN_RIGHTS)
        .takes(BEGIN)
        .body::<BeginUploadRequest>()
        .replies(BEGUN)
        .refuses(FORM_REFUSALS),
    post("multipartUploadFile", FILE)
        .flag("multipart")
        .row(&[47], "7.1")
        .says("Begin an upload in parts.")
        .needs(BEGIN_RIGHTS)
        .takes(BEGIN)
        .body::<BeginUploadRequest>()
        .replies(BEGUN)
        .refuses(BEGIN_REFUSALS),
    get("getFileUpload", SESSION)
        .flag("upload")
        .row(&[44], "7.4")
        .says("How far an upload is.")
        .needs(&[Right::HandleUpload])
        .takes(&[
            switch("no_upload_part_info", "Leave out where to send parts."),
            INTERNAL_DOMAIN,
            PREFER_SAME_ORIGIN,
        ])
        .replies(&[ok::<UploadState>("Its state.")])
        .refuses(SESSION_REFUSALS),
    post("renewMultipartUpload", SESSION)
        .flag("renew")
        .row(&[52], "7.4")
        .says("Fresh parameters for an upload in parts.")
        .needs(&[Right::HandleUpload])
        .takes(&[TRAFFIC_LIMIT, INTERNAL_DOMAIN, PREFER_SAME_ORIGIN])
        .body::<BeginUploadRequest>()
        .replies(&[ok::<UploadParameters>("Where to send the parts.")])
        .refuses(&[
            C::ConfirmKeyNotFound,
            C::UploadNotBelongYou,
            C::UploadFenced,
            C::UploadNotFound,
            C::UploadComplete,
            C::NotMultipartUpload,
        ]),
    delete("abortFileUpload", SESSION)
        .flag("upload")
        .row(&[29], "7.4")
        .says("Give an upload up.")
        .needs(&[Right::HandleUpload])
        .replies(&[DONE])
        .refuses(&[
            C::ConfirmKeyNotFound,
            C::UploadNotBelongYou,
            C::UploadFenced,
            C::UploadComplete,
        ]),
    post("completeFileUpload", SESSION)
        .flag("confirm")
        .row(&[32], "7.5")
        .says("Make a file of what was sent; a repeated one hears the same reply for a day.")
        .needs(&[
            Right::ConfirmUpload { newly_overwrite: false },
            Right::ConfirmUpload { newly_overwrite: true },
        ])
        .takes(&[
            STRATEGY,
            FORCE,
            CONTENT_CAS,
            WITH_INODE,
            WITH_CONTENT_CAS,
            number("filesize", "Taken and not looked at: what was sent is counted."),
        ])
        .body::<ConfirmUploadRequest>()
        .replies(&[ok::<ConfirmedFile>("The file.")])
        .refuses(&[
            C::ConfirmKeyNotFound,
            C::UploadNotBelongYou,
            C::UploadFenced,
            C::UploadNotFound,
            C::UploadComplete,
            C::UploadIncomplete,
            C::MultipartUploadIncomplete,
            C::MultipartUploadPartTooSmall,
            C::BadCrc64,
            C::FileNameLengthExceed,
            C::DirectoryNotFound,
            C::SameNameDirectoryOrFileExists,
            C::InvalidConflictResolutionStrategy,
            C::ContentCasConflict,
            C::SymlinkOverwriteConflict,
            C::OverwriteFileNotAllowed,
            C::RenameTooManyTimes,
            C::QuotaLimitReached,
            C::LibraryQuotaLimitReached,
        ]),
];
