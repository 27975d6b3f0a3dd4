//! How many pixels a picture says it has. Owns which header is believed; the headers themselves are
//! read by the imagesize crate, raw layouts by [`crate::raw`].

use std::io::{BufRead, Read, Seek, SeekFrom};

use super::MAX_CLAIMED_PIXELS;
use crate::{kind::MediaFormat, raw};

/// Where the main header of an AVI file holds width and height: RIFF head (12), list head (12),
/// chunk head (8), then eight numbers.
const AVI_SIZE_AT: u64 = 64;

/// Pixels as stored (HEIF: as shown), however many are claimed. For raw files the camera's own word
/// goes first, since their outermost picture is often a preview.
pub(super) fn of_picture<R: BufRead + Seek>(
    reader: &mut R,
    format: MediaFormat,
    by_exif: Option<(u32, u32)>,
) -> Option<(u32, u32)> {
    if format.is_raw() {
        return by_exif.or_else(|| raw::read(reader).size);
    }
    let told = imagesize::reader_size(&mut *reader).ok()?;
    let size = (u32::try_from(told.width).ok()?, u32::try_from(told.height).ok()?);
    (size.0 > 0 && size.1 > 0).then_some(size)
}

/// The size an AVI file's main header gives.
pub(super) fn of_avi<R: Read + Seek>(reader: &mut R) -> Option<(u32, u32)> {
    let mut head = [0; 32];
    reader.read_exact(&mut head).ok()?;
    if &head[12..16] != b"LIST" || &head[20..28] != b"hdrlavih" {
        return None;
    }
    reader.seek(SeekFrom::Start(AVI_SIZE_AT)).ok()?;
    let mut size = [0; 8];
    reader.read_exact(&mut size).ok()?;
    let [width, height] = [&size[..4], &size[4..]]
        .map(|part| u32::from_le_bytes(part.try_into().expect("half of eight bytes is four")));
    Some((width, height)).filter(believable)
}

/// Whether a claim is worth showing.
pub(super) fn believable(size: &(u32, u32)) -> bool {
    let pixels = u64::from(size.0) * u64::from(size.1);
    pixels > 0 && pixels <= MAX_CLAIMED_PIXELS
}
