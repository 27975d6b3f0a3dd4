//! What a name says about content: media kind, content type, the contract's word (SMH sections 2.2,
//! 6.3).

use albumen_media::kind::{MediaFormat, MediaKind, OTHER_CONTENT_TYPE};
use albumen_model::{NodeName, smh::NodeType};

use super::search;

/// What media libraries tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    /// A picture.
    Photo,
    /// A film.
    Video,
    /// Neither: only file libraries take it.
    Neither,
}

impl Media {
    /// The type of such a leaf in a media library.
    pub(crate) const fn node_type(self) -> Option<NodeType> {
        match self {
            Self::Photo => Some(NodeType::Image),
            Self::Video => Some(NodeType::Video),
            Self::Neither => None,
        }
    }
}

/// Extension, content type, the `fileType` word: what `media` does not look into.
const OTHERS: &[(&str, &str, &str)] = &[
    ("svg", "image/svg+xml", "image"),
    ("ico", "image/x-icon", "image"),
    ("jxl", "image/jxl", "image"),
    ("mpg", "video/mpeg", "video"),
    ("mpeg", "video/mpeg", "video"),
    ("wmv", "video/x-ms-wmv", "video"),
    ("flv", "video/x-flv", "video"),
    ("mts", "video/mp2t", "video"),
    ("m2ts", "video/mp2t", "video"),
    ("mp3", "audio/mpeg", "audio"),
    ("m4a", "audio/mp4", "audio"),
    ("wav", "audio/wav", "audio"),
    ("flac", "audio/flac", "audio"),
    ("ogg", "audio/ogg", "audio"),
    ("aac", "audio/aac", "audio"),
    ("pdf", "application/pdf", "portable"),
    ("doc", "application/msword", "word"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "word"),
    ("xls", "application/vnd.ms-excel", "excel"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "excel"),
    ("ppt", "application/vnd.ms-powerpoint", "powerpoint"),
    (
        "pptx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "powerpoint",
    ),
    ("txt", "text/plain", "text"),
    ("md", "text/markdown", "text"),
    ("csv", "text/csv", "text"),
    ("json", "application/json", "text"),
    ("xml", "application/xml", "text"),
    ("html", "text/html", "text"),
    ("zip", "application/zip", "archive"),
    ("tar", "application/x-tar", "archive"),
    ("gz", "application/gzip", "archive"),
    ("7z", "application/x-7z-compressed", "archive"),
    ("rar", "application/vnd.rar", "archive"),
];

/// Content type and `fileType` word.
fn row(name: &str) -> (&'static str, &'static str) {
    if let Some(format) = MediaFormat::claimed_by(name) {
        let word = if format.kind() == MediaKind::Video { "video" } else { "image" };
        return (format.content_type(), word);
    }
    let extension = search::extension(name);
    let other = OTHERS.iter().find(|(known, _, _)| *known == extension);
    other.map_or((OTHER_CONTENT_TYPE, "other"), |(_, content_type, word)| (content_type, word))
}

/// The content type a name stands for.
pub(crate) fn content_type(name: &NodeName) -> &'static str {
    row(name.as_str()).0
}

/// The `fileType` word of SMH section 6.3.
pub(crate) fn file_type(name: &NodeName) -> &'static str {
    row(name.as_str()).1
}

/// The same of a name as the database has it.
pub(crate) fn file_type_of(name: &str) -> &'static str {
    row(name).1
}

/// Whether a media library sees a picture, a film or neither.
pub(crate) fn media(name: &NodeName) -> Media {
    match file_type(name) {
        "image" => Media::Photo,
        "video" => Media::Video,
        _ => Media::Neither,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_decides_whatever_its_case() {
        let name = |text: &str| NodeName::parse(text).unwrap();
        for (text, media_kind, content, word) in [
            ("IMG_1.JPG", Media::Photo, "image/jpeg", "image"),
            ("a.HeIc", Media::Photo, "image/heic", "image"),
            ("film.MOV", Media::Video, "video/quicktime", "video"),
            ("a.pdf", Media::Neither, "application/pdf", "portable"),
            ("a.jpg.exe", Media::Neither, OTHER_CONTENT_TYPE, "other"),
            (".jpg", Media::Neither, OTHER_CONTENT_TYPE, "other"),
            ("plain", Media::Neither, OTHER_CONTENT_TYPE, "other"),
        ] {
            assert_eq!(media(&name(text)), media_kind, "{text}");
            assert_eq!(
                (content_type(&name(text)), file_type(&name(text))),
                (content, word),
                "{text}"
            );
        }
    }
}
