//! Links for others (SMH section 18).

use albumen_model::{ErrorCode as C, smh::BatchReply};

use super::{
    operation::{Access, DONE, Operation, Reply, TO_BYTES, delete, get, ok, post, reply},
    parameters::{
        FRAME, HEIGHT, INTERNAL_DOMAIN, LIMIT, MARKER, ORDER_BY, ORDER_BY_OLD, ORDER_TYPE,
        ORDER_TYPE_OLD, SCALE, SIZE, WIDTH, flag, switch, text,
    },
};
use crate::{
    routes::share::{
        detail::Detail,
        inside::List as Inside,
        listed::{List, SearchBody},
        manage::{CreateBody, EnabledBody, Made, UpdateBody},
        save::Body as SaveBody,
        visit::{Body as Visitor, Entered, UrlDetail},
    },
    rules::grant::Operation as Right,
};

const SHARE: &str = "/api/v1/share/{LibraryId}/{SpaceOrShareId}";
const INSIDE: &str = "/api/v1/share/file/{ShareCode}/{Inodes}";

const MANAGING: Access = Access::Only("For the share's creator and for `admin`.");
const TERMS: &[C] = &[C::ShareNotFound, C::TooManyItems, C::InvalidTimeFormat];
const CLOSED: &[C] = &[
    C::ShareNotFound,
    C::ShareDisabled,
    C::ShareExpired,
    C::ShareTokenInvalid,
    C::ShareHasBeenUpdated,
    C::FileNotInShare,
    C::DirectoryNotFound,
    C::ShareFileEmpty,
    C::MarkerNotFound,
    C::CannotPreview,
    C::CannotDownload,
];

pub(super) const OPERATIONS: &[Operation] = &[
    post("createShare", SHARE)
        .row(&[91], "18")
        .says("Show directories and files of a space to whoever has the link.")
        .needs(&[Right::CreateShare])
        .body::<CreateBody>()
        .replies(&[ok::<Made>("The share.")])
        .refuses(&[
            C::EmptySpaceId,
            C::SpaceNotFound,
            C::AccessTokenNotMatchSpace,
            C::NoItemsProvided,
            C::TooManyItems,
            C::RootDirectoryNotAllowed,
            C::PathNotFound,
            C::IllegalFileName,
            C::FileNameLengthExceed,
            C::DirectoryLevelExceed,
            C::InvalidTimeFormat,
        ]),
    post("updateShare", SHARE)
        .flag("update")
        .row(&[102], "18")
        .says("Give a share new terms, and set its counters to zero.")
        .by(MANAGING)
        .body::<UpdateBody>()
        .replies(&[ok::<Made>("The share.")])
        .refuses(TERMS),
    post("setShareEnabled", SHARE)
        .flag("setEnabled")
        .row(&[101], "18")
        .says("Switch a share on or off; `adminEnabled` is for `admin` alone.")
        .by(MANAGING)
        .body::<EnabledBody>()
        .replies(&[DONE])
        .refuses(&[C::ShareNotFound]),
    get("getShareDetail", SHARE)
        .row(&[94], "18")
        .says("A share with its extraction code and how far it was used.")
        .by(Access::Only("For the share's creator, for `space_admin` of its space and `admin`."))
        .takes(&[
            flag("detail", "As clients send it; nothing else is answered without."),
            switch("with_file_info", "Show the first of the shared things."),
        ])
        .replies(&[ok::<Detail>("The share.")])
        .refuses(&[C::ShareNotFound]),
    delete("deleteShare", SHARE)
        .row(&[92], "18")
        .says("Delete a share; what it shows stays.")
        .by(MANAGING)
        .replies(&[DONE])
        .refuses(&[C::ShareNotFound]),
    get("listShares", "/api/v1/share/{LibraryId}/list")
        .row(&[97], "18")
        .says("Shares: all for `admin`, else the user's own.")
        .needs(&[Right::ReadWithToken])
        .takes(&[
            text("creatorId", "Only of this user; for `admin`."),
            LIMIT,
            MARKER,
            ORDER_BY,
            ORDER_BY_OLD,
            ORDER_TYPE,
            ORDER_TYPE_OLD,
            switch("with_file_info", "Show the first of the shared things."),
        ])
        .replies(&[ok::<List>("A page.")])
        .refuses(&[C::OrderByNotAllowed, C::MarkerNotFound]),
    post("searchShares", "/api/v1/share/{LibraryId}/search")
        .row(&[100], "18")
        .says("Shares of everybody by name, creator and time.")
        .needs(&[Right::ManageLibrary])
        .takes(&[LIMIT, MARKER])
        .body::<SearchBody>()
        .replies(&[ok::<List>("A page.")])
        .refuses(&[C::OrderByNotAllowed, C::MarkerNotFound, C::InvalidTimeFormat]),
    get("getShareUrlDetail", "/api/v1/share/url-detail/{ShareCode}")
        .row(&[95], "18")
        .says("What the page of a link shows before the door.")
        .by(Access::Public)
        .replies(&[ok::<UrlDetail>("What may be known.")])
        .refuses(&[C::ShareNotFound]),
    post("verifyExtractionCode", "/api/v1/share/verify/{ShareCode}")
        .row(&[103], "18")
        .says("Enter a share; ten wrong codes in a row make everybody wait.")
        .by(Access::Public)
        .body::<Visitor>()
        .replies(&[ok::<Entered>("A token for what is in it.")])
        .refuses(&[
            C::ShareNotFound,
            C::ShareDisabled,
            C::ShareExpired,
            C::ExtractionCodeInvalid,
            C::LoginRequired,
            C::AnonymousNotAllowed,
            C::ShareAccessDenied,
            C::InvalidAccessToken,
            C::AccessTokenNotMatchLibrary,
        ]),
    get("listShareFiles", INSIDE)
        .flag("list")
        .row(&[96], "18")
        .says("What is in a shared directory, or in the share itself.")
        .by(Access::Share)
        .takes(&[LIMIT, MARKER, ORDER_BY, ORDER_BY_OLD, ORDER_TYPE, ORDER_TYPE_OLD])
        .replies(&[ok::<Inside>("A page.")])
        .refuses(CLOSED),
    get("previewShareFile", INSIDE)
        .flag("preview")
        .row(&[98], "18")
        .says("Where a picture of a shared file is, or its bytes where none can be made; counted.")
        .by(Access::Share)
        .takes(&[SIZE, SCALE, WIDTH, HEIGHT, FRAME, INTERNAL_DOMAIN])
        .replies(&[TO_BYTES])
        .refuses(CLOSED),
    get("downloadShareFile", INSIDE)
        .flag("download")
        .row(&[93], "18")
        .says("Where the bytes of a shared file are, to keep; counted.")
        .by(Access::Share)
        .takes(&[INTERNAL_DOMAIN])
        .replies(&[TO_BYTES])
        .refuses(CLOSED),
    post("saveShareFile", "/api/v1/share/file/{ShareCode}")
        .flag("save")
        .row(&[99], "18")
        .says("Keep copies of shared things in a space of one's own.")
        .by(Access::ShareAndToken(&[
            Right::SaveShare { overwrite: false },
            Right::SaveShare { overwrite: true },
        ]))
        .body::<SaveBody>()
        .replies(KEPT)
        .refuses(&[
            C::ShareNotFound,
            C::ShareDisabled,
            C::ShareExpired,
            C::ShareTokenInvalid,
            C::ShareHasBeenUpdated,
            C::CannotSaveToNetDisk,
            C::LoginRequired,
            C::FileNotInShare,
            C::NoItemsProvided,
            C::TooManyItems,
            C::EmptySpaceId,
            C::SpaceNotFound,
            C::AccessTokenNotMatchSpace,
            C::DirectoryNotFound,
            C::IllegalFileName,
            C::FileNameLengthExceed,
            C::DirectoryLevelExceed,
            C::InvalidConflictResolutionStrategy,
            C::QuotaLimitReached,
            C::LibraryQuotaLimitReached,
        ]),
];

const KEPT: &[Reply] =
    &[ok::<BatchReply>("All is kept."), reply::<BatchReply>(207, "Some of it is not.")];
