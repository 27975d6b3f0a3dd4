//! Leaves that are made without an upload (SMH sections 9.4 to 9.6).

use albumen_model::{
    ErrorCode as C,
    smh::{ConfirmedFile, FinalPath},
};

use super::{
    operation::{Operation, ok, put},
    parameters::{FORCE, META, STRATEGY, WITH_CONTENT_CAS, WITH_INODE},
};
use crate::{
    routes::made::{LinkBody, TemplateBody, VirtualBody, VirtualReply},
    rules::grant::Operation as Right,
};

const FILE: &str = "/api/v1/file/{LibraryId}/{SpaceId}/{FilePath}";

const MAKING: &[C] = &[
    C::DirectoryNotFound,
    C::ExtnameNotAllowed,
    C::UploadToRootDirectoryNotAllowed,
    C::SameNameDirectoryOrFileExists,
    C::InvalidConflictResolutionStrategy,
    C::SymlinkOverwriteConflict,
    C::OverwriteFileNotAllowed,
    C::RenameTooManyTimes,
    C::QuotaLimitReached,
    C::LibraryQuotaLimitReached,
];

pub(super) const OPERATIONS: &[Operation] = &[
    put("createSymlink", FILE)
        .key("linkTo")
        .row(&[35], "9.5")
        .says("Make a link to a file.")
        .needs(&[
            Right::CreateSymlink { overwrite: false },
            Right::CreateSymlink { overwrite: true },
        ])
        .takes(&[STRATEGY, FORCE])
        .body::<LinkBody>()
        .replies(&[ok::<FinalPath>("Where it is.")])
        .refuses(&[
            C::InvalidSourceFile,
            C::FileNotFound,
            C::DirectoryNotFound,
            C::SymlinkToDirectoryNotAllowed,
            C::UnsupportedFileType,
            C::SymlinkOverwriteConflict,
            C::SymlinkDepthLimitExceeded,
            C::CircleSymlink,
            C::RootLinkFileNotFound,
            C::SameNameDirectoryOrFileExists,
            C::InvalidConflictResolutionStrategy,
            C::OverwriteFileNotAllowed,
            C::RenameTooManyTimes,
            C::ExtnameNotAllowed,
            C::UploadToRootDirectoryNotAllowed,
        ]),
    put("createVirtualFile", FILE)
        .flag("virtual_file")
        .row(&[36], "9.6")
        .says("Make a file without content, which counts as much as it says.")
        .needs(&[
            Right::CreateVirtual { overwrite: false },
            Right::CreateVirtual { overwrite: true },
        ])
        .takes(&[STRATEGY, FORCE])
        .body::<VirtualBody>()
        .replies(&[ok::<VirtualReply>("Where it is.")])
        .refuses(MAKING),
    put("createFromTemplate", FILE)
        .key("fromTemplate")
        .row(&[117], "9.4")
        .says("Make an empty office file; a name that is taken gets a number.")
        .needs(&[Right::CreateFromTemplate])
        .takes(&[STRATEGY, FORCE, WITH_INODE, WITH_CONTENT_CAS, META])
        .body::<TemplateBody>()
        .replies(&[ok::<ConfirmedFile>("The file.")])
        .refuses(MAKING),
];
