//! Which source files belong to a target: a file that no `mod` names is dead, and its tests never
//! run.

use std::collections::{BTreeMap, BTreeSet};

/// Source files (path and text) that no target reaches from its root.
pub(crate) fn unlinked(sources: &BTreeMap<String, String>, roots: &[String]) -> Vec<String> {
    let mut reached = BTreeSet::new();
    let mut waiting: Vec<(String, bool)> = roots.iter().map(|root| (root.clone(), true)).collect();
    while let Some((path, is_root)) = waiting.pop() {
        let Some(text) = sources.get(&path) else { continue };
        if !reached.insert(path.clone()) {
            continue;
        }
        for child in children(&path, is_root, text) {
            let found = child.into_iter().find(|candidate| sources.contains_key(candidate));
            waiting.extend(found.map(|path| (path, false)));
        }
    }
    sources.keys().filter(|path| !reached.contains(*path)).cloned().collect()
}

/// For each `mod name;` of a file, the paths where its text may be.
fn children(path: &str, is_root: bool, text: &str) -> Vec<Vec<String>> {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = file.strip_suffix(".rs").unwrap_or(file);
    // Children of `a.rs` lie in `a/`; those of a root or of `mod.rs` beside it.
    let beside = is_root || stem == "mod";
    let base = if beside { folder.to_owned() } else { join(folder, stem) };
    let mut found = Vec::new();
    let mut given: Option<&str> = None;
    for line in text.lines().map(str::trim) {
        if let Some(rest) = line.strip_prefix("#[path = \"") {
            given = rest.split('"').next();
        } else if let Some(name) = declared(line) {
            found.push(match given.take() {
                Some(given) => vec![join(folder, given)],
                None => {
                    vec![join(&base, &format!("{name}.rs")), join(&base, &format!("{name}/mod.rs"))]
                }
            });
        } else if !line.starts_with('#') && !line.starts_with("//") {
            given = None;
        }
    }
    found
}

/// The name in `mod name;`, whatever its visibility.
fn declared(line: &str) -> Option<&str> {
    let line = line.split("//").next()?.trim_end().strip_suffix(';')?;
    let (visibility, name) = line.rsplit_once("mod ")?;
    let visibility = visibility.trim_end();
    let is_module = visibility.is_empty() || visibility == "pub" || visibility.starts_with("pub(");
    (is_module && name.chars().all(|c| c.is_alphanumeric() || c == '_')).then_some(name)
}

/// Joins and takes `..` steps away, as the compiler would.
fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[test]
fn a_file_that_no_mod_names_is_seen() {
    let sources: BTreeMap<String, String> = [
        ("a/src/lib.rs", "pub mod one;\npub(crate) mod two;\n#[cfg(test)]\nmod tests;"),
        ("a/src/one.rs", "mod deep; // not: mod lost;"),
        ("a/src/one/deep.rs", ""),
        ("a/src/two/mod.rs", "mod leaf;"),
        ("a/src/two/leaf.rs", ""),
        ("a/src/tests.rs", ""),
        ("a/src/lost.rs", "mod below;"),
        ("a/src/lost/below.rs", ""),
        ("a/tests/all.rs", "#[path = \"parts/given.rs\"]\nmod given;"),
        ("a/tests/parts/given.rs", ""),
        ("a/tests/forgotten.rs", "#[test] fn never_run() {}"),
    ]
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .into();
    let roots = ["a/src/lib.rs", "a/tests/all.rs"].map(str::to_owned);
    assert_eq!(
        unlinked(&sources, &roots),
        ["a/src/lost.rs", "a/src/lost/below.rs", "a/tests/forgotten.rs"]
    );
}

#[test]
fn a_declaration_is_told_from_other_lines() {
    let cases = [
        ("mod a;", Some("a")),
        ("pub mod a_b;", Some("a_b")),
        ("pub(crate) mod a;", Some("a")),
        ("mod a {", None),
        ("// mod a;", None),
        ("let mod a;", None),
        ("use crate::mod_a;", None),
    ];
    for (line, name) in cases {
        assert_eq!(declared(line), name, "{line}");
    }
}
