//! Parameters that many operations take, and what stands in paths.

use super::operation::{Kind, Parameter};

const fn query(name: &'static str, kind: Kind, says: &'static str) -> Parameter {
    Parameter { name, is_header: false, is_required: false, kind, says }
}

/// A text of the query.
pub(super) const fn text(name: &'static str, says: &'static str) -> Parameter {
    query(name, Kind::Text, says)
}

/// A switch of the query.
pub(super) const fn switch(name: &'static str, says: &'static str) -> Parameter {
    query(name, Kind::Switch, says)
}

/// A flag of the query.
pub(super) const fn flag(name: &'static str, says: &'static str) -> Parameter {
    query(name, Kind::Flag, says)
}

/// A number of the query, zero allowed.
pub(super) const fn number(name: &'static str, says: &'static str) -> Parameter {
    query(name, Kind::Integer { min: 0, max: None }, says)
}

/// A number of the query within these.
pub(super) const fn within(
    name: &'static str,
    (min, max): (u64, u64),
    says: &'static str,
) -> Parameter {
    query(name, Kind::Integer { min, max: Some(max) }, says)
}

/// One of some words of the query.
pub(super) const fn words(
    name: &'static str,
    words: &'static [&'static str],
    says: &'static str,
) -> Parameter {
    query(name, Kind::Words(words), says)
}

/// A header.
pub(super) const fn header(name: &'static str, says: &'static str) -> Parameter {
    Parameter { name, is_header: true, is_required: false, kind: Kind::Text, says }
}

/// The same parameter, which must be there.
pub(super) const fn needed(parameter: Parameter) -> Parameter {
    Parameter { is_required: true, ..parameter }
}

pub(super) const USER_ID: Parameter =
    text("user_id", "A user to act for; counts only with a token of nobody that grants `admin`.");
pub(super) const STRATEGY: Parameter = words(
    "conflict_resolution_strategy",
    &["ask", "rename", "overwrite"],
    "What happens when the name is taken: refuse, take a free name, replace.",
);
pub(super) const FORCE: Parameter =
    flag("force", "The older form of the strategy: `1` replaces, `0` takes a free name.");
pub(super) const CONTENT_CAS: Parameter =
    text("content_cas", "A stamp that the content there must have, or it is refused.");
pub(super) const WITH_INODE: Parameter = switch("with_inode", "Show inodes.");
pub(super) const WITH_CONTENT_CAS: Parameter =
    switch("with_content_cas", "Show stamps of the content.");
pub(super) const WITH_FAVORITE: Parameter =
    switch("with_favorite_status", "Show what the caller has marked.");
pub(super) const LIMIT: Parameter =
    number("limit", "Rows of a page; more than the most is the most.");
pub(super) const MARKER: Parameter = text("marker", "Where the page before said to go on.");
pub(super) const BY_MARKER: Parameter = flag("by-marker", "Pages by marker, as without a flag.");
pub(super) const PAGE: Parameter = number("page", "Which page, from 1.");
pub(super) const PAGE_SIZE: Parameter =
    number("page_size", "Rows of a page; `page` times it is at most 10000.");
pub(super) const OFFSET: Parameter = number("offset", "Rows to skip, at most 10000.");
pub(super) const ORDER_BY: Parameter = text("order_by", "What the rows are sorted by.");
pub(super) const ORDER_BY_OLD: Parameter = text("orderBy", "The older name of `order_by`.");
pub(super) const ORDER_TYPE: Parameter =
    words("order_by_type", &["asc", "desc"], "Whether it is turned round.");
pub(super) const ORDER_TYPE_OLD: Parameter =
    words("orderByType", &["asc", "desc"], "The older name of `order_by_type`.");
pub(super) const PERMANENT: Parameter = switch("permanent", "Past the bin.");
pub(super) const WITH_PATH: Parameter = switch("with_path", "Show paths.");
pub(super) const HISTORY_ID: Parameter =
    number("history_id", "The number of an earlier version to read instead of the latest.");
pub(super) const TRAFFIC_LIMIT: Parameter = within(
    "traffic_limit",
    (102_400, 104_857_600),
    "Bytes a second that the object store sends or takes at most.",
);
pub(super) const PURPOSE: Parameter =
    words("purpose", &["download", "preview", "list"], "What for; `preview` is noted as a use.");
pub(super) const PERIOD: Parameter =
    text("period", "Taken and not looked at: a signed address is good for 20 minutes.");
pub(super) const DISPOSITION: Parameter = words(
    "content_disposition",
    &["inline", "attachment"],
    "How the object store names the content to a browser.",
);
pub(super) const INTERNAL_DOMAIN: Parameter =
    text("internal_domain", "Taken and not looked at: there is one address.");
pub(super) const PREFER_SAME_ORIGIN: Parameter =
    text("prefer_same_origin", "Taken and not looked at: there is one address.");
pub(super) const META: Parameter = header(
    "x-smh-meta-*",
    "Custom metadata: any number of headers with this prefix, kept with the file.",
);
pub(super) const SIZE: Parameter = within("size", (1, 4096), "Edge of a square picture.");
pub(super) const SCALE: Parameter = within("scale", (1, 100), "Percent of the original.");
pub(super) const WIDTH: Parameter = within("width_size", (1, 4096), "The most width.");
pub(super) const HEIGHT: Parameter = within("height_size", (1, 4096), "The most height.");
pub(super) const FRAME: Parameter = within("frame_number", (0, 500), "Which frame of a GIF.");

/// What stands for a place in a path: its name and what it is.
pub(super) const PLACES: &[(&str, &str)] = &[
    ("LibraryId", "The library."),
    ("SpaceId", "The space; `-` is the only one of a library of one space."),
    ("SpaceIds", "Spaces, separated by commas."),
    ("AccessToken", "The token itself."),
    ("DirectoryPath", "A directory or an album, its names joined by `/`; empty is the root."),
    ("NodePath", "A directory or a file, its names joined by `/`; empty is the root."),
    ("FilePath", "A file, its names joined by `/`; each percent-encoded, or the whole."),
    ("AlbumName", "The album."),
    ("ConfirmKey", "The upload session, as begin named it."),
    ("Inode", "The inode of a file or a directory."),
    ("TaskIds", "Numbers of tasks, separated by commas; at most 100 count."),
    ("TaskId", "The number of the task."),
    ("RecycledItemId", "The number of the item in the bin."),
    ("HistoryId", "The number of the version."),
    ("SpaceOrQuotaId", "A space, or the number of a quota where no space is called so."),
    ("SearchId", "The search, as its beginning named it."),
    ("SpaceOrShareId", "Of a new share the space that it is of, else the share."),
    ("ShareCode", "The code of the link."),
    ("Inodes", "Inodes from what is shared down, joined by `/`; empty is the share itself."),
    ("Rest", "What the operation is about."),
];
