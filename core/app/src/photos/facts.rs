//! What the journal keeps of a photo, out of the file itself. Owns the choice of the date: the
//! camera's word, else the file's.

use std::{fs::File, io, path::Path, time::UNIX_EPOCH};

use albumen_media::{
    MediaFacts, ThumbnailSize, facts,
    facts::CaptureTime,
    kind::MediaKind,
    thumbnail::{self, can_show},
};
use albumen_sync::PhotoFacts;
use time::OffsetDateTime;

/// Shown until a picture's colour is known, and for films.
const GREY: [u8; 3] = [128, 128, 128];
const MS_PER_DAY: i64 = 86_400_000;

/// Reads the facts of a file; `None` when it is neither picture nor film. May decode the picture
/// where the file has no preview of its own, to learn its colour.
///
/// # Errors
/// When the disk refuses.
pub(super) fn read(path: &Path) -> io::Result<Option<PhotoFacts>> {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let mut file = File::open(path)?;
    let modified = modified_ms(&file)?;
    let known = match facts(&mut file, &name) {
        Ok(known) => known,
        Err(albumen_media::Error::Read(error)) => return Err(error),
        Err(_) => return Ok(None),
    };
    if known.kind == MediaKind::Other {
        return Ok(None);
    }
    let rgb = known.average_rgb.unwrap_or_else(|| colour(&mut file, &name, &known));
    Ok(Some(row(known, rgb, modified)))
}

/// The mean of the whole picture, where it can be decoded.
fn colour(file: &mut File, name: &str, known: &MediaFacts) -> [u8; 3] {
    if !known.format.is_some_and(can_show) {
        return GREY;
    }
    thumbnail::thumbnail(file, name, ThumbnailSize::Small)
        .map_or(GREY, |thumbnail| thumbnail.average_rgb)
}

fn row(known: MediaFacts, rgb: [u8; 3], modified_ms: i64) -> PhotoFacts {
    let taken_ms = known.captured_at.map_or(modified_ms, wall_ms);
    PhotoFacts {
        day: i32::try_from(taken_ms.div_euclid(MS_PER_DAY)).unwrap_or(0),
        taken_ms,
        offset_min: known.captured_at.and_then(|at| at.offset_minutes).map(i32::from),
        from_exif: known.captured_at.is_some(),
        video: known.kind == MediaKind::Video,
        width: known.width.unwrap_or(0),
        height: known.height.unwrap_or(0),
        rgb,
        camera: known.camera,
    }
}

/// The camera's clock as if it showed UTC.
fn wall_ms(taken: CaptureTime) -> i64 {
    let moment: OffsetDateTime = taken.local.assume_utc();
    i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000_000)).unwrap_or(0)
}

fn modified_ms(file: &File) -> io::Result<i64> {
    let modified = file.metadata()?.modified()?;
    Ok(match modified.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn the_cameras_word_counts_and_the_files_where_there_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let photo = samples::write(folder.path(), 1).unwrap().remove(0);
        let facts = read(&photo).unwrap().unwrap();
        assert!(facts.from_exif && !facts.video);
        assert_eq!(facts.day, i32::try_from(facts.taken_ms.div_euclid(MS_PER_DAY)).unwrap());
        assert_eq!(facts.offset_min, Some(480));
        assert!(facts.width > 0 && facts.height > 0);
        assert_ne!(facts.rgb, GREY);

        let plain = folder.path().join("plain.png");
        image::RgbImage::from_pixel(8, 4, image::Rgb([250, 10, 10])).save(&plain).unwrap();
        let facts = read(&plain).unwrap().unwrap();
        assert!(!facts.from_exif);
        assert_eq!((facts.width, facts.height), (8, 4));
        assert!(facts.rgb[0] > 200 && facts.rgb[1] < 60, "{:?}", facts.rgb);
    }

    #[test]
    fn what_is_no_picture_has_no_facts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("letter.jpg");
        std::fs::write(&path, "Dear all").unwrap();
        assert_eq!(read(&path).unwrap(), None);
        assert!(read(&folder.path().join("gone.jpg")).is_err());
    }
}
