//! Every format by its first bytes, and what a false name can and cannot do.

use super::*;

const HEADS: &[(&[u8], Option<MediaFormat>)] = &[
    (b"\xff\xd8\xff\xe1\x12\x34Exif", Some(MediaFormat::Jpeg)),
    (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Some(MediaFormat::Png)),
    (b"GIF87a\x01\0\x01\0", Some(MediaFormat::Gif)),
    (b"GIF89a\x01\0\x01\0", Some(MediaFormat::Gif)),
    (b"RIFF\x10\0\0\0WEBPVP8 ", Some(MediaFormat::WebP)),
    (b"RIFF\x10\0\0\0AVI LIST", Some(MediaFormat::Avi)),
    (b"RIFF\x10\0\0\0WAVEfmt ", None),
    (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", Some(MediaFormat::Heic)),
    (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", Some(MediaFormat::Heic)),
    (b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif", Some(MediaFormat::Avif)),
    (b"\0\0\0\x14ftypmif1\0\0\0\0mif1", Some(MediaFormat::Heif)),
    // A brand beyond the end of the box is not a brand.
    (b"\0\0\0\x14ftypmif1\0\0\0\0mif1heic", Some(MediaFormat::Heif)),
    (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", Some(MediaFormat::Avif)),
    (b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom", Some(MediaFormat::Cr3)),
    (b"II*\0\x08\0\0\0\x28\0\xfe\0", Some(MediaFormat::Tiff)),
    (b"MM\0*\0\0\0\x08", Some(MediaFormat::Tiff)),
    (b"II+\0\x08\0\0\0\x10\0\0\0", Some(MediaFormat::Tiff)),
    (b"II*\0\x10\0\0\0CR\x02\0", Some(MediaFormat::Cr2)),
    (b"IIRO\x08\0\0\0", Some(MediaFormat::Orf)),
    (b"IIU\0\x18\0\0\0", Some(MediaFormat::Rw2)),
    (b"FUJIFILMCCD-RAW 0201", Some(MediaFormat::Raf)),
    (b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", Some(MediaFormat::Bmp)),
    (b"BMW owners' handbook", None),
    (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", Some(MediaFormat::Mov)),
    (b"\0\0\x10\0moov\0\0\0\x6cmvhd", Some(MediaFormat::Mov)),
    (b"\0\0\0\x1cftypmp42\0\0\0\x01isommp41", Some(MediaFormat::Mp4)),
    (b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2", Some(MediaFormat::Mp4)),
    (b"\0\0\0\x18ftyp3gp4\0\0\0\0isom3gp4", Some(MediaFormat::ThreeGp)),
    (b"\0\0\0\x18ftypM4A \0\0\0\0isommp42", None),
    (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm", Some(MediaFormat::WebM)),
    (b"\x1a\x45\xdf\xa3\xa3\x42\x86\x81\x01\x42\x82\x88matroska", Some(MediaFormat::Mkv)),
    (b"%PDF-1.7", None),
    (b"", None),
    (b"\xff\xd8", None),
    (b"\0\0\0\x14ftyp", None),
];

#[test]
fn the_first_bytes_tell_each_format() {
    for (head, expected) in HEADS {
        assert_eq!(MediaFormat::told_by(head), *expected, "{}", head.escape_ascii());
    }
}

#[test]
fn each_format_has_one_row_and_no_extension_has_two() {
    let mut seen = Vec::new();
    for (format, kind, _, content_type, extensions) in FORMATS {
        assert_eq!(format.kind(), *kind);
        let prefix = if *kind == MediaKind::Image { "image/" } else { "video/" };
        assert!(content_type.starts_with(prefix), "{format:?}");
        for extension in *extensions {
            assert!(!seen.contains(extension), "{extension}");
            seen.push(extension);
        }
    }
}

#[test]
fn a_name_claims_in_any_letter_case_and_only_by_its_last_part() {
    let names = [
        ("IMG_0001.JPG", Some(MediaFormat::Jpeg)),
        ("a.b.HeIc", Some(MediaFormat::Heic)),
        ("clip.jpg.txt", None),
        (".jpg", None),
        ("jpg", None),
        ("", None),
        ("照片.png", Some(MediaFormat::Png)),
    ];
    for (name, expected) in names {
        assert_eq!(MediaFormat::claimed_by(name), expected, "{name}");
    }
}

#[test]
fn the_bytes_win_over_the_name_and_both_are_told() {
    let png = b"\x89PNG\r\n\x1a\n";
    let detected = Detected::of(png, "holiday.jpg");
    assert_eq!(detected.format(), Some(MediaFormat::Png));
    assert_eq!(detected.by_extension, Some(MediaFormat::Jpeg));
    assert_eq!(detected.content_type(), "image/png");
    assert!(detected.name_misleads());
}

#[test]
fn a_name_alone_never_makes_a_picture() {
    let detected = Detected::of(b"#!/bin/sh\n", "holiday.jpg");
    assert_eq!((detected.kind(), detected.format()), (MediaKind::Other, None));
    assert_eq!(detected.content_type(), OTHER_CONTENT_TYPE);
}

#[test]
fn a_name_chooses_only_among_the_raw_formats_that_are_tiff_inside() {
    let tiff = b"II*\0\x08\0\0\0";
    assert_eq!(Detected::of(tiff, "x.nef").format(), Some(MediaFormat::Nef));
    assert_eq!(Detected::of(tiff, "x.tif").format(), Some(MediaFormat::Tiff));
    assert_eq!(Detected::of(tiff, "x.jpg").format(), Some(MediaFormat::Tiff));
    assert_eq!(Detected::of(tiff, "x.mov").format(), Some(MediaFormat::Tiff));
    assert!(!Detected::of(tiff, "x.dng").name_misleads());
}
