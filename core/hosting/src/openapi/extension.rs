//! What Albumen adds to the contract.

use albumen_model::{
    ErrorCode as C,
    smh::{
        AdoptUpload, BatchBegin, BatchConfirm, Capabilities, FenceReceipt, FenceRequest,
        UploadBatch, UploadBatchReply, UploadParameters,
    },
};
use schemars::{Schema, SchemaGenerator, json_schema};

use super::operation::{Access, Operation, Reply, get, ok, post, reply};
use crate::{
    quota_preview::{Preview, Question},
    rules::grant::Operation as Right,
};

const MANY: &[Reply] = &[
    ok::<UploadBatchReply>("None was refused."),
    reply::<UploadBatchReply>(207, "Some were refused."),
];

fn any_object(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object" })
}

pub(super) const OPERATIONS: &[Operation] = &[
    get("capabilities", "/albumen/v1/capabilities")
        .says("What this service adds to the contract; another one knows no such route.")
        .by(Access::Public)
        .replies(&[ok::<Capabilities>("What is there.")]),
    get("openapi", "/albumen/v1/openapi.json")
        .says("This document.")
        .by(Access::Public)
        .replies(&[Reply { body: Some(any_object), ..ok::<()>("OpenAPI 3.1.") }]),
    post("fenceUploads", "/albumen/v1/uploads/fence")
        .says("End every token and every open upload of one installation of a user.")
        .by(Access::Secret)
        .body::<FenceRequest>()
        .replies(&[ok::<FenceReceipt>("What was ended.")]),
    post("adoptUpload", "/albumen/v1/uploads/{ConfirmKey}/adopt")
        .says("Go on with an upload in parts of a revoked device of the same user.")
        .needs(&[Right::HandleUpload])
        .body::<AdoptUpload>()
        .replies(&[ok::<UploadParameters>("A key and a credential of one's own.")])
        .refuses(&[
            C::ConfirmKeyNotFound,
            C::UploadNotBelongYou,
            C::UploadFenced,
            C::PathConflict,
            C::NotMultipartUpload,
            C::UploadNotFound,
        ]),
    post("beginUploads", "/albumen/v1/batch-begin/{LibraryId}/{SpaceId}")
        .says("Begin many uploads; each by itself, at most as many as the capabilities say.")
        .needs(&[Right::BeginUpload { overwrite: false }, Right::BeginUpload { overwrite: true }])
        .body::<UploadBatch<BatchBegin>>()
        .replies(MANY)
        .refuses(&[C::NoItemsProvided, C::TooManyItems]),
    post("confirmUploads", "/albumen/v1/batch-confirm/{LibraryId}/{SpaceId}")
        .says("Confirm many uploads; each by itself, at most as many as the capabilities say.")
        .needs(&[
            Right::ConfirmUpload { newly_overwrite: false },
            Right::ConfirmUpload { newly_overwrite: true },
        ])
        .body::<UploadBatch<BatchConfirm>>()
        .replies(MANY)
        .refuses(&[C::NoItemsProvided, C::TooManyItems]),
    post("previewQuota", "/albumen/v1/quota-preview")
        .says("What a quota would remove if its days were over now.")
        .needs(&[Right::ManageLibrary])
        .body::<Question>()
        .replies(&[ok::<Preview>("What would go.")])
        .refuses(&[
            C::LibraryNotFound,
            C::SpaceNotFound,
            C::AccessTokenNotMatchSpace,
            C::QuotaNotFound,
        ]),
];
