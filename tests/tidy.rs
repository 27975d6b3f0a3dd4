//! Rules about the tree itself: who may depend on whom, how long a file may be, what must exist.
//!
//! Each rule is a function over values with a table that shows it can fail; this file applies them
//! all to the real tree. It knows nothing of what the code does.

#[path = "tidy/catalogue.rs"]
mod catalogue;
#[path = "tidy/edges.rs"]
mod edges;
#[path = "tidy/links.rs"]
mod links;
#[path = "tidy/promises.rs"]
mod promises;
#[path = "tidy/text.rs"]
mod text;
#[path = "tidy/tree.rs"]
mod tree;

use tree::Tree;

/// Fails with every violation at once, so that one run shows all there is to mend.
fn assert_none(rule: &str, violations: &[String]) {
    assert!(violations.is_empty(), "{rule}:\n  {}", violations.join("\n  "));
}

/// Applies a rule over one file's path and text to each text file of the tree.
fn each_text(rule: &str, check: impl Fn(&str, &str) -> Vec<String>) {
    let tree = Tree::read();
    let violations: Vec<String> = tree
        .files
        .iter()
        .filter_map(|file| file.text.as_deref().map(|text| check(&file.path, text)))
        .flatten()
        .collect();
    assert_none(rule, &violations);
}

#[test]
fn dependencies_follow_the_arrows() {
    let metadata = tree::members();
    assert_none("Every member is known, and lies where its name says", &edges::members(&metadata));
    assert_none("Dependencies point down only", &edges::forbidden(&metadata));
}

#[test]
fn members_inherit_the_lints() {
    each_text("A member inherits the workspace's lints", edges::lints);
    let tree = Tree::read();
    let root = tree.text("clippy.toml");
    each_text("A member's clippy.toml keeps the workspace's lines", |path, text| {
        edges::clippy(path, text, root)
    });
}

#[test]
fn files_are_short() {
    each_text("Files are short", text::too_long);
}

#[test]
fn lines_are_narrow() {
    each_text("Lines are at most 100 columns wide", text::too_wide);
}

#[test]
fn files_say_what_they_own() {
    each_text("A source file begins with //!", text::no_header);
}

#[test]
fn nothing_is_left_unfinished() {
    each_text("Nothing is left unfinished or switched off", text::unfinished);
}

#[test]
fn no_path_of_some_machine_is_written_down() {
    each_text("No path of some machine is written down", text::machine_path);
}

#[test]
fn unsafe_code_sits_alone() {
    each_text("Unsafe code sits in core/sys alone", text::unsafe_code);
}

#[test]
fn the_planner_is_pure() {
    each_text("The planner sees no disk, clock or async", text::impure_plan);
}

#[test]
fn secrets_are_compared_in_constant_time() {
    each_text("A secret is compared in constant time", text::secret_compared_openly);
}

#[test]
fn the_client_side_never_names_the_secret() {
    each_text("The library's secret is unknown here", text::secret_on_client_side);
}

#[test]
fn every_source_file_is_part_of_a_target() {
    let tree = Tree::read();
    let sources = tree.with_extension("rs");
    assert_none(
        "Every .rs file is reached from a Cargo target",
        &links::unlinked(&sources, &tree::target_roots()),
    );
}

#[test]
fn the_top_level_holds_what_it_should() {
    let tree = Tree::read();
    assert_none("The top level is a short list", &tree::strangers(&tree.paths()));
    assert_none("These files exist", &tree::absent(&tree.paths()));
    assert_none("No file is over 1 MiB", &tree::heavy(&tree.files));
}

#[test]
fn both_languages_say_the_same() {
    let tree = Tree::read();
    let (en, zh) = (tree.text(tree::CATALOGUE_EN), tree.text(tree::CATALOGUE_ZH));
    assert_none("Both catalogues have the same messages", &catalogue::differences(en, zh));
    assert_none("The Chinese words are those of the glossary", &catalogue::wrong_words(zh));
}

#[test]
fn every_fuzz_target_is_on_their_page() {
    let tree = Tree::read();
    let page = tree.text("core/fuzz/README.md");
    let unlisted = promises::unlisted(page, &tree.with_extension("rs"));
    assert_none("core/fuzz/README.md lists the fuzz targets", &unlisted);
}

#[test]
fn every_promise_of_security_has_its_test() {
    let tree = Tree::read();
    let page = tree.text("core/tokens/SECURITY.md");
    assert_none(
        "Each line of core/tokens/SECURITY.md names a test",
        &promises::broken(page, &tree.with_extension("rs")),
    );
}
