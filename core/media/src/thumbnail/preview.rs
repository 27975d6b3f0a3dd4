//! Previews in the shapes that the library service's contract knows (SMH section 8.4): squares cut
//! from the middle, percentages, boxes, single frames of a GIF. Pure sizes here; decoding and its
//! limits are beside it.

use std::io::{BufReader, Read, Seek};

use image::{AnimationDecoder, DynamicImage, codecs::gif::GifDecoder};

use super::{
    Thumbnail,
    decode::{self, Cause, Decoded},
    encode,
    pixels::{self, Look},
};
use crate::{
    Error,
    bounded::Bounded,
    facts::detect,
    kind::{MediaFormat, MediaKind},
};

/// Longest edge of a preview, in pixels.
pub const PREVIEW_EDGE_MAX: u32 = 4096;
/// The last frame of a GIF that can be asked for: all before it are decoded.
pub const FRAME_MAX: u32 = 500;

/// What a preview looks like. No picture is ever enlarged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// A square of this edge, cut from the middle.
    Square(u32),
    /// So many per cent of the picture, 1 to 100.
    Percent(u32),
    /// As large as fits into this width and this height; one left out does not matter.
    Within {
        /// Pixels across at most.
        width: Option<u32>,
        /// Pixels down at most.
        height: Option<u32>,
    },
}

/// A size in pixels.
type Size = (u32, u32);

impl Shape {
    /// The size to shrink an upright picture to, and the size to cut from its middle then.
    fn sizes(self, (width, height): Size) -> (Size, Size) {
        let within = |most_wide: u32, most_high: u32| {
            let bound = |side: u32, most: u32| f64::from(most.max(1)) / f64::from(side.max(1));
            let by = bound(width, most_wide).min(bound(height, most_high));
            scaled((width, height), by.min(1.0))
        };
        match self {
            Self::Square(edge) => {
                let edge = edge.clamp(1, PREVIEW_EDGE_MAX);
                let by = f64::from(edge) / f64::from(width.min(height).max(1));
                let whole = scaled((width, height), by.min(1.0));
                (whole, (whole.0.min(edge), whole.1.min(edge)))
            }
            Self::Percent(percent) => {
                let by = f64::from(percent.clamp(1, 100)) / 100.0;
                let (wide, high) = scaled((width, height), by);
                let whole = within(wide.min(PREVIEW_EDGE_MAX), high.min(PREVIEW_EDGE_MAX));
                (whole, whole)
            }
            Self::Within { width, height } => {
                let most =
                    |side: Option<u32>| side.unwrap_or(PREVIEW_EDGE_MAX).min(PREVIEW_EDGE_MAX);
                let whole = within(most(width), most(height));
                (whole, whole)
            }
        }
    }
}

fn scaled((width, height): Size, by: f64) -> Size {
    let side = |side: u32| {
        let pixels = (f64::from(side) * by).round();
        // In range: no side grows.
        (pixels as u32).clamp(1, side.max(1))
    };
    (side(width), side(height))
}

/// Makes a preview; of a film, of a frame near its beginning. `frame` counts from 0 and is for
/// GIFs; others have one. `name` is used for its extension alone.
///
/// # Errors
/// As for thumbnails.
pub fn preview<R: Read + Seek>(
    reader: &mut R,
    name: &str,
    shape: Shape,
    frame: u32,
) -> Result<Thumbnail, Error> {
    let format = detect(reader, name)?.format();
    let format = format.ok_or(Error::NoPicture { format })?;
    let damaged = |source| Error::Damaged { format, source };
    let Decoded { pixels, orientation } = match frame {
        1.. if format == MediaFormat::Gif => nth_frame(reader, frame)?,
        _ if format.kind() == MediaKind::Video => decode::frame(reader, format)?,
        _ => decode::picture(reader, format, PREVIEW_EDGE_MAX)?,
    };
    let is_turned = orientation >= 5;
    let upright = turned((pixels.width(), pixels.height()), is_turned);
    let (whole, cut) = shape.sizes(upright);
    let (width, height) = turned(whole, is_turned);
    let mut small = pixels::resize(&pixels, width, height).map_err(damaged)?;
    drop(pixels);
    pixels::turn(&mut small, orientation);
    if cut != whole {
        let (x, y) = ((small.width() - cut.0) / 2, (small.height() - cut.1) / 2);
        small = small.crop_imm(x, y, cut.0, cut.1);
    }
    let look = Look::of(&small).map_err(damaged)?;
    encode(&small, &look).map_err(damaged)
}

const fn turned((width, height): Size, is_turned: bool) -> Size {
    if is_turned { (height, width) } else { (width, height) }
}

/// One frame of a GIF; its last when it has not so many.
fn nth_frame<R: Read + Seek>(reader: &mut R, frame: u32) -> Result<Decoded, Error> {
    let format = MediaFormat::Gif;
    let damaged = |source: Cause| Error::Damaged { format, source };
    decode::check_stored_size(reader, format)?;
    let input = BufReader::new(Bounded::from_start(reader, decode::MAX_FILE)?);
    let mut decoder = GifDecoder::new(input).map_err(|error| damaged(error.into()))?;
    image::ImageDecoder::set_limits(&mut decoder, decode::limits())
        .map_err(|error| damaged(error.into()))?;
    let wanted = usize::try_from(frame.min(FRAME_MAX)).unwrap_or(usize::MAX);
    let mut last = None;
    for decoded in decoder.into_frames().take(wanted + 1) {
        match decoded {
            Ok(decoded) => last = Some(decoded.into_buffer()),
            Err(error) if last.is_none() => return Err(damaged(error.into())),
            Err(_) => break,
        }
    }
    let pixels = last.ok_or(Error::NoPicture { format: Some(format) })?;
    Ok(Decoded { pixels: DynamicImage::ImageRgba8(pixels), orientation: 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_and_sizes() {
        let within = |width, height| Shape::Within { width, height };
        let table: [(Shape, Size, Size, Size); 14] = [
            (Shape::Square(100), (400, 300), (133, 100), (100, 100)),
            (Shape::Square(100), (300, 400), (100, 133), (100, 100)),
            (Shape::Square(100), (50, 400), (50, 400), (50, 100)),
            (Shape::Square(100), (60, 50), (60, 50), (60, 50)),
            (Shape::Square(0), (60, 50), (1, 1), (1, 1)),
            (Shape::Percent(50), (400, 300), (200, 150), (200, 150)),
            (Shape::Percent(100), (400, 300), (400, 300), (400, 300)),
            (Shape::Percent(0), (400, 300), (4, 3), (4, 3)),
            (Shape::Percent(100), (8192, 4096), (4096, 2048), (4096, 2048)),
            (within(Some(200), None), (400, 300), (200, 150), (200, 150)),
            (within(None, Some(150)), (400, 300), (200, 150), (200, 150)),
            (within(Some(100), Some(150)), (400, 300), (100, 75), (100, 75)),
            (within(Some(900), Some(900)), (400, 300), (400, 300), (400, 300)),
            (within(Some(10), None), (100_000, 1), (10, 1), (10, 1)),
        ];
        for (shape, picture, whole, cut) in table {
            assert_eq!(shape.sizes(picture), (whole, cut), "{shape:?} of {picture:?}");
        }
    }
}
