//! What searches bring in their bodies, new and old.

use albumen_model::{
    ErrorCode, RemotePath, Timestamp,
    smh::{TextNumber, maybe_decimal},
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    error::{Error, refuse},
    request::query::not_understood,
    rules::{
        aggregate::Wanted,
        search::{Question, Sort, folded, plain_extension},
    },
};

/// One word or several.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Words {
    One(String),
    Many(Vec<String>),
}

impl Words {
    /// As a list.
    pub(in crate::routes) fn list(self) -> Vec<String> {
        match self {
            Self::One(word) => vec![word],
            Self::Many(words) => words,
        }
    }
}

/// Body of `search-fs`; `orderBy` and `orderByType` have no effect by contract.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[schemars(rename = "SearchRequest")]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Body {
    r#type: Option<String>,
    keywords: Option<Vec<String>>,
    scope: Option<String>,
    in_extnames: Option<Vec<String>>,
    exclude_extnames: Option<Vec<String>>,
    file_types: Option<Words>,
    #[serde(with = "maybe_decimal")]
    #[schemars(with = "Option<TextNumber>")]
    min_file_size: Option<u64>,
    #[serde(with = "maybe_decimal")]
    #[schemars(with = "Option<TextNumber>")]
    max_file_size: Option<u64>,
    modification_time_start: Option<String>,
    modification_time_end: Option<String>,
    labels: Option<Vec<String>>,
    categories: Option<Vec<String>>,
    pub(super) marker: Option<String>,
}

/// Body of `search-fs-stats`.
#[derive(Default, Deserialize, JsonSchema)]
#[schemars(rename = "SearchStatsRequest")]
#[serde(default)]
pub(crate) struct StatsBody {
    #[serde(flatten)]
    pub(super) filters: Body,
    pub(super) aggregations: Vec<Wanted>,
}

/// Body of `space-contents`. `searchMode`, `orderBy`, `orderByType` and `tags` have no effect.
#[derive(Default, Deserialize, JsonSchema)]
#[schemars(rename = "OlderSearchRequest")]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct OlderBody {
    keyword: Option<String>,
    scope: Option<String>,
    r#type: Option<Words>,
    extname: Option<Words>,
    #[serde(with = "maybe_decimal")]
    #[schemars(with = "Option<TextNumber>")]
    min_file_size: Option<u64>,
    #[serde(with = "maybe_decimal")]
    #[schemars(with = "Option<TextNumber>")]
    max_file_size: Option<u64>,
    modification_time_start: Option<String>,
    modification_time_end: Option<String>,
    labels: Option<Vec<String>>,
    categories: Option<Vec<String>>,
    creators: Option<Vec<Creator>>,
}

/// A user id, or an object with one.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "SearchCreator")]
#[serde(untagged)]
pub(crate) enum Creator {
    Plain(String),
    #[serde(rename_all = "camelCase")]
    Object {
        user_id: String,
    },
}

fn list(words: Option<Vec<String>>) -> Vec<String> {
    words.unwrap_or_default().into_iter().filter(|word| !word.trim().is_empty()).collect()
}

fn extensions(words: Option<Vec<String>>) -> Vec<String> {
    list(words).iter().map(|word| plain_extension(word)).collect()
}

/// A directory as a body writes it: plain, with slashes.
fn scope(text: Option<String>) -> Result<RemotePath, Error> {
    RemotePath::parse(&text.unwrap_or_default()).map_err(|_| {
        refuse(ErrorCode::InvalidSpaceOrDirectoryPath, "The scope is no path of a directory")
    })
}

/// RFC 3339, or milliseconds since 1970 as older pages say.
pub(in crate::routes) fn moment(text: Option<String>) -> Result<Option<i64>, Error> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let moment = Timestamp::parse(&text).map(Timestamp::millis).or_else(|| text.parse().ok());
    let message = "Times are written as in RFC 3339";
    moment.map(Some).ok_or_else(|| refuse(ErrorCode::InvalidTimeFormat, message))
}

fn sorts(words: Option<Words>) -> Result<Vec<Sort>, Error> {
    let parsed: Vec<Option<Sort>> = words
        .map(Words::list)
        .unwrap_or_default()
        .iter()
        .map(|word| Sort::parse(word))
        .collect::<Result<_, _>>()?;
    // `all` beside others is still all.
    let all = parsed.iter().any(Option::is_none);
    Ok(if all { Vec::new() } else { parsed.into_iter().flatten().collect() })
}

impl Body {
    /// Refuses searches in the contents of files.
    pub(super) fn check_type(&self) -> Result<(), Error> {
        match self.r#type.as_deref() {
            None | Some("" | "filename") => Ok(()),
            Some("filecontent") => {
                let message = "Search in the contents of files is not offered here";
                Err(refuse(ErrorCode::FunctionNotEnabled, message))
            }
            Some(_) => Err(not_understood("type")),
        }
    }

    /// What is asked.
    pub(super) fn question(&self) -> Result<Question, Error> {
        let body = self.clone();
        let question = Question {
            keywords: list(body.keywords).iter().map(|word| folded(word)).collect(),
            scope: scope(body.scope)?,
            extensions: extensions(body.in_extnames),
            other_extensions: extensions(body.exclude_extnames),
            sorts: sorts(body.file_types)?,
            size_min: body.min_file_size,
            size_max: body.max_file_size,
            modified_from: moment(body.modification_time_start)?,
            modified_to: moment(body.modification_time_end)?,
            labels: list(body.labels),
            categories: list(body.categories),
            creators: Vec::new(),
        };
        question.check()?;
        Ok(question)
    }
}

impl OlderBody {
    /// What is asked.
    pub(super) fn question(self) -> Result<Question, Error> {
        let keyword = self.keyword.unwrap_or_default();
        let creator = |creator| match creator {
            Creator::Plain(id) | Creator::Object { user_id: id } => id,
        };
        let question = Question {
            keywords: keyword.split_whitespace().map(folded).collect(),
            scope: scope(self.scope)?,
            extensions: extensions(self.extname.map(Words::list)),
            other_extensions: Vec::new(),
            sorts: sorts(self.r#type)?,
            size_min: self.min_file_size,
            size_max: self.max_file_size,
            modified_from: moment(self.modification_time_start)?,
            modified_to: moment(self.modification_time_end)?,
            labels: list(self.labels),
            categories: list(self.categories),
            creators: self.creators.unwrap_or_default().into_iter().map(creator).collect(),
        };
        question.check()?;
        Ok(question)
    }
}
