//! What a search asks for, its limits, and whether a node answers it (SMH section 15).

use albumen_model::{ErrorCode, RemotePath, smh::NodeType};
use serde::{Deserialize, Serialize};

use super::kind;

/// Keywords of one search.
const KEYWORDS_MAX: usize = 100;
/// Characters of a keyword: no name is longer.
const KEYWORD_CHARS_MAX: usize = 255;
/// Extensions, labels and categories in one list.
const LIST_MAX: usize = 20;
/// Characters of an extension, its dot included.
const EXTENSION_CHARS_MAX: usize = 10;
/// Characters of a label; our choice for categories and creators as well.
const LABEL_CHARS_MAX: usize = 32;
/// Characters of a creator: a user id.
const CREATOR_CHARS_MAX: usize = 128;

/// A sort of nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Sort {
    /// Directories.
    Directory,
    /// Leaves with or without content, links left out.
    File,
    /// Links.
    Link,
    /// Leaves of this `fileType` (SMH section 6.3).
    Type(String),
}

impl Sort {
    /// Reads a word of `fileTypes` or of the older `type`. `Ok(None)`: all.
    ///
    /// # Errors
    /// `ParamInvalid` for an unknown word.
    pub(crate) fn parse(word: &str) -> Result<Option<Self>, (ErrorCode, String)> {
        let of_type = |word: &str| Ok(Some(Self::Type(word.to_owned())));
        match word {
            "all" | "" => Ok(None),
            "dir" => Ok(Some(Self::Directory)),
            "file" => Ok(Some(Self::File)),
            "symlink" => Ok(Some(Self::Link)),
            "doc" => of_type("word"),
            "xls" => of_type("excel"),
            "ppt" => of_type("powerpoint"),
            "pdf" => of_type("portable"),
            "txt" => of_type("text"),
            "word" | "excel" | "powerpoint" | "portable" | "text" | "image" | "video" | "audio"
            | "archive" | "other" => of_type(word),
            _ => Err((ErrorCode::ParamInvalid, "An unknown type of file".to_owned())),
        }
    }

    /// Whether a node is of this sort.
    pub(crate) fn has(&self, kind: NodeType, name: &str) -> bool {
        match self {
            Self::Directory => kind.is_dir(),
            Self::File => !kind.is_dir() && kind != NodeType::Symlink,
            Self::Link => kind == NodeType::Symlink,
            Self::Type(word) => !kind.is_dir() && kind::file_type_of(name) == word,
        }
    }
}

/// One search. An empty list asks for nothing in particular.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Question {
    /// In lower case; one of them must be in the name.
    pub(crate) keywords: Vec<String>,
    /// Where; the root for everywhere.
    pub(crate) scope: RemotePath,
    /// In lower case without the dot; the name must have one of them.
    pub(crate) extensions: Vec<String>,
    /// As [`Self::extensions`]; the name must have none of them.
    pub(crate) other_extensions: Vec<String>,
    /// One of them.
    pub(crate) sorts: Vec<Sort>,
    /// Bytes at least; leaves only.
    pub(crate) size_min: Option<u64>,
    /// Bytes at most; leaves only.
    pub(crate) size_max: Option<u64>,
    /// Milliseconds since 1970; not before.
    pub(crate) modified_from: Option<i64>,
    /// Not after.
    pub(crate) modified_to: Option<i64>,
    /// One of them (our choice: SMH section 15 does not say whether one or all).
    pub(crate) labels: Vec<String>,
    /// One of them.
    pub(crate) categories: Vec<String>,
    /// Made by one of them.
    pub(crate) creators: Vec<String>,
}

/// What a search looks at.
#[derive(Clone, Debug)]
pub(crate) struct Candidate<'a> {
    pub(crate) name: &'a str,
    pub(crate) kind: NodeType,
    pub(crate) size: Option<u64>,
    pub(crate) modified_ms: i64,
    pub(crate) labels: &'a [String],
    pub(crate) category: Option<&'a str>,
    pub(crate) user_id: &'a str,
}

/// The form in which names and keywords are compared: lower case, of every script that has one.
pub(crate) fn folded(text: &str) -> String {
    text.to_lowercase()
}

/// The extension of a name in lower case, without the dot; empty without one.
pub(crate) fn extension(name: &str) -> String {
    let after = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty());
    after.map(|(_, extension)| extension.to_lowercase()).unwrap_or_default()
}

/// An extension as a request writes it, as it is compared.
pub(crate) fn plain_extension(text: &str) -> String {
    text.trim().trim_start_matches('.').to_lowercase()
}

impl Question {
    /// Refuses more than SMH section 15.1 allows.
    ///
    /// # Errors
    /// `SearchTooComplex` for too many, `ParamInvalid` for too long.
    pub(crate) fn check(&self) -> Result<(), (ErrorCode, String)> {
        let lists = [
            ("keywords", &self.keywords, KEYWORDS_MAX, KEYWORD_CHARS_MAX),
            ("inExtnames", &self.extensions, LIST_MAX, EXTENSION_CHARS_MAX),
            ("excludeExtnames", &self.other_extensions, LIST_MAX, EXTENSION_CHARS_MAX),
            ("labels", &self.labels, LIST_MAX, LABEL_CHARS_MAX),
            ("categories", &self.categories, LIST_MAX, LABEL_CHARS_MAX),
            ("creators", &self.creators, LIST_MAX, CREATOR_CHARS_MAX),
        ];
        for (name, list, most, longest) in lists {
            if list.len() > most {
                let message = format!("More than {most} values: {name}");
                return Err((ErrorCode::SearchTooComplex, message));
            }
            if list.iter().any(|text| text.chars().count() > longest) {
                let message = format!("A value is over {longest} characters: {name}");
                return Err((ErrorCode::ParamInvalid, message));
            }
        }
        if self.sorts.len() > LIST_MAX {
            let message = format!("More than {LIST_MAX} values: fileTypes");
            return Err((ErrorCode::SearchTooComplex, message));
        }
        Ok(())
    }

    /// How many of the keywords are in the name.
    pub(crate) fn hits(&self, name: &str) -> usize {
        let name = folded(name);
        self.keywords.iter().filter(|word| name.contains(word.as_str())).count()
    }

    /// Whether a node answers it, wherever it is.
    pub(crate) fn matches(&self, node: &Candidate<'_>) -> bool {
        let within = |value: Option<u64>| {
            let Some(value) = value else { return false };
            self.size_min.is_none_or(|min| value >= min)
                && self.size_max.is_none_or(|max| value <= max)
        };
        let one_of = |list: &[String], value: &str| {
            list.is_empty() || list.iter().any(|wanted| wanted == value)
        };
        let sized = self.size_min.is_some() || self.size_max.is_some();
        let by_extension = !self.extensions.is_empty() || !self.other_extensions.is_empty();
        let extension = if by_extension { extension(node.name) } else { String::new() };
        (!sized || within(node.size))
            && self.modified_from.is_none_or(|from| node.modified_ms >= from)
            && self.modified_to.is_none_or(|to| node.modified_ms <= to)
            && (self.sorts.is_empty() || self.sorts.iter().any(|s| s.has(node.kind, node.name)))
            && (self.extensions.is_empty()
                || (!node.kind.is_dir() && self.extensions.contains(&extension)))
            && !self.other_extensions.contains(&extension)
            && one_of(&self.categories, node.category.unwrap_or_default())
            && one_of(&self.creators, node.user_id)
            && (self.labels.is_empty() || node.labels.iter().any(|l| self.labels.contains(l)))
            && (self.keywords.is_empty() || self.hits(node.name) > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: Candidate<'_> = Candidate {
        name: "Été in 北京.JPG",
        kind: NodeType::Image,
        size: Some(100),
        modified_ms: 50,
        labels: &[],
        category: Some("trip"),
        user_id: "ann",
    };

    fn words(list: &[&str]) -> Vec<String> {
        list.iter().map(|&word| word.to_owned()).collect()
    }

    fn no_question() -> Question {
        Question::default()
    }

    #[test]
    fn every_filter_of_section_15_1() {
        let with = |list: &[&str]| Question { keywords: words(list), ..no_question() };
        let ext = |list: &[&str]| Question { extensions: words(list), ..no_question() };
        let sort = |word: &str| {
            let sort = Sort::parse(word).unwrap();
            Question { sorts: sort.into_iter().collect(), ..no_question() }
        };
        for (question, found) in [
            (no_question(), true),
            (with(&["été"]), true),
            (with(&["北京"]), true),
            (with(&["nothing", "jpg"]), true),
            (with(&["nothing"]), false),
            (ext(&["jpg"]), true),
            (ext(&["png"]), false),
            (Question { other_extensions: words(&["jpg"]), ..no_question() }, false),
            (Question { other_extensions: words(&["png"]), ..no_question() }, true),
            (sort("all"), true),
            (sort("file"), true),
            (sort("image"), true),
            (sort("dir"), false),
            (sort("symlink"), false),
            (sort("pdf"), false),
            (Question { size_min: Some(100), size_max: Some(100), ..no_question() }, true),
            (Question { size_min: Some(101), ..no_question() }, false),
            (Question { size_max: Some(99), ..no_question() }, false),
            (Question { modified_from: Some(50), modified_to: Some(50), ..no_question() }, true),
            (Question { modified_from: Some(51), ..no_question() }, false),
            (Question { modified_to: Some(49), ..no_question() }, false),
            (Question { categories: words(&["work", "trip"]), ..no_question() }, true),
            (Question { categories: words(&["work"]), ..no_question() }, false),
            (Question { creators: words(&["bob"]), ..no_question() }, false),
            (Question { labels: words(&["red"]), ..no_question() }, false),
        ] {
            assert_eq!(question.matches(&NODE), found, "{question:?}");
        }
        let red = words(&["red", "blue"]);
        let node = Candidate { labels: &red, ..NODE };
        let question = Question { labels: words(&["green", "blue"]), ..no_question() };
        assert!(question.matches(&node));
        let dir = Candidate { kind: NodeType::Dir, size: None, ..NODE };
        assert!(sort("dir").matches(&dir) && !sort("image").matches(&dir));
        assert!(!ext(&["jpg"]).matches(&dir));
        assert!(!Question { size_min: Some(0), ..no_question() }.matches(&dir));
    }

    #[test]
    fn limits_of_section_15_1() {
        use ErrorCode::{ParamInvalid, SearchTooComplex};
        let many = |n: usize| vec!["x".to_owned(); n];
        let long = |n: usize| vec!["x".repeat(n)];
        for (question, code) in [
            (Question { keywords: many(100), ..no_question() }, None),
            (Question { keywords: many(101), ..no_question() }, Some(SearchTooComplex)),
            (Question { extensions: many(21), ..no_question() }, Some(SearchTooComplex)),
            (Question { other_extensions: many(21), ..no_question() }, Some(SearchTooComplex)),
            (Question { labels: many(21), ..no_question() }, Some(SearchTooComplex)),
            (Question { categories: many(21), ..no_question() }, Some(SearchTooComplex)),
            (Question { extensions: long(11), ..no_question() }, Some(ParamInvalid)),
            (Question { labels: long(32), ..no_question() }, None),
            (Question { labels: long(33), ..no_question() }, Some(ParamInvalid)),
        ] {
            assert_eq!(question.check().err().map(|(code, _)| code), code);
        }
        assert!(Sort::parse("colour").is_err());
    }
}
