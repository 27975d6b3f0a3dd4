//! Licences of what is built in: each package's own expression must be satisfied by the allowed
//! list.

use serde_json::Value;
use spdx::{Expression, ParseMode};

/// The list that deny.toml holds.
pub(crate) fn allowed(deny: &str) -> Vec<String> {
    let deny: toml::Table = deny.parse().expect("deny.toml is TOML");
    let list = deny["licenses"]["allow"].as_array().expect("licenses.allow is a list");
    list.iter().map(|entry| entry.as_str().expect("a licence is text").to_owned()).collect()
}

/// Packages whose licence is missing, unreadable or not allowed.
pub(crate) fn refused(packages: &[Value], allowed: &[String]) -> Vec<String> {
    packages
        .iter()
        .filter_map(|package| {
            let licence = package["license"].as_str().unwrap_or("none stated");
            let fine = Expression::parse_mode(licence, ParseMode::LAX)
                .is_ok_and(|parsed| parsed.evaluate(|one| allowed.contains(&one.to_string())));
            (!fine).then(|| format!("{}: {licence}", package["name"]))
        })
        .collect()
}

#[test]
fn a_licence_off_the_list_is_seen() {
    let allowed = allowed("[licenses]\nallow = ['MIT', 'Apache-2.0 WITH LLVM-exception']");
    let cases = [
        (Some("MIT"), true),
        (Some("MIT/Apache-2.0"), true),
        (Some("GPL-3.0-only OR MIT"), true),
        (Some("GPL-3.0-only AND MIT"), false),
        (Some("Apache-2.0"), false),
        (Some("Apache-2.0 WITH LLVM-exception"), true),
        (Some("something of my own"), false),
        (None, false),
    ];
    for (licence, fine) in cases {
        let package = serde_json::json!({ "name": "a", "license": licence });
        assert_eq!(refused(&[package], &allowed).is_empty(), fine, "{licence:?}");
    }
}
