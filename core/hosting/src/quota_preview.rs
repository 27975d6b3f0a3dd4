//! `POST /albumen/v1/quota-preview`: what a quota would remove if its days were over now, without
//! removing anything.

use albumen_db::Tx;
use albumen_model::{ErrorCode, LibraryId, RemotePath, SpaceId, Timestamp};
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, refuse},
    over_quota,
    repository::{
        column::to_u64,
        node,
        quota::{self, Quota},
        removal::{self, Candidate, Stage},
        space,
    },
    request::{Ask, Call, Caller, Credentials},
    rules::{grant::Operation, quota as rule},
    service::Service,
};

/// Candidates looked up at once.
const BATCH: u32 = 500;
/// Files that are named in the answer; the rest is counted.
const NAMED_MAX: usize = 100;

/// Which quota, and with what in place of its own limit and order.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "QuotaPreviewRequest")]
#[serde(rename_all = "camelCase")]
pub(crate) struct Question {
    library_id: LibraryId,
    #[serde(default)]
    quota_id: Option<u64>,
    /// Instead of the number: any space under the quota.
    #[serde(default)]
    space_id: Option<SpaceId>,
    #[serde(default)]
    capacity: Option<u64>,
    #[serde(default)]
    remove_newest: Option<bool>,
}

/// How many, and how many bytes.
#[derive(Clone, Copy, Default, Serialize, JsonSchema)]
#[schemars(rename = "AmountToGo")]
pub(crate) struct Amount {
    count: u64,
    size: u64,
}

/// A file whose content would go.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FileToGo")]
#[serde(rename_all = "camelCase")]
pub(crate) struct Named {
    space_id: SpaceId,
    inode: String,
    path: RemotePath,
    size: u64,
}

/// What would go, in this order: items of the bins, earlier content, content of files.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "QuotaPreview")]
#[serde(rename_all = "camelCase")]
pub(crate) struct Preview {
    quota_id: u64,
    capacity: u64,
    /// Bytes that count now.
    size: u64,
    /// Whether the quota is set to remove anything.
    remove_when_exceed: bool,
    /// When it would; absent while it is within its limit, or is not set to.
    #[serde(skip_serializing_if = "Option::is_none")]
    remove_from: Option<Timestamp>,
    bin_items: Amount,
    versions: Amount,
    files: Amount,
    /// The first of the files.
    first_files: Vec<Named>,
}

/// Answers it. For an `admin` of the library, or with the library's secret.
pub(crate) async fn serve(service: &Service, call: &Call) -> Result<Response, Error> {
    let question: Question = call.needed()?;
    let ask = Ask {
        credentials: Credentials::of(call)?,
        library: question.library_id.clone(),
        space: question.space_id.clone(),
        operation: Operation::ManageLibrary,
    };
    let preview = service.read(ask, move |tx, caller| preview(tx, caller, &question)).await?;
    Ok(Json(preview).into_response())
}

fn find(tx: &Tx<'_>, caller: &Caller, question: &Question) -> Result<Quota, Error> {
    let found = match (question.quota_id, &question.space_id) {
        (Some(id), _) => quota::find(tx, &caller.library.id, id)?,
        (None, Some(_)) => quota::of_space(tx, caller.space()?.key)?,
        (None, None) => {
            return Err(refuse(ErrorCode::ParamInvalid, "quotaId or spaceId is needed"));
        }
    };
    let mut quota = found.ok_or(ErrorCode::QuotaNotFound)?;
    if !quota::spaces(tx, quota.id)?.iter().all(|(_, id)| caller.covers(id)) {
        return Err(ErrorCode::AccessTokenNotMatchSpace.into());
    }
    quota.capacity = question.capacity.unwrap_or(quota.capacity);
    quota.removal.newest = question.remove_newest.unwrap_or(quota.removal.newest);
    Ok(quota)
}

fn preview(tx: &Tx<'_>, caller: &Caller, question: &Question) -> Result<Preview, Error> {
    let quota = find(tx, caller, question)?;
    let used = quota::used(tx, quota.id)?;
    let mut excess = used.saturating_sub(quota.capacity);
    let mut preview = Preview {
        quota_id: to_u64(quota.id),
        capacity: quota.capacity,
        size: used,
        remove_when_exceed: quota.removal.when_exceed,
        remove_from: rule::removes_from(quota.removal, quota.over_since),
        bin_items: Amount::default(),
        versions: Amount::default(),
        files: Amount::default(),
        first_files: Vec::new(),
    };
    for stage in over_quota::stages(&quota) {
        let mut after = None;
        while excess > 0 {
            let found = removal::candidates(tx, quota.id, stage, after, BATCH)?;
            let Some(last) = found.last().copied() else { break };
            after = Some(last);
            excess = preview.add(tx, stage, found, excess)?;
        }
    }
    Ok(preview)
}

impl Preview {
    /// Adds as many as have to go; the excess that is left.
    fn add(
        &mut self,
        tx: &Tx<'_>,
        stage: Stage,
        mut found: Vec<Candidate>,
        excess: u64,
    ) -> Result<u64, Error> {
        if stage != Stage::Bin {
            let mut in_tree = Vec::with_capacity(found.len());
            for one in found {
                // What is in the bin goes with it.
                if over_quota::is_in_tree(tx, one.space, one.node)? {
                    in_tree.push(one);
                }
            }
            found = in_tree;
        }
        found.truncate(rule::enough(found.iter().map(|one| one.size), excess));
        let size: u64 = found.iter().map(|one| one.size).sum();
        let amount = match stage {
            Stage::Bin => &mut self.bin_items,
            Stage::History => &mut self.versions,
            Stage::Files { .. } => &mut self.files,
        };
        amount.count += u64::try_from(found.len()).unwrap_or(u64::MAX);
        amount.size += size;
        if matches!(stage, Stage::Files { .. }) {
            for one in found.iter().take(NAMED_MAX.saturating_sub(self.first_files.len())) {
                self.first_files.extend(named(tx, one)?);
            }
        }
        Ok(excess.saturating_sub(size))
    }
}

fn named(tx: &Tx<'_>, one: &Candidate) -> Result<Option<Named>, Error> {
    let Some((_, space_id)) = space::names(tx, one.space)? else { return Ok(None) };
    let Some(root) = space::root(tx, one.space)? else { return Ok(None) };
    let Some(path) = node::path_of(tx, root, one.id)? else { return Ok(None) };
    Ok(Some(Named { space_id, inode: one.id.to_string(), path, size: one.size }))
}
