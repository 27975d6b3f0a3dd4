//! Values of the model in columns and back.

use albumen_db::Row;
use albumen_model::{Crc64, Timestamp, smh::NodeType};
use serde::{Serialize, de::DeserializeOwned};

use crate::error::Error;

/// A count or a size. Databases have no unsigned numbers; ours stay far below the sign.
pub(crate) fn to_i64(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A count or a size back.
pub(crate) fn to_u64(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// A check value: all 64 bits count, so the bits are kept and not the number.
pub(crate) fn from_crc64(crc64: Crc64) -> i64 {
    crc64.get().cast_signed()
}

/// A check value back.
pub(crate) fn to_crc64(bits: i64) -> Crc64 {
    Crc64::new(bits.cast_unsigned())
}

/// A moment column.
pub(crate) fn moment(row: &Row<'_>, index: usize) -> Result<Timestamp, albumen_db::Error> {
    Ok(Timestamp::from_millis(row.get(index)?))
}

/// A moment column that may be NULL.
pub(crate) fn maybe_moment(
    row: &Row<'_>,
    index: usize,
) -> Result<Option<Timestamp>, albumen_db::Error> {
    Ok(row.get::<Option<i64>>(index)?.map(Timestamp::from_millis))
}

/// A value as JSON text.
pub(crate) fn to_json<T: Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|_| Error::Damaged("value that is no JSON"))
}

/// A value as JSON text, or NULL.
pub(crate) fn maybe_json<T: Serialize>(value: Option<&T>) -> Result<Option<String>, Error> {
    value.map(to_json).transpose()
}

/// JSON text back.
pub(crate) fn from_json<T: DeserializeOwned>(text: &str, what: &'static str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|_| Error::Damaged(what))
}

/// The word of a node's type.
pub(crate) const fn kind_word(kind: NodeType) -> &'static str {
    match kind {
        NodeType::Dir => "dir",
        NodeType::File => "file",
        NodeType::Image => "image",
        NodeType::Video => "video",
        NodeType::Symlink => "symlink",
        NodeType::Virtual => "virtual",
    }
}

/// The type of a word.
pub(crate) fn kind(word: &str) -> Result<NodeType, Error> {
    Ok(match word {
        "dir" => NodeType::Dir,
        "file" => NodeType::File,
        "image" => NodeType::Image,
        "video" => NodeType::Video,
        "symlink" => NodeType::Symlink,
        "virtual" => NodeType::Virtual,
        _ => return Err(Error::Damaged("node kind")),
    })
}
