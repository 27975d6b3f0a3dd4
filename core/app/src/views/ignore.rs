//! What never travels, and which line says so.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Where an ignore rule stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IgnoreSource {
    /// What the program leaves out by itself.
    BuiltIn,
    /// The mapping's own text.
    Mapping,
    /// A file of rules in a folder.
    Folder,
    /// The policy of the space.
    Policy,
    /// The program's own folder.
    Own,
}

/// The ignore rules of a mapping.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct IgnoreRulesView {
    /// Its own rules, one pattern a line, in the syntax of gitignore; empty when it has none.
    pub text: String,
    /// What is left out in every folder, unless a `!pattern` of the text takes it in again.
    pub built_in: Vec<String>,
}

/// What the rules say of a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct IgnoreVerdict {
    /// The path that was asked about.
    pub path: String,
    /// The mapping that keeps it; absent when none does.
    pub mapping_id: Option<String>,
    /// Whether it is left out.
    pub ignored: bool,
    /// Where the line stands that decided; absent when no line names the path.
    #[ts(type = "string | null")]
    pub source: Option<IgnoreSource>,
    /// Which line, from 1.
    pub line: Option<u32>,
    /// The line.
    pub pattern: Option<String>,
}
