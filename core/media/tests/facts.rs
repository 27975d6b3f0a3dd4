//! Facts of drawn pictures and, where they are there, of real photographs.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use std::{fs::File, io::Cursor};

use albumen_media::{
    MediaFacts, facts,
    facts::{CaptureSource, CaptureTime},
    kind::{MediaFormat, MediaKind},
};
use exif::{Tag, Value};
use support::{
    CONTENT_ID, all_photos, apple_note, ascii, degrees, drawn, field, jpeg, phone_fields, photo,
    stored_as,
};
use time::macros::datetime;

fn facts_of(bytes: &[u8], name: &str) -> MediaFacts {
    facts(&mut Cursor::new(bytes), name).unwrap()
}

#[test]
fn a_phones_picture_tells_everything() {
    let picture = stored_as(&drawn(400, 300), 6);
    let told = facts_of(&jpeg(&picture, &phone_fields(6)), "IMG.jpg");
    assert_eq!(told.kind, MediaKind::Image);
    assert_eq!(told.content_type, "image/jpeg");
    assert_eq!((told.width, told.height, told.orientation), (Some(400), Some(300), 6));
    assert_eq!(
        told.captured_at,
        Some(CaptureTime {
            local: datetime!(2020-06-30 11:27:59.25),
            offset_minutes: Some(480),
            source: CaptureSource::Exif,
        })
    );
    let gps = told.gps.unwrap();
    assert!((gps.latitude - 31.23).abs() < 1e-9 && (gps.longitude + 121.47).abs() < 1e-9);
    assert_eq!(gps.altitude, Some(-12.5));
    assert_eq!(told.camera.as_deref(), Some("Samsung SM-G975F"));
}

#[test]
fn the_picture_of_a_live_photo_names_its_film() {
    let live = jpeg(&drawn(40, 30), &[apple_note()]);
    assert_eq!(facts_of(&live, "IMG_1.JPG").content_id.as_deref(), Some(CONTENT_ID));
    let still = jpeg(&drawn(40, 30), &phone_fields(1));
    assert_eq!(facts_of(&still, "IMG_2.JPG").content_id, None);
}

#[test]
fn nonsense_fields_are_left_out_one_by_one() {
    let fields = [
        field(Tag::Orientation, Value::Short(vec![9])),
        field(Tag::DateTimeOriginal, ascii("0000:00:00 00:00:00")),
        field(Tag::DateTimeDigitized, ascii("2009:02:31 10:00:00")),
        field(Tag::DateTime, ascii("2009:03:01 10:00:00")),
        field(Tag::OffsetTime, ascii("soon")),
        field(Tag::GPSLatitude, degrees([120, 0, 0])),
        field(Tag::GPSLatitudeRef, ascii("N")),
        field(Tag::GPSLongitude, degrees([8, 0, 0])),
        field(Tag::GPSLongitudeRef, ascii("E")),
        field(Tag::Model, ascii("  X100V  ")),
    ];
    let told = facts_of(&jpeg(&drawn(40, 30), &fields), "x.jpg");
    assert_eq!((told.orientation, told.gps), (1, None));
    let taken = told.captured_at.unwrap();
    assert_eq!((taken.local, taken.offset_minutes), (datetime!(2009-03-01 10:00), None));
    assert_eq!(told.camera.as_deref(), Some("X100V"));
    assert_eq!((told.width, told.height), (Some(40), Some(30)));
}

#[test]
fn a_torn_block_leaves_the_picture_its_size() {
    let whole = jpeg(&drawn(320, 200), &phone_fields(1));
    let block = whole.windows(4).position(|bytes| bytes == b"Exif").unwrap();
    for byte in block + 6..block + 60 {
        let mut torn = whole.clone();
        torn[byte] ^= 0xff;
        let told = facts_of(&torn, "x.jpg");
        let sides = (told.width, told.height);
        assert!(sides == (Some(320), Some(200)) || sides == (Some(200), Some(320)));
    }
}

#[test]
fn every_coding_tells_its_size() {
    let picture = drawn(123, 45);
    for format in [
        image::ImageFormat::Jpeg,
        image::ImageFormat::Png,
        image::ImageFormat::Gif,
        image::ImageFormat::WebP,
        image::ImageFormat::Bmp,
        image::ImageFormat::Tiff,
    ] {
        let mut bytes = Cursor::new(Vec::new());
        picture.to_rgb8().write_to(&mut bytes, format).unwrap();
        let told = facts_of(&bytes.into_inner(), "no-extension");
        assert_eq!((told.width, told.height), (Some(123), Some(45)), "{format:?}");
        assert_eq!(told.content_type, format.to_mime_type());
    }
}

#[test]
fn an_avi_tells_its_size() {
    let mut head = b"RIFF\0\x10\0\0AVI LIST\0\x04\0\0hdrlavih\x38\0\0\0".to_vec();
    head.extend([0; 32]);
    head.extend(640_u32.to_le_bytes());
    head.extend(480_u32.to_le_bytes());
    head.extend([0; 16]);
    let told = facts_of(&head, "clip.avi");
    assert_eq!((told.kind, told.width, told.height), (MediaKind::Video, Some(640), Some(480)));
}

#[test]
fn what_is_no_picture_has_a_kind_and_nothing_else() {
    for bytes in [&b""[..], b"%PDF-1.7", b"plain words", &[0; 2000]] {
        let told = facts_of(bytes, "scan.jpg");
        assert_eq!((told.kind, told.format, told.width), (MediaKind::Other, None, None));
        assert!(told.name_misleads);
    }
}

#[test]
fn a_failing_disk_is_an_error_not_a_fact() {
    struct Failing(Cursor<Vec<u8>>);
    impl std::io::Read for Failing {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            if self.0.position() >= 600 {
                return Err(std::io::Error::other("unreadable sector"));
            }
            let len = into.len().min(100);
            self.0.read(&mut into[..len])
        }
    }
    impl std::io::Seek for Failing {
        fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
            self.0.seek(to)
        }
    }
    let mut fields = phone_fields(1);
    fields.push(field(Tag::ImageDescription, ascii(&"x".repeat(3000))));
    let mut disk = Failing(Cursor::new(jpeg(&drawn(40, 30), &fields)));
    assert!(matches!(facts(&mut disk, "x.jpg"), Err(albumen_media::Error::Read(_))));
}

/// File, pixels upright, orientation, taken, minutes of its zone, whether it has a place, camera.
type Row = (
    &'static str,
    (u32, u32),
    u8,
    Option<time::PrimitiveDateTime>,
    Option<i16>,
    bool,
    Option<&'static str>,
);

const REAL: &[Row] = &[
    (
        "cameras/Apple_iPhone_4.jpg",
        (1296, 968),
        1,
        Some(datetime!(2011-01-13 14:33:39)),
        None,
        true,
        Some("Apple iPhone 4"),
    ),
    (
        "cameras/Apple_iPhone_5.jpg",
        (3264, 2448),
        3,
        Some(datetime!(2012-09-29 16:11:25)),
        None,
        true,
        Some("Apple iPhone 5"),
    ),
    (
        "cameras/Canon_PowerShot_A85.jpg",
        (2272, 1704),
        8,
        Some(datetime!(2005-01-31 05:51:17)),
        None,
        false,
        Some("Canon PowerShot A85"),
    ),
    (
        "cameras/Nikon_D40.jpg",
        (2000, 3008),
        6,
        Some(datetime!(2006-12-16 12:42:05)),
        None,
        false,
        Some("Nikon D40"),
    ),
    (
        "cameras/Trust_PowerCam_Zoom_LCD_710.JPG",
        (1152, 864),
        1,
        Some(datetime!(2003-08-04 21:13:58)),
        None,
        false,
        Some("Trust. Gemini11"),
    ),
    (
        "cameras/Sony_Mavica.jpg",
        (1600, 1200),
        1,
        Some(datetime!(2000-08-01 10:21:46)),
        None,
        false,
        Some("Sony MAVICA"),
    ),
    (
        "heic/IMG_2927.HEIC",
        (3024, 4032),
        1,
        Some(datetime!(2020-05-04 18:39:11)),
        Some(-240),
        false,
        Some("Apple iPhone 11 Pro"),
    ),
    (
        "heic/Issue_263_dotnet.heic",
        (3024, 4032),
        6,
        Some(datetime!(2019-08-21 11:21:36)),
        None,
        true,
        Some("Apple iPhone XR"),
    ),
    (
        "heic/Issue_487.heic",
        (3024, 4032),
        6,
        Some(datetime!(2020-06-30 11:27:59)),
        None,
        false,
        Some("Samsung SM-G975F"),
    ),
    ("heic/cheers_1440x960.heic", (1440, 960), 1, None, None, false, None),
    ("orientation/Landscape_0.jpg", (1800, 1200), 1, None, None, false, None),
    ("orientation/Landscape_5.jpg", (1800, 1200), 5, None, None, false, None),
    ("orientation/Portrait_8.jpg", (1200, 1800), 8, None, None, false, None),
    ("raw/colorchart.dng", (1888, 1182), 1, None, None, false, Some("Canon EOS Kiss X4")),
    (
        "video/meta.mov",
        (720, 1280),
        1,
        Some(datetime!(2019-02-12 15:27:12)),
        Some(480),
        true,
        Some("Apple iPhone X"),
    ),
    ("video/meta.mp4", (1080, 1920), 1, Some(datetime!(2024-02-03 07:05:38)), Some(0), true, None),
];

#[test]
fn real_photographs_tell_what_is_known_of_them() {
    for (name, size, orientation, taken, zone, place, camera) in REAL {
        let Some(mut file) = photo(name) else {
            continue;
        };
        let told = facts(&mut file, name).unwrap();
        assert_eq!(told.width.zip(told.height), Some(*size), "{name}");
        assert_eq!(told.orientation, *orientation, "{name}");
        let second = told.captured_at.map(|time| time.local.truncate_to_second());
        assert_eq!(second, *taken, "{name}");
        assert_eq!(told.captured_at.and_then(|time| time.offset_minutes), *zone, "{name}");
        assert_eq!(told.gps.is_some(), *place, "{name}: {:?}", told.gps);
        assert_eq!(told.camera.as_deref(), *camera, "{name}");
        assert!(!told.name_misleads, "{name}");
    }
}

#[test]
fn every_real_camera_file_tells_size_time_and_maker() {
    for (name, path) in all_photos() {
        let told = facts(&mut File::open(path).unwrap(), &name).unwrap();
        assert!(told.format.is_some() && told.width.is_some(), "{name}");
        if name.starts_with("cameras/") {
            assert_eq!(told.format, Some(MediaFormat::Jpeg), "{name}");
            assert!(told.captured_at.is_some() && told.camera.is_some(), "{name}");
        }
    }
}
