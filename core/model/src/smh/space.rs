//! Tenant spaces (SMH section 4).

use serde::{Deserialize, Serialize};

use crate::{SpaceId, Timestamp, UserId};

/// Body of `POST /api/v1/space/{LibraryId}` (SMH section 4.1). Everything may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct CreateSpaceRequest {
    /// Reads without a token.
    pub is_public_read: bool,
    /// Files live in albums; only settable here.
    pub is_multi_album: bool,
    /// Pictures may be uploaded; off unless told otherwise (SMH section 26, trap 21).
    pub allow_photo: bool,
    /// Films may be uploaded; off likewise.
    pub allow_video: bool,
    /// Extensions allowed for pictures, with the dot; empty is no limit.
    pub allow_photo_extname: Vec<String>,
    /// Extensions allowed for films, with the dot; empty is no limit.
    pub allow_video_extname: Vec<String>,
    /// Extensions allowed in a file library, with the dot; empty is no limit.
    pub allow_file_extname: Vec<String>,
    /// Flagged content is refused.
    pub recognize_sensitive_content: bool,
    /// A free word of the caller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub space_tag: Option<String>,
}

/// Reply to a created space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct NewSpace {
    /// Its id.
    pub space_id: SpaceId,
}

/// One row of the space list (SMH section 4.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SpaceItem {
    /// Its id.
    pub space_id: SpaceId,
    /// Who created it.
    pub user_id: UserId,
    /// When.
    pub creation_time: Timestamp,
}

/// `GET /api/v1/space/{LibraryId}/list`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SpaceList {
    /// The rows of this page.
    pub list: Vec<SpaceItem>,
    /// Where the next page begins; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
}

/// Attributes of a space (SMH section 4.4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct SpaceExtension {
    /// See [`CreateSpaceRequest::is_public_read`].
    pub is_public_read: bool,
    /// See [`CreateSpaceRequest::is_multi_album`].
    pub is_multi_album: bool,
    /// See [`CreateSpaceRequest::allow_photo`].
    pub allow_photo: bool,
    /// See [`CreateSpaceRequest::allow_video`].
    pub allow_video: bool,
    /// See [`CreateSpaceRequest::allow_photo_extname`].
    pub allow_photo_extname: Vec<String>,
    /// See [`CreateSpaceRequest::allow_video_extname`].
    pub allow_video_extname: Vec<String>,
    /// File libraries only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_file_extname: Option<Vec<String>>,
    /// See [`CreateSpaceRequest::recognize_sensitive_content`].
    pub recognize_sensitive_content: bool,
    /// Only if set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub space_tag: Option<String>,
}

/// A partial change of the attributes (SMH section 4.5): what is absent keeps its value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct SpaceExtensionChange {
    /// New value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_public_read: Option<bool>,
    /// New value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_photo: Option<bool>,
    /// New value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_video: Option<bool>,
    /// New value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_photo_extname: Option<Vec<String>>,
    /// New value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_video_extname: Option<Vec<String>>,
    /// New value; file libraries only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_file_extname: Option<Vec<String>>,
    /// New value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recognize_sensitive_content: Option<bool>,
    /// `Some(None)` (null on the wire) clears it.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub space_tag: Option<Option<String>>,
}

/// Tells "null" from "absent": runs only when the field is there.
fn present<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_null_tag_clears_an_absent_one_stays() {
        let read = |json| serde_json::from_str::<SpaceExtensionChange>(json).unwrap().space_tag;
        assert_eq!(read("{}"), None);
        assert_eq!(read(r#"{"spaceTag":null}"#), Some(None));
        assert_eq!(read(r#"{"spaceTag":"team"}"#), Some(Some("team".to_owned())));
    }
}
