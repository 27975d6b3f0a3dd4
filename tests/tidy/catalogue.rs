//! The messages of the pages in two languages: same keys, same blanks to fill in, words of the
//! glossary.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Words that the glossary rules out, and what to say instead.
const WRONG_WORDS: &[(&str, &str)] = &[("相册", "相簿"), ("访问凭证", "访问令牌")];

/// Keys that one side lacks, empty messages, and blanks (`{name}`) that differ.
pub(crate) fn differences(en: &str, zh: &str) -> Vec<String> {
    let (en, zh) = (messages(en), messages(zh));
    let mut found = Vec::new();
    for key in en.keys().chain(zh.keys()).collect::<BTreeSet<_>>() {
        match (en.get(key), zh.get(key)) {
            (Some(_), None) => found.push(format!("{key}: not in Chinese")),
            (None, Some(_)) => found.push(format!("{key}: not in English")),
            (Some(en), Some(zh)) if en.trim().is_empty() || zh.trim().is_empty() => {
                found.push(format!("{key}: empty"));
            }
            (Some(en), Some(zh)) if blanks(en) != blanks(zh) => {
                found.push(format!("{key}: the blanks differ: {en} / {zh}"));
            }
            _ => {}
        }
    }
    found
}

/// Messages with a word that the glossary rules out.
pub(crate) fn wrong_words(zh: &str) -> Vec<String> {
    let messages = messages(zh);
    let pairs = messages.iter().flat_map(|message| WRONG_WORDS.iter().map(move |w| (message, w)));
    pairs
        .filter(|((_, text), (wrong, _))| text.contains(wrong))
        .map(|((key, _), (wrong, right))| format!("{key}: {wrong}, should be {right}"))
        .collect()
}

/// All messages by their dotted key.
fn messages(json: &str) -> BTreeMap<String, String> {
    fn walk(prefix: &str, value: &Value, into: &mut BTreeMap<String, String>) {
        match value {
            Value::Object(entries) => {
                for (key, value) in entries {
                    let key = if prefix.is_empty() { key } else { &format!("{prefix}.{key}") };
                    walk(key, value, into);
                }
            }
            Value::String(text) => drop(into.insert(prefix.to_owned(), text.clone())),
            other => panic!("Message is not text: {prefix}: {other}"),
        }
    }
    let mut found = BTreeMap::new();
    walk("", &serde_json::from_str(json).expect("a catalogue is JSON"), &mut found);
    found
}

/// The names in braces, each once: a plural may use one twice in one language only.
fn blanks(text: &str) -> BTreeSet<&str> {
    text.split('{')
        .skip(1)
        .filter_map(|rest| rest.split(['}', ',']).next())
        .filter(|name| !name.is_empty() && name.chars().all(char::is_alphanumeric))
        .collect()
}

#[test]
fn a_difference_is_seen() {
    let same = r#"{"a": {"b": "Saw {count} of {all}"}}"#;
    assert_eq!(differences(same, r#"{"a": {"b": "{all} 之 {count}"}}"#), [""; 0]);
    assert_eq!(differences(same, r#"{"a": {}}"#), ["a.b: not in Chinese"]);
    assert_eq!(differences("{}", same), ["a.b: not in English"]);
    assert_eq!(differences(same, r#"{"a": {"b": " "}}"#), ["a.b: empty"]);
    assert_eq!(differences(same, r#"{"a": {"b": "{count}"}}"#).len(), 1);
}

#[test]
fn a_wrong_word_is_seen() {
    assert_eq!(wrong_words(r#"{"a": "相簿"}"#), [""; 0]);
    assert_eq!(wrong_words(r#"{"a": "新建相册"}"#), ["a: 相册, should be 相簿"]);
}
