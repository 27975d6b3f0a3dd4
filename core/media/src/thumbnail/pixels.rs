//! Work on decoded pixels: shrinking, turning, and how a picture looks in a few bytes. Knows no
//! file and no format but the small JPEG inside an EXIF block.

use std::io::Cursor;

use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::{DynamicImage, ImageFormat, ImageReader, RgbaImage, metadata::Orientation};

use super::{Rgb, decode::Cause};

/// The long edge ThumbHash works on; it takes no more than 100 pixels.
const HASH_EDGE: u32 = 100;

/// Pixels of the preview inside an EXIF block; the standard asks for 160 x 120.
const MAX_PREVIEW_PIXELS: u64 = 1024 * 1024;

/// Fits a picture into a square of `longest` pixels, never enlarging it.
pub(super) fn shrink(picture: &DynamicImage, longest: u32) -> Result<DynamicImage, Cause> {
    let (width, height) = fit(picture.width(), picture.height(), longest);
    resize(picture, width, height)
}

/// A picture of this size, which is not larger than it is.
pub(super) fn resize(
    picture: &DynamicImage,
    width: u32,
    height: u32,
) -> Result<DynamicImage, Cause> {
    if (width, height) == (picture.width(), picture.height()) {
        return Ok(picture.clone());
    }
    // Hamming is as sharp as bicubic when shrinking, at the price of bilinear.
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Hamming));
    let mut small = DynamicImage::new(width, height, picture.color());
    Resizer::new().resize(picture, &mut small, &options)?;
    Ok(small)
}

fn fit(width: u32, height: u32, longest: u32) -> (u32, u32) {
    let edge = width.max(height);
    if edge <= longest {
        return (width, height);
    }
    let scale = |side: u32| {
        let scaled = (u64::from(side) * u64::from(longest) + u64::from(edge) / 2) / u64::from(edge);
        u32::try_from(scaled).expect("no side grows").max(1)
    };
    (scale(width), scale(height))
}

/// Turns stored pixels upright by an EXIF orientation, 1 to 8.
pub(super) fn turn(picture: &mut DynamicImage, orientation: u8) {
    if let Some(orientation) = Orientation::from_exif(orientation) {
        picture.apply_orientation(orientation);
    }
}

/// How a picture looks in a few bytes.
pub(super) struct Look {
    pub(super) average: Rgb,
    pub(super) thumbhash: Vec<u8>,
    pub(super) transparent: bool,
}

impl Look {
    pub(super) fn of(picture: &DynamicImage) -> Result<Self, Cause> {
        let small = shrink(picture, HASH_EDGE)?.to_rgba8();
        let (width, height) = (small.width() as usize, small.height() as usize);
        Ok(Self {
            average: average(&small),
            thumbhash: thumbhash::rgba_to_thumb_hash(width, height, small.as_raw()),
            transparent: picture.color().has_alpha()
                && picture.to_rgba8().pixels().any(|pixel| pixel[3] < u8::MAX),
        })
    }
}

/// Mean colour, each pixel counted by how much of it can be seen.
fn average(picture: &RgbaImage) -> Rgb {
    let (mut sums, mut weight) = ([0_u64; 3], 0_u64);
    for pixel in picture.pixels() {
        let alpha = u64::from(pixel[3]);
        for (sum, channel) in sums.iter_mut().zip(&pixel.0) {
            *sum += u64::from(*channel) * alpha;
        }
        weight += alpha;
    }
    sums.map(|sum| {
        let mean = (sum + weight / 2).checked_div(weight).unwrap_or(0);
        u8::try_from(mean).expect("a mean of bytes is a byte")
    })
}

/// Mean colour of a small JPEG; absent when it is not small or not a JPEG.
pub(crate) fn average_of_jpeg(bytes: &[u8]) -> Option<Rgb> {
    let told = imagesize::blob_size(bytes).ok()?;
    if told.width as u64 * told.height as u64 > MAX_PREVIEW_PIXELS {
        return None;
    }
    let reader = ImageReader::with_format(Cursor::new(bytes), ImageFormat::Jpeg);
    let picture = reader.decode().ok()?;
    Some(average(&shrink(&picture, HASH_EDGE).ok()?.to_rgba8()))
}

#[cfg(test)]
mod tests {
    use image::Rgba;

    use super::*;

    #[test]
    fn a_picture_fits_the_square_and_is_never_enlarged() {
        let table = [
            ((4000, 3000, 256), (256, 192)),
            ((3000, 4000, 256), (192, 256)),
            ((100, 50, 256), (100, 50)),
            ((256, 256, 256), (256, 256)),
            ((100_000, 3, 256), (256, 1)),
            ((1, 1, 256), (1, 1)),
            ((1801, 1200, 1024), (1024, 682)),
        ];
        for ((width, height, longest), expected) in table {
            assert_eq!(fit(width, height, longest), expected);
        }
    }

    #[test]
    fn what_cannot_be_seen_has_no_colour() {
        let mut picture = RgbaImage::from_pixel(4, 4, Rgba([200, 100, 50, 255]));
        picture.put_pixel(0, 0, Rgba([0, 0, 255, 0]));
        assert_eq!(average(&picture), [200, 100, 50]);
        assert_eq!(average(&RgbaImage::new(3, 3)), [0, 0, 0]);
    }
}
