//! What a file is, told from its first bytes. Owns the list of formats, their content types and
//! extensions; does not read files and does not look inside them further than [`HEAD_LEN`].

mod magic;

/// Bytes of a file's beginning that are enough to tell every format of the list.
pub const HEAD_LEN: usize = 512;

/// The content type of what is neither picture nor film.
pub const OTHER_CONTENT_TYPE: &str = "application/octet-stream";

/// Picture, film or neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaKind {
    /// A still picture, raw camera files included.
    Image,
    /// A film.
    Video,
    /// Everything else; synced like the rest, shown without a picture.
    Other,
}

/// A format we tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names of the formats are their own description")]
pub enum MediaFormat {
    Jpeg,
    Png,
    Gif,
    WebP,
    Heic,
    Heif,
    Avif,
    Tiff,
    Bmp,
    Dng,
    Cr2,
    Cr3,
    Nef,
    Arw,
    Raf,
    Orf,
    Rw2,
    Mp4,
    Mov,
    ThreeGp,
    Avi,
    Mkv,
    WebM,
}

/// Format, kind, name for people, content type, extensions (lower case).
type Row = (MediaFormat, MediaKind, &'static str, &'static str, &'static [&'static str]);

const FORMATS: &[Row] = &[
    (MediaFormat::Jpeg, MediaKind::Image, "JPEG", "image/jpeg", &["jpg", "jpeg", "jpe", "jfif"]),
    (MediaFormat::Png, MediaKind::Image, "PNG", "image/png", &["png"]),
    (MediaFormat::Gif, MediaKind::Image, "GIF", "image/gif", &["gif"]),
    (MediaFormat::WebP, MediaKind::Image, "WebP", "image/webp", &["webp"]),
    (MediaFormat::Heic, MediaKind::Image, "HEIC", "image/heic", &["heic"]),
    (MediaFormat::Heif, MediaKind::Image, "HEIF", "image/heif", &["heif", "hif"]),
    (MediaFormat::Avif, MediaKind::Image, "AVIF", "image/avif", &["avif"]),
    (MediaFormat::Tiff, MediaKind::Image, "TIFF", "image/tiff", &["tif", "tiff"]),
    (MediaFormat::Bmp, MediaKind::Image, "BMP", "image/bmp", &["bmp", "dib"]),
    (MediaFormat::Dng, MediaKind::Image, "DNG", "image/x-adobe-dng", &["dng"]),
    (MediaFormat::Cr2, MediaKind::Image, "CR2", "image/x-canon-cr2", &["cr2"]),
    (MediaFormat::Cr3, MediaKind::Image, "CR3", "image/x-canon-cr3", &["cr3"]),
    (MediaFormat::Nef, MediaKind::Image, "NEF", "image/x-nikon-nef", &["nef"]),
    (MediaFormat::Arw, MediaKind::Image, "ARW", "image/x-sony-arw", &["arw"]),
    (MediaFormat::Raf, MediaKind::Image, "RAF", "image/x-fuji-raf", &["raf"]),
    (MediaFormat::Orf, MediaKind::Image, "ORF", "image/x-olympus-orf", &["orf"]),
    (MediaFormat::Rw2, MediaKind::Image, "RW2", "image/x-panasonic-rw2", &["rw2"]),
    (MediaFormat::Mp4, MediaKind::Video, "MP4", "video/mp4", &["mp4", "m4v"]),
    (MediaFormat::Mov, MediaKind::Video, "MOV", "video/quicktime", &["mov", "qt"]),
    (MediaFormat::ThreeGp, MediaKind::Video, "3GP", "video/3gpp", &["3gp", "3g2", "3gpp"]),
    (MediaFormat::Avi, MediaKind::Video, "AVI", "video/x-msvideo", &["avi"]),
    (MediaFormat::Mkv, MediaKind::Video, "MKV", "video/x-matroska", &["mkv"]),
    (MediaFormat::WebM, MediaKind::Video, "WebM", "video/webm", &["webm"]),
];

impl MediaFormat {
    fn row(self) -> &'static Row {
        FORMATS.iter().find(|row| row.0 == self).expect("every format has a row")
    }

    /// Picture or film.
    pub fn kind(self) -> MediaKind {
        self.row().1
    }

    /// The name people know it by.
    pub fn name(self) -> &'static str {
        self.row().2
    }

    /// The content type to store and serve it with.
    pub fn content_type(self) -> &'static str {
        self.row().3
    }

    /// Whether it is a camera's raw file.
    pub fn is_raw(self) -> bool {
        matches!(
            self,
            Self::Dng
                | Self::Cr2
                | Self::Cr3
                | Self::Nef
                | Self::Arw
                | Self::Raf
                | Self::Orf
                | Self::Rw2
        )
    }

    /// What the extension of a file name claims, in any letter case. A claim, no more.
    pub fn claimed_by(name: &str) -> Option<Self> {
        let (stem, extension) = name.rsplit_once('.')?;
        if stem.is_empty() {
            return None;
        }
        let extension = extension.to_ascii_lowercase();
        FORMATS.iter().find(|row| row.4.contains(&extension.as_str())).map(|row| row.0)
    }

    /// What the first bytes say; [`HEAD_LEN`] of them are enough, fewer may leave it open.
    pub fn told_by(head: &[u8]) -> Option<Self> {
        magic::told_by(head)
    }
}

/// What a file's first bytes say beside what its name claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detected {
    /// By the first bytes.
    pub by_magic: Option<MediaFormat>,
    /// By the extension.
    pub by_extension: Option<MediaFormat>,
}

impl Detected {
    /// Looks at both.
    pub fn of(head: &[u8], name: &str) -> Self {
        Self { by_magic: MediaFormat::told_by(head), by_extension: MediaFormat::claimed_by(name) }
    }

    /// The format to treat the file as. The bytes decide; a name only chooses among raw formats
    /// that are TIFF files by their bytes, and never makes a picture of something that is none.
    pub fn format(self) -> Option<MediaFormat> {
        match (self.by_magic, self.by_extension) {
            (Some(MediaFormat::Tiff), Some(claimed)) if is_tiff_inside(claimed) => Some(claimed),
            (told, _) => told,
        }
    }

    /// Picture, film or neither.
    pub fn kind(self) -> MediaKind {
        self.format().map_or(MediaKind::Other, MediaFormat::kind)
    }

    /// The content type to store it with.
    pub fn content_type(self) -> &'static str {
        self.format().map_or(OTHER_CONTENT_TYPE, MediaFormat::content_type)
    }

    /// Whether the name claims something else than the bytes say.
    pub fn name_misleads(self) -> bool {
        self.by_extension.is_some() && self.by_extension != self.format()
    }
}

fn is_tiff_inside(format: MediaFormat) -> bool {
    matches!(format, MediaFormat::Dng | MediaFormat::Cr2 | MediaFormat::Nef | MediaFormat::Arw)
}

#[cfg(test)]
mod tests;
