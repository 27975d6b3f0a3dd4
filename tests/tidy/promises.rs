//! A page that promises something names the test that fails when the promise is broken. Owns how
//! such names are read, and that each is the name of a test.

use std::collections::{BTreeMap, BTreeSet};

/// Lines of a page's tables that name no test, and names that no test of the tree has. The last
/// column of a line holds the names; one that says why there is none holds no name.
pub(crate) fn broken(page: &str, sources: &BTreeMap<String, String>) -> Vec<String> {
    let tests: BTreeSet<&str> = sources.values().flat_map(|text| tests_of(text)).collect();
    let mut broken = Vec::new();
    for line in page.lines().filter(|line| line.starts_with("| c")) {
        let told = line.trim_end_matches('|').rsplit('|').next().unwrap_or_default();
        let names: Vec<&str> = told.split('`').skip(1).step_by(2).collect();
        if names.is_empty() && !told.contains("no test") {
            broken.push(format!("names no test: {line}"));
        }
        let unknown = names.into_iter().filter(|name| !tests.contains(name));
        broken.extend(unknown.map(|name| format!("no test is called {name}")));
    }
    broken
}

/// Fuzz targets that a page of them does not have, and such names on it that are no tests.
pub(crate) fn unlisted(page: &str, sources: &BTreeMap<String, String>) -> Vec<String> {
    let tests = sources.values().flat_map(|text| tests_of(text));
    let tests: BTreeSet<&str> = tests.filter(|name| name.starts_with("fuzz_")).collect();
    let rows = page.lines().filter(|line| line.starts_with("| "));
    let told = rows.flat_map(|line| line.split('`')).filter(|word| word.starts_with("fuzz_"));
    tests.symmetric_difference(&told.collect()).map(|name| format!("{name}: on one side")).collect()
}

/// Functions below an attribute that makes them a test, also within `proptest!`.
fn tests_of(text: &str) -> Vec<&str> {
    let mut lines = text.lines().map(str::trim);
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        if !(line.starts_with("#[test") || line.starts_with("#[tokio::test")) {
            continue;
        }
        let named = lines.find_map(|line| line.split_once("fn ").map(|(_, rest)| rest));
        found.extend(named.and_then(|rest| rest.split(['(', '<']).next()));
    }
    found
}

#[test]
fn a_promise_without_a_test_is_seen() {
    let source = "#[tokio::test]\n#[expect(x)]\nasync fn holds() {}\n#[test]\nfn b(x in 0..1) {}\n\
                  fn helper() {}";
    let sources = BTreeMap::from([("a.rs".to_owned(), source.to_owned())]);
    for (line, count) in [
        ("| cannot | get in | `holds`, `b` |", 0),
        ("| can | wait | no test: nobody minds |", 0),
        ("| cannot | get in | |", 1),
        ("| cannot | get `holds` in | `helper`, `gone` |", 2),
        ("| asset | `gone` |", 0),
    ] {
        assert_eq!(broken(line, &sources).len(), count, "{line}");
    }
}

#[test]
fn a_target_that_is_not_on_the_page_is_seen() {
    let source = "#[test]\nfn fuzz_a() {}\n#[test]\nfn other() {}\nfn fuzz_helper() {}";
    let sources = BTreeMap::from([("a.rs".to_owned(), source.to_owned())]);
    for (page, count) in
        [("| a | b | `fuzz_a` |", 0), ("`fuzz_a`", 1), ("| a | `fuzz_a` `fuzz_b` |", 1), ("", 1)]
    {
        assert_eq!(unlisted(page, &sources).len(), count, "{page}");
    }
}
