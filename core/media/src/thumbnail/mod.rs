//! Small upright pictures of large ones. Owns sizes, limits and the encoded result; decoding is
//! beside it, and how many run at once is the caller's choice (see [`decode_cost`]).

mod child;
mod decode;
mod film;
mod heic;
mod pixels;
mod preview;

use std::io::{Read, Seek};

use image::DynamicImage;

use crate::{
    Error,
    facts::detect,
    kind::{MediaFormat, MediaKind},
};

pub(crate) use pixels::average_of_jpeg;
pub use preview::{FRAME_MAX, PREVIEW_EDGE_MAX, Shape, preview};

/// Pictures of more pixels than this are not decoded: 200 megapixels is the largest sensor in a
/// phone, and a decoded one already takes 600 MB.
pub const MAX_DECODE_PIXELS: u64 = 200_000_000;

/// JPEG quality of thumbnails: no artefact shows at their size, half the bytes of 95.
const JPEG_QUALITY: u8 = 82;

/// Red, green, blue; sRGB.
pub type Rgb = [u8; 3];

/// The sizes that are made, by their long edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ThumbnailSize {
    /// 256 pixels: for the grid.
    Small,
    /// 1024 pixels: for one picture on the screen.
    Large,
}

impl ThumbnailSize {
    /// Pixels of the long edge; a picture smaller than this is never enlarged.
    pub const fn long_edge(self) -> u32 {
        match self {
            Self::Small => 256,
            Self::Large => 1024,
        }
    }
}

/// How a thumbnail is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ThumbnailFormat {
    /// For pictures without transparency.
    Jpeg,
    /// Lossless, for pictures with transparency.
    WebP,
}

impl ThumbnailFormat {
    /// The content type to serve it with.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::WebP => "image/webp",
        }
    }
}

/// A small upright picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumbnail {
    /// The encoded picture.
    pub bytes: Vec<u8>,
    /// Its encoding.
    pub format: ThumbnailFormat,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Mean colour of what can be seen.
    pub average_rgb: Rgb,
    /// ThumbHash: about 25 bytes to paint a blurred picture from while the real one loads.
    pub thumbhash: Vec<u8>,
}

/// Makes one thumbnail. `name` is used for its extension alone.
pub fn thumbnail<R: Read + Seek>(
    reader: &mut R,
    name: &str,
    size: ThumbnailSize,
) -> Result<Thumbnail, Error> {
    let mut made = thumbnails(reader, name, &[size])?;
    Ok(made.pop().expect("one thumbnail was asked for"))
}

/// Makes thumbnails of several sizes from one decoding, in the order asked. Decoding is nearly all
/// of the work: together they cost little more than one.
pub fn thumbnails<R: Read + Seek>(
    reader: &mut R,
    name: &str,
    sizes: &[ThumbnailSize],
) -> Result<Vec<Thumbnail>, Error> {
    let Some(longest) = sizes.iter().map(|size| size.long_edge()).max() else {
        return Ok(Vec::new());
    };
    let format = detect(reader, name)?.format();
    let format = format.ok_or(Error::NoPicture { format })?;
    let damaged = |source| Error::Damaged { format, source };
    let decoded = decode::picture(reader, format, longest)?;
    let mut large = pixels::shrink(&decoded.pixels, longest).map_err(damaged)?;
    drop(decoded.pixels);
    pixels::turn(&mut large, decoded.orientation);

    let look = pixels::Look::of(&large).map_err(damaged)?;
    sizes
        .iter()
        .map(|size| {
            let picture = pixels::shrink(&large, size.long_edge()).map_err(damaged)?;
            encode(&picture, &look).map_err(damaged)
        })
        .collect()
}

/// Bytes of memory that decoding a picture of this size may take for a moment: three a pixel for
/// the picture, six more where the file is a progressive JPEG, which cannot be told beforehand.
/// Callers use it to bound how many run at once.
pub const fn decode_cost(width: u32, height: u32) -> u64 {
    width as u64 * height as u64 * 9
}

fn encode(picture: &DynamicImage, look: &pixels::Look) -> Result<Thumbnail, decode::Cause> {
    let mut bytes = Vec::new();
    let format = if look.transparent {
        let encoder = image::codecs::webp::WebPEncoder::new_lossless(&mut bytes);
        picture.to_rgba8().write_with_encoder(encoder)?;
        ThumbnailFormat::WebP
    } else {
        let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY);
        picture.to_rgb8().write_with_encoder(encoder)?;
        ThumbnailFormat::Jpeg
    };
    Ok(Thumbnail {
        bytes,
        format,
        width: picture.width(),
        height: picture.height(),
        average_rgb: look.average,
        thumbhash: look.thumbhash.clone(),
    })
}

/// Whether thumbnails of this format can be made on this machine now.
pub fn can_show(format: MediaFormat) -> bool {
    match format {
        MediaFormat::Heic | MediaFormat::Heif | MediaFormat::Avif => heic::DECODER.is_here(),
        format => decode::has_picture(format),
    }
}

/// Whether previews of this format can be made on this machine now: of films too.
pub fn can_preview(format: MediaFormat) -> bool {
    match format.kind() {
        MediaKind::Video => film::DECODER.is_here(),
        _ => can_show(format),
    }
}
