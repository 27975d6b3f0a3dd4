//! Previews have the shape that was asked for, are upright, and hostile pictures cost little.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use std::io::Cursor;

use albumen_media::{
    Error, Thumbnail,
    kind::MediaFormat,
    thumbnail::{Shape, can_preview, preview},
};
use image::{Delay, Frame, Rgba, RgbaImage, codecs::gif::GifEncoder};
use support::{drawn, field, jpeg, stored_as};

fn make(bytes: &[u8], name: &str, shape: Shape) -> Result<Thumbnail, Error> {
    preview(&mut Cursor::new(bytes), name, shape, 0)
}

#[test]
fn a_square_is_cut_from_the_middle_however_the_camera_was_held() {
    let picture = drawn(600, 400);
    let upright = make(&jpeg(&picture, &[]), "a.jpg", Shape::Square(100)).unwrap();
    assert_eq!((upright.width, upright.height), (100, 100));
    for orientation in 1..=8 {
        let stored = stored_as(&picture, orientation);
        let told = field(exif::Tag::Orientation, exif::Value::Short(vec![orientation.into()]));
        let bytes = jpeg(&stored, &[told]);
        let made = make(&bytes, "a.jpg", Shape::Square(100)).unwrap();
        assert_eq!((made.width, made.height), (100, 100));
        let away = |a: [u8; 3], b: [u8; 3]| a.iter().zip(b).all(|(a, b)| a.abs_diff(b) < 6);
        assert!(away(made.average_rgb, upright.average_rgb), "{orientation}");
        let wide = make(&bytes, "a.jpg", Shape::Within { width: Some(300), height: None }).unwrap();
        assert_eq!((wide.width, wide.height), (300, 200), "{orientation}");
    }
}

#[test]
fn percent_of_every_format_that_is_decoded() {
    let picture = drawn(200, 100);
    for (format, name) in [
        (image::ImageFormat::Jpeg, "a.jpg"),
        (image::ImageFormat::Png, "a.png"),
        (image::ImageFormat::WebP, "a.webp"),
        (image::ImageFormat::Gif, "a.gif"),
        (image::ImageFormat::Tiff, "a.tiff"),
        (image::ImageFormat::Bmp, "a.bmp"),
    ] {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        let made = make(bytes.get_ref(), name, Shape::Percent(50)).unwrap();
        assert_eq!((made.width, made.height), (100, 50), "{name}");
    }
}

#[test]
fn one_frame_of_a_gif() {
    let colours = [[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255]];
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for colour in colours {
        let pixels = RgbaImage::from_pixel(8, 8, Rgba(colour));
        let frame = Frame::from_parts(pixels, 0, 0, Delay::from_numer_denom_ms(10, 1));
        encoder.encode_frame(frame).unwrap();
    }
    drop(encoder);
    for (frame, brightest) in [(0, 0), (1, 1), (2, 2), (99, 2), (u32::MAX, 2)] {
        let made = preview(&mut Cursor::new(&bytes), "a.gif", Shape::Percent(100), frame).unwrap();
        let rgb = made.average_rgb;
        let most = rgb.iter().enumerate().max_by_key(|(_, value)| **value).unwrap().0;
        assert_eq!(most, brightest, "frame {frame}: {rgb:?}");
    }
}

/// A PNG of a few bytes that claims to be 60000 x 60000, a film, and noise.
#[test]
fn what_is_hostile_or_no_picture_is_refused() {
    let mut bomb = Cursor::new(Vec::new());
    drawn(4, 4).write_to(&mut bomb, image::ImageFormat::Png).unwrap();
    let mut bomb = bomb.into_inner();
    bomb[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    bomb[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
    let too_large = make(&bomb, "a.png", Shape::Square(10));
    assert!(matches!(too_large, Err(Error::TooLarge { .. })), "{too_large:?}");
    let mut gif = b"GIF89a".to_vec();
    gif.extend_from_slice(&[0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00]);
    for frame in [0, 5] {
        assert!(preview(&mut Cursor::new(&gif), "a.gif", Shape::Square(10), frame).is_err());
    }
    assert!(make(b"no picture", "a.jpg", Shape::Square(10)).is_err());
    assert!(make(b"", "a.mp4", Shape::Square(10)).is_err());
}

/// A chunk of a RIFF file.
fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut bytes = [name.as_slice(), &(content.len() as u32).to_le_bytes(), content].concat();
    bytes.resize(bytes.len().next_multiple_of(2), 0);
    bytes
}

fn list(name: &[u8; 4], content: &[Vec<u8>]) -> Vec<u8> {
    chunk(b"LIST", &[name.as_slice(), &content.concat()].concat())
}

fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// A film whose frames are JPEGs, ten a second.
fn film(picture: &image::DynamicImage, frames: u32) -> Vec<u8> {
    let (wide, high) = (picture.width(), picture.height());
    let head =
        chunk(b"avih", &numbers(&[100_000, 0, 0, 0, frames, 0, 1, 0, wide, high, 0, 0, 0, 0]));
    let stream = [b"vidsMJPG".as_slice(), &numbers(&[0, 0, 0, 1, 10, 0, frames, 0, 0, 0, 0, 0])];
    let coding = [
        numbers(&[40, wide, high]),
        vec![1, 0, 24, 0],
        b"MJPG".to_vec(),
        numbers(&[wide * high * 3, 0, 0, 0, 0]),
    ];
    let stream =
        list(b"strl", &[chunk(b"strh", &stream.concat()), chunk(b"strf", &coding.concat())]);
    let frame = chunk(b"00dc", &jpeg(picture, &[]));
    let movie = list(b"movi", &vec![frame; frames as usize]);
    let all = [b"AVI ".as_slice(), &list(b"hdrl", &[head, stream]), &movie].concat();
    chunk(b"RIFF", &all)
}

#[test]
fn a_film_is_shown_by_a_frame_where_there_is_a_decoder() {
    let picture = drawn(320, 200);
    for frames in [3, 30] {
        let made = make(&film(&picture, frames), "a.avi", Shape::Square(64));
        if can_preview(MediaFormat::Avi) {
            let made = made.unwrap();
            assert_eq!((made.width, made.height), (64, 64), "{frames} frames");
            let still = make(&jpeg(&picture, &[]), "a.jpg", Shape::Square(64)).unwrap();
            let away = still.average_rgb.iter().zip(made.average_rgb);
            assert!(away.into_iter().all(|(a, b)| a.abs_diff(b) < 12), "{frames} frames");
        } else {
            let missing = |error: &Error| matches!(error, Error::DecoderMissing { .. });
            assert!(made.as_ref().is_err_and(missing), "{made:?}");
        }
    }
    // Text that names other files is no film, whatever its name says.
    let list = b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n";
    assert!(make(list, "a.avi", Shape::Square(64)).is_err());
    // What says that it is one and holds no frame.
    let none = make(&film(&picture, 0), "a.avi", Shape::Square(64));
    assert!(none.is_err(), "{none:?}");
}
