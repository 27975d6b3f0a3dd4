//! Photographs to sync: real ones where the machine has them, made ones elsewhere or beside them.

use std::path::{Path, PathBuf};

use image::codecs::jpeg::JpegEncoder;
use image::{ImageBuffer, Rgb};

use crate::exif::Exif;
use crate::programs;

/// Folders of the collection in the order in which they are taken: plain JPEGs before rarer kinds.
const FOLDERS: [&str; 5] = ["cameras", "orientation", "heic", "raw", "video"];

/// Edge of the squares that a made photograph consists of: noise of this grain survives JPEG.
const GRAIN: u32 = 4;

/// Copies `count` photographs into a folder (made if need be) and returns their paths, sorted.
/// Real ones first; what is missing is made, so a machine without the collection runs the same
/// tests.
///
/// # Panics
/// When the folder cannot be written.
pub fn photos(folder: &Path, count: usize) -> Vec<PathBuf> {
    std::fs::create_dir_all(folder).expect("the photo folder can be made");
    let mut paths: Vec<PathBuf> =
        real().into_iter().take(count).map(|from| copy(&from, folder)).collect();
    for index in paths.len()..count {
        let path = folder.join(format!("made-{index:04}.jpg"));
        let bytes = make(u32::try_from(index).expect("fewer than 2^32 photographs"), 1200, 800);
        std::fs::write(&path, bytes).expect("the photo folder can be written");
        paths.push(path);
    }
    paths.sort();
    paths
}

/// The files of the collection: below `ALBUMEN_PHOTOS`, else beside the repository; empty without
/// either.
pub fn real() -> Vec<PathBuf> {
    let given = std::env::var_os("ALBUMEN_PHOTOS").map(PathBuf::from);
    let collection = given.unwrap_or_else(|| programs::workspace_folder().join("../shared/photos"));
    FOLDERS.iter().flat_map(|folder| files(&collection.join(folder))).collect()
}

/// A JPEG with EXIF that differs from that of every other index: about 300 KB at 1200 x 800.
///
/// # Panics
/// When the size is not one that a JPEG can have.
pub fn make(index: u32, width: u32, height: u32) -> Vec<u8> {
    let image = ImageBuffer::from_fn(width, height, |x, y| {
        let noise = scramble(index ^ scramble((x / GRAIN) << 16 | (y / GRAIN)));
        let shade = |shift: u32| {
            let ramp = (x * 120 / width + y * 80 / height) & 0xFF;
            u8::try_from((ramp + (noise >> shift & 0x3F)).min(255)).expect("at most 255")
        };
        Rgb([shade(0), shade(8), shade(16)])
    });
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 85).encode_image(&image).expect("a JPEG of that size");
    let (day, second) = (index / 1440 % 28 + 1, index % 60);
    let taken = format!("2024:05:{day:02} {:02}:{:02}:{second:02}", index / 60 % 24, index % 60);
    Exif { taken, model: "Albumen Testcard".to_owned(), orientation: 1 }.put_into(&jpeg)
}

/// A film for transfers: bytes that nothing compresses and no other seed gives. Only its name says
/// that it is one.
pub fn film(seed: u32, bytes: usize) -> Vec<u8> {
    let mut state = u64::from(seed) << 1 | 1;
    let mut next = || {
        // A xorshift generator: fast also in a build for debugging.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut film = Vec::with_capacity(bytes + 8);
    while film.len() < bytes {
        film.extend_from_slice(&next().to_le_bytes());
    }
    film.truncate(bytes);
    film
}

/// Files of a folder by name; empty where there is no such folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|e| e.path()).filter(|path| path.is_file()).collect();
    paths.sort();
    paths
}

/// A copy that can be written, whatever the original allows.
fn copy(from: &Path, folder: &Path) -> PathBuf {
    let to = folder.join(from.file_name().expect("a file has a name"));
    let bytes = std::fs::read(from)
        .unwrap_or_else(|e| panic!("Photograph cannot be read: {}: {e}", from.display()));
    std::fs::write(&to, bytes).expect("the photo folder can be written");
    to
}

/// A fixed mixing of bits (the finaliser of MurmurHash3): the same picture on every machine.
fn scramble(mut bits: u32) -> u32 {
    bits ^= bits >> 16;
    bits = bits.wrapping_mul(0x85EB_CA6B);
    bits ^= bits >> 13;
    bits = bits.wrapping_mul(0xC2B2_AE35);
    bits ^ bits >> 16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_photographs_are_real_jpegs_and_all_different() {
        let (one, other) = (make(1, 1200, 800), make(2, 1200, 800));
        assert_ne!(one, other);
        assert_eq!(one, make(1, 1200, 800), "the same index gives the same file");
        assert!((200_000..400_000).contains(&one.len()), "{} bytes", one.len());
        let decoded = image::load_from_memory(&one).expect("a JPEG");
        assert_eq!((decoded.width(), decoded.height()), (1200, 800));
    }

    #[test]
    fn the_exif_of_a_made_photograph_can_be_read() {
        let jpeg = make(61, 64, 64);
        let exif = exif::Reader::new()
            .read_from_container(&mut std::io::Cursor::new(jpeg))
            .expect("EXIF that an independent reader accepts");
        let field = |tag| {
            let field = exif.get_field(tag, exif::In::PRIMARY).expect("the tag is there");
            field.display_value().to_string()
        };
        assert_eq!(field(exif::Tag::DateTimeOriginal), "2024-05-01 01:01:01");
        assert_eq!(field(exif::Tag::Model), "\"Albumen Testcard\"");
        assert_eq!(field(exif::Tag::Orientation), "row 0 at top and column 0 at left");
    }

    #[test]
    fn a_folder_gets_as_many_as_asked_for() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let count = real().len() + 2;
        let paths = photos(folder.path(), count);
        assert_eq!(paths.len(), count);
        assert_eq!(files(folder.path()), paths, "what is returned is what is there");
        assert!(
            paths.iter().all(|path| path.metadata().is_ok_and(|m| !m.permissions().readonly()))
        );
    }
}
