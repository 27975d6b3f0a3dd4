//! Thumbnails are upright, small, never enlarged, and refused with the right reason.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use std::{fs::File, io::Cursor};

use albumen_media::{
    Error, Thumbnail, ThumbnailSize,
    kind::MediaFormat,
    thumbnail,
    thumbnail::{ThumbnailFormat, can_show, thumbnails},
};
use exif::{Tag, Value};
use image::{DynamicImage, Rgba, RgbaImage};
use support::{all_photos, drawn, field, jpeg, photo, stored_as};

fn small(bytes: &[u8], name: &str) -> Result<Thumbnail, Error> {
    thumbnail(&mut Cursor::new(bytes), name, ThumbnailSize::Small)
}

fn shown(made: &Thumbnail) -> image::RgbImage {
    let shown = image::load_from_memory(&made.bytes).unwrap().to_rgb8();
    assert_eq!((shown.width(), shown.height()), (made.width, made.height));
    shown
}

/// Mean difference of two pictures of one size, 0 to 255 a channel.
fn difference(one: &image::RgbImage, other: &image::RgbImage) -> f64 {
    assert_eq!(one.dimensions(), other.dimensions());
    let sum: u64 =
        one.as_raw().iter().zip(other.as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / one.as_raw().len() as f64
}

#[test]
fn however_the_camera_was_held_the_thumbnail_is_upright() {
    let upright = drawn(600, 400);
    let reference = shown(&small(&jpeg(&upright, &[]), "x.jpg").unwrap());
    assert_eq!(reference.dimensions(), (256, 171));
    for orientation in 1..=8 {
        let turned = field(Tag::Orientation, Value::Short(vec![u16::from(orientation)]));
        let bytes = jpeg(&stored_as(&upright, orientation), &[turned]);
        let made = small(&bytes, "x.jpg").unwrap();
        let apart = difference(&reference, &shown(&made));
        assert!(apart < 3.0, "orientation {orientation}: {apart}");
    }
}

#[test]
fn nine_photographs_of_one_scene_give_one_picture() {
    for scene in ["Landscape", "Portrait"] {
        let open = |number: u8| photo(&format!("orientation/{scene}_{number}.jpg"));
        let Some(mut first) = open(1) else {
            continue;
        };
        let first = thumbnail(&mut first, "1.jpg", ThumbnailSize::Small).unwrap();
        let reference = shown(&first);
        // They are told apart by a digit drawn on each, so they are near, not equal.
        let mut mirrored = reference.clone();
        image::imageops::flip_horizontal_in_place(&mut mirrored);
        let unlike = difference(&reference, &mirrored);
        for number in 0..=8 {
            let made =
                thumbnail(&mut open(number).unwrap(), "x.jpg", ThumbnailSize::Small).unwrap();
            let apart = difference(&reference, &shown(&made));
            assert!(apart < 8.0 && apart < unlike / 2.0, "{scene}_{number}: {apart} of {unlike}");
        }
    }
}

#[test]
fn both_sizes_come_from_one_decoding() {
    let bytes = jpeg(&drawn(3000, 1500), &[]);
    let sizes = [ThumbnailSize::Small, ThumbnailSize::Large];
    let made = thumbnails(&mut Cursor::new(&bytes), "x.jpg", &sizes).unwrap();
    let shape = |made: &Thumbnail| (made.width, made.height);
    assert_eq!((shape(&made[0]), shape(&made[1])), ((256, 128), (1024, 512)));
    assert_eq!(made[0].thumbhash, made[1].thumbhash);
    assert!(difference(&shown(&made[0]), &shown(&small(&bytes, "x.jpg").unwrap())) < 2.0);
}

#[test]
fn a_small_picture_is_never_enlarged() {
    let made = small(&jpeg(&drawn(90, 60), &[]), "x.jpg").unwrap();
    assert_eq!((made.width, made.height), (90, 60));
}

#[test]
fn transparency_survives_and_plain_pictures_are_jpeg() {
    let encode = |picture: &DynamicImage| {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        bytes.into_inner()
    };
    let glass =
        RgbaImage::from_fn(400, 400, |x, _| Rgba([255, 0, 0, if x < 200 { 0 } else { 255 }]));
    let made = small(&encode(&glass.into()), "glass.png").unwrap();
    assert_eq!(made.format, ThumbnailFormat::WebP);
    let again = image::load_from_memory(&made.bytes).unwrap().to_rgba8();
    assert_eq!((again.get_pixel(10, 10)[3], again.get_pixel(250, 10)[3]), (0, 255));
    assert_eq!(made.average_rgb, [255, 0, 0]);

    let opaque = RgbaImage::from_pixel(400, 400, Rgba([10, 200, 30, 255]));
    let made = small(&encode(&opaque.into()), "opaque.png").unwrap();
    assert_eq!((made.format, made.average_rgb), (ThumbnailFormat::Jpeg, [10, 200, 30]));
    let (r, g, b, a) = thumbhash::thumb_hash_to_average_rgba(&made.thumbhash).unwrap();
    assert!(r < 0.2 && g > 0.6 && b < 0.3 && a == 1.0);
}

#[test]
fn sixteen_bits_and_grey_are_shown_too() {
    let grey = DynamicImage::ImageLuma8(drawn(300, 200).to_luma8());
    let deep = DynamicImage::ImageRgb16(drawn(300, 200).to_rgb16());
    let deep_alpha = DynamicImage::ImageRgba16(drawn(300, 200).to_rgba16());
    for picture in [grey, deep, deep_alpha] {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        let made = small(&bytes.into_inner(), "x.png").unwrap();
        assert_eq!((made.width, made.height, made.format), (256, 171, ThumbnailFormat::Jpeg));
    }
}

#[test]
fn a_raw_file_shows_the_smallest_preview_that_is_large_enough() {
    let previews = [drawn(160, 120), drawn(640, 480), drawn(1600, 1200)].map(|p| jpeg(&p, &[]));
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    let directory_len = 2 + 3 * 12 + 4;
    let mut picture_at = 8 + directory_len * previews.len();
    for (number, preview) in previews.iter().enumerate() {
        let turned = if number == 0 { (0x112, 3, 6) } else { (0x112, 3, 1) };
        let place = u32::try_from(picture_at).unwrap();
        let len = u32::try_from(preview.len()).unwrap();
        bytes.extend(3_u16.to_le_bytes());
        for (tag, kind, value) in [turned, (0x201, 4, place), (0x202, 4, len)] {
            bytes.extend(u16::to_le_bytes(tag));
            bytes.extend(u16::to_le_bytes(kind));
            bytes.extend(1_u32.to_le_bytes());
            bytes.extend(value.to_le_bytes());
        }
        let next = if number == 2 { 0 } else { 8 + directory_len * (number + 1) };
        bytes.extend(u32::try_from(next).unwrap().to_le_bytes());
        picture_at += preview.len();
    }
    previews.iter().for_each(|preview| bytes.extend(preview));
    for (size, expected) in
        [(ThumbnailSize::Small, (192, 256)), (ThumbnailSize::Large, (768, 1024))]
    {
        let made = thumbnail(&mut Cursor::new(&bytes), "x.nef", size).unwrap();
        assert_eq!((made.width, made.height), expected);
    }
}

#[test]
fn films_and_others_have_no_picture() {
    let film = b"\0\0\0\x14ftypqt  \0\0\0\0qt  ";
    let no_picture = |told| matches!(told, Err(Error::NoPicture { .. }));
    assert!(no_picture(small(film, "clip.mov")));
    assert!(no_picture(small(b"words", "words.jpg")));
    assert!(no_picture(small(b"II*\0\x08\0\0\0\0\0\0\0\0\0", "empty.dng")));
    assert!(!can_show(MediaFormat::Mp4) && can_show(MediaFormat::Jpeg));
}

#[test]
fn a_torn_picture_is_damaged_and_a_bomb_is_refused_unopened() {
    let bytes = jpeg(&drawn(300, 200), &[]);
    let head_only = &bytes[..bytes.len() / 20];
    assert!(matches!(small(head_only, "x.jpg"), Err(Error::Damaged { .. })));

    let mut bomb = Cursor::new(Vec::new());
    drawn(10, 10).write_to(&mut bomb, image::ImageFormat::Png).unwrap();
    let mut bomb = bomb.into_inner();
    bomb[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
    match small(&bomb, "bomb.png") {
        Err(Error::TooLarge { width: 65535, height: 65535, .. }) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_real_photograph_that_can_be_shown_is_shown() {
    for (name, path) in all_photos() {
        if name.starts_with("orientation/") {
            continue; // Shown above.
        }
        let mut file = File::open(path).unwrap();
        let told = albumen_media::facts(&mut file, &name).unwrap();
        let made = match thumbnail(&mut file, &name, ThumbnailSize::Small) {
            Ok(made) => made,
            Err(Error::NoPicture { .. }) if name.starts_with("video/") => continue,
            Err(Error::NoPicture { .. }) if name.starts_with("raw/") => continue,
            Err(Error::DecoderMissing { .. }) if name.starts_with("heic/") => continue,
            Err(error) => panic!("{name}: {error:?}"),
        };
        shown(&made);
        assert_eq!(made.width.max(made.height), 256, "{name}");
        let tall = told.height > told.width;
        assert_eq!(made.height > made.width, tall, "{name}");
        assert!(made.bytes.len() < 60_000 && !made.thumbhash.is_empty(), "{name}");
    }
}
