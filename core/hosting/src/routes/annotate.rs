//! `POST .../directory/...?update=1`: labels and metadata, of directories and files alike (SMH
//! section 6.10 and trap 9).

use std::collections::BTreeMap;

use albumen_model::{
    ErrorCode,
    smh::{TextNumber, maybe_decimal},
};
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{ask, made::within_limits, no_content};
use crate::{
    error::{Error, refuse},
    quota,
    repository::node::{self, Annotations, Node, Said},
    request::{Call, Caller, call::with_prefix, query::not_understood},
    rules::{annotation, grant::Operation},
    service::Service,
    tree::{self, Hand},
};

/// Characters of a content type.
const CONTENT_TYPE_MAX: usize = 255;

#[derive(Default, Deserialize, JsonSchema)]
#[schemars(rename = "AnnotateRequest")]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Body {
    labels: Option<Vec<String>>,
    meta_data: Option<BTreeMap<String, Option<String>>>,
    meta_data_directive: Option<String>,
    category: Option<String>,
    local_creation_time: Option<String>,
    local_modification_time: Option<String>,
    content_type: Option<String>,
    #[serde(with = "maybe_decimal")]
    #[schemars(with = "Option<TextNumber>")]
    size: Option<u64>,
}

/// Changes what is given and keeps the rest.
pub(super) async fn update(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let path = address.directory()?;
    let body: Body = call.json()?;
    let replaces = match body.meta_data_directive.as_deref() {
        None | Some("merge") => false,
        Some("replace") => true,
        Some(_) => return Err(not_understood("metaDataDirective")),
    };
    if body.content_type.as_ref().is_some_and(|text| text.chars().count() > CONTENT_TYPE_MAX) {
        return Err(not_understood("contentType"));
    }
    service
        .write(ask(call, &address, Operation::Annotate)?, move |tx, caller, now| {
            let space = caller.space()?;
            let node = node::resolve(tx, space.root, &path)?.ok_or(ErrorCode::PathNotFound)?;
            if path.is_root() {
                return Err(ErrorCode::RootDirectoryNotAllowed.into());
            }
            let size = size(tx, caller, &node, body.size)?;
            let annotations = within_limits(said(&node, &body, replaces))?;
            let content_type = body.content_type.filter(|_| !node.is_dir());
            let said = Said { annotations, content_type, size };
            let hand = Hand::of(caller.user_id.as_str(), now);
            tree::annotate(tx, space.key, &node, &said, hand)
        })
        .await?;
    Ok(no_content())
}

fn said(node: &Node, body: &Body, replaces: bool) -> Annotations {
    let old = node.annotations.clone();
    let meta = match &body.meta_data {
        Some(given) => {
            let given = given.clone().into_iter();
            let given = given.map(|(key, value)| (with_prefix(&key), value)).collect();
            annotation::merged(old.meta, given, replaces)
        }
        None => old.meta,
    };
    let labels = body.labels.clone().or(old.labels);
    if node.is_dir() {
        return Annotations { meta, labels, ..node.annotations.clone() };
    }
    Annotations {
        meta,
        labels,
        category: body.category.clone().or(old.category),
        local_created: body.local_creation_time.clone().or(old.local_created),
        local_modified: body.local_modification_time.clone().or(old.local_modified),
    }
}

/// The size that a virtual file gets; of everything else it is what is stored.
fn size(
    tx: &albumen_db::Tx<'_>,
    caller: &Caller,
    node: &Node,
    wanted: Option<u64>,
) -> Result<Option<u64>, Error> {
    match (&node.declared, wanted) {
        (_, None) => Ok(None),
        (Some(declared), Some(size)) => {
            let more = size.saturating_sub(declared.size);
            quota::admit(tx, caller, quota::growth(caller, more, None))?;
            Ok(Some(size))
        }
        (None, Some(_)) => {
            Err(refuse(ErrorCode::ParamInvalid, "Only a virtual file can be given a size"))
        }
    }
}
