//! Folders as cameras, phones and programs leave them.

use albumen_media::facts::{CaptureSource, CaptureTime};
use proptest::prelude::*;
use time::{Duration, macros::datetime};

use super::*;
use crate::name::{ConflictStamp, NameMax, NameRoom, conflict_stem};

fn at(seconds: i64) -> Option<CaptureTime> {
    let local = datetime!(2024-05-01 12:00:00) + Duration::seconds(seconds);
    Some(CaptureTime { local, offset_minutes: None, source: CaptureSource::Exif })
}

fn file(name: &str, seconds: impl Into<Option<i64>>) -> Entry<'_> {
    let taken = seconds.into().and_then(at);
    Entry { folder: "trip", name, taken, content_id: None }
}

fn with_id<'a>(name: &'a str, id: &'a str) -> Entry<'a> {
    Entry { content_id: Some(id), ..file(name, None) }
}

/// The groups as text: `a.heic+a.mov, b.jpg`.
fn told(entries: &[Entry<'_>]) -> String {
    let names = |group: &Group| {
        let names: Vec<_> = group.members.iter().map(|member| entries[member.entry].name).collect();
        names.join("+")
    };
    groups(entries).iter().map(names).collect::<Vec<_>>().join(", ")
}

#[test]
fn what_belongs_together() {
    for (entries, expected) in [
        // A live photo by what Apple wrote, by name and time, and neither.
        (vec![with_id("IMG_1.HEIC", "X"), with_id("IMG_1.MOV", "X")], "IMG_1.HEIC+IMG_1.MOV"),
        (vec![with_id("IMG_1.HEIC", "X"), with_id("clip.MOV", "X")], "IMG_1.HEIC+clip.MOV"),
        (vec![file("IMG_1.HEIC", 0), file("img_1.mov", 2)], "IMG_1.HEIC+img_1.mov"),
        (vec![file("IMG_1.JPG", 0), file("IMG_1.MOV", 6)], "IMG_1.JPG, IMG_1.MOV"),
        (vec![file("IMG_1.JPG", 0), file("IMG_1.MOV", None)], "IMG_1.JPG, IMG_1.MOV"),
        (vec![with_id("IMG_1.HEIC", "X"), with_id("IMG_1.MOV", "Y")], "IMG_1.HEIC, IMG_1.MOV"),
        // Raw and JPEG, whoever made them.
        (vec![file("DSC1.ARW", 0), file("DSC1.JPG", 0)], "DSC1.JPG+DSC1.ARW"),
        (vec![file("A.PEF", 0), file("A.JPG", 1), file("A.HIF", 0)], "A.HIF+A.JPG+A.PEF"),
        (vec![file("DSC1.ARW", 0), file("DSC1.JPG", 60)], "DSC1.ARW, DSC1.JPG"),
        (
            vec![file("PXL_1.RAW-01.COVER.jpg", 0), file("PXL_1.RAW-02.ORIGINAL.dng", 0)],
            "PXL_1.RAW-01.COVER.jpg+PXL_1.RAW-02.ORIGINAL.dng",
        ),
        (vec![file("PXL_1.MP.jpg", 0), file("PXL_1.MP", 0)], "PXL_1.MP.jpg+PXL_1.MP"),
        // Edited variants.
        (
            vec![file("IMG_1234.HEIC", 0), file("IMG_E1234.JPG", 0), file("IMG_E1235.JPG", 0)],
            "IMG_1234.HEIC+IMG_E1234.JPG, IMG_E1235.JPG",
        ),
        (vec![file("IMG_1234.HEIC", 0), file("IMG_E1234.JPG", 99)], "IMG_1234.HEIC, IMG_E1234.JPG"),
        (vec![file("a.jpg", 0), file("a-edited.jpg", 0)], "a.jpg+a-edited.jpg"),
        // Sidecars.
        (vec![file("a.CR2", 0), file("a.xmp", None)], "a.CR2+a.xmp"),
        (vec![file("a.CR2", 0), file("a.CR2.xmp", None)], "a.CR2+a.CR2.xmp"),
        (
            vec![file("a.CR2", 0), file("a.JPG", 99), file("a.xmp", None), file("a.JPG.xmp", None)],
            "a.CR2+a.xmp, a.JPG+a.JPG.xmp",
        ),
        (vec![file("a.JPG.xmp", None), file("a.CR2", 0)], "a.CR2, a.JPG.xmp"),
        (
            vec![file("IMG_1234.HEIC", 0), file("IMG_1234.AAE", None), file("IMG_O1234.AAE", None)],
            "IMG_1234.HEIC+IMG_1234.AAE+IMG_O1234.AAE",
        ),
        (vec![file("a.jpg", 0), file("a.jpg.json", None)], "a.jpg+a.jpg.json"),
        (
            vec![file("a.jpg", 0), file("a.jpg.supplemental-metadata.json", None)],
            "a.jpg+a.jpg.supplemental-metadata.json",
        ),
        (vec![file("a.jpg", 0), file("a.json", None)], "a.jpg, a.json"),
        (vec![file("a.jpg", 0), file("a.txt", 0)], "a.jpg, a.txt"),
        (
            vec![file("a_original.jpg", 0), file("a_original.aae", None)],
            "a_original.jpg+a_original.aae",
        ),
        // A sidecar between two photos of one name belongs to neither.
        (vec![file("a.jpg", 0), file("a.mov", 99), file("a.aae", None)], "a.aae, a.jpg, a.mov"),
    ] {
        assert_eq!(told(&entries), expected);
    }
}

#[test]
fn what_nobody_can_tell_stays_apart() {
    // Two films fit one picture; a chain of pictures whose ends do not agree.
    let films = [file("a.jpg", 0), file("a.mov", 1), file("a.mp4", 2)];
    assert_eq!(told(&films), "a.jpg, a.mov, a.mp4");
    let chain = [file("a.jpg", 0), file("a.heic", 4), file("a.dng", 8)];
    assert_eq!(told(&chain), "a.dng, a.heic, a.jpg");
    // What Apple wrote picks the right one of two.
    let known = [
        Entry { content_id: Some("X"), ..file("a.heic", 0) },
        Entry { content_id: Some("X"), ..file("a.mov", 1) },
        file("a.mp4", 1),
    ];
    assert_eq!(told(&known), "a.heic+a.mov, a.mp4");
    // Never across folders.
    let elsewhere = [file("a.heic", 0), Entry { folder: "other", ..file("a.mov", 0) }];
    assert_eq!(groups(&elsewhere).len(), 2);
    // Two pictures of one content id and a film of neither's name.
    let copies = [with_id("a.heic", "X"), with_id("b.heic", "X"), with_id("c.mov", "X")];
    assert_eq!(told(&copies), "a.heic, b.heic, c.mov");
}

#[test]
fn all_members_get_the_new_stem() {
    let entries = [
        file("IMG_1234.HEIC", 0),
        file("IMG_1234.mov", 1),
        file("IMG_E1234.JPG", 0),
        file("IMG_1234.HEIC.xmp", None),
        file("IMG_O1234.AAE", None),
    ];
    let group = groups(&entries).remove(0);
    assert_eq!(group.stem, "IMG_1234");
    assert_eq!(
        group.names("IMG_1234 2"),
        [
            "IMG_1234 2.HEIC",
            "IMG_1234 2.mov",
            "IMG_E1234 2.JPG",
            "IMG_1234 2.HEIC.xmp",
            "IMG_O1234 2.AAE",
        ]
    );
    assert_eq!(
        group.names("Beach"),
        ["Beach.HEIC", "Beach.mov", "Beach_edited.JPG", "Beach.HEIC.xmp", "Beach_original.AAE"]
    );
}

#[test]
fn what_a_library_takes() {
    use LibraryKind::{File, Media};
    let listed = File { endings: Some(&["jpg", "xmp"]) };
    for (name, kind, expected) in [
        ("a.HEIC", Media, Admission::Taken),
        ("a.mov", Media, Admission::Taken),
        ("a.AAE", Media, Admission::Refused(Refusal::Sidecar)),
        ("a.dng.xmp", Media, Admission::Refused(Refusal::Sidecar)),
        ("a.jpg.json", Media, Admission::Refused(Refusal::Sidecar)),
        ("noext", Media, Admission::Refused(Refusal::NoEnding)),
        (".hidden", Media, Admission::Refused(Refusal::NoEnding)),
        ("a.pef", Media, Admission::Ask),
        ("a.pdf", Media, Admission::Ask),
        ("a.pdf", File { endings: None }, Admission::Taken),
        ("a.XMP", listed, Admission::Taken),
        ("a.mov", listed, Admission::Refused(Refusal::EndingNotListed)),
    ] {
        assert_eq!(admission(name, kind), expected, "{name}");
    }
}

const NAMES: &str = "(IMG_1234|IMG_E1234|IMG_O1234|a|A|a-edited|PXL_1.MP)\
                     \\.(heic|JPG|mov|mp4|dng|CR2|xmp|aae|heic\\.xmp|JPG\\.json|txt)";

fn entries(names: &[(String, i64, u8)]) -> Vec<Entry<'_>> {
    names
        .iter()
        .map(|(name, seconds, id)| Entry {
            folder: "",
            name,
            taken: if *id % 4 == 0 { None } else { at(*seconds) },
            content_id: ["X", "Y"].get(usize::from(*id)).copied(),
        })
        .collect()
}

fn folder() -> impl Strategy<Value = Vec<(String, i64, u8)>> {
    let by_name = proptest::collection::btree_map(NAMES, (0..12_i64, 0..8_u8), 0..12);
    by_name.prop_map(|map| map.into_iter().map(|(name, (at, id))| (name, at, id)).collect())
}

proptest! {
    #[test]
    fn each_file_is_in_one_group_whatever_the_order(names in folder(), turn in 0..12_usize) {
        let mut turned = names.clone();
        turned.rotate_left(turn.min(names.len()));
        let (one, other) = (entries(&names), entries(&turned));
        prop_assert_eq!(told(&one), told(&other));
        let mut all: Vec<usize> =
            groups(&one).iter().flat_map(|group| &group.members).map(|at| at.entry).collect();
        all.sort_unstable();
        prop_assert_eq!(all, (0..names.len()).collect::<Vec<_>>());
    }

    #[test]
    fn a_group_keeps_its_names_under_its_own_stem(names in folder()) {
        let entries = entries(&names);
        for group in groups(&entries) {
            let named = group.names(&group.stem);
            let apart = named.iter().collect::<std::collections::BTreeSet<_>>().len();
            prop_assert_eq!(apart, named.len());
            prop_assert_eq!(&named[0], entries[group.members[0].entry].name);
        }
    }

    #[test]
    fn a_group_in_conflict_stays_one_and_takes_nobody_with_it(
        names in folder(),
        bytes in 60..256_usize,
    ) {
        let before = entries(&names);
        let stamp = ConflictStamp { at: datetime!(2024-05-01 22:10:03), device: "laptop" };
        let room = NameRoom { volume: NameMax::Bytes(bytes), service_chars: 255 };
        let known: Vec<&str> = before.iter().map(|entry| entry.name).collect();
        for group in groups(&before) {
            let stem = conflict_stem(&group.stem, &stamp, &room, known.iter().copied(), |stem| {
                group.names(stem)
            });
            let Ok(stem) = stem else { continue };
            let renamed = group.names(&stem);
            let mut after = before.clone();
            for (member, name) in group.members.iter().zip(&renamed) {
                after[member.entry].name = name;
                let ending = |name: &str| name.rsplit_once('.').map(|(_, end)| end.to_owned());
                prop_assert_eq!(ending(name), ending(before[member.entry].name));
            }
            let mut mine: Vec<usize> = group.members.iter().map(|member| member.entry).collect();
            mine.sort_unstable();
            let again = groups(&after);
            let found = again.iter().find(|other| {
                other.members.iter().any(|member| member.entry == mine[0])
            });
            let mut found: Vec<usize> =
                found.into_iter().flat_map(|group| &group.members).map(|at| at.entry).collect();
            found.sort_unstable();
            // By what Apple wrote a film may now fit where before two did: only names changed here.
            prop_assert!(mine.iter().all(|entry| found.contains(entry)) || mine.len() == 1);
            let strangers: Vec<_> = found.iter().filter(|entry| !mine.contains(entry)).collect();
            let by_id = |entry: &&usize| before[**entry].content_id.is_some();
            prop_assert!(strangers.iter().all(by_id), "{strangers:?}");
        }
    }
}
