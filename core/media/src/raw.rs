//! The layout of raw files that are TIFF inside (DNG, CR2, NEF, ARW). Owns finding the size and the
//! previews that cameras put beside the raw picture; does not develop raw pictures.

use std::io::{Read, Seek, SeekFrom};

/// Directories looked at; cameras write up to about ten.
const MAX_DIRECTORIES: usize = 32;

/// Entries of one directory looked at; cameras write about a hundred.
const MAX_ENTRIES: u16 = 512;

/// Sub-directories one entry may point to.
const MAX_CHILDREN: usize = 8;

/// What the directories say.
#[derive(Default)]
pub(crate) struct RawLayout {
    /// Pixels of the raw picture as stored.
    pub(crate) size: Option<(u32, u32)>,
    /// JPEG previews, the smallest first.
    pub(crate) previews: Vec<Preview>,
}

/// Where in the file a preview may lie; what lies there is still to be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Preview {
    /// From the start of the file.
    pub(crate) offset: u64,
    /// Bytes.
    pub(crate) len: u64,
}

/// The entries of one directory that matter here.
#[derive(Default)]
struct Directory {
    reduced: Option<bool>,
    width: u32,
    height: u32,
    compression: u32,
    strip: Option<u32>,
    strip_len: Option<u32>,
    jpeg: Option<u32>,
    jpeg_len: Option<u32>,
}

/// Walks the directories; what cannot be read is left out.
pub(crate) fn read<R: Read + Seek>(reader: &mut R) -> RawLayout {
    let mut layout = RawLayout::default();
    let mut fallback = None;
    let Some((little, first)) = header(reader) else {
        return layout;
    };
    let mut walk = Walk { reader, little, waiting: vec![first] };
    for _ in 0..MAX_DIRECTORIES {
        let Some(offset) = walk.waiting.pop() else {
            break;
        };
        let Some(directory) = walk.directory(offset) else {
            continue;
        };
        layout.previews.extend(directory.preview());
        let size = (directory.width > 0 && directory.height > 0)
            .then_some((directory.width, directory.height));
        let main = directory.reduced == Some(false) || directory.reduced.is_none();
        if main && directory.jpeg.is_none() {
            layout.size = larger(layout.size, size);
        }
        fallback = larger(fallback, size);
    }
    layout.size = layout.size.or(fallback);
    layout.previews.sort_unstable_by_key(|preview| preview.len);
    layout.previews.dedup();
    layout
}

fn larger(one: Option<(u32, u32)>, other: Option<(u32, u32)>) -> Option<(u32, u32)> {
    one.into_iter().chain(other).max_by_key(|size| u64::from(size.0) * u64::from(size.1))
}

fn header<R: Read + Seek>(reader: &mut R) -> Option<(bool, u32)> {
    let mut head = [0; 8];
    reader.seek(SeekFrom::Start(0)).ok()?;
    reader.read_exact(&mut head).ok()?;
    let little = match &head[..4] {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    Some((little, long(&head[4..], little)?))
}

fn short(bytes: &[u8], little: bool) -> Option<u16> {
    let raw = bytes.get(..2)?.try_into().ok()?;
    Some(if little { u16::from_le_bytes(raw) } else { u16::from_be_bytes(raw) })
}

fn long(bytes: &[u8], little: bool) -> Option<u32> {
    let raw = bytes.get(..4)?.try_into().ok()?;
    Some(if little { u32::from_le_bytes(raw) } else { u32::from_be_bytes(raw) })
}

struct Walk<'a, R> {
    reader: &'a mut R,
    little: bool,
    waiting: Vec<u32>,
}

impl<R: Read + Seek> Walk<'_, R> {
    fn directory(&mut self, offset: u32) -> Option<Directory> {
        self.reader.seek(SeekFrom::Start(u64::from(offset))).ok()?;
        let mut count = [0; 2];
        self.reader.read_exact(&mut count).ok()?;
        let count = short(&count, self.little)?;
        if count > MAX_ENTRIES {
            return None;
        }
        let mut entries = vec![0; usize::from(count) * 12];
        self.reader.read_exact(&mut entries).ok()?;
        let mut next = [0; 4];
        let next = self.reader.read_exact(&mut next).ok().and(long(&next, self.little));
        self.waiting.extend(next.filter(|next| *next != 0));

        let mut directory = Directory::default();
        for entry in entries.chunks_exact(12) {
            self.entry(entry, &mut directory);
        }
        Some(directory)
    }

    fn entry(&mut self, entry: &[u8], directory: &mut Directory) -> Option<()> {
        let tag = short(entry, self.little)?;
        let count = long(&entry[4..], self.little)?;
        let value = match short(&entry[2..], self.little)? {
            3 => u32::from(short(&entry[8..], self.little)?),
            4 | 13 => long(&entry[8..], self.little)?,
            _ => return None,
        };
        match (tag, count) {
            (0x14a, 1) => self.waiting.push(value),
            (0x14a, _) => self.children(value, count)?,
            (0xfe, 1) => directory.reduced = Some(value & 1 == 1),
            (0x100, 1) => directory.width = value,
            (0x101, 1) => directory.height = value,
            (0x103, 1) => directory.compression = value,
            (0x111, 1) => directory.strip = Some(value),
            (0x117, 1) => directory.strip_len = Some(value),
            (0x201, 1) => directory.jpeg = Some(value),
            (0x202, 1) => directory.jpeg_len = Some(value),
            _ => {}
        }
        Some(())
    }

    fn children(&mut self, offset: u32, count: u32) -> Option<()> {
        let count = usize::try_from(count).ok()?.min(MAX_CHILDREN);
        let mut pointers = vec![0; count * 4];
        self.reader.seek(SeekFrom::Start(u64::from(offset))).ok()?;
        self.reader.read_exact(&mut pointers).ok()?;
        let little = self.little;
        self.waiting.extend(pointers.chunks_exact(4).filter_map(|bytes| long(bytes, little)));
        Some(())
    }
}

impl Directory {
    /// A preview stands under tags of its own (NEF, ARW), or as the one strip of a picture that is
    /// compressed as JPEG (DNG, CR2).
    fn preview(&self) -> Option<Preview> {
        let as_jpeg = matches!(self.compression, 6 | 7) && self.reduced != Some(false);
        let (offset, len) = match (self.jpeg, self.jpeg_len) {
            (Some(offset), Some(len)) => (offset, len),
            _ if as_jpeg => (self.strip?, self.strip_len?),
            _ => return None,
        };
        (offset > 0 && len > 0).then(|| Preview { offset: u64::from(offset), len: u64::from(len) })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn directory(entries: &[(u16, u16, u32, u32)], next: u32) -> Vec<u8> {
        let mut bytes = u16::try_from(entries.len()).unwrap().to_le_bytes().to_vec();
        for (tag, kind, count, value) in entries {
            bytes.extend(tag.to_le_bytes());
            bytes.extend(kind.to_le_bytes());
            bytes.extend(count.to_le_bytes());
            bytes.extend(value.to_le_bytes());
        }
        bytes.extend(next.to_le_bytes());
        bytes
    }

    fn file(directories: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = b"II*\0\x08\0\0\0".to_vec();
        directories.iter().for_each(|directory| bytes.extend(directory));
        bytes
    }

    #[test]
    fn a_dng_has_its_preview_outside_and_its_raw_picture_inside() {
        let inner_at = 8 + 2 + 7 * 12 + 4;
        let outer = directory(
            &[
                (0xfe, 4, 1, 1),
                (0x100, 4, 1, 256),
                (0x101, 4, 1, 171),
                (0x103, 3, 1, 7),
                (0x111, 4, 1, 9000),
                (0x117, 4, 1, 5000),
                (0x14a, 4, 1, inner_at),
            ],
            0,
        );
        let inner = directory(&[(0xfe, 4, 1, 0), (0x100, 4, 1, 4032), (0x101, 4, 1, 3024)], 0);
        let layout = read(&mut Cursor::new(file(&[outer, inner])));
        assert_eq!(layout.size, Some((4032, 3024)));
        assert_eq!(layout.previews, [Preview { offset: 9000, len: 5000 }]);
    }

    #[test]
    fn directories_that_point_at_themselves_end() {
        let looped = directory(&[(0x14a, 4, 1, 8), (0x100, 4, 1, 10), (0x101, 4, 1, 20)], 8);
        assert_eq!(read(&mut Cursor::new(file(&[looped]))).size, Some((10, 20)));
    }
}
