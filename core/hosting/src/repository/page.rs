//! Positions in lists: the opaque marker and the SQL that goes on after it.

use albumen_db::Value;
use albumen_model::ErrorCode;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The longest marker taken: a name of 255 characters in base64 and room.
const MARKER_MAX: usize = 4096;

/// What a list is sorted by: a fixed SQL expression over a row, never caller's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SortKey {
    /// The wire word.
    pub(crate) word: &'static str,
    /// The expression; never NULL.
    pub(crate) sql: &'static str,
}

/// The value of the sort key in the last row given out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Key {
    /// A number or a moment.
    Number(i64),
    /// A text, bytewise.
    Text(String),
}

impl Key {
    fn value(&self) -> Value {
        match self {
            Self::Number(number) => Value::Integer(*number),
            Self::Text(text) => Value::Text(text.clone()),
        }
    }
}

/// Where the next page begins. Opaque to clients; refused for a list sorted otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Marker {
    /// Names the list's order and filter: a marker is good for just that.
    #[serde(rename = "o")]
    pub(crate) order: String,
    /// Which run of the list: directories come before leaves.
    #[serde(rename = "r")]
    pub(crate) run: usize,
    #[serde(rename = "k")]
    pub(crate) key: Key,
    /// Breaks ties.
    #[serde(rename = "i")]
    pub(crate) id: i64,
}

impl Marker {
    /// As the wire has it.
    pub(crate) fn encode(&self) -> Result<String, Error> {
        let json = serde_json::to_vec(self).map_err(|_| Error::Damaged("marker"))?;
        Ok(URL_SAFE_NO_PAD.encode(json))
    }

    /// Reads one for a list of this order.
    ///
    /// # Errors
    /// `MarkerNotFound` for anything that is not ours.
    pub(crate) fn decode(text: &str, order: &str) -> Result<Self, ErrorCode> {
        let marker: Option<Self> = (text.len() <= MARKER_MAX)
            .then(|| URL_SAFE_NO_PAD.decode(text).ok())
            .flatten()
            .and_then(|json| serde_json::from_slice(&json).ok());
        marker.filter(|marker| marker.order == order).ok_or(ErrorCode::MarkerNotFound)
    }
}

/// `ORDER BY` of a key with the id as tie-break.
pub(crate) fn order_by(key: SortKey, descending: bool) -> String {
    let direction = if descending { "DESC" } else { "ASC" };
    format!("ORDER BY {} {direction}, n.id {direction}", key.sql)
}

/// The condition that a row comes after the marker, with its two values.
pub(crate) fn after(key: SortKey, descending: bool, marker: &Marker) -> (String, [Value; 2]) {
    let sign = if descending { '<' } else { '>' };
    let sql = format!("({}, n.id) {sign} (?, ?)", key.sql);
    (sql, [marker.key.value(), Value::Integer(marker.id)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_good_for_its_own_order_only() {
        let marker = Marker {
            order: "name".to_owned(),
            run: 1,
            key: Key::Text("北京 \"1\".jpg".to_owned()),
            id: 7,
        };
        let text = marker.encode().unwrap();
        assert_eq!(Marker::decode(&text, "name"), Ok(marker));
        assert_eq!(Marker::decode(&text, "size"), Err(ErrorCode::MarkerNotFound));
        for bad in ["", "17", "not a marker", &"A".repeat(5000)] {
            assert_eq!(Marker::decode(bad, "name"), Err(ErrorCode::MarkerNotFound), "{bad}");
        }
    }
}
