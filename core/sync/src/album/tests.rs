//! Placement by table, and that no two files ever share a place.

use std::{collections::BTreeSet, path::PathBuf};

use albumen_model::{LibraryId, SpaceId};
use proptest::prelude::*;

use super::*;

fn layout(target: Target, nested: bool) -> Layout {
    Layout::of(&NewMapping {
        folder: PathBuf::from("/home/wang/Bilder"),
        library: LibraryId::parse("smh1").unwrap(),
        space: SpaceId::single(),
        space_name: "Family".to_owned(),
        target,
        nested,
    })
}

fn name(text: &str) -> NodeName {
    NodeName::parse(text).unwrap()
}

#[test]
fn where_files_go() {
    let album = || Target::Album(name("Trip"));
    for (target, nested, folder, wanted) in [
        (Target::Root, false, "", ""),
        (Target::Root, false, "2024/Rome", ""),
        (Target::Root, true, "2024/Rome", "2024/Rome"),
        (album(), false, "2024/Rome", "Trip"),
        (album(), true, "2024/Rome", "Trip/2024/Rome"),
        (Target::PerFolder, false, "", "Bilder"),
        (Target::PerFolder, false, "2024/Rome", "2024 - Rome"),
        (Target::PerFolder, true, "2024/Rome", "2024 - Rome"),
        (Target::PerFolder, false, "a:b", "a_b"),
        (Target::PerFolder, false, "...", "Photos"),
    ] {
        let place = layout(target, nested).directory(&folder.into(), None).unwrap();
        assert_eq!(place.to_string(), wanted, "{folder}");
    }
}

#[test]
fn a_nested_folder_the_service_refuses_is_an_error_not_a_guess() {
    let layout = layout(Target::Root, true);
    assert!(matches!(layout.directory(&"a:b".into(), None), Err(PlaceError::Name(_))));
    let raw = LocalPath::from_bytes(vec![0xff, 0xfe]);
    assert_eq!(layout.directory(&raw, None), Err(PlaceError::NotUtf8));
    assert_eq!(file_name(&raw), Err(PlaceError::NotUtf8));
    assert!(matches!(file_name(&"a/b?.jpg".into()), Err(PlaceError::Name(_))));
}

#[test]
fn folders_that_ask_for_one_album_are_told_apart() {
    let count = |folder: &str| FolderCount { folder: folder.into(), files: 2, bytes: 10 };
    let folders =
        [count("a/b"), count("a - b"), count("Trip"), count("trip"), FolderCount::default()];
    let plans = preview(&layout(Target::PerFolder, false), &folders, &[name("Trip")]);
    let seen: Vec<_> = plans.iter().map(|p| (p.album.as_str(), p.clash, p.exists)).collect();
    assert_eq!(
        seen,
        [
            ("Trip", false, true),
            ("a - b", false, false),
            ("a - b (2)", true, false),
            ("trip (2)", true, false),
        ]
    );
    let one = preview(&layout(Target::Album(name("All")), false), &folders, &[]);
    assert_eq!((one.len(), one[0].files, one[0].bytes), (1, 8, 40));
}

#[test]
fn a_second_content_gets_a_name_that_says_whence() {
    let beside =
        |text: &str, n| beside_name(&name(text), "Anna's: PC", "2026-03-01", n).to_string();
    assert_eq!(beside("a.jpg", 1), "a (from Anna's_ PC 2026-03-01).jpg");
    assert_eq!(beside("a.jpg", 2), "a (from Anna's_ PC 2026-03-01 2).jpg");
    assert_eq!(beside(".hidden", 1), ".hidden (from Anna's_ PC 2026-03-01)");
    let long = beside(&format!("{}.jpg", "字".repeat(251)), 1);
    assert_eq!(long.chars().count(), 255);
    assert!(long.ends_with(".jpg"));
}

proptest! {
    #[test]
    fn no_two_files_share_a_place(
        paths in proptest::collection::btree_set("[ab]{1,2}(/[ab:]{1,2}){0,3}\\.jpg", 1..60),
        target in 0..3,
        nested in any::<bool>(),
    ) {
        let target = match target {
            0 => Target::Root,
            1 => Target::Album(name("one")),
            _ => Target::PerFolder,
        };
        let layout = layout(target, nested);
        let mut places = BTreeSet::new();
        let mut albums = std::collections::BTreeMap::new();
        for path in paths {
            let path = LocalPath::from(path.as_str());
            let (Ok(file), folder) = (file_name(&path), path.parent()) else { continue };
            let taken: BTreeSet<String> = albums.values().map(fold).collect();
            let album = albums.entry(folder.clone()).or_insert_with(|| {
                let check = |n: &str| Ok::<_, PlaceError>(taken.contains(n));
                free_album(&layout.wanted_album(&folder), check).unwrap()
            });
            let Ok(directory) = layout.directory(&folder, Some(album)) else { continue };
            let check = |p: &RemotePath| Ok::<_, PlaceError>(places.contains(p));
            let place = free_place(&directory, &file, check).unwrap();
            prop_assert!(places.insert(place));
        }
    }
}

#[test]
fn a_free_number_follows_the_taken_ones_in_few_looks() {
    let directory = RemotePath::parse("All").unwrap();
    for count in [0, 1, 2, 3, 7, 8, 500] {
        let mut places = BTreeSet::new();
        for number in 1..=count {
            let name = if number < 2 { name("a.jpg") } else { name("a.jpg").numbered(number) };
            places.insert(directory.join(name).unwrap());
        }
        let mut looks = 0;
        let place = free_place::<PlaceError>(&directory, &name("a.jpg"), |place| {
            looks += 1;
            Ok(places.contains(place))
        });
        let wanted =
            if count == 0 { "All/a.jpg".to_owned() } else { format!("All/a ({}).jpg", count + 1) };
        assert_eq!(place.unwrap().to_string(), wanted);
        assert!(looks <= 20, "{looks}");
    }
}
