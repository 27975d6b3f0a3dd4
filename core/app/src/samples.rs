//! Photographs for who has none at hand: small landscapes with everything that a camera writes
//! beside them, the same ones each time.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use exif::{Field, In, Tag, Value, experimental::Writer};
use image::{Rgb, RgbImage, codecs::jpeg::JpegEncoder};

/// Width and height of the pictures.
const PIXELS: (u32, u32) = (960, 640);
/// As much as a phone's JPEG.
const QUALITY: u8 = 88;
/// Sub-folders they are spread over, so that albums by folder have something to show.
const FOLDERS: [&str; 3] = ["Lake", "City", "山"];

/// Writes `count` photographs below a folder, and says which.
///
/// # Errors
/// When the disk refuses.
pub fn write(folder: &Path, count: u32) -> io::Result<Vec<PathBuf>> {
    let mut written = Vec::new();
    for number in 0..count {
        let below = folder.join(FOLDERS[number as usize % FOLDERS.len()]);
        fs::create_dir_all(&below)?;
        let path = below.join(format!("IMG_{:04}.JPG", number + 1));
        fs::write(&path, photograph(number)?)?;
        written.push(path);
    }
    Ok(written)
}

/// One photograph as a camera would have written it.
fn photograph(number: u32) -> io::Result<Vec<u8>> {
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY)
        .encode_image(&landscape(number))
        .map_err(io::Error::other)?;
    let exif = camera_block(number)?;
    let length = u16::try_from(exif.len() + 8).map_err(io::Error::other)?;
    // After the two bytes that begin every JPEG comes the block that cameras write.
    let mut photo = jpeg[..2].to_vec();
    photo.extend_from_slice(&[0xff, 0xe1]);
    photo.extend_from_slice(&length.to_be_bytes());
    photo.extend_from_slice(b"Exif\0\0");
    photo.extend_from_slice(&exif);
    photo.extend_from_slice(&jpeg[2..]);
    Ok(photo)
}

fn camera_block(number: u32) -> io::Result<Vec<u8>> {
    let (day, hour, minute) = (number % 28 + 1, 8 + number % 12, number * 7 % 60);
    let month = number / 28 % 12 + 1;
    let taken = format!("2024:{month:02}:{day:02} {hour:02}:{minute:02}:05");
    let text = |tag, text: &str| Field {
        tag,
        ifd_num: In::PRIMARY,
        value: Value::Ascii(vec![text.as_bytes().to_vec()]),
    };
    let fields = [
        text(Tag::Make, "Albumen"),
        text(Tag::Model, "Sample"),
        text(Tag::DateTimeOriginal, &taken),
        text(Tag::OffsetTimeOriginal, "+08:00"),
        Field { tag: Tag::Orientation, ifd_num: In::PRIMARY, value: Value::Short(vec![1]) },
    ];
    let mut writer = Writer::new();
    fields.iter().for_each(|field| writer.push_field(field));
    let mut block = io::Cursor::new(Vec::new());
    writer.write(&mut block, false).map_err(io::Error::other)?;
    Ok(block.into_inner())
}

/// A sky, hills and grain: as hard to compress as a plain photograph.
fn landscape(number: u32) -> RgbImage {
    let hue = [(90, 140, 220), (230, 150, 90), (120, 180, 160), (180, 120, 190)];
    let (red, green, blue) = hue[number as usize % hue.len()];
    let mut grain = u64::from(number) * 2_654_435_761 + 1;
    RgbImage::from_fn(PIXELS.0, PIXELS.1, |x, y| {
        grain =
            grain.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let noise = (grain >> 58).cast_signed() - 32;
        let wave = f64::from(x + number * 83) / 90.0;
        let hill = f64::from(PIXELS.1) * 0.62 + wave.sin() * 50.0 + (wave * 2.7).cos() * 18.0;
        let is_hill = f64::from(y) > hill;
        let light = i64::from(PIXELS.1 - y) / 8;
        let tone = |of: i64| {
            let base = if is_hill { of / 3 + 20 } else { of + light / 2 };
            u8::try_from((base + noise / 3).clamp(0, 255)).expect("clamped to a byte")
        };
        Rgb([tone(red), tone(green), tone(blue)])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_photographs_and_all_different() {
        let folder = tempfile::tempdir().unwrap();
        let written = write(folder.path(), 5).unwrap();
        let contents: std::collections::BTreeSet<Vec<u8>> =
            written.iter().map(|path| fs::read(path).unwrap()).collect();
        assert_eq!(contents.len(), 5);
        for content in &contents {
            assert!(content.len() > 40_000, "{}", content.len());
            image::load_from_memory(content).unwrap();
        }
        assert_eq!(write(folder.path(), 5).unwrap(), written, "the same each time");
        let again: Vec<u8> = fs::read(&written[0]).unwrap();
        assert!(contents.contains(&again));
    }
}
