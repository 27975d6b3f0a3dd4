//! Which preview a request asks for (SMH sections 6.13 and 8.4).

use albumen_media::thumbnail::{FRAME_MAX, PREVIEW_EDGE_MAX, Shape};
use sha2::{Digest, Sha256};

use crate::{
    error::Error,
    request::{Query, query::not_understood},
};

/// A preview as asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) shape: Shape,
    /// Of a GIF, from 0.
    pub(crate) frame: u32,
}

impl Wish {
    /// Reads `size`, else `scale`, else `width_size` and `height_size`; `frame_number`. `None`: no
    /// size was asked for, which means the picture as it is.
    ///
    /// # Errors
    /// `ParamInvalid`.
    pub(crate) fn read(query: &Query) -> Result<Option<Self>, Error> {
        let number = |name: &str, range: std::ops::RangeInclusive<u32>| -> Result<_, Error> {
            let Some(number) = query.number(name)? else { return Ok(None) };
            let number = u32::try_from(number).ok().filter(|number| range.contains(number));
            number.map(Some).ok_or_else(|| not_understood(name))
        };
        let edge = 1..=PREVIEW_EDGE_MAX;
        let frame = number("frame_number", 0..=FRAME_MAX)?;
        let square = number("size", edge.clone())?;
        let percent = number("scale", 1..=100)?;
        let (width, height) = (number("width_size", edge.clone())?, number("height_size", edge)?);
        let shape = match (square, percent, width, height) {
            (Some(edge), ..) => Shape::Square(edge),
            (_, Some(percent), ..) => Shape::Percent(percent),
            (_, _, None, None) if frame.is_none() => return Ok(None),
            (_, _, width, height) => Shape::Within { width, height },
        };
        Ok(Some(Self { shape, frame: frame.unwrap_or(0) }))
    }

    /// Where the preview of an object lies: the same for the same object and wish wherever it is
    /// made, beside the content of its library and never among it.
    pub(crate) fn key(self, object_key: &str) -> String {
        let digest = Sha256::digest(format!("{object_key} {self:?}"));
        let (library, _) = object_key.rsplit_once('/').unwrap_or((object_key, ""));
        format!("{library}/preview/{}", hex::encode(&digest[..16]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Option<Shape>, ()> {
        let wish = Wish::read(&Query::parse(query)).map_err(|_| ())?;
        Ok(wish.map(|wish| wish.shape))
    }

    #[test]
    fn sizes_of_section_8_4() {
        let within = |width, height| Ok(Some(Shape::Within { width, height }));
        for (query, shape) in [
            ("", Ok(None)),
            ("size=", Ok(None)),
            ("size=100&scale=5", Ok(Some(Shape::Square(100)))),
            ("scale=5&width_size=9", Ok(Some(Shape::Percent(5)))),
            ("width_size=9", within(Some(9), None)),
            ("height_size=8", within(None, Some(8))),
            ("width_size=9&height_size=8", within(Some(9), Some(8))),
            ("frame_number=3", within(None, None)),
            ("size=0", Err(())),
            ("size=4097", Err(())),
            ("size=-1", Err(())),
            ("size=99999999999", Err(())),
            ("scale=101", Err(())),
            ("scale=0", Err(())),
            ("frame_number=501", Err(())),
            ("width_size=wide", Err(())),
        ] {
            assert_eq!(read(query), shape, "{query}");
        }
    }

    #[test]
    fn a_key_tells_objects_and_wishes_apart() {
        let wish = |edge| Wish { shape: Shape::Square(edge), frame: 0 };
        let key = wish(100).key("far:smh1/abc");
        assert!(key.starts_with("far:smh1/preview/"), "{key}");
        assert_eq!(key, wish(100).key("far:smh1/abc"));
        assert_ne!(key, wish(101).key("far:smh1/abc"));
        assert_ne!(key, wish(100).key("far:smh1/abd"));
        assert_ne!(key, Wish { frame: 1, ..wish(100) }.key("far:smh1/abc"));
    }
}
