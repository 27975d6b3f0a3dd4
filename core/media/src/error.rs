//! What can go wrong with a file's bytes. Owns the one error of this crate; wrong facts inside a
//! file (a torn EXIF block, an impossible date) are not errors, the facts only become fewer.

use std::io;

use crate::kind::MediaFormat;

/// Why a file gave no facts or no thumbnail.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The reader itself failed: the disk, not the content.
    #[error("Reading the file failed")]
    Read(#[source] io::Error),
    /// The file is of a kind that shows no picture without playing it, or holds none.
    #[error("No picture can be taken from {}", .format.map_or("this file", MediaFormat::name))]
    NoPicture {
        /// What the file is, where its first bytes told.
        format: Option<MediaFormat>,
    },
    /// The picture is larger than this program agrees to decode.
    #[error("The picture of {width} x {height} pixels is above the limit of {limit} pixels")]
    TooLarge {
        /// Pixels across, as stored.
        width: u32,
        /// Pixels down, as stored.
        height: u32,
        /// Pixels allowed, width times height.
        limit: u64,
    },
    /// The content does not follow its own format.
    #[error("The {} content is damaged", .format.name())]
    Damaged {
        /// What its first bytes said it is.
        format: MediaFormat,
        /// What the decoder said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The machine has no decoder for this format.
    #[error("Pictures in {} need the program {program}, which is not installed", .format.name())]
    DecoderMissing {
        /// The format in question.
        format: MediaFormat,
        /// The program that would decode it.
        program: &'static str,
    },
    /// The decoder program did not give a picture.
    #[error("The program {program} gave no picture: {reason}")]
    DecoderFailed {
        /// The program.
        program: &'static str,
        /// What happened, without paths.
        reason: String,
    },
}
