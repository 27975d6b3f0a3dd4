//! Rules over the text of one file.

/// The longest file of source text, in lines: what a reader can hold in mind.
const LINES_MAX: usize = 400;
/// The longest component of a page, in lines.
const COMPONENT_LINES_MAX: usize = 250;
/// The widest line of Rust, in characters: what rustfmt wraps at.
const COLUMNS_MAX: usize = 100;

/// Names that are split here, so that this file does not break its own rules.
const UNFINISHED: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
    concat!("#[ign", "ore"),
    concat!("test.sk", "ip("),
    concat!("it.sk", "ip("),
    concat!("test.on", "ly("),
    concat!("it.on", "ly("),
];

const MACHINE_PATHS: &[&str] =
    &[concat!("/tm", "p/"), concat!("/wo", "rk/"), concat!("/ro", "ot/"), HOME_FOLDERS];

/// Where people's folders are; an invented person may have one, in tests and in sample data.
const HOME_FOLDERS: &str = concat!("/ho", "me/");

/// What the pure planner may not name.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::io",
    "std::env",
    "std::thread",
    "tokio",
    "futures",
    "rusqlite",
    "albumen_client",
    "Instant",
    "SystemTime",
    "async fn",
    ".await",
];

/// The part after the last dot of the file's name, empty where there is none.
pub(crate) fn extension(path: &str) -> &str {
    let name = path.rsplit('/').next().expect("split gives one part at least");
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}

fn is_rust(path: &str) -> bool {
    extension(path) == "rs"
}

/// What a program wrote, or what is another's text.
fn is_made(path: &str) -> bool {
    path.ends_with("package-lock.json") || path == "Cargo.lock" || path.starts_with("LICENSE-")
}

/// Violations as `path:line: what`, for each line that holds one of the needles as a whole word.
fn lines_with(path: &str, text: &str, needles: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for needle in needles {
            if has_word(line, needle) {
                found.push(format!("{path}:{}: {needle}", index + 1));
            }
        }
    }
    found
}

/// Whether the line holds the needle, not inside a longer word.
fn has_word(line: &str, needle: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(needle).any(|(at, _)| {
        let before = line[..at].chars().next_back().filter(|c| is_word(*c));
        let after = line[at + needle.len()..].chars().next().filter(|c| is_word(*c));
        let open_start = !needle.starts_with(is_word);
        let open_end = !needle.ends_with(is_word);
        (open_start || before.is_none()) && (open_end || after.is_none())
    })
}

/// A file with more lines than its kind may have.
pub(crate) fn too_long(path: &str, text: &str) -> Vec<String> {
    let max = match extension(path) {
        "rs" | "ts" | "js" | "mjs" | "css" | "sh" | "py" => LINES_MAX,
        "svelte" => COMPONENT_LINES_MAX,
        "" if text.starts_with("#!") => LINES_MAX,
        _ => return Vec::new(),
    };
    let lines = text.lines().count();
    if lines > max { vec![format!("{path}: {lines} lines, at most {max}")] } else { Vec::new() }
}

/// A line of Rust that is too wide.
pub(crate) fn too_wide(path: &str, text: &str) -> Vec<String> {
    if !is_rust(path) {
        return Vec::new();
    }
    let wide = text.lines().enumerate().filter(|(_, line)| line.chars().count() > COLUMNS_MAX);
    wide.map(|(index, _)| format!("{path}:{}", index + 1)).collect()
}

/// A source file that does not begin by saying what it owns.
pub(crate) fn no_header(path: &str, text: &str) -> Vec<String> {
    if is_rust(path) && !text.starts_with("//! ") { vec![path.to_owned()] } else { Vec::new() }
}

/// Work left for later, and tests that are switched off.
pub(crate) fn unfinished(path: &str, text: &str) -> Vec<String> {
    if is_made(path) { Vec::new() } else { lines_with(path, text, UNFINISHED) }
}

/// Whether what a file holds is made up.
fn is_invented(path: &str) -> bool {
    let folders = path.split('/').any(|part| part == "tests" || part == "fake");
    folders || path.ends_with("tests.rs") || path.ends_with(".test.ts")
}

/// A folder that exists on one machine only.
pub(crate) fn machine_path(path: &str, text: &str) -> Vec<String> {
    if is_made(path) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for needle in MACHINE_PATHS {
            if *needle == HOME_FOLDERS && is_invented(path) {
                continue;
            }
            // `https://host/work/` and `a/tmp/b` are no such folders: only a path from the root is.
            let from_root = line.match_indices(needle).any(|(at, _)| {
                let before = line[..at].chars().next_back();
                before.is_none_or(|c| !(c.is_alphanumeric() || "/.-_~}>)$".contains(c)))
            });
            if from_root {
                found.push(format!("{path}:{}: {needle}", index + 1));
            }
        }
    }
    found
}

/// `unsafe` in code outside the one member that may use it.
pub(crate) fn unsafe_code(path: &str, text: &str) -> Vec<String> {
    if !is_rust(path) || path.starts_with("core/sys/") {
        return Vec::new();
    }
    let needles = [
        concat!("uns", "afe {"),
        concat!("uns", "afe fn"),
        concat!("uns", "afe impl"),
        concat!("uns", "afe extern"),
        concat!("allow(uns", "afe_code"),
    ];
    lines_with(path, text, &needles)
}

/// A secret's text held against another text: how long that takes tells how much of it is right.
pub(crate) fn secret_compared_openly(path: &str, text: &str) -> Vec<String> {
    let is_code = path.starts_with("core/") && path.contains("/src/") && is_rust(path);
    if !is_code || path.ends_with("tests.rs") {
        return Vec::new();
    }
    let lines = text.lines().enumerate();
    let compares = |line: &str| [" == ", " != "].iter().any(|sign| line.contains(sign));
    lines
        .filter(|(_, line)| {
            line.contains(".expose()") && compares(line) && !line.contains("assert")
        })
        .map(|(index, line)| format!("{path}:{}: {}", index + 1, line.trim()))
        .collect()
}

#[test]
fn a_secret_that_is_compared_openly_is_seen() {
    let cases = [
        ("core/tokens/src/a.rs", "if given.expose() == known.expose() {", true),
        ("core/tokens/src/a.rs", "if known != given.expose().trim() {", true),
        ("core/tokens/src/a.rs", "given.expose().as_bytes().ct_eq(known)", false),
        ("core/tokens/src/a.rs", "let at = given.expose().len();", false),
        ("core/tokens/tests/a.rs", "given.expose() == known", false),
        ("core/tokens/src/a_tests.rs", "given.expose() == known", false),
    ];
    for (path, line, seen) in cases {
        assert_eq!(!secret_compared_openly(path, line).is_empty(), seen, "{line}");
    }
}

/// A name in the planner's files that would let it look at the world.
pub(crate) fn impure_plan(path: &str, text: &str) -> Vec<String> {
    let is_plan = path == "core/sync/src/plan.rs" || path.starts_with("core/sync/src/plan/");
    if is_plan && is_rust(path) { lines_with(path, text, IMPURE) } else { Vec::new() }
}

/// The library's secret named where only clients live.
pub(crate) fn secret_on_client_side(path: &str, text: &str) -> Vec<String> {
    let is_client = ["core/sync/", "src-tauri/", "ui/src/"].iter().any(|at| path.starts_with(at));
    let names = ["LibrarySecret", "library_secret", "librarySecret"];
    if is_client { lines_with(path, text, &names) } else { Vec::new() }
}

#[test]
fn a_long_file_is_seen() {
    let cases = [
        ("a.rs", 400, false),
        ("a.rs", 401, true),
        ("a.ts", 401, true),
        ("a.svelte", 250, false),
        ("a.svelte", 251, true),
        ("a.md", 4000, false),
    ];
    for (path, lines, refused) in cases {
        assert_eq!(!too_long(path, &"x\n".repeat(lines)).is_empty(), refused, "{path} {lines}");
    }
    assert_eq!(too_long(".ci/run", &"#!x\n".repeat(401)).len(), 1);
}

#[test]
fn a_wide_line_is_seen() {
    assert_eq!(too_wide("a.rs", &"相".repeat(100)), [""; 0]);
    assert_eq!(too_wide("a.rs", &format!("\n{}", "x".repeat(101))), ["a.rs:2"]);
    assert_eq!(too_wide("a.md", &"x".repeat(101)), [""; 0]);
}

#[test]
fn a_missing_header_is_seen() {
    assert_eq!(no_header("a.rs", "//! Owns a.\n"), [""; 0]);
    assert_eq!(no_header("a.rs", "use b;\n"), ["a.rs"]);
    assert_eq!(no_header("a.rs", ""), ["a.rs"]);
}

#[test]
fn unfinished_work_is_seen() {
    for word in UNFINISHED {
        assert_eq!(unfinished("a.rs", &format!("let a; // {word}")).len(), 1, "{word}");
    }
    assert_eq!(unfinished("a.rs", concat!("fn to", "do_list() {}")), [""; 0]);
    assert_eq!(unfinished("a.rs", concat!("let MASTO", "DON = 1;")), [""; 0]);
}

#[test]
fn a_path_of_a_machine_is_seen() {
    for root in MACHINE_PATHS {
        assert_eq!(machine_path("a.sh", &format!("cp a {root}b")).len(), 1, "{root}");
        assert_eq!(machine_path("a.sh", &format!("cp a \"{root}b\"")).len(), 1, "{root}");
        assert_eq!(machine_path("a.sh", &format!("https://a.example{root}b")), [""; 0]);
        assert_eq!(machine_path("a.sh", &format!("$dir{root}b")), [""; 0]);
        let invented = machine_path("ui/src/backend/fake/data.ts", &format!("'{root}lin/a.jpg'"));
        assert_eq!(invented.is_empty(), *root == HOME_FOLDERS, "{root}");
    }
}

#[test]
fn unsafe_code_is_seen() {
    let code = concat!("let a = uns", "afe { b() };");
    assert_eq!(unsafe_code("core/model/src/a.rs", code).len(), 1);
    assert_eq!(unsafe_code("core/sys/src/a.rs", code), [""; 0]);
    assert_eq!(unsafe_code("core/model/src/a.rs", "//! It is unsafe to guess."), [""; 0]);
}

#[test]
fn an_impure_planner_is_seen() {
    for name in IMPURE {
        let line = format!("use {name};");
        assert_eq!(impure_plan("core/sync/src/plan/cell.rs", &line).len(), 1, "{name}");
        assert_eq!(impure_plan("core/sync/src/scan.rs", &line), [""; 0]);
    }
    assert_eq!(impure_plan("core/sync/src/plan.rs", "let instantly = 1;"), [""; 0]);
}

#[test]
fn the_secret_on_the_client_side_is_seen() {
    assert_eq!(secret_on_client_side("ui/src/a.ts", "librarySecret: string").len(), 1);
    assert_eq!(secret_on_client_side("core/tokens/src/a.rs", "LibrarySecret"), [""; 0]);
}
