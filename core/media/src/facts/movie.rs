//! The header of a film in an ISO base media or QuickTime container. Owns walking its boxes within
//! bounds; does not know the film's streams.

use std::io::{Read, Seek, SeekFrom};

use super::{CaptureTime, Gps, apple};

/// The movie header is read up to this many bytes; an hour of film needs about two million, and
/// what is asked here stands before the long tables.
const MAX_HEADER: u64 = 16 * 1024 * 1024;

/// Bytes read at most from a film's file.
pub(super) const MAX_READ: u64 = MAX_HEADER + 1024 * 1024;

/// Boxes looked at on the way to the movie header; fragmented films put thousands after it, none
/// puts many before.
const MAX_BOXES: usize = 256;

/// The longest text value looked at, in bytes.
const MAX_TEXT: usize = 256;

/// What the container says.
#[derive(Default)]
pub(super) struct MovieFacts {
    /// Pixels as shown.
    pub(super) size: Option<(u32, u32)>,
    /// When it was taken.
    pub(super) captured_at: Option<CaptureTime>,
    /// Where.
    pub(super) gps: Option<Gps>,
    /// The maker as written.
    pub(super) make: Option<String>,
    /// The model as written.
    pub(super) model: Option<String>,
    /// What Apple's cameras write into both halves of a live photo.
    pub(super) content_id: Option<String>,
}

/// Reads what the movie header says, wherever in the file it stands.
pub(super) fn read<R: Read + Seek>(reader: &mut R) -> MovieFacts {
    let Some(header) = movie_header(reader) else {
        return MovieFacts::default();
    };
    let mut facts = MovieFacts::default();
    let mut by_clock = None;
    for (kind, body) in Boxes(&header) {
        match &kind {
            b"mvhd" => by_clock = created(body).and_then(CaptureTime::from_movie_seconds),
            b"trak" => facts.size = larger(facts.size, track_size(body)),
            b"udta" => user_data(body, &mut facts),
            b"meta" => tagged(body, &mut facts),
            _ => {}
        }
    }
    // The text knows the zone; the header's clock is UTC, or local time in careless cameras.
    facts.captured_at = facts.captured_at.or(by_clock);
    facts
}

fn movie_header<R: Read + Seek>(reader: &mut R) -> Option<Vec<u8>> {
    let mut at = 0_u64;
    for _ in 0..MAX_BOXES {
        reader.seek(SeekFrom::Start(at)).ok()?;
        let mut head = [0; 8];
        reader.read_exact(&mut head).ok()?;
        let (mut size, mut head_len) = (u64::from(be32(&head)?), 8);
        if size == 1 {
            let mut long = [0; 8];
            reader.read_exact(&mut long).ok()?;
            (size, head_len) = (u64::from_be_bytes(long), 16);
        }
        if &head[4..] == b"moov" {
            let len = if size == 0 { MAX_HEADER } else { size.checked_sub(head_len)? };
            let mut body = Vec::new();
            reader.by_ref().take(len.min(MAX_HEADER)).read_to_end(&mut body).ok()?;
            return Some(body);
        }
        // A size of 0 reaches to the end of the file: nothing comes after.
        if size < head_len {
            return None;
        }
        at = at.checked_add(size)?;
    }
    None
}

/// The boxes inside a box's body. A box that claims to reach beyond the body is cut to it.
struct Boxes<'a>(&'a [u8]);

impl<'a> Iterator for Boxes<'a> {
    type Item = ([u8; 4], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let size = be32(self.0)? as usize;
        let kind = self.0.get(4..8)?.try_into().ok()?;
        let (size, head_len) = match size {
            0 => (self.0.len(), 8),
            1 => (usize::try_from(be64(self.0.get(8..)?)?).ok()?, 16),
            size => (size, 8),
        };
        let end = size.min(self.0.len());
        let body = self.0.get(head_len..end)?;
        self.0 = &self.0[end..];
        Some((kind, body))
    }
}

fn child<'a>(body: &'a [u8], wanted: &[u8; 4]) -> Option<&'a [u8]> {
    Boxes(body).find(|(kind, _)| kind == wanted).map(|(_, body)| body)
}

fn be32(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?))
}

fn be64(bytes: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.get(..8)?.try_into().ok()?))
}

/// Seconds since 1904, from either version of the header.
fn created(mvhd: &[u8]) -> Option<u64> {
    match mvhd.first()? {
        1 => be64(mvhd.get(4..)?),
        _ => be32(mvhd.get(4..)?).map(u64::from),
    }
}

/// The size a track is shown at: its whole pixels, turned when its matrix turns by a quarter.
fn track_size(trak: &[u8]) -> Option<(u32, u32)> {
    let tkhd = child(trak, b"tkhd")?;
    // The long version has 64-bit creation, change and length: twelve bytes more.
    let matrix_at = if *tkhd.first()? == 1 { 52 } else { 40 };
    let at = |index: usize| be32(tkhd.get(matrix_at + 4 * index..)?);
    let (width, height) = (at(9)? >> 16, at(10)? >> 16);
    let quarter_turn = at(0)? == 0 && at(4)? == 0 && at(1)? != 0 && at(3)? != 0;
    let size = if quarter_turn { (height, width) } else { (width, height) };
    (width > 0 && height > 0).then_some(size)
}

fn larger(one: Option<(u32, u32)>, other: Option<(u32, u32)>) -> Option<(u32, u32)> {
    let area = |size: &(u32, u32)| u64::from(size.0) * u64::from(size.1);
    one.into_iter().chain(other).max_by_key(area)
}

/// QuickTime user data: boxes named by a copyright sign and three letters, each a length, a
/// language and a text. Android writes its position here.
fn user_data(udta: &[u8], facts: &mut MovieFacts) {
    for (kind, body) in Boxes(udta) {
        if &kind == b"meta" {
            tagged(body, facts);
            continue;
        }
        let Some(value) = body.get(4..).and_then(short_text) else {
            continue;
        };
        match &kind {
            b"\xa9xyz" => facts.gps = facts.gps.or_else(|| Gps::from_iso6709(&value)),
            b"\xa9mak" => facts.make = Some(value),
            b"\xa9mod" => facts.model = Some(value),
            _ => {}
        }
    }
}

/// Metadata by name: a table of keys and a list of values that point into it. Apple's phones write
/// everything here.
fn tagged(meta: &[u8], facts: &mut MovieFacts) {
    // QuickTime writes this box plainly, ISO with four bytes of version and flags before.
    let inside = if meta.get(4..8) == Some(b"hdlr") { meta } else { meta.get(4..).unwrap_or(&[]) };
    let (Some(keys), Some(values)) = (child(inside, b"keys"), child(inside, b"ilst")) else {
        return;
    };
    let names: Vec<&[u8]> = Boxes(keys.get(8..).unwrap_or(&[])).map(|(_, name)| name).collect();
    for (number, body) in Boxes(values) {
        let index = (u32::from_be_bytes(number) as usize).wrapping_sub(1);
        let (Some(name), Some(data)) = (names.get(index), child(body, b"data")) else {
            continue;
        };
        let Some(value) = data.get(8..).and_then(short_text) else {
            continue;
        };
        match name.strip_prefix(b"com.apple.quicktime.").unwrap_or(name) {
            b"creationdate" => facts.captured_at = CaptureTime::from_movie_text(&value),
            b"location.ISO6709" => facts.gps = Gps::from_iso6709(&value).or(facts.gps),
            b"content.identifier" => facts.content_id = apple::believed(&value),
            b"make" | b"com.android.manufacturer" => facts.make = Some(value),
            b"model" | b"com.android.model" => facts.model = Some(value),
            _ => {}
        }
    }
}

fn short_text(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(&bytes[..bytes.len().min(MAX_TEXT)]).ok()?;
    Some(text.trim_end_matches('\0').trim().to_owned())
}

#[cfg(test)]
mod tests;
