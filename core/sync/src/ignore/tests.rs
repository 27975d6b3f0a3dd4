//! Rules as people write them, held against what git does.

use proptest::prelude::*;

use super::*;

fn rules(mapping: &str) -> IgnoreRules {
    IgnoreRules::new(Letters::Exact).with_mapping(mapping).unwrap()
}

/// `path/` is a folder.
fn decide(rules: &IgnoreRules, path: &str) -> Decision {
    let folder = path.strip_suffix('/');
    rules.decide(&LocalPath::from(folder.unwrap_or(path)), folder.is_some())
}

#[test]
fn the_syntax_is_gitignores() {
    for (text, path, ignored) in [
        ("*.psd", "a.psd", true),
        ("*.psd", "deep/down/a.psd", true),
        ("*.psd", "a.PSD", false),
        ("/raw", "raw", true),
        ("/raw", "trip/raw", false),
        ("raw/", "raw", false),
        ("raw/", "raw/", true),
        ("raw/", "raw/a.jpg", true),
        ("raw/", "trip/raw/deep/a.jpg", true),
        ("trip/raw", "trip/raw", true),
        ("trip/raw", "old/trip/raw", false),
        ("**/cache/**", "a/cache/b/c.jpg", true),
        ("a?c", "abc", true),
        ("a?c", "a/c", false),
        ("[0-9]*", "1.jpg", true),
        ("# comment\n\n", "# comment", false),
        ("\\#1", "#1", true),
        ("\\!a", "!a", true),
        ("*.{psd,xcf}", "a.xcf", true),
        ("trailing   ", "trailing", true),
        ("\u{feff}a.jpg", "a.jpg", true),
        // The last line decides, and nothing comes back out of a folder that is left out.
        ("*.jpg\n!keep.jpg", "keep.jpg", false),
        ("!keep.jpg\n*.jpg", "keep.jpg", true),
        ("raw/\n!raw/keep.jpg", "raw/keep.jpg", true),
        ("raw/*\n!raw/keep.jpg", "raw/keep.jpg", false),
        ("raw/*\n!raw/keep.jpg", "raw/other.jpg", true),
    ] {
        assert_eq!(decide(&rules(text), path).ignored, ignored, "{text:?} {path}");
    }
}

#[test]
fn what_is_left_out_by_itself() {
    let plain = IgnoreRules::new(Letters::Exact);
    let source = |path: &str| {
        let decision = decide(&plain, path);
        decision.by.filter(|_| decision.ignored).map(|by| by.source)
    };
    let (system, temporary) =
        (Some(Source::BuiltIn(BuiltIn::System)), Some(Source::BuiltIn(BuiltIn::Temporary)));
    for (path, expected) in [
        ("IMG_1.jpg", None),
        (".DS_Store", system.clone()),
        ("trip/Thumbs.db", system.clone()),
        ("DESKTOP.INI", system.clone()),
        ("Icon\r", system.clone()),
        ("Icons", None),
        ("Icon", None),
        ("._IMG_1.jpg", system.clone()),
        ("@eaDir/a.jpg/thumb.jpg", system.clone()),
        (".Trash-1000/files/a.jpg", system),
        ("film.mp4.part", temporary.clone()),
        ("a.TMP", temporary.clone()),
        ("a.crdownload", temporary.clone()),
        ("~$letter.docx", temporary.clone()),
        (".~lock.a.odt#", temporary.clone()),
        (".a.jpg.swp", temporary),
        (".hidden.jpg", None),
        ("part", None),
        ("~a.jpg", None),
        (".albumen/root.json", Some(Source::Own)),
        ("trip/.albumen/y", None),
    ] {
        assert_eq!(source(path), expected, "{path:?}");
    }
}

#[test]
fn the_strongest_source_decides_and_says_so() {
    let rules = IgnoreRules::new(Letters::Exact)
        .with_mapping("*.jpg\n!*.tmp\n!/.albumen/\n\n!keep.png")
        .unwrap()
        .with_folder("trip".into(), "!*.jpg\n/own.jpg\n!.DS_Store")
        .unwrap()
        .with_folder("trip/far".into(), "*.jpg")
        .unwrap()
        .with_policy("*.png\nbanned/\n!*.raw")
        .unwrap();
    let policy = || Source::Policy;
    let folder = |path: &str| Source::Folder(path.into());
    for (path, ignored, source, line, at) in [
        ("a.jpg", true, Source::Mapping, 1, "a.jpg"),
        ("a.tmp", false, Source::Mapping, 2, "a.tmp"),
        (".albumen/x", true, Source::Own, 1, ".albumen"),
        ("keep.png", true, policy(), 1, "keep.png"),
        ("banned/deep/a.txt", true, policy(), 2, "banned"),
        ("trip/a.jpg", false, folder("trip"), 1, "trip/a.jpg"),
        ("trip/own.jpg", true, folder("trip"), 2, "trip/own.jpg"),
        ("trip/.DS_Store", false, folder("trip"), 3, "trip/.DS_Store"),
        ("trip/far/a.jpg", true, folder("trip/far"), 1, "trip/far/a.jpg"),
        ("tripod/own.jpg", true, Source::Mapping, 1, "tripod/own.jpg"),
        ("a.raw", false, policy(), 3, "a.raw"),
    ] {
        let decision = decide(&rules, path);
        let by = decision.by.unwrap();
        assert_eq!(
            (decision.ignored, by.source, by.line, by.at),
            (ignored, source, line, at.into()),
            "{path}"
        );
    }
    assert_eq!(decide(&rules, "a.txt"), Decision::default());
}

#[test]
fn the_line_is_the_one_that_decided() {
    let rules = rules("*.jpg\n!a.jpg\n# note\n*.jpg\n");
    let by = decide(&rules, "a.jpg").by.unwrap();
    assert_eq!((by.line, by.pattern.as_str()), (4, "*.jpg"));
}

#[test]
fn letter_case_counts_where_it_does_on_disk() {
    let any = IgnoreRules::new(Letters::AnyCase).with_mapping("*.psd").unwrap();
    assert!(decide(&any, "a.PSD").ignored);
}

#[test]
fn a_bad_line_is_named_and_nothing_is_taken() {
    for (text, line) in
        [("a\nb[\nc", 2), ("{a", 1), ("a\n\n[z-a]", 3), ("!", 1), ("a\n/", 2), ("!/", 1)]
    {
        let error = check(text).unwrap_err();
        assert!(
            matches!(error, IgnoreError::Pattern { line: found, .. } if found == line),
            "{text}"
        );
        assert_eq!(IgnoreRules::new(Letters::Exact).with_mapping(text).unwrap_err(), error);
    }
    assert_eq!(check(&"a\n".repeat(LINES_MAX + 1)), Err(IgnoreError::TooLong));
    assert_eq!(check(&"a".repeat(TEXT_MAX + 1)), Err(IgnoreError::TooLong));
}

#[test]
fn of_a_file_written_by_hand_the_good_lines_hold() {
    let kept = only_patterns("*.psd\nb[\n*.xcf\n");
    assert_eq!(kept, "*.psd\n\n*.xcf\n");
    let by = decide(&rules(&kept), "a.xcf").by.unwrap();
    assert_eq!(by.line, 3);
    assert!(check(&only_patterns(&"x\n".repeat(5000))).is_ok());
    assert!(check(&only_patterns(&"x".repeat(TEXT_MAX * 2))).is_ok());
}

#[cfg(unix)]
#[test]
fn names_that_are_no_text_match_too() {
    let path = LocalPath::from_bytes(b"caf\xe9.psd".to_vec());
    assert!(rules("*.psd").decide(&path, false).ignored);
    assert!(!rules("*.jpg").decide(&path, false).ignored);
}

/// How many paths a second, printed: a scan asks once for each.
#[test]
fn many_paths_against_thirty_rules() {
    let text: String = (0..30).map(|at| format!("*.x{at}\nfolder{at}/\n/a{at}/**/b\n")).collect();
    let text: String = text.lines().take(30).map(|line| format!("{line}\n")).collect();
    let rules = rules(&text);
    const PATHS: u32 = 20_000;
    let start = std::time::Instant::now();
    let mut ignored = 0_u32;
    for number in 0..PATHS {
        let path = format!("2024/trip{}/IMG_{number}.x{}", number / 500, number % 100);
        let above = None;
        ignored += u32::from(rules.decide_in(above, &path.as_str().into(), false).ignored);
    }
    let rate = f64::from(PATHS) / start.elapsed().as_secs_f64();
    println!("ignore rules: {rate:.0} paths/s against 30 lines and the built-in ones");
    assert_eq!(ignored, PATHS / 10);
}

proptest! {
    #[test]
    fn what_lies_in_an_ignored_folder_is_ignored_by_the_same_line(
        text in proptest::collection::vec("!?/?[ab*]{1,3}(/[ab*]{1,2})?/?", 0..6),
        path in "[ab]{1,2}(/[ab]{1,2}){0,3}",
        name in "[ab]{1,2}",
    ) {
        let text = text.join("\n");
        prop_assume!(check(&text).is_ok());
        let rules = rules(&text);
        let folder = LocalPath::from(path.as_str());
        let inside = folder.join(name.as_bytes());
        let decision = rules.decide(&folder, true);
        if decision.ignored {
            prop_assert_eq!(rules.decide(&inside, false), decision);
        } else {
            let walked = rules.decide_in(rules.left_out(&folder), &inside, false);
            prop_assert_eq!(rules.decide(&inside, false), walked);
        }
    }

    #[test]
    fn no_text_breaks_the_reader(text in "\\PC{0,30}|[\\[\\]{}!*?/a\n\\\\-]{0,20}") {
        let read = IgnoreRules::new(Letters::Exact).with_mapping(&text);
        if let Ok(rules) = read {
            let decision = rules.decide(&"a/b".into(), false);
            let line = decision.by.map_or(1, |by| by.line);
            prop_assert!(line >= 1);
        }
        prop_assert!(check(&only_patterns(&text)).is_ok());
    }
}
