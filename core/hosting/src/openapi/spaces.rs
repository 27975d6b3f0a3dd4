//! Tenant spaces and usage (SMH sections 4 and 5).

use albumen_model::{
    ErrorCode as C,
    smh::{
        CreateSpaceRequest, NewSpace, SpaceExtension, SpaceExtensionChange, SpaceItem, SpaceList,
    },
};

use super::{
    operation::{DONE, Operation, delete, get, ok, post, reply},
    parameters::{
        LIMIT, MARKER, ORDER_BY, ORDER_BY_OLD, ORDER_TYPE, ORDER_TYPE_OLD, WITH_PATH, switch, text,
        words,
    },
};
use crate::{
    routes::{
        space::SpaceCount,
        tenant::{Counts, FlatPage, Size, TrafficLimit},
        usage::{LibraryUsage, SpaceUsage, TagSize},
    },
    rules::grant::Operation as Right,
};

const LIBRARY: &str = "/api/v1/space/{LibraryId}";
const SPACE: &str = "/api/v1/space/{LibraryId}/{SpaceId}";
const EXTENSION: &str = "/api/v1/space/{LibraryId}/{SpaceId}/extension";

pub(super) const OPERATIONS: &[Operation] = &[
    post("createSpace", LIBRARY)
        .row(&[5], "4.1")
        .says("Make a space.")
        .needs(&[Right::CreateSpace])
        .takes(&[text("space_id", "Its id: 2 to 32 of `a-z0-9-`; without one it gets one.")])
        .body::<CreateSpaceRequest>()
        .replies(&[reply::<NewSpace>(201, "The new space.")])
        .refuses(&[C::NotMultiSpaceLibrary, C::SpaceIdInvalid, C::SpaceIdTaken]),
    delete("deleteSpace", SPACE)
        .row(&[6], "4.6")
        .says("Remove a space, its open uploads and its tokens.")
        .needs(&[Right::DeleteSpace])
        .takes(&[switch("force", "Also one that holds something.")])
        .replies(&[DONE])
        .refuses(&[C::NotMultiSpaceLibrary, C::SpaceNotEmpty]),
    get("listSpace", "/api/v1/space/{LibraryId}/list")
        .row(&[12], "4.2")
        .says("Spaces by id: all for `admin`, else those that the user made.")
        .needs(&[Right::ListSpaces])
        .takes(LISTING)
        .replies(&[ok::<SpaceList>("A page.")])
        .refuses(LISTING_REFUSALS),
    get("listSpaceOlder", LIBRARY)
        .row(&[112], "21")
        .says("The same as a bare array.")
        .needs(&[Right::ListSpaces])
        .takes(LISTING)
        .replies(&[ok::<Vec<SpaceItem>>("A page.")])
        .refuses(LISTING_REFUSALS),
    get("getLibrarySpaceCount", "/api/v1/space/{LibraryId}/count")
        .row(&[9], "4.3")
        .says("How many spaces there are: all for `admin`, else those that the user made.")
        .needs(&[Right::ListSpaces])
        .replies(&[ok::<SpaceCount>("The number.")])
        .refuses(&[C::NotMultiSpaceLibrary]),
    get("getSpaceExtension", EXTENSION)
        .row(&[10], "4.4")
        .says("Attributes of a space.")
        .needs(&[Right::ReadSpace])
        .replies(&[ok::<SpaceExtension>("The attributes.")])
        .refuses(&[C::NotMultiSpaceLibrary]),
    post("updateSpaceExtension", EXTENSION)
        .row(&[14], "4.5")
        .says("Change attributes of a space; what is left out stays.")
        .needs(&[Right::UpdateSpace])
        .body::<SpaceExtensionChange>()
        .replies(&[DONE])
        .refuses(&[C::NotMultiSpaceLibrary]),
    get("getSpaceSize", "/api/v1/space/{LibraryId}/{SpaceId}/size")
        .row(&[11], "4.7")
        .says("Bytes that a space holds, bin and history among them.")
        .needs(&[Right::ReadSpace])
        .replies(&[ok::<Size>("The size.")]),
    get("getFileCountInSpace", "/api/v1/space/{LibraryId}/{SpaceId}/file-count")
        .row(&[8], "4.8")
        .says("How many files and directories a space holds.")
        .needs(&[Right::InspectSpace])
        .replies(&[ok::<Counts>("The numbers.")]),
    get("getContentsView", "/api/v1/space/{LibraryId}/{SpaceId}/contents-view")
        .row(&[7], "4.9")
        .says("Everything of a space in one list.")
        .needs(&[Right::ReadFlat])
        .takes(&[
            LIMIT,
            MARKER,
            ORDER_BY,
            ORDER_BY_OLD,
            ORDER_TYPE,
            ORDER_TYPE_OLD,
            words("filter", &["onlyDir", "onlyFile"], "Directories only, or all else only."),
            text("category", "Only those of this category."),
            WITH_PATH,
        ])
        .replies(&[ok::<FlatPage>("A page.")])
        .refuses(&[C::MarkerNotFound]),
    post("setSpaceTrafficLimit", "/api/v1/space/{LibraryId}/{SpaceId}/traffic-limit")
        .row(&[13], "4.10")
        .says("Set how fast content of a space may be fetched; -1 is without a limit.")
        .needs(&[Right::UpdateSpace])
        .body::<TrafficLimit>()
        .replies(&[DONE]),
    get("getLibraryUsage", "/api/v1/usage/{LibraryId}")
        .row(&[15], "5.1")
        .says("Bytes that all spaces hold together.")
        .needs(&[Right::ManageLibrary])
        .replies(&[ok::<LibraryUsage>("The usage.")]),
    get("getUsage", "/api/v1/usage/{LibraryId}/{SpaceIds}")
        .row(&[16], "5.2")
        .says("Bytes that some spaces hold, and their room.")
        .needs(&[Right::InspectSpace])
        .replies(&[ok::<Vec<SpaceUsage>>("A row a space.")])
        .refuses(&[
            C::EmptySpaceId,
            C::SpaceNotFound,
            C::AccessTokenNotMatchSpace,
            C::TooManyItems,
        ]),
    get("getSpaceSizeByTag", "/api/v1/stats/{LibraryId}/space-size")
        .row(&[113], "5.3")
        .says("Bytes that the spaces of each tag hold.")
        .needs(&[Right::ManageLibrary])
        .takes(&[text("space_tag", "Only of this tag.")])
        .replies(&[ok::<Vec<TagSize>>("A row a tag.")]),
];

const LISTING: &[super::operation::Parameter] = &[
    LIMIT,
    MARKER,
    text("ordered", "Taken and not looked at: spaces are always in the order of their ids."),
    text("prefix", "Only ids that begin so."),
    text("start_name", "Only ids after this one; not looked at beside a marker."),
];
const LISTING_REFUSALS: &[C] = &[C::NotMultiSpaceLibrary, C::MarkerNotFound];
