//! Films built box by box: both versions of each header, turned tracks, and hostile sizes.

use std::io::Cursor;

use time::macros::datetime;

use super::*;

fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut all = u32::try_from(body.len() + 8).unwrap().to_be_bytes().to_vec();
    all.extend_from_slice(kind);
    all.extend_from_slice(body);
    all
}

fn mvhd(version: u8, seconds: u64) -> Vec<u8> {
    let mut body = vec![version, 0, 0, 0];
    if version == 1 {
        body.extend(seconds.to_be_bytes());
    } else {
        body.extend(u32::try_from(seconds).unwrap().to_be_bytes());
    }
    body.extend([0; 96]);
    boxed(b"mvhd", &body)
}

fn track(version: u8, matrix: [i32; 9], width: u32, height: u32) -> Vec<u8> {
    let mut body = vec![version, 0, 0, 7];
    body.extend(vec![0; if version == 1 { 48 } else { 36 }]);
    for part in matrix {
        body.extend(part.to_be_bytes());
    }
    body.extend((width << 16).to_be_bytes());
    body.extend((height << 16).to_be_bytes());
    boxed(b"trak", &boxed(b"tkhd", &body))
}

const ONE: i32 = 0x1_0000;
const UPRIGHT: [i32; 9] = [ONE, 0, 0, 0, ONE, 0, 0, 0, 0x4000_0000];
const QUARTER: [i32; 9] = [0, ONE, 0, -ONE, 0, 0, 0, 0, 0x4000_0000];
const HALF: [i32; 9] = [-ONE, 0, 0, 0, -ONE, 0, 0, 0, 0x4000_0000];

fn film(parts: &[Vec<u8>]) -> Vec<u8> {
    let mut all = boxed(b"ftyp", b"qt  \0\0\0\0qt  ");
    all.extend(boxed(b"mdat", &[0x5a; 5000]));
    all.extend(boxed(b"moov", &parts.concat()));
    all
}

fn read_film(parts: &[Vec<u8>]) -> MovieFacts {
    read(&mut Cursor::new(film(parts)))
}

#[test]
fn both_versions_of_the_headers_are_read() {
    for version in [0, 1] {
        let facts = read_film(&[mvhd(version, 3_789_788_738), track(version, UPRIGHT, 1920, 1080)]);
        assert_eq!(facts.captured_at.unwrap().local, datetime!(2024-02-03 07:05:38));
        assert_eq!(facts.size, Some((1920, 1080)), "version {version}");
    }
}

#[test]
fn a_film_held_upright_is_told_upright() {
    for (matrix, expected) in
        [(UPRIGHT, (1920, 1080)), (QUARTER, (1080, 1920)), (HALF, (1920, 1080))]
    {
        assert_eq!(read_film(&[track(0, matrix, 1920, 1080)]).size, Some(expected));
    }
}

#[test]
fn the_sound_track_has_no_size_and_the_largest_picture_counts() {
    let facts = read_film(&[
        track(0, UPRIGHT, 0, 0),
        track(0, UPRIGHT, 1280, 720),
        track(0, UPRIGHT, 160, 90),
    ]);
    assert_eq!(facts.size, Some((1280, 720)));
}

#[test]
fn named_metadata_beats_the_clock_of_the_header() {
    let mut keys = vec![0, 0, 0, 0, 0, 0, 0, 4];
    let mut list = Vec::new();
    let pairs = [
        ("com.apple.quicktime.creationdate", "2019-02-12T15:27:12+0800"),
        ("com.apple.quicktime.location.ISO6709", "+27.1281+100.2508+000.000/"),
        ("com.apple.quicktime.model", "iPhone X"),
        ("com.apple.quicktime.content.identifier", "5A1F2C3D-0000-4B6E-8F9A-112233445566"),
    ];
    for (index, (key, value)) in (1_u32..).zip(pairs) {
        keys.extend(boxed(b"mdta", key.as_bytes()));
        let data = boxed(b"data", &[&[0, 0, 0, 1, 0, 0, 0, 0], value.as_bytes()].concat());
        list.extend(boxed(&index.to_be_bytes(), &data));
    }
    let body = [boxed(b"hdlr", &[0; 24]), boxed(b"keys", &keys), boxed(b"ilst", &list)].concat();
    for meta in [body.clone(), [vec![0; 4], body].concat()] {
        let facts = read_film(&[boxed(b"meta", &meta), mvhd(0, 3_789_788_738)]);
        let taken = facts.captured_at.unwrap();
        assert_eq!(taken.local, datetime!(2019-02-12 15:27:12));
        assert_eq!(taken.offset_minutes, Some(480));
        assert_eq!(facts.gps.unwrap().latitude, 27.1281);
        assert_eq!(facts.model.as_deref(), Some("iPhone X"));
        assert_eq!(facts.content_id.as_deref(), Some("5A1F2C3D-0000-4B6E-8F9A-112233445566"));
    }
}

#[test]
fn android_tells_its_position_in_user_data() {
    let text = b"+27.2939+112.6932/";
    let body = [&[0, 18, 0x15, 0xc7][..], text].concat();
    let facts = read_film(&[boxed(b"udta", &boxed(b"\xa9xyz", &body))]);
    assert_eq!(facts.gps.unwrap().longitude, 112.6932);
}

#[test]
fn the_header_is_found_beyond_four_gigabytes() {
    let mut start = boxed(b"ftyp", b"isom\0\0\0\0");
    start.extend([0, 0, 0, 1]);
    start.extend(b"mdat");
    start.extend((5_u64 << 30).to_be_bytes());
    let moov = boxed(b"moov", &track(0, UPRIGHT, 640, 480));
    let moov_at = 16 + (5_u64 << 30);
    let mut file = tempfile::tempfile().unwrap();
    std::io::Write::write_all(&mut file, &start).unwrap();
    file.seek(SeekFrom::Start(moov_at)).unwrap();
    std::io::Write::write_all(&mut file, &moov).unwrap();
    assert_eq!(read(&mut file).size, Some((640, 480)));
}

#[test]
fn hostile_sizes_end_the_walk() {
    let long = [&[0, 0, 0, 1][..], b"free", &u64::MAX.to_be_bytes()].concat();
    let tiny = [&[0, 0, 0, 1][..], b"free", &3_u64.to_be_bytes()].concat();
    let short = [&[0, 0, 0, 2][..], b"free"].concat();
    let endless = [&[0, 0, 0, 0][..], b"free", &[0; 64]].concat();
    let many = boxed(b"free", b"").repeat(MAX_BOXES + 1);
    for bytes in [long, tiny, short, endless, many, b"\0\0".to_vec()] {
        assert_eq!(read(&mut Cursor::new(bytes)).size, None);
    }
}
