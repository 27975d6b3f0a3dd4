//! Tables for each rule of names, and what holds for any name.

use proptest::prelude::*;
use time::macros::datetime;

use super::*;

const STAMP: ConflictStamp<'_> =
    ConflictStamp { at: datetime!(2024-05-01 22:10:03), device: "laptop" };
const ROOM: NameRoom = NameRoom { volume: NameMax::Bytes(255), service_chars: 255 };

#[test]
fn names_that_some_volume_takes_for_one() {
    for (one, other, same) in [
        ("IMG_1.JPG", "img_1.jpg", true),
        ("caf\u{e9}.jpg", "cafe\u{301}.jpg", true),
        ("CAF\u{c9}.jpg", "cafe\u{301}.JPG", true),
        ("stra\u{df}e", "STRASSE", true),
        ("\u{212b}ngstr\u{f6}m", "\u{e5}ngstro\u{308}m", true),
        ("trip", "trip.", true),
        ("trip", "trip . ", true),
        ("\u{1fb3}\u{301}", "\u{3b1}\u{301}\u{3b9}", true),
        ("a.jpg", "b.jpg", false),
        ("a jpg", "a.jpg", false),
        ("..a", "a", false),
        ("1.jpg", "\u{2460}.jpg", false),
        ("...", "..", false),
    ] {
        assert_eq!(fold_key(one) == fold_key(other), same, "{one} {other}");
    }
}

#[test]
fn each_volume_by_its_own_rule() {
    let (linux, mac, windows) = (VolumeRules::LINUX, VolumeRules::MACOS, VolumeRules::WINDOWS);
    let normal = VolumeRules { normalisation: Normalisation::Same, ..linux };
    for (one, other, rules, same) in [
        ("a", "A", linux, false),
        ("a", "A", mac, true),
        ("a", "A", windows, true),
        ("\u{e9}", "e\u{301}", linux, false),
        ("\u{e9}", "e\u{301}", normal, true),
        ("\u{e9}", "E\u{301}", normal, false),
        ("\u{e9}", "e\u{301}", mac, true),
        ("a.", "a", linux, false),
        ("a. ", "a", windows, true),
    ] {
        assert_eq!(compare_key(one, &rules) == compare_key(other, &rules), same, "{one} {other}");
    }
}

#[test]
fn what_a_volume_can_hold() {
    let (linux, windows) = (VolumeRules::LINUX, VolumeRules::WINDOWS);
    let device = |name: &str| Err(Unfit::Device(name.to_owned()));
    let encrypted = VolumeRules { max: NameMax::Bytes(143), ..linux };
    let long = "\u{5b57}".repeat(86);
    for (name, rules, found) in [
        ("a.jpg", linux, Ok(())),
        ("CON", linux, Ok(())),
        ("a:b?", linux, Ok(())),
        ("", linux, Err(Unfit::NoName)),
        ("..", linux, Err(Unfit::NoName)),
        ("a/b", linux, Err(Unfit::Forbidden('/'))),
        ("a\0", linux, Err(Unfit::Forbidden('\0'))),
        (long.as_str(), linux, Err(Unfit::TooLong { len: 258, max: 255 })),
        (long.as_str(), windows, Ok(())),
        (&long[..144], encrypted, Err(Unfit::TooLong { len: 144, max: 143 })),
        ("a:b", windows, Err(Unfit::Forbidden(':'))),
        ("a\tb", windows, Err(Unfit::Forbidden('\t'))),
        ("con", windows, device("con")),
        ("AUX.tar.gz", windows, device("AUX")),
        ("nul .txt", windows, device("nul")),
        ("COM1", windows, device("COM1")),
        ("lpt\u{b2}.jpg", windows, device("lpt\u{b2}")),
        ("CONIN$", windows, device("CONIN$")),
        ("COM10", windows, Ok(())),
        ("com", windows, Ok(())),
        ("console.jpg", windows, Ok(())),
        ("a.", windows, Err(Unfit::End)),
        ("a ", windows, Err(Unfit::End)),
        (".hidden", windows, Ok(())),
    ] {
        assert_eq!(rules.check(name), found, "{name}");
    }
}

#[test]
fn who_holds_a_name_keeps_it_and_else_the_oldest_gets_it() {
    let file = |inode: u64, name, held| Contender { inode, name, held };
    let names = [
        file(9, "a.jpg", false),
        file(3, "A.JPG", false),
        file(7, "b.jpg", true),
        file(1, "B.jpg", false),
        file(2, "con", false),
    ];
    assert_eq!(
        placements(&names, &VolumeRules::WINDOWS),
        [
            Placement::Clash { with: 3 },
            Placement::Placed,
            Placement::Placed,
            Placement::Clash { with: 7 },
            Placement::Unfit(Unfit::Device("con".to_owned())),
        ]
    );
    let all = [Placement::Placed, Placement::Placed, Placement::Placed, Placement::Placed];
    assert_eq!(placements(&names[..4], &VolumeRules::LINUX), all);
}

#[test]
fn people_see_what_is_there() {
    for (name, text) in [
        (&b"IMG_1.jpg"[..], "IMG_1.jpg"),
        ("\u{5317}\u{4eac}.jpg".as_bytes(), "\u{5317}\u{4eac}.jpg"),
        (b"caf\xe9.jpg", r"caf\xE9.jpg"),
        (b"a\nb", r"a\u{a}b"),
        (b"\\xE9", r"\\xE9"),
        ("gpj.\u{202e}exe".as_bytes(), r"gpj.\u{202e}exe"),
    ] {
        assert_eq!(shown(name), text);
    }
}

fn one(stem: &str, tail: &str, folder: &[&str]) -> Result<String, NoRoom> {
    let names = |stem: &str| vec![format!("{stem}{tail}")];
    let found = conflict_stem(stem, &STAMP, &ROOM, folder.iter().copied(), names)?;
    Ok(format!("{found}{tail}"))
}

#[test]
fn conflict_names_read_well_and_are_free() {
    let first = "IMG_1 (conflict 2024-05-01 22.10.03 laptop).HEIC";
    let second = "IMG_1 (conflict 2024-05-01 22.10.03 laptop) 2.HEIC";
    assert_eq!(one("IMG_1", ".HEIC", &["IMG_1.HEIC"]).unwrap(), first);
    assert_eq!(one("IMG_1", ".HEIC", &[first]).unwrap(), second);
    // Another letter case, and the film of another group that has the stem already.
    let film = "img_1 (CONFLICT 2024-05-01 22.10.03 laptop).mov";
    assert_eq!(one("IMG_1", ".HEIC", &[film]).unwrap(), second);
    let third = "IMG_1 (conflict 2024-05-01 22.10.03 laptop) 3.HEIC";
    assert_eq!(one("IMG_1", ".HEIC", &[first, second]).unwrap(), third);
}

#[test]
fn a_long_stem_is_cut_and_an_ending_never() {
    let name = one(&"\u{5b57}".repeat(90), ".jpg", &[]).unwrap();
    assert!(name.len() <= 255 && name.len() > 250, "{}", name.len());
    assert!(name.ends_with(" (conflict 2024-05-01 22.10.03 laptop).jpg"));
    assert_eq!(one("a", &format!(".{}", "x".repeat(250)), &[]), Err(NoRoom));
    assert_eq!(one("", ".jpg", &[]), Err(NoRoom));
}

#[test]
fn a_marked_name_is_no_longer_than_a_volume_holds() {
    let long = |sign: &str, times: usize, ending: &str| sign.repeat(times) + ending;
    for (name, wanted) in [
        ("a.jpg".to_owned(), "a (kept).jpg".to_owned()),
        ("a".to_owned(), "a (kept)".to_owned()),
        (".profile".to_owned(), ".profile (kept)".to_owned()),
        // Up to 143 bytes any volume holds, beyond that as many as the name itself has.
        (long("x", 132, ".jpg"), long("x", 132, " (kept).jpg")),
        (long("x", 133, ".jpg"), long("x", 132, " (kept).jpg")),
        (long("x", 200, ".jpg"), long("x", 193, " (kept).jpg")),
        (long("x", 300, ".jpg"), long("x", 244, " (kept).jpg")),
        // Never in the midst of a character, and never with a blank before the mark.
        (long("\u{5b57}", 83, ".jpeg"), long("\u{5b57}", 80, " (kept).jpeg")),
        (long("x", 192, "    yyyy.jpg"), long("x", 192, " (kept).jpg")),
        // An ending that leaves no room is none.
        (long("a.", 1, &"b".repeat(253)), long("a.", 1, &"b".repeat(246)) + " (kept)"),
    ] {
        let marked = marked(name.as_bytes(), " (kept)");
        assert_eq!(String::from_utf8(marked).unwrap(), wanted, "{name}");
    }
    assert_eq!(marked(b"\xE9.jpg", " (kept)"), b"\xE9 (kept).jpg");
}

#[test]
fn a_device_name_breaks_no_name() {
    let named = |device| {
        let stamp = ConflictStamp { device, ..STAMP };
        conflict_stem("a", &stamp, &ROOM, [], |stem| vec![stem.to_owned()]).unwrap()
    };
    assert_eq!(named("Ann's PC: 1/2"), "a (conflict 2024-05-01 22.10.03 Ann's PC_ 1_2)");
    assert_eq!(named(" . "), "a (conflict 2024-05-01 22.10.03 device)");
    assert!(albumen_model::NodeName::parse(named(&"\u{5b57}\n".repeat(99))).is_ok());
}

/// Letters that fold, compose, or mean something to a system.
const LETTERS: &str = "[aA1 .\u{df}\u{e9}e\u{301}\u{130}\u{131}\u{1fb3}\u{345}\u{212b}\u{5b57}\
                       \u{3a3}\u{3c2}\u{1e9e}\u{fb01}COMN]{1,12}";

proptest! {
    #[test]
    fn a_key_of_a_key_is_itself(name in "\\PC{0,20}", mixed in LETTERS) {
        for name in [name, mixed] {
            let key = fold_key(&name);
            prop_assert_eq!(fold_key(&key), key);
            for rules in [VolumeRules::LINUX, VolumeRules::MACOS, VolumeRules::WINDOWS] {
                let key = compare_key(&name, &rules);
                prop_assert_eq!(compare_key(&key, &rules), key);
            }
        }
    }

    #[test]
    fn names_apart_by_the_strict_key_are_apart_on_every_volume(
        one in LETTERS,
        other in LETTERS,
    ) {
        prop_assume!(fold_key(&one) != fold_key(&other));
        for rules in [VolumeRules::LINUX, VolumeRules::MACOS, VolumeRules::WINDOWS] {
            prop_assert_ne!(compare_key(&one, &rules), compare_key(&other, &rules));
        }
    }

    #[test]
    fn no_place_is_given_twice_and_every_clash_names_its_owner(
        names in proptest::collection::vec((0..6_u32, "[aAbB\u{e9}]{1,2}", any::<bool>()), 0..12),
    ) {
        let contenders: Vec<_> = names
            .iter()
            .map(|(inode, name, held)| Contender { inode: *inode, name, held: *held })
            .collect();
        let places = placements(&contenders, &VolumeRules::MACOS);
        let mut given = std::collections::BTreeMap::new();
        for (contender, place) in contenders.iter().zip(&places) {
            if *place == Placement::Placed {
                let key = compare_key(contender.name, &VolumeRules::MACOS);
                prop_assert!(given.insert(key, contender.inode).is_none());
            }
        }
        for (contender, place) in contenders.iter().zip(&places) {
            if let Placement::Clash { with } = place {
                let key = compare_key(contender.name, &VolumeRules::MACOS);
                prop_assert_eq!(given.get(&key), Some(with));
            }
        }
    }

    #[test]
    fn a_conflict_name_is_valid_free_and_has_its_ending(
        stem in "[a\u{5b57}\u{1f600} .]{1,90}",
        tails in proptest::collection::btree_set("\\.[a-z]{1,4}", 1..4),
        bytes in 80..256_usize,
        taken in 0..4_usize,
    ) {
        let room = NameRoom { volume: NameMax::Bytes(bytes), service_chars: 255 };
        let names = |stem: &str| tails.iter().map(|tail| format!("{stem}{tail}")).collect();
        let mut folder: Vec<String> = Vec::new();
        let mut stems = Vec::new();
        for _ in 0..=taken {
            let there = folder.clone();
            let there = there.iter().map(String::as_str);
            let Ok(found) = conflict_stem(&stem, &STAMP, &room, there, names) else {
                prop_assert!(stem.trim_matches([' ', '.']).is_empty() || bytes < 100);
                return Ok(());
            };
            let made: Vec<String> = names(&found);
            for (name, tail) in made.iter().zip(&tails) {
                prop_assert!(name.ends_with(tail.as_str()) && name.len() <= bytes);
                prop_assert!(VolumeRules::LINUX.check(name).is_ok());
                prop_assert!(!folder.iter().any(|other| fold_key(other) == fold_key(name)));
            }
            prop_assert!(!stems.contains(&found));
            stems.push(found);
            folder.extend(made);
        }
    }

    #[test]
    fn a_marked_name_fits_wherever_the_name_does(
        name in "[a\u{5b57}\u{1f600} .]{1,90}(\\.[a-z]{1,4})?",
        max in 143..256_usize,
    ) {
        let rules = VolumeRules { max: NameMax::Bytes(max), ..VolumeRules::LINUX };
        prop_assume!(rules.check(&name).is_ok());
        let marked = String::from_utf8(marked(name.as_bytes(), " (kept)")).unwrap();
        prop_assert!(rules.check(&marked).is_ok(), "{}", marked);
        prop_assert!(marked.contains(" (kept)"));
    }

    #[test]
    fn no_two_names_are_shown_alike(
        one in proptest::collection::vec(any::<u8>(), 0..6),
        other in proptest::collection::vec(any::<u8>(), 0..6),
    ) {
        prop_assert_eq!(shown(&one) == shown(&other), one == other);
    }
}
