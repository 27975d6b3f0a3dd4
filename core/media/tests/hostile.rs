//! Files that somebody broke on purpose: nothing panics, nothing hangs, nothing grows without end.
//! Nothing here catches a panic; one ends the test.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use std::io::{Cursor, Read};

use albumen_media::{ThumbnailSize, facts, thumbnail};
use proptest::prelude::*;
use support::{all_photos, apple_note, drawn, jpeg, phone_fields};

/// Bytes of each real file that are mutated: all headers stand within, decoding stays quick.
const PART: u64 = 96 * 1024;

/// Names under which bytes are looked at: the name chooses among the formats that are TIFF inside.
const NAMES: [&str; 3] = ["x.jpg", "x.nef", "x.mov"];

fn encoded(format: image::ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    drawn(61, 47).to_rgb8().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn film() -> Vec<u8> {
    let boxed = |kind: &[u8; 4], body: &[u8]| {
        let size = u32::try_from(body.len() + 8).unwrap().to_be_bytes();
        [&size[..], kind, body].concat()
    };
    let mvhd = boxed(b"mvhd", &[0; 100]);
    let track = boxed(b"trak", &boxed(b"tkhd", &[1; 96]));
    let user = boxed(b"udta", &boxed(b"\xa9xyz", b"\0\x12\x15\xc7+27.2939+112.6932/"));
    let keys = boxed(b"keys", &[&[0, 0, 0, 0, 0, 0, 0, 1][..], &boxed(b"mdta", b"model")].concat());
    let list = boxed(b"ilst", &boxed(&[0, 0, 0, 1], &boxed(b"data", b"\0\0\0\x01\0\0\0\0iPhone")));
    let meta = boxed(b"meta", &[boxed(b"hdlr", &[0; 24]), keys, list].concat());
    let moov = boxed(b"moov", &[mvhd, track, user, meta].concat());
    [boxed(b"ftyp", b"qt  \0\0\0\0qt  "), moov].concat()
}

/// One file of each kind: drawn ones always, and the beginning and end of some real ones.
fn seeds() -> Vec<Vec<u8>> {
    let live = jpeg(&drawn(64, 48), &[apple_note()]);
    let mut seeds = vec![jpeg(&drawn(64, 48), &phone_fields(5)), live, film()];
    for format in [
        image::ImageFormat::Png,
        image::ImageFormat::Gif,
        image::ImageFormat::WebP,
        image::ImageFormat::Bmp,
        image::ImageFormat::Tiff,
    ] {
        seeds.push(encoded(format));
    }
    let real = all_photos().into_iter().filter(|(name, _)| !name.starts_with("orientation/"));
    for (_, path) in real.step_by(6) {
        let mut start = Vec::new();
        std::fs::File::open(path).unwrap().take(PART).read_to_end(&mut start).unwrap();
        seeds.push(start);
    }
    seeds
}

fn look(bytes: &[u8]) {
    for name in NAMES {
        let _ = facts(&mut Cursor::new(bytes), name).unwrap();
    }
    // Children are started elsewhere; here the decoders of this process are tried.
    if bytes.get(4..8) != Some(b"ftyp") {
        let _ = thumbnail(&mut Cursor::new(bytes), "x.dng", ThumbnailSize::Small);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn mutated_files_give_facts_or_an_error(
        seed in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..24),
        near_start in any::<bool>(),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        thread_local! {
            static SEEDS: Vec<Vec<u8>> = seeds();
        }
        let mut bytes = SEEDS.with(|seeds| seed.get(seeds).clone());
        let reach = if near_start { bytes.len().min(1024) } else { bytes.len() };
        for (place, value) in changes {
            bytes[place.index(reach)] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        look(&bytes);
    }

    #[test]
    fn noise_behind_a_true_beginning_gives_facts_or_an_error(
        head in prop::sample::select(vec![
            &b"\xff\xd8\xff\xe1\x04\x00Exif\0\0II*\0\x08\0\0\0"[..],
            b"\xff\xd8\xff\xe1\x04\x00Exif\0\0MM\0*\0\0\0\x08",
            b"II*\0\x08\0\0\0",
            b"MM\0*\0\0\0\x08",
            b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0",
            b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
            b"\0\0\0\x14ftypqt  \0\0\0\0qt  \0\0\x02\0moov",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
            b"RIFF\0\x04\0\0WEBPVP8X",
            b"GIF89a",
            b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0",
        ]),
        noise in prop::collection::vec(any::<u8>(), 0..1500),
    ) {
        look(&[head, &noise].concat());
    }
}

/// Facts of a file stay within what a picture can be, and finding them ends.
#[test]
fn fuzz_media_facts() {
    let made = seeds();
    let heads: Vec<&[u8]> = made.iter().map(|seed| &seed[..seed.len().min(4096)]).collect();
    albumen_fuzz::fuzz("media-facts", &heads, |bytes| {
        for name in NAMES {
            let facts = facts(&mut Cursor::new(bytes), name).unwrap();
            if let Some(place) = facts.gps {
                assert!((-90.0..=90.0).contains(&place.latitude), "{place:?}");
                assert!((-180.0..=180.0).contains(&place.longitude), "{place:?}");
            }
        }
    });
}

/// Thumbnails of what decodes are no larger than was asked for.
#[test]
fn fuzz_thumbnail() {
    let made = [encoded(image::ImageFormat::Png), encoded(image::ImageFormat::Gif)];
    let small: Vec<&[u8]> = made.iter().map(Vec::as_slice).collect();
    albumen_fuzz::fuzz("thumbnail", &small, |bytes| {
        if bytes.get(4..8) == Some(b"ftyp") {
            return;
        }
        let shown = thumbnail(&mut Cursor::new(bytes), "x.dng", ThumbnailSize::Small);
        if let Ok(shown) = shown {
            let edge = ThumbnailSize::Small.long_edge();
            assert!(
                shown.width <= edge && shown.height <= edge,
                "{}x{}",
                shown.width,
                shown.height
            );
        }
    });
}
