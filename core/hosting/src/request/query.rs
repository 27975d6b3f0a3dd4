//! The query string: flags and values in every spelling that clients send (SMH sections 1.3 and
//! 1.4).

use albumen_model::{ConflictStrategy, ErrorCode};
use percent_encoding::percent_decode_str;

use crate::error::{Error, refuse};

/// Parameters taken; what comes after is ignored.
const PARAMETERS_MAX: usize = 64;

/// Decoded parameters in the order they came. The first of a name counts.
#[derive(Clone, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads `a=1&b&c=`, as it stands in a URL or in a form body.
    pub(crate) fn parse(text: &str) -> Self {
        let decode = |part: &str| {
            let plain = part.replace('+', " ");
            percent_decode_str(&plain).decode_utf8_lossy().into_owned()
        };
        let pairs = text.split('&').filter(|part| !part.is_empty()).take(PARAMETERS_MAX);
        Self(
            pairs
                .map(|part| part.split_once('=').unwrap_or((part, "")))
                .map(|(name, value)| (decode(name), decode(value)))
                .collect(),
        )
    }

    /// Reads the fields of a JSON object; texts, numbers and booleans as they are written.
    pub(crate) fn from_json(object: &serde_json::Map<String, serde_json::Value>) -> Self {
        let text = |value: &serde_json::Value| match value {
            serde_json::Value::String(text) => Some(text.clone()),
            serde_json::Value::Number(number) => Some(number.to_string()),
            serde_json::Value::Bool(yes) => Some(if *yes { "1" } else { "0" }.to_owned()),
            _ => None,
        };
        let fields = object.iter().take(PARAMETERS_MAX);
        Self(fields.filter_map(|(name, value)| Some((name.clone(), text(value)?))).collect())
    }

    /// These parameters, those of `other` counting first.
    #[must_use]
    pub(crate) fn under(self, other: Self) -> Self {
        Self(other.0.into_iter().chain(self.0).collect())
    }

    fn raw(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value, if it is there and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.raw(name).filter(|value| !value.is_empty())
    }

    /// Whether a flag is set: `flag`, `flag=` and `flag=1` are, `flag=0` is not.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.raw(name).is_some_and(|value| value != "0" && value != "false")
    }

    /// Whether a switch is on: as a flag, but it must have a value.
    pub(crate) fn switch(&self, name: &str) -> bool {
        matches!(self.get(name), Some("1" | "true"))
    }

    /// A number.
    ///
    /// # Errors
    /// `ParamInvalid` for anything else.
    pub(crate) fn number(&self, name: &str) -> Result<Option<u64>, Error> {
        self.get(name).map(|text| text.parse().map_err(|_| not_understood(name))).transpose()
    }

    /// The conflict strategy, or the older `force` (SMH section 1.10).
    ///
    /// # Errors
    /// `InvalidConflictResolutionStrategy`.
    pub(crate) fn strategy(&self) -> Result<Option<ConflictStrategy>, ErrorCode> {
        if let Some(word) = self.get("conflict_resolution_strategy") {
            let strategy = word.parse();
            return strategy.map(Some).map_err(|()| ErrorCode::InvalidConflictResolutionStrategy);
        }
        Ok(match self.raw("force") {
            None => None,
            Some("0" | "false") => Some(ConflictStrategy::Rename),
            Some(_) => Some(ConflictStrategy::Overwrite),
        })
    }

    /// `order_by` or the camel-case spelling of older clients.
    pub(crate) fn order_by(&self) -> Option<&str> {
        self.get("order_by").or_else(|| self.get("orderBy"))
    }

    /// Whether the list is to be turned round.
    ///
    /// # Errors
    /// `ParamInvalid` for a word that is neither `asc` nor `desc`.
    pub(crate) fn descending(&self) -> Result<Option<bool>, Error> {
        match self.get("order_by_type").or_else(|| self.get("orderByType")) {
            None => Ok(None),
            Some(word) if word.eq_ignore_ascii_case("asc") => Ok(Some(false)),
            Some(word) if word.eq_ignore_ascii_case("desc") => Ok(Some(true)),
            Some(_) => Err(not_understood("order_by_type")),
        }
    }
}

/// The refusal of a parameter's value. The value is not repeated: it may be a secret in the wrong
/// place.
pub(crate) fn not_understood(name: &str) -> Error {
    refuse(ErrorCode::ParamInvalid, format!("The value is not understood: {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_of_section_1_4() {
        for (text, set) in [
            ("multipart", true),
            ("multipart=", true),
            ("multipart=1", true),
            ("multipart&x=2", true),
            ("multipart=0", false),
            ("multipart=false", false),
            ("x=multipart", false),
            ("", false),
        ] {
            assert_eq!(Query::parse(text).flag("multipart"), set, "{text}");
        }
    }

    #[test]
    fn strategies_of_section_1_10() {
        use ConflictStrategy::{Ask, Overwrite, Rename};
        for (text, strategy) in [
            ("", Ok(None)),
            ("conflict_resolution_strategy=ask", Ok(Some(Ask))),
            ("force=1", Ok(Some(Overwrite))),
            ("force", Ok(Some(Overwrite))),
            ("force=0", Ok(Some(Rename))),
            ("force=1&conflict_resolution_strategy=ask", Ok(Some(Ask))),
            (
                "conflict_resolution_strategy=merge",
                Err(ErrorCode::InvalidConflictResolutionStrategy),
            ),
        ] {
            assert_eq!(Query::parse(text).strategy(), strategy, "{text}");
        }
    }

    #[test]
    fn values_are_decoded_and_the_first_counts() {
        let query = Query::parse("a=%E5%8C%97+%26&a=2&b=&%63=3");
        assert_eq!(query.get("a"), Some("北 &"));
        assert_eq!((query.get("b"), query.get("c")), (None, Some("3")));
        assert!(query.number("a").is_err());
        assert_eq!(
            Query::parse("orderBy=name&orderByType=DESC").descending().ok(),
            Some(Some(true))
        );
    }
}
