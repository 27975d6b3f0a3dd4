//! Pixels from a file's bytes, within limits. Owns which decoder takes which format; does not
//! shrink or turn what it decodes.

use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};

use image::{DynamicImage, ImageFormat, ImageReader, Limits};

use super::{MAX_DECODE_PIXELS, film, heic};
use crate::{
    Error,
    bounded::Bounded,
    facts::{exif_of, stored_size},
    kind::{MediaFormat, MediaKind},
    raw,
};

/// Bytes of a picture file read at most. A JPEG is held in memory while it is decoded.
pub(super) const MAX_FILE: u64 = 256 * 1024 * 1024;

/// Bytes of a preview inside a raw file.
const MAX_PREVIEW: u64 = 32 * 1024 * 1024;

/// Bytes a decoder may take in one piece: the largest picture at four bytes a pixel.
const MAX_ALLOC: u64 = MAX_DECODE_PIXELS * 4;

/// What a decoder complains about.
pub(super) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Pixels as stored, and how to turn them.
pub(super) struct Decoded {
    pub(super) pixels: DynamicImage,
    /// EXIF 1 to 8.
    pub(super) orientation: u8,
}

/// Whether this crate itself finds a picture in files of the format.
pub(super) fn has_picture(format: MediaFormat) -> bool {
    format_of(format).is_some() || has_previews(format)
}

/// Decodes the picture of a file; `longest` is the long edge wanted in the end, in pixels.
pub(super) fn picture<R: Read + Seek>(
    reader: &mut R,
    format: MediaFormat,
    longest: u32,
) -> Result<Decoded, Error> {
    if format.kind() != MediaKind::Image {
        return Err(Error::NoPicture { format: Some(format) });
    }
    let exif = exif_of(reader, format)?;
    if has_previews(format) {
        let pixels = preview(reader, format, longest)?;
        return Ok(Decoded { pixels, orientation: exif.orientation });
    }
    check_size(stored_size(reader, format, &exif)?.0)?;
    if let Some(coding) = format_of(format) {
        let pixels = whole(reader, format, coding)?;
        return Ok(Decoded { pixels, orientation: exif.orientation });
    }
    match format {
        MediaFormat::Heic | MediaFormat::Heif | MediaFormat::Avif => {
            // The program applies the container's own turning, which outranks EXIF there.
            let jpeg = heic::to_jpeg(&mut Bounded::from_start(reader, MAX_FILE)?, format)?;
            Ok(Decoded { pixels: in_memory(&jpeg, format)?, orientation: 1 })
        }
        _ => Err(Error::NoPicture { format: Some(format) }),
    }
}

/// A frame of a film.
pub(super) fn frame<R: Read + Seek>(reader: &mut R, format: MediaFormat) -> Result<Decoded, Error> {
    let jpeg = film::to_jpeg(&mut Bounded::from_start(reader, MAX_FILE)?, format)?;
    Ok(Decoded { pixels: in_memory(&jpeg, format)?, orientation: 1 })
}

fn format_of(format: MediaFormat) -> Option<ImageFormat> {
    Some(match format {
        MediaFormat::Jpeg => ImageFormat::Jpeg,
        MediaFormat::Png => ImageFormat::Png,
        MediaFormat::Gif => ImageFormat::Gif,
        MediaFormat::WebP => ImageFormat::WebP,
        MediaFormat::Tiff => ImageFormat::Tiff,
        MediaFormat::Bmp => ImageFormat::Bmp,
        _ => return None,
    })
}

fn has_previews(format: MediaFormat) -> bool {
    matches!(format, MediaFormat::Dng | MediaFormat::Cr2 | MediaFormat::Nef | MediaFormat::Arw)
}

/// Refuses a picture that says of itself that it is too large.
pub(super) fn check_stored_size<R: Read + Seek>(
    reader: &mut R,
    format: MediaFormat,
) -> Result<(), Error> {
    let exif = exif_of(reader, format)?;
    check_size(stored_size(reader, format, &exif)?.0)
}

fn check_size(size: Option<(u32, u32)>) -> Result<(), Error> {
    match size {
        Some((width, height)) if u64::from(width) * u64::from(height) > MAX_DECODE_PIXELS => {
            Err(Error::TooLarge { width, height, limit: MAX_DECODE_PIXELS })
        }
        _ => Ok(()),
    }
}

pub(super) fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_ALLOC);
    limits
}

fn whole<R: Read + Seek>(
    reader: &mut R,
    format: MediaFormat,
    coding: ImageFormat,
) -> Result<DynamicImage, Error> {
    let mut input = BufReader::new(Bounded::from_start(reader, MAX_FILE)?);
    let mut decoder = ImageReader::with_format(&mut input, coding);
    decoder.limits(limits());
    let decoded = decoder.decode();
    input.into_inner().check()?;
    decoded.map_err(|error| Error::Damaged { format, source: error.into() })
}

fn in_memory(jpeg: &[u8], format: MediaFormat) -> Result<DynamicImage, Error> {
    let told = imagesize::blob_size(jpeg).ok();
    let fits = |edge: usize| u32::try_from(edge).unwrap_or(u32::MAX);
    check_size(told.map(|size| (fits(size.width), fits(size.height))))?;
    whole(&mut Cursor::new(jpeg), format, ImageFormat::Jpeg)
}

/// The smallest preview of a raw file that is large enough, else its largest that decodes.
fn preview<R: Read + Seek>(
    reader: &mut R,
    format: MediaFormat,
    longest: u32,
) -> Result<DynamicImage, Error> {
    let layout = raw::read(&mut BufReader::new(Bounded::from_start(&mut *reader, MAX_PREVIEW)?));
    let mut best: Option<DynamicImage> = None;
    for place in layout.previews.iter().filter(|place| place.len <= MAX_PREVIEW) {
        let mut jpeg = Vec::new();
        reader.seek(SeekFrom::Start(place.offset)).map_err(Error::Read)?;
        reader.by_ref().take(place.len).read_to_end(&mut jpeg).map_err(Error::Read)?;
        // Raw pictures themselves are sometimes kept as lossless JPEG, which no viewer decodes.
        let Ok(pixels) = in_memory(&jpeg, format) else {
            continue;
        };
        let edge = pixels.width().max(pixels.height());
        if best.as_ref().is_none_or(|best| edge > best.width().max(best.height())) {
            best = Some(pixels);
        }
        if edge >= longest {
            break;
        }
    }
    best.ok_or(Error::NoPicture { format: Some(format) })
}
