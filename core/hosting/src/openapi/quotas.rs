//! Limits over spaces (SMH section 14).

use albumen_model::ErrorCode as C;

use super::operation::{DONE, Operation, get, ok, post, put, reply};
use crate::{
    routes::quota::{Body, NewQuota, QuotaReply},
    rules::grant::Operation as Right,
};

const QUOTA: &str = "/api/v1/quota/{LibraryId}/{SpaceOrQuotaId}";

pub(super) const OPERATIONS: &[Operation] = &[
    post("createQuota", "/api/v1/quota/{LibraryId}")
        .row(&[78], "14")
        .says("Set a limit over one space or several.")
        .needs(&[Right::ManageLibrary])
        .body::<Body>()
        .replies(&[reply::<NewQuota>(201, "The new quota.")])
        .refuses(&[
            C::FunctionNotEnabled,
            C::QuotaSpacesRequired,
            C::QuotaSpacesInvalid,
            C::QuotaCapacityRequired,
            C::QuotaCapacityInvalid,
            C::QuotaCapacityLessThanSize,
            C::DuplicateQuota,
            C::AccessTokenNotMatchSpace,
        ]),
    get("getQuota", QUOTA)
        .row(&[79, 80], "14")
        .says("The limit that a space is under, or one by its number.")
        .needs(&[Right::ManageLibrary])
        .replies(&[ok::<QuotaReply>("The quota.")])
        .refuses(&[C::SpaceNotFound, C::NoQuota, C::QuotaNotFound, C::AccessTokenNotMatchSpace]),
    put("updateQuota", QUOTA)
        .row(&[82, 83], "14")
        .says("Change the limit that a space is under, or one by its number.")
        .needs(&[Right::ManageLibrary])
        .body::<Body>()
        .replies(&[DONE])
        .refuses(&[
            C::FunctionNotEnabled,
            C::SpaceNotFound,
            C::NoQuota,
            C::QuotaNotFound,
            C::QuotaSpacesRequired,
            C::QuotaSpacesInvalid,
            C::QuotaCapacityRequired,
            C::QuotaCapacityInvalid,
            C::QuotaCapacityLessThanSize,
            C::DuplicateQuota,
            C::AccessTokenNotMatchSpace,
        ]),
    get("getSpaceQuota", "/api/v1/space-quota/{LibraryId}/{SpaceId}")
        .row(&[81], "14")
        .says("The limit that a space is under, for who administers the space.")
        .needs(&[Right::InspectSpace])
        .replies(&[ok::<QuotaReply>("The quota.")])
        .refuses(&[C::NoQuota]),
];
