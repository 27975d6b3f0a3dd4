//! One frame of a film, through `ffmpeg`.

use std::{ffi::OsStr, io::Read};

use super::child::{Decoder, Scratch};
use crate::{Error, kind::MediaFormat};

pub(super) const DECODER: Decoder = Decoder {
    program: "ffmpeg",
    places: &["/usr/bin/ffmpeg", "/usr/local/bin/ffmpeg", "/opt/homebrew/bin/ffmpeg"],
};

/// Where to look, in seconds: the very first frame is often black. A film that is shorter has only
/// its first.
const MOMENTS: [&str; 2] = ["1", "0"];

/// A frame near the beginning as a JPEG whose pixels are upright.
pub(super) fn to_jpeg<R: Read>(reader: &mut R, format: MediaFormat) -> Result<Vec<u8>, Error> {
    let container = container(format).ok_or(Error::NoPicture { format: Some(format) })?;
    let program = DECODER.find(format)?;
    let scratch = Scratch::with(reader, "in")?;
    let output = scratch.path("out.jpg");
    for moment in MOMENTS {
        // The container is told and only files may be opened: else a film could be a list that
        // names other files or addresses.
        let before = ["-v", "error", "-nostdin", "-threads", "1", "-protocol_whitelist", "file"];
        let input = ["-f", container, "-ss", moment, "-i"];
        let after = ["-frames:v", "1", "-an", "-sn", "-dn", "-c:v", "mjpeg", "-q:v", "3"];
        let arguments: Vec<&OsStr> = (before.iter().chain(&input).map(OsStr::new))
            .chain([scratch.input().as_os_str()])
            .chain(after.iter().chain(&["-f", "image2", "-y"]).map(OsStr::new))
            .chain([output.as_os_str()])
            .collect();
        DECODER.run(program, &arguments)?;
        if let Some(jpeg) = Scratch::read(&output)? {
            return Ok(jpeg);
        }
    }
    Err(DECODER.failed("there is no frame"))
}

/// What the program calls the container.
fn container(format: MediaFormat) -> Option<&'static str> {
    Some(match format {
        MediaFormat::Mp4 | MediaFormat::Mov | MediaFormat::ThreeGp => "mov",
        MediaFormat::Avi => "avi",
        MediaFormat::Mkv | MediaFormat::WebM => "matroska",
        _ => return None,
    })
}
