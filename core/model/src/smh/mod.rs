//! Wire types of the SMH business API and of what we add beside it. Field names are the contract's
//! (SMH sections 3 to 12); which request is allowed when is the business of `hosting`.

mod batch;
mod change;
mod extension;
mod library;
mod node;
mod recycle;
mod space;
mod text_number;
mod token;
mod upload;
mod upload_batch;

pub use batch::{BatchReply, BatchResult, TaskReply, TaskResult, TaskState};
pub use change::{ChangeEvent, ChangeKind, DeltaCursor, DeltaPage, location};
pub use extension::{AdoptUpload, Capabilities, FenceReceipt, FenceRequest};
pub use library::{
    CreateLibraryRequest, LibraryList, LibraryRecord, LibrarySettings, NewLibrary, NewSecret,
};
pub use node::{
    CreatedDirectory, DeletedToBin, DirectoryList, FileInfo, FinalPath, NodeItem, NodeType,
};
pub use recycle::{RecycledItem, RecycledList};
pub use space::{
    CreateSpaceRequest, NewSpace, SpaceExtension, SpaceExtensionChange, SpaceItem, SpaceList,
};
#[cfg(feature = "schema")]
pub use text_number::TextNumber;
pub use text_number::{decimal, maybe_decimal};
pub use token::{TokenReply, TokenRequest};
pub use upload::{
    BeginUploadRequest, ConfirmUploadRequest, ConfirmedFile, SignedPart, UploadParameters,
    UploadPartInfo, UploadState, UploadedPart,
};
pub use upload_batch::{BatchBegin, BatchConfirm, BatchUpload, UploadBatch, UploadBatchReply};
