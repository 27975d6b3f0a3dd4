//! The OpenAPI document of this service, made from the code: tables of operations, one file a group
//! of them, and the types that requests are read into and replies are written from.
//!
//! It answers nothing and decides nothing. What keeps it true are tests: each documented operation
//! is asked at a running service, each request that the suites send must be in here, and each reply
//! that they get must have the documented status, code and schema.

mod access;
mod batches;
mod bin;
mod console;
mod directories;
mod extension;
mod files;
mod history;
mod left_out;
mod making;
mod marked;
mod operation;
mod parameters;
mod quotas;
mod schemas;
mod search;
mod shares;
mod spaces;
mod tokens;
mod uploads;
mod write;

use std::sync::LazyLock;

use bytes::Bytes;
use operation::Operation;
use serde_json::Value;

pub(crate) use schemas::node;

/// Every group.
const GROUPS: &[&[Operation]] = &[
    tokens::OPERATIONS,
    spaces::OPERATIONS,
    directories::OPERATIONS,
    uploads::OPERATIONS,
    files::OPERATIONS,
    making::OPERATIONS,
    batches::OPERATIONS,
    bin::OPERATIONS,
    history::OPERATIONS,
    quotas::OPERATIONS,
    search::OPERATIONS,
    marked::OPERATIONS,
    shares::OPERATIONS,
    left_out::OPERATIONS,
    extension::OPERATIONS,
    console::OPERATIONS,
];

/// The document, as JSON of OpenAPI 3.1.
pub fn openapi() -> Value {
    let operations: Vec<&Operation> = GROUPS.iter().copied().flatten().collect();
    write::document(&operations)
}

/// The same as it is served.
pub(crate) fn served() -> Bytes {
    static SERVED: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(openapi().to_string()));
    SERVED.clone()
}
