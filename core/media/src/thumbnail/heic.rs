//! HEIC, HEIF and AVIF pictures through libheif's `heif-convert`: no maintained decoder exists in
//! Rust.

use std::{ffi::OsStr, io::Read};

use super::child::{Decoder, Scratch};
use crate::{Error, kind::MediaFormat};

pub(super) const DECODER: Decoder = Decoder {
    program: "heif-convert",
    places: &[
        "/usr/bin/heif-convert",
        "/usr/local/bin/heif-convert",
        "/opt/homebrew/bin/heif-convert",
    ],
};

/// Quality of the intermediate JPEG: it is shrunk at once, so nothing is seen of it.
const QUALITY: &str = "92";

/// The main picture as a JPEG whose pixels are upright.
pub(super) fn to_jpeg<R: Read>(reader: &mut R, format: MediaFormat) -> Result<Vec<u8>, Error> {
    let program = DECODER.find(format)?;
    let scratch = Scratch::with(
        reader,
        match format {
            MediaFormat::Avif => "in.avif",
            _ => "in.heic",
        },
    )?;
    let output = scratch.path("out.jpg");
    let quality = [OsStr::new("-q"), OsStr::new(QUALITY)];
    let places = [scratch.input().as_os_str(), output.as_os_str()];
    DECODER.run(program, &[quality, places].concat())?;
    // A file of several pictures is written as several, numbered; the main one comes first.
    let numbered = scratch.path("out-1.jpg");
    let jpeg = Scratch::read(if output.is_file() { &output } else { &numbered })?;
    jpeg.ok_or_else(|| DECODER.failed("nothing was written"))
}
