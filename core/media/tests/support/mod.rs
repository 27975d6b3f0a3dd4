//! Where real photographs are, and pictures drawn for when there are none. Knows no rule of the
//! crate: expected values stand in the tests.

#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::unwrap_used, reason = "all of this is test")]

use std::{
    fs::File,
    io::Cursor,
    path::{Path, PathBuf},
};

use exif::{Field, In, Rational, Tag, Value, experimental::Writer};
use image::{DynamicImage, Rgb, RgbImage, metadata::Orientation};

/// The folder of real photographs, where there is one.
pub(crate) fn photos() -> Option<PathBuf> {
    let told = std::env::var_os("ALBUMEN_PHOTOS").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/photos");
    told.into_iter().chain([beside]).find(|folder| folder.is_dir())
}

/// Opens one real photograph; nothing where it is not there.
pub(crate) fn photo(name: &str) -> Option<File> {
    File::open(photos()?.join(name)).ok()
}

/// Every real photograph with its path below the folder, in order.
pub(crate) fn all_photos() -> Vec<(String, PathBuf)> {
    let Some(root) = photos() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut waiting = vec![root.clone()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                found.push((path.strip_prefix(&root).unwrap().display().to_string(), path));
            }
        }
    }
    found.sort();
    found
}

/// A picture in which every turn and mirroring shows: colours run in both directions.
pub(crate) fn drawn(width: u32, height: u32) -> DynamicImage {
    let ramp = |at: u32, all: u32| u8::try_from(at * 255 / all.max(1)).unwrap();
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |x, y| {
        let corner = x < width / 4 && y < height / 4;
        Rgb([ramp(x, width), ramp(y, height), if corner { 255 } else { 40 }])
    }))
}

/// A picture as a camera held that way would have stored it.
pub(crate) fn stored_as(upright: &DynamicImage, orientation: u8) -> DynamicImage {
    let back = match orientation {
        6 => 8,
        8 => 6,
        other => other,
    };
    let mut stored = upright.clone();
    stored.apply_orientation(Orientation::from_exif(back).unwrap());
    stored
}

/// A JPEG file with an EXIF block of these fields.
pub(crate) fn jpeg(picture: &DynamicImage, fields: &[Field]) -> Vec<u8> {
    let mut plain = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut plain, 92);
    picture.write_with_encoder(encoder).unwrap();
    if fields.is_empty() {
        return plain;
    }
    let mut writer = Writer::new();
    fields.iter().for_each(|field| writer.push_field(field));
    let mut block = Cursor::new(b"Exif\0\0".to_vec());
    let mut tiff = Cursor::new(Vec::new());
    writer.write(&mut tiff, false).unwrap();
    block.get_mut().extend(tiff.into_inner());
    let block = block.into_inner();
    let mut file = plain[..2].to_vec();
    file.extend([0xff, 0xe1]);
    file.extend(u16::try_from(block.len() + 2).unwrap().to_be_bytes());
    file.extend(block);
    file.extend(&plain[2..]);
    file
}

/// One EXIF field.
pub(crate) fn field(tag: Tag, value: Value) -> Field {
    Field { tag, ifd_num: In::PRIMARY, value }
}

/// An EXIF text.
pub(crate) fn ascii(text: &str) -> Value {
    Value::Ascii(vec![text.as_bytes().to_vec()])
}

/// Degrees, minutes and seconds.
pub(crate) fn degrees(parts: [u32; 3]) -> Value {
    Value::Rational(parts.map(|num| Rational { num, denom: 1 }).to_vec())
}

/// What a good phone writes.
pub(crate) fn phone_fields(orientation: u16) -> Vec<Field> {
    vec![
        field(Tag::Make, ascii("samsung")),
        field(Tag::Model, ascii("SM-G975F")),
        field(Tag::Orientation, Value::Short(vec![orientation])),
        field(Tag::DateTime, ascii("2021:01:01 00:00:00")),
        field(Tag::DateTimeOriginal, ascii("2020:06:30 11:27:59")),
        field(Tag::OffsetTimeOriginal, ascii("+08:00")),
        field(Tag::SubSecTimeOriginal, ascii("250")),
        field(Tag::GPSLatitude, degrees([31, 13, 48])),
        field(Tag::GPSLatitudeRef, ascii("N")),
        field(Tag::GPSLongitude, degrees([121, 28, 12])),
        field(Tag::GPSLongitudeRef, ascii("W")),
        field(Tag::GPSAltitude, Value::Rational(vec![Rational { num: 25, denom: 2 }])),
        field(Tag::GPSAltitudeRef, Value::Byte(vec![1])),
    ]
}

/// The identifier in [`apple_note`].
pub(crate) const CONTENT_ID: &str = "5A1F2C3D-0000-4B6E-8F9A-112233445566";

/// A maker note as Apple's phones write it into the picture of a live photo.
pub(crate) fn apple_note() -> Field {
    let mut note = b"Apple iOS\0\0\x01MM\0\x01\0\x11\0\x02\0\0\0\x25\0\0\0\x20\0\0\0\0".to_vec();
    note.extend(CONTENT_ID.as_bytes());
    note.push(0);
    field(Tag::MakerNote, Value::Undefined(note, 0))
}
