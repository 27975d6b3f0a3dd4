//! What an answer tells once and never again: codes, links, the secret of a second factor. Owns
//! the names under which programs and services tell them.

use serde_json::Value;

use super::learn;

/// Learns what the JSON lines of an answer tell once.
pub fn learn_answer(answer: &str) {
    for (what, text) in answer.lines().flat_map(told_once) {
        learn(what, &text);
    }
}

/// The secrets of one line, with what each is.
pub(super) fn told_once(line: &str) -> Vec<(&'static str, String)> {
    let mut told = Vec::new();
    if let Ok(value) = serde_json::from_str(line) {
        gather(&value, "", &mut told);
    }
    told
}

fn gather(value: &Value, name: &str, told: &mut Vec<(&'static str, String)>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| gather(value, name, told)),
        Value::Array(values) => values.iter().for_each(|value| gather(value, name, told)),
        Value::String(text) => match (name, text.as_str()) {
            // What failed has a code as well, in words.
            ("code", text) if is_code(text) => with_bare("a one-time code", text, told),
            ("codes" | "recovery_codes", text) => with_bare("a recovery code", text, told),
            ("link", text) if text.starts_with("albumen:") => {
                told.push(("a pairing link", text.to_owned()));
            }
            ("uri", text) if text.starts_with("otpauth:") => {
                told.push(("the address of a second factor", text.to_owned()));
                let secret = text.split_once("secret=").map(|(_, rest)| rest);
                let secret = secret.and_then(|rest| rest.split('&').next());
                told.extend(secret.map(|s| ("the secret of a second factor", s.to_owned())));
            }
            _ => {}
        },
        _ => {}
    }
}

fn with_bare(what: &'static str, code: &str, told: &mut Vec<(&'static str, String)>) {
    told.push((what, code.to_owned()));
    told.push((what, code.replace(['-', ' '], "")));
}

/// Digits alone, or groups of letters and digits.
fn is_code(text: &str) -> bool {
    let is_part = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    is_number || (text.contains('-') && text.split('-').all(is_part))
}
