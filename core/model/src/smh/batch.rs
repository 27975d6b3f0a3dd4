//! Batches and tasks (SMH sections 10 and 11).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::SpaceId;

/// What came of one item of a batch. Paths are arrays of names as they were asked for, even where
/// they cannot be paths.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct BatchResult {
    /// As the single operation would have answered.
    pub status: u16,
    /// Of a rename: where it is now. Of a delete: what was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<Vec<String>>,
    /// Of a copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy_from: Option<Vec<String>>,
    /// Of a copy from another space.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy_from_space_id: Option<SpaceId>,
    /// Of a move.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Vec<String>>,
    /// Of a move from another space.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_space_id: Option<SpaceId>,
    /// Of a copy or a move.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Vec<String>>,
    /// Of a delete to the bin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recycled_item_id: Option<u64>,
    /// Of a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Of a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Reply to a batch that was done at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BatchReply {
    /// In the order of the request.
    pub result: Vec<BatchResult>,
}

/// Reply to what goes on as a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TaskReply {
    /// Its number.
    pub task_id: u64,
}

/// A task as the older list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TaskState {
    /// Its number.
    pub task_id: u64,
    /// The same under its older name (SMH section 26, trap 12).
    pub id: u64,
    /// 202 while it runs; 200, 204, 207 or 500 at its end.
    pub status: u16,
    /// What the operation would have answered at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
}

/// A task as the newer call shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TaskResult {
    /// Its number, as a text.
    pub task_id: String,
    /// Which operation it is.
    pub task_type: String,
    /// 202 while it runs; 200, 207, 400 when all failed, or 500.
    pub status: u16,
    /// One field, named after the type.
    #[serde(flatten)]
    pub result: Map<String, Value>,
}
