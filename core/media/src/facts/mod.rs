//! What is worth knowing about a file without showing it. Owns [`MediaFacts`] and putting them
//! together; the bytes of each format are read by the files beside this one.
//!
//! Facts inside a file are claims of whoever wrote it. A torn or absurd block makes the facts fewer
//! and is never an error; only a failing disk is.

mod apple;
mod camera;
mod capture;
mod exif;
mod gps;
mod movie;
mod size;

use std::io::{BufReader, Read, Seek};

pub use capture::{CaptureSource, CaptureTime};
pub use gps::Gps;

use crate::{
    Error,
    bounded::Bounded,
    kind::{Detected, HEAD_LEN, MediaFormat, MediaKind},
    thumbnail::Rgb,
};
pub(crate) use exif::ExifFacts;

/// Bytes read at most to find the facts of a picture: headers, and the whole of an embedded
/// metadata block. A file that hides them further in has none.
const MAX_PICTURE_HEADER: u64 = 16 * 1024 * 1024;

/// Pictures that claim more pixels than this are believed by nobody; their size is left out.
pub const MAX_CLAIMED_PIXELS: u64 = 2_000_000_000;

/// What is known about a file.
#[derive(Clone, Debug, PartialEq)]
pub struct MediaFacts {
    /// Picture, film or neither, by the bytes.
    pub kind: MediaKind,
    /// The format, by the bytes; absent for [`MediaKind::Other`].
    pub format: Option<MediaFormat>,
    /// The content type to store it with.
    pub content_type: &'static str,
    /// Whether the name claims another format than the bytes have.
    pub name_misleads: bool,
    /// Pixels across when shown upright.
    pub width: Option<u32>,
    /// Pixels down when shown upright.
    pub height: Option<u32>,
    /// How the stored pixels are turned, EXIF 1 to 8; 1 where nothing or nonsense is said. Already
    /// counted in `width` and `height`. HEIC turns its pixels by itself whatever this says.
    pub orientation: u8,
    /// When it was taken.
    pub captured_at: Option<CaptureTime>,
    /// Where it was taken.
    pub gps: Option<Gps>,
    /// Maker and model, tidied for people.
    pub camera: Option<String>,
    /// What Apple's cameras write into both halves of a live photo: the same text in picture and
    /// film. Letters, digits and `-` only, at most 64 of them.
    pub content_id: Option<String>,
    /// Mean colour of the small preview inside the file, where it has one; the mean of the whole
    /// picture comes with its thumbnail.
    pub average_rgb: Option<Rgb>,
}

/// Reads the facts of a file. `name` is used for its extension alone. Reads a bounded part of the
/// file (the end of a film's file too), from its start whatever the reader's position.
pub fn facts<R: Read + Seek>(reader: &mut R, name: &str) -> Result<MediaFacts, Error> {
    let detected = detect(reader, name)?;
    let mut facts = MediaFacts {
        kind: detected.kind(),
        format: detected.format(),
        content_type: detected.content_type(),
        name_misleads: detected.name_misleads(),
        width: None,
        height: None,
        orientation: 1,
        captured_at: None,
        gps: None,
        camera: None,
        content_id: None,
        average_rgb: None,
    };
    match facts.format {
        Some(format) if format.kind() == MediaKind::Image => picture(reader, format, &mut facts)?,
        Some(format) => film(reader, format, &mut facts)?,
        None => {}
    }
    Ok(facts)
}

/// Tells what a file is, from its start whatever the reader's position.
pub fn detect<R: Read + Seek>(reader: &mut R, name: &str) -> Result<Detected, Error> {
    let mut start = Bounded::from_start(reader, HEAD_LEN as u64)?;
    let mut head = Vec::with_capacity(HEAD_LEN);
    start.read_to_end(&mut head).map_err(Error::Read)?;
    Ok(Detected::of(&head, name))
}

fn picture<R: Read + Seek>(
    reader: &mut R,
    format: MediaFormat,
    facts: &mut MediaFacts,
) -> Result<(), Error> {
    let found = exif_of(reader, format)?;
    let (size, upright) = stored_size(reader, format, &found)?;
    facts.orientation = found.orientation;
    let turned = found.orientation >= 5 && !upright;
    if let Some((width, height)) = size.filter(size::believable) {
        let (width, height) = if turned { (height, width) } else { (width, height) };
        (facts.width, facts.height) = (Some(width), Some(height));
    }
    facts.captured_at = found.captured_at;
    facts.gps = found.gps;
    facts.camera = camera::tidy(found.make.as_deref(), found.model.as_deref());
    facts.content_id = found.content_id;
    facts.average_rgb = found.preview.as_deref().and_then(crate::thumbnail::average_of_jpeg);
    Ok(())
}

/// The EXIF block of a picture, as far as it can be read.
pub(crate) fn exif_of<R: Read + Seek>(
    reader: &mut R,
    format: MediaFormat,
) -> Result<ExifFacts, Error> {
    if matches!(format, MediaFormat::Gif | MediaFormat::Bmp) {
        return Ok(ExifFacts::default());
    }
    let mut input = BufReader::new(Bounded::from_start(reader, MAX_PICTURE_HEADER)?);
    let found = exif::read(&mut input);
    input.into_inner().check()?;
    Ok(found)
}

/// Pixels as stored, and whether they are upright already (HEIF turns inside the container).
pub(crate) fn stored_size<R: Read + Seek>(
    reader: &mut R,
    format: MediaFormat,
    found: &ExifFacts,
) -> Result<(Option<(u32, u32)>, bool), Error> {
    let mut input = BufReader::new(Bounded::from_start(reader, MAX_PICTURE_HEADER)?);
    let told = size::of_picture(&mut input, format, found.pixels);
    input.into_inner().check()?;
    let heif = matches!(format, MediaFormat::Heic | MediaFormat::Heif | MediaFormat::Avif);
    Ok(match told {
        Some(size) => (Some(size), heif),
        None => (found.pixels, false),
    })
}

fn film<R: Read + Seek>(
    reader: &mut R,
    format: MediaFormat,
    facts: &mut MediaFacts,
) -> Result<(), Error> {
    let mut input = BufReader::new(Bounded::from_start(reader, movie::MAX_READ)?);
    let found = match format {
        MediaFormat::Avi => {
            movie::MovieFacts { size: size::of_avi(&mut input), ..movie::MovieFacts::default() }
        }
        MediaFormat::Mp4 | MediaFormat::Mov | MediaFormat::ThreeGp => movie::read(&mut input),
        _ => movie::MovieFacts::default(),
    };
    input.into_inner().check()?;
    (facts.width, facts.height) = found.size.filter(size::believable).unzip();
    facts.captured_at = found.captured_at;
    facts.gps = found.gps;
    facts.camera = camera::tidy(found.make.as_deref(), found.model.as_deref());
    facts.content_id = found.content_id;
    Ok(())
}
