//! EXIF for generated photographs: the few tags that a gallery reads, written the way a camera
//! does.

/// What a generated photograph says of itself.
#[derive(Clone, Debug)]
pub struct Exif {
    /// `YYYY:MM:DD HH:MM:SS`, the camera's own clock.
    pub taken: String,
    /// The camera's model.
    pub model: String,
    /// 1 to 8; 1 is upright.
    pub orientation: u16,
}

/// A tag's type in TIFF.
#[derive(Clone, Copy)]
enum Kind {
    Text = 2,
    Short = 3,
    Long = 4,
}

const MODEL: u16 = 0x0110;
const ORIENTATION: u16 = 0x0112;
const EXIF_FOLDER: u16 = 0x8769;
const DATE_TIME_ORIGINAL: u16 = 0x9003;

/// Bytes of one entry of a TIFF folder.
const ENTRY_BYTES: usize = 12;
/// Where the first folder begins: after `II`, 42 and this offset.
const FIRST_FOLDER: usize = 8;

impl Exif {
    /// The JPEG with these tags, right after its start marker.
    ///
    /// # Panics
    /// When the bytes are no JPEG.
    pub fn put_into(&self, jpeg: &[u8]) -> Vec<u8> {
        assert!(jpeg.starts_with(&[0xFF, 0xD8]), "Not a JPEG");
        let tiff = self.tiff();
        let length = u16::try_from(2 + 6 + tiff.len()).expect("a few tags fit into one segment");
        let mut with = Vec::with_capacity(jpeg.len() + tiff.len() + 10);
        with.extend_from_slice(&[0xFF, 0xD8, 0xFF, 0xE1]);
        with.extend_from_slice(&length.to_be_bytes());
        with.extend_from_slice(b"Exif\0\0");
        with.extend_from_slice(&tiff);
        with.extend_from_slice(&jpeg[2..]);
        with
    }

    /// A little-endian TIFF of two folders: the image's, and the one for how it was taken.
    fn tiff(&self) -> Vec<u8> {
        let folder_bytes = |entries: usize| 2 + entries * ENTRY_BYTES + 4;
        let model = text(&self.model);
        let taken = text(&self.taken);
        let exif_at = FIRST_FOLDER + folder_bytes(3);
        let model_at = exif_at + folder_bytes(1);
        let taken_at = model_at + model.len();

        let mut tiff = b"II\x2A\0\x08\0\0\0".to_vec();
        tiff.extend(3u16.to_le_bytes());
        tiff.extend(entry(MODEL, Kind::Text, model.len(), offset(model_at)));
        tiff.extend(entry(ORIENTATION, Kind::Short, 1, self.orientation.into()));
        tiff.extend(entry(EXIF_FOLDER, Kind::Long, 1, offset(exif_at)));
        tiff.extend(0u32.to_le_bytes());
        tiff.extend(1u16.to_le_bytes());
        tiff.extend(entry(DATE_TIME_ORIGINAL, Kind::Text, taken.len(), offset(taken_at)));
        tiff.extend(0u32.to_le_bytes());
        tiff.extend(model);
        tiff.extend(taken);
        tiff
    }
}

/// Text as TIFF holds it: ended by a zero, and longer than the four bytes that would sit in the
/// entry.
fn text(value: &str) -> Vec<u8> {
    let mut bytes = format!("{value:<4}").into_bytes();
    bytes.push(0);
    bytes
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).expect("offsets inside one segment are small")
}

fn entry(tag: u16, kind: Kind, count: usize, value: u32) -> [u8; ENTRY_BYTES] {
    let mut bytes = [0; ENTRY_BYTES];
    bytes[0..2].copy_from_slice(&tag.to_le_bytes());
    bytes[2..4].copy_from_slice(&(kind as u16).to_le_bytes());
    bytes[4..8].copy_from_slice(&offset(count).to_le_bytes());
    bytes[8..12].copy_from_slice(&value.to_le_bytes());
    bytes
}
