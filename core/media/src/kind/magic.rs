//! The first bytes of each format. Owns the byte patterns alone.

use super::MediaFormat;

/// Bytes at an offset.
type Part = (usize, &'static [u8]);

/// Patterns at fixed places: every part of a row must match. First row wins.
const PATTERNS: &[(&[Part], MediaFormat)] = &[
    (&[(0, b"\xff\xd8\xff")], MediaFormat::Jpeg),
    (&[(0, b"\x89PNG\r\n\x1a\n")], MediaFormat::Png),
    (&[(0, b"GIF87a")], MediaFormat::Gif),
    (&[(0, b"GIF89a")], MediaFormat::Gif),
    (&[(0, b"RIFF"), (8, b"WEBP")], MediaFormat::WebP),
    (&[(0, b"RIFF"), (8, b"AVI ")], MediaFormat::Avi),
    (&[(0, b"II*\0"), (8, b"CR\x02")], MediaFormat::Cr2),
    (&[(0, b"II*\0")], MediaFormat::Tiff),
    (&[(0, b"MM\0*")], MediaFormat::Tiff),
    (&[(0, b"II+\0\x08\0\0\0")], MediaFormat::Tiff),
    (&[(0, b"MM\0+\0\x08\0\0")], MediaFormat::Tiff),
    (&[(0, b"IIRO")], MediaFormat::Orf),
    (&[(0, b"IIRS")], MediaFormat::Orf),
    (&[(0, b"MMOR")], MediaFormat::Orf),
    (&[(0, b"IIU\0")], MediaFormat::Rw2),
    (&[(0, b"FUJIFILMCCD-RAW")], MediaFormat::Raf),
    // QuickTime from before there was a file type box.
    (&[(4, b"moov")], MediaFormat::Mov),
    (&[(4, b"mdat")], MediaFormat::Mov),
    (&[(4, b"wide")], MediaFormat::Mov),
];

/// Lengths of the second header of a BMP file; two letters alone would be too weak a sign.
const BMP_HEADERS: &[u8] = &[12, 40, 52, 56, 64, 108, 124];

pub(super) fn told_by(head: &[u8]) -> Option<MediaFormat> {
    let fixed =
        PATTERNS.iter().find(|(parts, _)| parts.iter().all(|(at, bytes)| has(head, *at, bytes)));
    if let Some((_, format)) = fixed {
        return Some(*format);
    }
    if has(head, 4, b"ftyp") {
        return told_by_brands(head);
    }
    if has(head, 0, b"\x1a\x45\xdf\xa3") {
        return told_by_doctype(head);
    }
    let bmp = has(head, 0, b"BM") && head.get(14).is_some_and(|len| BMP_HEADERS.contains(len));
    (bmp && has(head, 15, &[0, 0, 0])).then_some(MediaFormat::Bmp)
}

fn has(head: &[u8], at: usize, bytes: &[u8]) -> bool {
    head.get(at..at + bytes.len()) == Some(bytes)
}

/// ISO base media: the major brand, then the compatible ones where the major one says too little.
fn told_by_brands(head: &[u8]) -> Option<MediaFormat> {
    let size = u32::from_be_bytes(head.get(..4)?.try_into().ok()?) as usize;
    let brands = head.get(8..size.clamp(8, head.len()))?;
    let major: &[u8] = brands.get(..4)?;
    let compatible = || brands.get(8..).unwrap_or_default().as_chunks::<4>().0.iter();
    match major {
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"hevm" | b"hevs" => {
            Some(MediaFormat::Heic)
        }
        b"avif" | b"avis" => Some(MediaFormat::Avif),
        b"mif1" | b"mif2" | b"msf1" | b"miaf" => Some(
            compatible()
                .find_map(|brand| match brand {
                    b"heic" | b"heix" | b"hevc" => Some(MediaFormat::Heic),
                    b"avif" | b"avis" => Some(MediaFormat::Avif),
                    _ => None,
                })
                .unwrap_or(MediaFormat::Heif),
        ),
        b"crx " => Some(MediaFormat::Cr3),
        b"qt  " => Some(MediaFormat::Mov),
        // Sound alone, and pages: not ours.
        b"M4A " | b"M4B " | b"M4P " | b"jp2 " | b"jpx " | b"jxl " => None,
        [b'3', b'g', ..] => Some(MediaFormat::ThreeGp),
        _ => Some(MediaFormat::Mp4),
    }
}

/// EBML: the document type stands within the first header.
fn told_by_doctype(head: &[u8]) -> Option<MediaFormat> {
    let header = &head[..head.len().min(64)];
    let holds = |word: &[u8]| header.windows(word.len()).any(|window| window == word);
    if holds(b"webm") {
        Some(MediaFormat::WebM)
    } else if holds(b"matroska") {
        Some(MediaFormat::Mkv)
    } else {
        None
    }
}
