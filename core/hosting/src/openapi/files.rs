//! Files that are read, moved, copied, deleted, and nodes by inode (SMH sections 8 and 9).

use albumen_model::{
    ErrorCode as C,
    smh::{DeletedToBin, FileInfo, NodeItem},
};

use super::{
    operation::{DONE, Operation, Parameter, Reply, TO_BYTES, delete, get, head, ok, put},
    parameters::{
        CONTENT_CAS, DISPOSITION, FORCE, FRAME, HEIGHT, HISTORY_ID, INTERNAL_DOMAIN, PERIOD,
        PERMANENT, PREFER_SAME_ORIGIN, PURPOSE, SCALE, SIZE, STRATEGY, TRAFFIC_LIMIT, WIDTH,
        WITH_CONTENT_CAS, WITH_FAVORITE, WITH_INODE, switch, text,
    },
};
use crate::{
    routes::{
        inode::Deletion,
        transfer::{Body as Source, FileReply},
    },
    rules::grant::Operation as Right,
};

const FILE: &str = "/api/v1/file/{LibraryId}/{SpaceId}/{FilePath}";

const READING: &[C] = &[
    C::FileNotFound,
    C::DirectoryHistoryNotFound,
    C::RootLinkFileNotFound,
    C::FileRemovedByQuota,
    C::ContentCasConflict,
    C::CosObjectNonexistent,
];
/// What a HEAD tells, and a redirect beside the address.
const DESCRIPTION: &[(&str, &str)] = &[
    ("x-smh-type", "What it is."),
    ("x-smh-creation-time", "First upload."),
    ("x-smh-modification-time", "Last overwrite."),
    ("x-smh-content-type", "As stored."),
    ("x-smh-size", "Bytes."),
    ("x-smh-etag", "Of the content."),
    ("x-smh-crc64", "Of the content."),
    ("x-smh-content-cas", "Stamp of the content, with `with_content_cas=1`."),
    ("x-smh-meta-*", "Custom metadata: any number of headers with this prefix."),
];
const DESCRIBED_ADDRESS: &[(&str, &str)] = &[
    ("Location", "A signed address at the object store, good for 20 minutes."),
    ("x-smh-type", "What it is."),
    ("x-smh-creation-time", "First upload."),
    ("x-smh-modification-time", "Last overwrite."),
    ("x-smh-content-type", "As stored."),
    ("x-smh-size", "Bytes."),
    ("x-smh-etag", "Of the content."),
    ("x-smh-crc64", "Of the content."),
    ("x-smh-content-cas", "Stamp of the content, with `with_content_cas=1`."),
    ("x-smh-meta-*", "Custom metadata: any number of headers with this prefix."),
];
const PREVIEW: &[Parameter] = &[
    SIZE,
    SCALE,
    WIDTH,
    HEIGHT,
    FRAME,
    HISTORY_ID,
    CONTENT_CAS,
    PURPOSE,
    DISPOSITION,
    TRAFFIC_LIMIT,
    text("type", "Taken and not looked at: a preview is a picture."),
];

pub(super) const OPERATIONS: &[Operation] = &[
    get("downloadFile", FILE)
        .row(&[38, 39], "8.1")
        .says("Where the bytes of a file are.")
        .needs(&[Right::Read])
        .takes(&[
            HISTORY_ID,
            CONTENT_CAS,
            WITH_CONTENT_CAS,
            PURPOSE,
            DISPOSITION,
            TRAFFIC_LIMIT,
            PERIOD,
            INTERNAL_DOMAIN,
            PREFER_SAME_ORIGIN,
            text("transcoding_template_id", "Taken and not looked at: nothing is transcoded here."),
        ])
        .replies(&[Reply { headers: DESCRIBED_ADDRESS, ..TO_BYTES }])
        .refuses(READING),
    head("checkFileStatus", FILE)
        .row(&[31], "8.2")
        .says("Whether a file is there, and what is known of it.")
        .needs(&[Right::Read])
        .takes(&[HISTORY_ID, CONTENT_CAS, WITH_CONTENT_CAS])
        .replies(&[Reply { status: 200, says: "It is.", body: None, headers: DESCRIPTION }])
        .refuses(READING),
    get("infoFile", FILE)
        .flag("info")
        .row(&[45], "8.3")
        .says("What is known of a file, with a signed address of its bytes.")
        .needs(&[Right::Read])
        .takes(&[
            switch("pre_check", "Without an address."),
            HISTORY_ID,
            CONTENT_CAS,
            WITH_INODE,
            WITH_CONTENT_CAS,
            WITH_FAVORITE,
            PURPOSE,
            DISPOSITION,
            TRAFFIC_LIMIT,
            PERIOD,
            INTERNAL_DOMAIN,
            PREFER_SAME_ORIGIN,
        ])
        .replies(&[ok::<FileInfo>("The file.")])
        .refuses(READING),
    get("previewFile", FILE)
        .flag("preview")
        .row(&[41, 49], "8.4")
        .says("Where a small picture of a file is; the bytes themselves where none can be made.")
        .needs(&[Right::Read])
        .takes(PREVIEW)
        .replies(&[TO_BYTES])
        .refuses(READING),
    delete("deleteFile", FILE)
        .row(&[37], "9.1")
        .says("Delete a file, into the bin where there is one.")
        .needs(&[Right::DeleteFile { permanent: false }, Right::DeleteFile { permanent: true }])
        .takes(&[PERMANENT, CONTENT_CAS])
        .replies(&[ok::<DeletedToBin>("It is in the bin."), DONE])
        .refuses(&[C::FileNotFound, C::ContentCasConflict]),
    put("copyFile", FILE)
        .key("copyFrom")
        .row(&[34], "9.2")
        .says("Copy a file to this path; its content is not copied.")
        .needs(&[Right::CopyFile { overwrite: false }, Right::CopyFile { overwrite: true }])
        .takes(&[STRATEGY, FORCE, CONTENT_CAS, WITH_CONTENT_CAS])
        .body::<Source>()
        .replies(&[ok::<FileReply>("Where it is.")])
        .refuses(PLACING),
    put("moveFile", FILE)
        .key("from")
        .row(&[46], "9.3")
        .says("Move or rename a file to this path.")
        .needs(&[Right::MoveFile { overwrite: false }, Right::MoveFile { overwrite: true }])
        .takes(&[STRATEGY, FORCE, CONTENT_CAS, WITH_CONTENT_CAS])
        .body::<Source>()
        .replies(&[ok::<FileReply>("Where it is.")])
        .refuses(PLACING),
    get("getFileInfoByInode", "/api/v1/inode/{LibraryId}/{SpaceId}/{Inode}")
        .row(&[43], "8.5")
        .says("What is known of a directory or a file, by its inode.")
        .needs(&[Right::Read])
        .takes(&[WITH_INODE, WITH_CONTENT_CAS, WITH_FAVORITE])
        .replies(&[ok::<NodeItem>("It.")])
        .refuses(&[C::PathNotFound]),
    get("checkFileDeletion", "/api/v1/file-deletion-check/{LibraryId}/{SpaceId}/{Inode}")
        .row(&[30], "8.6")
        .says("Why and when something was deleted.")
        .needs(&[Right::InspectSpace])
        .replies(&[ok::<Deletion>("What is known.")])
        .refuses(&[C::FileNotFound, C::PathNotFound]),
];

const PLACING: &[C] = &[
    C::InvalidSourceFile,
    C::SourceFileNotFound,
    C::InvalidDestinationPath,
    C::DirectoryNotFound,
    C::SameNameDirectoryOrFileExists,
    C::InvalidConflictResolutionStrategy,
    C::ContentCasConflict,
    C::SymlinkOverwriteConflict,
    C::OverwriteFileNotAllowed,
    C::RenameTooManyTimes,
    C::ExtnameNotAllowed,
    C::FileTypeNotMatched,
    C::UploadToRootDirectoryNotAllowed,
    C::RootLinkFileNotFound,
    C::CircleSymlink,
    C::QuotaLimitReached,
    C::LibraryQuotaLimitReached,
    C::SpaceNotFound,
    C::AccessTokenNotMatchSpace,
];
