//! The EXIF block of a picture. Owns which tags are asked and in what order; the block itself is
//! parsed by kamadak-exif, which goes on after a broken entry.

use std::io::{BufRead, Seek};

use exif::{Error, Exif, Field, In, Rational, Reader, Tag, Value};

use super::{CaptureTime, Gps, apple};

/// The largest preview inside the block that is looked at, in bytes. The block of a JPEG cannot
/// hold more than 64 KiB.
const MAX_PREVIEW: usize = 256 * 1024;

/// What the block says, as far as it could be read.
#[derive(Default)]
pub(crate) struct ExifFacts {
    /// 1 to 8.
    pub(crate) orientation: u8,
    /// Pixels as stored, by the camera's word.
    pub(crate) pixels: Option<(u32, u32)>,
    /// When it was taken.
    pub(crate) captured_at: Option<CaptureTime>,
    /// Where.
    pub(crate) gps: Option<Gps>,
    /// The maker as written.
    pub(crate) make: Option<String>,
    /// The model as written.
    pub(crate) model: Option<String>,
    /// What Apple's cameras write into both halves of a live photo.
    pub(crate) content_id: Option<String>,
    /// The small JPEG inside the block.
    pub(crate) preview: Option<Vec<u8>>,
}

/// Reads what there is; no block and an unreadable block are the same.
pub(super) fn read<R: BufRead + Seek>(reader: &mut R) -> ExifFacts {
    let whole = Reader::new().continue_on_error(true).read_from_container(reader);
    let block = match whole {
        Ok(block) => block,
        Err(Error::PartialResult(part)) => part.into_inner().0,
        Err(_) => return ExifFacts { orientation: 1, ..ExifFacts::default() },
    };
    ExifFacts {
        orientation: orientation(&block),
        pixels: pixels(&block),
        captured_at: captured_at(&block),
        gps: gps(&block),
        make: text(&block, Tag::Make),
        model: text(&block, Tag::Model),
        content_id: content_id(&block),
        preview: preview(&block),
    }
}

fn field(block: &Exif, tag: Tag) -> Option<&Field> {
    block.get_field(tag, In::PRIMARY)
}

fn number(block: &Exif, tag: Tag) -> Option<u32> {
    field(block, tag)?.value.get_uint(0)
}

/// The first string of a tag, up to its first zero: what follows is the writer's old memory.
fn ascii(block: &Exif, tag: Tag) -> Option<&[u8]> {
    match &field(block, tag)?.value {
        Value::Ascii(strings) => strings.first()?.split(|byte| *byte == 0).next(),
        _ => None,
    }
}

fn text(block: &Exif, tag: Tag) -> Option<String> {
    ascii(block, tag).map(|bytes| String::from_utf8_lossy(bytes).trim().to_owned())
}

fn orientation(block: &Exif) -> u8 {
    number(block, Tag::Orientation)
        .and_then(|value| u8::try_from(value).ok())
        .filter(|value| (1..=8).contains(value))
        .unwrap_or(1)
}

fn pixels(block: &Exif) -> Option<(u32, u32)> {
    let size = (number(block, Tag::PixelXDimension)?, number(block, Tag::PixelYDimension)?);
    (size.0 > 0 && size.1 > 0).then_some(size)
}

/// Taken, else digitised, else last changed; each with its own zone and fraction of a second.
fn captured_at(block: &Exif) -> Option<CaptureTime> {
    [
        (Tag::DateTimeOriginal, Tag::OffsetTimeOriginal, Tag::SubSecTimeOriginal),
        (Tag::DateTimeDigitized, Tag::OffsetTimeDigitized, Tag::SubSecTimeDigitized),
        (Tag::DateTime, Tag::OffsetTime, Tag::SubSecTime),
    ]
    .into_iter()
    .find_map(|(date, zone, fraction)| {
        let mut told = exif::DateTime::from_ascii(ascii(block, date)?).ok()?;
        // Both are decoration: a date without them is still the date.
        let _ = ascii(block, zone).map(|zone| told.parse_offset(zone));
        let _ = ascii(block, fraction).map(|fraction| told.parse_subsec(fraction));
        CaptureTime::from_exif(&told)
    })
}

fn gps(block: &Exif) -> Option<Gps> {
    let latitude = degrees(block, Tag::GPSLatitude, Tag::GPSLatitudeRef, b'S')?;
    let longitude = degrees(block, Tag::GPSLongitude, Tag::GPSLongitudeRef, b'W')?;
    let altitude = match field(block, Tag::GPSAltitude).map(|field| &field.value) {
        Some(Value::Rational(parts)) => parts.first().and_then(quotient),
        _ => None,
    };
    let below = number(block, Tag::GPSAltitudeRef) == Some(1);
    Gps::believed(latitude, longitude, altitude.map(|up| if below { -up } else { up }))
}

fn degrees(block: &Exif, tag: Tag, reference: Tag, negative: u8) -> Option<f64> {
    let Value::Rational(parts) = &field(block, tag)?.value else {
        return None;
    };
    let whole = quotient(parts.first()?)?;
    let minutes = parts.get(1).map_or(Some(0.0), quotient)?;
    // Writers that put decimals into the minutes leave seconds as 0/0.
    let seconds = parts.get(2).and_then(quotient).unwrap_or(0.0);
    let sum = whole + minutes / 60.0 + seconds / 3600.0;
    let mirrored = ascii(block, reference)?.first()?.eq_ignore_ascii_case(&negative);
    Some(if mirrored { -sum } else { sum })
}

fn quotient(value: &Rational) -> Option<f64> {
    (value.denom != 0).then(|| value.to_f64())
}

fn content_id(block: &Exif) -> Option<String> {
    match &field(block, Tag::MakerNote)?.value {
        Value::Undefined(note, _) => apple::content_id(note),
        _ => None,
    }
}

fn preview(block: &Exif) -> Option<Vec<u8>> {
    let part = |tag| block.get_field(tag, In::THUMBNAIL)?.value.get_uint(0);
    let start = part(Tag::JPEGInterchangeFormat)? as usize;
    let len = part(Tag::JPEGInterchangeFormatLength)? as usize;
    let bytes = block.buf().get(start..start.checked_add(len)?)?;
    (len <= MAX_PREVIEW).then(|| bytes.to_vec())
}
