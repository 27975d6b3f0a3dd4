//! What is left out, set and asked about in a terminal.

use std::fs;

use crate::{Bench, Serving, error_code, last_line};

#[test]
fn a_rule_is_set_obeyed_and_told() {
    let bench = Bench::new();
    let serving = Serving::start(&bench, &bench.path("dev"));
    assert!(serving.login(&bench, "h", serving.text("password")).status.success());
    let photos = bench.photos(3);
    let draft = photos.join("draft.psd");
    fs::write(&draft, "no picture of the library's").unwrap();
    let add = ["map", "add", photos.to_str().unwrap(), "--per-folder", "--json"];
    let mapped = last_line(&bench.run("h", &add));
    let id = mapped["id"].as_str().unwrap();

    let rules = bench.path("rules");
    let set = || bench.run("h", &["ignore", "set", id, rules.to_str().unwrap(), "--json"]);
    fs::write(&rules, "*.psd\nb[\n").unwrap();
    let bad = set();
    assert_eq!((bad.status.code(), error_code(&bad).as_str()), (Some(2), "ignore_rule_invalid"));
    fs::write(&rules, "# drafts\n*.psd\n").unwrap();
    assert_eq!(last_line(&set())["text"], "# drafts\n*.psd\n");
    let list = last_line(&bench.run("h", &["ignore", "list", "--json"]));
    assert_eq!(list["text"], "# drafts\n*.psd\n");

    let synced = bench.run("h", &["sync", "--once", "--json"]);
    assert!(synced.status.success(), "{synced:?}");
    let status = last_line(&bench.run("h", &["status", "--json"]));
    let mapping = &status["sync"]["mappings"][0];
    assert_eq!((&mapping["filesVerified"], &mapping["filesSkipped"]), (&3.into(), &1.into()));
    assert!(draft.is_file());

    let draft = draft.to_str().unwrap();
    let told = last_line(&bench.run("h", &["ignore", "test", draft, "--json"]));
    let (line, source) = (&told[0]["line"], &told[0]["source"]);
    assert_eq!((line, source, &told[0]["ignored"]), (&2.into(), &"mapping".into(), &true.into()));
    let words = bench.run("h", &["ignore", "test", draft]);
    let words = String::from_utf8(words.stdout).unwrap();
    assert!(words.contains("line 2") && words.contains("*.psd"), "{words}");
}
